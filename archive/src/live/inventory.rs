//! What a recorder says that it has, and what it said before. Sorting is all the work that a hostile one can make.

use std::collections::HashSet;

use liuhen_proto::Timestamp;
use liuhen_proto::ids::StreamId;

use super::{PendingRange, RecorderHealth, RecorderStatus};

/// The most stretches that are remembered.
const MAX_ANNOUNCED: usize = 10_000;

impl RecorderHealth {
    /// Of a recorder that has just come.
    pub(super) fn heard(at: Timestamp) -> Self {
        let (status, pending, announced) = (RecorderStatus::default(), Vec::new(), Vec::new());
        Self { status, heard: at, connected: true, stepped: None, pending, whole: false, announced }
    }

    /// Takes an inventory; gives the streams of which it says something else than the one before.
    pub(super) fn take(&mut self, at: Timestamp, pending: Vec<PendingRange>, whole: bool) -> HashSet<StreamId> {
        let key = |range: &PendingRange| (range.stream, range.run, range.first, range.last);
        let old: HashSet<_> = self.pending.iter().map(key).collect();
        let new: HashSet<_> = pending.iter().map(key).collect();
        let touched = old.symmetric_difference(&new).map(|(stream, ..)| *stream).collect();
        self.announced = join(self.announced.iter().chain(&pending).copied().collect());
        (self.heard, self.pending, self.whole) = (at, pending, whole);
        touched
    }
}

/// A backlog that shrinks from its start is remembered as it was. Where there are too many, the newest runs stay.
fn join(mut ranges: Vec<PendingRange>) -> Vec<PendingRange> {
    ranges.sort_unstable_by_key(|range| (range.run, range.first, range.last));
    let mut joined: Vec<PendingRange> = Vec::new();
    for range in ranges {
        match joined.last_mut().filter(|last| (last.run, last.stream) == (range.run, range.stream)) {
            Some(last) if range.first <= last.last => {
                (last.last, last.interval) = (last.last.max(range.last), last.interval.hull(range.interval));
            }
            _ => joined.push(range),
        }
    }
    joined.split_off(joined.len().saturating_sub(MAX_ANNOUNCED))
}

#[cfg(test)]
mod tests {
    use liuhen_proto::Interval;
    use liuhen_proto::fragment::Sequence;
    use liuhen_proto::ids::RunId;
    use liuhen_proto::world::SeededRandom;

    use super::*;

    #[test]
    fn a_backlog_that_shrinks_is_remembered_as_it_was() {
        let at = Timestamp::from_micros;
        let random = SeededRandom::new(1);
        let (stream, run) = (StreamId::mint(at(0), &random), RunId::mint(at(0), &random));
        let range = |first: i64, last: i64| PendingRange {
            stream,
            run,
            first: Sequence::new(first.unsigned_abs()).unwrap(),
            last: Sequence::new(last.unsigned_abs()).unwrap(),
            interval: Interval::new(at(first), at(last + 1)).unwrap(),
        };
        let mut health = RecorderHealth::heard(at(0));
        assert_eq!(health.take(at(1), vec![range(0, 9), range(20, 29)], true).len(), 1);
        assert!(health.take(at(2), vec![range(0, 9), range(20, 29)], true).is_empty(), "nothing new");
        assert_eq!(health.take(at(3), vec![range(5, 12)], true).len(), 1);
        assert_eq!(health.announced, [range(0, 12), range(20, 29)]);
        assert_eq!(health.pending, [range(5, 12)]);
    }
}
