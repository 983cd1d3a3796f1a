//! A small world to test in: a site with a room, a viewpoint, a camera and a recorder.

use std::sync::Arc;

use liuhen_archive::records::{
    Act, Camera, CameraKind, ExpectedWindow, NewCamera, NewOrganization, NewRecorder, NewRoom, NewRun, NewSegment, NewSession,
    NewSite, NewViewpoint, OrganizationKind, Recorder, RoomKind, Session, Site, Viewpoint,
};
use liuhen_archive::{Records, names};
use liuhen_proto::fragment::{Sequence, TrackKind};
use liuhen_proto::ids::{BootId, NodeId, RunId, SessionId};
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{Interval, Principal, Sha256, Timestamp};

pub(crate) const TEN_O_CLOCK: i64 = 1_795_341_600;

/// So many seconds after ten o'clock.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((TEN_O_CLOCK + seconds) * 1_000_000)
}

pub(crate) fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

pub(crate) fn sequence(place: u64) -> Sequence {
    Sequence::new(place).unwrap()
}

/// Everything that a test needs, declared.
pub(crate) struct World {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) random: SeededRandom,
    pub(crate) by: Principal,
    pub(crate) site: Site,
    pub(crate) viewpoint: Viewpoint,
    pub(crate) camera: Camera,
    pub(crate) recorder: Recorder,
    /// The recorder's.
    pub(crate) key: SigningKey,
}

pub(crate) fn token() -> Sha256 {
    Sha256::of(b"token")
}

impl World {
    pub(crate) async fn on(records: Arc<dyn Records>) -> Self {
        let random = SeededRandom::new(7);
        let by = Principal::Node(NodeId::mint(at(0), &random));
        let act = Act::new(by, at(0));
        let name = |name: &str| name.to_owned();
        let organization = NewOrganization { name: name("评价机构"), kind: OrganizationKind::SocialOrg };
        let organization = records.create_organization(&act, organization).await.unwrap().value.id;
        let site = records.create_site(&act, NewSite { organization, name: name("第一考点"), region: None }).await.unwrap().value;
        let room = NewRoom { site: site.id, name: name("101"), kind: RoomKind::Practical };
        let room = records.create_room(&act, room).await.unwrap().value.id;
        let seats = vec![name("A1"), name("A2")];
        let viewpoint =
            NewViewpoint { room, name: name("front"), required: true, sound_required: true, sound_only: false, seats };
        let viewpoint = records.create_viewpoint(&act, viewpoint).await.unwrap().value;
        let camera = NewCamera { viewpoint: viewpoint.id, name: name("c1"), has_viewing_stream: true, kind: CameraKind::Camera };
        let camera = records.create_camera(&act, camera).await.unwrap().value;
        let key = SigningKey::generate(&random);
        let public_key = key.public();
        let recorder = NewRecorder { site: site.id, name: name("r1"), public_key, token_sha256: token() };
        let recorder = records.create_recorder(&act, recorder).await.unwrap().value;
        Self { records, random, by, site, viewpoint, camera, recorder, key }
    }

    pub(crate) fn act(&self, seconds: i64) -> Act {
        Act::new(self.by, at(seconds))
    }

    pub(crate) fn window(&self, start: i64, end: i64) -> ExpectedWindow {
        ExpectedWindow { viewpoint: self.viewpoint.id, interval: between(start, end) }
    }

    pub(crate) fn new_session(&self, start: i64, end: i64) -> NewSession {
        let windows = vec![self.window(start, end)];
        NewSession { site: self.site.id, name: "morning".to_owned(), exam: between(start, end), windows }
    }

    pub(crate) async fn session(&self, start: i64, end: i64) -> Session {
        self.records.create_session(&self.act(0), self.new_session(start, end)).await.unwrap().value
    }

    pub(crate) fn new_run(&self, seconds: i64) -> NewRun {
        NewRun {
            run: RunId::mint(at(seconds), &self.random),
            stream: self.camera.evidence,
            recorder: self.recorder.id,
            boot: BootId::mint(at(0), &self.random),
            init: bytes::Bytes::from_static(b"ftyp moov"),
        }
    }

    pub(crate) async fn run(&self, seconds: i64) -> RunId {
        self.records.open_run(&self.act(seconds), self.new_run(seconds)).await.unwrap().value.run
    }

    /// A segment of `count` fragments of two seconds that starts so many seconds after ten o'clock.
    pub(crate) fn segment(&self, run: RunId, first: u64, count: u64, seconds: i64) -> NewSegment {
        let fragments: Vec<_> = (0..count).map(|n| fragment(first + n, n, seconds + 2 * n as i64)).collect();
        let sha256 = Sha256::of(format!("{run} {first} {count} {seconds}").as_bytes());
        let place = liuhen_archive::records::StreamPlace {
            stream: self.camera.evidence,
            role: liuhen_archive::records::StreamRole::Evidence,
            camera: self.camera.id,
            viewpoint: self.viewpoint.id,
            room: self.viewpoint.room,
            site: self.site.id,
            trust: liuhen_archive::records::TrustLevel::Captured,
        };
        let last = sequence(first + count - 1);
        NewSegment {
            stream: self.camera.evidence,
            run,
            object_name: names::object(&place, at(seconds), run, sequence(first), last, &sha256),
            object: Sized256 { sha256, size_bytes: 1_000 * count },
            manifest_sha256: Sha256::of(sha256.as_bytes()),
            fragments,
            unsigned_tail: false,
            stored: Some(at(seconds + 2 * count as i64)),
            clock_mapping: None,
        }
    }

    /// Checks the whole log: every chain, every index, the root. Gives the number of entries.
    pub(crate) async fn log_is_whole(&self) -> u64 {
        log_is_whole(&*self.records).await
    }

    pub(crate) fn unknown_session(&self) -> SessionId {
        SessionId::mint(at(0), &self.random)
    }
}

pub(crate) async fn log_is_whole(records: &dyn Records) -> u64 {
    let mut frontier = liuhen_proto::custody::Frontier::default();
    let mut chains: std::collections::HashMap<String, liuhen_proto::custody::Chain> = std::collections::HashMap::new();
    loop {
        let page = records.entries(frontier.size(), None, 1000).await.unwrap();
        for entry in &page {
            assert_eq!(entry.index, frontier.size(), "an index was skipped");
            let subject = liuhen_proto::custody::Envelope::from_bytes(&entry.envelope).unwrap().subject;
            chains.entry(subject).or_default().push(&entry.envelope).expect("every chain is whole");
            frontier.push(liuhen_proto::custody::tree::leaf_hash(&entry.envelope));
        }
        if page.is_empty() {
            break;
        }
    }
    let head = records.head().await.unwrap();
    assert_eq!((head.size, head.root), (frontier.size(), frontier.root()));
    head.size
}

fn fragment(place: u64, n: u64, seconds: i64) -> IndexedFragment {
    let track = |track, kind| IndexedTrack {
        track,
        kind,
        interval: between(seconds, seconds + 2),
        media_start: i64::try_from(place).unwrap() * 180_000,
        media_end: (i64::try_from(place).unwrap() + 1) * 180_000,
        decode_time_offset_bytes: 100 * track,
        lost_packets: 0,
        damaged: false,
    };
    IndexedFragment {
        sequence: sequence(place),
        offset_bytes: 100 + n * 1_000,
        size_bytes: 900,
        sha256: Sha256::of(&place.to_be_bytes()),
        starts_with_sync: true,
        tracks: vec![track(1, TrackKind::Video), track(2, TrackKind::Audio)],
    }
}
