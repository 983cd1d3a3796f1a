//! Coverage of a session, from what is live and what is sealed together.

#[path = "conformance/world.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of the world")]
mod world;

#[path = "conformance/file.rs"]
mod file;

use std::sync::Arc;

use liuhen_archive::live::OpenPlace;
use liuhen_archive::records::{Sqlite, TrustLevel};
use liuhen_archive::watcher::Watcher;
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
    let place = OpenPlace { path: "journal".into(), init: bytes::Bytes::new(), clock: None };
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

/// An NVR's file fills a gap, at lower trust; a correction of its clock takes it away again.
#[tokio::test]
async fn an_import_fills_a_gap_as_imported_and_its_correction_opens_it_again() {
    let directory = tempfile::tempdir().unwrap();
    let (archive, world) = archive(directory.path()).await;
    let session = world.session(0, 120).await.id;
    let run = world.run(0).await;
    let segment = world.segment(run, 0, 30, 60);
    archive.records.seal_segments(&world.act(121), vec![segment]).await.unwrap().pop().unwrap().unwrap();
    let mut watcher = Watcher::new(archive.clone(), world.by);
    watcher.look().await.unwrap();
    let gaps = async || archive.records.gaps_of(session).await.unwrap();
    let before = gaps().await;
    assert_eq!(before.iter().map(|gap| (gap.start, gap.end)).collect::<Vec<_>>(), [(at(0), Some(at(60))); 2]);

    let key = file::register(&world).await;
    let epoch = coverage::read(&archive, session).await.unwrap().epoch;
    let import = archive.records.take_import(&world.act(121), file::file(&world, &key, 0, 1)).await.unwrap().value;
    archive.live.footage_imported(import.stream);
    watcher.look().await.unwrap();
    let filled = gaps().await;
    assert!(filled.iter().all(|gap| gap.is_filled() && gap.filled_by == Some(TrustLevel::Imported)), "{filled:?}");
    let covered = coverage::read(&archive, session).await.unwrap();
    assert!(covered.epoch > epoch, "the past has changed");
    let track = &covered.viewpoints[0].tracks[0];
    assert_eq!((&track.covered, &track.imported), (&vec![between(0, 120)], &vec![between(0, 60)]));

    // Half of the file was of another time.
    let corrected = file::correction(&import, 2, file::OFFSET_US + 30_000_000, &key);
    archive.records.correct_import(&world.act(121), corrected).await.unwrap();
    archive.live.footage_imported(import.stream);
    watcher.look().await.unwrap();
    let opened: Vec<_> = gaps().await.into_iter().filter(|gap| !gap.is_filled()).collect();
    assert_eq!(opened.iter().map(|gap| (gap.start, gap.end)).collect::<Vec<_>>(), [(at(30), Some(at(60))); 2]);
    let entries = archive.records.head().await.unwrap().size;
    watcher.look().await.unwrap();
    assert_eq!(archive.records.head().await.unwrap().size, entries, "the same look again writes nothing");

    // The camera's own footage comes after all: nothing imported is needed for the rest.
    let segment = world.segment(run, 30, 15, 30);
    archive.records.seal_segments(&world.act(122), vec![segment]).await.unwrap().pop().unwrap().unwrap();
    archive.live.segment_sealed(world.camera.evidence, run, sequence(30), sequence(44));
    watcher.look().await.unwrap();
    let of_rest: Vec<_> = gaps().await.into_iter().filter(|gap| opened.iter().any(|open| open.id == gap.id)).collect();
    assert!(of_rest.iter().all(|gap| gap.is_filled() && gap.filled_by == Some(TrustLevel::Captured)), "{of_rest:?}");
}
