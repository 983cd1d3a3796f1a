//! What was stored against what should have been: intervals in, gaps out.
//!
//! Pure but for [`read`], which fetches. Always: coverage is proven from stored fragments, never from a
//! device's status; `covered` and `missing` are disjoint, ascending, and lie within what is expected.
//! Not here: why something is missing (`watcher`).

use liuhen_process::coverage::tolerance;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{CameraId, RoomId, SessionId, StreamId, ViewpointId};
use liuhen_proto::index::{KindCoverage, coverage_of};
use liuhen_proto::{Interval, Span, Timestamp};

use crate::live::OpenSegment;
use crate::records::{CoveredSegment, Expectation, ExpectedStream, Session, StreamRole, TrustLevel};
use crate::{Archive, Error, Result};

/// Fragments that follow each other within so much touch: shorter than a frame of most cameras, and than
/// what rounding between clocks can make.
pub const JOIN: Span = Span::from_millis(100);

/// One kind of track, of one viewpoint's window or of one stream within it.
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
    /// The part of `covered` that is nowhere stored clean: disjoint, ascending.
    pub damaged: Vec<Interval>,
    /// The part of `covered` that only imported footage covers: disjoint, ascending.
    pub imported: Vec<Interval>,
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
    /// Video, then audio, where they are expected or there.
    pub tracks: Vec<TrackCoverage>,
    /// A hole up to this length is no gap.
    pub tolerance: Span,
    /// Evidence streams of the viewpoint's cameras, imported ones included: what `tracks` are made of.
    pub streams: Vec<StreamId>,
    /// What each stream of the viewpoint's cameras holds by itself, viewing streams included.
    pub by_stream: Vec<StreamCoverage>,
}

/// One stream within a viewpoint's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCoverage {
    /// Which stream.
    pub stream: StreamId,
    /// Its camera.
    pub camera: CameraId,
    /// What it is for.
    pub role: StreamRole,
    /// Where its footage comes from.
    pub trust: TrustLevel,
    /// What is there; nothing of it is required, and nothing is missing.
    pub tracks: Vec<TrackCoverage>,
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
    let streams: Vec<_> = expectations.iter().flat_map(|expected| &expected.streams).map(|stream| stream.stream).collect();
    let viewpoints = expectations.iter().zip(stored).map(|(expected, stored)| viewpoint(expected, &stored, as_of));
    Ok(SessionCoverage { session: found, as_of, viewpoints: viewpoints.collect(), epoch: archive.live.epoch(&streams) })
}

/// What is recorded of a room in a stretch of the windows of a session, viewpoint by viewpoint: whoever was there was seen.
pub async fn of_stay(
    archive: &Archive,
    expectations: &[Expectation],
    (room, stay): (RoomId, Interval),
) -> Result<Vec<ViewpointCoverage>> {
    let as_of = archive.clock.now();
    let narrow = |expected: &Expectation| Some(Expectation { interval: expected.interval.intersect(stay)?, ..expected.clone() });
    let there: Vec<_> = expectations.iter().filter(|expected| expected.room == room).filter_map(narrow).collect();
    let stored = futures_util::future::try_join_all(there.iter().map(|expected| stored(archive, expected))).await?;
    Ok(there.iter().zip(stored).map(|(expected, stored)| viewpoint(expected, &stored, as_of)).collect())
}

