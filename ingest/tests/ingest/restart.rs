//! Crashes and lost connections: nothing that was acknowledged is lost, and everything can be taken up again.

use std::io::Write as _;

use liuhen_proto::fragment::Sequence;
use liuhen_proto::wire::ingest::v1::AckStep;
use liuhen_proto::wire::ingest::v1::upload_request::Step;

use crate::client::{chunks, end, head};
use crate::footage::{Footage, Run};
use crate::world::World;

/// The connection is dropped after each step of an upload; the next call is told what is held, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_taken_up_again_after_every_step() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(2, 2_000));
    let bytes = run.fragment(0);

    world.upload().await.open(&run).await;
    let mut upload = world.upload().await;
    assert!(upload.open(&run).await.is_empty());
    upload.say(Step::FragmentHead(head(&run, 0, &bytes))).await;
    drop(upload);
    let mut upload = world.upload().await;
    assert!(upload.open(&run).await.is_empty());
    upload.say(Step::FragmentHead(head(&run, 0, &bytes))).await;
    upload.say(Step::FragmentChunk(chunks(&run, 0, &bytes).remove(0))).await;
    drop(upload);
    let mut upload = world.upload().await;
    assert!(upload.open(&run).await.is_empty());
    upload.store(&run, 0..1).await;
    drop(upload);
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 0, AckStep::Stored)]);
    upload.store(&run, 1..2).await;
    upload.sign(&world.ours, &run, 0, 1).await;
    drop(upload);
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.sign(&world.ours, &run, 0, 1).await;
    upload.acked(&run, 1, AckStep::Sealed).await;
    assert_eq!(upload.open(&run).await, [(0, 1, AckStep::Sealed)]);
    upload.say(end(&run, 2)).await;
    drop(upload);
    world.until("the task retires", async || world.upload().await.open(&run).await == [(0, 1, AckStep::Sealed)]).await;
}

/// A node that is killed finds what it had acknowledged, shows it at once, and seals it as one with what follows.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_survives_a_crash() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(5, 2_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..3).await;
    world.restart().await;
    let open = world.archive().live.open_in(run.stream, run.header(1).interval());
    assert_eq!(open[0].fragments[0].sequence.get(), 1);
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 2, AckStep::Stored)]);
    upload.store(&run, 2..5).await;
    assert_eq!(world.journal_files().len(), 2, "what was found never grows");
    upload.sign(&world.ours, &run, 0, 4).await;
    let mut sealed = [upload.sealed(&run).await, upload.sealed(&run).await];
    sealed.sort_by_key(|sealed| sealed.first_sequence);
    assert_eq!(sealed.each_ref().map(|sealed| (sealed.first_sequence, sealed.last_sequence)), [(0, 2), (3, 4)]);
    assert!(sealed.iter().all(|sealed| !sealed.unsigned_tail));
    assert!(world.journal_files().is_empty());
}

/// A torn tail, an empty file and a file of nobody: the sound prefix is kept, the rest keeps nothing from starting.
#[tokio::test(flavor = "multi_thread")]
async fn a_torn_journal_gives_its_sound_prefix() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(3, 2_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    let file = world.journal_files().remove(0);
    world.kill();
    let torn = run.fragment(2);
    std::fs::File::options().append(true).open(&file).unwrap().write_all(&torn[..torn.len() / 2]).unwrap();
    let other = run.next_after(100);
    std::fs::write(file.with_file_name(format!("{}-0.mp4", other.run)), &run.footage.init).unwrap();
    std::fs::write(file.with_file_name("notes.txt"), b"who am I").unwrap();
    let sound = std::fs::read(&file).unwrap()[..std::fs::metadata(&file).unwrap().len() as usize - torn.len() / 2].to_vec();
    std::fs::write(file.with_file_name(format!("{}-0.mp4", run.next_after(50).run)), &sound).unwrap();
    world.start().await;
    assert_eq!(world.journal_files(), std::slice::from_ref(&file));
    assert_eq!(std::fs::read(&file).unwrap(), sound);
    assert_eq!(world.quarantined(), 2);
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 1, AckStep::Stored)]);
    upload.store(&run, 2..3).await;
}

/// Killed after the records had it and before the journal let go: the file goes, and nothing is twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_sealed_already_leaves_the_journal() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(2, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    let file = world.journal_files().remove(0);
    let kept = std::fs::read(&file).unwrap();
    upload.sign(&world.ours, &run, 0, 1).await;
    upload.sealed(&run).await;
    let size = world.archive().records.head().await.unwrap().size;
    world.kill();
    std::fs::write(&file, kept).unwrap();
    world.start().await;
    assert!(world.journal_files().is_empty());
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 1, AckStep::Sealed)]);
    assert_eq!(world.archive().records.head().await.unwrap().size, size);
}

