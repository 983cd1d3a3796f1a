//! From the wire: what is told of a session on its day: checks, arrivals, entries, material.

use liuhen_process::fact::day::*;

use super::from_wire;

from_wire! { ChecklistAnswered {
    phase: phase,
    room: room_id,
    answers: answers [100],
    template: template,
} }

from_wire! { ItemCorrected {
    phase: phase,
    room: room_id,
    item: item,
    correction: correction,
    evidence_sha256: evidence_sha256 [20],
    reported_to: reported_to,
} }

from_wire! { CameraTested {
    room: room_id,
    camera: camera_id,
    works: works,
    played: played,
} }

from_wire! { StaffArrived {
    staff: staff_id,
    badge_worn: badge_worn,
} }

from_wire! { StaffLeft {
    staff: staff_id,
} }

from_wire! { CandidateCheckedIn {
    candidate: candidate_id,
    turn: turn,
    method: method,
    result: result,
    photo_sha256: photo_sha256,
} }

from_wire! { IdentityDecided {
    candidate: candidate_id,
    turn: turn,
    accepted: accepted,
    reason: reason,
} }

from_wire! { Entered {
    candidate: candidate_id,
    turn: turn,
    room: room_id,
} }

from_wire! { HandedIn {
    candidate: candidate_id,
    turn: turn,
} }

from_wire! { Moved {
    candidate: candidate_id,
    turn: turn,
    room: room_id,
    reason: reason,
} }

from_wire! { MaterialHandled {
    material: material,
    package: package,
    paper: paper,
    step: step,
    count: count,
    room: room_id,
    seal: seal,
    signed_by: signed_by_ids [10],
} }

from_wire! { EquipmentFailed {
    room: room_id,
    what: what,
    interval: interval,
    compensations: compensations [500],
} }
