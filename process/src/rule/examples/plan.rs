//! Rows A and B: the plan and its papers.

use crate::fact::Fact;
use crate::fact::batch::{DocumentFiled, PlanFiled, ProcessEventHeld, RosterFrozen};
use crate::fact::state::RoomReady;
use crate::fact::words::{Assessment, DocumentSlot, Level};

use super::world::{DAY, World, announcement, candidate, date, file, plan, room, signature, text};
use super::{Example, change};

fn planned(world: &mut World) -> Fact {
    world.with_organization();
    plan(world).into()
}

/// 二级/技师, filed and announced as well.
fn planned_for_technicians(world: &mut World) -> Fact {
    let mut fact = planned(world);
    if let Fact::BatchPlanned(it) = &mut fact {
        it.levels = vec![Level::Level2];
    }
    world.view.organization.scopes.iter_mut().for_each(|scope| scope.levels.push(Level::Level2));
    let announced = world.view.organization.announcements.iter_mut().flat_map(|announcement| &mut announcement.items);
    announced.for_each(|item| item.levels.push(Level::Level2));
    fact
}

fn announced(world: &mut World) -> Fact {
    world.with_organization();
    world.view.organization.announcements.clear();
    announcement().into()
}

fn opened(world: &mut World) -> Fact {
    world.morning();
    RoomReady { room: room(1), substitute: None }.into()
}

fn undertaking(world: &mut World) -> Fact {
    world.planned();
    let (slot, title, signature) = (DocumentSlot::Undertaking, text("承诺书"), Some(signature("负责人")));
    DocumentFiled { slot, title, document_sha256: file("u"), dated: date("2026-09-01"), stamped: true, signature }.into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "A4",
        fact: opened,
        spoil: |world, _| {
            world.view.batch.documents.remove(&DocumentSlot::StampedPlan);
        },
    },
    Example {
        rule: "A5",
        fact: |world| {
            world.planned().view.batch.frozen = None;
            RosterFrozen { roster_sha256: None }.into()
        },
        spoil: |world, _| world.view.batch.candidates.get_mut(&candidate(1)).unwrap().employment = Some(false),
    },
    Example { rule: "A7", fact: planned, spoil: |world, _| world.view.organization.scopes.clear() },
    Example { rule: "A8", fact: planned, spoil: |world, _| world.view.organization.announcements[0].items[0].months = vec![5] },
    Example { rule: "A9", fact: planned, spoil: |world, _| world.view.organization.filings.clear() },
    Example {
        rule: "A10.appraisal",
        fact: planned_for_technicians,
        spoil: change!(BatchPlanned, it => {
            it.subjects.pop();
            it.subjects[0].weight_permille = 600;
        }),
    },
    Example { rule: "A10", fact: planned, spoil: change!(BatchPlanned, it => it.subjects.remove(1)) },
    Example {
        rule: "B1.late",
        fact: announced,
        spoil: change!(AnnouncementPublished, it => it.published_on = date("2026-02-01")),
    },
    Example { rule: "B1.approved", fact: announced, spoil: change!(AnnouncementPublished, it => it.approved_on = None) },
    Example {
        rule: "B2.late",
        fact: |world| {
            world.planned();
            PlanFiled { filed_on: date("2026-09-02") }.into()
        },
        spoil: change!(PlanFiled, it => it.filed_on = date("2026-09-30")),
    },
    Example { rule: "B2.confirmed", fact: opened, spoil: |world, _| world.view.batch.confirmed_on = None },
    Example {
        rule: "B11",
        fact: opened,
        spoil: |world, _| {
            world.view.batch.documents.remove(&DocumentSlot::ImplementationPlan);
        },
    },
    Example {
        rule: "B12.name", fact: planned, spoil: change!(BatchPlanned, it => it.name = text("2026年第三期车工认定"))
    },
    Example { rule: "B14", fact: undertaking, spoil: change!(DocumentFiled, it => it.stamped = false) },
    Example { rule: "B15.weights", fact: planned, spoil: change!(BatchPlanned, it => it.subjects[0].weight_permille = 300) },
    Example { rule: "B15.method", fact: planned, spoil: change!(BatchPlanned, it => it.assessment = Assessment::Direct) },
    Example {
        rule: "B16",
        fact: |world| {
            world.planned().view.batch.plan.as_mut().unwrap().assessment = Assessment::Process;
            let (title, held_on) = (text("一体化课程考核"), date(DAY));
            ProcessEventHeld { title, held_on, candidates: vec![candidate(1)], evidence_sha256: vec![file("e")] }.into()
        },
        spoil: |world, _| world.view.batch.plan.as_mut().unwrap().assessment = Assessment::Result,
    },
    Example { rule: "D1.computer", fact: planned, spoil: change!(BatchPlanned, it => it.subjects[0].by_computer = false) },
];