/// Killed after manifest and object were stored and before the records had them, and closed without a
/// signature then: the second try agrees with what lies there.
#[tokio::test(flavor = "multi_thread")]
async fn sealing_is_taken_up_where_a_crash_left_it() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(2, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    world.kill();
    // What the first try leaves: the object, and a manifest without a signature.
    let file = world.journal_files().remove(0);
    world.start().await;
    let archive = world.archive().clone();
    let found = liuhen_media::segment_file::scan(&file).unwrap().unwrap();
    let place = archive.records.stream_place(run.stream).await.unwrap().unwrap();
    let (first, last) = (found.fragments[0].sequence, found.fragments[1].sequence);
    let name = liuhen_archive::names::object(&place, run.wall_start, run.run, first, last, &found.sha256);
    archive.objects.adopt(&file, &name).await.unwrap();
    let manifest = left_manifest(&run, &found);
    archive.objects.put(&liuhen_archive::names::manifest(&name), manifest.to_bytes().into()).await.unwrap();
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.sign(&world.ours, &run, 0, 1).await;
    let sealed = upload.sealed(&run).await;
    assert_eq!(sealed.manifest_sha256, liuhen_proto::Sha256::of(&manifest.to_bytes()).as_bytes());
    world
        .until("the signature is appended to what was stored without it", async || {
            !archive.records.segment(run.run, Sequence::FIRST).await.unwrap().unwrap().segment.unsigned_tail
        })
        .await;
}

fn left_manifest(run: &Run, found: &liuhen_media::segment_file::Recovered) -> liuhen_proto::segment::Manifest {
    use liuhen_proto::segment::{Manifest, ManifestFragment, Sized256};
    let fragments = found.fragments.iter().zip(&found.headers).map(|(fragment, header)| ManifestFragment {
        offset_bytes: fragment.offset_bytes,
        size_bytes: fragment.size_bytes,
        sha256: fragment.sha256,
        header: header.clone(),
    });
    Manifest {
        v: 1,
        r#type: "manifest".to_owned(),
        alg: "sha256".to_owned(),
        stream: run.stream,
        run: run.run,
        init: Sized256 { sha256: found.info.sha256, size_bytes: run.footage.init.len() as u64 },
        object: Sized256 { sha256: found.sha256, size_bytes: found.size_bytes },
        fragments: fragments.collect(),
        signatures: Vec::new(),
        unsigned_tail: true,
    }
}

/// A run that had ended, and whose last segment was still in the journal, is sealed by the start itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_run_is_sealed_by_the_next_start() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(2, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    let file = world.journal_files().remove(0);
    let kept = std::fs::read(&file).unwrap();
    world.kill();
    world.start().await;
    let act = liuhen_archive::records::Act::new(world.ours.principal(), crate::footage::MORNING);
    let reason = liuhen_archive::records::EndReason::RecorderCrashed;
    let ended = liuhen_archive::records::RunEnd { fragments: 2, reason };
    world.archive().records.end_run(&act, run.run, ended).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), kept);
    world.restart().await;
    world.until("the run is sealed", async || !world.archive().records.sealed_ranges(run.run).await.unwrap().is_empty()).await;
}

/// Segments of a run: stored, signed and sealed.
async fn sealed(world: &World, run: &Run, range: std::ops::Range<u64>) -> String {
    let mut upload = world.upload().await;
    upload.open(run).await;
    upload.store(run, range.clone()).await;
    upload.sign(&world.ours, run, range.start, range.end - 1).await;
    upload.sealed(run).await;
    let found = world.archive().records.segment(run.run, Sequence::new(range.start).unwrap()).await.unwrap().unwrap();
    found.segment.object_name
}

/// An object without a record, of which the journal has nothing any more, is taken up by the next start and sealed; one
/// that nobody noted is left to fsck, and stays.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_record_is_sealed_by_the_next_start() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(4, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    let file = world.journal_files().remove(0);
    let found = liuhen_media::segment_file::scan(&file).unwrap().unwrap();
    let place = world.archive().records.stream_place(run.stream).await.unwrap().unwrap();
    let last = found.fragments[1].sequence;
    let name = liuhen_archive::names::object(&place, run.wall_start, run.run, Sequence::FIRST, last, &found.sha256);
    world.archive().objects.adopt(&file, &name).await.unwrap();
    world.archive().objects.put("media/by/hand.mp4", bytes::Bytes::from_static(b"hand")).await.unwrap();
    world.kill();
    std::fs::remove_file(&file).unwrap();
    std::fs::write(world.journal_dir().join("sealing.1"), format!("{name}\nmedia/cut sh")).unwrap();
    world.start().await;
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 1, AckStep::Stored)]);
    upload.sign(&world.ours, &run, 0, 1).await;
    upload.sealed(&run).await;
    let sealed = world.archive().records.segment(run.run, Sequence::FIRST).await.unwrap().unwrap();
    assert_eq!(sealed.segment.object_name, name);
    let report = liuhen_archive::fsck(world.archive(), &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.len() == 1 && report.findings[0].thing == "media/by/hand.mp4", "{report:?}");
}

/// A record whose object is gone: given back where the journal still has the file; told where nothing has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_an_object_is_given_back_or_told() {
    let mut world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(4, 100));
    let (first, second) = (sealed(&world, &run, 0..2).await, sealed(&world, &run, 2..4).await);
    let objects = world.objects_dir();
    let kept = std::fs::read(objects.join(&first)).unwrap();
    world.kill();
    for name in [&first, &second] {
        std::fs::remove_file(objects.join(name)).unwrap();
    }
    std::fs::write(world.journal_dir().join("open").join(format!("{}-0.mp4", run.run)), &kept).unwrap();
    world.start().await;
    assert_eq!(std::fs::read(objects.join(&first)).unwrap(), kept);
    assert_eq!(world.missing_objects(), std::slice::from_ref(&second));
    assert!(world.is_healthy() && world.journal_files().is_empty());
    // Every start tells of it until it is there again.
    world.restart().await;
    assert_eq!(world.missing_objects(), [second]);
    let report = liuhen_archive::fsck(world.archive(), &mut |_| {}).await.unwrap();
    assert_eq!(report.findings.len(), 1);
}
