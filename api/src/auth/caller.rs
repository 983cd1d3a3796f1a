//! Who calls, with all that a decision needs to know of them.

use std::sync::Arc;

use liuhen_archive::records::{Login, Role};
use liuhen_proto::ids::{GrantId, LoginId, PersonId, RoomId, SessionId};
use liuhen_proto::scope::{Place, Scope};
use liuhen_proto::{Principal, Timestamp};

use super::neighbour::Neighbour;
use crate::machines::authority::PublicKey;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As the log names them.
    pub principal: Principal,
    /// What they may do where.
    pub who: Who,
}

/// What kind of caller it is.
#[derive(Debug, Clone)]
pub enum Who {
    /// A recorder; it hands in, and keeps its certificate.
    Recorder {
        /// By which key; nothing for one that came by a token, from this machine.
        key: Option<PublicKey>,
        /// Whether its certificate is over.
        is_over: bool,
    },
    /// A person.
    Person(Arc<Person>),
    /// A neighbouring system.
    Neighbour(Arc<Neighbour>),
}

/// A person who was let in.
#[derive(Debug, Clone)]
pub struct Person {
    /// By which login; nothing for the token of the data directory.
    pub login: Option<LoginId>,
    /// Whether somebody else knows their password.
    pub must_change: bool,
    /// Their roles.
    pub held: Vec<Held>,
}

/// A role that a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The role.
    pub role: Role,
    /// Where.
    pub reach: Reach,
    /// From when.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

/// Where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// That of a grant.
    Scope(Scope),
    /// That of a pass: one room, and the session as such.
    Pass {
        /// The session.
        session: SessionId,
        /// The room.
        room: RoomId,
    },
}

impl Reach {
    /// Whether what stands there lies in it.
    pub fn holds(&self, place: &Place) -> bool {
        match *self {
            Self::Scope(scope) => scope.holds(place),
            Self::Pass { session, room } => match (place.session, place.room) {
                (Some(of), Some(at)) => of == session && at == room,
                (Some(of), None) => of == session,
                (None, at) => at == Some(room),
            },
        }
    }
}

impl Held {
    /// Whether it holds now.
    pub fn is_in_time(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

impl Caller {
    /// A person by their login; `is_over` says of grants with an end whether that is past.
    pub(super) fn of_login(login: &Login, is_over: impl Fn(GrantId, Timestamp) -> bool) -> Self {
        let granted = login.person.grants.iter().filter(|grant| grant.revoked.is_none());
        let granted = granted.filter(|grant| !grant.until.is_some_and(|until| is_over(grant.id, until)));
        let granted = granted.map(|grant| Held {
            role: grant.role,
            reach: Reach::Scope(grant.scope),
            from: grant.from,
            until: grant.until,
        });
        let by_pass = login.pass.iter().map(|pass| Held {
            role: pass.role,
            reach: Reach::Pass { session: pass.session, room: pass.room },
            from: login.opened,
            until: Some(pass.until),
        });
        let held = granted.chain(by_pass).collect();
        // Whom somebody else vouches for has shown no password that another may know.
        let must_change = login.person.must_change && login.identity.is_none();
        let person = Person { login: Some(login.id), must_change, held };
        Self { principal: Principal::Person(login.person.id), who: Who::Person(Arc::new(person)) }
    }

    /// The operator of the machine, by the token of the data directory: may do all that is done here.
    pub(super) fn operator(person: PersonId) -> Self {
        let everywhere =
            |role| Held { role, reach: Reach::Scope(Scope::Everything), from: Timestamp::from_micros(i64::MIN), until: None };
        let held = vec![everywhere(Role::Administrator), everywhere(Role::ResponsibleHead)];
        let who = Who::Person(Arc::new(Person { login: None, must_change: false, held }));
        Self { principal: Principal::Person(person), who }
    }

    /// Whether it is a person who has this role there now.
    pub fn has(&self, role: Role, place: &Place, now: Timestamp) -> bool {
        let holds = |held: &Held| held.role == role && held.is_in_time(now) && held.reach.holds(place);
        self.person().is_some_and(|person| person.held.iter().any(holds))
    }

    /// Whether some role of theirs holds by a pass: in one room.
    pub fn holds_pass(&self) -> bool {
        self.person().is_some_and(|person| person.held.iter().any(|held| matches!(held.reach, Reach::Pass { .. })))
    }

    /// A neighbour, where it is one.
    pub fn neighbour(&self) -> Option<&Neighbour> {
        match &self.who {
            Who::Neighbour(neighbour) => Some(neighbour),
            Who::Recorder { .. } | Who::Person(_) => None,
        }
    }

    /// A person, where it is one.
    pub fn person(&self) -> Option<&Person> {
        match &self.who {
            Who::Person(person) => Some(person),
            Who::Recorder { .. } | Who::Neighbour(_) => None,
        }
    }
}
