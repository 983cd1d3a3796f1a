//! What sessions lacked before an import, and have now.

use anyhow::Result;
use liuhen_proto::Interval;
use liuhen_proto::ids::ViewpointId;
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::common::v1::TrackKind;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::session::v1 as session;

use crate::client::{Client, refused};
use crate::command::Voice;

/// What was missing of a kind of track, of a viewpoint, in a session.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Missing {
    pub(super) session: String,
    pub(super) name: String,
    pub(super) kind: TrackKind,
    pub(super) intervals: Vec<common::Interval>,
}

/// What sessions lack of the viewpoint that the interval touches.
pub(super) async fn missing(
    client: &mut Client,
    viewpoint: ViewpointId,
    interval: Option<Interval>,
    voice: Voice,
) -> Result<Vec<Missing>> {
    let failed = |status| refused(&status, voice.language);
    let Some(interval) = interval else { return Ok(Vec::new()) };
    let request = session::ListSessionsRequest { interval: Some(interval.into()), ..Default::default() };
    let sessions = client.sessions.list_sessions(request).await.map_err(failed)?.into_inner().sessions;
    let viewpoint = viewpoint.to_string();
    let here = |session: &session::Session| session.windows.iter().any(|window| window.viewpoint_id == viewpoint);
    let mut found = Vec::new();
    for session in sessions.into_iter().filter(here) {
        let request = review::GetCoverageRequest { session_id: session.session_id.clone() };
        let coverage = client.review.get_coverage(request).await.map_err(failed)?.into_inner().coverage.unwrap_or_default();
        for track in coverage.viewpoints.into_iter().filter(|of| of.viewpoint_id == viewpoint).flat_map(|of| of.tracks) {
            found.push(Missing {
                session: session.session_id.clone(),
                name: session.name.clone(),
                kind: track.kind(),
                intervals: track.missing,
            });
        }
    }
    Ok(found)
}

/// What of `before` is no longer in `after`.
pub(super) fn filled(before: &[Missing], after: &[Missing]) -> Vec<Missing> {
    let of = |missing: &Missing| {
        let now = after.iter().find(|now| now.session == missing.session && now.kind == missing.kind);
        let left = now.map(|now| now.intervals.as_slice()).unwrap_or_default();
        let intervals = missing.intervals.iter().flat_map(|interval| without(*interval, left)).collect();
        Missing { intervals, ..missing.clone() }
    };
    before.iter().map(of).filter(|missing| !missing.intervals.is_empty()).collect()
}

/// The parts of an interval that none of the others covers; these are disjoint and ascending.
fn without(interval: common::Interval, others: &[common::Interval]) -> Vec<common::Interval> {
    let mut start_us = interval.start_us;
    let mut parts = Vec::new();
    for other in others.iter().filter(|other| other.end_us > interval.start_us && other.start_us < interval.end_us) {
        if other.start_us > start_us {
            parts.push(common::Interval { start_us, end_us: other.start_us });
        }
        start_us = start_us.max(other.end_us);
    }
    if start_us < interval.end_us {
        parts.push(common::Interval { start_us, end_us: interval.end_us });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(intervals: &[(i64, i64)]) -> Missing {
        let intervals = intervals.iter().map(|&(start_us, end_us)| common::Interval { start_us, end_us }).collect();
        Missing { session: "ses_1".into(), name: "A".into(), kind: TrackKind::Video, intervals }
    }

    #[test]
    fn what_is_no_longer_missing_was_filled() {
        assert_eq!(filled(&[lack(&[(0, 10), (20, 30)])], &[lack(&[(4, 6), (20, 30)])]), [lack(&[(0, 4), (6, 10)])]);
        assert_eq!(filled(&[lack(&[(0, 10)])], &[lack(&[])]), [lack(&[(0, 10)])]);
        assert_eq!(filled(&[lack(&[(0, 10)])], &[]), [lack(&[(0, 10)])]);
        assert_eq!(filled(&[lack(&[(0, 10)])], &[lack(&[(0, 12)])]), []);
    }
}
