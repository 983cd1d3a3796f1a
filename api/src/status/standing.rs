//! How a viewpoint stands, by what is stored and what is on the board.
//!
//! In: coverage of its window and the gaps of its session. Out: one word, with what is wrong, why and since when. Pure.
//! Always: what is stored decides whether something is missing; the board only says why. The worse standing wins.

use liuhen_archive::coverage::{TrackCoverage, ViewpointCoverage};
use liuhen_archive::records::{Gap, GapKind};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Interval, Timestamp};

/// What is wrong with a viewpoint now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrong {
    kind: GapKind,
    cause: pb::GapCause,
    since: Timestamp,
}

/// The status of a viewpoint; `gaps` are those of its session.
pub(super) fn of(name: String, seen: &ViewpointCoverage, gaps: &[Gap], as_of: Timestamp) -> pb::ViewpointStatus {
    let open: Vec<&Gap> = gaps.iter().filter(|gap| gap.viewpoint == seen.viewpoint && gap.end.is_none()).collect();
    let (standing, wrong) = stands(seen, &open, as_of);
    let required = || seen.tracks.iter().filter(|track| track.required);
    let due = Interval::new(seen.expected.start(), seen.expected.end().min(as_of)).ok();
    let due_us = due.map_or(0, |due| due.span().as_micros());
    let tracks = i64::try_from(required().count()).unwrap_or(i64::MAX);
    pb::ViewpointStatus {
        viewpoint_id: seen.viewpoint.to_string(),
        name,
        standing: standing.into(),
        expected: Some(seen.expected.into()),
        due_us: due_us.saturating_mul(tracks),
        stored_us: required().flat_map(|track| &track.covered).map(|interval| interval.span().as_micros()).sum(),
        last_stored_us: last_stored(seen).map(Timestamp::as_micros),
        kind: wrong.map_or(pb::GapKind::Unspecified, |wrong| wrong.kind.into()).into(),
        cause: wrong.map_or(pb::GapCause::Unspecified, |wrong| wrong.cause).into(),
        since_us: wrong.map(|wrong| wrong.since.as_micros()),
    }
}

/// Of the required track that is furthest behind; nothing where one has nothing.
fn last_stored(seen: &ViewpointCoverage) -> Option<Timestamp> {
    let required = seen.tracks.iter().filter(|track| track.required);
    required.map(|track| track.last_stored).min().flatten()
}

fn stands(seen: &ViewpointCoverage, open: &[&Gap], as_of: Timestamp) -> (pb::Standing, Option<Wrong>) {
    if as_of < seen.expected.start() {
        return (pb::Standing::NotBegun, None);
    }
    if as_of >= seen.expected.end() {
        return (pb::Standing::Over, None);
    }
    let missing = seen.tracks.iter().filter(|track| track.required).find_map(|track| missing_now(track, as_of));
    if let Some((kind, since)) = missing {
        let known = open.iter().find(|gap| gap.kind == kind);
        let cause = known.map_or(pb::GapCause::Unspecified, |gap| gap.cause.into());
        return (pb::Standing::Lost, Some(Wrong { kind, cause, since }));
    }
    let flagged = open.iter().find(|gap| !matches!(gap.kind, GapKind::NoPicture | GapKind::NoSound));
    match flagged {
        Some(gap) => (pb::Standing::Degraded, Some(Wrong { kind: gap.kind, cause: gap.cause.into(), since: gap.start })),
        None => (pb::Standing::Normal, None),
    }
}

/// What a track lacks up to this moment, and since when.
fn missing_now(track: &TrackCoverage, as_of: Timestamp) -> Option<(GapKind, Timestamp)> {
    let hole = track.missing.last().filter(|hole| hole.end() >= as_of)?;
    Some((track.kind.into(), hole.start()))
}

