//! What one answer has read of sessions and rooms: the candidates of a room share it.
//!
//! Always: nothing of it outlives the answer, and of a session whose coverage is out of the caller's reach nothing is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use liuhen_archive::Archive;
use liuhen_archive::records::{Expectation, Gap, Recorded, Thing};
use liuhen_process::case::CaseId;
use liuhen_process::fact::key::Key;
use liuhen_proto::Problem;
use liuhen_proto::ids::{RoomId, SessionId, ViewpointId};

use super::Trace;
use super::stays::concerns_all;
use crate::auth::Asking;
use crate::auth::action::Action;
use crate::error::records as failed;

/// What should be recorded of a session, and what was missing.
pub(super) struct Recording {
    pub(super) expectations: Vec<Expectation>,
    pub(super) gaps: Vec<Gap>,
}

#[derive(Default)]
pub(super) struct Seen {
    /// Nothing where the session is out of reach.
    sessions: BTreeMap<SessionId, Option<Arc<Recording>>>,
    rooms: BTreeMap<(SessionId, RoomId), Arc<[Arc<Recorded>]>>,
    seats: BTreeMap<ViewpointId, Arc<[String]>>,
}

impl Seen {
    pub(super) async fn recorded(
        &mut self,
        archive: &Archive,
        asking: &Asking,
        session: SessionId,
    ) -> Result<Option<Arc<Recording>>, Problem> {
        if let Some(seen) = self.sessions.get(&session) {
            return Ok(seen.clone());
        }
        let mut recorded = None;
        if asking.to_do(Action::ReadCoverage).sees(Thing::Session(session)).await? {
            let expectations = archive.records.expectations(session).await;
            let expectations = expectations.map_err(|error| failed("read what is recorded", error))?;
            let gaps = archive.records.gaps_of(session).await.map_err(|error| failed("list gaps", error))?;
            recorded = Some(Arc::new(Recording { expectations, gaps }));
        }
        self.sessions.insert(session, recorded.clone());
        Ok(recorded)
    }

    /// What happened in a room and names nobody.
    pub(super) async fn of_room(
        &mut self,
        trace: &Trace,
        (session, room): (SessionId, RoomId),
    ) -> Result<Arc<[Arc<Recorded>]>, Problem> {
        if let Some(seen) = self.rooms.get(&(session, room)) {
            return Ok(Arc::clone(seen));
        }
        let there = trace.naming(&Key::Room(room), Some(CaseId::Session(session))).await?;
        let there: Arc<[_]> = there.into_iter().filter(|it| concerns_all(&it.fact)).map(Arc::new).collect();
        self.rooms.insert((session, room), Arc::clone(&there));
        Ok(there)
    }

    /// The seats that a viewpoint covers.
    pub(super) async fn seats(&mut self, archive: &Archive, id: ViewpointId) -> Result<Arc<[String]>, Problem> {
        if let Some(seen) = self.seats.get(&id) {
            return Ok(Arc::clone(seen));
        }
        let viewpoint = archive.records.viewpoint(id).await.map_err(|error| failed("read a viewpoint", error))?;
        let seats: Arc<[_]> = viewpoint.map(|viewpoint| viewpoint.seats).unwrap_or_default().into();
        self.seats.insert(id, Arc::clone(&seats));
        Ok(seats)
    }
}
