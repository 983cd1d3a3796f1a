//! Where a candidate was.

use std::collections::BTreeMap;

use liuhen_proto::ids::{CandidateId, RoomId, SessionId};
use liuhen_proto::{Interval, Timestamp};

use crate::case::presence::Attendance;
use crate::case::{CaseId, Telling};
use crate::fact::Fact;
use crate::text::Text;

/// A stretch of presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// In which session.
    pub session: SessionId,
    /// In which turn.
    pub turn: u32,
    /// In which room.
    pub room: RoomId,
    /// On which seat, where it is the room of the seat.
    pub seat: Option<Text<32>>,
    /// From when to when.
    pub interval: Interval,
}

/// Where the candidate sits, by turn.
type Seats = BTreeMap<u32, (RoomId, Text<32>)>;

/// The stays of a candidate, by session and turn, from the facts that name the candidate; until `now` where the candidate
/// is still there.
pub fn stays<'a>(
    candidate: CandidateId,
    facts: impl IntoIterator<Item = (CaseId, &'a Telling, &'a Fact)>,
    now: Timestamp,
) -> Vec<Stay> {
    let mut sessions: BTreeMap<SessionId, (Attendance, Seats)> = BTreeMap::new();
    for (case, telling, fact) in facts {
        let CaseId::Session(session) = case else { continue };
        let (attendance, seats) = sessions.entry(session).or_default();
        attendance.apply(fact, telling);
        if let Fact::SeatsAssigned(it) = fact {
            let own = it.seats.iter().filter(|seat| seat.candidate == candidate);
            seats.extend(own.map(|seat| (seat.turn, (seat.room, seat.seat.clone()))));
        }
    }
    let mut stays = Vec::new();
    for (session, (attendance, seats)) in sessions {
        for ((_, turn), presence) in attendance.candidates.iter().filter(|((who, _), _)| *who == candidate) {
            for (room, interval) in presence.intervals(now) {
                let seat = seats.get(turn).filter(|(of, _)| *of == room).map(|(_, seat)| seat.clone());
                stays.push(Stay { session, turn: *turn, room, seat, interval });
            }
        }
    }
    stays
}
