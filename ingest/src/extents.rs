//! Which time each run of a stream speaks of, so that two runs cannot tell two stories of the same minute.
//!
//! - Compared by the recorder's time since boot, which no correction of a clock can bend; runs of
//!   different boots are not compared, and what overlaps by wall time only is kept, both readable.
//! - Cameras often replay their last pictures to whoever connects, so a run may reach back a little
//!   into the one before it: [`REPLAY`].
//! - Known is what this node has stored since it started, the last runs of each stream.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use liuhen_proto::fragment::FragmentHeader;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::{BootTime, Span};

/// How far a run may reach into another of its stream.
const REPLAY: Span = Span::from_secs(10);
/// Runs remembered for each stream.
const RUNS: usize = 16;

#[derive(Debug, Clone, Copy)]
struct Extent {
    run: RunId,
    boot: BootId,
    start: BootTime,
    end: BootTime,
}

/// The extents of all streams.
#[derive(Debug, Default)]
pub(crate) struct Extents {
    of: Mutex<HashMap<StreamId, VecDeque<Extent>>>,
}

impl Extents {
    /// The run that the fragment overlaps, and by how much.
    pub(crate) fn overlap(&self, header: &FragmentHeader) -> Option<(RunId, Span)> {
        let (start, end) = bounds(header)?;
        let of = self.of.lock().expect("no one panics while holding the extents");
        let others = of.get(&header.stream)?.iter().filter(|other| other.run != header.run && other.boot == header.boot);
        others.filter_map(|other| deep(*other, start, end)).max_by_key(|&(_, by)| by)
    }

    /// Notes what was stored.
    pub(crate) fn note(&self, header: &FragmentHeader) {
        let Some((start, end)) = bounds(header) else { return };
        let mut of = self.of.lock().expect("no one panics while holding the extents");
        let runs = of.entry(header.stream).or_default();
        if let Some(extent) = runs.iter_mut().find(|extent| extent.run == header.run) {
            (extent.start, extent.end) = (extent.start.min(start), extent.end.max(end));
            return;
        }
        if runs.len() == RUNS {
            runs.pop_front();
        }
        runs.push_back(Extent { run: header.run, boot: header.boot, start, end });
    }
}

fn bounds(header: &FragmentHeader) -> Option<(BootTime, BootTime)> {
    let start = header.tracks.iter().map(|track| track.boot_start).min()?;
    Some((start, header.tracks.iter().map(|track| track.boot_end).max()?))
}

/// How deep `[start, end)` reaches into the other, counted from the nearer of its ends.
fn deep(other: Extent, start: BootTime, end: BootTime) -> Option<(RunId, Span)> {
    let by = other.end.since(start).min(end.since(other.start));
    (by > REPLAY).then_some((other.run, by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn a_replayed_moment_passes_and_a_second_story_does_not() {
        let random = SeededRandom::new(3);
        let now = Timestamp::from_micros(0);
        let other = Extent {
            run: RunId::mint(now, &random),
            boot: BootId::mint(now, &random),
            start: BootTime::from_micros(100_000_000),
            end: BootTime::from_micros(200_000_000),
        };
        let at = |start: u64, end: u64| {
            deep(other, BootTime::from_micros(start * 1_000_000), BootTime::from_micros(end * 1_000_000)).is_some()
        };
        assert!(!at(195, 197) && !at(200, 202) && !at(98, 101));
        assert!(at(150, 152) && at(189, 191) && at(90, 250));
    }
}
