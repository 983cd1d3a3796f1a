//! The gate of release: rows B15, I3, I7, I8 and J1.

use crate::fact::Fact;
use crate::fact::words::{IncidentKind, Subject};

use super::world::{World, at, candidate, incident, results};
use super::{Example, change};

fn release(world: &mut World) -> Fact {
    world.scored();
    results().into()
}

fn unconfirmed(world: &mut World, subject: Subject) {
    world.view.batch.scores.scores.get_mut(&(candidate(1), subject)).unwrap().confirmed = false;
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "B15.total", fact: release, spoil: change!(ScoresReleased, it => it.results[0].total += 1) },
    Example { rule: "B15.total", fact: release, spoil: change!(ScoresReleased, it => it.results[1].passed = true) },
    Example { rule: "I3.confirmed", fact: release, spoil: |world, _| unconfirmed(world, Subject::Theory) },
    Example { rule: "I8.verified", fact: release, spoil: |world, _| unconfirmed(world, Subject::Practical) },
    Example {
        rule: "I7.incident",
        fact: release,
        spoil: |world, _| {
            world.when(at("14:00:00")).tell(incident(IncidentKind::Candidate)).look_at_session();
        },
    },
    Example {
        rule: "I7.missing",
        fact: release,
        spoil: |world, _| {
            world.view.batch.scores.scores.remove(&(candidate(1), Subject::Practical));
        },
    },
    Example {
        rule: "J1.disputed",
        fact: release,
        spoil: |world, _| {
            world.view.batch.scores.disputed.insert(candidate(1));
        },
    },
];
