//! What reached the disk of each stream, and how fast.
//!
//! In: each sync. Out: up to when fragments of a stream lie on the disk, and bytes a second. This, and not what
//! a camera says of itself, proves that it is recorded. Pure.

use std::collections::{BTreeMap, VecDeque};

use liuhen_proto::ids::StreamId;
use liuhen_proto::{BootTime, Timestamp};

/// A stream's rate is told over so many seconds.
const RATE_SECONDS: u64 = 10;
/// The rate of all is told over so many seconds: fragments may be long.
const TOTAL_SECONDS: u64 = 60;

/// What is known of a stream from the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Where its last fragment on the disk ends, by the recorder's clock.
    pub end: Timestamp,
    /// When that came there.
    pub at: BootTime,
    /// Over the last ten seconds.
    pub bits_per_second: u64,
}

/// All streams.
#[derive(Debug, Default)]
pub(super) struct Flows(BTreeMap<StreamId, Flow>);

#[derive(Debug)]
struct Flow {
    end: Timestamp,
    at: BootTime,
    /// Bytes by the second of the boot in which they were synced, of the last minute.
    bytes: VecDeque<(u64, u64)>,
}

impl Flows {
    /// So many bytes of the stream, the last of which end at `end`, are on the disk.
    pub(super) fn synced(&mut self, stream: StreamId, end: Timestamp, bytes: u64, now: BootTime) {
        let flow = self.0.entry(stream).or_insert_with(|| Flow { end, at: now, bytes: VecDeque::new() });
        (flow.end, flow.at) = (end, now);
        let second = second(now);
        match flow.bytes.back_mut() {
            Some((last, sum)) if *last == second => *sum += bytes,
            _ => flow.bytes.push_back((second, bytes)),
        }
        while flow.bytes.front().is_some_and(|(first, _)| first + TOTAL_SECONDS < second) {
            flow.bytes.pop_front();
        }
    }

    pub(super) fn of(&self, stream: StreamId, now: BootTime) -> Option<Reached> {
        let flow = self.0.get(&stream)?;
        let bits_per_second = flow.bytes_since(now, RATE_SECONDS) * 8 / RATE_SECONDS;
        Some(Reached { end: flow.end, at: flow.at, bits_per_second })
    }

    /// Bytes a second of all streams, over the last minute; over less where it began later.
    pub(super) fn bytes_per_second(&self, now: BootTime) -> u64 {
        let rate = |flow: &Flow| {
            let began = flow.bytes.front().map_or(0, |(first, _)| *first);
            let seconds = (second(now) - began.min(second(now))).clamp(1, TOTAL_SECONDS);
            flow.bytes_since(now, TOTAL_SECONDS) / seconds
        };
        self.0.values().map(rate).sum()
    }
}

impl Flow {
    /// Of the last so many whole seconds.
    fn bytes_since(&self, now: BootTime, seconds: u64) -> u64 {
        self.bytes.iter().rev().take_while(|(at, _)| at + seconds >= second(now)).map(|(_, bytes)| bytes).sum()
    }
}

const fn second(at: BootTime) -> u64 {
    at.as_micros() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    fn at(second: u64) -> BootTime {
        BootTime::from_micros(second * 1_000_000)
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds_and_ends_with_the_fragments() {
        let stream = StreamId::mint(Timestamp::from_micros(0), &SeededRandom::new(1));
        let end = |second: u64| Timestamp::from_micros(second as i64 * 1_000_000);
        let mut flows = Flows::default();
        assert_eq!(flows.of(stream, at(100)), None);
        (100..200).step_by(2).for_each(|second| flows.synced(stream, end(second), 250_000, at(second)));
        let reached = flows.of(stream, at(199)).unwrap();
        assert_eq!((reached.end, reached.at), (end(198), at(198)));
        assert!((900_000..=1_200_000).contains(&reached.bits_per_second), "{reached:?}");
        assert!((110_000..=140_000).contains(&flows.bytes_per_second(at(199))), "{}", flows.bytes_per_second(at(199)));
        assert_eq!(flows.of(stream, at(220)).unwrap().bits_per_second, 0);
        assert_eq!(flows.bytes_per_second(at(300)), 0);
        assert!(flows.0[&stream].bytes.len() <= 61);
    }
}
