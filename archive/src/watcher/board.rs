//! What must change on the board, so that it says what is missing. Pure.

use liuhen_proto::ids::SessionId;
use liuhen_proto::{Interval, Timestamp};

use crate::coverage::{TrackCoverage, ViewpointCoverage};
use crate::records::{Gap, GapCause, GapChange, GapKind};

/// A stretch that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    /// What is known to be missing by now.
    pub(super) interval: Interval,
    /// Whether it may go on: nothing came after it, and the window has not ended.
    pub(super) ongoing: bool,
}

impl Missing {
    fn end(self) -> Option<Timestamp> {
        (!self.ongoing).then_some(self.interval.end())
    }
}

/// The changes that make the board of a session say what its coverage lacks. `cause` tells why a stretch
/// is missing, given the gap that stands for it already.
pub(super) fn changes(
    session: SessionId,
    viewpoints: &[ViewpointCoverage],
    gaps: &[Gap],
    now: Timestamp,
    cause: impl Fn(&ViewpointCoverage, Missing, Option<&Gap>) -> GapCause,
) -> Vec<GapChange> {
    let mut changes = Vec::new();
    let mut left: Vec<&Gap> = gaps.iter().collect();
    for (viewpoint, track) in viewpoints.iter().flat_map(|viewpoint| viewpoint.tracks.iter().map(move |track| (viewpoint, track)))
    {
        let kind = GapKind::from(track.kind);
        // Gaps that already stand for a stretch of this window, and then what nothing stands for.
        let mut unmatched = Vec::new();
        for missing in missing_of(viewpoint, track, now) {
            let exact = |gap: &&Gap| is_of(gap, viewpoint, kind) && gap.start == missing.interval.start();
            match left.iter().position(exact) {
                Some(place) => {
                    let gap = left.remove(place);
                    changes.extend(change(gap, missing, cause(viewpoint, missing, Some(gap))));
                }
                None => unmatched.push(missing),
            }
        }
        for missing in unmatched {
            match left.iter().position(|gap| is_of(gap, viewpoint, kind) && overlaps(gap, missing.interval)) {
                Some(place) => {
                    let gap = left.remove(place);
                    changes.extend(change(gap, missing, cause(viewpoint, missing, Some(gap))));
                }
                None => {
                    // The rest of a gap whose middle was filled begins as its part, with its cause.
                    let part_of = gaps.iter().find(|gap| is_of(gap, viewpoint, kind) && overlaps(gap, missing.interval));
                    changes.push(GapChange::Open {
                        session,
                        viewpoint: viewpoint.viewpoint,
                        kind,
                        cause: cause(viewpoint, missing, part_of),
                        start: missing.interval.start(),
                        end: missing.end(),
                    });
                }
            }
        }
    }
    let filled = left.into_iter().filter(|gap| !gap.is_filled());
    // Filled first: a start that they leave may be taken by another.
    let filled = filled.map(|gap| GapChange::Change {
        gap: gap.id,
        cause: gap.cause,
        start: gap.start,
        end: Some(gap.start),
        filled_by: None,
    });
    filled.chain(changes).collect()
}

fn missing_of(viewpoint: &ViewpointCoverage, track: &TrackCoverage, now: Timestamp) -> impl Iterator<Item = Missing> {
    let open_until = (now < viewpoint.expected.end()).then_some(now);
    let missing = if track.required { track.missing.clone() } else { Vec::new() };
    missing.into_iter().map(move |interval| Missing { interval, ongoing: open_until == Some(interval.end()) })
}

fn is_of(gap: &Gap, viewpoint: &ViewpointCoverage, kind: GapKind) -> bool {
    gap.viewpoint == viewpoint.viewpoint && gap.kind == kind
}

fn overlaps(gap: &Gap, interval: Interval) -> bool {
    gap.start < interval.end() && gap.end.is_none_or(|end| end > interval.start())
}

fn change(gap: &Gap, missing: Missing, cause: GapCause) -> Option<GapChange> {
    let (start, end) = (missing.interval.start(), missing.end());
    let same = (gap.start, gap.end, gap.cause) == (start, end, cause);
    (!same).then_some(GapChange::Change { gap: gap.id, cause, start, end, filled_by: gap.filled_by })
}
