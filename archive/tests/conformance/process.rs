//! Facts: judged, recorded, found again; and what follows from them.

use std::sync::Arc;

use liuhen_archive::records::{Elsewhere, GapCause, GapChange, GapKind, NewFact, Recorded, Source, Written};
use liuhen_archive::{Error, Records};
use liuhen_process::calendar::{Calendar, YearTable};
use liuhen_process::case::{Breach, CaseId, Phase};
use liuhen_process::fact::Fact;
use liuhen_process::fact::words::IncidentKind;
use liuhen_process::rule::Refused;
use liuhen_process::text::Text;
use liuhen_proto::Sha256;
use liuhen_proto::ids::{BatchId, CandidateId, IncidentId, SessionId};
use liuhen_proto::world::{Randomness as _, SeededRandom};
use serde_json::json;

use crate::world::{World, at, between};

/// A fact as it is written.
pub(crate) fn fact(json: serde_json::Value) -> Fact {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn new(fact: Fact) -> NewFact {
    NewFact { fact, elsewhere: None, breach: None, source: None, seen: None }
}

async fn tell(world: &World, case: CaseId, json: serde_json::Value) -> Written<Recorded> {
    world.records.record_fact(&world.act(1), case, new(fact(json))).await.unwrap()
}

/// A batch with an approved candidate, and a session of an hour from ten on in which they sit.
pub(crate) struct Planned {
    pub(crate) batch: BatchId,
    pub(crate) session: SessionId,
    pub(crate) candidate: CandidateId,
}

pub(crate) async fn planned(world: &World) -> Planned {
    let session = world.session(0, 600).await.id;
    let candidate = CandidateId::mint(at(0), &world.random);
    let batch = world.records.create_batch(&world.act(0), world.site.organization).await.unwrap().value;
    let case = CaseId::Batch(batch);
    tell(world, case, plan(world)).await;
    tell(world, case, enrols(candidate, "11010519491231002X")).await;
    tell(world, case, json!({ "fact": "candidate_reviewed", "candidate": candidate, "outcome": "approved" })).await;
    let room = world.viewpoint.room;
    let turn = json!({ "number": 1, "subject": "practical", "interval": between(0, 3_600) });
    let rooms = json!([{ "room": room, "location": "1 号楼 101" }]);
    let planned = json!({ "fact": "session_planned", "batch": batch, "turns": [turn], "rooms": rooms });
    tell(world, CaseId::Session(session), planned).await;
    let seat = json!({ "candidate": candidate, "turn": 1, "room": room, "seat": "A1" });
    tell(world, CaseId::Session(session), json!({ "fact": "seats_assigned", "seats": [seat] })).await;
    Planned { batch, session, candidate }
}

pub(crate) fn plan(world: &World) -> serde_json::Value {
    json!({
        "fact": "batch_planned", "organization": world.site.organization, "name": "20261122某机构第1期社会化评价",
        "responsible": "张负责", "occupation": { "code": "6-18-01-01", "name": "车工" }, "levels": ["4"],
        "assessment": "result", "held": { "first": "2026-11-22", "last": "2026-11-22" }, "headcount": 1,
        "subjects": [{ "subject": "practical", "weight_permille": 1000, "minutes": 60, "by_computer": false }],
    })
}

pub(crate) fn enrols(candidate: CandidateId, number: &str) -> serde_json::Value {
    let id_number = json!({ "hash": Sha256::of(number.as_bytes()), "sealed": "v1.1.a.b", "masked": "1101****" });
    json!({
        "fact": "candidate_enrolled", "candidate": candidate, "name": "欧阳𠮷", "id_type": "resident_id_card",
        "id_number": id_number, "photo_bytes": 0, "level": "4",
    })
}

fn checks_in(candidate: CandidateId) -> Fact {
    fact(json!({ "fact": "candidate_checked_in", "candidate": candidate, "turn": 1, "method": "face", "result": "match" }))
}

fn enters(world: &World, candidate: CandidateId) -> Fact {
    fact(json!({ "fact": "entered", "candidate": candidate, "turn": 1, "room": world.viewpoint.room }))
}

pub(crate) async fn facts_are_judged_numbered_and_found(world: &World) {
    let planned = planned(world).await;
    let case = CaseId::Session(planned.session);
    let known = world.records.known(case).await.unwrap().unwrap();
    assert_eq!((known.facts, known.view.session.phase()), (2, Phase::Planned));
    assert_eq!(known.pack.name, "social_org@1");
    assert!(known.view.batch.may_sit(planned.candidate) && known.view.rooms.len() == 1);

    // Nobody enters who was not identified; nothing of the refusal stays.
    let refused = world.records.record_fact(&world.act(5), case, new(enters(world, planned.candidate))).await;
    let Err(Error::Refused(Refused::Blocked(findings))) = refused else { panic!("{refused:?}") };
    assert_eq!(findings[0].rule, "H5.identity");
    assert_eq!(world.records.known(case).await.unwrap().unwrap().facts, 2);

    let checked = world.records.record_fact(&world.act(6), case, new(checks_in(planned.candidate))).await.unwrap();
    assert_eq!((checked.value.number, checked.repeated), (3, false));
    // Late by one second; told as what happened all the same, it is a finding.
    let late = NewFact {
        breach: Some(Breach { reason: Text::new("公交停运").unwrap(), site_head: Text::new("李站长").unwrap() }),
        ..new(enters(world, planned.candidate))
    };
    let entered = world.records.record_fact(&world.act(1_801), case, late).await.unwrap().value;
    assert_eq!(entered.findings.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(), ["H3.entry"]);
    let told = world.records.facts(case, 2, 10).await.unwrap();
    assert_eq!(told, [checked.value, entered.clone()]);
    assert_eq!(world.records.known(case).await.unwrap().unwrap().view.session.findings, entered.findings);
    let unknown = CaseId::Batch(BatchId::mint(at(0), &world.random));
    assert!(world.records.known(unknown).await.unwrap().is_none());
    world.log_is_whole().await;
}

pub(crate) async fn what_is_told_twice_is_recorded_once(world: &World) {
    let planned = planned(world).await;
    let case = CaseId::Session(planned.session);
    let source = |id: &str| Some(Source { system: Text::new("face-gate").unwrap(), id: Text::new(id).unwrap() });
    let pushed = NewFact { source: source("7"), ..new(checks_in(planned.candidate)) };
    let first = world.records.record_fact(&world.act(5), case, pushed.clone()).await.unwrap();
    let again = world.records.record_fact(&world.act(9), case, pushed.clone()).await.unwrap();
    assert_eq!((again.repeated, again.value, again.receipt), (true, first.value, first.receipt));
    let other = NewFact { fact: enters(world, planned.candidate), ..pushed };
    let clash = world.records.record_fact(&world.act(9), case, other).await;
    assert!(matches!(clash, Err(Error::AlreadyExists { .. })), "{clash:?}");

    let mut act = world.act(10);
    act.key = Some("tablet-1".to_owned());
    let elsewhere = Some(Elsewhere { device_time: at(8 + 300), ahead_us: 300_000_000 });
    let entered = NewFact { elsewhere, ..new(enters(world, planned.candidate)) };
    let first = world.records.record_fact(&act, case, entered.clone()).await.unwrap();
    assert_eq!((first.value.telling.occurred, first.value.telling.provisional), (at(8), true));
    let again = world.records.record_fact(&act, case, entered).await.unwrap();
    assert_eq!((again.repeated, again.value), (true, first.value));
    let clash = world.records.record_fact(&act, case, new(checks_in(planned.candidate))).await;
    assert!(matches!(clash, Err(Error::AlreadyExists { .. })), "{clash:?}");
    assert_eq!(world.records.known(case).await.unwrap().unwrap().facts, 4);
    world.log_is_whole().await;
}

/// Two clients who have seen the same never both win.
pub(crate) async fn of_two_who_have_seen_the_same_one_wins(world: &World, second: Arc<dyn Records>) {
    let planned = planned(world).await;
    let case = CaseId::Session(planned.session);
    let seen = NewFact { seen: Some(2), ..new(checks_in(planned.candidate)) };
    let (act, other) = (world.act(5), world.act(6));
    let both = tokio::join!(world.records.record_fact(&act, case, seen.clone()), second.record_fact(&other, case, seen.clone()));
    let outcomes = [both.0, both.1];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Error::Conflict { seen: 2, found: 3, .. }))));
    // The other process knows what this one was told.
    let known = second.known(case).await.unwrap().unwrap();
    assert!(known.view.session.is_checked_in(planned.candidate, 1));
    world.log_is_whole().await;
}

