//! What a fragment says of itself: the header that lies in a box of its own at the head of the
//! fragment's bytes, so that a file found on a disk explains itself. RFC 8785 JSON, see docs/ref/formats.md.
//!
//! A fragment is the unit of capture, of upload and of loss: header box, `prft`, `moof`, `mdat`. Its
//! digest is the SHA-256 of all of these bytes. Not here: the boxes (`liuhen_media`).

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError, MAX_INTEGER};
use crate::digest::Sha256;
use crate::ids::{BootId, RunId, StreamId};
use crate::time::{BootTime, Interval, Timestamp};

/// The largest header, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;
/// The largest fragment, in bytes: the aim is 2 MiB, but one key frame may be larger than that.
pub const MAX_FRAGMENT_BYTES: u32 = 8 * 1024 * 1024;
/// The longest time that one fragment may speak of: a frame of a time-lapse camera may last long.
pub const MAX_FRAGMENT_SPAN_SECS: u32 = 60;
/// The most tracks of a stream.
pub const MAX_TRACKS: usize = 8;

/// Place of a fragment in its run, from 0, without holes. (stream, run, sequence) names a fragment for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(u64);

impl Sequence {
    /// The first of a run.
    pub const FIRST: Self = Self(0);

    /// The place; nothing beyond what JSON keeps exactly, which no run reaches.
    pub const fn new(place: u64) -> Option<Self> {
        if place < MAX_INTEGER as u64 { Some(Self(place)) } else { None }
    }

    /// As a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl std::fmt::Display for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

/// What the wall times of a fragment rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSource {
    /// The system's clock, disciplined by NTP or another source that the kernel counts as synchronised.
    Synchronized,
    /// The system's clock, which nothing disciplines.
    Unsynchronized,
    /// The clock is known to be wrong; the wall times only order.
    TimeUnproven,
    /// A person declared it: footage of a device that was never on the network.
    Declared,
}

/// Which mapping from time since boot to wall time the fragment used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockMapping {
    /// Counts the mappings of a boot, from 1.
    pub version: u32,
    /// What it rests on.
    pub source: ClockSource,
}

/// The camera's own bytes, where they were repacked without loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// `pcma` or `pcmu` (ITU-T G.711).
    pub codec: String,
    /// SHA-256 of the camera's bytes of this fragment and track.
    pub sha256: Sha256,
}

/// What a fragment says of one track. Half-open times; `end` is where the next sample begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackHeader {
    /// The track's id in `moov`, from 1.
    pub track: u32,
    /// What it carries.
    pub kind: TrackKind,
    /// RFC 6381 codec string of what is stored, `avc1.64001f` for instance.
    pub codec: String,
    /// Ticks a second of the media times.
    pub timescale: NonZeroU32,
    /// Decode time of the first sample, ticks since the run began.
    pub media_start: i64,
    /// Decode time at which the last sample ends, ticks since the run began.
    pub media_end: i64,
    /// Capture time of the first sample, microseconds since the recorder's boot.
    pub boot_start: BootTime,
    /// When the last sample ends, microseconds since the recorder's boot.
    pub boot_end: BootTime,
    /// The same as wall time by the mapping named in the header.
    pub wall_start: Timestamp,
    /// The same as wall time by the mapping named in the header.
    pub wall_end: Timestamp,
    /// Number of samples.
    pub samples: u32,
    /// Packets that the camera sent and that did not arrive.
    pub lost_packets: u32,
    /// True where samples are known to be incomplete.
    pub damaged: bool,
    /// Where the samples were repacked without loss: what the camera had sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub origin: Option<Origin>,
    /// The camera's own clock at the first sample (RTCP sender report), where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub camera_wall_start: Option<Timestamp>,
}

impl TrackHeader {
    /// Wall-clock interval of the track in this fragment.
    pub fn interval(&self) -> Interval {
        Interval::new(self.wall_start, self.wall_end).expect("a checked header has no empty track")
    }
}

