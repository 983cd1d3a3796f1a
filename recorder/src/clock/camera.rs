//! How the camera's own clock stands to this machine's, from its sender reports: told to people, never used to place
//! footage.
//!
//! A report cannot arrive before it was made, so of reports that came close together the earliest counts; through
//! those of the last minutes a line is laid that a few late or wrong ones do not bend (Theil and Sen). A report far off
//! the line is passed over, until three in a row agree that the clock was set. A clock that stands still is none.
//! A camera that is eight hours off, or lives in 1900, has an offset like any other.

use std::collections::VecDeque;

use liuhen_proto::{BootTime, Timestamp};

use super::WallMapping;

/// Of reports within so much the earliest counts.
const STRETCH_US: i64 = 5_000_000;
/// So many stretches: five minutes.
const POINTS: usize = 60;
/// A rate is told from so many points on, …
const RATE_POINTS: usize = 8;
/// … and over so much time.
const RATE_SPAN_US: i64 = 60_000_000;
/// A report that is off the line by more than so much is late, wrong, or the first after the clock was set.
const OFF_US: i64 = 1_000_000;
/// So many of them in a row are the truth.
const AGREE: usize = 3;

/// What the camera's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraReading {
    /// Camera minus recorder.
    pub offset_us: i64,
    /// How fast it runs ahead, in parts per billion; nothing before that is known.
    pub drift_ppb: Option<i64>,
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Point {
    boot_us: i64,
    /// Camera minus time since boot.
    ahead_us: i64,
}

/// The clock of one camera.
#[derive(Debug, Default)]
pub struct CameraFit {
    points: VecDeque<Point>,
    /// Off the line, one after the other.
    strays: Vec<Point>,
    last: Option<Timestamp>,
    /// Reports in a row that said the same time.
    standing: usize,
}

impl CameraFit {
    /// Takes a report that has just arrived.
    pub fn take(&mut self, at: Timestamp, arrival: BootTime) {
        if self.last.replace(at) == Some(at) {
            self.standing += 1;
            if self.standing >= AGREE {
                (self.points, self.strays) = Default::default();
            }
            return;
        }
        if std::mem::take(&mut self.standing) >= AGREE {
            self.points.clear();
        }
        let boot_us = i64::try_from(arrival.as_micros()).unwrap_or(i64::MAX);
        let point = Point { boot_us, ahead_us: at.as_micros().saturating_sub(boot_us) };
        let off_us = self.line_at(boot_us).map_or(0, |ahead_us| point.ahead_us.saturating_sub(ahead_us));
        if off_us.saturating_abs() <= OFF_US {
            self.strays.clear();
            return self.put(point);
        }
        let agrees = |stray: &Point| point.ahead_us.saturating_sub(stray.ahead_us).saturating_abs() <= OFF_US;
        if !self.strays.iter().all(agrees) {
            self.strays.clear();
        }
        self.strays.push(point);
        if self.strays.len() == AGREE {
            self.points.clear();
            for point in std::mem::take(&mut self.strays) {
                self.put(point);
            }
        }
    }

    fn put(&mut self, point: Point) {
        match self.points.back_mut() {
            Some(last) if point.boot_us.saturating_sub(last.boot_us) < STRETCH_US => {
                // Its place in time stays, so that a stretch ends.
                last.ahead_us = last.ahead_us.max(point.ahead_us);
            }
            _ => self.points.push_back(point),
        }
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
    }

    /// What the clock says by the mapping; nothing before it said anything, or where it stands still.
    pub fn reading(&self, wall: &WallMapping) -> Option<CameraReading> {
        let last = self.points.back()?;
        let boot = BootTime::from_micros(last.boot_us.unsigned_abs());
        let wall_ahead_us = wall.wall(boot).as_micros().saturating_sub(last.boot_us);
        let offset_us = self.line_at(last.boot_us)?.saturating_sub(wall_ahead_us);
        Some(CameraReading { offset_us, drift_ppb: self.rate().map(|rate| (rate * 1e9).round() as i64) })
    }

