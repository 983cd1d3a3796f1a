//! Of a session's footage: what should be there, what is, what is missing, and by which digests it is known. No footage.

use liuhen_archive::Archive;
use liuhen_archive::coverage::{SessionCoverage, TrackCoverage, ViewpointCoverage};
use liuhen_archive::records::{Gap, MAX_ROWS, Segment, SiteLayout};
use liuhen_proto::digest::Sha256;
use liuhen_proto::ids::StreamId;
use liuhen_proto::{Interval, Problem, Timestamp};
use serde_json::{Value, json};

use super::interval;
use crate::error::records as failed;

/// Each window of each viewpoint.
pub(super) async fn viewpoints(archive: &Archive, of: &SessionCoverage, layout: &SiteLayout) -> Result<Vec<Value>, Problem> {
    let mut all = Vec::with_capacity(of.viewpoints.len());
    for it in &of.viewpoints {
        let mut streams = Vec::with_capacity(it.streams.len());
        for &id in &it.streams {
            streams.push(stream(archive, id, it.expected).await?);
        }
        all.push(viewpoint(it, layout, streams));
    }
    Ok(all)
}

fn viewpoint(it: &ViewpointCoverage, layout: &SiteLayout, streams: Vec<Value>) -> Value {
    let declared = layout.viewpoints.iter().find(|viewpoint| viewpoint.id == it.viewpoint);
    json!({
        "viewpoint_id": it.viewpoint,
        "name": declared.map(|viewpoint| &viewpoint.name),
        "room_id": it.room,
        "expected": interval(it.expected),
        "tolerance_us": it.tolerance.as_micros(),
        "tracks": it.tracks.iter().map(track).collect::<Vec<_>>(),
        "streams": streams,
    })
}

fn track(it: &TrackCoverage) -> Value {
    let intervals = |all: &[Interval]| all.iter().copied().map(interval).collect::<Vec<_>>();
    json!({
        "kind": it.kind,
        "required": it.required,
        "covered": intervals(&it.covered),
        "missing": intervals(&it.missing),
        "damaged": intervals(&it.damaged),
        "imported": intervals(&it.imported),
    })
}

/// The sealed segments of a stream that touch the window, and one digest over all their manifests.
async fn stream(archive: &Archive, id: StreamId, window: Interval) -> Result<Value, Problem> {
    let segments = segments(archive, id, window).await?;
    let manifests: Vec<&[u8]> = segments.iter().map(|segment| segment.manifest_sha256.as_bytes().as_slice()).collect();
    let size: u64 = segments.iter().map(|segment| segment.object.size_bytes).sum();
    Ok(json!({
        "stream_id": id,
        "segments": segments.len(),
        "size_bytes": size,
        "manifests_sha256": Sha256::of_parts(&manifests),
        "newest_leaf_index": segments.iter().map(|segment| segment.leaf_index).max(),
    }))
}

/// By the times of their first fragments, and where those are the same by run and place in it.
async fn segments(archive: &Archive, stream: StreamId, window: Interval) -> Result<Vec<Segment>, Problem> {
    let mut all: Vec<Segment> = Vec::new();
    let mut rest = Some(window);
    while let Some(interval) = rest {
        let page = archive.records.segments_in(stream, interval, MAX_ROWS).await;
        let page = page.map_err(|error| failed("list segments", error))?;
        let is_full = page.len() == MAX_ROWS as usize;
        let before = all.len();
        let is_new = |all: &[Segment], one: &Segment| !all.iter().any(|it| (it.run, it.first) == (one.run, one.first));
        let new: Vec<_> = page.into_iter().filter(|one| is_new(&all, one)).collect();
        all.extend(new);
        let last = all.last().filter(|_| is_full && all.len() > before).map(|last| last.interval.start().max(window.start()));
        rest = last.and_then(|start| Interval::new(start, window.end()).ok());
    }
    all.sort_by_key(|segment| (segment.interval.start(), segment.run, segment.first));
    Ok(all)
}

pub(super) fn gap(it: &Gap) -> Value {
    json!({
        "gap_id": it.id,
        "viewpoint_id": it.viewpoint,
        "kind": it.kind.as_str(),
        "cause": it.cause.as_str(),
        "start_us": it.start.as_micros(),
        "end_us": it.end.map(Timestamp::as_micros),
        "filled": it.is_filled(),
        "filled_by": it.filled_by.map(|by| by.as_str()),
        "late_upload": it.late_upload,
    })
}
