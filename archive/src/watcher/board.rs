//! What must change on the board, so that it says what is lacking. Pure.

use liuhen_proto::ids::SessionId;
use liuhen_proto::{Interval, Span, Timestamp};

use super::lacking::{Missing, filled_by};
use crate::coverage::{ViewpointCoverage, without};
use crate::records::{Gap, GapCause, GapChange, GapKind, LATE, TrustLevel};

/// A viewpoint's window that was looked at.
pub(super) struct Looked<'v> {
    pub(super) viewpoint: &'v ViewpointCoverage,
    /// What it lacks, one kind after the other.
    pub(super) lacking: Vec<(GapKind, Vec<Missing>)>,
}

/// The changes that make the board of a session say what its windows lack. `cause` tells why a stretch is lacking,
/// given the gap that stands for it already.
pub(super) fn changes(
    session: SessionId,
    looked: &[Looked<'_>],
    gaps: &[Gap],
    now: Timestamp,
    cause: impl Fn(&ViewpointCoverage, GapKind, Missing, Option<&Gap>) -> GapCause,
) -> Vec<GapChange> {
    let viewpoints: Vec<_> = looked.iter().map(|looked| looked.viewpoint).collect();
    let change = |gap: &Gap, missing: Missing, cause: GapCause| change(gap, missing, cause, &viewpoints, now);
    let mut changes = Vec::new();
    let mut left: Vec<&Gap> = gaps.iter().collect();
    let kinds = looked.iter().flat_map(|looked| looked.lacking.iter().map(|(kind, lacking)| (looked.viewpoint, *kind, lacking)));
    for (viewpoint, kind, lacking) in kinds {
        // Gaps that already stand for a stretch of this window, and then what nothing stands for.
        let mut unmatched = Vec::new();
        for &missing in lacking {
            let exact = |gap: &&Gap| is_of(gap, viewpoint, kind) && gap.start == missing.interval.start();
            match left.iter().position(exact) {
                Some(place) => {
                    let gap = left.remove(place);
                    changes.extend(change(gap, missing, cause(viewpoint, kind, missing, Some(gap))));
                }
                None => unmatched.push(missing),
            }
        }
        for missing in unmatched {
            match left.iter().position(|gap| is_of(gap, viewpoint, kind) && overlaps(gap, missing.interval)) {
                Some(place) => {
                    let gap = left.remove(place);
                    changes.extend(change(gap, missing, cause(viewpoint, kind, missing, Some(gap))));
                }
                None => {
                    // The rest of a gap whose middle was filled begins as its part, with its cause.
                    let part_of = gaps.iter().find(|gap| is_of(gap, viewpoint, kind) && overlaps(gap, missing.interval));
                    changes.push(GapChange::Open {
                        session,
                        viewpoint: viewpoint.viewpoint,
                        kind,
                        cause: cause(viewpoint, kind, missing, part_of),
                        start: missing.interval.start(),
                        end: missing.end(),
                    });
                }
            }
        }
    }
    let filled = left.into_iter().filter(|gap| !gap.is_filled()).map(|gap| GapChange::Change {
        late: interval(gap, now).is_some_and(|all| came_late(gap, all, &viewpoints, now)),
        gap: gap.id,
        cause: gap.cause,
        start: gap.start,
        end: Some(gap.start),
        filled_by: gap.filled_by.max(interval(gap, now).and_then(|all| filled_by(gap, all, &viewpoints))),
    });
    // Filled first: a start that they leave may be taken by another.
    filled.chain(changes).collect()
}

fn is_of(gap: &Gap, viewpoint: &ViewpointCoverage, kind: GapKind) -> bool {
    gap.viewpoint == viewpoint.viewpoint && gap.kind == kind
}

fn overlaps(gap: &Gap, interval: Interval) -> bool {
    gap.start < interval.end() && gap.end.is_none_or(|end| end > interval.start())
}

fn interval(gap: &Gap, now: Timestamp) -> Option<Interval> {
    Interval::new(gap.start, gap.end.unwrap_or(now)).ok()
}

fn change(gap: &Gap, missing: Missing, cause: GapCause, viewpoints: &[&ViewpointCoverage], now: Timestamp) -> Option<GapChange> {
    let (start, end) = (missing.interval.start(), missing.end());
    if (gap.start, gap.end, gap.cause) == (start, end, cause) {
        return None;
    }
    // What it loses by this may have come from a file: that is remembered, since the whole of it will not be known again.
    let lost = interval(gap, now).map(|all| without(&[all], &[missing.interval])).unwrap_or_default();
    let imported = lost.iter().any(|lost| filled_by(gap, *lost, viewpoints) == Some(TrustLevel::Imported));
    // A gap that had been filled and is there again begins anew.
    let known = gap.filled_by.filter(|_| !gap.is_filled());
    let filled_by = if imported { Some(TrustLevel::Imported) } else { known };
    let late = lost.iter().any(|lost| came_late(gap, *lost, viewpoints, now));
    Some(GapChange::Change { gap: gap.id, cause, start, end, filled_by, late })
}

/// Whether captured footage that fills a stretch of a gap now was recorded long ago.
fn came_late(gap: &Gap, stretch: Interval, viewpoints: &[&ViewpointCoverage], now: Timestamp) -> bool {
    let of_gap = viewpoints.iter().filter(|viewpoint| viewpoint.viewpoint == gap.viewpoint);
    let tolerance = of_gap.map(|viewpoint| viewpoint.tolerance).max().unwrap_or(Span::ZERO);
    now.since(stretch.end()) > tolerance.plus(LATE) && filled_by(gap, stretch, viewpoints) == Some(TrustLevel::Captured)
}
