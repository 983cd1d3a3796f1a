//! Writes `docs/ref/obligations.md`: what becomes of each row of the requirements, and which tests bear its id.
//!
//! The rows stand in [`rows`]; the rules, their weights and the tests are found in the packs and the sources, so that the
//! page cannot name what is not there. `LIUHEN_WRITE_DOCS=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use liuhen_process::pack::{Pack, Weight};
use liuhen_process::rule::RULES;
use liuhen_process::words::OrganizationKind;

#[path = "obligations/rows.rs"]
mod rows;

use rows::{Held, ROWS, Row};

/// How the page calls the packs.
const PACKS: [(&str, OrganizationKind); 3] =
    [("S", OrganizationKind::SocialOrg), ("E", OrganizationKind::Enterprise), ("T", OrganizationKind::TechnicalCollege)];

/// Everything in 枣庄 is of this district or another.
const ZAOZHUANG: &str = "370402";

fn weighs(weight: &Weight) -> String {
    format!("{} ({})", weight.severity.as_str(), weight.clause)
}

/// How the packs weigh a rule: the guidelines, and the overlay where it says something else.
fn weights(rule: &str) -> String {
    let mut said = Vec::new();
    for (name, kind) in PACKS {
        let plain = Pack::newest(kind, None);
        let city = Pack::newest(kind, Some(ZAOZHUANG.parse().expect("it is a district")));
        let (plain, city) = (plain.weight(rule), city.weight(rule));
        said.extend(plain.map(|weight| format!("{name} {}", weighs(weight))));
        said.extend(city.filter(|city| Some(*city) != plain).map(|weight| format!("{name} in 枣庄 {}", weighs(weight))));
    }
    said.join(", ")
}

/// All Rust sources of this crate, put together.
fn sources() -> String {
    fn read(directory: &Path, into: &mut String) {
        let entries = std::fs::read_dir(directory).expect("the sources are there");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&std::fs::read_to_string(&path).expect("a source is text"));
            }
        }
    }
    let mut all = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["src", "tests"].iter().for_each(|directory| read(&root.join(directory), &mut all));
    all
}

/// Tests whose name bears a row: `row_P2_…`, `story_12_row_P2_…`.
fn tests() -> BTreeSet<String> {
    let sources = sources();
    let words = sources.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("row_") || word.starts_with("story_")).map(str::to_owned).collect()
}

/// Those that bear this row.
fn bearing<'a>(tests: &'a BTreeSet<String>, row: &str) -> Vec<&'a str> {
    let bears = |test: &&str| {
        let name =
            test.strip_prefix("story_").map_or(*test, |name| name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_'));
        name.strip_prefix("row_")
            .and_then(|name| name.strip_prefix(row))
            .is_some_and(|name| name.len() > 1 && name.starts_with('_'))
    };
    tests.iter().map(String::as_str).filter(bears).collect()
}

fn held(row: &Row) -> String {
    let rules = RULES.iter().filter(|rule| rule.row() == row.id);
    let mut said: Vec<_> = rules.map(|rule| format!("`{}`: {}", rule.id, weights(rule.id))).collect();
    said.extend(row.held.iter().map(|held| match held {
        Held::Recorded(facts) => {
            format!("recorded as {}", facts.iter().map(|fact| format!("`{fact}`")).collect::<Vec<_>>().join(", "))
        }
        Held::Intake(facts) => {
            format!("neighbour’s: intake {}", facts.iter().map(|fact| format!("`{fact}`")).collect::<Vec<_>>().join(", "))
        }
        Held::Elsewhere(whom) => (*whom).to_owned(),
        Held::Not(why) => format!("**not judged**: {why}"),
        Held::Later(work) => format!("later work: {work}"),
    }));
    said.join("<br>")
}

fn page() -> String {
    let tests = tests();
    let mut page = String::from(
        "# Obligations, and what becomes of each\n\n\
         Made from `process/tests/obligations/rows.rs`, the packs and the names of tests by a test; do not edit.\n\n\
         Rows are those of the requirements. S is 社会培训评价组织, E 企业, T 技工院校; what stands in brackets is the clause, and \
         `house` is our own. A rule that blocks refuses permission and no fact; a finding stands until somebody deals with it; a \
         warning is told. A test that bears the row of a rule proves that the rule is silent where nothing is wrong, finds what \
         is wrong, and is silent again where its pack does not bind it.\n\n\
         | row | what | how it is held | tests |\n|---|---|---|---|\n",
    );
    for row in ROWS {
        let tests = bearing(&tests, row.id).iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>");
        writeln!(page, "| {} | {} | {} | {tests} |", row.id, row.what, held(row)).expect("a string takes everything");
    }
    page
}

#[test]
fn the_page_shows_the_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ref/obligations.md");
    let page = page();
    if std::env::var_os("LIUHEN_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/ref/obligations.md is not what the rows say: run this test with LIUHEN_WRITE_DOCS=1");
}

#[test]
fn every_rule_serves_a_row_of_the_list() {
    for rule in RULES {
        assert!(ROWS.iter().any(|row| row.id == rule.row()), "{} serves no row of the list", rule.id);
    }
    let ids: BTreeSet<_> = ROWS.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), ROWS.len(), "no row stands there twice");
}

/// A1 to H8 are all there, in the numbers of the requirements.
#[test]
fn no_row_is_left_out() {
    let groups =
        [("A", 10), ("B", 16), ("C", 13), ("D", 4), ("P", 8), ("F", 7), ("G", 5), ("H", 8), ("I", 8), ("J", 7), ("K", 5)];
    let wanted = groups.iter().flat_map(|(group, last)| (1..=*last).map(move |n| format!("{group}{n}")));
    assert!(wanted.eq(ROWS.iter().map(|row| row.id.to_owned())), "the rows stand in the order of the requirements");
}

/// What this crate holds is proved by a test that bears the row; what it does not hold says who does, or why nobody.
#[test]
fn every_row_is_proved_or_says_why_not() {
    let tests = tests();
    for row in ROWS {
        let served = RULES.iter().any(|rule| rule.row() == row.id);
        let ours = served || row.held.iter().any(|held| matches!(held, Held::Recorded(_) | Held::Intake(_)));
        let proved = !bearing(&tests, row.id).is_empty();
        assert!(!held(row).is_empty(), "{} is held by nothing", row.id);
        assert!(proved || !ours, "no test bears {}", row.id);
    }
}
