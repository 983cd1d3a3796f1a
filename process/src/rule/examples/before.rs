//! Rows B, C13 and D1: registration, review, tickets, roster, papers.

use crate::case::batch::Frozen;
use crate::fact::Fact;
use crate::fact::batch::{CandidateCorrected, PapersAssigned, RegistrationHeld, ReviewFinished, TicketsReady};
use crate::fact::parts::Seat;
use crate::fact::plan::SeatsAssigned;
use crate::fact::words::ReviewOutcome;

use super::world::{World, candidate, candidate_enrolled, date, file, room, session_id, text};
use super::{Example, change};

fn registration(world: &mut World) -> Fact {
    world.planned();
    RegistrationHeld { opened_on: date("2026-09-10"), closed_on: date("2026-09-16") }.into()
}

fn tickets(world: &mut World) -> Fact {
    world.planned();
    TicketsReady { ready_on: date("2026-10-08") }.into()
}

fn third(world: &mut World) -> Fact {
    world.planned().view.batch.frozen = None;
    candidate_enrolled(3).into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "B2.late",
        fact: |world| {
            let fact = registration(world);
            // Only where people register does the plan come before that.
            world.view.batch.filed_on = Some(date("2026-09-05"));
            fact
        },
        spoil: |world, fact| {
            let registers = world.pack.parameters.registration.is_some();
            world.view.batch.filed_on = Some(date(if registers { "2026-09-06" } else { "2026-10-01" }));
            if !registers {
                *fact = crate::fact::batch::PlanFiled { filed_on: date("2026-10-01") }.into();
            }
        },
    },
    Example {
        rule: "B3.registration",
        fact: registration,
        spoil: change!(RegistrationHeld, it => it.closed_on = date("2026-09-14")),
    },
    Example {
        rule: "B3.registration",
        fact: registration,
        spoil: change!(RegistrationHeld, it => it.closed_on = date("2026-09-17")),
    },
    Example {
        rule: "B3.review",
        fact: |world| {
            world.planned();
            ReviewFinished { finished_on: date("2026-09-19") }.into()
        },
        spoil: change!(ReviewFinished, it => it.finished_on = date("2026-09-20")),
    },
    Example { rule: "B3.tickets", fact: tickets, spoil: change!(TicketsReady, it => it.ready_on = date("2026-10-15")) },
    Example { rule: "C13", fact: tickets, spoil: change!(TicketsReady, it => it.ready_on = date("2026-10-13")) },
    Example { rule: "B5", fact: third, spoil: change!(CandidateEnrolled, it => it.photo_sha256 = None) },
    Example { rule: "B6", fact: third, spoil: change!(CandidateEnrolled, it => it.id_number = candidate_enrolled(1).id_number) },
    Example {
        rule: "B9",
        fact: |world| {
            world.planned();
            let seat = Seat { candidate: candidate(1), turn: 1, room: room(1), seat: text("A1") };
            SeatsAssigned { seats: vec![seat] }.into()
        },
        spoil: |world, _| {
            world.view.batch.candidates.get_mut(&candidate(1)).unwrap().review = Some(ReviewOutcome::Refused);
        },
    },
    Example {
        rule: "B10",
        fact: |world| {
            world.planned().view.batch.frozen = None;
            let (candidate, name, reason) = (candidate(1), Some(text("张玮")), text("录入错误"));
            CandidateCorrected { candidate, name, id_number: None, ticket: None, reason }.into()
        },
        spoil: |world, _| {
            world.view.batch.frozen = Some(Frozen { at: world.telling.at, sha256: file("roster"), version: 1 });
        },
    },
    Example {
        rule: "D1.once",
        fact: |world| {
            world.planned();
            PapersAssigned { paper: text("JZ-2026-A"), session: session_id(1) }.into()
        },
        spoil: change!(PapersAssigned, it => it.session = session_id(2)),
    },
];
