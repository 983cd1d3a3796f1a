//! Forms are answered as their templates ask, violations are called as the catalogue has them, and a waiver covers what
//! stood when it was given.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};

use case::Unfit;
use fact::catalogue::{CatalogueAdopted, CatalogueItem};
use fact::day::ChecklistAnswered;
use fact::incident::{FormFilled, FormSigned, IncidentDecided, IncidentRecorded};
use fact::parts::FormAnswer;
use fact::state::{FindingWaived, RoomReady};
use fact::waived::{BatchFindingWaived, OrganizationFindingWaived, SiteFindingWaived};
use fact::words::{Answer, IncidentKind, IncidentOutcome, Phase, ViolationSubject};
use rule::Refused;
use words::OrganizationKind::{SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

const INTERNAL: &str = "supervision-internal@1";

/// What does not fit, as a caller reads it.
#[track_caller]
fn unfit(world: &mut World, fact: impl Into<fact::Fact>) -> String {
    match world.take(fact) {
        Err(Refused::Unfit(unfit)) => unfit.to_string(),
        other => panic!("it fits: {other:?}"),
    }
}

fn checks(phase: Phase, n: Option<u32>, answers: Vec<FormAnswer>) -> ChecklistAnswered {
    ChecklistAnswered { phase, room: n.map(room), answers, template: None }
}

fn fills(n: u32, phase: Phase, answers: Vec<FormAnswer>) -> FormFilled {
    let (template, supervisor) = (text(INTERNAL), staff(SUPERVISOR));
    FormFilled { form: form_id(n), template, phase, supervisor, answers, problems: None, guidance: None }
}

fn signs(n: u32) -> FormSigned {
    FormSigned { form: form_id(n), signature: signature("质量督导员") }
}

/// An item that the version does not have, that is asked at another time or of a room, or answered twice: the path says
/// which.
#[test]
fn a_checklist_is_answered_item_by_item() {
    let mut world = World::new(SocialOrg, None);
    world.planned();
    let said = unfit(&mut world, checks(Phase::DayBefore, None, vec![no("F1.notices"), no("F9.flowers")]));
    assert!(said.starts_with("checklist_answered.answers[1].item: checklist@1 asks no item F9.flowers"), "{said}");
    unfit(&mut world, checks(Phase::PreStart, None, vec![no("F1.notices")]));
    let said = unfit(&mut world, checks(Phase::PreStart, None, vec![no("G2.machines")]));
    assert!(said.contains("answers[0].item") && said.contains("room_id"), "{said}");
    unfit(&mut world, checks(Phase::DayBefore, None, vec![no("F1.notices"), no("F1.notices")]));
    let newer = ChecklistAnswered { template: Some(text("checklist@2")), ..checks(Phase::DayBefore, None, vec![]) };
    assert!(unfit(&mut world, newer).starts_with("checklist_answered.template: checklist@2 is not known"));
    world.tell(checks(Phase::PreStart, Some(1), vec![no("G2.machines")]));
}

/// Of yes, no and 不适用 only those count that the item takes; a photo belongs to some of them.
#[test]
fn an_answer_is_one_that_the_item_takes() {
    let mut world = World::new(TechnicalCollege, None);
    world.planned();
    let none = |item| FormAnswer { answer: Answer::NotApplicable, ..no(item) };
    let said = unfit(&mut world, checks(Phase::DayBefore, None, vec![none("F1.notices")]));
    assert!(said.starts_with("checklist_answered.answers[0].answer: "), "{said}");
    world.tell(checks(Phase::DayBefore, None, vec![none("F5.rehearsal")]));
    let bare = FormAnswer { answer: Answer::Yes, evidence_sha256: vec![], ..no("F1.notices") };
    let said = unfit(&mut world, checks(Phase::DayBefore, None, vec![bare]));
    assert!(said.starts_with("checklist_answered.answers[0].evidence_sha256: "), "{said}");
}

/// Grade, number and words are there where they are asked for, within their bounds, and nowhere else.
#[test]
fn a_value_is_what_the_item_asks_for() {
    let mut world = World::new(TechnicalCollege, None);
    world.during_turn(1);
    let grade = |grade| FormAnswer { answer: Answer::Yes, grade, ..no("overall") };
    for (given, path) in [(None, "grade"), (Some(0), "grade"), (Some(8), "grade")] {
        let said = unfit(&mut world, fills(8, Phase::After, vec![grade(given)]));
        assert!(said.starts_with(&format!("form_filled.answers[0].{path}: ")), "{said}");
    }
    let counted = FormAnswer { count: Some(2), ..grade(Some(6)) };
    assert!(unfit(&mut world, fills(8, Phase::After, vec![counted])).contains("answers[0].count"));
    world.tell(fills(8, Phase::After, vec![grade(Some(7))]));
    let spare = |count| FormAnswer { answer: Answer::Yes, count, ..no("G2.reserve") };
    unfit(&mut world, checks(Phase::PreStart, Some(1), vec![spare(None)]));
    world.tell(checks(Phase::PreStart, Some(1), vec![spare(Some(0))]));
}

/// A form may be filled in bit by bit, and is not signed before it is complete.
#[test]
fn a_form_is_not_signed_while_an_item_is_missing() {
    let mut world = World::new(SocialOrg, None);
    world.during_turn(1);
    let mut answers = sound(INTERNAL, Phase::During);
    let left_out = answers.pop().unwrap();
    world.tell(fills(8, Phase::During, answers.clone()));
    assert_eq!(world.view.session.papers.forms[&form_id(8)].missing_items(), [left_out.item.as_str()]);
    assert!(unfit(&mut world, signs(8)).contains(left_out.item.as_str()));
    answers.push(left_out);
    world.tell(fills(8, Phase::During, answers)).tell(signs(8));
}

/// Internal and external supervisors have forms of their own.
#[test]
fn a_supervisor_fills_in_the_own_form() {
    let mut world = World::new(SocialOrg, Some(ZAOZHUANG));
    world.during_turn(1);
    let outside = |template: &str, n| FormFilled {
        template: text(template),
        supervisor: staff(OUTSIDE),
        ..fills(n, Phase::During, sound(template, Phase::During))
    };
    assert!(unfit(&mut world, outside(INTERNAL, 8)).starts_with("form_filled.template: "));
    unfit(&mut world, FormFilled { template: text("daily@1"), ..outside(INTERNAL, 8) });
    unfit(&mut world, FormFilled { template: text("checklist@1"), ..outside(INTERNAL, 8) });
    world.tell(outside("supervision-external@1", 8)).tell(signs(8));
}

fn decided(code: &str) -> IncidentDecided {
    IncidentDecided {
        incident: incident_id(1),
        supervisor: staff(SUPERVISOR),
        outcome: IncidentOutcome::Confirmed,
        catalogue_item: Some(text(code)),
        reasons: text("录像可证"),
        candidate_heard: true,
        catalogue: None,
    }
}

/// A violation is called by a code of the catalogue, and one about those whom it concerns.
#[test]
fn a_violation_is_one_of_the_catalogue() {
    let mut world = World::new(SocialOrg, None);
    world.during_turn(1);
    let recorded = IncidentRecorded { catalogue_item: Some(text("9.9")), ..incident(IncidentKind::Candidate) };
    let said = unfit(&mut world, recorded);
    assert!(said.starts_with("incident_recorded.catalogue_item: 9.9 is no item of the catalogue default@1"), "{said}");
    world.tell(incident(IncidentKind::Candidate));
    unfit(&mut world, decided("9.9"));
    assert!(unfit(&mut world, decided("5.1")).contains("is about staff"));
    let elsewhere = IncidentDecided { catalogue: Some(text("city@1")), ..decided("2.7") };
    assert!(unfit(&mut world, elsewhere).starts_with("incident_decided.catalogue: city@1 is not known"));
    world.tell(IncidentDecided { catalogue: Some(text("default@1")), ..decided("2.7") });
}

fn adopted(version: u32, base: Option<&str>, code: &str) -> CatalogueAdopted {
    let item = CatalogueItem {
        code: text(code),
        tier: 4,
        subject: ViolationSubject::Candidate,
        chinese: text("携带作弊器材"),
        english: text("Has equipment for cheating"),
        consequence_chinese: text("全部科目成绩无效"),
        consequence_english: text("All subjects are void"),
        source: text("市规定"),
        police: true,
    };
    CatalogueAdopted {
        name: text("city"),
        version,
        base: base.map(text),
        adopted_on: date("2026-09-01"),
        source: text("某市违纪违规处理规定"),
        document_sha256: file("catalogue"),
        items: vec![item],
    }
}

/// What an organisation adopts holds from its day on, over what it adds to; earlier decisions keep theirs.
#[test]
fn an_organisation_adopts_a_later_catalogue() {
    let mut world = World::new(SocialOrg, None);
    world.during_turn(1).tell(incident(IncidentKind::Candidate));
    unfit(&mut world, adopted(1, Some("city@7"), "4.9"));
    unfit(&mut world, CatalogueAdopted { items: Vec::new(), ..adopted(1, None, "4.9") });
    world.tell(adopted(1, Some("default@1"), "4.9"));
    unfit(&mut world, adopted(1, None, "4.9"));
    let day = date(DAY);
    let holds = |world: &World, day| world.view.organization.catalogue(None, day).unwrap().name.clone();
    assert_eq!((holds(&world, date("2026-08-31")), holds(&world, day)), ("default@1".to_owned(), "city@1".to_owned()));
    assert!(world.view.organization.catalogue(Some("city@1"), day).unwrap().item("2.7").is_some(), "it adds to the default");
    world.tell(decided("4.9")).tell(adopted(2, None, "1"));
    unfit(&mut world, IncidentDecided { incident: incident_id(2), ..decided("2.7") });
    assert!(world.view.organization.catalogue(None, day).unwrap().item("4.9").is_none());
}

/// What was let pass stays so; the same thing found again on new facts stands again.
#[test]
fn a_waiver_covers_what_stood_when_it_was_given() {
    let mut world = World::new(TechnicalCollege, None);
    world.morning().view.session.tests.clear();
    let opens = fact::Fact::from(RoomReady { room: room(1), substitute: None });
    let breaks = |world: &mut World| {
        let found = world.judge_breach(&opens).unwrap();
        world.record(&opens, &found);
    };
    breaks(&mut world);
    let (rule, about, reason) = (text("C5.test"), text(&room(1).to_string()), text("手持录像机全程录像"));
    world.tell(FindingWaived { rule, about, reason, signature: signature("考点负责人") });
    assert_eq!(world.view.session.standing_findings().count(), 0);
    breaks(&mut world);
    assert_eq!((world.view.session.standing_findings().count(), world.view.session.findings.len()), (1, 2));
}

/// Findings of an organisation, a site and a batch are let pass in their own cases.
#[test]
fn findings_of_every_case_can_be_let_pass() {
    let mut world = World::new(SocialOrg, None);
    world.with_organization().with_site().with_batch();
    let late = fact::organization::AnnouncementPublished { approved_on: None, ..announcement() };
    world.take(late).unwrap();
    let found = world.view.organization.findings[0].clone();
    assert_eq!(found.rule, "B1.approved");
    let (rule, about, reason) = (text(&found.rule), text(&found.about), text("市局已补审"));
    let waived = OrganizationFindingWaived { rule, about, reason: reason.clone(), signature: signature("市人社局") };
    unfit(&mut world, OrganizationFindingWaived { rule: text("B1.late"), ..waived.clone() });
    world.tell(waived);
    let marked: Vec<_> = world.view.organization.waived.mark(&world.view.organization.findings).map(|(_, it)| it).collect();
    assert_eq!(marked, [true]);

    world.take(fact::batch::PlanFiled { filed_on: date("2026-09-30") }).unwrap();
    let found = world.view.batch.findings[0].clone();
    let (rule, about) = (text(&found.rule), text(&found.about));
    let waived = BatchFindingWaived { rule, about, reason: reason.clone(), signature: signature("市人社局") };
    world.tell(waived);
    assert!(world.view.batch.waived.mark(&world.view.batch.findings).all(|(_, waived)| waived));

    let nothing = SiteFindingWaived { rule: text("C3"), about: text("office"), reason, signature: signature("负责人") };
    assert!(unfit(&mut world, nothing).starts_with("site_finding_waived.rule: C3 is not known"));
    let leave = fact::site::ExemptionGranted {
        exemption: exemption_id(1),
        reason: fact::words::ExemptionReason::Secrecy,
        explanation: text("涉密产线"),
        rooms: vec![room(2)],
        valid: fact::parts::DateRange { first: date(DAY), last: date(DAY) },
        measures: text("定时拍照"),
        traces: vec![fact::words::TraceKind::Photos],
        approver: signature("负责人"),
    };
    let leave = fact::Fact::from(leave);
    let found = world.judge_breach(&leave).unwrap();
    world.record(&leave, &found);
    let (rule, about, reason) = (text(&found[0].rule), text(&found[0].about), text("涉密"));
    let nobodys = SiteFindingWaived { rule, about, reason, signature: signature("负责人") };
    assert!(unfit(&mut world, nobodys).contains("nobody may let this finding pass"));
}

/// Everything that is refused says where, and in both languages.
#[test]
fn what_does_not_fit_is_told_in_both_languages() {
    let mut world = World::new(SocialOrg, None);
    world.planned();
    let Err(Refused::Unfit(unfit)) = world.take(checks(Phase::DayBefore, None, vec![no("F9.flowers")])) else { panic!() };
    assert!(matches!(unfit, Unfit::Wrong { .. }));
    let problem = liuhen_proto::Problem::from(unfit);
    assert!(problem.message_zh().contains("没有项目 F9.flowers"), "{}", problem.message_zh());
}
