//! Small worlds for tests: rooms, people and lotteries by number. Also read by the tests in `process/tests`.

use crate::lots::{Exclusion, Lottery, Member, Recusal, RoomPlaces, Turn, next_draw};
use liuhen_proto::ids::{RoomId, SessionId, StaffId};

pub(crate) fn room(n: u32) -> RoomId {
    format!("room_{n:026}").parse().unwrap()
}

pub(crate) fn staff(n: u32) -> StaffId {
    format!("stf_{n:026}").parse().unwrap()
}

pub(crate) fn session(n: u32) -> SessionId {
    format!("ses_{n:026}").parse().unwrap()
}

/// The first draw of session 1.
pub(crate) fn turn() -> Turn {
    next_draw(session(1), &[], None).unwrap()
}

/// Somebody who may serve anywhere.
pub(crate) fn member(n: u32) -> Member {
    Member { staff: staff(n), excluded_rooms: vec![] }
}

/// Rooms 1, 2, … with so many places each, people 1 to `people`, and who is excluded from which room.
pub(crate) fn lottery(places: &[u16], people: u32, excluded: &[(u32, u32)]) -> Lottery {
    let rooms = (1..).zip(places).map(|(n, &places)| RoomPlaces { room: room(n), places }).collect();
    let mut pool: Vec<_> = (1..=people).map(member).collect();
    for &(person, n) in excluded {
        let exclusion = Exclusion { room: room(n), reason: Recusal::OwnTrainees };
        pool[person as usize - 1].excluded_rooms.push(exclusion);
    }
    Lottery::new(turn(), rooms, pool).unwrap()
}

/// Story 2: twelve invigilators, five rooms of two, two recusals.
pub(crate) fn lots() -> Lottery {
    lottery(&[2; 5], 12, &[(3, 1), (7, 4)])
}
