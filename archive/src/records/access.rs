//! Who looked at footage, when and why.
//!
//! Always: an access is on the disk, with its entry in the chain of each session that it touches, before anything is
//! shown. Not here: who may look (`liuhen_api`).

use async_trait::async_trait;
use liuhen_proto::ids::{AccessId, SessionId, StreamId};
use liuhen_proto::wire::review::v1 as wire;
use liuhen_proto::words;
use liuhen_proto::{Interval, Timestamp};

use super::{Act, Reported, Watched, Written};

words! {
    /// What was looked at.
    AccessKind = wire::AccessKind {
        /// Footage, handed over as a file.
        Clip = "clip",
        /// Footage, by an address to play from.
        Playback = "playback",
        /// Pictures made from key frames.
        Stills = "stills",
        /// How loud the sound was.
        Levels = "levels",
        /// Who had looked.
        Accesses = "accesses",
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// A stream, in an interval.
    At(StreamId, Interval),
    /// All of a session.
    Session(SessionId),
}

/// A look that is about to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccess {
    /// Of which kind.
    pub kind: AccessKind,
    /// At what.
    pub at: Looked,
    /// 1 to 200 bytes; in the body of the entry.
    pub purpose: String,
}

/// A look that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Its id.
    pub id: AccessId,
    /// Id of whoever looked.
    pub by: String,
    /// What it was.
    pub what: NewAccess,
    /// When.
    pub at: Timestamp,
    /// The sessions that it touched, or the stream.
    pub subjects: Vec<String>,
}

/// What is known of looks.
#[async_trait]
pub trait AccessRecords: Send + Sync + 'static {
    /// Notes a look. The receipt is that of its first entry.
    async fn note_access(&self, act: &Act, new: NewAccess) -> crate::Result<Written<Access>>;
    /// Looks at an interval of a stream, newest first; at most `limit`.
    async fn accesses_of(&self, stream: StreamId, interval: Interval, limit: u32) -> crate::Result<Vec<Access>>;
    /// Looks that touched a session, newest first; at most `limit`.
    async fn accesses_of_session(&self, session: SessionId, limit: u32) -> crate::Result<Vec<Access>>;
    /// A look.
    async fn access(&self, id: AccessId) -> crate::Result<Option<Access>>;
    /// Keeps what the player of a clip or playback says it has shown, which proves nothing: there is no entry. The look must
    /// be the actor's own, else it is [`crate::Error::NotFound`]; stretches lie within its interval.
    async fn report_watched(&self, act: &Act, access: AccessId, watched: Vec<Watched>) -> crate::Result<()>;
    /// What was reported of a look, earliest first.
    async fn watched_of(&self, access: AccessId) -> crate::Result<Vec<Reported>>;
}
