//! What the texts say exactly, where a rule could be read in two ways.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};

use fact::batch::{PlanFiled, RegistrationHeld, RelationDeclared};
use fact::organization::BodyFiled;
use fact::parts::DateRange;
use fact::plan::LotsCommitted;
use fact::words::{Duty, IncidentKind, RelationKind};
use rule::Refused;
use words::OrganizationKind::{self, Enterprise, SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

/// The rules that find something about a fact, refused or not.
fn found(world: &World, fact: impl Into<fact::Fact>) -> Vec<String> {
    match world.judge(&fact.into()) {
        Ok(found) | Err(Refused::Blocked(found)) => found.into_iter().map(|finding| finding.rule).collect(),
        Err(unfit) => panic!("{unfit:?}"),
    }
}

/// A body that came on file in May announces within two months, not in the January before (S二(二)).
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_B1_a_newly_selected_body_has_two_months() {
    let mut world = World::new(SocialOrg, None);
    let valid = DateRange { first: date("2026-05-11"), last: date("2029-05-10") };
    world.tell(BodyFiled { authority: text("枣庄市人社局"), number: text("S1"), valid });
    let published = |day| fact::organization::AnnouncementPublished { published_on: date(day), ..announcement() };
    assert_eq!(found(&world, published("2026-07-11")), Vec::<String>::new());
    assert_eq!(found(&world, published("2026-07-12")), ["B1.late"]);
    world.tell(published("2026-07-11"));
    assert_eq!(found(&world, published("2026-11-02")), Vec::<String>::new(), "a changed announcement has no day");
}

/// S counts from the day registration opens, whichever of the two is told last; E and T count from the exam.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_B2_a_plan_is_late_by_what_it_must_precede() {
    let registered = RegistrationHeld { opened_on: date("2026-09-10"), closed_on: date("2026-09-16") };
    let planned = |kind| {
        let mut world = World::new(kind, None);
        world.with_organization();
        let plan = plan(&world);
        world.tell(plan);
        world
    };
    let mut world = planned(SocialOrg);
    world.tell(PlanFiled { filed_on: date("2026-09-06") });
    assert_eq!(found(&world, registered.clone()), ["B2.late"]);
    for kind in [Enterprise, TechnicalCollege] {
        let mut world = planned(kind);
        world.tell(registered.clone());
        assert_eq!(found(&world, PlanFiled { filed_on: date("2026-09-28") }), Vec::<String>::new());
        // Ten working days before Saturday 17 October, with 10 October a working day: 29 September.
        assert_eq!(found(&world, PlanFiled { filed_on: date("2026-09-29") }), Vec::<String>::new());
        assert_eq!(found(&world, PlanFiled { filed_on: date("2026-09-30") }), ["B2.late"]);
    }
}

/// The platform may put words before what the organisation writes; the day is that of the exam.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_B12_a_name_is_dated_numbered_and_of_its_kind() {
    let mut world = World::new(SocialOrg, None);
    world.with_organization();
    let named = |name| fact::batch::BatchPlanned { name: text(name), ..plan(&world) };
    for name in ["20261017鲁南中心第1期社会化评价", "山东省鲁南中心20261017鲁南第12期社会化评价"] {
        assert_eq!(found(&world, named(name)), Vec::<String>::new(), "{name}");
    }
    for name in [
        "20261018鲁南中心第1期社会化评价",
        "20261017第1期社会化评价",
        "20261017鲁南中心第一期社会化评价",
        "20261017鲁南中心第1期技工院校",
    ] {
        assert_eq!(found(&world, named(name)), ["B12.name"], "{name}");
    }
}

/// T has no recusal in its text; S and E have.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_P3_recusal_is_of_two_texts() {
    for (kind, rules) in [(SocialOrg, vec!["P3"]), (Enterprise, vec!["P3"]), (TechnicalCollege, vec![])] {
        let mut world = World::new(kind, None);
        world.planned();
        let kin = RelationDeclared { staff: staff(27), relation: RelationKind::Kin, candidate: Some(candidate(1)), unit: None };
        world.tell(kin);
        assert_eq!(found(&world, duty(27, Duty::ExamStaff, None)), rules);
        assert_eq!(found(&world, duty(27, Duty::ExamStaff, Some(4))), Vec::<String>::new(), "nobody sits there");
    }
}

