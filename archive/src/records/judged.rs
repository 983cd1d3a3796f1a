//! What was judged of footage: thresholds, flags, stills and sound levels.
//!
//! Flags and what persons accept are facts with entries. Stills and levels are derived from footage and can be made
//! again, so they have none.

use liuhen_proto::ids::{CameraId, FlagId, RunId, StillId, StreamId, ViewpointId};
use liuhen_proto::judgement::{FlagKind, Thresholds};
use liuhen_proto::segment::Sized256;
use liuhen_proto::{Interval, Sha256, Span, Timestamp};

/// How long one byte of sound levels speaks of.
pub const LEVEL: Span = Span::from_millis(100);
/// The most levels of one stretch: five minutes.
pub const MAX_LEVELS: usize = 3000;

/// The still that a person accepted as the view from a viewpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Which still.
    pub still: StillId,
    /// SHA-256 of its JPEG, as it stands in the entry.
    pub sha256: Sha256,
}

/// How a stream is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamJudgement {
    /// Which stream.
    pub stream: StreamId,
    /// Whose thresholds they are.
    pub viewpoint: ViewpointId,
    /// Where it differs from the detectors' own.
    pub thresholds: Thresholds,
    /// What the view should be, where somebody has said so.
    pub reference: Option<Still>,
}

/// What a detector reports. The report of the highest version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagReport {
    /// Made by the recorder.
    pub flag: FlagId,
    /// The stream that was judged.
    pub stream: StreamId,
    /// The run in which it began.
    pub run: RunId,
    /// What was found.
    pub kind: FlagKind,
    /// Since when.
    pub start: Timestamp,
    /// Until when; nothing while it goes on.
    pub end: Option<Timestamp>,
    /// Up to when it was seen.
    pub seen: Timestamp,
    /// Counts the reports, from 1.
    pub version: u32,
    /// The worst value, in thousandths of the kind's unit.
    pub measured_milli: i64,
    /// What it was held against.
    pub threshold_milli: i64,
    /// Name and version of the detector, `black/1`; 1 to 64 bytes of ASCII.
    pub detector: String,
}

impl FlagReport {
    /// Where it ends, or up to when it was seen while it goes on.
    pub fn until(&self) -> Timestamp {
        self.end.unwrap_or(self.seen)
    }
}

/// A flag, and where the judged stream belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The newest report.
    pub report: FlagReport,
    /// Whose stream was judged.
    pub camera: CameraId,
    /// Where the camera hangs.
    pub viewpoint: ViewpointId,
}

/// A picture made from a key frame. Its JPEG lies in the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// Made by the recorder.
    pub still: StillId,
    /// The stream.
    pub stream: StreamId,
    /// The run whose key frame it shows.
    pub run: RunId,
    /// Start of the fragment that begins with the key frame.
    pub taken: Timestamp,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Name of the object: [`crate::names::still`].
    pub object_name: String,
    /// The JPEG.
    pub object: Sized256,
}

/// A still to be recorded; its JPEG lies in the object store already.
pub type NewStill = Still;

/// Levels of a stretch of sound, one for each [`LEVEL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// Where the first level begins.
    pub start: Timestamp,
    /// Root mean square: half decibels below full scale, 255 for silence. 1 to [`MAX_LEVELS`].
    pub rms: Vec<u8>,
    /// Peaks, as many.
    pub peak: Vec<u8>,
}

impl Levels {
    /// What they speak of; nothing where there are none.
    pub fn interval(&self) -> Option<Interval> {
        let count = u32::try_from(self.rms.len()).ok()?;
        Interval::new(self.start, self.start.after(LEVEL.times(count))).ok()
    }
}
