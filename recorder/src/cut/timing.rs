//! The times of one track of a run: where its own clock stands against the run's, against time since
//! boot, and against the camera's clock.

use std::num::NonZeroU32;

use liuhen_media::track::Track;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::{BootTime, MediaTime, Timestamp};

use crate::clock::{Envelope, JumpDetector};
use crate::source::{CameraClock, Unit};

/// A common clock is believed while it agrees with the arrivals to within so much. Cameras are known
/// that announce a wrong beginning of their tracks.
const BELIEVED_US: i64 = 300_000;

/// Where a run's media time 0 lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zero {
    arrival: BootTime,
    common_us: Option<i64>,
}

impl Zero {
    /// At the run's first unit.
    pub(super) const fn of(unit: &Unit) -> Self {
        Self { arrival: unit.unit.arrival, common_us: unit.common_us }
    }

    /// How long after 0 the unit lies, in microseconds.
    fn until(self, unit: &Unit) -> i64 {
        let by_arrival = unit.unit.arrival.since(self.arrival).as_micros();
        let by_common = unit.common_us.zip(self.common_us).map(|(now, zero)| now.saturating_sub(zero));
        by_common.filter(|by_common| by_common.saturating_sub(by_arrival).abs() <= BELIEVED_US).unwrap_or(by_arrival)
    }
}

/// The times of one track.
#[derive(Debug)]
pub(super) struct TrackTiming {
    track: u32,
    kind: TrackKind,
    codec: String,
    timescale: NonZeroU32,
    /// The track's own clock at the run's 0.
    base: Option<i64>,
    envelope: Envelope,
    jumps: JumpDetector,
    camera: Option<CameraClock>,
    /// End of the last fragment: media time and boot time.
    end: Option<(i64, BootTime)>,
    /// Where the run begins, since it was divided; ticks.
    run_zero: i64,
}

impl TrackTiming {
    pub(super) fn new(track: &Track) -> Self {
        Self {
            track: track.id,
            kind: track.kind(),
            codec: track.codec(),
            timescale: track.timescale,
            base: None,
            envelope: Envelope::default(),
            jumps: JumpDetector::default(),
            camera: None,
            end: None,
            run_zero: 0,
        }
    }

    pub(super) const fn track(&self) -> u32 {
        self.track
    }

    pub(super) const fn kind(&self) -> TrackKind {
        self.kind
    }

    /// Whether a unit has come.
    pub(super) const fn has_begun(&self) -> bool {
        self.base.is_some()
    }

    pub(super) fn codec(&self) -> &str {
        &self.codec
    }

    pub(super) const fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// The unit's time, ticks since the run began. The track's first unit says how its clock stands to the run's.
    pub(super) fn rebase(&mut self, unit: &Unit, zero: Zero) -> i64 {
        let pts = unit.unit.pts;
        let base = *self.base.get_or_insert_with(|| {
            let after_zero = MediaTime::from_micros(zero.until(unit), self.timescale).ticks;
            pts.saturating_sub(after_zero)
        });
        pts.saturating_sub(base)
    }

    /// Notes an arrival. Returns by how many microseconds the camera's time jumped, if it did.
    pub(super) fn observe(&mut self, pts: i64, arrival: BootTime) -> Option<i64> {
        let media_us = self.micros(pts);
        let jump = self.jumps.observe(media_us, arrival, self.envelope.least_us());
        if jump.is_none() {
            self.envelope.observe(media_us, arrival);
        }
        jump
    }

    pub(super) const fn camera_clock(&mut self, clock: CameraClock) {
        self.camera = Some(clock);
    }

    /// When the stretch was captured. It begins where the one before ended, unless there is a hole in
    /// media time; it is never empty.
    pub(super) fn place(&mut self, media_start: i64, media_end: i64) -> (BootTime, BootTime) {
        let start = match self.end {
            Some((end, boot)) if media_start <= end => boot,
            Some((_, boot)) => self.envelope.settle(self.micros(media_start)).max(boot),
            None => self.envelope.settle(self.micros(media_start)),
        };
        let end = self.envelope.settle(self.micros(media_end)).max(BootTime::from_micros(start.as_micros() + 1));
        self.end = Some((media_end, end));
        (start, end)
    }

    /// Where the camera's own clock stood at a media time, if it said so.
    pub(super) fn camera_wall(&self, media: i64) -> Option<Timestamp> {
        let (camera, base) = (self.camera?, self.base?);
        let since = self.micros(media.saturating_add(base).saturating_sub(camera.ticks));
        Some(Timestamp::from_micros(camera.at.as_micros().saturating_add(since)))
    }

    /// Where the last fragment ended, microseconds since recording began.
    pub(super) fn end_us(&self) -> Option<i64> {
        self.end.map(|(media_end, _)| self.micros(media_end))
    }

    /// A run begins at this time since recording began, or where this track had ended.
    pub(super) fn begin_again(&mut self, zero_us: i64) {
        let zero = MediaTime::from_micros(zero_us, self.timescale).ticks;
        self.run_zero = self.end.map_or(zero, |(media_end, _)| zero.min(media_end));
    }

    /// A time since recording began, as a time since the run began.
    pub(super) const fn in_run(&self, ticks: i64) -> i64 {
        ticks.saturating_sub(self.run_zero)
    }

    /// Ticks since recording began, in microseconds.
    pub(super) fn micros(&self, ticks: i64) -> i64 {
        MediaTime { ticks, timescale: self.timescale }.to_micros()
    }
}
