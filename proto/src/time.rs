//! Time: wall time, time since boot, media time. They never mix without a named conversion.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A moment, UTC, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Later by `span`; stays at the end of time rather than overflow.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Earlier by `span`; stays at the beginning of time rather than overflow.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long ago `earlier` was; nothing where it was not earlier.
    pub const fn since(self, earlier: Self) -> Span {
        let micros = self.0.saturating_sub(earlier.0);
        if micros > 0 { Span(micros) } else { Span::ZERO }
    }
}

/// A length of time in microseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds; a negative number is taken for none.
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < 0 { 0 } else { micros })
    }

    /// From milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis as i64 * 1_000)
    }

    /// From seconds.
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs as i64 * 1_000_000)
    }

    /// Microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds, for people and for gauges.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// So many times as long.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor as i64))
    }

    /// Both, one after the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<Span> for std::time::Duration {
    fn from(span: Span) -> Self {
        Self::from_micros(span.0.unsigned_abs())
    }
}

/// Time since a boot in microseconds, suspend included. Only times of the same boot can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootTime(u64);

impl BootTime {
    /// From microseconds since boot.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since boot.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; nothing where it was not earlier.
    pub fn since(self, earlier: Self) -> Span {
        Span(i64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(i64::MAX))
    }

    /// So much later; a negative span is none.
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(if span.0 > 0 { span.0.unsigned_abs() } else { 0 }))
    }
}

/// Why two times make no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an interval ends after it starts, but {end_us} is not after {start_us} (microseconds since 1970)")]
pub struct IntervalError {
    start_us: i64,
    end_us: i64,
}

/// `[start, end)` in UTC. Never empty, never inverted: `new` refuses, so [`Interval::span`] cannot fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

/// An interval as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    start_us: Timestamp,
    end_us: Timestamp,
}

impl From<Interval> for Ends {
    fn from(interval: Interval) -> Self {
        Self { start_us: interval.start, end_us: interval.end }
    }
}

impl TryFrom<Ends> for Interval {
    type Error = IntervalError;
    fn try_from(ends: Ends) -> Result<Self, IntervalError> {
        Self::new(ends.start_us, ends.end_us)
    }
}

impl Interval {
    /// From `start`, which is in it, to `end`, which is not.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, IntervalError> {
        // The span must be a number too, or two far ends would overflow it.
        match end.0.checked_sub(start.0) {
            Some(span) if span > 0 => Ok(Self { start, end }),
            _ => Err(IntervalError { start_us: start.0, end_us: end.0 }),
        }
    }

    /// The first moment in it.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first moment after it.
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// How long it is; more than nothing.
    pub const fn span(self) -> Span {
        Span(self.end.0 - self.start.0)
    }

    /// Whether the moment lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// What both have in common.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Later by so many microseconds, or earlier. At the ends of time it stays where it is.
    #[must_use]
    pub fn moved(self, us: i64) -> Self {
        let moved = |at: Timestamp| Timestamp(at.0.saturating_add(us));
        Self::new(moved(self.start), moved(self.end)).unwrap_or(self)
    }

    /// The shortest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl std::fmt::Debug for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {})", self.start.0, self.end.0)
    }
}

/// A moment of a track's own clock: ticks of which `timescale` make a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MediaTime {
    /// Ticks since the beginning of the run.
    pub ticks: i64,
    /// Ticks a second.
    pub timescale: NonZeroU32,
}

impl MediaTime {
    /// Microseconds since the beginning of the run, rounded down; the end of time where they are more than 64 bits.
    pub fn to_micros(self) -> i64 {
        let micros = i128::from(self.ticks) * 1_000_000;
        let whole = micros.div_euclid(i128::from(self.timescale.get()));
        i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
    }

    /// The tick at or before so many microseconds since the beginning of the run.
    pub fn from_micros(micros: i64, timescale: NonZeroU32) -> Self {
        let ticks = (i128::from(micros) * i128::from(timescale.get())).div_euclid(1_000_000);
        Self { ticks: i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX }), timescale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(us: i64) -> Timestamp {
        Timestamp::from_micros(us)
    }

    #[test]
    fn empty_inverted_and_overflowing_intervals_are_refused() {
        for (start, end) in [(5, 5), (6, 5), (i64::MIN, i64::MAX)] {
            assert!(Interval::new(at(start), at(end)).is_err());
        }
    }

    proptest! {
        #[test]
        fn an_intersection_lies_in_both(a in 0i64..100, b in 1i64..50, c in 0i64..100, d in 1i64..50, t in 0i64..200) {
            let (x, y) = (Interval::new(at(a), at(a + b)).unwrap(), Interval::new(at(c), at(c + d)).unwrap());
            let both = x.contains(at(t)) && y.contains(at(t));
            prop_assert_eq!(x.intersect(y).is_some_and(|i| i.contains(at(t))), both);
            prop_assert!(x.hull(y).span() >= x.span().max(y.span()));
        }

        // Below 1 << 43 ticks even a clock of one tick a second stays within microseconds of 64 bits.
        #[test]
        fn media_time_to_micros_and_back_never_gains_a_tick(ticks in -1i64 << 43..1i64 << 43, scale in 1u32..200_000) {
            let timescale = NonZeroU32::new(scale).unwrap();
            let time = MediaTime { ticks, timescale };
            let back = MediaTime::from_micros(time.to_micros(), timescale);
            prop_assert!(back.ticks <= ticks && ticks - back.ticks <= 1);
        }
    }

    #[test]
    fn media_time_beyond_64_bits_of_microseconds_stays_at_the_end_of_time() {
        let slow = NonZeroU32::new(1).unwrap();
        let far = |ticks| MediaTime { ticks, timescale: slow }.to_micros();
        assert_eq!((far(1 << 50), far(-1 << 50)), (i64::MAX, i64::MIN));
        let quick = NonZeroU32::new(2_000_000).unwrap();
        assert_eq!(MediaTime::from_micros(i64::MAX, quick).ticks, i64::MAX);
    }
}
