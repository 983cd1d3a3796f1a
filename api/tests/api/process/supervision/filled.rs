//! A sealed session of which there is something to tell: footage, a gap, an incident that was told late, and a finding
//! about it.

use liuhen_archive::records::{Elsewhere, GapCause, GapChange, GapKind, NewFact, NewRecorder, NewRun, NewSegment, SiteLayout};
use liuhen_process::case::CaseId;
use liuhen_process::fact::incident::IncidentRecorded;
use liuhen_process::fact::words::{IncidentKind, IncidentSource};
use liuhen_process::text::Text;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::{Sequence, TrackKind};
use liuhen_proto::ids::{BootId, IncidentId, RunId};
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::SeededRandom;

use super::super::scene::Scene;
use super::session;
use crate::world::{at, interval};

/// What stands in the incident, and must not leave.
pub(super) const DESCRIPTION: &str = "考生欧阳踏雪无痕携带手机";
/// Manifests of the segments, in the order of time.
pub(super) fn manifests() -> [Sha256; 2] {
    [Sha256::of(b"first manifest"), Sha256::of(b"second manifest")]
}

pub(super) async fn fill(scene: &Scene) {
    let layout = scene.world.archive.records.layout(scene.site.parse().unwrap()).await.unwrap().unwrap();
    footage(scene, &layout).await;
    let (viewpoint, start) = (layout.viewpoints[1].id, at(600));
    let (kind, cause) = (GapKind::NoPicture, GapCause::StoppedOnPurpose);
    let open = GapChange::Open { session: session(scene), viewpoint, kind, cause, start, end: Some(at(900)) };
    scene.world.archive.records.change_gaps(&scene.world.act(), vec![open]).await.unwrap();
    incident(scene).await;
}

/// Two minutes of the first camera; a packet is lost.
async fn footage(scene: &Scene, layout: &SiteLayout) {
    let (records, random, act) = (&scene.world.archive.records, &*scene.world.archive.random, scene.world.act());
    let public_key = SigningKey::generate(&SeededRandom::new(9)).public();
    let recorder = NewRecorder { site: layout.site.id, name: "r1".to_owned(), public_key, token_sha256: Sha256::of(b"r1") };
    let recorder = records.create_recorder(&act, recorder).await.unwrap().value.id;
    let camera = layout.cameras.iter().find(|camera| camera.viewpoint == layout.viewpoints[0].id).unwrap();
    let (run, boot, stream) = (RunId::mint(at(0), random), BootId::mint(at(0), random), camera.evidence);
    let init = bytes::Bytes::from_static(b"ftyp moov");
    records.open_run(&act, NewRun { run, stream, recorder, boot, init }).await.unwrap();
    let segment = |(place, manifest_sha256): (u64, Sha256)| {
        let fragments: Vec<_> = (0..30).map(|n| fragment(30 * place + n)).collect();
        NewSegment {
            stream,
            run,
            object_name: format!("media/2026/11/22/test-{place}.mp4"),
            object: Sized256 { sha256: Sha256::of(&place.to_be_bytes()), size_bytes: 30_000 },
            manifest_sha256,
            fragments,
            unsigned_tail: false,
            stored: Some(at(200)),
            clock_mapping: None,
        }
    };
    let segments = (0..2).zip(manifests()).map(segment).collect();
    assert!(records.seal_segments(&act, segments).await.unwrap().iter().all(Result::is_ok));
}

fn fragment(place: u64) -> IndexedFragment {
    let start = i64::try_from(2 * place).unwrap();
    let track = |track, kind| IndexedTrack {
        track,
        kind,
        interval: interval(start, start + 2),
        media_start: start * 90_000,
        media_end: (start + 2) * 90_000,
        decode_time_offset_bytes: 100 * track,
        lost_packets: u64::from(place == 7).try_into().unwrap(),
        damaged: place == 7,
    };
    IndexedFragment {
        sequence: Sequence::new(place).unwrap(),
        offset_bytes: 100 + (place % 30) * 1_000,
        size_bytes: 900,
        sha256: Sha256::of(&place.to_be_bytes()),
        starts_with_sync: true,
        tracks: vec![track(1, TrackKind::Video), track(2, TrackKind::Audio)],
    }
}

/// It happened while the papers were open, and is told late: a hole, which is a finding.
async fn incident(scene: &Scene) {
    let incident = IncidentRecorded {
        incident: IncidentId::mint(at(0), &*scene.world.archive.random),
        about: IncidentKind::Technical,
        source: IncidentSource::System,
        room: Some(scene.theory.parse().unwrap()),
        candidate: Some(scene.candidates[0].parse().unwrap()),
        staff: None,
        catalogue_item: None,
        description: Text::new(DESCRIPTION).unwrap(),
        clips: Vec::new(),
        evidence_sha256: Vec::new(),
        catalogue: None,
    };
    let elsewhere = Some(Elsewhere { device_time: at(1_200), ahead_us: 0 });
    let new = NewFact { fact: incident.into(), elsewhere, breach: None, source: None, seen: None };
    let case = CaseId::Session(session(scene));
    let told = scene.world.archive.records.record_fact(&scene.world.act(), case, new).await.unwrap().value;
    assert_eq!(told.findings.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(), ["H2"]);
}
