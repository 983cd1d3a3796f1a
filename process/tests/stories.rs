//! Stories of requirements.md, section 5, told to the rules: what is refused, what is taken, what stands as a finding.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};
use liuhen_proto::Timestamp;

use case::presence::Identity;
use case::{Phase, Unfit};
use fact::Fact;
use fact::day::{CameraTested, CandidateCheckedIn, EquipmentFailed, IdentityDecided};
use fact::incident::{FormFilled, FormItemRectified, FormSigned, IncidentAcknowledged};
use fact::parts::{ClipReference, Compensation, DateRange};
use fact::plan::LotsDrawn;
use fact::site::ExemptionGranted;
use fact::state::{FindingWaived, RoomReady, TraceKept, TurnEnded};
use fact::words::{Duty, ExemptionReason, IdentityResult, IncidentKind, Phase as FormPhase, TraceKind};
use finding::{Finding, Severity};
use rule::Refused;
use words::OrganizationKind;
use words::OrganizationKind::{Enterprise, SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

fn world(kind: OrganizationKind) -> World {
    World::new(kind, Some(ZAOZHUANG))
}

/// What was refused by rules.
fn blocked(judged: Result<Vec<Finding>, Refused>) -> Vec<Finding> {
    match judged {
        Err(Refused::Blocked(found)) => found,
        other => panic!("nothing is blocked: {other:?}"),
    }
}

/// What does not fit.
fn unfit(judged: Result<Vec<Finding>, Refused>) -> Unfit {
    match judged {
        Err(Refused::Unfit(unfit)) => unfit,
        other => panic!("it fits: {other:?}"),
    }
}

fn rules(found: &[Finding]) -> Vec<&str> {
    found.iter().map(|finding| finding.rule.as_str()).collect()
}

fn ready(n: u32) -> RoomReady {
    RoomReady { room: room(n), substitute: None }
}

fn tested(n: u32) -> CameraTested {
    let played = ClipReference { camera: camera(n), interval: between("07:00:00", "07:01:00") };
    CameraTested { room: room(n), camera: camera(n), works: true, played }
}

/// A room without a recording that was played back today is not ready, and the others are. The site head may go on.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_1_row_C5_readiness_is_per_room_and_per_day() {
    for kind in [SocialOrg, TechnicalCollege] {
        let mut world = world(kind);
        world.morning().when(on("2026-10-16", "07:30:00")).tell(tested(1)).when(at("08:00:00"));
        let found = blocked(world.take(ready(1)));
        assert_eq!(rules(&found), ["C5.test"]);
        assert_eq!((&found[0].about, &found[0].facts["camera"]), (&room(1).to_string(), &camera(1).to_string()));
        world.tell(ready(2));
        let substitute = Fact::from(RoomReady { substitute: Some(text("手持录像机")), ..ready(1) });
        let found = world.judge_breach(&substitute).unwrap();
        world.record(&substitute, &found);
        assert!(world.view.session.ready.contains(&room(1)));
        assert_eq!(world.view.session.standing_findings().count(), 1);
    }
    let mut world = world(Enterprise);
    world.morning().view.session.tests.clear();
    assert_eq!(world.take(ready(1)).unwrap()[0].severity, Severity::Warn);
}

/// The first draw stands, with those whom it put into rooms; another needs its reason.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_2_row_G1_a_second_draw_needs_a_reason_and_keeps_the_first() {
    let mut world = world(SocialOrg);
    world.morning();
    let (_, again) = world.draw();
    let held = world.view.session.duties.clone();
    assert!(unfit(world.take(again.clone())).to_string().contains("another draw needs its reason"));
    assert_eq!((world.view.session.lots.draws, &world.view.session.duties), (1, &held));
    world.take(LotsDrawn { reason: Some(text("监考人员突发疾病")), ..again }).unwrap();
    assert_eq!(world.view.session.lots.draws, 2);
    let record = world.draw().1.record.to_string().replacen("\"number\":1", "\"number\":2", 1);
    unfit(world.take(LotsDrawn { record: text(&record), reason: None }));
}

/// An identity that does not match stays unverified, whatever another check says, until the site head decides.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_3_row_H5_a_mismatch_waits_for_the_site_head() {
    for kind in [SocialOrg, TechnicalCollege, Enterprise] {
        let mut world = world(kind);
        world.open().when(at("08:40:00"));
        let decided = |accepted| IdentityDecided { candidate: candidate(1), turn: 1, accepted, reason: text("核对户籍") };
        let identity = |world: &World| world.view.session.attendance.of(candidate(1), 1).unwrap().identity;
        unfit(world.take(decided(true)));
        world.tell(CandidateCheckedIn { result: IdentityResult::Mismatch, ..checked_in(1, 1) });
        assert_eq!(identity(&world), Some(Identity::Unverified));
        assert_eq!(rules(&blocked(world.take(entered(1, 1)))), ["H5.identity"]);
        world.tell(checked_in(1, 1));
        assert_eq!(identity(&world), Some(Identity::Unverified), "a second check is no decision");
        world.tell(decided(false)).tell(checked_in(1, 1));
        assert_eq!(identity(&world), Some(Identity::Refused));
        blocked(world.take(entered(1, 1)));
        world.tell(decided(true)).tell(entered(1, 1));
    }
}

