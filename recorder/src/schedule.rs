//! The sessions of the site, as the centre tells them, and what they make of recording.
//!
//! In: [`pb::Schedule`], kept on the disk as it came, so that a restart without the centre changes nothing. Out: for
//! each stream and moment whether it is recorded ([`Schedule::decide`]), and which sessions wait for their footage.
//! - Recording never stops before the centre has said that the papers are sealed, nor before the window's end.
//! - Cut off from the centre, what it says cannot be heard: then 4 hours past the window's end it stops.
//! - A session that the centre no longer tells of is over for it; what was begun is recorded to the window's end.
//! - Where nothing was ever heard, or the clock is known to be wrong, all is recorded.
//!
//! Not here: starting and stopping cameras ([`crate::attend`]).

mod decide;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liuhen_proto::ids::{SessionId, StreamId};
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Interval, Problem, Timestamp, wire};
use prost::Message as _;
use tokio::sync::watch;

use crate::config::When;
use crate::durable;
pub use decide::{Decision, Known};

/// The most sessions that are taken.
const MAX_SESSIONS: usize = 1000;
/// The longest name that is kept, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// What people call it.
    pub name: String,
    /// From the first expected window's start to the last one's end.
    pub window: Interval,
    /// What is expected to be recorded.
    pub streams: BTreeSet<StreamId>,
    /// The papers are sealed.
    pub sealed: bool,
}

/// A session that is over and waits to be closed: its footage goes before other old footage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToClose {
    /// Its window.
    pub window: Interval,
    /// Its streams.
    pub streams: BTreeSet<StreamId>,
}

/// The schedule, and the file in which it lies.
#[derive(Debug)]
pub struct Schedule {
    path: PathBuf,
    /// Nothing before the first was heard.
    current: watch::Sender<Option<Arc<Vec<Session>>>>,
}

impl Schedule {
    /// The one that came last.
    pub fn open(directory: &Path) -> Self {
        let path = directory.join("schedule.pb");
        let kept = std::fs::read(&path).ok().and_then(|bytes| {
            let read = pb::Schedule::decode(bytes.as_slice());
            read.inspect_err(|error| tracing::error!(%error, "the schedule on the disk cannot be read; it comes again")).ok()
        });
        let current = watch::channel(kept.map(|schedule| Arc::new(read(&schedule)))).0;
        Self { path, current }
    }

    /// Takes the centre's schedule. Blocking.
    pub fn set(&self, told: &pb::Schedule, now: Timestamp) {
        let mut sessions = read(told);
        let known: BTreeSet<_> = sessions.iter().map(|session| session.id).collect();
        let before = self.current.borrow().clone().unwrap_or_default();
        let begun = before.iter().filter(|old| !known.contains(&old.id) && old.window.contains(now));
        sessions.extend(begun.map(|old| Session { sealed: true, ..old.clone() }));
        if self.current.borrow().as_ref().is_some_and(|current| **current == sessions) {
            return;
        }
        if let Err(error) = durable::write(&self.path, &write(&sessions).encode_to_vec()) {
            tracing::error!(%error, "the schedule cannot be kept: it holds until the recorder stops");
        }
        tracing::info!(sessions = sessions.len(), "the centre told the schedule");
        self.current.send_replace(Some(Arc::new(sessions)));
    }

    /// Whether the stream is recorded now.
    pub fn decide(&self, when: When, stream: StreamId, known: Known) -> Decision {
        match (when, self.current.borrow().as_deref()) {
            (When::Always, _) | (_, None) => Decision::Record,
            (When::Sessions { before, after }, Some(sessions)) => decide::decide((before, after), sessions, stream, known),
        }
    }

    /// Sessions that are over and not sealed, earliest first.
    pub fn to_close(&self, now: Timestamp) -> Vec<ToClose> {
        let sessions = self.current.borrow().clone().unwrap_or_default();
        let waits = sessions.iter().filter(|session| !session.sealed && session.window.end() <= now);
        waits.map(|session| ToClose { window: session.window, streams: session.streams.clone() }).collect()
    }

    /// Told at each change.
    pub fn changes(&self) -> watch::Receiver<Option<Arc<Vec<Session>>>> {
        self.current.subscribe()
    }
}

/// A session that makes no sense is told, and left out.
fn read(schedule: &pb::Schedule) -> Vec<Session> {
    let session = |told: &pb::ScheduledSession| {
        let sense = session(told);
        sense.inspect_err(|problem| tracing::warn!(session.id = told.session_id, %problem, "a session that makes no sense")).ok()
    };
    let mut sessions: Vec<_> = schedule.sessions.iter().take(MAX_SESSIONS).filter_map(session).collect();
    sessions.sort_by_key(|session| (session.window, session.id));
    sessions
}

fn session(told: &pb::ScheduledSession) -> Result<Session, Problem> {
    let streams = told.stream_ids.iter().map(|id| wire::id("stream_ids", id)).collect::<Result<_, _>>()?;
    Ok(Session {
        id: wire::id("session_id", &told.session_id)?,
        name: told.name[..told.name.floor_char_boundary(MAX_NAME_BYTES)].to_owned(),
        window: wire::interval("window", told.window.as_ref())?,
        streams,
        sealed: told.sealed,
    })
}

fn write(sessions: &[Session]) -> pb::Schedule {
    let session = |session: &Session| pb::ScheduledSession {
        session_id: session.id.to_string(),
        name: session.name.clone(),
        window: Some(session.window.into()),
        stream_ids: session.streams.iter().map(ToString::to_string).collect(),
        sealed: session.sealed,
    };
    pb::Schedule { sessions: sessions.iter().map(session).collect() }
}

#[cfg(test)]
mod tests;
