//! What was recorded: runs and segments.

use bytes::Bytes;
use liuhen_process::coverage::tolerance;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, ImportId, RecorderId, RunId, StreamId};
use liuhen_proto::index::{IndexedFragment, KindCoverage};
use liuhen_proto::segment::{SignedRange, Sized256};
use liuhen_proto::wire::{common, ingest::v1 as wire};
use liuhen_proto::words;
use liuhen_proto::{Interval, Sha256, Span, Timestamp};

use super::Receipt;

words! {
    /// How far footage can be trusted by its origin alone.
    TrustLevel = common::v1::TrustLevel {
        /// Recorded by a recorder of ours, digested as it came.
        Captured = "captured",
        /// Taken in later from a file of another device.
        Imported = "imported",
    }
}

impl TrustLevel {
    /// Of footage that belongs to this import, or to none.
    pub(super) const fn of(import: Option<ImportId>) -> Self {
        if import.is_some() { Self::Imported } else { Self::Captured }
    }
}

words! {
    /// Why a run ended.
    EndReason = wire::EndReason {
        /// The camera closed the connection, or it broke.
        CameraClosed = "camera_closed",
        /// The connection stood, but no media came.
        CameraSilent = "camera_silent",
        /// What came could not be read as media.
        MediaInvalid = "media_invalid",
        /// Codec, resolution or track set changed.
        CodecChanged = "codec_changed",
        /// The camera's media time jumped.
        TimeJumped = "time_jumped",
        /// The recorder's disk was slower than the camera.
        DiskBehind = "disk_behind",
        /// No room in the spool.
        DiskFull = "disk_full",
        /// The recorder was told to stop.
        Stopped = "stopped",
        /// Found open after a crash or a power cut.
        RecorderCrashed = "recorder_crashed",
        /// A file or another finite source came to its end.
        SourceEnded = "source_ended",
        /// Divided on purpose; the next run follows at once.
        Divided = "divided",
    }
}

/// A run that a recorder begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Made by the recorder.
    pub run: RunId,
    /// Which stream is recorded.
    pub stream: StreamId,
    /// Who records it.
    pub recorder: RecorderId,
    /// Boot of the recorder during which the run was made.
    pub boot: BootId,
    /// `ftyp` and `moov`, at most 64 KiB.
    pub init: Bytes,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// Number of its fragments.
    pub fragments: u64,
    /// Why.
    pub reason: EndReason,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub run: RunId,
    /// Which stream is recorded.
    pub stream: StreamId,
    /// Who records it; nothing where it was imported.
    pub recorder: Option<RecorderId>,
    /// The import that it came with.
    pub import: Option<ImportId>,
    /// Boot of the recorder during which the run was made; of an import, what its fragments say.
    pub boot: BootId,
    /// `ftyp` and `moov`.
    pub init: Bytes,
    /// SHA-256 of `init`.
    pub init_sha256: Sha256,
    /// When the centre first heard of it.
    pub opened: Timestamp,
    /// How it ended, where it has.
    pub end: Option<RunEnd>,
}

/// A range of fragments of a run, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRange {
    /// First fragment.
    pub first: Sequence,
    /// Last fragment.
    pub last: Sequence,
}

/// A segment whose object and manifest lie in the object store, to be recorded.
#[derive(Debug, Clone)]
pub struct NewSegment {
    /// The stream.
    pub stream: StreamId,
    /// The run, which must have been opened.
    pub run: RunId,
    /// Name of the object; the manifest's is [`crate::names::manifest`] of it.
    pub object_name: String,
    /// The object.
    pub object: Sized256,
    /// SHA-256 of the manifest.
    pub manifest_sha256: Sha256,
    /// Its fragments, 1 to 4096, without holes.
    pub fragments: Vec<IndexedFragment>,
    /// True where no signature of the recorder covers the last fragment.
    pub unsigned_tail: bool,
    /// When the last fragment was STORED, where that is known.
    pub stored: Option<Timestamp>,
    /// The mapping from boot time to wall time that all its fragments used; nothing where they used several, and of
    /// imports.
    pub clock_mapping: Option<u32>,
}

/// A sealed segment. Nothing of it ever changes, save that a late signature ends `unsigned_tail`, and that its times
/// move when the clock that they rest on is corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Wall-clock interval that holds all its tracks.
    pub interval: Interval,
    /// Name of the object.
    pub object_name: String,
    /// The object.
    pub object: Sized256,
    /// SHA-256 of the manifest.
    pub manifest_sha256: Sha256,
    /// True where no signature of the recorder covers the last fragment, a late one included.
    pub unsigned_tail: bool,
    /// Index of its first entry in the custody log.
    pub leaf_index: u64,
    /// The import that it came with.
    pub import: Option<ImportId>,
    /// When the last fragment was STORED, where that is known.
    pub stored: Option<Timestamp>,
    /// The mapping from boot time to wall time that all its fragments used, where that is known.
    pub clock_mapping: Option<u32>,
    /// How much later it was taken than its fragments say, microseconds: its clock was corrected.
    pub shift_us: i64,
}

impl Segment {
    /// Whether it was stored more than the usual tolerance and [`super::LATE`] after it was recorded.
    pub fn late_upload(&self) -> bool {
        let due = tolerance(Span::ZERO).plus(super::LATE);
        self.import.is_none() && self.stored.is_some_and(|stored| stored.since(self.interval.end()) > due)
    }

    /// Where it comes from.
    pub const fn trust(&self) -> TrustLevel {
        TrustLevel::of(self.import)
    }
}

/// A segment with its fragments, whose times are corrected as the segment's are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedSegment {
    /// The segment.
    pub segment: Segment,
    /// Its fragments, in order.
    pub fragments: Vec<IndexedFragment>,
}

/// A segment as coverage sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredSegment {
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Wall-clock interval that holds all its tracks.
    pub interval: Interval,
    /// What it adds, for each kind of track.
    pub kinds: Vec<KindCoverage>,
}

/// A segment that has just been sealed, or had been before with the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Its first entry in the custody log.
    pub receipt: Receipt,
    /// True where it had been sealed before.
    pub repeated: bool,
}

/// A signature that came after its segment was sealed. It has been verified by the caller.
#[derive(Debug, Clone)]
pub struct LateSignature {
    /// The run that the statement speaks of.
    pub run: RunId,
    /// First fragment of the range.
    pub first: Sequence,
    /// Last fragment of the range, included.
    pub last: Sequence,
    /// Statement, signature and key.
    pub signed: SignedRange,
}