/// What a device could not tell may be told by another check; nobody was accused.
#[test]
fn story_3_what_could_not_be_told_is_checked_again() {
    let mut world = world(SocialOrg);
    world.open().when(at("08:40:00"));
    world.tell(CandidateCheckedIn { result: IdentityResult::Unverified, ..checked_in(1, 1) });
    blocked(world.take(entered(1, 1)));
    world.tell(checked_in(1, 1)).tell(entered(1, 1));
}

fn enters(kind: OrganizationKind, turn: u32, when: Timestamp) -> Result<Vec<Finding>, Refused> {
    let mut world = world(kind);
    match turn {
        1 => world.open(),
        _ => world.after_turn(turn - 1),
    };
    world.when(at(EXAMINED[turn as usize - 1].2)).tell(checked_in(1, turn)).tell(entered(1, turn)).tell(checked_in(2, turn));
    world.take(started(turn))?;
    world.when(when);
    let fact = entered(2, turn).into();
    let judged = world.judge(&fact);
    assert!(world.judge_breach(&fact).is_ok(), "that somebody was let in is a fact");
    judged
}

/// At start + 29:59 one may enter, at start + 30:00 not; an enterprise takes it with a warning.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_4_row_H3_entry_ends_at_thirty_minutes() {
    for kind in [SocialOrg, TechnicalCollege] {
        for (turn, last, first) in [(1, "09:29:59", "09:30:00"), (2, "13:29:59", "13:30:00")] {
            assert_eq!(enters(kind, turn, at(last)), Ok(Vec::new()));
            let found = blocked(enters(kind, turn, at(first)));
            assert_eq!((rules(&found), found[0].facts["late_seconds"].as_str()), (vec!["H3.entry"], "1800"));
        }
        assert_eq!(enters(kind, 3, at("16:10:00")), Ok(Vec::new()), "appraisals have no such limit");
    }
    assert_eq!(enters(Enterprise, 1, at("09:29:59")), Ok(Vec::new()));
    let found = enters(Enterprise, 1, at("09:30:00")).unwrap();
    assert_eq!((rules(&found), found[0].severity), (vec!["H3.entry"], Severity::Warn));
}

/// Who was let in too late was let in: the record says so, with the reason and the site head's name.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_4_row_H3_who_was_let_in_is_recorded_as_a_breach() {
    let mut world = world(SocialOrg);
    world.open().when(at("08:50:00")).tell(checked_in(1, 1)).tell(entered(1, 1)).tell(checked_in(2, 1));
    world.when(at("09:00:00")).tell(started(1)).when(at("09:41:00"));
    let fact = Fact::from(entered(2, 1));
    blocked(world.judge(&fact));
    let found = world.judge_breach(&fact).unwrap();
    world.record(&fact, &found);
    assert_eq!(rules(&world.view.session.findings), ["H3.entry"]);
    assert!(world.view.session.attendance.of(candidate(2), 1).unwrap().rooms.len() == 1);
}

/// What was taken while the centre was away is judged by when it happened, and the finding says that the time is corrected.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_14_row_H3_late_uploads_are_judged_by_when_they_happened() {
    let mut world = world(SocialOrg);
    world.open().when(at("08:50:00")).tell(checked_in(1, 1)).tell(checked_in(2, 1)).when(at("09:00:00")).tell(started(1));
    world.when(at("09:55:00"));
    (world.telling.occurred, world.telling.provisional) = (at("09:29:59"), true);
    world.tell(entered(1, 1));
    world.telling.occurred = at("09:30:00");
    let found = blocked(world.take(entered(2, 1)));
    assert_eq!(found[0].facts["provisional"], "true");
}

fn hands_in(kind: OrganizationKind, turn: u32, when: &str) -> Result<Vec<Finding>, Refused> {
    let mut world = world(kind);
    world.during_turn(turn).when(at(when));
    world.take(handed_in(1, turn))
}

