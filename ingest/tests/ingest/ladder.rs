//! The way up: RECEIVED, STORED, SEALED; and the same again.

use liuhen_archive::names;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::segment::Manifest;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{AckStep, ClockProbe};

use crate::client::end;
use crate::footage::{Footage, Run};
use crate::world::World;

/// A signed range becomes a segment: object, manifest, row and entry agree with what was sent, byte for byte.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_range_is_sealed_with_object_manifest_and_entry() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(5, 3_000));
    let mut upload = world.upload().await;
    assert!(upload.open(&run).await.is_empty());
    for sequence in 0..5 {
        upload.send(&run, sequence).await;
        upload.acked(&run, sequence, AckStep::Received).await;
        upload.acked(&run, sequence, AckStep::Stored).await;
    }
    assert_eq!(world.archive().live.open_in(run.stream, run.header(2).interval()).len(), 1);
    upload.sign(&world.ours, &run, 0, 4).await;
    let sealed = upload.sealed(&run).await;
    assert_eq!((sealed.first_sequence, sealed.last_sequence, sealed.unsigned_tail), (0, 4, false));
    upload.acked(&run, 4, AckStep::Sealed).await;

    let archive = world.archive();
    let segment = archive.records.segment(run.run, Sequence::FIRST).await.unwrap().expect("recorded");
    let object = archive.objects.get(&segment.segment.object_name).await.unwrap();
    assert_eq!(Sha256::of(&object).as_bytes().as_slice(), sealed.object_sha256);
    let manifest = archive.objects.get(&names::manifest(&segment.segment.object_name)).await.unwrap();
    assert_eq!(Sha256::of(&manifest).as_bytes().as_slice(), sealed.manifest_sha256);
    let manifest = Manifest::from_bytes(&manifest).unwrap();
    assert_eq!(manifest.signatures[0].verify().expect("the signature holds").last().get(), 4);
    for (sequence, fragment) in manifest.fragments.iter().enumerate() {
        let start = fragment.offset_bytes as usize;
        assert_eq!(object.slice(start..start + fragment.size_bytes as usize), run.fragment(sequence as u64));
    }
    let receipt = sealed.receipt.expect("enclosed");
    let entry = archive.records.entries(receipt.leaf_index, None, 1).await.unwrap().remove(0);
    assert!(String::from_utf8(entry.envelope).unwrap().contains(&segment.segment.object.sha256.to_string()));
    assert!(world.journal_files().is_empty());
    assert!((3..=7).contains(&world.journal_syncs()), "{}", world.journal_syncs());
    assert!(archive.live.open_in(run.stream, run.header(2).interval()).is_empty());
}

/// The same fragment again gets the answer that holds for it now, in the journal and in the archive.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_same_answer() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(3, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    upload.store(&run, 0..2).await;
    // Twice in a row, without waiting.
    upload.send(&run, 2).await;
    upload.send(&run, 2).await;
    upload.acked(&run, 2, AckStep::Stored).await;
    upload.acked(&run, 2, AckStep::Stored).await;
    upload.sign(&world.ours, &run, 0, 2).await;
    upload.sealed(&run).await;
    upload.acked(&run, 2, AckStep::Sealed).await;
    upload.send(&run, 1).await;
    upload.acked(&run, 1, AckStep::Sealed).await;
    upload.sign(&world.ours, &run, 0, 2).await;
    upload.acked(&run, 2, AckStep::Sealed).await;
    assert_eq!(world.archive().records.sealed_ranges(run.run).await.unwrap().len(), 1);
    assert_eq!(world.quarantined(), 0);
}

/// Two runs whose chunks interleave in one call are both sealed.
#[tokio::test(flavor = "multi_thread")]
async fn runs_interleave_chunk_by_chunk() {
    let world = World::new().await;
    let footage = Footage::new(2, 8_000);
    let (front, back) = (Run::new(world.ours.streams[0], &footage), Run::new(world.ours.streams[1], &footage));
    let mut upload = world.upload().await;
    upload.open(&front).await;
    upload.open(&back).await;
    for sequence in 0..2 {
        for run in [&front, &back] {
            upload.say(Step::FragmentHead(crate::client::head(run, sequence, &run.fragment(sequence)))).await;
        }
        let (a, b) = (front.fragment(sequence), back.fragment(sequence));
        let pairs = crate::client::chunks(&front, sequence, &a).into_iter().zip(crate::client::chunks(&back, sequence, &b));
        for (a, b) in pairs {
            upload.say(Step::FragmentChunk(a)).await;
            upload.say(Step::FragmentChunk(b)).await;
        }
    }
    upload.sign(&world.ours, &front, 0, 1).await;
    upload.sign(&world.ours, &back, 0, 1).await;
    let mut sealed = std::collections::BTreeSet::new();
    while sealed.len() < 2 {
        let run = upload.until(|answer| match answer {
            Answer::SegmentSealed(sealed) => Some(sealed.run_id.clone()),
            Answer::Error(error) => panic!("{}", error.message),
            _ => None,
        });
        sealed.insert(run.await);
    }
}

/// A client that sends everything and closes its side still hears SEALED; then the call ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_call_goes_on_until_all_is_sealed() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(3, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    for sequence in 0..3 {
        upload.send(&run, sequence).await;
    }
    upload.say(end(&run, 3)).await;
    upload.half_close();
    let sealed = upload.sealed(&run).await;
    assert!(sealed.unsigned_tail, "the run ended and no signature came");
    upload.acked(&run, 2, AckStep::Sealed).await;
    assert!(upload.answer().await.is_none());
}

/// A run ends once, with the right number; told again it gets the same answer.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_written_down_once() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(3, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    upload.say(end(&run, 3)).await;
    let early = upload.error().await;
    assert_eq!((early.code.as_str(), early.action), ("failed_precondition", 1));
    upload.sign(&world.ours, &run, 0, 1).await;
    for _ in 0..2 {
        upload.say(end(&run, 2)).await;
        upload.until(|answer| matches!(answer, Answer::RunEnded(_)).then_some(())).await;
    }
    let ended = world.archive().records.run(run.run).await.unwrap().unwrap().end.expect("ended");
    assert_eq!(ended.fragments, 2);
    assert_eq!(world.archive().live.ended_runs(run.stream).len(), 1);
    upload.open(&run).await;
    upload.send(&run, 2).await;
    upload.refused(&run, Some(2), "failed_precondition", liuhen_proto::wire::ingest::v1::ErrorAction::Stop).await;
}

/// Four time stamps: the probe comes back with the centre's two.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_probe_is_answered() {
    let world = World::new().await;
    let mut upload = world.upload().await;
    upload.say(Step::ClockProbe(ClockProbe { sent_us: 42 })).await;
    let reply = upload.until(|answer| match answer {
        Answer::ClockReply(reply) => Some(*reply),
        _ => None,
    });
    let reply = reply.await;
    assert_eq!(reply.sent_us, 42);
    assert!(reply.centre_received_us <= reply.centre_sent_us && reply.centre_received_us > 1_700_000_000_000_000);
}
