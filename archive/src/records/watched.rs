//! What players report as watched: by their own word, for display beside what was served.
//!
//! In: stretches of footage with the speed at which they were shown. Out: the same, merged. Always: bounded for each look;
//! no entry in the log, since a player says what its owner wants; what was served is what the look itself says.

use std::ops::RangeInclusive;

use liuhen_proto::{Interval, Span, Timestamp};

use crate::{Error, Result};

/// The most stretches that one report has.
pub const MAX_REPORTED: usize = 100;
/// The most stretches that are kept of one look.
pub const MAX_WATCHED: usize = 1000;
/// How slow and how fast footage is played, in thousandths.
pub const SPEEDS_MILLI: RangeInclusive<u32> = 100..=16_000;
/// Stretches at one speed that lie no farther apart than this are one: players count in their own way, a report at a time.
const JOIN: Span = Span::from_millis(1_000);

/// A stretch that was shown at one speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Of the footage.
    pub interval: Interval,
    /// Thousandths, of [`SPEEDS_MILLI`]: 1000 is as fast as it happened.
    pub speed_milli: u32,
}

/// A stretch that a player has reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// Which one.
    pub watched: Watched,
    /// When any of it was last reported, by the centre's clock.
    pub at: Timestamp,
}

/// A report must have this form, and lie within what was asked for.
pub(super) fn check(watched: &[Watched], within: Interval) -> Result<()> {
    let refuse = |why: String| Err(Error::Invalid { field: "watched", why });
    if watched.is_empty() || watched.len() > MAX_REPORTED {
        return refuse(format!("must be 1 to {MAX_REPORTED} stretches"));
    }
    for Watched { interval, speed_milli } in watched {
        if !SPEEDS_MILLI.contains(speed_milli) {
            return refuse(format!("{speed_milli} is no speed: {} to {}", SPEEDS_MILLI.start(), SPEEDS_MILLI.end()));
        }
        if interval.start() < within.start() || interval.end() > within.end() {
            return refuse("a stretch lies outside of the interval that was asked for".to_owned());
        }
    }
    Ok(())
}

/// What is kept then: at each speed disjoint, and more than [`JOIN`] apart; earliest first.
pub(super) fn merged(kept: &[Reported], new: &[Watched], now: Timestamp) -> Result<Vec<Reported>> {
    let new = new.iter().map(|&watched| Reported { watched, at: now });
    let mut all: Vec<_> = kept.iter().copied().chain(new).collect();
    all.sort_by_key(|it| (it.watched.speed_milli, it.watched.interval.start()));
    let mut merged: Vec<Reported> = Vec::with_capacity(all.len());
    for next in all {
        match merged.last_mut().and_then(|last| last.with(&next)) {
            Some(both) => *merged.last_mut().expect("it was joined to the last") = both,
            None => merged.push(next),
        }
    }
    if merged.len() > MAX_WATCHED {
        let why = format!("of this look {MAX_WATCHED} stretches are kept already");
        return Err(Error::Invalid { field: "watched", why });
    }
    merged.sort_by_key(|it| (it.watched.interval.start(), it.watched.speed_milli));
    Ok(merged)
}

impl Reported {
    /// Both as one, where they meet at one speed; `next` begins no earlier.
    fn with(&self, next: &Self) -> Option<Self> {
        let (one, other) = (self.watched.interval, next.watched.interval);
        if self.watched.speed_milli != next.watched.speed_milli || other.start() > one.end().after(JOIN) {
            return None;
        }
        Some(Self { watched: Watched { interval: one.hull(other), ..self.watched }, at: self.at.max(next.at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn watched(start: i64, end: i64, speed_milli: u32) -> Watched {
        Watched { interval: Interval::new(at(start), at(end)).unwrap(), speed_milli }
    }

    fn reported(start: i64, end: i64, speed_milli: u32, when: i64) -> Reported {
        Reported { watched: watched(start, end, speed_milli), at: at(when) }
    }

    #[test]
    fn what_meets_at_one_speed_is_one() {
        let kept = [reported(0, 10, 1000, 20), reported(5, 30, 2000, 21)];
        let new = [watched(11, 20, 1000), watched(22, 25, 1000), watched(0, 3, 1000)];
        let all = merged(&kept, &new, at(50)).unwrap();
        assert_eq!(all, [reported(0, 20, 1000, 50), reported(5, 30, 2000, 21), reported(22, 25, 1000, 50)]);
        assert_eq!(merged(&all, &[watched(2, 24, 1000)], at(60)).unwrap()[0], reported(0, 25, 1000, 60));
    }

    #[test]
    fn no_more_is_kept_than_the_bound() {
        let apart = |n: usize| watched(4 * n as i64, 4 * n as i64 + 1, 1000);
        let kept: Vec<_> = (0..MAX_WATCHED).map(|n| Reported { watched: apart(n), at: at(0) }).collect();
        assert!(merged(&kept, &[apart(MAX_WATCHED)], at(1)).is_err());
        assert_eq!(merged(&kept, &[watched(0, 98, 1000)], at(1)).unwrap().len(), MAX_WATCHED - 24);
    }

    #[test]
    fn a_report_is_bounded_and_within_what_was_asked_for() {
        let within = watched(0, 100, 1000).interval;
        assert!(check(&[watched(0, 100, 100), watched(3, 4, 16_000)], within).is_ok());
        let many = vec![watched(0, 1, 1000); MAX_REPORTED + 1];
        for refused in [&[][..], &many, &[watched(0, 101, 1000)], &[watched(-1, 3, 1000)], &[watched(0, 1, 99)]] {
            assert!(matches!(check(refused, within), Err(Error::Invalid { field: "watched", .. })));
        }
        assert!(check(&[watched(0, 1, 16_001)], within).is_err());
    }
}
