//! Every rule at work: a world in which nothing is wrong, one change that breaks the rule, and the fact that is judged.
//!
//! Always: for every pack that binds a rule, the sound world is silent, the broken one is found as the pack weighs it, and
//! the pack without the rule says nothing. What blocks is refused, and taken where it is told as a breach.

use crate::fact::Fact;
use crate::finding::{Finding, Severity};
use crate::pack::Pack;
use crate::rule::{RULES, Refused};
use crate::words::OrganizationKind;

use rows::ROWS;
use world::{World, ZAOZHUANG};

mod before;
mod certificate;
mod checks;
mod closing;
mod day;
mod examiners;
mod incident;
mod marking;
mod notice;
mod people;
mod place;
mod plan;
mod recorded;
mod recusal;
mod release;
mod rows;
mod supervision;
#[allow(dead_code, reason = "the tests in process/tests use the rest of it")]
mod world;

/// How a rule is broken.
struct Example {
    rule: &'static str,
    /// Brings a new world to the hour in question. Nothing is found about the fact.
    fact: fn(&mut World) -> Fact,
    /// The one change, of the world or of the fact.
    spoil: fn(&mut World, &mut Fact),
}

/// Changes a field of the fact that is judged.
macro_rules! change {
    ($kind:ident, $it:ident => $change:expr) => {
        |_, fact| match fact {
            Fact::$kind($it) => {
                $change;
            }
            other => unreachable!("{} is judged", other.kind()),
        }
    };
}
use change;

const EXAMPLES: &[&[Example]] = &[
    plan::EXAMPLES,
    before::EXAMPLES,
    place::EXAMPLES,
    checks::EXAMPLES,
    people::EXAMPLES,
    recusal::EXAMPLES,
    examiners::EXAMPLES,
    day::EXAMPLES,
    incident::EXAMPLES,
    supervision::EXAMPLES,
    marking::EXAMPLES,
    release::EXAMPLES,
    notice::EXAMPLES,
    certificate::EXAMPLES,
    closing::EXAMPLES,
];

fn examples() -> impl Iterator<Item = &'static Example> {
    EXAMPLES.iter().copied().flatten()
}

/// Each kind of organisation, in 枣庄 and where nobody has said.
fn places() -> impl Iterator<Item = (OrganizationKind, Option<&'static str>)> {
    OrganizationKind::ALL.iter().flat_map(|kind| [None, Some(ZAOZHUANG)].map(|region| (*kind, region)))
}

/// Proves all rules of a row, with every pack that binds them.
fn prove(row: &str) {
    let rules: Vec<_> = RULES.iter().filter(|rule| rule.row() == row).collect();
    assert!(!rules.is_empty(), "no rule serves {row}");
    for rule in rules {
        let of: Vec<_> = examples().filter(|example| example.rule == rule.id).collect();
        assert!(!of.is_empty(), "{} has no example", rule.id);
        let bound = places().filter(|(kind, region)| World::new(*kind, *region).pack.weight(rule.id).is_some());
        let proved = bound.map(|(kind, region)| of.iter().for_each(|example| example.prove(World::new(kind, region)))).count();
        assert!(proved > 0, "no pack binds {}", rule.id);
    }
}

impl Example {
    fn prove(&self, mut world: World) {
        let mut fact = (self.fact)(&mut world);
        assert_eq!(world.judge(&fact), Ok(Vec::new()), "{}, {}: the sound world", world.pack.name, self.rule);
        (self.spoil)(&mut world, &mut fact);
        let found = self.found(&world, &fact);
        found.iter().for_each(|finding| self.check(&world, finding));
        self.is_silent_without(&mut world, &fact);
        self.is_recorded(&mut world, &fact, &found);
    }

    /// What this rule finds. A rule that blocks refuses, and any other does not.
    fn found(&self, world: &World, fact: &Fact) -> Vec<Finding> {
        let blocks = world.pack.weight(self.rule).is_some_and(|weight| weight.severity == Severity::Block);
        let all = match world.judge(fact) {
            Err(Refused::Blocked(all)) => all,
            Ok(all) => {
                assert!(!blocks, "{}: {} lets it pass", world.pack.name, self.rule);
                all
            }
            Err(unfit) => panic!("{}, {}: {unfit:?}", world.pack.name, self.rule),
        };
        let found: Vec<_> = all.into_iter().filter(|finding| finding.rule == self.rule).collect();
        assert!(!found.is_empty(), "{}: {} does not see it", world.pack.name, self.rule);
        found
    }

