//! Rows P3, P4 and P7: who may not serve.

use crate::fact::Fact;
use crate::fact::batch::RelationDeclared;
use crate::fact::parts::Seat;
use crate::fact::plan::{LotsDrawnByHand, SeatsAssigned};
use crate::fact::words::{Duty, RelationKind};

use super::world::{SUPERVISOR, World, candidate, duty, file, room, staff, started, text};
use super::{Example, change};

fn related(world: &mut World, n: u32, relation: RelationKind) {
    let declared = RelationDeclared { staff: staff(n), relation, candidate: Some(candidate(1)), unit: None };
    world.view.batch.relations.push(declared);
}

/// Person 27 comes to room 1, by hand.
fn drawn(world: &mut World) -> Fact {
    world.planned();
    let place = crate::fact::parts::DrawnPlace { staff: staff(27), room: room(1) };
    let (witnesses, photo_sha256) = (vec![staff(28), staff(29)], file("lots"));
    LotsDrawnByHand { places: vec![place], reserves: Vec::new(), witnesses, photo_sha256, reason: None }.into()
}

fn assigned(world: &mut World) -> Fact {
    world.planned();
    duty(27, Duty::ExamStaff, None).into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "P3", fact: assigned, spoil: |world, _| related(world, 27, RelationKind::Kin) },
    Example {
        // By unit.
        rule: "P3",
        fact: drawn,
        spoil: |world, _| {
            let (relation, unit) = (RelationKind::SameUnit, Some(text("山东新华铸造有限公司")));
            world.view.batch.relations.push(RelationDeclared { staff: staff(27), relation, candidate: None, unit });
        },
    },
    Example {
        // Who serves was known before who sits.
        rule: "P3",
        fact: |world| {
            world.planned();
            SeatsAssigned { seats: vec![Seat { candidate: candidate(1), turn: 1, room: room(1), seat: text("A1") }] }.into()
        },
        spoil: |world, _| related(world, 3, RelationKind::MasterApprentice),
    },
    Example {
        // The relation became known last.
        rule: "P3",
        fact: |world| {
            world.before_turn(1);
            started(1).into()
        },
        spoil: |world, _| related(world, 2, RelationKind::TeacherStudent),
    },
    Example { rule: "P4", fact: drawn, spoil: |world, _| related(world, 27, RelationKind::Trainer) },
    Example {
        // Drawn by computer.
        rule: "P4",
        fact: |world| {
            let (committed, drawn) = world.planned().draw();
            world.tell(committed);
            drawn.into()
        },
        spoil: |world, _| (11..18).for_each(|n| related(world, n, RelationKind::Trainer)),
    },
    Example { rule: "P7.roles", fact: assigned, spoil: change!(DutyAssigned, it => it.staff = staff(SUPERVISOR)) },
    Example {
        rule: "P7.roles",
        fact: drawn,
        spoil: |world, _| {
            world.view.session.duties[0].staff = staff(27);
            world.view.session.duties[0].duty = Duty::SupervisorInternal;
        },
    },
];