/// The header. Only [`FragmentHeader::check`]ed ones leave [`FragmentHeader::from_bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FragmentHeader {
    /// Version of the format: 1.
    pub v: u32,
    /// The run.
    pub run: RunId,
    /// Place in the run.
    pub sequence: Sequence,
    /// The stream.
    pub stream: StreamId,
    /// Boot of the recorder that the boot times belong to.
    pub boot: BootId,
    /// How boot times became wall times.
    pub clock: ClockMapping,
    /// Whether decoding can begin here: the first video sample is a sync sample, or there is no video.
    pub starts_with_sync: bool,
    /// In the order of their ids.
    pub tracks: Vec<TrackHeader>,
}

/// Why a header is no header.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// Not the canonical form of a header.
    #[error("read fragment header")]
    Form(#[from] CanonicalError),
    /// A version that this program does not know.
    #[error("fragment header has version {0}, and 1 is known")]
    Version(u32),
    /// A value that cannot be.
    #[error("fragment header: {0}")]
    Value(&'static str),
}

impl FragmentHeader {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a header.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeaderError> {
        let header: Self = canonical::from_bytes(bytes, MAX_HEADER_BYTES)?;
        header.check()?;
        Ok(header)
    }

    /// Whether its values can be true together.
    pub fn check(&self) -> Result<(), HeaderError> {
        let refuse = |what| Err(HeaderError::Value(what));
        if self.v != 1 {
            return Err(HeaderError::Version(self.v));
        }
        if self.tracks.is_empty() || self.tracks.len() > MAX_TRACKS {
            return refuse("there must be 1 to 8 tracks");
        }
        if !self.tracks.is_sorted_by(|a, b| a.track < b.track) || self.tracks[0].track == 0 {
            return refuse("track ids must be from 1, ascending and distinct");
        }
        if self.sequence.get() >= MAX_INTEGER as u64 {
            return refuse("the sequence is absurd");
        }
        self.tracks.iter().try_for_each(check_track)
    }

    /// The wall-clock interval that holds all tracks.
    pub fn interval(&self) -> Interval {
        let mut intervals = self.tracks.iter().map(TrackHeader::interval);
        let first = intervals.next().expect("a checked header has a track");
        intervals.fold(first, Interval::hull)
    }

    /// The first track of the kind.
    pub fn track(&self, kind: TrackKind) -> Option<&TrackHeader> {
        self.tracks.iter().find(|track| track.kind == kind)
    }
}

fn check_track(track: &TrackHeader) -> Result<(), HeaderError> {
    let refuse = |what| Err(HeaderError::Value(what));
    let exact = |n: i64| (-MAX_INTEGER..=MAX_INTEGER).contains(&n);
    let text = |text: &str, limit| !text.is_empty() && text.len() <= limit && text.bytes().all(|b| b.is_ascii_graphic());
    if !exact(track.media_start) || !exact(track.media_end) || track.media_end <= track.media_start {
        return refuse("media_end must be after media_start, both within 2^53");
    }
    if track.boot_end <= track.boot_start || track.boot_end.as_micros() > MAX_INTEGER as u64 {
        return refuse("boot_end must be after boot_start, both within 2^53");
    }
    if !exact(track.wall_start.as_micros()) || !exact(track.wall_end.as_micros()) {
        return refuse("wall times must be within 2^53");
    }
    let Ok(interval) = Interval::new(track.wall_start, track.wall_end) else {
        return refuse("wall_end must be after wall_start");
    };
    if interval.span() > crate::time::Span::from_secs(MAX_FRAGMENT_SPAN_SECS) {
        return refuse("a fragment speaks of at most 60 s");
    }
    if track.samples == 0 {
        return refuse("a track that is listed has samples");
    }
    if !text(&track.codec, 64) || track.origin.as_ref().is_some_and(|o| o.codec != "pcma" && o.codec != "pcmu") {
        return refuse("codec is an RFC 6381 string, origin is pcma or pcmu");
    }
    if track.camera_wall_start.is_some_and(|at| !exact(at.as_micros())) {
        return refuse("camera_wall_start must be within 2^53");
    }
    Ok(())
}
