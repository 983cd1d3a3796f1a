//! One run: access units in, fragments with their headers out.
//!
//! In: the units of one source, whose times may begin anywhere. Out: [`Fragment`]s, in order.
//! - A run begins at media time 0; what lies between the tracks at the start is kept.
//! - Fragments of a run touch in wall time where they touch in media time.
//! - A run that is divided goes on in another one at the next key frame: no unit is lost, and both touch in wall time.
//! - An end is told as an [`EndReason`]; the unit that caused it belongs to the next run.
//!
//! Not here: where a fragment ends (`liuhen_media::cutter`), disk, network.

#[cfg(test)]
mod tests;
mod timing;

use std::sync::Arc;

use bytes::Bytes;
use liuhen_media::cutter::{Cut, CutError, CutTrack, Cutter};
use liuhen_media::track::{Track, init_segment};
use liuhen_media::{MediaError, writer};
use liuhen_proto::fragment::{FragmentHeader, Sequence, TrackHeader, TrackKind};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::wire::ingest::v1::EndReason;

use crate::clock::{WallKeeper, WallMapping};
use crate::source::{CameraClock, Unit};
use timing::TrackTiming;

/// A fragment, ready for the spool.
#[derive(Debug, Clone)]
pub struct Fragment {
    /// What it says of itself.
    pub header: FragmentHeader,
    /// All of it, the header's box included.
    pub bytes: Bytes,
    /// The key frame that ended it, for [`crate::watch`]; it belongs to the next one.
    pub next_key: Option<Bytes>,
}

/// Who a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunIds {
    /// The run.
    pub run: RunId,
    /// Its stream.
    pub stream: StreamId,
    /// The boot it was made in.
    pub boot: BootId,
}

/// Why a run has to end here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct RunBroken {
    /// For the record.
    pub reason: EndReason,
    /// For people.
    pub detail: String,
}

/// A run that is being recorded.
#[derive(Debug)]
pub struct Run {
    init: Bytes,
    cutter: Cutter,
    headers: Headers,
    /// Where the run's time 0 lies.
    zero: Option<timing::Zero>,
    broken_units: u32,
}

/// What makes headers.
#[derive(Debug)]
struct Headers {
    ids: RunIds,
    timings: Vec<TrackTiming>,
    wall: Arc<WallKeeper>,
    next: Sequence,
    /// Goes on under this id from the next fragment on with which a run may begin.
    divided: Option<RunId>,
}

/// No track is further behind another, where both are there.
const LATE_US: i64 = 10_000_000;

/// So many units in a row that the cutter does not take are rubbish.
const MAX_BROKEN_UNITS: u32 = 50;

impl Run {
    /// Begins a run of these tracks.
    pub fn begin(ids: RunIds, tracks: &[Track], wall: Arc<WallKeeper>) -> Result<Self, MediaError> {
        let init = Bytes::from(init_segment(tracks)?);
        let cutter = Cutter::new(tracks)?;
        let timings = tracks.iter().map(TrackTiming::new).collect();
        let headers = Headers { ids, timings, wall, next: Sequence::FIRST, divided: None };
        Ok(Self { init, cutter, headers, zero: None, broken_units: 0 })
    }

    /// Goes on as another run, from the next fragment on at which decoding can begin. The fragments tell which run is
    /// theirs.
    pub const fn divide(&mut self, into: RunId) {
        self.headers.divided = Some(into);
    }

    /// Whether a picture has come; before, the run holds sound alone.
    pub fn has_picture(&self) -> bool {
        self.headers.timings.iter().any(|timing| timing.kind() == TrackKind::Video && timing.has_begun())
    }

    /// `ftyp` and `moov`.
    pub const fn init(&self) -> &Bytes {
        &self.init
    }

    /// Takes a unit in. An error ends the run; where media time jumped, the unit belongs to the next one.
    pub fn push(&mut self, unit: &Unit) -> Result<Vec<Fragment>, RunBroken> {
        let Some(timing) = self.headers.timing(unit.unit.track) else { return Ok(Vec::new()) };
        let zero = *self.zero.get_or_insert_with(|| timing::Zero::of(unit));
        let mut access_unit = unit.unit.clone();
        access_unit.pts = timing.rebase(unit, zero);
        if let Some(by_us) = timing.observe(access_unit.pts, access_unit.arrival) {
            let detail = format!("media time jumped by {:.3} s", by_us as f64 / 1e6);
            return Err(RunBroken { reason: EndReason::TimeJumped, detail });
        }
        match self.cutter.push(access_unit) {
            Ok(cuts) => {
                self.broken_units = 0;
                self.headers.fragments(cuts)
            }
            Err(error @ (CutError::JumpBack { .. } | CutError::JumpAhead { .. })) => {
                Err(RunBroken { reason: EndReason::TimeJumped, detail: error.to_string() })
            }
            Err(error) => self.bear(&error),
        }
    }

