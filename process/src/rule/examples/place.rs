//! Rows C: the site, its rooms and devices.

use crate::fact::Fact;
use crate::fact::parts::DateRange;
use crate::fact::site::{CoveragePlanSigned, ExemptionGranted};
use crate::fact::state::{RoomReady, TraceKept};
use crate::fact::words::{DeviceKind, ExemptionReason, Facility, TraceKind};

use super::Example;
use super::world::{DAY, World, date, exemption_id, file, room, sealed, signature, staff, started, text};

fn opened(world: &mut World) -> Fact {
    world.morning();
    RoomReady { room: room(1), substitute: None }.into()
}

fn begins(world: &mut World) -> Fact {
    world.before_turn(1);
    started(1).into()
}

fn exemption() -> ExemptionGranted {
    ExemptionGranted {
        exemption: exemption_id(1),
        reason: ExemptionReason::Safety,
        explanation: text("防爆车间不得安装电子设备"),
        rooms: vec![room(2)],
        valid: DateRange { first: date(DAY), last: date(DAY) },
        measures: text("每十分钟拍照"),
        traces: vec![TraceKind::Photos, TraceKind::PaperLog],
        approver: signature("企业负责人"),
    }
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "C1", fact: opened, spoil: |world, _| world.view.site.approvals.clear() },
    Example {
        rule: "C3",
        fact: opened,
        spoil: |world, _| {
            world.view.site.facilities.remove(&Facility::SecureRoom);
        },
    },
    Example {
        rule: "C4",
        fact: begins,
        spoil: |world, _| {
            world.view.session.attendance.staff.remove(&staff(4));
        },
    },
    Example {
        rule: "C4",
        fact: begins,
        spoil: |world, _| {
            world.view.site.facilities.remove(&Facility::Cordon);
        },
    },
    Example { rule: "C5.test", fact: opened, spoil: |world, _| world.view.session.tests.clear() },
    Example { rule: "C5.test", fact: opened, spoil: |world, _| world.view.rooms.get_mut(&room(1)).unwrap().cameras.clear() },
    Example {
        rule: "C5.devices",
        fact: opened,
        spoil: |world, _| world.view.site.devices.retain(|(kind, _), _| *kind != DeviceKind::Jammer),
    },
    Example { rule: "C6", fact: opened, spoil: |world, _| world.view.site.covered.clear() },
    Example {
        rule: "C7.allowed",
        fact: |world| {
            world.planned();
            CoveragePlanSigned { rooms: vec![room(2)], signature: signature("考点负责人") }.into()
        },
        spoil: |_, fact| *fact = exemption().into(),
    },
    Example {
        rule: "C7.traces",
        fact: |world| {
            world.over().tell(exemption());
            for trace in exemption().traces {
                world.tell(TraceKept { exemption: exemption_id(1), room: room(2), trace, evidence_sha256: vec![file("t")] });
            }
            sealed().into()
        },
        spoil: |world, _| world.view.session.traces.retain(|(.., trace)| *trace != TraceKind::PaperLog),
    },
    Example {
        rule: "C8.seats",
        fact: opened,
        spoil: |world, _| world.view.site.fitted.get_mut(&room(1)).unwrap().spacing_cm = 79,
    },
    Example {
        rule: "C8.seats",
        fact: opened,
        spoil: |world, _| world.view.site.fitted.get_mut(&room(1)).unwrap().single_desk = false,
    },
    Example {
        rule: "C8.computers",
        fact: opened,
        spoil: |world, _| world.view.site.fitted.get_mut(&room(1)).unwrap().computers = 1,
    },
];