/// What a session must be recorded for follows from its plan, and from how things went (H2).
pub(crate) async fn expected_windows_follow_from_facts(world: &World) {
    let planned = planned(world).await;
    let window = async || world.records.session(planned.session).await.unwrap().unwrap().windows[0].interval;
    let minutes = |start: i64, end: i64| between(60 * start, 60 * end);
    assert_eq!(window().await, minutes(-45, 90));
    let case = CaseId::Session(planned.session);
    let given = json!([{ "candidate": planned.candidate, "minutes": 20 }]);
    let room = world.viewpoint.room;
    let failed = json!({
        "fact": "equipment_failed", "room": room, "what": "机床停机", "interval": between(600, 1_800), "compensations": given,
    });
    tell(world, case, failed).await;
    assert_eq!(window().await, minutes(-45, 110));
    let begins = NewFact {
        breach: Some(Breach { reason: Text::new("测试").unwrap(), site_head: Text::new("李站长").unwrap() }),
        ..new(fact(json!({ "fact": "turn_started", "turn": 1 })))
    };
    world.records.record_fact(&world.act(0), case, begins).await.unwrap();
    let ends = fact(json!({ "fact": "turn_ended", "turn": 1 }));
    world.records.record_fact(&world.act(90 * 60), case, new(ends)).await.unwrap();
    assert_eq!(window().await, minutes(-45, 120), "it ended ten minutes late");
    let seals = fact(json!({ "fact": "session_sealed", "signature": { "name": "李站长", "post": "考点负责人" } }));
    world.records.record_fact(&world.act(150 * 60), case, new(seals)).await.unwrap();
    let session = world.records.session(planned.session).await.unwrap().unwrap();
    assert_eq!((session.sealed, session.windows[0].interval), (Some(at(150 * 60)), minutes(-45, 150)));
    world.log_is_whole().await;
}

