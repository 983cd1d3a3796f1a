//! Two nodes, one PostgreSQL, one object directory, each its own journal: a run goes on at the other node, and nothing is
//! lost or sealed twice whatever the first one still holds.

use std::sync::Arc;
use std::time::Duration;

use liuhen_ingest::Limits;
use liuhen_proto::Span;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{AckStep, ErrorAction};
use liuhen_proto::world::ManualClock;

use crate::client::end;
use crate::footage::{Footage, MORNING, Run};
use crate::postgres;
use crate::world::{World, quick};

/// Two nodes on a new database whose clock stands; a run of ten fragments.
async fn two(limits: Limits) -> Option<(World, World, Arc<ManualClock>, Run)> {
    let url = postgres::database().await?;
    let clock = Arc::new(ManualClock::at(MORNING));
    let first = World::on_postgres(url, limits, clock.clone()).await;
    let second = first.beside().await;
    let run = Run::new(first.ours.streams[0], &Footage::new(10, 500));
    Some((first, second, clock, run))
}

/// Each of the fragments is sealed once, with its own digest, and the archive is whole.
async fn is_whole(world: &World, run: &Run, count: u64) {
    let records = &world.archive().records;
    let mut next = 0;
    while next < count {
        let found = records.segment(run.run, Sequence::new(next).unwrap()).await.unwrap().expect("it is sealed");
        assert_eq!(found.segment.first.get(), next, "segments neither overlap nor leave holes");
        for fragment in found.fragments {
            assert_eq!(fragment.sha256, liuhen_proto::Sha256::of(&run.fragment(next)));
            next += 1;
        }
    }
    assert_eq!(next, count);
    let report = liuhen_archive::fsck(world.archive(), &mut |_| {}).await.unwrap();
    assert!(report.sound, "{report:?}");
}

/// A node dies with fragments STORED; the other takes the recorder over, and the dead one comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_at_another_node() {
    let Some((mut first, second, _clock, run)) = two(quick()).await else { return };
    let mut upload = first.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..3).await;
    upload.sign(&first.ours, &run, 0, 2).await;
    upload.sealed(&run).await;
    upload.store(&run, 3..6).await;
    first.kill();
    let mut upload = second.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 2, AckStep::Sealed)], "a journal is its node's alone");
    upload.store(&run, 3..10).await;
    upload.sign(&second.ours, &run, 3, 9).await;
    upload.sealed(&run).await;
    let size = second.archive().records.head().await.unwrap().size;
    assert_eq!(first.journal_files().len(), 1);
    first.start().await;
    assert!(first.journal_files().is_empty(), "what another has sealed leaves the journal");
    assert_eq!(second.archive().records.head().await.unwrap().size, size);
    is_whole(&second, &run, 10).await;
}

/// A node that lives hears that the recorder is led elsewhere, and seals nothing into the other's way.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_passed_over_seals_nothing_into_the_others_way() {
    let limits = Limits { lease_renewal: Duration::from_millis(200), lease: Span::from_secs(3600), ..quick() };
    let Some((first, second, clock, run)) = two(Limits { left_over: Span::from_secs(36_000), ..limits }).await else { return };
    let mut passed_over = first.upload().await;
    passed_over.open(&run).await;
    passed_over.store(&run, 0..6).await;
    let mut upload = second.upload().await;
    upload.open(&run).await;
    let ended = passed_over.ended().await;
    assert_eq!(ended.code(), tonic::Code::Unavailable, "{ended}");
    assert!(ended.message().contains("call again"), "{ended}");
    // Its tail has waited long enough to be sealed unsigned, and is not; the other seals its own piece of it.
    clock.advance(Span::from_secs(301));
    upload.store(&run, 0..4).await;
    upload.sign(&second.ours, &run, 0, 3).await;
    upload.sealed(&run).await;
    let sealed = async || first.archive().records.sealed_ranges(run.run).await.unwrap();
    first
        .until("the first keeps only what is missing", async || {
            clock.advance(Span::from_secs(6));
            let files = first.journal_files();
            files.len() == 1 && files[0].to_str().unwrap().ends_with("-4.mp4")
        })
        .await;
    assert_eq!(sealed().await[0].last.get(), 3);
    drop(upload);
    // The other falls silent: its lease runs out, and what only the first one has is sealed by the first one.
    clock.advance(Span::from_secs(3601));
    first
        .until("what is missing is sealed", async || {
            clock.advance(Span::from_secs(6));
            sealed().await[0].last.get() == 5
        })
        .await;
    first.until("the journal is empty", async || first.journal_files().is_empty()).await;
    is_whole(&first, &run, 6).await;
}

