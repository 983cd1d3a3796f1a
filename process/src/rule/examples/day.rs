//! Rows C12, D2, H3 to H5 and I1: what happens in the rooms.

use crate::fact::Fact;
use crate::fact::day::MaterialHandled;
use crate::fact::state::TurnEnded;
use crate::fact::words::{MaterialKind, MaterialStep, SealState};

use super::world::{World, at, checked_in, entered, handed_in, room, sealed, staff, started, text};
use super::{Example, change};

fn comes_in(world: &mut World) -> Fact {
    world.open().when(at("08:50:00")).tell(checked_in(1, 1));
    entered(1, 1).into()
}

fn hands_in(world: &mut World) -> Fact {
    world.during_turn(1).when(at("10:00:00"));
    handed_in(1, 1).into()
}

fn papers(step: MaterialStep, count: u32) -> MaterialHandled {
    MaterialHandled {
        material: MaterialKind::Papers,
        package: text("袋-1"),
        paper: Some(text("JZ-2026-A")),
        step,
        count,
        room: Some(room(1)),
        seal: SealState::Whole,
        signed_by: vec![staff(3), staff(11)],
    }
}

/// All turns are over, theory was on paper, and as many papers as candidates went out and came back.
fn seals(world: &mut World) -> Fact {
    world.over();
    world.view.batch.plan.as_mut().unwrap().subjects.iter_mut().for_each(|subject| subject.by_computer = false);
    for step in [MaterialStep::Issued, MaterialStep::Collected, MaterialStep::Sealed] {
        world.tell(papers(step, 2));
    }
    sealed().into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "C12", fact: comes_in, spoil: change!(Entered, it => it.room = room(4)) },
    Example {
        rule: "D2",
        fact: |world| {
            world.morning();
            papers(MaterialStep::HandedOver, 2).into()
        },
        spoil: change!(MaterialHandled, it => it.signed_by.truncate(1)),
    },
    Example {
        rule: "D2",
        fact: |world| {
            world.morning();
            papers(MaterialStep::Arrived, 2).into()
        },
        spoil: change!(MaterialHandled, it => it.seal = SealState::Broken),
    },
    Example {
        rule: "H3.entry",
        fact: |world| {
            let fact = comes_in(world);
            world.when(at("09:29:59"));
            fact
        },
        spoil: |world, _| {
            world.when(at("09:30:00"));
        },
    },
    Example {
        rule: "H3.leaving",
        fact: hands_in,
        spoil: |world, _| {
            world.when(at("09:59:59"));
        },
    },
    Example {
        rule: "H4.time",
        fact: |world| {
            world.before_turn(1);
            started(1).into()
        },
        spoil: |world, _| {
            world.when(at("08:59:59"));
        },
    },
    Example {
        rule: "H4.time",
        fact: |world| {
            world.during_turn(1).when(at("10:30:00"));
            TurnEnded { turn: 1 }.into()
        },
        spoil: |world, _| {
            world.when(at("10:29:59"));
        },
    },
    Example { rule: "H5.identity", fact: comes_in, spoil: |world, _| world.view.session.attendance.candidates.clear() },
    Example {
        rule: "I1",
        fact: seals,
        spoil: |world, _| {
            world.view.session.material.insert((MaterialKind::Papers, MaterialStep::Collected), 1);
        },
    },
    Example {
        // More were handed out than candidates came, in all turns.
        rule: "I1",
        fact: seals,
        spoil: |world, _| world.view.session.material.values_mut().for_each(|count| *count = 7),
    },
];