/// At end − 30:01 handing in is refused, at end − 30:00 it is taken; an appraisal and an enterprise have no such limit.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_5_row_H3_leaving_begins_thirty_minutes_before_the_end() {
    for kind in [SocialOrg, TechnicalCollege] {
        for (turn, early, late) in [(1, "09:59:59", "10:00:00"), (2, "14:29:59", "14:30:00")] {
            let found = blocked(hands_in(kind, turn, early));
            assert_eq!((rules(&found), found[0].facts["seconds_left"].as_str()), (vec!["H3.leaving"], "1801"));
            assert_eq!(hands_in(kind, turn, late), Ok(Vec::new()));
        }
        assert_eq!(hands_in(kind, 3, "15:35:00"), Ok(Vec::new()));
    }
    assert_eq!(hands_in(Enterprise, 1, "09:10:00"), Ok(Vec::new()));
}

/// Minutes given back move the end of those who get them, and of nobody else.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_H6_time_given_back_moves_the_end() {
    let mut world = world(TechnicalCollege);
    world.during_turn(1).when(at("09:40:00"));
    let failed = |minutes| EquipmentFailed {
        room: room(1),
        what: text("考试机死机"),
        interval: between("09:30:00", "09:40:00"),
        compensations: vec![Compensation { candidate: candidate(1), minutes }],
    };
    for minutes in [0, 481, u32::MAX] {
        unfit(world.take(failed(minutes)));
    }
    world.tell(failed(10)).when(at("10:09:59"));
    blocked(world.take(handed_in(1, 1)));
    world.tell(handed_in(2, 1)).when(at("10:30:00"));
    let found = world.judge(&TurnEnded { turn: 1 }.into()).unwrap();
    assert_eq!(rules(&found), ["H4.time"], "who got time back still sits");
    world.tell(handed_in(1, 1)).when(at("10:40:00")).tell(TurnEnded { turn: 1 });
}

/// What an invigilator records is acknowledged by a supervisor, and both times are kept.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_8_row_H5_an_incident_keeps_both_times() {
    let mut world = world(SocialOrg);
    world.during_turn(1).when(at("09:20:00")).tell(incident(IncidentKind::Candidate));
    let seen = IncidentAcknowledged { incident: incident_id(1) };
    world.when(at("09:23:00")).tell(seen.clone()).when(at("09:50:00")).tell(seen);
    let incident = &world.view.session.papers.incidents[&incident_id(1)];
    assert_eq!((incident.recorded, incident.acknowledged), (at("09:20:00"), Some(at("09:23:00"))));
    assert!(incident.is_open());
}

/// A no needs words and a photo, and nobody signs a form while one is open.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_11_row_G5_a_form_is_not_signed_while_an_item_is_open() {
    let mut world = world(TechnicalCollege);
    world.during_turn(1);
    let filled = |answer| FormFilled {
        form: form_id(9),
        template: text("supervision-internal@1"),
        phase: FormPhase::PreStart,
        supervisor: staff(SUPERVISOR),
        answers: sound("supervision-internal@1", FormPhase::PreStart).into_iter().chain([answer]).collect(),
        problems: None,
        guidance: None,
    };
    let signed = FormSigned { form: form_id(9), signature: signature("质量督导员") };
    for missing in [
        fact::parts::FormAnswer { remark: None, ..no("exits") },
        fact::parts::FormAnswer { evidence_sha256: vec![], ..no("exits") },
    ] {
        assert!(unfit(world.take(filled(missing))).to_string().contains("remark and a photo"));
    }
    world.tell(filled(no("exits")));
    assert!(unfit(world.take(signed.clone())).to_string().contains("exits"));
    let (item, rectification) = (text("exits"), text("已打开安全出口"));
    world.tell(FormItemRectified {
        form: form_id(9),
        item,
        rectification,
        evidence_sha256: vec![file("photo")],
        reported_to: None,
    });
    world.tell(signed.clone());
    unfit(world.take(signed));
}

/// With one invigilator in the room a turn does not begin (S, T); that it began all the same can be told. E asks for a reason.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_12_row_P2_a_turn_with_one_invigilator() {
    let alone = |kind| {
        let mut world = world(kind);
        world.before_turn(1);
        let one = world.view.session.on(Duty::Invigilator, Some(room(1))).next().unwrap().staff;
        world.tell(fact::day::StaffLeft { staff: one });
        world
    };
    for kind in [SocialOrg, TechnicalCollege] {
        let mut world = alone(kind);
        let found = blocked(world.take(started(1)));
        assert_eq!((rules(&found), found[0].facts["present"].as_str()), (vec!["P2.few"], "1"));
        let fact = Fact::from(started(1));
        let found = world.judge_breach(&fact).unwrap();
        world.record(&fact, &found);
        assert_eq!((world.view.session.phase(), rules(&world.view.session.findings)), (Phase::Running, vec!["P2.few"]));
    }
    let mut world = alone(Enterprise);
    let found = world.take(started(1)).unwrap();
    assert_eq!(found[0].waiver.as_deref(), Some("site_head"));
    let (rule, about, reason) = (text("P2.few"), text(&found[0].about), text("车间人手不足，考点负责人代为巡视"));
    world.tell(FindingWaived { rule, about, reason, signature: signature("考点负责人") });
    assert_eq!(world.view.session.standing_findings().count(), 0);
    assert_eq!(world.view.session.findings.len(), 1, "a finding never goes away");
}

