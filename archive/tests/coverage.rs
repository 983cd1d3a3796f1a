//! Coverage of a session, from what is live and what is sealed together.

#[path = "conformance/world.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of the world")]
mod world;

use std::sync::Arc;

use liuhen_archive::live::OpenPlace;
use liuhen_archive::records::Sqlite;
use liuhen_archive::{Archive, Error, Live, Objects, coverage};
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::world::{ManualClock, SeededRandom};
use world::{World, at, between, sequence};

async fn archive(directory: &std::path::Path) -> (Archive, World) {
    let random = Arc::new(SeededRandom::new(1));
    let records = Arc::new(Sqlite::open(&directory.join("liuhen.db"), random.clone()).await.unwrap());
    let archive = Archive {
        records: records.clone(),
        objects: Objects::open(&directory.join("objects")).unwrap(),
        live: Live::new(at(0)),
        clock: Arc::new(ManualClock::at(at(121))),
        random,
    };
    (archive, World::on(records).await)
}

/// Before, while and after a segment goes over from the journal to the records, coverage is the same.
#[tokio::test]
async fn a_segment_counts_once_while_it_is_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let (archive, world) = archive(directory.path()).await;
    let session = world.session(0, 600).await;
    let run = world.run(0).await;
    let segment = world.segment(run, 0, 60, 0);
    let place = OpenPlace { path: "journal".into(), init: bytes::Bytes::new() };
    for fragment in &segment.fragments {
        let mut fragment = fragment.clone();
        fragment.tracks[0].lost_packets = 1;
        archive.live.fragment_stored(world.camera.evidence, run, &place, fragment);
    }
    let read = async || coverage::read(&archive, session.id).await.unwrap().viewpoints.remove(0);
    let before = read().await;
    assert_eq!((before.tracks.len(), before.tracks[0].covered.as_slice()), (2, [between(0, 120)].as_slice()));
    assert_eq!((before.tracks[0].lost_packets, before.tracks[0].missing.len()), (60, 0));
    archive.records.seal_segments(&world.act(121), vec![segment]).await.unwrap().pop().unwrap().unwrap();
    let during = read().await;
    // The row in this test says that nothing was lost: so nothing was counted twice.
    assert_eq!((&during.tracks[0].covered, during.tracks[0].lost_packets), (&before.tracks[0].covered, 0));
    archive.live.segment_sealed(world.camera.evidence, run, sequence(0), sequence(59));
    assert_eq!(read().await, during);
}

#[tokio::test]
async fn a_session_without_footage_lacks_all_of_it_and_an_unknown_one_is_not_found() {
    let directory = tempfile::tempdir().unwrap();
    let (archive, world) = archive(directory.path()).await;
    let session = world.session(60, 600).await;
    let coverage = coverage::read(&archive, session.id).await.unwrap();
    assert_eq!(coverage.as_of, at(121));
    let tracks = &coverage.viewpoints[0].tracks;
    assert_eq!(tracks.iter().map(|track| track.kind).collect::<Vec<_>>(), [TrackKind::Video, TrackKind::Audio]);
    assert!(tracks.iter().all(|track| track.missing == [between(60, 121)] && track.last_stored.is_none()));
    assert!(matches!(coverage::read(&archive, world.unknown_session()).await, Err(Error::NotFound(_))));
}
