//! Rows A6, P1, P2, P6, P7 and G1: who is on duty, and how many.

use crate::case::session::Held;
use crate::fact::Fact;
use crate::fact::day::StaffArrived;
use crate::fact::words::Duty;

use super::world::{HEAD, OUTSIDE, SUPERVISOR, World, duty, room, staff, started};
use super::{Example, change};

fn begins(world: &mut World) -> Fact {
    world.before_turn(1);
    started(1).into()
}

fn away(world: &mut World, n: u32) {
    world.view.session.attendance.staff.remove(&staff(n));
}

/// Some invigilator of room 1.
fn invigilator(world: &World) -> Held {
    *world.view.session.on(Duty::Invigilator, Some(room(1))).next().unwrap()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "A6", fact: begins, spoil: |world, _| away(world, OUTSIDE) },
    Example { rule: "P1", fact: begins, spoil: |world, _| world.view.session.duties.retain(|held| held.duty != Duty::ExamStaff) },
    Example {
        rule: "P2.few",
        fact: begins,
        spoil: |world, _| {
            let one = invigilator(world).staff;
            world.view.session.attendance.staff.remove(&one);
        },
    },
    Example {
        // One who is assigned twice is one.
        rule: "P2.few",
        fact: begins,
        spoil: |world, _| {
            let one = invigilator(world);
            world.view.session.duties.retain(|held| held.duty != Duty::Invigilator);
            world.view.session.duties.extend([one, one]);
        },
    },
    Example {
        rule: "P2.many",
        fact: begins,
        spoil: |world, _| {
            let third = Held { staff: staff(27), ..invigilator(world) };
            world.view.session.duties.push(third);
        },
    },
    Example { rule: "P2.head", fact: begins, spoil: |world, _| away(world, HEAD) },
    Example { rule: "P6.present", fact: begins, spoil: |world, _| away(world, SUPERVISOR) },
    Example {
        rule: "P6.card",
        fact: |world| {
            world.planned();
            duty(27, Duty::SupervisorInternal, None).into()
        },
        spoil: |world, _| world.view.organization.staff.get_mut(&staff(27)).unwrap().qualifications.clear(),
    },
    Example {
        rule: "P7.badge",
        fact: |world| {
            world.morning();
            StaffArrived { staff: staff(27), badge_worn: true }.into()
        },
        spoil: change!(StaffArrived, it => it.badge_worn = false),
    },
    Example { rule: "G1.drawn", fact: begins, spoil: |world, _| world.view.session.lots.draws = 0 },
    Example {
        rule: "G1.drawn",
        fact: |world| {
            world.morning();
            duty(27, Duty::ExamStaff, None).into()
        },
        spoil: |_, fact| *fact = duty(27, Duty::Invigilator, Some(1)).into(),
    },
    Example {
        rule: "G1.announced",
        fact: |world| {
            let (committed, drawn) = world.planned().draw();
            world.tell(committed);
            drawn.into()
        },
        spoil: |world, _| world.view.session.lots = <_>::default(),
    },
];
