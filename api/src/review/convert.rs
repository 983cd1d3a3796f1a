//! From what the archive holds to what goes over the wire.

use liuhen_archive::coverage::{SessionCoverage, TrackCoverage, ViewpointCoverage};
use liuhen_archive::records::{Gap, Segment};
use liuhen_proto::Timestamp;
use liuhen_proto::wire::common::v1::TrackKind;
use liuhen_proto::wire::review::v1 as pb;

pub(super) fn gap(gap: &Gap) -> pb::Gap {
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
        ..Default::default()
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
        ..Default::default()
    }
}

fn track(track: &TrackCoverage) -> pb::TrackCoverage {
    pb::TrackCoverage {
        kind: TrackKind::from(track.kind).into(),
        required: track.required,
        covered: track.covered.iter().map(|&interval| interval.into()).collect(),
        missing: track.missing.iter().map(|&interval| interval.into()).collect(),
        last_stored_us: track.last_stored.map(Timestamp::as_micros),
        lost_packets: track.lost_packets,
        damaged: track.damaged.iter().map(|&interval| interval.into()).collect(),
        imported: Vec::new(),
    }
}

fn viewpoint(viewpoint: &ViewpointCoverage) -> pb::ViewpointCoverage {
    pb::ViewpointCoverage {
        viewpoint_id: viewpoint.viewpoint.to_string(),
        room_id: viewpoint.room.to_string(),
        expected: Some(viewpoint.expected.into()),
        tracks: viewpoint.tracks.iter().map(track).collect(),
        tolerance_us: viewpoint.tolerance.as_micros(),
        stream_ids: viewpoint.streams.iter().map(ToString::to_string).collect(),
        ..Default::default()
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