fn exemption() -> ExemptionGranted {
    ExemptionGranted {
        exemption: exemption_id(1),
        reason: ExemptionReason::Secrecy,
        explanation: text("涉密产线"),
        rooms: vec![room(2)],
        valid: DateRange { first: date(DAY), last: date(DAY) },
        measures: text("每十分钟拍照并由见证人签字"),
        traces: vec![TraceKind::Photos, TraceKind::WitnessSignatures],
        approver: signature("企业负责人"),
    }
}

/// An exempt room of an enterprise needs no self-test, and asks for the traces that were promised instead.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_13_row_C7_an_exempt_room_needs_traces_instead_of_recordings() {
    let mut world = world(Enterprise);
    world.morning().view.session.tests.clear();
    world.tell(exemption()).tell(ready(2));
    assert_eq!(rules(&world.take(ready(1)).unwrap()), ["C5.test"], "the leave is for one room");
    let mut world = World::new(Enterprise, None);
    world.over().tell(exemption());
    let kept = |trace| TraceKept { exemption: exemption_id(1), room: room(2), trace, evidence_sha256: vec![file("t")] };
    world.tell(kept(TraceKind::Photos));
    let found = blocked(world.take(sealed()));
    assert_eq!((rules(&found), found[0].facts["trace"].as_str()), (vec!["C7.traces"], "witness_signatures"));
    assert_eq!(found[0].waiver, None, "全程留痕 is never waived");
    unfit(world.take(TraceKept { room: room(1), ..kept(TraceKind::Photos) }));
    world.tell(kept(TraceKind::WitnessSignatures)).tell(sealed());
    unfit(world.take(ExemptionGranted { traces: Vec::new(), ..exemption() }));
    for kind in [SocialOrg, TechnicalCollege] {
        let mut world = World::new(kind, None);
        world.planned();
        assert_eq!(rules(&blocked(world.take(exemption()))), ["C7.allowed"]);
    }
}

/// After the papers are sealed nothing happens in the rooms; what happened before can still be told.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_I1_late_facts_are_taken_after_sealing() {
    let mut world = world(SocialOrg);
    world.over().tell(sealed()).when(at("17:30:00"));
    assert!(matches!(unfit(world.take(incident(IncidentKind::Candidate))), Unfit::State { .. }));
    world.telling.occurred = at("10:15:00");
    world.tell(incident(IncidentKind::Candidate));
    world.telling.occurred = at("17:31:00");
    world.tell(IncidentAcknowledged { incident: incident_id(1) });
    unfit(world.take(sealed()));
    unfit(world.take(session_planned()));
    assert_eq!(world.view.session.phase(), Phase::Sealed);
}

/// A finding says which version judged, reads back as it was written, and is not touched by what a pack says later.
#[test]
fn story_25_a_finding_keeps_its_pack() {
    let mut world = world(SocialOrg);
    world.morning().view.session.tests.clear();
    let found = blocked(world.take(ready(1)));
    assert_eq!(found[0].pack, "social_org@1+zaozhuang-2024@1");
    assert_eq!(pack::Pack::named(&found[0].pack), Some(world.pack.clone()));
    assert_eq!(world.view.batch.pack.as_deref(), Some(found[0].pack.as_str()));
    let written = serde_json::to_string(&found[0]).unwrap();
    assert_eq!(serde_json::from_str::<Finding>(&written).unwrap(), found[0]);
}

/// What nobody may let pass cannot be waived.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_H7_what_nobody_may_waive_is_not_waived() {
    let mut world = world(SocialOrg);
    world.during_turn(1).tell(incident(IncidentKind::Candidate));
    let decided = Fact::from(fact::incident::IncidentDecided {
        incident: incident_id(1),
        supervisor: staff(11),
        outcome: fact::words::IncidentOutcome::Confirmed,
        catalogue_item: Some(text("1.1")),
        reasons: text("录像可证"),
        candidate_heard: true,
        catalogue: None,
    });
    let found = world.judge_breach(&decided).unwrap();
    world.record(&decided, &found);
    let waived = |rule: &str, about: &str| FindingWaived {
        rule: text(rule),
        about: text(about),
        reason: text("现场无督导人员"),
        signature: signature("负责人"),
    };
    assert!(unfit(world.take(waived("H7", &found[0].about))).to_string().contains("nobody may"));
    unfit(world.take(waived("P2.few", &found[0].about)));
}
