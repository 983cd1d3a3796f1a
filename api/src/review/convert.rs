//! From what the archive holds to what goes over the wire.

use liuhen_archive::coverage::{SessionCoverage, StreamCoverage, TrackCoverage, ViewpointCoverage};
use liuhen_archive::records::{Flag, Gap, Segment, Still, StreamRole, TrustLevel};
use liuhen_proto::wire::common::v1 as wire;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Interval, Timestamp};

pub(crate) fn gap(gap: &Gap) -> pb::Gap {
    pb::Gap {
        gap_id: gap.id.to_string(),
        session_id: gap.session.to_string(),
        viewpoint_id: gap.viewpoint.to_string(),
        kind: pb::GapKind::from(gap.kind).into(),
        cause: pb::GapCause::from(gap.cause).into(),
        start_us: gap.start.as_micros(),
        end_us: gap.end.map(Timestamp::as_micros),
        opened_us: gap.opened.as_micros(),
        closed_us: gap.closed.map(Timestamp::as_micros),
        filled_by: gap.filled_by.map_or(wire::TrustLevel::Unspecified, wire::TrustLevel::from).into(),
        late_upload: gap.late_upload,
    }
}

pub(super) fn segment(segment: &Segment) -> pb::Segment {
    pb::Segment {
        stream_id: segment.stream.to_string(),
        run_id: segment.run.to_string(),
        first_sequence: segment.first.get(),
        last_sequence: segment.last.get(),
        interval: Some(segment.interval.into()),
        object_name: segment.object_name.clone(),
        object_size_bytes: segment.object.size_bytes,
        object_sha256: segment.object.sha256.as_bytes().to_vec(),
        manifest_sha256: segment.manifest_sha256.as_bytes().to_vec(),
        unsigned_tail: segment.unsigned_tail,
        leaf_index: segment.leaf_index,
        trust: trust(segment.trust()),
        import_id: segment.import.map(|import| import.to_string()).unwrap_or_default(),
        late_upload: segment.late_upload(),
    }
}

/// For the wire.
pub(super) fn trust(trust: TrustLevel) -> i32 {
    wire::TrustLevel::from(trust).into()
}

pub(super) fn flag(flag: &Flag) -> pb::Flag {
    let report = &flag.report;
    pb::Flag {
        flag_id: report.flag.to_string(),
        viewpoint_id: flag.viewpoint.to_string(),
        camera_id: flag.camera.to_string(),
        stream_id: report.stream.to_string(),
        kind: wire::FlagKind::from(report.kind).into(),
        start_us: report.start.as_micros(),
        end_us: report.end.map(Timestamp::as_micros),
        seen_us: report.seen.as_micros(),
        measured_milli: report.measured_milli,
        threshold_milli: report.threshold_milli,
        detector: report.detector.clone(),
    }
}

pub(super) fn still(still: &Still) -> pb::Still {
    pb::Still {
        still_id: still.still.to_string(),
        stream_id: still.stream.to_string(),
        run_id: still.run.to_string(),
        taken_us: still.taken.as_micros(),
        width: still.width,
        height: still.height,
        // The gate takes none of more than 256 KiB.
        size_bytes: u32::try_from(still.object.size_bytes).unwrap_or(u32::MAX),
        sha256: still.object.sha256.as_bytes().to_vec(),
    }
}

fn intervals(intervals: &[Interval]) -> Vec<wire::Interval> {
    intervals.iter().map(|&interval| interval.into()).collect()
}

fn track(track: &TrackCoverage) -> pb::TrackCoverage {
    pb::TrackCoverage {
        kind: wire::TrackKind::from(track.kind).into(),
        required: track.required,
        covered: intervals(&track.covered),
        missing: intervals(&track.missing),
        last_stored_us: track.last_stored.map(Timestamp::as_micros),
        lost_packets: track.lost_packets,
        damaged: intervals(&track.damaged),
        imported: intervals(&track.imported),
    }
}

fn stream(stream: &StreamCoverage) -> pb::StreamCoverage {
    let role = match stream.role {
        StreamRole::Evidence => pb::StreamRole::Evidence,
        StreamRole::Viewing => pb::StreamRole::Viewing,
    };
    pb::StreamCoverage {
        stream_id: stream.stream.to_string(),
        camera_id: stream.camera.to_string(),
        role: role.into(),
        trust: trust(stream.trust),
        tracks: stream.tracks.iter().map(track).collect(),
    }
}

pub(crate) fn viewpoint(viewpoint: &ViewpointCoverage) -> pb::ViewpointCoverage {
    // Camera by camera, and of each the evidence first: ids of streams tell no order, they are born together.
    let mut streams: Vec<_> = viewpoint.by_stream.iter().collect();
    streams.sort_by_key(|stream| (stream.camera, stream.role == StreamRole::Viewing));
    pb::ViewpointCoverage {
        viewpoint_id: viewpoint.viewpoint.to_string(),
        room_id: viewpoint.room.to_string(),
        expected: Some(viewpoint.expected.into()),
        tracks: viewpoint.tracks.iter().map(track).collect(),
        tolerance_us: viewpoint.tolerance.as_micros(),
        stream_ids: viewpoint.streams.iter().map(ToString::to_string).collect(),
        streams: streams.into_iter().map(stream).collect(),
    }
}

pub(super) fn coverage(coverage: &SessionCoverage, gaps: &[Gap]) -> pb::Coverage {
    pb::Coverage {
        session_id: coverage.session.id.to_string(),
        as_of_us: coverage.as_of.as_micros(),
        viewpoints: coverage.viewpoints.iter().map(viewpoint).collect(),
        gaps: gaps.iter().map(gap).collect(),
        epoch: coverage.epoch,
    }
}
