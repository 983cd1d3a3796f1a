//! Segments that end without a signature, and signatures that come late.

use std::sync::Arc;

use liuhen_ingest::Limits;
use liuhen_proto::Span;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::wire::ingest::v1::AckStep;
use liuhen_proto::world::ManualClock;

use crate::footage::{Footage, MORNING, Run};
use crate::world::{World, quick};

/// Five minutes after the last fragment the segment is sealed all the same, and says so; a signature that
/// comes later is appended, and what comes later begins a new object.
#[tokio::test(flavor = "multi_thread")]
async fn a_tail_is_sealed_unsigned_after_five_minutes_and_signed_late() {
    let clock = Arc::new(ManualClock::at(MORNING));
    let world = World::with(quick(), clock.clone()).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(5, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..2).await;
    clock.advance(Span::from_secs(299));
    upload.store(&run, 2..3).await;
    clock.advance(Span::from_secs(299));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(world.journal_files().len(), 1, "five minutes from the last fragment, not from the first");
    clock.advance(Span::from_secs(1));
    let sealed = upload.sealed(&run).await;
    assert_eq!((sealed.last_sequence, sealed.unsigned_tail), (2, true));
    upload.store(&run, 3..5).await;
    upload.sign(&world.ours, &run, 0, 4).await;
    let sealed = upload.sealed(&run).await;
    assert_eq!((sealed.first_sequence, sealed.last_sequence, sealed.unsigned_tail), (3, 4, false));
    let records = &world.archive().records;
    world
        .until("the late signature is recorded", async || {
            !records.segment(run.run, Sequence::FIRST).await.unwrap().unwrap().segment.unsigned_tail
        })
        .await;
    // Told again, it gets the same answer and nothing is written.
    let size = records.head().await.unwrap().size;
    upload.sign(&world.ours, &run, 0, 4).await;
    upload.acked(&run, 4, AckStep::Sealed).await;
    assert_eq!(records.head().await.unwrap().size, size);
}

/// A segment that grows too long is closed without waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_without_a_signature_rolls() {
    let limits = Limits { roll_span: Span::from_secs(10), ..quick() };
    let world = World::with(limits, Arc::new(ManualClock::at(MORNING))).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(12, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    for sequence in 0..12 {
        upload.send(&run, sequence).await;
    }
    let (a, b) = (upload.sealed(&run).await, upload.sealed(&run).await);
    assert!(a.unsigned_tail && b.unsigned_tail);
    let lengths = [a.last_sequence - a.first_sequence + 1, b.last_sequence - b.first_sequence + 1];
    assert_eq!(lengths, [5, 5]);
}

/// By number of fragments as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_of_many_fragments_rolls() {
    let limits = Limits { roll_fragments: 4, ..quick() };
    let world = World::with(limits, Arc::new(ManualClock::at(MORNING))).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(9, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    for sequence in 0..9 {
        upload.send(&run, sequence).await;
    }
    let sealed = [upload.sealed(&run).await, upload.sealed(&run).await];
    assert!(sealed.iter().all(|sealed| sealed.last_sequence - sealed.first_sequence == 3));
}
