//! Rows B4, D1, H2, I2, K1, K2 and K5: closing, the volume, and what looks across batches.

use crate::fact::Fact;
use crate::fact::batch::PapersAssigned;
use crate::fact::words::{IncidentKind, IncidentSource, Medium, RecordCategory};

use super::world::{World, at, candidate, closed, date, form_id, incident, record, session_id, summary, text};
use super::{Example, change};

fn closing(world: &mut World) -> Fact {
    world.volume();
    closed().into()
}

/// A year with one batch, which is done.
fn year(world: &mut World) -> Fact {
    world.volume().beside();
    summary().into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "B4.open",
        fact: |world| {
            world.issued().beside();
            world.view.batch = <_>::default();
            world.view.organization.announcements.iter_mut().for_each(|it| it.items[0].months.push(11));
            world.next_plan().into()
        },
        spoil: |world, _| {
            let certificates = world.view.others.values_mut().flat_map(|batch| batch.certificates.of.values_mut());
            certificates.for_each(|certificate| certificate.confirmed_on = None);
        },
    },
    Example {
        rule: "D1.batch",
        fact: |world| {
            world.planned().beside();
            PapersAssigned { paper: text("JZ-2026-B"), session: session_id(1) }.into()
        },
        spoil: change!(PapersAssigned, it => it.paper = text("JZ-2026-A")),
    },
    Example {
        rule: "H2.explained",
        fact: closing,
        spoil: |world, _| {
            let hole = crate::fact::incident::IncidentRecorded {
                source: IncidentSource::System,
                candidate: None,
                ..incident(IncidentKind::Technical)
            };
            world.when(at("14:00:00")).take(hole).unwrap();
            world.look_at_session();
        },
    },
    Example {
        rule: "H2.platform",
        fact: closing,
        spoil: |world, _| world.view.sessions.get_mut(&session_id(1)).unwrap().received = None,
    },
    Example {
        rule: "I2.closed",
        fact: closing,
        spoil: |world, _| {
            world.view.sessions.get_mut(&session_id(1)).unwrap().papers.forms.remove(&form_id(3));
        },
    },
    Example {
        rule: "K1.open",
        fact: closing,
        spoil: |world, _| {
            world.view.batch.notices.uploaded.remove(&candidate(2));
        },
    },
    Example {
        rule: "K1.open",
        fact: closing,
        spoil: |world, _| world.view.sessions.get_mut(&session_id(1)).unwrap().sealed = None,
    },
    Example {
        rule: "K1.place",
        fact: |world| {
            world.issued();
            record(RecordCategory::ExamPaper).into()
        },
        spoil: change!(RecordFiled, it => it.shelf = None),
    },
    Example {
        rule: "K2.complete",
        fact: closing,
        spoil: |world, _| {
            world.view.batch.records.filed.remove("footage");
        },
    },
    Example {
        rule: "K2.complete",
        fact: closing,
        spoil: |world, _| {
            // Pictures, and no room was exempt.
            world.view.batch.records.filed.get_mut("footage").unwrap().medium = Medium::Pictures;
        },
    },
    Example { rule: "K5.late", fact: year, spoil: change!(SummaryFiled, it => it.filed_on = date("2027-01-01")) },
    Example { rule: "K5.figures", fact: year, spoil: change!(SummaryFiled, it => it.passed = 2) },
];
