//! Stories of requirements.md, section 5, that come after the exam: release, notice, certificates, closing.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, timer, words};
use liuhen_proto::Timestamp;

use calendar::{Calendar, YearTable};
use case::Unfit;
use case::session::Session;
use fact::Fact;
use fact::certificate::{CertificateReissued, DataReturned};
use fact::incident::IncidentDecided;
use fact::record::{RecordFiled, RecordingExplained};
use fact::score::{ObjectionDecided, ObjectionRaised, ReleasedResult, ScoreAmended, ScoresReleased, ScoresVerified};
use fact::state::TraceKept;
use fact::words::{DecidedBy, IncidentKind, IncidentOutcome, IncidentSource, Medium, RecordCategory, Subject, TraceKind};
use finding::Finding;
use rule::Refused;
use words::OrganizationKind::{self, Enterprise, SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

const KINDS: [OrganizationKind; 3] = [SocialOrg, Enterprise, TechnicalCollege];

fn world(kind: OrganizationKind) -> World {
    World::new(kind, Some(ZAOZHUANG))
}

fn blocked(judged: Result<Vec<Finding>, Refused>) -> Vec<Finding> {
    match judged {
        Err(Refused::Blocked(found)) => found,
        other => panic!("nothing is blocked: {other:?}"),
    }
}

fn unfit(judged: Result<Vec<Finding>, Refused>) -> Unfit {
    match judged {
        Err(Refused::Unfit(unfit)) => unfit,
        other => panic!("it fits: {other:?}"),
    }
}

fn rules(found: &[Finding]) -> Vec<&str> {
    found.iter().map(|finding| finding.rule.as_str()).collect()
}

/// Of the results, those of one candidate.
fn result_of(n: u32) -> ScoresReleased {
    let results: Vec<ReleasedResult> = results().results.into_iter().filter(|it| it.candidate == candidate(n)).collect();
    ScoresReleased { results, signature: signature("负责人") }
}

/// The score that holds in practice becomes another one.
fn amendment(world: &World, centi: u32) -> ScoreAmended {
    ScoreAmended {
        candidate: candidate(1),
        subject: Subject::Practical,
        supersedes: world.view.batch.scores.of(candidate(1), Subject::Practical).unwrap().fact,
        centi,
        reason: text("合分错误"),
        amended_by: staff(CLERK),
        approved_by: staff(VERIFIER),
        document_sha256: None,
    }
}

/// Somebody checks what was amended.
fn second_look(verifier: u32) -> ScoresVerified {
    ScoresVerified { subject: Subject::Practical, verifier: staff(verifier), candidates: vec![candidate(1)] }
}

fn session(world: &mut World) -> &mut Session {
    world.view.sessions.get_mut(&session_id(1)).unwrap()
}

/// Candidate 1 has an open incident: its scores wait until a supervisor has decided, and candidate 2 goes on.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_15_row_I7_an_open_incident_holds_back_one_candidate_and_no_other() {
    for kind in KINDS {
        let mut world = world(kind);
        world.scored().when(at("14:00:00")).tell(incident(IncidentKind::Candidate)).look_at_session();
        world.when(on("2026-10-19", "15:00:00"));
        let found = blocked(world.take(results()));
        assert_eq!(rules(&found), ["I7.incident"]);
        assert_eq!((&found[0].about, &found[0].facts["incident"]), (&candidate(1).to_string(), &incident_id(1).to_string()));
        world.tell(result_of(2));
        let (supervisor, outcome, reasons) = (staff(SUPERVISOR), IncidentOutcome::Dismissed, text("手机为考务人员遗落"));
        let (incident, catalogue_item) = (incident_id(1), None);
        world
            .take(IncidentDecided {
                incident,
                supervisor,
                outcome,
                catalogue_item,
                reasons,
                candidate_heard: true,
                catalogue: None,
            })
            .unwrap();
        world.look_at_session().tell(result_of(1));
        assert!(unfit(world.take(result_of(1))).to_string().contains("released before"));
    }
}

/// A result goes up when its notice has lasted five working days, and on no earlier day, whatever the caller says.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_16_row_J1_upload_opens_the_day_after_the_notice() {
    for kind in KINDS {
        let mut world = world(kind);
        world.scored().tell(results()).when(on("2026-09-28", "09:00:00"));
        let posted = fact::score::NoticePosted { posted_on: date("2026-09-28"), ..notice(kind) };
        // The make-up Saturday of that year is the fifth working day.
        world.tell(posted).when(on("2026-10-10", "17:00:00"));
        let found = blocked(world.take(upload("2026-10-11")));
        assert_eq!((rules(&found), found[0].facts["opens_on"].as_str()), (vec!["J1.early"], "2026-10-11"));
        world.when(on("2026-10-11", "00:00:00")).tell(upload("2026-10-11"));
        assert!(world.view.batch.notices.uploaded.len() == 2);
    }
}

