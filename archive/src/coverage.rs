//! What was stored against what should have been: intervals in, gaps out.
//!
//! Pure but for [`read`], which fetches. Always: coverage is proven from stored fragments, never from a
//! device's status; `covered` and `missing` are disjoint, ascending, and lie within what is expected.
//! Not here: why something is missing (`watcher`).

use liuhen_process::coverage::tolerance;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{RoomId, SessionId, StreamId, ViewpointId};
use liuhen_proto::index::{KindCoverage, coverage_of};
use liuhen_proto::{Interval, Span, Timestamp};

use crate::live::OpenSegment;
use crate::records::{CoveredSegment, Expectation, Session};
use crate::{Archive, Error, Result};

/// Fragments that follow each other within so much touch: shorter than a frame of most cameras, and than
/// what rounding between clocks can make.
pub const JOIN: Span = Span::from_millis(100);

/// One kind of track of one viewpoint's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackCoverage {
    /// Pictures or sound.
    pub kind: TrackKind,
    /// Whether it must be there.
    pub required: bool,
    /// Stored within the window; holes of up to [`JOIN`] are closed.
    pub covered: Vec<Interval>,
    /// Missing within the window up to now, each longer than the tolerance.
    pub missing: Vec<Interval>,
    /// End of the last stored fragment within the window.
    pub last_stored: Option<Timestamp>,
    /// Packets that did not arrive.
    pub lost_packets: u64,
    /// The part of `covered` that is not clean: disjoint, ascending.
    pub damaged: Vec<Interval>,
}

/// One viewpoint's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewpointCoverage {
    /// Which viewpoint.
    pub viewpoint: ViewpointId,
    /// What is seen from it.
    pub room: RoomId,
    /// What should be there.
    pub expected: Interval,
    /// Video, then audio where it is required or there.
    pub tracks: Vec<TrackCoverage>,
    /// A hole up to this length is no gap.
    pub tolerance: Span,
    /// Evidence streams of the viewpoint's cameras.
    pub streams: Vec<StreamId>,
}

/// Coverage of a session at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCoverage {
    /// The session.
    pub session: Session,
    /// By the centre's clock.
    pub as_of: Timestamp,
    /// In the order of rooms and viewpoints.
    pub viewpoints: Vec<ViewpointCoverage>,
    /// Grows whenever footage was added to the past.
    pub epoch: u64,
}

/// Coverage of a session as it is now.
pub async fn read(archive: &Archive, session: SessionId) -> Result<SessionCoverage> {
    let as_of = archive.clock.now();
    let found = archive.records.session(session).await?.ok_or_else(|| Error::NotFound(session.to_string()))?;
    let expectations = archive.records.expectations(session).await?;
    let stored = futures_util::future::try_join_all(expectations.iter().map(|expected| stored(archive, expected))).await?;
    let streams: Vec<_> = expectations.iter().flat_map(|expected| expected.streams.iter().copied()).collect();
    let viewpoints = expectations.iter().zip(stored).map(|(expected, stored)| viewpoint(expected, &stored, as_of));
    Ok(SessionCoverage { session: found, as_of, viewpoints: viewpoints.collect(), epoch: archive.live.epoch(&streams) })
}

/// What is stored of a viewpoint's evidence streams and touches its window. Live first, then records: so
/// a segment that is sealed in between is seen twice rather than not at all.
async fn stored(archive: &Archive, expected: &Expectation) -> Result<Vec<KindCoverage>> {
    let mut stored = Vec::new();
    for &stream in &expected.streams {
        let open = archive.live.open_in(stream, expected.interval);
        let sealed = archive.records.coverage_in(stream, expected.interval).await?;
        stored.extend(join(open, &sealed));
    }
    Ok(stored)
}

/// What open and sealed segments of one stream add together. A fragment that is in both counts once.
pub fn join(open: Vec<OpenSegment>, sealed: &[CoveredSegment]) -> Vec<KindCoverage> {
    let twice = |run, sequence| sealed.iter().any(|s| s.run == run && s.first <= sequence && sequence <= s.last);
    let mut stored: Vec<_> = sealed.iter().flat_map(|segment| segment.kinds.iter().cloned()).collect();
    for mut segment in open {
        segment.fragments.retain(|fragment| !twice(segment.run, fragment.sequence));
        stored.extend(coverage_of(&segment.fragments));
    }
    stored
}

/// Coverage of one viewpoint's window, from what is stored, as of a moment.
pub fn viewpoint(expected: &Expectation, stored: &[KindCoverage], as_of: Timestamp) -> ViewpointCoverage {
    let longest = stored.iter().map(|kind| kind.longest_fragment).max().unwrap_or(Span::ZERO);
    let tolerance = tolerance(longest);
    let of = |kind, required| track(kind, required, expected.interval, stored, as_of, tolerance);
    let mut tracks = vec![of(TrackKind::Video, expected.required)];
    let sound_required = expected.required && expected.sound_required;
    if sound_required || stored.iter().any(|kind| kind.kind == TrackKind::Audio) {
        tracks.push(of(TrackKind::Audio, sound_required));
    }
    let Expectation { viewpoint, room, interval, streams, .. } = expected;
    ViewpointCoverage { viewpoint: *viewpoint, room: *room, expected: *interval, tracks, tolerance, streams: streams.clone() }
}

fn track(
    kind: TrackKind,
    required: bool,
    window: Interval,
    stored: &[KindCoverage],
    as_of: Timestamp,
    tolerance: Span,
) -> TrackCoverage {
    let of_kind = || stored.iter().filter(|stored| stored.kind == kind);
    let intervals = of_kind().flat_map(|stored| stored.covered.iter().copied()).collect();
    let covered = union(window, intervals);
    TrackCoverage {
        kind,
        required,
        missing: missing(window, &covered, as_of, tolerance),
        last_stored: covered.last().map(|last| last.end()),
        covered,
        lost_packets: of_kind().map(|stored| stored.lost_packets).sum(),
        damaged: union(window, of_kind().flat_map(|stored| stored.damaged.iter().copied()).collect()),
    }
}

/// What the intervals cover of the window: disjoint, ascending; holes of up to [`JOIN`] are closed.
pub fn union(window: Interval, mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut union: Vec<Interval> = Vec::new();
    for interval in intervals.into_iter().filter_map(|interval| interval.intersect(window)) {
        match union.last_mut() {
            Some(last) if interval.start() <= last.end().after(JOIN) => *last = last.hull(interval),
            _ => union.push(interval),
        }
    }
    union
}

/// What is not covered of the window up to `as_of`, where it is longer than the tolerance. `covered` must
/// be disjoint, ascending and within the window, as [`union`] gives it.
pub fn missing(window: Interval, covered: &[Interval], as_of: Timestamp, tolerance: Span) -> Vec<Interval> {
    let mut missing = Vec::new();
    let mut from = window.start();
    let until = window.end().min(as_of);
    let ends = covered.iter().map(|interval| (interval.start(), interval.end())).chain([(until, until)]);
    for (start, end) in ends {
        if let Ok(hole) = Interval::new(from, start.min(until))
            && hole.span() > tolerance
        {
            missing.push(hole);
        }
        from = from.max(end);
    }
    missing
}

#[cfg(test)]
mod tests;