/// What devices and neighbours push, in whichever order and however often, ends in the same state.
pub(crate) async fn pushes_in_any_order_end_in_the_same_state(world: &World) {
    let planned = planned(world).await;
    let (room, candidate, incident) = (world.viewpoint.room, planned.candidate, IncidentId::mint(at(0), &world.random));
    let turn = json!({ "number": 1, "subject": "practical", "interval": between(0, 3_600) });
    let plan = json!({ "fact": "session_planned", "batch": planned.batch, "turns": [turn], "rooms": [{ "room": room, "location": "101" }] });
    let seat = json!({ "candidate": candidate, "turn": 1, "room": room, "seat": "A1" });
    let moved = |reason: &str| json!({ "fact": "moved", "candidate": candidate, "turn": 1, "room": room, "reason": reason });
    let recorded = json!({
        "fact": "incident_recorded", "incident": incident, "about": "equipment", "source": "person", "room": room,
        "description": "断电",
    });
    let told = [
        (0, plan),
        (1, json!({ "fact": "seats_assigned", "seats": [seat] })),
        (10, json!(checks_in(candidate))),
        (20, json!(enters(world, candidate))),
        (300, moved("转应急考场")),
        (900, moved("返回")),
        (310, recorded),
        (320, json!({ "fact": "incident_acknowledged", "incident": incident })),
        (3_000, json!({ "fact": "handed_in", "candidate": candidate, "turn": 1 })),
    ];
    let mut ends = Vec::new();
    for seed in 0..6 {
        let session = world.session(0, 600).await.id;
        let mut waiting: Vec<_> = told.iter().enumerate().chain(told.iter().enumerate()).collect();
        shuffle(&mut waiting, seed);
        for round in 0.. {
            assert!(round < 20, "seed {seed}: {waiting:?} were never taken");
            let mut again = Vec::new();
            for (name, (seconds, json)) in waiting {
                let source = Source { system: Text::new("site").unwrap(), id: Text::new(format!("{session}/{name}")).unwrap() };
                let elsewhere = Some(Elsewhere { device_time: at(*seconds), ahead_us: 0 });
                let new = NewFact { source: Some(source), elsewhere, ..new(fact(json.clone())) };
                if world.records.record_fact(&world.act(5_000), CaseId::Session(session), new).await.is_err() {
                    again.push((name, told.get(name).unwrap()));
                }
            }
            waiting = again;
            if waiting.is_empty() {
                break;
            }
        }
        let known = world.records.known(CaseId::Session(session)).await.unwrap().unwrap();
        assert_eq!(known.facts, told.len() as u64, "seed {seed}");
        ends.push(known.view.session);
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(
        ends[0].attendance.of(candidate, 1).unwrap().rooms.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [at(20), at(300), at(900)]
    );
    world.log_is_whole().await;
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let random = SeededRandom::new(seed);
    for last in (1..items.len()).rev() {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let other = usize::try_from(u64::from_be_bytes(bytes) % (last as u64 + 1)).unwrap();
        items.swap(last, other);
    }
}

/// A hole in the recording is an incident that accuses nobody; told once, and not after the papers are sealed.
pub(crate) async fn a_gap_of_a_planned_session_is_a_technical_incident(world: &World) {
    let planned = planned(world).await;
    let open = |start: i64| GapChange::Open {
        session: planned.session,
        viewpoint: world.viewpoint.id,
        kind: GapKind::NoPicture,
        cause: GapCause::CameraUnreachable,
        start: at(start),
        end: None,
    };
    for _ in 0..2 {
        world.records.change_gaps(&world.act(30), vec![open(20)]).await.unwrap();
    }
    let case = CaseId::Session(planned.session);
    let known = world.records.known(case).await.unwrap().unwrap();
    let incidents: Vec<_> = known.view.session.papers.incidents.values().collect();
    assert_eq!((known.facts, incidents.len()), (3, 1));
    let incident = incidents[0];
    assert_eq!((incident.about, incident.room), (IncidentKind::Technical, Some(world.viewpoint.room)));
    assert!(!incident.is_open(), "it waits for nobody");
    assert_eq!(known.view.session.findings[0].rule, "H2");
    // Of a session of which nothing was told it is a gap and no more, until it is planned.
    let bare = world.session(0, 600).await.id;
    let GapChange::Open { viewpoint, kind, cause, start, end, .. } = open(20) else { unreachable!() };
    let open_there = GapChange::Open { session: bare, viewpoint, kind, cause, start, end };
    world.records.change_gaps(&world.act(31), vec![open_there]).await.unwrap();
    assert_eq!(world.records.known(CaseId::Session(bare)).await.unwrap().unwrap().facts, 0);
    let plan = json!(world.records.facts(case, 0, 1).await.unwrap()[0].fact);
    tell(world, CaseId::Session(bare), plan).await;
    let known = world.records.known(CaseId::Session(bare)).await.unwrap().unwrap();
    assert_eq!((known.facts, known.view.session.papers.incidents.len()), (2, 1));
    world.log_is_whole().await;
}

/// New Year and the National Day of 2027, as a notice might have them.
fn next_year(revision: u32) -> YearTable {
    let day = |date: String| json!({ "date": date, "kind": "holiday", "reason": "国庆节" });
    let days = (1..=3).map(|n| day(format!("2027-01-0{n}"))).chain((1..=7).map(|n| day(format!("2027-10-0{n}"))));
    let sources = json!([{ "notice": "国办发明电〔2026〕1号", "issued": "2026-11-20" }]);
    let table = json!({ "v": 1, "year": 2027, "revision": revision, "sources": sources, "days": days.collect::<Vec<_>>() });
    YearTable::from_json(&table.to_string()).unwrap()
}

/// A year that is not known makes deadlines provisional, until its table is loaded.
pub(crate) async fn next_years_calendar_is_taken_in(world: &World) {
    let case = CaseId::Organization(world.site.organization);
    let known = async || world.records.known(case).await.unwrap().unwrap().calendar;
    assert_eq!(known().await, Calendar::embedded());
    let due = async || known().await.working_days_after("2026-12-30".parse().unwrap(), 5);
    assert!(!due().await.is_firm());
    let receipt = world.records.load_calendar(&world.act(1), next_year(1)).await.unwrap();
    assert_eq!(world.records.load_calendar(&world.act(2), next_year(1)).await.unwrap(), receipt);
    assert_eq!((due().await.is_firm(), due().await.date.to_string()), (true, "2027-01-07".to_owned()));
    world.records.load_calendar(&world.act(3), next_year(2)).await.unwrap();
    let older = world
        .records
        .load_calendar(&world.act(4), YearTable::from_json(&next_year(1).to_json().replace("国庆节", "元旦")).unwrap())
        .await;
    assert!(matches!(older, Err(Error::Invalid { field: "table", .. })), "{older:?}");
    assert_eq!(known().await.table(2027).unwrap().revision(), 2);
    world.log_is_whole().await;
}

/// Facts, a batch, and a look at a person, for `fsck`.
pub(crate) async fn all_kinds(world: &World) {
    let planned = planned(world).await;
    let purpose = "核对".to_owned();
    let look = world.records.note_reveal(&world.act(9), planned.batch, planned.candidate, purpose).await.unwrap().value;
    let all = world.records.reveals_of(planned.batch, None, 10).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&look));
    assert_eq!(world.records.reveals_of(planned.batch, Some(planned.candidate), 10).await.unwrap(), [look]);
    let nobody = CandidateId::mint(at(1), &world.random);
    assert_eq!(world.records.reveals_of(planned.batch, Some(nobody), 10).await.unwrap(), []);
    assert_eq!(world.records.batches_of(world.site.organization).await.unwrap(), [planned.batch]);
    world.records.load_calendar(&world.act(10), next_year(1)).await.unwrap();
}

