//! Tells a silent camera from a slow one.

use std::time::Duration;

use liuhen_proto::{BootTime, Span};

/// A camera that still sends reports may be so many times as long without a frame: some send one frame
/// in ten seconds, and the first two frames are what tells.
const PATIENCE: u32 = 6;

/// Watches one connection.
#[derive(Debug)]
pub(super) struct Watchdog {
    limit: Span,
    longest: Span,
    last_frame: BootTime,
    last_sign: BootTime,
    frames: u64,
}

impl Watchdog {
    /// Begins `now`; `longest` is the longest distance of two frames that earlier connections saw.
    pub(super) fn new(silence: Duration, longest: Span, now: BootTime) -> Self {
        let limit = Span::from_micros(i64::try_from(silence.as_micros()).unwrap_or(i64::MAX));
        Self { limit, longest, last_frame: now, last_sign: now, frames: 0 }
    }

    /// A frame came.
    pub(super) fn frame(&mut self, now: BootTime) {
        if self.frames > 0 {
            self.longest = self.longest.max(now.since(self.last_frame)).min(Span::from_secs(20));
        }
        self.frames += 1;
        self.last_frame = now;
        self.last_sign = now;
    }

    /// Something came that is no frame.
    pub(super) const fn sign_of_life(&mut self, now: BootTime) {
        self.last_sign = now;
    }

    /// How long to wait from now on, until the camera counts as silent; nothing where it does.
    pub(super) fn left(&self, now: BootTime) -> Option<Duration> {
        let limit = self.limit.max(self.longest.times(3));
        let left = |since: BootTime, limit: Span| limit.as_micros() - now.since(since).as_micros();
        let left = left(self.last_sign, limit).min(left(self.last_frame, limit.times(PATIENCE)));
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    /// The longest distance of two frames so far.
    pub(super) const fn longest(&self) -> Span {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> BootTime {
        BootTime::from_micros(1_000_000 + millis * 1_000)
    }

    #[test]
    fn silence_trips_and_frames_do_not() {
        let mut watchdog = Watchdog::new(Duration::from_secs(5), Span::ZERO, at(0));
        (0..100).for_each(|i| watchdog.frame(at(i * 40)));
        assert_eq!(watchdog.left(at(3_960)), Some(Duration::from_secs(5)));
        assert_eq!(watchdog.left(at(8_960)), None);
    }

    #[test]
    fn a_slow_camera_gets_three_times_its_distance() {
        let mut watchdog = Watchdog::new(Duration::from_secs(5), Span::ZERO, at(0));
        [0, 4_000, 8_000].into_iter().for_each(|ms| watchdog.frame(at(ms)));
        assert_eq!(watchdog.left(at(8_000)), Some(Duration::from_secs(12)));
    }

    #[test]
    fn reports_alone_buy_time_but_not_for_ever() {
        let mut watchdog = Watchdog::new(Duration::from_secs(5), Span::ZERO, at(0));
        watchdog.frame(at(0));
        for second in 1..30 {
            watchdog.sign_of_life(at(second * 1_000));
            assert!(watchdog.left(at(second * 1_000)).is_some(), "{second}");
        }
        watchdog.sign_of_life(at(30_000));
        assert_eq!(watchdog.left(at(30_000)), None);
    }
}
