//! What a viewpoint lacks: stretches that are missing, damaged, or flagged. Pure.

use liuhen_proto::fragment::TrackKind;
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::{Interval, Span, Timestamp};

use crate::coverage::{JOIN, ViewpointCoverage, union, without};
use crate::records::{Flag, Gap, GapKind, StreamRole, TrustLevel};

/// A flag that goes on is reported every 30 s. One that was not for so long has ended where it was seen last, until it
/// is reported again.
pub(super) const SEEN_WITHIN: Span = Span::from_secs(90);

/// A stretch that is missing, damaged or flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    /// What is known of it by now.
    pub(super) interval: Interval,
    /// Whether it may go on: nothing came after it, and the window has not ended.
    pub(super) ongoing: bool,
}

impl Missing {
    pub(super) fn end(self) -> Option<Timestamp> {
        (!self.ongoing).then_some(self.interval.end())
    }
}

/// What a viewpoint lacks in its window, one kind after the other, each with what there is of it.
pub(super) fn of(viewpoint: &ViewpointCoverage, flags: &[Flag], now: Timestamp) -> Vec<(GapKind, Vec<Missing>)> {
    let open_until = (now < viewpoint.expected.end()).then_some(now);
    let required = || viewpoint.tracks.iter().filter(|track| track.required);
    let missing = |interval: &Interval| Missing { interval: *interval, ongoing: open_until == Some(interval.end()) };
    let absent = required().map(|track| (GapKind::from(track.kind), track.missing.iter().map(missing).collect()));
    let mut lacking: Vec<(GapKind, Vec<Missing>)> = absent.collect();
    lacking.push((GapKind::Damaged, damaged(viewpoint, open_until)));
    for &kind in FlagKind::ALL {
        let of_kind: Vec<&Flag> = flags.iter().filter(|flag| flag.report.kind == kind).collect();
        if !of_kind.is_empty() {
            lacking.push((kind.into(), flagged(viewpoint.expected, &of_kind, open_until)));
        }
    }
    lacking
}

/// Stretches of required tracks that are stored nowhere clean, longer than the tolerance.
fn damaged(viewpoint: &ViewpointCoverage, open_until: Option<Timestamp>) -> Vec<Missing> {
    let required = || viewpoint.tracks.iter().filter(|track| track.required);
    let newest = required().filter_map(|track| track.last_stored).max();
    // Damage goes on while the newest footage is damaged and more is on its way.
    let goes_on = |end: Timestamp| open_until.is_some_and(|now| Some(end) == newest && now.since(end) <= viewpoint.tolerance);
    let stretches = union(viewpoint.expected, required().flat_map(|track| track.damaged.iter().copied()).collect());
    let long = stretches.into_iter().filter(|stretch| stretch.span() > viewpoint.tolerance);
    long.map(|interval| Missing { interval, ongoing: goes_on(interval.end()) }).collect()
}

/// What flags of one kind say together of a window.
fn flagged(window: Interval, flags: &[&Flag], open_until: Option<Timestamp>) -> Vec<Missing> {
    let goes_on = |flag: &Flag| {
        let now = open_until.filter(|_| flag.report.end.is_none())?;
        (now.since(flag.report.seen) <= SEEN_WITHIN).then_some(now)
    };
    let until = |flag: &Flag| goes_on(flag).map_or(flag.report.until(), |now| now.max(flag.report.seen));
    let stretches = flags.iter().filter_map(|flag| Interval::new(flag.report.start, until(flag)).ok()).collect();
    let ongoing = |stretch: Interval| {
        flags.iter().any(|flag| goes_on(flag).is_some() && stretch.contains(flag.report.start.max(window.start())))
    };
    union(window, stretches).into_iter().map(|interval| Missing { interval, ongoing: ongoing(interval) }).collect()
}

/// By what footage a stretch of a gap of this viewpoint is filled now; nothing where none fills it.
pub(super) fn filled_by(gap: &Gap, stretch: Interval, viewpoints: &[&ViewpointCoverage]) -> Option<TrustLevel> {
    let kinds: &[TrackKind] = match gap.kind {
        GapKind::NoPicture => &[TrackKind::Video],
        GapKind::NoSound => &[TrackKind::Audio],
        GapKind::Damaged => &[TrackKind::Video, TrackKind::Audio],
        // No footage unsays a flag.
        _ => return None,
    };
    let held = |trust: TrustLevel, kind: TrackKind| {
        let viewpoints = viewpoints.iter().filter(|viewpoint| viewpoint.viewpoint == gap.viewpoint);
        let streams = viewpoints.flat_map(|viewpoint| &viewpoint.by_stream);
        let streams = streams.filter(|stream| stream.role == StreamRole::Evidence && stream.trust == trust);
        let tracks = streams.flat_map(|stream| &stream.tracks).filter(|track| track.kind == kind);
        let sound = tracks.flat_map(|track| {
            if gap.kind == GapKind::Damaged { without(&track.covered, &track.damaged) } else { track.covered.clone() }
        });
        union(stretch, sound.collect())
    };
    let mut filled = None;
    for &kind in kinds {
        let (captured, imported) = (held(TrustLevel::Captured, kind), held(TrustLevel::Imported, kind));
        if without(&imported, &captured).iter().any(|needed| needed.span() > JOIN) {
            return Some(TrustLevel::Imported);
        }
        filled = filled.or((!captured.is_empty()).then_some(TrustLevel::Captured));
    }
    filled
}
