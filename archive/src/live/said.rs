//! The words of [`super::Live`]: what recorders say of themselves, and what is open.

use std::path::PathBuf;

use bytes::Bytes;
use liuhen_proto::fragment::{ClockSource, Sequence};
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::wire::ingest::v1 as wire;
use liuhen_proto::words;
use liuhen_proto::{Interval, Span, Timestamp};

use crate::records::{ClockName, EndReason};

words! {
    /// What a camera does, as its recorder sees it.
    CameraState = wire::CameraState {
        /// Connecting for the first time.
        Connecting = "connecting",
        /// Fragments come.
        Recording = "recording",
        /// It does not answer, refuses, or went away.
        Unreachable = "unreachable",
        /// It answers, but what it sends cannot be recorded.
        Unreadable = "unreadable",
        /// Switched off on purpose.
        Stopped = "stopped",
    }
}

/// One camera's stream, as its recorder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStatus {
    /// Which stream.
    pub stream: StreamId,
    /// What its camera does.
    pub state: CameraState,
    /// Since when, by the recorder's clock.
    pub since: Timestamp,
    /// The last error in plain words; at most 500 bytes.
    pub detail: String,
    /// Up to when fragments lie on the site's disk, by the recorder's clock.
    pub last_fragment: Option<Timestamp>,
    /// Over the last ten seconds.
    pub bits_per_second: u64,
    /// The camera's own clock minus the recorder's, in microseconds.
    pub camera_offset_us: Option<i64>,
    /// How fast the camera's clock runs ahead of the recorder's, in parts per billion.
    pub camera_drift_ppb: Option<i64>,
}

/// A recorder's heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecorderStatus {
    /// At most 1000.
    pub streams: Vec<StreamStatus>,
    /// Bytes in the spool.
    pub spool_bytes: u64,
    /// Bytes that the spool may take.
    pub spool_quota_bytes: u64,
    /// While new fragments are refused for lack of room.
    pub spool_full: bool,
    /// The system clock was stepped by so many microseconds since the last heartbeat.
    pub clock_step_us: i64,
    /// Recorder minus centre in microseconds, where it was measured.
    pub centre_offset_us: Option<i64>,
    /// Half of the round trip in microseconds: the offset is right to within it.
    pub centre_error_us: Option<i64>,
    /// Bytes in the spool that are not sealed.
    pub unsealed_bytes: u64,
    /// Bytes in the spool that are not STORED at the centre.
    pub backlog_bytes: u64,
    /// In how long unsealed footage fills the spool; nothing while it does not grow.
    pub spool_left: Option<Span>,
    /// What its wall times rest on; nothing where it does not say.
    pub clock_source: Option<ClockSource>,
}

/// What is known of a recorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderHealth {
    /// The newest heartbeat.
    pub status: RecorderStatus,
    /// When it came, by the centre's clock.
    pub heard: Timestamp,
    /// Whether its Control call stands.
    pub connected: bool,
    /// When its clock was last stepped, by the centre's clock.
    pub stepped: Option<Timestamp>,
    /// What waits at the site.
    pub pending: Vec<PendingRange>,
    /// Whether that is all that waits: what was announced, is not held here and does not wait is lost.
    pub whole: bool,
    /// What it announced earlier; the newest, as many as an inventory may have.
    pub announced: Vec<PendingRange>,
}

/// What is newest of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// End of the newest footage ever stored here.
    pub end: Timestamp,
    /// Length of the fragment that was stored last.
    pub length: Span,
    /// Number of fragments stored since this process began, and of those that its journal held.
    pub count: u64,
}

/// A part of the centre's own storage that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageFailure {
    /// Which part: `journal`, `objects`.
    pub place: String,
    /// Since when.
    pub since: Timestamp,
    /// What it says, in plain words.
    pub why: String,
}

/// A stretch of footage that waits at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingRange {
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Wall-clock time of the stretch.
    pub interval: Interval,
}

/// Where an open segment lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPlace {
    /// The journal's file; offsets of fragments are offsets in it.
    pub path: PathBuf,
    /// `ftyp` and `moov`, which the file begins with.
    pub init: Bytes,
    /// The mapping from boot time to wall time that all its fragments use, where it is one.
    pub clock: Option<ClockName>,
}

/// A segment that is not in the records yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSegment {
    /// The run.
    pub run: RunId,
    /// The journal's file. It may have become an object by the time it is opened: then read again.
    pub path: PathBuf,
    /// `ftyp` and `moov`, which the file begins with.
    pub init: Bytes,
    /// What is STORED of it and touches the interval, in order, at the times that its clock is corrected to.
    pub fragments: Vec<IndexedFragment>,
}

/// How a run of a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnded {
    /// The run.
    pub run: RunId,
    /// End of its last stored fragment, where one had been stored since this process began.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: EndReason,
}
