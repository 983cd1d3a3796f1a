//! From the wire: what is told of an exam site.

use liuhen_process::fact::site::*;

use super::from_wire;

from_wire! { SiteApproved {
    authority: authority,
    number: number,
    valid: valid,
} }

from_wire! { FacilityDeclared {
    facility: facility,
    location: location,
    present: present,
} }

from_wire! { DeviceDeclared {
    device: device,
    room: room_id,
    serial: serial,
    works: works,
} }

from_wire! { RoomFitted {
    room: room_id,
    seats: seats [500],
    single_desk: single_desk,
    single_row: single_row,
    spacing_cm: spacing_cm,
    computers: computers,
} }

from_wire! { CoveragePlanSigned {
    rooms: room_ids [500],
    signature: signature,
} }

from_wire! { ExemptionGranted {
    exemption: exemption_id,
    reason: reason,
    explanation: explanation,
    rooms: room_ids [200],
    valid: valid,
    measures: measures,
    traces: traces [4],
    approver: approver,
} }
