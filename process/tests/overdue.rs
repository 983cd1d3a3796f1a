//! What is overdue though nobody has told anything: as of a day, gone when it is told, and provisional where a year's table
//! is missing.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};

use fact::CaseKind;
use fact::batch::{BatchPlanned, PlanFiled, RegistrationHeld};
use fact::organization::{AnnouncementPublished, BodyFiled};
use fact::parts::DateRange;
use liuhen_process::deadline::{Overdue, overdue};
use words::OrganizationKind::{Enterprise, SocialOrg, TechnicalCollege};

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

fn of(world: &World, case: CaseKind, day: &str) -> Vec<Overdue> {
    overdue(case, (&world.view, &world.pack), &world.calendar, date(day))
}

/// The rules, each with its day and whether that is sure.
fn rules(world: &World, case: CaseKind, day: &str) -> Vec<(String, String, bool)> {
    let said = |it: Overdue| (it.finding.rule.clone(), it.finding.facts["due"].clone(), it.provisional);
    of(world, case, day).into_iter().map(said).collect()
}

#[test]
fn a_plan_that_nobody_files_is_overdue_from_the_day_after() {
    let mut world = World::new(SocialOrg, None);
    world.with_organization();
    let plan = plan(&world);
    world.tell(plan).tell(RegistrationHeld { opened_on: date("2026-09-10"), closed_on: date("2026-09-16") });
    assert_eq!(rules(&world, CaseKind::Batch, "2026-09-05"), []);
    let late = || ("B2.late".to_owned(), "2026-09-05".to_owned(), false);
    assert_eq!(rules(&world, CaseKind::Batch, "2026-09-06"), [late()]);
    let review = ("B3.review".to_owned(), "2026-09-19".to_owned(), false);
    assert_eq!(rules(&world, CaseKind::Batch, "2026-09-20"), [late(), review.clone()]);
    let finding = of(&world, CaseKind::Batch, "2026-09-06").remove(0).finding;
    assert_eq!((finding.clause.as_str(), finding.waiver.as_deref()), ("S三(一)", Some("authority")));
    // From here on the rule judges what was told.
    world.take(PlanFiled { filed_on: date("2026-09-20") }).unwrap();
    assert_eq!(rules(&world, CaseKind::Batch, "2026-09-20"), [review]);
    assert_eq!(of(&world, CaseKind::Session, "2026-09-20"), []);
}

/// Ten working days before a day of 2027 may be another day when its table is loaded.
#[test]
fn where_a_table_is_missing_what_is_overdue_is_provisional() {
    let mut world = World::new(TechnicalCollege, None);
    world.with_organization();
    let held = DateRange { first: date("2027-03-10"), last: date("2027-03-10") };
    let plan = BatchPlanned { held, ..plan(&world) };
    world.take(plan).unwrap();
    assert_eq!(rules(&world, CaseKind::Batch, "2026-12-31"), []);
    let found = rules(&world, CaseKind::Batch, "2027-03-09");
    assert_eq!(
        found.iter().map(|(rule, _, sure)| (rule.as_str(), *sure)).collect::<Vec<_>>(),
        [("B2.late", true), ("C13", true)]
    );
}

/// The announcement of the year is due of a body that was on file when the year began, where the guideline gives a month.
#[test]
fn the_announcement_of_the_year_is_overdue_in_february() {
    let filed = |kind, first| {
        let mut world = World::new(kind, None);
        let valid = DateRange { first: date(first), last: date("2028-12-31") };
        world.tell(BodyFiled { authority: text("枣庄市人社局"), number: text("S1"), valid });
        world
    };
    let mut world = filed(SocialOrg, "2025-03-01");
    assert_eq!(rules(&world, CaseKind::Organization, "2026-01-31"), []);
    let late = ("B1.late".to_owned(), "2026-01-31".to_owned(), false);
    assert_eq!(rules(&world, CaseKind::Organization, "2026-02-01"), [late]);
    world.take(AnnouncementPublished { published_on: date("2026-02-02"), ..announcement() }).unwrap();
    assert_eq!(rules(&world, CaseKind::Organization, "2026-02-03"), []);
    assert_eq!(rules(&filed(SocialOrg, "2026-01-20"), CaseKind::Organization, "2026-02-01"), [], "it is new");
    assert_eq!(rules(&filed(Enterprise, "2025-03-01"), CaseKind::Organization, "2026-02-01"), []);
}