/// A breach that stands is not asked for again at each start; one that nobody has told of is.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_P3_a_recorded_breach_is_not_asked_again() {
    let mut world = World::new(SocialOrg, None);
    world.before_turn(1);
    let kin = |n| RelationDeclared { staff: staff(n), relation: RelationKind::Kin, candidate: Some(candidate(1)), unit: None };
    world.tell(kin(27));
    let assigned = duty(27, Duty::ExamStaff, None).into();
    let judged = world.judge_breach(&assigned).unwrap();
    world.record(&assigned, &judged);
    assert_eq!(found(&world, started(1)), Vec::<String>::new());
    world.tell(kin(2));
    assert_eq!(found(&world, started(1)), ["P3"]);
}

/// Exam staff, examiners and supervisors are not mixed; among exam staff one may do two things (E四(五)2).
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_P7_three_groups_are_not_mixed() {
    let mut world = World::new(Enterprise, None);
    world.planned();
    assert_eq!(found(&world, duty(HEAD, Duty::ChiefInvigilator, None)), Vec::<String>::new());
    assert_eq!(found(&world, duty(HEAD, Duty::SupervisorInternal, None)), ["P7.roles"]);
    assert_eq!(found(&world, duty(21, Duty::LeadExaminer, Some(2))), Vec::<String>::new());
    assert_eq!(found(&world, duty(21, Duty::Invigilator, Some(2))), ["P7.roles"]);
}

/// T names no number of 考试负责人: a second one is no finding, none is.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_P2_one_site_head_where_the_text_says_one() {
    let heads = |kind: OrganizationKind| {
        let mut world = World::new(kind, None);
        world.before_turn(1).tell(duty(3, Duty::SiteHead, None));
        found(&world, started(1))
    };
    assert_eq!(heads(TechnicalCollege), Vec::<String>::new());
    assert_eq!(heads(SocialOrg), ["P2.head"]);
    assert_eq!(heads(Enterprise), ["P2.head"]);
}

/// What is drawn is what was announced: another draw, consistent in itself, does not fit.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_G1_another_draw_than_the_announced_one_does_not_fit() {
    let mut world = World::new(SocialOrg, None);
    let (committed, drawn) = world.planned().draw();
    world.tell(LotsCommitted { commitment_sha256: file("another"), ..committed });
    assert!(matches!(world.take(drawn), Err(Refused::Unfit(_))));
}

/// An enterprise need not report to the supervisor or the authority; a social organisation must.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_H4_the_duty_to_report_is_of_two_texts() {
    for (kind, rules) in [(SocialOrg, vec!["H4.reported", "H5.reported"]), (Enterprise, vec![])] {
        let mut world = World::new(kind, None);
        world.over().tell(incident(IncidentKind::StaffMisconduct));
        assert_eq!(found(&world, sealed()), rules);
    }
}

/// A technical hole accuses nobody, waits for nobody, and does not hold sealing up.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_H2_a_hole_accuses_nobody() {
    let mut world = World::new(TechnicalCollege, None);
    world.during_turn(1);
    let hole = fact::incident::IncidentRecorded {
        about: IncidentKind::Technical,
        source: fact::words::IncidentSource::System,
        candidate: None,
        ..incident(IncidentKind::Technical)
    };
    let found = world.take(hole).unwrap();
    assert_eq!((found[0].rule.as_str(), found[0].severity), ("H2", finding::Severity::Finding));
    assert!(!world.view.session.papers.incidents[&incident_id(1)].is_open());
}

/// Who turns out to be another person was there all the same: the session does not go back.
#[test]
#[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
fn row_H5_a_refused_person_takes_no_session_back() {
    let mut world = World::new(SocialOrg, None);
    world.open().when(at("08:40:00")).tell(checked_in(1, 1));
    let (turn, accepted, reason) = (1, false, text("非本人"));
    world.tell(fact::day::IdentityDecided { candidate: candidate(1), turn, accepted, reason });
    assert_eq!(world.view.session.phase(), case::Phase::CheckedIn);
    assert_eq!(world.view.session.attendance.checked_in(), 0, "and does not count as one of those who sit");
}

/// Whoever is told of a field reads its path once, and the rest in their own language.
#[test]
fn what_is_not_known_is_told_with_its_path_once() {
    let (field, thing) = ("candidate_reviewed.candidate_id".to_owned(), "cand_1".to_owned());
    let problem = liuhen_proto::Problem::from(case::Unfit::Unknown { field, thing, place: "the batch" });
    assert_eq!(problem.message(), "candidate_reviewed.candidate_id: cand_1 is not known in the batch: tell of it first");
    assert_eq!(problem.message_zh(), "请求字段 candidate_reviewed.candidate_id 有误：cand_1 尚未登记，请先登记");
}
