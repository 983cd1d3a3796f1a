//! Small sums over intervals of microseconds.

use liuhen_proto::wire::common::v1::Interval;

/// How much of `interval` lies within `parts`, which are disjoint.
pub(super) fn within_us(interval: Interval, parts: &[Interval]) -> i64 {
    parts.iter().map(|part| (part.end_us.min(interval.end_us) - part.start_us.max(interval.start_us)).max(0)).sum()
}

/// The whole seconds of an interval.
pub(super) fn seconds(interval: Interval) -> impl Iterator<Item = Interval> {
    const SECOND: i64 = 1_000_000;
    let count = (interval.end_us - interval.start_us) / SECOND;
    (0..count).map(move |n| {
        let start_us = interval.start_us + n * SECOND;
        Interval { start_us, end_us: start_us + SECOND }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_right() {
        let interval = |start_us, end_us| Interval { start_us, end_us };
        let parts = [interval(0, 10), interval(20, 30)];
        assert_eq!(within_us(interval(5, 25), &parts), 10);
        assert_eq!(within_us(interval(10, 20), &parts), 0);
        assert_eq!(seconds(interval(7, 2_500_007)).count(), 2);
    }
}
