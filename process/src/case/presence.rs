//! Who is where: candidates by turn and room, staff on duty.

use std::collections::BTreeMap;

use liuhen_proto::ids::{CandidateId, RoomId, StaffId};
use liuhen_proto::{Interval, Span, Timestamp};

use super::Telling;
use crate::fact::Fact;
use crate::fact::words::IdentityResult;

/// Where an identity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The person is the candidate.
    Verified,
    /// It could not be told, or did not match: the site head decides.
    Unverified,
    /// The site head decided that it is not the candidate.
    Refused,
}

/// A candidate in a turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Nothing before the check.
    pub identity: Option<Identity>,
    /// It did not match, and the site head has not decided: another check changes nothing (story 3).
    pub mismatch: bool,
    /// When it was checked.
    pub checked_in: Option<Timestamp>,
    /// Rooms with the moment of coming there, in order.
    pub rooms: Vec<(Timestamp, RoomId)>,
    /// When the candidate handed in and left.
    pub left: Option<Timestamp>,
}

impl Presence {
    /// What a check makes of the identity. Where it did not match, or the site head said that it is another person, only
    /// the site head can say otherwise.
    fn check(&mut self, result: IdentityResult) {
        self.mismatch |= result == IdentityResult::Mismatch;
        self.identity = Some(match (self.identity, result) {
            (Some(Identity::Refused), _) => Identity::Refused,
            (_, IdentityResult::Match) if !self.mismatch => Identity::Verified,
            _ => Identity::Unverified,
        });
    }

    /// From when to when in which room; until `now` where the candidate is still there.
    pub fn intervals(&self, now: Timestamp) -> Vec<(RoomId, Interval)> {
        let ends = self.rooms.iter().skip(1).map(|(at, _)| *at).chain([self.left.unwrap_or(now)]);
        let stays = self.rooms.iter().zip(ends);
        stays.filter_map(|((from, room), to)| Some((*room, Interval::new(*from, to).ok()?))).collect()
    }
}

/// Presence in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance {
    /// Candidates by turn.
    pub candidates: BTreeMap<(CandidateId, u32), Presence>,
    /// Staff on duty, and since when.
    pub staff: BTreeMap<StaffId, Timestamp>,
    /// Minutes given back after failures of equipment.
    pub compensated: BTreeMap<CandidateId, Span>,
}

impl Attendance {
    pub(crate) fn apply(&mut self, fact: &Fact, telling: &Telling) {
        match fact {
            Fact::StaffArrived(it) => {
                let since = self.staff.entry(it.staff).or_insert(telling.occurred);
                *since = telling.occurred.min(*since);
            }
            Fact::StaffLeft(it) => {
                self.staff.remove(&it.staff);
            }
            Fact::CandidateCheckedIn(it) => {
                let presence = self.candidates.entry((it.candidate, it.turn)).or_default();
                presence.checked_in = Some(telling.occurred);
                presence.check(it.result);
            }
            Fact::IdentityDecided(it) => {
                let presence = self.candidates.entry((it.candidate, it.turn)).or_default();
                (presence.identity, presence.mismatch) =
                    (Some(if it.accepted { Identity::Verified } else { Identity::Refused }), false);
            }
            Fact::Entered(it) => self.come((it.candidate, it.turn), it.room, telling.occurred),
            Fact::Moved(it) => self.come((it.candidate, it.turn), it.room, telling.occurred),
            Fact::HandedIn(it) => {
                self.candidates.entry((it.candidate, it.turn)).or_default().left = Some(telling.occurred);
            }
            Fact::EquipmentFailed(it) => {
                for given in &it.compensations {
                    let span = Span::from_secs(given.minutes.saturating_mul(60));
                    let sum = self.compensated.entry(given.candidate).or_default();
                    *sum = Span::from_micros(sum.as_micros().saturating_add(span.as_micros()));
                }
            }
            _ => {}
        }
    }

    fn come(&mut self, who: (CandidateId, u32), room: RoomId, at: Timestamp) {
        let rooms = &mut self.candidates.entry(who).or_default().rooms;
        // Devices that were away tell in whichever order they come back.
        rooms.insert(rooms.partition_point(|(earlier, _)| *earlier <= at), (at, room));
    }

    /// A candidate in a turn, as far as anything is known.
    pub fn of(&self, candidate: CandidateId, turn: u32) -> Option<&Presence> {
        self.candidates.get(&(candidate, turn))
    }

    /// How many were checked in and not refused, in all turns.
    pub fn checked_in(&self) -> usize {
        let there = |it: &&Presence| it.checked_in.is_some() && it.identity != Some(Identity::Refused);
        self.candidates.values().filter(there).count()
    }

    /// Whether anybody was checked in, whatever came out.
    pub fn has_begun(&self) -> bool {
        self.candidates.values().any(|presence| presence.checked_in.is_some())
    }
}