/// The worst of some, which is the greatest number.
pub(super) fn worst(viewpoints: &[pb::ViewpointStatus]) -> i32 {
    viewpoints.iter().map(|viewpoint| viewpoint.standing).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use liuhen_archive::records::GapCause;
    use liuhen_proto::Span;
    use liuhen_proto::fragment::TrackKind;
    use liuhen_proto::ids::{GapId, RoomId, SessionId, ViewpointId};
    use liuhen_proto::world::SeededRandom;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn from_to(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end)).unwrap()
    }

    /// A window from 100 s to 200 s, filmed from its begin to so many seconds, seen at so many.
    fn seen(until: i64, as_of: i64) -> ViewpointCoverage {
        let random = SeededRandom::new(1);
        let (viewpoint, room) = (ViewpointId::mint(at(0), &random), RoomId::mint(at(0), &random));
        let covered = vec![from_to(100, until)];
        let missing = liuhen_archive::coverage::missing(from_to(100, 200), &covered, at(as_of), Span::from_secs(5));
        let track = TrackCoverage {
            kind: TrackKind::Video,
            required: true,
            covered,
            missing,
            last_stored: Some(at(until)),
            lost_packets: 0,
            damaged: Vec::new(),
            imported: Vec::new(),
        };
        let tolerance = Span::from_secs(5);
        ViewpointCoverage {
            viewpoint,
            room,
            expected: from_to(100, 200),
            tracks: vec![track],
            tolerance,
            streams: Vec::new(),
            by_stream: Vec::new(),
        }
    }

    fn gap(seen: &ViewpointCoverage, kind: GapKind, end: Option<i64>) -> Gap {
        let random = SeededRandom::new(2);
        Gap {
            id: GapId::mint(at(0), &random),
            session: SessionId::mint(at(0), &random),
            viewpoint: seen.viewpoint,
            kind,
            cause: GapCause::CameraUnreachable,
            start: at(120),
            end: end.map(at),
            opened: at(126),
            closed: end.map(at),
            filled_by: None,
            late_upload: false,
        }
    }

    #[test]
    fn what_is_not_stored_is_lost_once_it_is_longer_than_the_tolerance() {
        let fresh = of(String::new(), &seen(120, 124), &[], at(124));
        assert_eq!((fresh.standing(), fresh.since_us, fresh.last_stored_us), (pb::Standing::Normal, None, Some(120_000_000)));
        let lost = seen(120, 130);
        let told = of(String::new(), &lost, &[gap(&lost, GapKind::NoPicture, None)], at(130));
        assert_eq!(
            (told.standing(), told.kind(), told.cause()),
            (pb::Standing::Lost, pb::GapKind::NoPicture, pb::GapCause::CameraUnreachable)
        );
        assert_eq!((told.since_us, told.due_us, told.stored_us), (Some(120_000_000), 30_000_000, 20_000_000));
        // Nobody has put it on the board yet: it is missing all the same.
        let early = of(String::new(), &lost, &[], at(130));
        assert_eq!((early.standing(), early.cause()), (pb::Standing::Lost, pb::GapCause::Unspecified));
    }

    #[test]
    fn a_flag_degrades_while_it_is_open_and_what_is_over_or_to_come_is_neither_good_nor_bad() {
        let well = seen(150, 151);
        let flagged = of(String::new(), &well, &[gap(&well, GapKind::Black, None)], at(151));
        assert_eq!((flagged.standing(), flagged.kind()), (pb::Standing::Degraded, pb::GapKind::Black));
        let past = of(String::new(), &well, &[gap(&well, GapKind::Black, Some(140))], at(151));
        assert_eq!(past.standing(), pb::Standing::Normal);
        assert_eq!(of(String::new(), &well, &[], at(99)).standing(), pb::Standing::NotBegun);
        assert_eq!(of(String::new(), &well, &[], at(200)).standing(), pb::Standing::Over);
        assert_eq!(worst(&[past, flagged]), i32::from(pb::Standing::Degraded));
    }
}
