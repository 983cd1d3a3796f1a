//! Rows F1 to F5, F7, G2 to G5 and C8 to C10: checklists, and the papers that go with them.

use crate::fact::Fact;
use crate::fact::day::ItemCorrected;
use crate::fact::state::RoomReady;
use crate::fact::words::{DocumentSlot, Phase};

use super::Example;
use super::world::{World, form_id, no, room, sealed, started, text};

fn begins(world: &mut World) -> Fact {
    world.before_turn(1);
    started(1).into()
}

fn unchecked(world: &mut World, item: &str) {
    world.view.session.papers.items.retain(|(.., known), _| known != item);
}

fn unfiled(world: &mut World, slot: DocumentSlot) {
    world.view.batch.documents.remove(&slot);
}

/// Found wrong before the start, put right and reported.
fn corrected(world: &mut World) -> Fact {
    world.over();
    let answers = vec![no("G2.machines")];
    let (phase, room) = (Phase::PreStart, Some(room(1)));
    world.tell(crate::fact::day::ChecklistAnswered { phase, room, answers, template: None });
    let (item, correction, reported_to) = (text("G2.machines"), text("更换交换机"), Some(text("市中区人社局")));
    world.tell(ItemCorrected { phase, room, item, correction, evidence_sha256: Vec::new(), reported_to });
    sealed().into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "F1", fact: begins, spoil: |world, _| unchecked(world, "F1.notices") },
    Example { rule: "F2", fact: begins, spoil: |world, _| unchecked(world, "F2.acquainted") },
    Example { rule: "F3.check", fact: begins, spoil: |world, _| unchecked(world, "F3.meeting") },
    Example { rule: "F3.minutes", fact: begins, spoil: |world, _| unfiled(world, DocumentSlot::MeetingMinutes) },
    Example { rule: "F4", fact: begins, spoil: |world, _| unchecked(world, "F4.invigilators") },
    Example { rule: "F5", fact: begins, spoil: |world, _| unchecked(world, "F5.examiners") },
    Example { rule: "F7", fact: begins, spoil: |world, _| unfiled(world, DocumentSlot::Handbook) },
    Example { rule: "F7", fact: begins, spoil: |world, _| unchecked(world, "F7.handed_out") },
    Example { rule: "G2", fact: begins, spoil: |world, _| unchecked(world, "G2.machines") },
    Example {
        rule: "G3",
        fact: |world| {
            let fact = begins(world);
            world.view.batch.plan.as_mut().unwrap().subjects[0].by_computer = false;
            fact
        },
        spoil: |world, _| unchecked(world, "G3.papers"),
    },
    Example {
        rule: "G4",
        fact: |world| {
            world.before_turn(2);
            started(2).into()
        },
        spoil: |world, _| unchecked(world, "G4.place"),
    },
    Example {
        rule: "C9",
        fact: |world| {
            world.morning();
            RoomReady { room: room(2), substitute: None }.into()
        },
        spoil: |world, _| unchecked(world, "C9.tools"),
    },
    Example { rule: "C8.quiet", fact: begins, spoil: |world, _| unchecked(world, "C8.quiet") },
    Example {
        rule: "C10",
        fact: |world| {
            world.before_turn(3);
            started(3).into()
        },
        spoil: |world, _| unchecked(world, "C10.quiet"),
    },
    Example {
        // A form's item as well.
        rule: "G5.reported",
        fact: |world| {
            world.over();
            let form = world.view.session.papers.forms.get_mut(&form_id(2)).unwrap();
            form.rectified.push(("exits".to_owned(), true));
            sealed().into()
        },
        spoil: |world, _| world.view.session.papers.forms.get_mut(&form_id(2)).unwrap().rectified[0].1 = false,
    },
    Example {
        rule: "G5.reported",
        fact: corrected,
        spoil: |world, _| world.view.session.papers.items.values_mut().for_each(|item| item.reported = false),
    },
];
