//! Access units in, cuts out: where a fragment begins and ends, and when each of its samples is decoded.
//!
//! In: access units of all tracks of one run, each track in decode order. Out: [`Cut`]s. A cut ends
//! before a key frame, else at 2 s or 2 MiB; where video stalls, sound goes on alone.
//! - The first video track (else the first track) leads; the others give what lies before its cut.
//! - Decode times are the presentation times, sorted: a fragment's first decode time is the time at
//!   which its first picture is shown, and nothing has to be known about B-frames beforehand.
//! - Of every track, decode times rise strictly, and a cut never begins before the one before ended.
//! - No access unit is lost or changed. A wrong guess (time stamps that make no sense) bends timing only.
//!
//! Not here: clocks, and what a jump of time stamps means for the run ([`CutError`] tells the recorder).

mod queue;

use bytes::Bytes;
use liuhen_proto::BootTime;
use liuhen_proto::fragment::{Origin, TrackKind};

use self::queue::Queue;
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
    /// The key frame that ended it, with which the next one begins: whoever looks at pictures need not wait for that one.
    pub next_key: Option<Bytes>,
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
    /// Empty, larger than [`MAX_ACCESS_UNIT_BYTES`], or G.711 that is no whole number of samples or more
    /// than 65 535. The access unit is to be dropped and counted as damage.
    #[error(
        "an access unit of track {track} has {size_bytes} bytes, which is not taken (1 byte to 6 MiB; G.711: whole samples, at most 65535)"
    )]
    Size {
        /// The track.
        track: u32,
        /// Its size.
        size_bytes: usize,
    },
}

/// A fragment that begins with a sync sample may be cut at the next one once it is so long.
const MIN_SECS: i64 = 1;
/// A fragment is cut once it is so long, at whatever frame.
const MAX_SECS: i64 = 2;
/// Sound waits so long for a picture to end its fragment.
const MAX_SOUND_SECS: i64 = 3;
/// A fragment is cut before it grows larger.
const MAX_CUT_BYTES: usize = 2 * 1024 * 1024;
/// Where so much is held, a cut no longer waits for B-frames.
const MAX_HELD_BYTES: usize = 8 * 1024 * 1024;
/// Nor where so much sound is held.
const MAX_HELD_SOUND_BYTES: usize = 1024 * 1024;

/// Cuts one run.
#[derive(Debug)]
pub struct Cutter {
    queues: Vec<Queue>,
    leading: usize,
}

impl Cutter {
    /// For the tracks of a run: those that [`crate::track::init_segment`] takes.
    pub fn new(tracks: &[Track]) -> Result<Self, MediaError> {
        crate::init::check(tracks)?;
        let leading = tracks.iter().position(|track| track.kind() == TrackKind::Video).unwrap_or(0);
        Ok(Self { queues: tracks.iter().cloned().map(Queue::new).collect(), leading })
    }

    /// Takes an access unit; gives the cuts that are complete now, mostly none or one. After an error
    /// the cutter is as it was before, and [`Cutter::finish`] still gives what it holds.
    pub fn push(&mut self, unit: AccessUnit) -> Result<Vec<Cut>, CutError> {
        let queue = self.queues.iter_mut().find(|queue| queue.id() == unit.track).ok_or(CutError::UnknownTrack(unit.track))?;
        queue.admit(unit)?;
        Ok(std::iter::from_fn(|| self.next_cut()).collect())
    }

    /// Ends the run: gives all that is left.
    pub fn finish(mut self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        while let Some(at) = self.queues[self.leading].find_cut(self.held_by_others()) {
            cuts.extend(self.cut_at(at));
        }
        while self.queues.iter().any(|queue| !queue.is_empty()) {
            cuts.extend(self.take_all(|queue| queue.len()));
        }
        cuts
    }

    fn next_cut(&mut self) -> Option<Cut> {
        let leading = &self.queues[self.leading];
        if let Some(at) = leading.find_cut(self.held_by_others())
            && (leading.len() > at + leading.reorder_depth() || leading.bytes() > MAX_HELD_BYTES)
        {
            return self.cut_at(at);
        }
        // No picture came that could end the fragment. What sound there is must not wait for one for ever.
        if self.queues.iter().enumerate().any(|(i, queue)| i != self.leading && queue.must_go()) {
            return self.take_all(Queue::settled);
        }
        None
    }

    fn held_by_others(&self) -> usize {
        let others = self.queues.iter().enumerate().filter(|(i, _)| *i != self.leading);
        others.map(|(_, queue)| queue.bytes()).sum()
    }

    /// Cuts before the leading track's access unit `at`; the others give what lies before it in time.
    fn cut_at(&mut self, at: usize) -> Option<Cut> {
        let boundary = self.queues[self.leading].time(at);
        let leading = self.leading;
        let counts: Vec<_> = self.queues.iter().map(|queue| queue.count_before(boundary)).collect();
        let cut = self.take(counts.into_iter().enumerate().map(|(i, count)| if i == leading { at } else { count }).collect());
        cut.map(|cut| Cut { next_key: self.queues[leading].first_key(), ..cut })
    }

    fn take_all(&mut self, count: impl Fn(&Queue) -> usize) -> Option<Cut> {
        let leading = self.leading;
        let counts = self.queues.iter().enumerate().map(|(i, queue)| if i == leading { count(queue) } else { queue.len() });
        self.take(counts.collect())
    }

    fn take(&mut self, counts: Vec<usize>) -> Option<Cut> {
        let tracks: Vec<_> = self.queues.iter_mut().zip(counts).filter_map(|(queue, count)| queue.take(count)).collect();
        let videos = tracks.iter().filter(|track| self.queues.iter().any(|q| q.id() == track.track && q.is_video()));
        let starts_with_sync = videos.into_iter().next().is_none_or(|track| track.samples[0].sync);
        (!tracks.is_empty()).then_some(Cut { starts_with_sync, tracks, next_key: None })
    }
}

#[cfg(test)]
mod tests;
