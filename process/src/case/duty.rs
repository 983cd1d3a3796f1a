//! Who is on duty where, as long as the session goes on.
//!
//! In: what is known of a session and of the staff, a person with an account, a room. Out: the duty. Always: a duty ends with
//! its session's last turn, at the latest when the papers are sealed; one without a room is for all rooms of the plan. Not
//! here: what a duty lets one do.

use liuhen_proto::ids::{PersonId, RoomId};

use super::View;
use super::session::{Held, Phase};

impl View {
    /// The duty that a person has in a room of the session.
    pub fn duty_of(&self, person: PersonId, room: RoomId) -> Option<Held> {
        if self.session.phase() >= Phase::Ended || !self.session.rooms().any(|planned| planned == room) {
            return None;
        }
        let is_theirs = |held: &Held| {
            let staff = self.organization.staff.get(&held.staff);
            held.room.is_none_or(|at| at == room) && staff.is_some_and(|staff| staff.person == Some(person))
        };
        self.session.duties.iter().copied().find(is_theirs)
    }
}
