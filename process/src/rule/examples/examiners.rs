//! Rows P5 and H6: examiners, how many and who, and whom they heard.

use crate::fact::Fact;
use crate::fact::parts::Panel;
use crate::fact::plan::ExaminersDispatched;
use crate::fact::state::TurnEnded;
use crate::fact::words::Duty;

use super::world::{World, at, date, heard, room, staff, started, text};
use super::{Example, change};

fn dispatched(world: &mut World) -> Fact {
    world.planned();
    let panel = Panel { room: room(2), examiners: (21..24).map(staff).collect(), lead: Some(staff(21)) };
    ExaminersDispatched { dispatch: text("PQ-10"), at_random: true, panels: vec![panel] }.into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "P5.count", fact: dispatched, spoil: change!(ExaminersDispatched, it => it.panels[0].examiners.clear()) },
    Example {
        // Nobody examines where a practical test begins.
        rule: "P5.count",
        fact: |world| {
            world.before_turn(2);
            started(2).into()
        },
        spoil: |world, _| {
            world.view.session.duties.retain(|held| !matches!(held.duty, Duty::Examiner | Duty::LeadExaminer));
        },
    },
    Example { rule: "P5.lead", fact: dispatched, spoil: change!(ExaminersDispatched, it => it.panels[0].lead = None) },
    Example { rule: "P5.random", fact: dispatched, spoil: change!(ExaminersDispatched, it => it.at_random = false) },
    Example {
        rule: "H6.defence",
        fact: |world| {
            world.during_turn(3).when(at("15:55:00"));
            heard(1).into()
        },
        spoil: change!(DefenceHeld, it => it.examiners.clear()),
    },
    Example {
        // Somebody came and was not heard.
        rule: "H6.defence",
        fact: |world| {
            world.during_turn(3).when(at("16:30:00")).tell(heard(1)).tell(heard(2));
            TurnEnded { turn: 3 }.into()
        },
        spoil: |world, _| {
            world.view.session.defences.pop_first();
        },
    },
    Example {
        rule: "P5.card",
        fact: dispatched,
        spoil: |world, _| {
            let examiner = world.view.organization.staff.get_mut(&staff(22)).unwrap();
            examiner.qualifications[0].valid_to = Some(date("2026-09-30"));
        },
    },
];
