//! H2: a session that is sealed and not received by the supervision service platform stands as a finding after the pack's
//! term, and is named once when the batch is closed.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};

use case::CaseId;
use fact::Fact;
use fact::record::SessionReceived;
use liuhen_process::deadline::unreported;
use words::OrganizationKind::{Enterprise, SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

/// When the papers of the examples are sealed, and so many hours later.
fn after(world: &World, hours: i64) -> liuhen_proto::Timestamp {
    let sealed = world.view.session.sealed.expect("it is sealed");
    liuhen_proto::Timestamp::from_micros(sealed.as_micros() + hours * 3_600_000_000)
}

fn found(world: &World, case: CaseId, hours: i64) -> Vec<String> {
    let all = unreported(case, (&world.view, &world.pack), after(world, hours));
    all.into_iter().map(|it| it.finding.about).collect()
}

fn sealed_of(kind: words::OrganizationKind) -> World {
    let mut world = World::new(kind, None);
    world.over().tell(sealed()).look_at_session();
    world
}

#[test]
fn what_nobody_has_taken_in_after_a_day_is_found_until_the_receipt_is_told() {
    let mut world = sealed_of(SocialOrg);
    let (session, batch) = (CaseId::Session(session_id(1)), CaseId::Batch(the_batch()));
    assert_eq!((found(&world, session, 24), found(&world, batch, 24)), (Vec::new(), Vec::new()));
    let named = vec![session_id(1).to_string()];
    assert_eq!((found(&world, session, 25), found(&world, batch, 25)), (named.clone(), named));
    let finding = unreported(session, (&world.view, &world.pack), after(&world, 25)).remove(0).finding;
    assert!(finding.english.starts_with("not_reported_to_supervision_platform"), "{}", finding.english);
    assert_eq!(
        (finding.rule.as_str(), finding.clause.as_str(), finding.facts["hours"].as_str()),
        ("H2.platform", "S四(四)2(1)", "24")
    );
    let received = SessionReceived { reference: text("JG-1"), received_on: date("2026-10-19"), document_sha256: None };
    world.tell(Fact::from(received)).look_at_session();
    assert_eq!((found(&world, session, 99), found(&world, batch, 99)), (Vec::new(), Vec::new()));
}

/// The rule of the closing and this one say the same of the same: it is told once.
#[test]
fn what_the_closing_has_recorded_is_not_derived_again() {
    let mut world = sealed_of(SocialOrg);
    let batch = CaseId::Batch(the_batch());
    let derived = unreported(batch, (&world.view, &world.pack), after(&world, 25)).remove(0).finding;
    world.view.batch.findings.push(derived);
    assert_eq!(found(&world, batch, 25), Vec::<String>::new());
}

#[test]
fn guidelines_that_name_no_platform_ask_for_none() {
    for kind in [Enterprise, TechnicalCollege] {
        let world = sealed_of(kind);
        assert_eq!(found(&world, CaseId::Session(session_id(1)), 999), Vec::<String>::new(), "{kind}");
    }
}
