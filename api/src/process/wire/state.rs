//! From the wire: what moves a session on, and what is kept beside it.

use liuhen_process::fact::state::*;

use super::from_wire;

from_wire! { RoomReady {
    room: room_id,
    substitute: substitute,
} }

from_wire! { TurnStarted {
    turn: turn,
} }

from_wire! { TurnPaused {
    turn: turn,
    reason: reason,
} }

from_wire! { TurnResumed {
    turn: turn,
} }

from_wire! { TurnEnded {
    turn: turn,
} }

from_wire! { SessionSealed {
    signature: signature,
} }

from_wire! { TraceKept {
    exemption: exemption_id,
    room: room_id,
    trace: trace,
    evidence_sha256: evidence_sha256 [100],
} }

from_wire! { VisitorNoted {
    name: name,
    unit: unit,
    reason: reason,
    escorted_by: escorted_by_id,
} }

from_wire! { OutsideEventSeen {
    event: event,
    reference: reference,
    document_sha256: document_sha256,
} }

from_wire! { FindingWaived {
    rule: rule,
    about: about,
    reason: reason,
    signature: signature,
} }
