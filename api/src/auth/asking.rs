//! What a call carries from the guard to its handler: who calls, for which action; and where that was decided.
//!
//! Always: a handler asks here about every thing that it shows or changes. The guard gives no answer of a handler that
//! has not asked. What is out of the caller's reach looks as if it were not there.

use std::sync::{Arc, Mutex};

use liuhen_archive::Archive;
use liuhen_archive::records::Thing;
use liuhen_proto::scope::{Place, Scope};
use liuhen_proto::{Principal, Problem};

use super::action::Action;
use super::caller::Caller;
use super::table::{Decision, Denial, authorize, authorize_somewhere};
use crate::error;

/// So many places are remembered of a call that goes on, to be decided about again while it does.
const MAX_REMEMBERED: usize = 16;

/// A call, between the guard and its handler.
#[derive(Clone)]
pub(crate) struct Asking {
    pub(crate) caller: Caller,
    pub(super) action: Action,
    archive: Archive,
    decided: Arc<Mutex<Decided>>,
}

/// What was decided in the course of a call.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) any: bool,
    /// Where it was allowed, as far as they are remembered.
    pub(super) places: Vec<Place>,
}

impl Asking {
    pub(super) fn new(caller: Caller, action: Action, archive: Archive) -> Self {
        Self { caller, action, archive, decided: Arc::default() }
    }

    /// Of a request that has passed the guard.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<Self, Problem> {
        request.extensions().get().cloned().ok_or_else(super::no_token)
    }

    /// The same call, about to do something finer than its RPC says.
    pub(crate) fn to_do(&self, action: Action) -> Self {
        Self { action, ..self.clone() }
    }

    /// Whether the caller may do it anywhere at all.
    pub(crate) fn somewhere(&self) -> Result<(), Problem> {
        match authorize_somewhere(Some(&self.caller), self.action, self.archive.clock.now()) {
            Decision::Denied(denial) => Err(super::forbidden(self.action, denial)),
            Decision::Allowed(_) => Ok(()),
        }
    }

    /// As the log names the caller.
    pub(crate) fn principal(&self) -> Principal {
        self.caller.principal
    }

    /// Whether it may be done at a place.
    pub(crate) fn may_at(&self, place: &Place) -> bool {
        let decision = authorize(Some(&self.caller), self.action, place, self.archive.clock.now());
        let mut decided = self.decided.lock().expect("no one panics while deciding");
        decided.any = true;
        if decision.is_allowed() && decided.places.len() < MAX_REMEMBERED && !decided.places.contains(place) {
            decided.places.push(*place);
        }
        drop(decided);
        tracing::debug!(action = ?self.action, ?decision, "decided");
        decision.is_allowed()
    }

    /// Asks about a thing; gives where it stands. What is out of reach is not there.
    pub(crate) async fn about(&self, thing: Thing, name: impl std::fmt::Display) -> Result<Place, Problem> {
        let place = self.archive.records.place_of(thing).await;
        let place = place.map_err(|error| error::records("find where it stands", error))?;
        match place {
            Some(place) if self.may_at(&place) => Ok(place),
            _ => {
                self.mark_decided();
                Err(Problem::not_found(name))
            }
        }
    }

    /// Whether a scope lies within the caller's.
    pub(crate) async fn holds(&self, scope: Scope) -> Result<bool, Problem> {
        let thing = match scope {
            Scope::Everything => return Ok(self.may_at(&Place::default())),
            Scope::Region(region) => return Ok(self.may_at(&Place { region: Some(region), ..Place::default() })),
            Scope::Organization(id) => Thing::Organization(id),
            Scope::Site(id) => Thing::Site(id),
            Scope::Room(id) => Thing::Room(id),
            Scope::Session(id) => Thing::Session(id),
        };
        self.sees(thing).await
    }

    /// Whether the thing is in reach; what is not there is not.
    pub(crate) async fn sees(&self, thing: Thing) -> Result<bool, Problem> {
        let place = self.archive.records.place_of(thing).await;
        let place = place.map_err(|error| error::records("find where it stands", error))?;
        Ok(place.is_some_and(|place| self.may_at(&place)))
    }

    /// The handler asks about each thing while it answers: a list may be empty.
    pub(crate) fn item_by_item(&self) {
        self.mark_decided();
    }

    /// Asks about the archive as a whole: only who has a role everywhere may.
    pub(crate) fn everywhere(&self) -> Result<(), Problem> {
        if self.may_at(&Place::default()) { Ok(()) } else { Err(super::forbidden(self.action, Denial::OutOfScope)) }
    }

    fn mark_decided(&self) {
        self.decided.lock().expect("no one panics while deciding").any = true;
    }

    /// Whether anything was decided, and where it was allowed.
    pub(super) fn decided(&self) -> (bool, Vec<Place>) {
        let decided = self.decided.lock().expect("no one panics while deciding");
        (decided.any, decided.places.clone())
    }
}
