//! From the wire: what is told of a session before its day: turns, rooms, seats, people, lots.

use liuhen_process::fact::plan::*;

use super::from_wire;

from_wire! { SessionPlanned {
    batch: batch_id,
    turns: turns [100],
    rooms: rooms [200],
    standby_rooms: standby_room_ids [20],
    secure_rooms: secure_room_ids [20],
} }

from_wire! { SeatsAssigned {
    seats: seats [2000],
} }

from_wire! { DutyAssigned {
    staff: staff_id,
    duty: duty,
    room: room_id,
} }

from_wire! { DutyEnded {
    staff: staff_id,
    duty: duty,
    reason: reason,
} }

from_wire! { ExaminersDispatched {
    dispatch: dispatch,
    at_random: at_random,
    panels: panels [200],
} }

from_wire! { LotsCommitted {
    commitment_sha256: commitment_sha256,
    lottery: lottery,
} }

from_wire! { LotsDrawn {
    record: record,
    reason: reason,
} }

from_wire! { LotsDrawnByHand {
    places: places [500],
    reserves: reserve_ids [500],
    witnesses: witness_ids [20],
    photo_sha256: photo_sha256,
    reason: reason,
} }

from_wire! { ReserveTaken {
    absent: absent_id,
    reserve: reserve_id,
    reason: reason,
} }
