//! In how long the unsealed footage fills the room.
//!
//! In: how much is unsealed, every second. Out: by how much that grows. Pure.
//! - What is unsealed goes up and down like a saw, by a segment of each camera: the low points of two stretches
//!   are compared, each longer than two of the longest segments.
//! - While it does not grow, or is not known to, there is no forecast. How fast it grows while the centre takes
//!   nothing is told by what is recorded, at once.

use std::collections::VecDeque;

use liuhen_proto::{BootTime, Span};

/// One of the two stretches.
const STRETCH: Span = Span::from_secs(150);
/// Samples over so long are both stretches.
const WHOLE: Span = Span::from_secs(290);
/// So long after the start it rises to its usual height, which is no growth.
const SETTLES: Span = Span::from_secs(120);
/// Looked at so often.
const EVERY: Span = Span::from_secs(5);

/// What was unsealed, and when.
#[derive(Debug)]
pub(super) struct Forecast {
    began: BootTime,
    samples: VecDeque<(BootTime, u64)>,
}

impl Forecast {
    pub(super) const fn new(now: BootTime) -> Self {
        Self { began: now, samples: VecDeque::new() }
    }

    pub(super) fn note(&mut self, now: BootTime, unsealed_bytes: u64) {
        let soon = self.samples.back().is_some_and(|(last, _)| now.since(*last) < EVERY);
        if soon || now.since(self.began) < SETTLES {
            return;
        }
        self.samples.push_back((now, unsealed_bytes));
        while self.samples.front().is_some_and(|(first, _)| now.since(*first) > STRETCH.times(2)) {
            self.samples.pop_front();
        }
    }

    /// Bytes a second by which it grew over the last five minutes; 0 where it did not, or is not known to have.
    pub(super) fn growth(&self, now: BootTime) -> u64 {
        let whole = self.samples.front().is_some_and(|(first, _)| now.since(*first) >= WHOLE);
        let low = |recent: bool| {
            let of = self.samples.iter().filter(|(at, _)| (now.since(*at) <= STRETCH) == recent);
            of.map(|(_, bytes)| *bytes).min()
        };
        let (Some(earlier), Some(later), true) = (low(false), low(true), whole) else { return 0 };
        later.saturating_sub(earlier) * 1_000_000 / STRETCH.as_micros().unsigned_abs()
    }
}

/// In how long so much room is filled; nothing where it is not.
pub(super) fn left(room_bytes: u64, growth: u64) -> Option<Span> {
    let micros = u128::from(room_bytes) * 1_000_000 / u128::from(std::num::NonZeroU64::new(growth)?.get());
    Some(Span::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: u64) -> BootTime {
        BootTime::from_micros(second * 1_000_000)
    }

    /// What is unsealed of cameras with segments of a minute, when so much of each second stays behind.
    fn noted(seconds: u64, cameras: u64, rate: u64, behind: u64) -> Forecast {
        let mut forecast = Forecast::new(at(0));
        for second in 0..=seconds {
            let saw: u64 = (0..cameras).map(|camera| (second + camera * 7).min(second % 60 + 3) * rate).sum();
            forecast.note(at(second), saw + second * behind);
        }
        forecast
    }

    #[test]
    fn a_link_that_keeps_up_gives_no_forecast_also_not_at_the_start() {
        for seconds in 0..900 {
            assert_eq!(noted(seconds, 16, 250_000, 0).growth(at(seconds)), 0, "{seconds}");
        }
    }

    #[test]
    fn left_is_room_by_growth() {
        assert_eq!(left(7_200_000_000, 1_000_000), Some(Span::from_secs(7_200)));
        assert_eq!((left(0, 1), left(1, 0)), (Some(Span::ZERO), None));
        assert_eq!(left(u64::MAX, 1), Some(Span::from_micros(i64::MAX)));
    }

    proptest! {
        /// Whatever the saw: a steady growth is found, to half of it, after the first minutes.
        #[test]
        fn growth_is_found(cameras in 1u64..32, rate in 10_000u64..1_000_000, behind in 10_000u64..4_000_000, more in 0u64..600) {
            let now = 430 + more;
            let growth = noted(now, cameras, rate, behind).growth(at(now));
            let off = growth.abs_diff(behind);
            prop_assert!(off <= behind / 2, "{growth} for {behind}");
        }
    }
}
