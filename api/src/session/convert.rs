//! From what the records hold to what goes over the wire.

use liuhen_archive::records::{Camera, Key, Organization, Receipt, Recorder, Room, Session, Site, SiteLayout, Viewpoint};
use liuhen_proto::Timestamp;
use liuhen_proto::wire::common::v1::LogReceipt;
use liuhen_proto::wire::session::v1 as pb;

pub(crate) fn receipt(receipt: &Receipt) -> LogReceipt {
    LogReceipt {
        leaf_index: receipt.leaf_index,
        leaf_hash: receipt.leaf_hash.as_bytes().to_vec(),
        tree_size: receipt.tree_size,
        root_hash: receipt.root.as_bytes().to_vec(),
    }
}

pub(super) fn organization(organization: Organization) -> pb::Organization {
    pb::Organization {
        organization_id: organization.id.to_string(),
        name: organization.name,
        kind: pb::OrganizationKind::from(organization.kind).into(),
    }
}

pub(super) fn site(site: Site) -> pb::Site {
    pb::Site {
        site_id: site.id.to_string(),
        organization_id: site.organization.to_string(),
        name: site.name,
        region: site.region.map(|region| region.to_string()).unwrap_or_default(),
    }
}

pub(super) fn room(room: Room) -> pb::Room {
    pb::Room {
        room_id: room.id.to_string(),
        site_id: room.site.to_string(),
        name: room.name,
        kind: pb::RoomKind::from(room.kind).into(),
    }
}

pub(super) fn viewpoint(viewpoint: Viewpoint) -> pb::Viewpoint {
    pb::Viewpoint {
        viewpoint_id: viewpoint.id.to_string(),
        room_id: viewpoint.room.to_string(),
        name: viewpoint.name,
        required: viewpoint.required,
        sound_required: viewpoint.sound_required,
        seats: viewpoint.seats,
        sound_only: viewpoint.sound_only,
        thresholds: viewpoint.thresholds.to_wire(),
        reference_still_id: viewpoint.reference.map(|reference| reference.still.to_string()).unwrap_or_default(),
        judgement_revision: viewpoint.judgement_revision,
    }
}

pub(super) fn camera(camera: Camera) -> pb::Camera {
    pb::Camera {
        camera_id: camera.id.to_string(),
        viewpoint_id: camera.viewpoint.to_string(),
        name: camera.name,
        evidence_stream_id: camera.evidence.to_string(),
        viewing_stream_id: camera.viewing.map(|stream| stream.to_string()).unwrap_or_default(),
        kind: pb::CameraKind::from(camera.kind).into(),
    }
}

pub(super) fn key(key: Key) -> pb::Key {
    pb::Key { key_id: key.id.to_string(), name: key.name, public_key: key.public_key.to_bytes().to_vec() }
}

pub(super) fn recorder(recorder: Recorder) -> pb::Recorder {
    pb::Recorder {
        recorder_id: recorder.id.to_string(),
        site_id: recorder.site.to_string(),
        name: recorder.name,
        public_key: recorder.public_key.to_bytes().to_vec(),
    }
}

pub(super) fn session(session: Session) -> pb::Session {
    let window = |window: liuhen_archive::records::ExpectedWindow| pb::ExpectedWindow {
        viewpoint_id: window.viewpoint.to_string(),
        interval: Some(window.interval.into()),
    };
    pb::Session {
        session_id: session.id.to_string(),
        site_id: session.site.to_string(),
        name: session.name,
        exam: Some(session.exam.into()),
        windows: session.windows.into_iter().map(window).collect(),
        revision: session.revision,
        sealed_us: session.sealed.map(Timestamp::as_micros),
    }
}

pub(super) fn layout(layout: SiteLayout) -> pb::GetSiteResponse {
    pb::GetSiteResponse {
        site: Some(site(layout.site)),
        rooms: layout.rooms.into_iter().map(room).collect(),
        viewpoints: layout.viewpoints.into_iter().map(viewpoint).collect(),
        cameras: layout.cameras.into_iter().map(camera).collect(),
        recorders: layout.recorders.into_iter().map(recorder).collect(),
    }
}