    /// A finding says what the pack says, in both languages, and names nobody.
    fn check(&self, world: &World, finding: &Finding) {
        let weight = world.pack.weight(self.rule).expect("only bound rules are proved");
        assert_eq!((finding.severity, &finding.clause, &finding.waiver), (weight.severity, &weight.clause, &weight.waiver));
        assert_eq!(finding.pack, world.pack.name);
        assert!(!finding.about.trim().is_empty() && !finding.english.trim().is_empty(), "{finding:?}");
        assert!(
            finding.english.chars().all(|c| !('\u{4e00}'..='\u{9fff}').contains(&c)) || self.rule == "B12.name",
            "{finding:?}"
        );
        assert!(finding.chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{finding:?}");
        let said = serde_json::to_string(finding).expect("a finding is JSON");
        for person in world.personal() {
            assert!(!said.contains(&person), "{} tells {person}: {said}", self.rule);
        }
    }

    fn is_silent_without(&self, world: &mut World, fact: &Fact) {
        let pack = std::mem::replace(&mut world.pack, Pack::newest(world.kind, None));
        world.pack = pack.clone().without(self.rule);
        let left = match world.judge(fact) {
            Ok(found) | Err(Refused::Blocked(found)) => found,
            Err(unfit) => panic!("{unfit:?}"),
        };
        assert!(left.iter().all(|finding| finding.rule != self.rule), "{} speaks though it is switched off", self.rule);
        world.pack = pack;
    }

    /// What happened all the same is taken, and the finding stands with it.
    fn is_recorded(&self, world: &mut World, fact: &Fact, found: &[Finding]) {
        let judged = world.judge_breach(fact).expect("a breach is a fact, and facts are taken");
        world.record(fact, &judged);
        let view = &world.view;
        let mut recorded = view.organization.findings.iter().chain(&view.site.findings).chain(&view.batch.findings);
        let kept = |finding: &Finding| recorded.clone().chain(&view.session.findings).any(|kept| kept == finding);
        assert!(found.iter().all(kept), "{}: {} is not recorded", world.pack.name, self.rule);
        assert!(recorded.all(|finding| finding.pack == world.pack.name));
    }
}

impl World {
    /// What must not stand in a finding: names, numbers, tickets and employers of candidates, names of staff.
    fn personal(&self) -> Vec<String> {
        let candidates = self.view.batch.candidates.values().map(|candidate| &candidate.enrolled).flat_map(|it| {
            let number = [it.id_number.hash.to_string(), it.id_number.masked.to_string(), it.id_number.sealed.to_string()];
            let optional = it.ticket.iter().map(ToString::to_string).chain(it.employer.iter().map(ToString::to_string));
            number.into_iter().chain([it.name.to_string()]).chain(optional).collect::<Vec<_>>()
        });
        candidates.chain(self.view.organization.staff.values().map(|staff| staff.name.to_string())).collect()
    }
}

#[test]
fn every_rule_has_an_example_and_every_example_a_rule() {
    for rule in RULES {
        assert!(examples().any(|example| example.rule == rule.id), "{} has no example", rule.id);
        assert!(ROWS.iter().any(|(row, _)| *row == rule.row()), "no test bears {}", rule.row());
    }
    for example in examples() {
        assert!(RULES.iter().any(|rule| rule.id == example.rule), "{} is no rule", example.rule);
    }
    for (row, test) in ROWS {
        assert!(test.starts_with(&format!("row_{row}_")), "{test} does not bear {row}");
    }
}

/// In the sound world a whole day passes without a finding.
#[test]
fn a_sound_day_passes_without_a_finding() {
    for (kind, region) in places() {
        let mut world = World::new(kind, region);
        world.over().tell(world::sealed());
        assert_eq!(world.view.session.phase(), crate::case::Phase::Sealed);
        assert_eq!(world.view.session.findings, []);
    }
}