/// An objection holds the result back; where it is right, the score is amended, released and posted again.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_16_row_J2_who_objects_with_right_is_scored_and_posted_again() {
    for kind in KINDS {
        let mut world = world(kind);
        world.posted().when(on("2026-10-28", "09:00:00"));
        let (objection, of, grounds) = (text("YY-1"), text("GS-1"), text("合分有误"));
        let raised =
            ObjectionRaised { objection, notice: of, candidate: Some(candidate(1)), raised_on: date("2026-10-22"), grounds };
        world.tell(raised);
        let found = blocked(world.take(upload("2026-10-28")));
        assert_eq!((rules(&found), found[0].about.clone()), (vec!["J1.objection"], candidate(1).to_string()));
        world.tell(fact::score::ResultsUploaded { candidates: vec![candidate(2)], ..upload("2026-10-28") });
        let (decided_by, reasons, signatures) = (DecidedBy::Committee, text("漏计一项"), vec![signature("主任委员")]);
        world.tell(ObjectionDecided { objection: text("YY-1"), decided_by, upheld: true, reasons, signatures });
        assert_eq!(rules(&blocked(world.take(result_of(1)))), ["J1.disputed"]);
        let amended = amendment(&world, 8_000);
        world.tell(amended);
        let found = blocked(world.take(result_of(1)));
        assert_eq!(rules(&found), ["B15.total", "I8.verified"], "the old total is no longer right, and nobody agreed");
        world.tell(second_look(VERIFIER));
        let result = ReleasedResult { candidate: candidate(1), total: 8_200, passed: true };
        world.tell(ScoresReleased { results: vec![result], signature: signature("负责人") });
        let one = fact::score::ResultsUploaded { candidates: vec![candidate(1)], ..upload("2026-10-28") };
        assert_eq!(rules(&blocked(world.take(one))), ["J1.posted"]);
    }
}

/// After the notice a score changes by its own successor only, by two persons, and the change stands as a finding. Of two
/// who amend at once one is refused; no breach helps.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_19_row_J1_nobody_amends_alone_or_unseen_after_the_notice() {
    for kind in KINDS {
        let mut world = world(kind);
        world.posted();
        unfit(world.take(score(1, Subject::Practical, 9_900)));
        let (first, second) = (amendment(&world, 7_600), amendment(&world, 9_900));
        let alone = Fact::from(ScoreAmended { approved_by: staff(CLERK), ..first.clone() });
        assert!(unfit(world.judge(&alone)).to_string().contains("second person"));
        assert!(matches!(world.judge_breach(&alone), Err(Refused::Unfit(_))), "a breach lets nobody amend alone");
        world.logged_in(1);
        assert_eq!(rules(&world.take(first).unwrap()), ["J1.amended"]);
        assert!(unfit(world.take(second)).to_string().contains("the score that holds was told by"));
        // Two persons are two logins, and the second is the one whom the amendment names.
        assert_eq!(rules(&blocked(world.take(second_look(VERIFIER)))), ["I8.login"]);
        assert_eq!(rules(&blocked(world.logged_in(2).take(second_look(CLERK)))), ["I8.two"]);
        world.tell(second_look(VERIFIER));
        assert!(!world.view.batch.scores.released.contains_key(&candidate(1)));
        assert!(world.view.batch.notices.of.contains_key(&candidate(2)), "the other one stays on the notice");
    }
}

/// Reports and returned data run in working days, and a missing table makes them provisional.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_17_row_J6_timers_run_from_issue_and_return() {
    let mut world = world(SocialOrg);
    world.issued();
    let (today, calendar) = (date("2026-11-04"), Calendar::embedded());
    let running = |world: &World| {
        let timers = timer::of(&world.view.batch, &world.pack);
        timers.into_iter().map(|it| (it.deadline.what().as_str(), it.deadline.due(&calendar), it.done)).collect::<Vec<_>>()
    };
    let timers = running(&world);
    assert_eq!(timers[0].2, Some(date("2026-10-28")), "the notice is done with");
    assert_eq!((timers[1].0, timers[1].1.date, timers[1].2), ("data_report", date("2026-12-16"), None));
    assert_eq!(timer::of(&world.view.batch, &world.pack)[1].deadline.remaining(today, &calendar).days, 30);
    world.tell(reported("2026-11-20"));
    assert_eq!(running(&world)[1].2, Some(date("2026-11-20")));
    let (returning, reason) = (text("TH-1"), text("身份证号有误"));
    world.tell(DataReturned { returning, returned_on: date("2026-12-20"), reason, candidates: vec![candidate(1)] });
    let back = running(&world).pop().unwrap();
    assert_eq!((back.0, back.1.is_firm()), ("returned_data", false), "the table of 2027 is missing");
    let mut full = Calendar::embedded();
    full.load(YearTable::from_json(include_str!("golden/calendar.invented-2027.v1.json")).unwrap()).unwrap();
    assert!(timer::of(&world.view.batch, &world.pack).pop().unwrap().deadline.due(&full).is_firm());
}