/// What is stored of each of a viewpoint's streams and touches its window. Live first, then records: so a segment
/// that is sealed in between is seen twice rather than not at all.
async fn stored(archive: &Archive, expected: &Expectation) -> Result<Vec<Vec<KindCoverage>>> {
    let mut stored = Vec::with_capacity(expected.streams.len());
    for ExpectedStream { stream, .. } in &expected.streams {
        let open = archive.live.open_in(*stream, expected.interval);
        let sealed = archive.records.coverage_in(*stream, expected.interval).await?;
        stored.push(join(open, &sealed));
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

/// Coverage of one viewpoint's window as of a moment, from what is stored of each of its streams, in their order.
pub fn viewpoint(expected: &Expectation, stored: &[Vec<KindCoverage>], as_of: Timestamp) -> ViewpointCoverage {
    let of_streams = || expected.streams.iter().zip(stored);
    let evidence: Vec<_> = of_streams().filter(|(stream, _)| stream.role == StreamRole::Evidence).collect();
    let held: Vec<_> = evidence.iter().flat_map(|(stream, kinds)| kinds.iter().map(|kind| (stream.trust, kind))).collect();
    let kinds = || held.iter().map(|(_, kind)| *kind);
    let tolerance = tolerance(kinds().map(|kind| kind.longest_fragment).max().unwrap_or(Span::ZERO));
    let of = |kind, required| Window { interval: expected.interval, as_of, tolerance }.track(kind, required, &held);
    let is_there = |of: TrackKind| kinds().any(|kind| kind.kind == of);
    let mut tracks = Vec::new();
    if !expected.sound_only || is_there(TrackKind::Video) {
        tracks.push(of(TrackKind::Video, expected.required && !expected.sound_only));
    }
    let sound_required = expected.required && expected.sound_required;
    if sound_required || is_there(TrackKind::Audio) {
        tracks.push(of(TrackKind::Audio, sound_required));
    }
    ViewpointCoverage {
        viewpoint: expected.viewpoint,
        room: expected.room,
        expected: expected.interval,
        tracks,
        tolerance,
        streams: evidence.iter().map(|(stream, _)| stream.stream).collect(),
        by_stream: of_streams().map(|(stream, kinds)| by_stream(expected.interval, stream, kinds)).collect(),
    }
}

fn by_stream(window: Interval, stream: &ExpectedStream, kinds: &[KindCoverage]) -> StreamCoverage {
    let ExpectedStream { stream, camera, role, trust, .. } = *stream;
    let tracks = [TrackKind::Video, TrackKind::Audio].into_iter().filter_map(|kind| {
        let of_kind = || kinds.iter().filter(move |stored| stored.kind == kind);
        let covered = union(window, of_kind().flat_map(|stored| stored.covered.iter().copied()).collect());
        (!covered.is_empty()).then(|| TrackCoverage {
            kind,
            required: false,
            missing: Vec::new(),
            last_stored: covered.last().map(|last| last.end()),
            lost_packets: of_kind().map(|stored| stored.lost_packets).sum(),
            damaged: union(window, of_kind().flat_map(|stored| stored.damaged.iter().copied()).collect()),
            imported: if trust == TrustLevel::Imported { covered.clone() } else { Vec::new() },
            covered,
        })
    });
    StreamCoverage { stream, camera, role, trust, tracks: tracks.collect() }
}

/// What is looked at, and how.
struct Window {
    interval: Interval,
    as_of: Timestamp,
    tolerance: Span,
}

impl Window {
    fn track(&self, kind: TrackKind, required: bool, held: &[(TrustLevel, &KindCoverage)]) -> TrackCoverage {
        let of_kind = || held.iter().filter(|(_, stored)| stored.kind == kind);
        let of_trust = |of: TrustLevel| {
            let stored = of_kind().filter(|(trust, _)| *trust == of);
            union(self.interval, stored.flat_map(|(_, stored)| stored.covered.iter().copied()).collect())
        };
        let covered = union(self.interval, of_kind().flat_map(|(_, stored)| stored.covered.iter().copied()).collect());
        let damaged = union(self.interval, of_kind().flat_map(|(_, stored)| stored.damaged.iter().copied()).collect());
        let damaged = if damaged.is_empty() {
            damaged
        } else {
            let clean = of_kind().flat_map(|(_, stored)| without(&stored.covered, &stored.damaged));
            without(&damaged, &union(self.interval, clean.collect()))
        };
        TrackCoverage {
            kind,
            required,
            missing: missing(self.interval, &covered, self.as_of, self.tolerance),
            last_stored: covered.last().map(|last| last.end()),
            lost_packets: of_kind().map(|(_, stored)| stored.lost_packets).sum(),
            damaged,
            imported: without(&of_trust(TrustLevel::Imported), &of_trust(TrustLevel::Captured)),
            covered,
        }
    }
}

/// What is in the first and not in the second. Both must be disjoint and ascending, and the answer is.
pub fn without(intervals: &[Interval], others: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    let mut others = others.iter().copied().peekable();
    for interval in intervals {
        let mut from = interval.start();
        // One that reaches beyond this interval may touch the next one too.
        while let Some(other) = others.next_if(|other| other.end() <= interval.end()) {
            left.extend(Interval::new(from, other.start().min(interval.end())));
            from = from.max(other.end());
        }
        let end = others.peek().map_or(interval.end(), |other| other.start().min(interval.end()));
        left.extend(Interval::new(from, end));
    }
    left
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
