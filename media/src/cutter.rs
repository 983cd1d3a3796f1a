//! Access units in, cuts out: where a fragment begins and ends, and when each of its samples is decoded.

use bytes::Bytes;
use liuhen_proto::BootTime;
use liuhen_proto::fragment::Origin;

use crate::error::MediaError;
use crate::track::Track;

/// The largest access unit, in bytes.
pub const MAX_ACCESS_UNIT_BYTES: usize = 6 * 1024 * 1024;

/// What a camera sent for one moment of one track.
#[derive(Debug, Clone)]
pub struct AccessUnit {
    /// The track's id in `moov`.
    pub track: u32,
    /// When it is shown or heard, ticks of the track since the run began; below zero is taken for zero.
    pub pts: i64,
    /// Whether decoding can begin here. Sound always can.
    pub sync: bool,
    /// NAL units, each after its length in 4 bytes; or one raw AAC, Opus or FLAC frame; or G.711 bytes.
    pub data: Bytes,
    /// Packets known to be missing since the access unit before.
    pub lost_packets: u32,
    /// Whether it is known to be incomplete.
    pub damaged: bool,
    /// When its last byte arrived.
    pub arrival: BootTime,
}

/// A sample as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What is stored: for G.711 a FLAC frame, else the access unit's bytes.
    pub data: Bytes,
    /// Ticks until the next sample is decoded.
    pub duration: u32,
    /// Ticks from decode to presentation; below zero where it is shown "before" it is decoded (`trun` version 1).
    pub composition_offset: i32,
    /// Whether decoding can begin here.
    pub sync: bool,
}

/// One track of a cut. Never without samples.
#[derive(Debug, Clone)]
pub struct CutTrack {
    /// The track's id in `moov`.
    pub track: u32,
    /// Decode time of the first sample, which is also the earliest presentation time; ticks since the run began.
    pub media_start: i64,
    /// Where the last sample ends, ticks since the run began.
    pub media_end: i64,
    /// In decode order.
    pub samples: Vec<Sample>,
    /// Packets that did not arrive.
    pub lost_packets: u32,
    /// Whether samples are known to be incomplete.
    pub damaged: bool,
    /// For G.711: what the camera had sent.
    pub origin: Option<Origin>,
    /// When the first access unit arrived.
    pub first_arrival: BootTime,
    /// When the last access unit arrived.
    pub last_arrival: BootTime,
}

/// What becomes one fragment.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Whether decoding can begin here: the first video sample is a sync sample, or there is no video.
    pub starts_with_sync: bool,
    /// In the order of their ids; never empty.
    pub tracks: Vec<CutTrack>,
}

/// Why an access unit cannot go on in this run. The recorder ends the run, begins the next one, and
/// gives the access unit to that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// The camera's time stamps jumped back, further than B-frames explain.
    #[error("time stamps of track {track} jump back from {from} to {to} ticks")]
    JumpBack {
        /// The track.
        track: u32,
        /// Latest presentation time before, ticks since the run began.
        from: i64,
        /// Presentation time now.
        to: i64,
    },
    /// The camera's time stamps jumped ahead, further than any frame lasts.
    #[error("time stamps of track {track} jump ahead from {from} to {to} ticks")]
    JumpAhead {
        /// The track.
        track: u32,
        /// Latest presentation time before, ticks since the run began.
        from: i64,
        /// Presentation time now.
        to: i64,
    },
    /// Not one of the cutter's tracks. The access unit is to be dropped.
    #[error("track {0} was not announced")]
    UnknownTrack(u32),
    /// Empty, or larger than [`MAX_ACCESS_UNIT_BYTES`]. The access unit is to be dropped and counted as damage.
    #[error("an access unit of track {track} has {size_bytes} bytes, from 1 to 6 MiB are taken")]
    Size {
        /// The track.
        track: u32,
        /// Its size.
        size_bytes: usize,
    },
}

/// Cuts one run.
#[derive(Debug)]
pub struct Cutter {
    tracks: Vec<Track>,
}

impl Cutter {
    /// For the tracks of a run: those that [`crate::track::init_segment`] takes.
    pub fn new(tracks: &[Track]) -> Result<Self, MediaError> {
        Ok(Self { tracks: tracks.to_vec() })
    }

    /// Takes an access unit; gives the cuts that are complete now, mostly none or one.
    pub fn push(&mut self, unit: AccessUnit) -> Result<Vec<Cut>, CutError> {
        Err(CutError::UnknownTrack(unit.track.max(self.tracks.len() as u32)))
    }

    /// Ends the run: gives all that is left.
    pub fn finish(self) -> Vec<Cut> {
        Vec::new()
    }
}