    /// How fast it runs ahead: the median of the slopes between all points.
    fn rate(&self) -> Option<f64> {
        let span = self.points.back()?.boot_us.saturating_sub(self.points.front()?.boot_us);
        if self.points.len() < RATE_POINTS || span < RATE_SPAN_US {
            return None;
        }
        let mut slopes = Vec::with_capacity(POINTS * POINTS / 2);
        for (place, later) in self.points.iter().enumerate() {
            for earlier in self.points.range(..place) {
                slopes.push((later.ahead_us as f64 - earlier.ahead_us as f64) / (later.boot_us as f64 - earlier.boot_us as f64));
            }
        }
        let middle = slopes.len() / 2;
        Some(*slopes.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// Camera minus time since boot, by the line; nothing before the first point.
    fn line_at(&self, boot_us: i64) -> Option<i64> {
        let rate = self.rate().unwrap_or(0.0);
        let back = |point: &Point| point.ahead_us.saturating_add((rate * (boot_us as f64 - point.boot_us as f64)) as i64);
        let mut ahead: Vec<_> = self.points.iter().map(back).collect();
        let middle = ahead.len() / 2;
        (!ahead.is_empty()).then(|| *ahead.select_nth_unstable(middle).1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use liuhen_proto::Span;
    use liuhen_proto::world::{Clock as _, ManualClock};
    use proptest::prelude::*;

    use super::*;
    use crate::clock::WallKeeper;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    /// Reports that a camera sends every five seconds: how late each comes, and what its clock says of a moment.
    fn reading(late_ms: &[u32], says: impl Fn(usize, i64) -> i64) -> Option<CameraReading> {
        let clock = Arc::new(ManualClock::at(NOW));
        let (keeper, mut fit) = (WallKeeper::new(clock.clone()), CameraFit::default());
        for (place, late_ms) in late_ms.iter().enumerate() {
            clock.advance(Span::from_secs(5));
            let late = Span::from_millis(*late_ms);
            let arrival = BootTime::from_micros(clock.boot_now().as_micros() + late.as_micros().unsigned_abs());
            fit.take(Timestamp::from_micros(says(place, clock.now().as_micros())), arrival);
        }
        fit.reading(&keeper.current())
    }

    #[test]
    fn eight_hours_and_1900_are_offsets() {
        for offset_us in [28_800_000_000, -28_800_000_000, 1_500, -2_208_988_800_000_000 - NOW.as_micros()] {
            let found = reading(&[2; 40], |_, now| now + offset_us).unwrap();
            assert!((found.offset_us - offset_us).abs() <= 3_000, "{found:?}");
            assert_eq!(found.drift_ppb, Some(0));
        }
        assert_eq!(reading(&[2; 3], |_, now| now).unwrap().drift_ppb, None, "too early to tell");
    }

    #[test]
    fn a_clock_that_stands_is_none_and_one_that_was_set_is_the_new_one() {
        assert_eq!(reading(&[2; 40], |_, _| 1_600_000_000_000_000), None);
        assert_eq!(reading(&[2; 40], |place, now| if place < 20 { now } else { 7 }), None, "it has stopped");
        let set = reading(&[2; 40], |place, now| if place < 20 { now } else { now + 60_000_000 }).unwrap();
        assert!((set.offset_us - 60_000_000).abs() <= 3_000, "{set:?}");
        let liar = reading(&[2; 40], |place, now| if place % 4 == 3 { now + 3_600_000_000 } else { now }).unwrap();
        assert!(liar.offset_us.abs() <= 3_000, "{liar:?}");
    }

    proptest! {
        /// Whatever the lateness of a third of the reports: offset and rate are found.
        #[test]
        fn the_line_is_found(
            late in prop::collection::vec(prop_oneof![2 => 0u32..20, 1 => 0u32..900], 60),
            ppm in -200i64..200,
        ) {
            let found = reading(&late, |place, now| now + 5 * ppm * i64::try_from(place).unwrap()).unwrap();
            prop_assert!((found.offset_us - 5 * ppm * 59).abs() <= 60_000, "{:?}", found);
            prop_assert!((found.drift_ppb.unwrap() - ppm * 1_000).abs() <= 250_000, "{:?}", found);
        }

        #[test]
        fn rubbish_never_panics(reports in prop::collection::vec((any::<i64>(), any::<u64>()), 0..80)) {
            let (keeper, mut fit) = (WallKeeper::new(Arc::new(ManualClock::at(NOW))), CameraFit::default());
            for (at, arrival) in reports {
                fit.take(Timestamp::from_micros(at), BootTime::from_micros(arrival));
                fit.reading(&keeper.current());
            }
        }
    }
}