/// Catalogues, appraisals, forms with values, and findings that are let pass in every case.
pub(crate) async fn later_kinds(world: &World) {
    let planned = planned(world).await;
    let (room, candidate) = (world.viewpoint.room, planned.candidate);
    let organization = CaseId::Organization(world.site.organization);
    let signature = json!({ "name": "李负责", "post": "机构负责人" });
    let waived = |fact: &str, rule: &str, about: String| json!({ "fact": fact, "rule": rule, "about": about, "reason": "已补办", "signature": signature });
    let item = json!({
        "code": "4.9", "tier": 4, "subject": "candidate", "chinese": "携带作弊器材", "english": "Has equipment for cheating",
        "consequence_chinese": "全部科目成绩无效", "consequence_english": "All subjects are void", "source": "市规定", "police": true,
    });
    let adopted = json!({
        "fact": "catalogue_adopted", "name": "city", "version": 1, "base": "default@1", "adopted_on": "2026-11-01",
        "source": "某市违纪违规处理规定", "document_sha256": Sha256::of(b"catalogue"), "items": [item],
    });
    tell(world, organization, adopted).await;
    let announced = json!({
        "fact": "announcement_published", "year": 2026, "published_on": "2026-01-20", "channel": "网站",
        "document_sha256": Sha256::of(b"announcement"),
    });
    assert_eq!(tell(world, organization, announced).await.value.findings[0].rule, "B1.approved");
    tell(world, organization, waived("organization_finding_waived", "B1.approved", "2026".to_owned())).await;
    tell(world, CaseId::Batch(planned.batch), waived("batch_finding_waived", "A9", world.site.organization.to_string())).await;

    let session = CaseId::Session(world.session(0, 600).await.id);
    let turn = json!({ "number": 1, "subject": "comprehensive_appraisal", "interval": between(0, 3_600) });
    let rooms = json!([{ "room": room, "location": "评审室" }]);
    tell(world, session, json!({ "fact": "session_planned", "batch": planned.batch, "turns": [turn], "rooms": rooms })).await;
    let seat = json!({ "candidate": candidate, "turn": 1, "room": room, "seat": "A1" });
    tell(world, session, json!({ "fact": "seats_assigned", "seats": [seat] })).await;
    let held = json!({
        "fact": "defence_held", "candidate": candidate, "turn": 1, "method": "oral_defence", "interval": between(0, 600),
        "questions": ["简述刀具磨损的判断方法"], "evidence_sha256": [Sha256::of(b"record")],
    });
    let found = tell(world, session, held).await.value.findings.remove(0);
    tell(world, session, waived("finding_waived", &found.rule, found.about)).await;
    let answer = json!({ "item": "G2.reserve", "answer": "yes", "count": 2 });
    let checked = json!({
        "fact": "checklist_answered", "phase": "pre_start", "room": room, "template": "checklist@1", "answers": [answer],
    });
    tell(world, session, checked).await;
    let incident = IncidentId::mint(at(0), &world.random);
    let recorded = json!({
        "fact": "incident_recorded", "incident": incident, "about": "candidate", "source": "person", "room": room,
        "candidate": candidate, "catalogue": "city@1", "catalogue_item": "4.9", "description": "携带无线耳机",
    });
    tell(world, session, recorded).await;
    let known = world.records.known(session).await.unwrap().unwrap();
    assert_eq!(known.view.session.standing_findings().count(), 0);
    world.log_is_whole().await;
}
