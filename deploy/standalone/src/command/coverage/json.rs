//! Coverage for programs: one JSON object.

use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::{Value, json};

use super::super::{flags, json_interval, json_trust};

/// The last part of an enum's name in protobuf, in small letters: `camera_unreachable`.
fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

fn intervals(intervals: &[Interval]) -> Vec<Value> {
    intervals.iter().map(json_interval).collect()
}

pub(super) fn coverage(coverage: &pb::Coverage, flagged: &[pb::Flag]) -> Value {
    json!({
        "session_id": coverage.session_id,
        "as_of_us": coverage.as_of_us,
        "epoch": coverage.epoch,
        "viewpoints": coverage.viewpoints.iter().map(viewpoint).collect::<Vec<_>>(),
        "gaps": coverage.gaps.iter().map(gap).collect::<Vec<_>>(),
        "flags": flagged.iter().map(flags::as_json).collect::<Vec<_>>(),
    })
}

fn viewpoint(viewpoint: &pb::ViewpointCoverage) -> Value {
    json!({
        "viewpoint_id": viewpoint.viewpoint_id,
        "room_id": viewpoint.room_id,
        "expected": viewpoint.expected.as_ref().map(json_interval),
        "tolerance_us": viewpoint.tolerance_us,
        "stream_ids": viewpoint.stream_ids,
        "tracks": viewpoint.tracks.iter().map(track).collect::<Vec<_>>(),
        "streams": viewpoint.streams.iter().map(stream).collect::<Vec<_>>(),
    })
}

fn stream(stream: &pb::StreamCoverage) -> Value {
    json!({
        "stream_id": stream.stream_id,
        "camera_id": stream.camera_id,
        "role": word(stream.role().as_str_name(), "STREAM_ROLE_"),
        "trust": json_trust(stream.trust()),
        "tracks": stream.tracks.iter().map(track).collect::<Vec<_>>(),
    })
}

fn track(track: &pb::TrackCoverage) -> Value {
    json!({
        "kind": word(track.kind().as_str_name(), "TRACK_KIND_"),
        "required": track.required,
        "covered": intervals(&track.covered),
        "missing": intervals(&track.missing),
        "damaged": intervals(&track.damaged),
        "imported": intervals(&track.imported),
        "last_stored_us": track.last_stored_us,
        "lost_packets": track.lost_packets,
    })
}

fn gap(gap: &pb::Gap) -> Value {
    json!({
        "gap_id": gap.gap_id,
        "viewpoint_id": gap.viewpoint_id,
        "kind": word(gap.kind().as_str_name(), "GAP_KIND_"),
        "cause": word(gap.cause().as_str_name(), "GAP_CAUSE_"),
        "start_us": gap.start_us,
        "end_us": gap.end_us,
        "opened_us": gap.opened_us,
        "closed_us": gap.closed_us,
        "filled_by": json_trust(gap.filled_by()),
        "late_upload": gap.late_upload,
    })
}