/// Both hold the same fragments STORED, and the first one, which comes back, seals some of them before.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_sealed_in_other_pieces_is_not_sealed_again() {
    let Some((mut first, second, _clock, run)) = two(quick()).await else { return };
    let mut upload = first.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..5).await;
    first.kill();
    let mut upload = second.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..8).await;
    drop(upload);
    // The recorder comes back to the first one.
    first.start().await;
    let mut upload = first.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 4, AckStep::Stored)]);
    upload.sign(&first.ours, &run, 0, 4).await;
    upload.sealed(&run).await;
    drop(upload);
    let mut upload = second.upload().await;
    let held = upload.open(&run).await;
    assert_eq!(held, [(0, 4, AckStep::Sealed), (5, 7, AckStep::Stored)]);
    upload.store(&run, 8..10).await;
    upload.sign(&second.ours, &run, 5, 9).await;
    upload.acked(&run, 9, AckStep::Sealed).await;
    second.until("the journal is empty", async || second.journal_files().is_empty()).await;
    is_whole(&second, &run, 10).await;
}

/// What was STORED is sealed in the end even where the other node leads on and never gets it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_over_is_sealed_all_the_same() {
    let Some((first, second, clock, run)) = two(Limits { lease: Span::from_secs(3600), ..quick() }).await else { return };
    let mut upload = first.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..4).await;
    drop(upload);
    let _leads = second.upload().await;
    first
        .until("it is sealed", async || {
            clock.advance(Span::from_secs(60));
            first.archive().records.sealed_ranges(run.run).await.unwrap().len() == 1
        })
        .await;
    is_whole(&first, &run, 4).await;
}

/// A run has ended, and the node that had it STORED is gone before it sealed: all of it comes again to the other one.
#[tokio::test(flavor = "multi_thread")]
async fn what_had_ended_at_a_node_that_is_gone_comes_again() {
    let limits = Limits { lease: Span::from_secs(3600), lease_renewal: Duration::from_secs(3600), ..quick() };
    let Some((mut first, second, _clock, run)) = two(limits).await else { return };
    let mut upload = first.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..4).await;
    // The other one leads from here on, so that the first seals nothing.
    let mut other = second.upload().await;
    upload.say(end(&run, 4)).await;
    upload.until(|answer| matches!(answer, Answer::RunEnded(_)).then_some(())).await;
    first.kill();
    assert_eq!(other.open(&run).await, []);
    other.store(&run, 0..4).await;
    other.send(&run, 4).await;
    other.refused(&run, Some(4), "failed_precondition", ErrorAction::Stop).await;
    other.sign(&second.ours, &run, 0, 3).await;
    other.sealed(&run).await;
    first.start().await;
    first.until("the journal is empty", async || first.journal_files().is_empty()).await;
    is_whole(&second, &run, 4).await;
}

/// The other node holds what came after a hole, and the first one fills it later: whoever opens the run again is told, on
/// the same call.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_fills_is_told_to_whoever_asks_again() {
    let Some((mut first, second, clock, run)) = two(quick()).await else { return };
    let mut upload = first.upload().await;
    upload.open(&run).await;
    // Another clock: a segment of its own, which is not signed with the next one.
    for sequence in 0..2 {
        let mut header = run.header(sequence);
        header.clock.version = 2;
        upload.send_bytes(&run, sequence, &run.with_header(sequence, &header)).await;
        upload.acked(&run, sequence, AckStep::Stored).await;
    }
    upload.store(&run, 2..4).await;
    upload.sign(&first.ours, &run, 2, 3).await;
    upload.sealed(&run).await;
    first.kill();
    let mut other = second.upload().await;
    assert_eq!(other.open(&run).await, [(2, 3, AckStep::Sealed)]);
    other.send(&run, 1).await;
    other.refused(&run, Some(1), "failed_precondition", ErrorAction::Skip).await;
    first.start().await;
    let sealed = async || first.archive().records.sealed_ranges(run.run).await.unwrap();
    first
        .until("the first one seals it without a signature", async || {
            clock.advance(Span::from_secs(60));
            sealed().await[0].first == Sequence::FIRST
        })
        .await;
    assert_eq!(other.open(&run).await, [(0, 3, AckStep::Sealed)]);
}