    /// A unit that is no unit is dropped; many in a row end the run.
    fn bear(&mut self, error: &CutError) -> Result<Vec<Fragment>, RunBroken> {
        self.broken_units += 1;
        tracing::warn!(run.id = %self.headers.ids.run, %error, "dropped a unit");
        if self.broken_units < MAX_BROKEN_UNITS {
            return Ok(Vec::new());
        }
        Err(RunBroken { reason: EndReason::MediaInvalid, detail: error.to_string() })
    }

    /// Notes what the camera's clock says.
    pub fn camera_clock(&mut self, clock: CameraClock) {
        if let Some(timing) = self.headers.timing(clock.track) {
            timing.camera_clock(clock);
        }
    }

    /// Ends the run: all that is left.
    pub fn finish(self) -> Vec<Fragment> {
        let Self { cutter, mut headers, .. } = self;
        headers.fragments(cutter.finish()).unwrap_or_else(|broken| {
            tracing::warn!(run.id = %headers.ids.run, detail = broken.detail, "dropped the end of a run");
            Vec::new()
        })
    }
}

impl Headers {
    fn timing(&mut self, track: u32) -> Option<&mut TrackTiming> {
        self.timings.iter_mut().find(|timing| timing.track() == track)
    }

    fn fragments(&mut self, cuts: Vec<Cut>) -> Result<Vec<Fragment>, RunBroken> {
        let mapping = self.wall.current();
        cuts.into_iter().map(|cut| self.fragment(cut, &mapping)).collect()
    }

    fn fragment(&mut self, mut cut: Cut, mapping: &WallMapping) -> Result<Fragment, RunBroken> {
        if cut.starts_with_sync
            && self.next != Sequence::FIRST
            && let Some(run) = self.divided.take()
        {
            self.begin_again(run, &cut);
        }
        let tracks = cut.tracks.iter_mut().filter_map(|track| self.track(track, mapping)).collect();
        let header = FragmentHeader {
            v: 1,
            run: self.ids.run,
            sequence: self.next,
            stream: self.ids.stream,
            boot: self.ids.boot,
            clock: mapping.mapping,
            starts_with_sync: cut.starts_with_sync,
            tracks,
        };
        header.check().map_err(|error| RunBroken { reason: EndReason::MediaInvalid, detail: error.to_string() })?;
        self.next = self.next.next();
        let bytes = writer::write_fragment(&header, &cut);
        Ok(Fragment { header, bytes, next_key: cut.next_key.clone() })
    }

    /// The run with this id begins with the cut. The clocks of its tracks go on; only their zero is another.
    fn begin_again(&mut self, run: RunId, cut: &Cut) {
        self.ids.run = run;
        self.next = Sequence::FIRST;
        let starts = cut.tracks.iter().filter_map(|track| Some(self.timing(track.track)?.micros(track.media_start)));
        let Some(start_us) = starts.collect::<Vec<_>>().into_iter().min() else { return };
        // What a track still owes of the time before begins where it had ended.
        let owed = self.timings.iter().filter_map(TrackTiming::end_us).filter(|end| start_us.saturating_sub(*end) < LATE_US);
        let zero_us = owed.min().map_or(start_us, |end_us| end_us.min(start_us));
        self.timings.iter_mut().for_each(|timing| timing.begin_again(zero_us));
    }

    /// The track's header; the cut is given the times of the run that it belongs to.
    fn track(&mut self, cut: &mut CutTrack, mapping: &WallMapping) -> Option<TrackHeader> {
        let timing = self.timing(cut.track)?;
        let (boot_start, boot_end) = timing.place(cut.media_start, cut.media_end);
        let camera_wall_start = timing.camera_wall(cut.media_start);
        (cut.media_start, cut.media_end) = (timing.in_run(cut.media_start), timing.in_run(cut.media_end));
        Some(TrackHeader {
            track: cut.track,
            kind: timing.kind(),
            codec: timing.codec().to_owned(),
            timescale: timing.timescale(),
            media_start: cut.media_start,
            media_end: cut.media_end,
            boot_start,
            boot_end,
            wall_start: mapping.wall(boot_start),
            wall_end: mapping.wall(boot_end),
            samples: u32::try_from(cut.samples.len()).unwrap_or(u32::MAX),
            lost_packets: cut.lost_packets,
            damaged: cut.damaged,
            origin: cut.origin.clone(),
            camera_wall_start,
        })
    }
}