/// A batch closes when its volume is complete; what is missing is named with who brings it.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_18_row_K2_closing_names_what_is_missing() {
    for kind in KINDS {
        let mut world = world(kind);
        world.issued();
        let found = blocked(world.take(closed()));
        let missing: Vec<_> = found.iter().filter(|it| it.rule == "K2.complete").map(|it| it.about.as_str()).collect();
        assert_eq!(missing.len(), 13, "{missing:?}");
        assert!(found.iter().all(|it| it.rule != "K2.complete" || it.english.contains("archivist")));
        world.volume_after_issue().tell(closed());
        assert!(unfit(world.take(results())).to_string().contains("closed"));
        let (number, reason, document_sha256) = (text(NUMBER), text("遗失"), None);
        let (applied_on, issued_on) = (date("2027-03-01"), date("2027-03-05"));
        world.tell(CertificateReissued { candidate: candidate(1), number, applied_on, issued_on, reason, document_sha256 });
    }
}

/// Footage is asked for; pictures stand for it in an enterprise alone, where a room was exempt and traces were kept.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_18_row_K2_pictures_stand_for_footage_under_an_exemption_only() {
    for kind in KINDS {
        let mut world = world(kind);
        world.volume();
        let pictures = RecordFiled { medium: Medium::Pictures, version: 2, ..record(RecordCategory::Footage) };
        world.tell(pictures);
        let found = blocked(world.take(closed()));
        assert_eq!((rules(&found), found[0].about.as_str()), (vec!["K2.complete"], "footage"));
        let trace =
            TraceKept { exemption: exemption_id(1), room: room(2), trace: TraceKind::Photos, evidence_sha256: Vec::new() };
        session(&mut world).traces.insert((trace.exemption, trace.room, trace.trace));
        match kind {
            Enterprise => drop(world.tell(closed())),
            _ => assert_eq!(rules(&blocked(world.take(closed()))), ["K2.complete"]),
        }
    }
}

/// A hole in the recording holds nobody's score back; before closing somebody explains it and signs.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn story_18_row_H2_a_hole_is_explained_before_closing_and_holds_no_score_back() {
    for kind in KINDS {
        let mut world = world(kind);
        world.judged();
        let now: Timestamp = world.telling.at;
        let about = incident(IncidentKind::Technical);
        let hole = fact::incident::IncidentRecorded { source: IncidentSource::System, candidate: None, ..about };
        world.when(at("14:00:00")).take(hole).unwrap();
        world.when(now).look_at_session();
        world.scores_after_judging().tell(results());
        let found = blocked(world.take(closed()));
        let hole: Vec<_> = found.iter().filter(|it| it.rule == "H2.explained").map(|it| it.about.clone()).collect();
        assert_eq!(hole, [incident_id(1).to_string()]);
        let explained = RecordingExplained {
            session: session_id(1),
            incident: incident_id(1),
            explanation: text("配电箱跳闸 40 秒，考场记录单在案"),
            evidence_sha256: vec![file("record")],
            signature: signature("负责人"),
        };
        unfit(world.take(RecordingExplained { incident: incident_id(7), ..explained.clone() }));
        world.tell(explained);
        assert!(blocked(world.take(closed())).iter().all(|it| it.rule != "H2.explained"));
    }
}

/// A sound batch of each kind goes from the sealed session to the closed volume without a finding, and its figures are
/// those of the summary.
#[test]
fn a_sound_batch_closes_without_a_finding() {
    for kind in KINDS {
        let mut world = world(kind);
        world.volume().tell(closed());
        assert_eq!(world.view.batch.findings, []);
        let figures = world.view.batch.figures();
        assert_eq!((figures.candidates, figures.passed, figures.certificates), (2, 1, 1));
        assert!(world.view.batch.is_certified());
        world.beside().tell(summary());
    }
}
