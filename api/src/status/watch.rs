//! The status of all rooms as it is now, and again at every change.
//!
//! Always: the first answer comes at once, another at least every [`LONGEST`] and at most every [`SHORTEST`]; each is whole,
//! so who missed one has lost nothing. Names are read anew only when something unknown turns up.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use liuhen_archive::records::{Session, SiteLayout};
use liuhen_archive::{Archive, coverage};
use liuhen_proto::ids::{RoomId, SiteId};
use liuhen_proto::scope::Place;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::session::v1 as session;
use liuhen_proto::{Interval, Problem, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::standing;
use crate::auth::Asking;
use crate::error::records as failed;
use crate::session::place;

/// At least so often: a page that hears nothing for twice as long shows nothing as well.
const LONGEST: Duration = Duration::from_secs(2);
/// At most so often.
const SHORTEST: Duration = Duration::from_secs(1);
/// The most sessions of one answer.
const MOST: u32 = 200;

/// One who watches.
pub(super) struct Watch {
    archive: Archive,
    asking: Asking,
    interval: Interval,
    site: Option<SiteId>,
    layouts: HashMap<SiteId, SiteLayout>,
    changes: watch::Receiver<u64>,
    shutdown: CancellationToken,
}

impl Watch {
    pub(super) fn new(
        archive: Archive,
        asking: Asking,
        (interval, site): (Interval, Option<SiteId>),
        shutdown: CancellationToken,
    ) -> Self {
        let mut changes = archive.live.subscribe();
        changes.mark_unchanged();
        Self { archive, asking, interval, site, layouts: HashMap::new(), changes, shutdown }
    }

    /// Fails at once where the first answer does; ends with the server, or after an error.
    pub(super) async fn stream(mut self) -> Result<impl Stream<Item = Result<pb::WatchStatusResponse, Problem>> + Send, Problem> {
        let first = self.read().await?;
        let rest = stream::unfold(Some(self), |watch| async move {
            let mut watch = watch?;
            watch.rest().await?;
            match watch.read().await {
                Ok(status) => Some((Ok(status), Some(watch))),
                Err(problem) => Some((Err(problem), None)),
            }
        });
        Ok(stream::iter([Ok(first)]).chain(rest))
    }

    /// Until something may have changed; nothing when the server stops.
    async fn rest(&mut self) -> Option<()> {
        let changed = async {
            tokio::time::sleep(SHORTEST).await;
            // An error means that nobody writes any more.
            let _ = tokio::time::timeout(LONGEST - SHORTEST, self.changes.changed()).await;
        };
        tokio::select! {
            () = self.shutdown.cancelled() => None,
            () = changed => Some(()),
        }
    }

    async fn read(&mut self) -> Result<pb::WatchStatusResponse, Problem> {
        let found = self.archive.records.sessions_in(Some(self.interval), self.site, MOST + 1).await;
        let mut found = found.map_err(|error| failed("list sessions", error))?;
        let truncated = found.len() > MOST as usize;
        found.truncate(MOST as usize);
        let mut sessions = Vec::with_capacity(found.len());
        for session in found {
            sessions.extend(self.session(session).await?);
        }
        Ok(pb::WatchStatusResponse { as_of_us: self.archive.clock.now().as_micros(), sessions, truncated })
    }

    /// Nothing where no room of it is in the caller's reach.
    async fn session(&mut self, session: Session) -> Result<Option<pb::SessionStatus>, Problem> {
        self.know(&session).await?;
        let layout = self.layouts.get(&session.site).ok_or_else(|| Problem::not_found(session.site))?;
        let at = Place { session: Some(session.id), ..place(&layout.site) };
        let of_session = |id| session.windows.iter().any(|window| window.viewpoint == id);
        let named = layout.viewpoints.iter().filter(|viewpoint| of_session(viewpoint.id)).map(|viewpoint| viewpoint.room);
        let in_reach: BTreeSet<RoomId> = named.filter(|room| self.asking.may_at(&Place { room: Some(*room), ..at })).collect();
        if in_reach.is_empty() {
            return Ok(None);
        }
        let seen = coverage::read(&self.archive, session.id).await.map_err(|error| failed("read the coverage", error))?;
        let gaps = self.archive.records.gaps_of(session.id).await.map_err(|error| failed("list gaps", error))?;
        let mut rooms: BTreeMap<RoomId, Vec<pb::ViewpointStatus>> = BTreeMap::new();
        for viewpoint in seen.viewpoints.iter().filter(|viewpoint| in_reach.contains(&viewpoint.room)) {
            let known = layout.viewpoints.iter().find(|known| known.id == viewpoint.viewpoint);
            let name = known.map(|known| known.name.clone()).unwrap_or_default();
            rooms.entry(viewpoint.room).or_default().push(standing::of(name, viewpoint, &gaps, seen.as_of));
        }
        Ok(Some(pb::SessionStatus {
            session_id: session.id.to_string(),
            name: session.name.clone(),
            site_id: layout.site.id.to_string(),
            site_name: layout.site.name.clone(),
            exam: Some(session.exam.into()),
            sealed_us: session.sealed.map(Timestamp::as_micros),
            epoch: seen.epoch,
            rooms: rooms.into_iter().map(|(id, viewpoints)| room(layout, id, viewpoints)).collect(),
        }))
    }

    /// Reads the site of a session where something that its windows name is not known.
    async fn know(&mut self, session: &Session) -> Result<(), Problem> {
        let knows = |layout: &SiteLayout| {
            let known = |id| layout.viewpoints.iter().any(|viewpoint| viewpoint.id == id);
            session.windows.iter().all(|window| known(window.viewpoint))
        };
        if !self.layouts.get(&session.site).is_some_and(knows) {
            let layout = self.archive.records.layout(session.site).await.map_err(|error| failed("read the site", error))?;
            let layout = layout.ok_or_else(|| Problem::not_found(session.site))?;
            self.layouts.insert(session.site, layout);
        }
        Ok(())
    }
}

fn room(layout: &SiteLayout, id: RoomId, viewpoints: Vec<pb::ViewpointStatus>) -> pb::RoomStatus {
    let known = layout.rooms.iter().find(|room| room.id == id);
    pb::RoomStatus {
        room_id: id.to_string(),
        name: known.map(|room| room.name.clone()).unwrap_or_default(),
        kind: known.map_or(session::RoomKind::Unspecified, |room| room.kind.into()).into(),
        standing: standing::worst(&viewpoints),
        viewpoints,
    }
}
