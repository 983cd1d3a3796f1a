//! What is turned away: a clear error that names run and sequence, nothing stored, nobody else harmed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use liuhen_proto::ids::{BootId, RunId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{AckStep, ErrorAction};
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};

use crate::client::{Upload, chunks, end, head, open_run, signature};
use crate::footage::{Footage, MORNING, Run};
use crate::world::{World, quick};

async fn opened(fragments: u32) -> (World, Run, Upload) {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(fragments, 2_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    (world, run, upload)
}

/// After whatever was refused, the run goes on from `next` to SEALED.
async fn goes_on(world: &World, run: &Run, upload: &mut Upload, next: u64) {
    let last = run_length(run) - 1;
    upload.store(run, next..last + 1).await;
    upload.sign(&world.ours, run, 0, last).await;
    let sealed = upload.sealed(run).await;
    assert_eq!((sealed.last_sequence, sealed.unsigned_tail), (last, false));
}

fn run_length(run: &Run) -> u64 {
    (0..).take_while(|&sequence| run.has(sequence)).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_digest_is_sent_again() {
    let (world, run, mut upload) = opened(3).await;
    let mut bytes = run.fragment(0).to_vec();
    upload.say(Step::FragmentHead(head(&run, 0, &bytes))).await;
    bytes[5_000] ^= 1;
    for chunk in chunks(&run, 0, &bytes.into()) {
        upload.say(Step::FragmentChunk(chunk)).await;
    }
    upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Repeat).await;
    assert!(world.journal_files().is_empty());
    goes_on(&world, &run, &mut upload, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_and_a_wrong_order_name_what_is_missing() {
    let (world, run, mut upload) = opened(4).await;
    upload.store(&run, 0..1).await;
    upload.send(&run, 2).await;
    let error = upload.refused(&run, Some(2), "failed_precondition", ErrorAction::Repeat).await;
    assert!(error.message.contains("fragments from 1 on"), "{}", error.message);
    goes_on(&world, &run, &mut upload, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_under_a_held_name_is_kept_aside() {
    let (world, run, mut upload) = opened(3).await;
    upload.store(&run, 0..2).await;
    let mut header = run.header(1);
    header.tracks[0].lost_packets = 7;
    let forged = run.with_header(1, &header);
    upload.send_bytes(&run, 1, &forged).await;
    upload.refused(&run, Some(1), "already_exists", ErrorAction::Stop).await;
    assert_eq!(world.quarantined(), 1);
    goes_on(&world, &run, &mut upload, 2).await;
    // Nor after it was sealed.
    upload.send_bytes(&run, 1, &forged).await;
    upload.refused(&run, Some(1), "already_exists", ErrorAction::Stop).await;
    upload.send(&run, 1).await;
    upload.acked(&run, 1, AckStep::Sealed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_time_told_twice_is_refused() {
    let (world, run, mut upload) = opened(4).await;
    upload.store(&run, 0..2).await;
    // The second fragment again, called the third: an overlap within the run.
    let mut header = run.header(1);
    header.sequence = run.header(2).sequence;
    upload.send_bytes(&run, 2, &run.with_header(1, &header)).await;
    let error = upload.refused(&run, Some(2), "invalid_argument", ErrorAction::Skip).await;
    assert!(error.message.contains("overlaps"), "{}", error.message);
    goes_on(&world, &run, &mut upload, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_of_a_stream_cannot_tell_the_same_minute() {
    let world = World::new().await;
    let first = Run::new(world.ours.streams[0], &Footage::new(20, 100));
    let (shadow, next) = (first.next_after(10), first.next_after(38));
    let mut upload = world.upload().await;
    for run in [&first, &shadow, &next] {
        upload.open(run).await;
    }
    upload.store(&first, 0..20).await;
    upload.send(&shadow, 0).await;
    let error = upload.refused(&shadow, Some(0), "invalid_argument", ErrorAction::Skip).await;
    assert!(error.message.contains(&first.run.to_string()), "{}", error.message);
    // A camera that replays its last pictures to whoever connects is no liar.
    upload.store(&next, 0..3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_boxes_are_skipped_and_the_run_goes_on_behind_them() {
    let (world, run, mut upload) = opened(4).await;
    upload.store(&run, 0..1).await;
    let whole = run.fragment(1);
    for broken in [Bytes::from_static(b"rubbish"), whole.slice(..whole.len() - 1), Bytes::from([&whole[..], &[0; 9]].concat())] {
        upload.send_bytes(&run, 1, &broken).await;
        upload.refused(&run, Some(1), "invalid_argument", ErrorAction::Skip).await;
    }
    upload.store(&run, 2..4).await;
    upload.sign(&world.ours, &run, 0, 3).await;
    let (a, b) = (upload.sealed(&run).await, upload.sealed(&run).await);
    let mut ranges = [(a.first_sequence, a.last_sequence), (b.first_sequence, b.last_sequence)];
    ranges.sort();
    assert_eq!(ranges, [(0, 0), (2, 3)]);
    upload.say(end(&run, 4)).await;
    upload.until(|answer| matches!(answer, Answer::RunEnded(_)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_of_another_run_stream_boot_or_place_is_refused() {
    let (world, run, mut upload) = opened(2).await;
    type Change = fn(&World, &mut liuhen_proto::fragment::FragmentHeader);
    let changes: [Change; 5] = [
        |_, header| header.run = RunId::mint(MORNING, &OsRandom),
        |world, header| header.stream = world.ours.streams[1],
        |_, header| header.boot = BootId::mint(MORNING, &OsRandom),
        |_, header| header.sequence = header.sequence.next(),
        |_, header| header.tracks[0].timescale = std::num::NonZeroU32::new(1_000).unwrap(),
    ];
    for change in changes {
        let mut header = run.header(0);
        change(&world, &mut header);
        upload.send_bytes(&run, 0, &run.with_header(0, &header)).await;
        upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Skip).await;
    }
    assert!(world.journal_files().is_empty());
    goes_on(&world, &run, &mut upload, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_sizes_take_no_memory() {
    let (world, run, mut upload) = opened(2).await;
    for size_bytes in [u32::MAX, 8 * 1024 * 1024 + 1] {
        upload.say(Step::FragmentHead(pb::FragmentHead { size_bytes, ..head(&run, 0, b"x") })).await;
        upload.refused(&run, Some(0), "too_large", ErrorAction::Skip).await;
    }
    upload.say(Step::FragmentHead(pb::FragmentHead { size_bytes: 0, ..head(&run, 0, b"x") })).await;
    upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Skip).await;
    // A chunk larger than allowed, and one that reaches past its fragment.
    let (large, small) = (Bytes::from(vec![0; 64 * 1024 + 1]), Bytes::from_static(b"xyz"));
    let cases = [(&large[..], large.clone(), ErrorAction::Stop), (b"xy", small, ErrorAction::Skip)];
    for (announced, data, action) in cases {
        upload.say(Step::FragmentHead(head(&run, 0, announced))).await;
        let run_id = run.run.to_string();
        upload.say(Step::FragmentChunk(pb::FragmentChunk { run_id, sequence: 0, offset_bytes: 0, data })).await;
        upload.refused(&run, Some(0), "too_large", action).await;
    }
    goes_on(&world, &run, &mut upload, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_on_the_way_than_the_window_waits_its_turn() {
    let limits = liuhen_ingest::Limits { window_bytes: 200 * 1024, ..quick() };
    let world = World::with(limits, Arc::new(liuhen_proto::world::SystemClock)).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(2, 2_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.say(Step::FragmentHead(pb::FragmentHead { size_bytes: 500_000, ..head(&run, 0, b"x") })).await;
    upload.refused(&run, Some(0), "resource_exhausted", ErrorAction::Repeat).await;
    goes_on(&world, &run, &mut upload, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_runs_than_a_recorder_may_open_are_refused_until_others_end() {
    let limits = liuhen_ingest::Limits { recorder_runs: 2, ..quick() };
    let world = World::with(limits, Arc::new(liuhen_proto::world::SystemClock)).await;
    let first = Run::new(world.ours.streams[0], &Footage::new(1, 100));
    let (second, third) = (first.next_after(100), first.next_after(200));
    let mut upload = world.upload().await;
    upload.open(&first).await;
    upload.open(&second).await;
    upload.say(Step::OpenRun(open_run(&third))).await;
    upload.refused(&third, None, "resource_exhausted", ErrorAction::Repeat).await;
    upload.store(&first, 0..1).await;
    upload.say(end(&first, 1)).await;
    upload.sealed(&first).await;
    world
        .until("the ended run makes room", async || {
            upload.say(Step::OpenRun(open_run(&third))).await;
            upload
                .until(|answer| match answer {
                    Answer::RunOpened(_) => Some(true),
                    Answer::Error(_) => Some(false),
                    _ => None,
                })
                .await
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_out_of_order_or_without_a_head_are_refused_once() {
    let (world, run, mut upload) = opened(2).await;
    let bytes = run.fragment(0);
    let pieces = chunks(&run, 0, &bytes);
    assert!(pieces.len() >= 2, "the fragment is large enough to be cut");
    upload.say(Step::FragmentChunk(pieces[0].clone())).await;
    upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Repeat).await;
    upload.say(Step::FragmentHead(head(&run, 0, &bytes))).await;
    upload.say(Step::FragmentChunk(pieces[1].clone())).await;
    upload.say(Step::FragmentChunk(pieces[0].clone())).await;
    let error = upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Repeat).await;
    assert!(error.message.contains("byte 65536"), "{}", error.message);
    // Given up for another before it was whole.
    upload.say(Step::FragmentHead(head(&run, 0, &bytes))).await;
    upload.say(Step::FragmentChunk(pieces[0].clone())).await;
    upload.send(&run, 0).await;
    upload.refused(&run, Some(0), "invalid_argument", ErrorAction::Repeat).await;
    upload.acked(&run, 0, AckStep::Stored).await;
    goes_on(&world, &run, &mut upload, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_speaks_for_its_own_site_only() {
    let world = World::new().await;
    let foreign = Run::new(world.theirs.streams[0], &Footage::new(1, 100));
    let mut upload = world.upload().await;
    upload.say(Step::OpenRun(open_run(&foreign))).await;
    upload.refused(&foreign, None, "permission_denied", ErrorAction::Stop).await;
    assert!(world.archive().records.run(foreign.run).await.unwrap().is_none());
    // Nor may it go on with a run that the other site's recorder has open.
    let mut theirs = Upload::call(&world.address(), "theirs").await.unwrap();
    theirs.open(&foreign).await;
    upload.send(&foreign, 0).await;
    upload.refused(&foreign, Some(0), "failed_precondition", ErrorAction::Repeat).await;
    theirs.store(&foreign, 0..1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_recorders_may_call() {
    let world = World::new().await;
    let nobody = Upload::call(&world.address(), "").await.err().expect("refused");
    assert_eq!(nobody.code(), tonic::Code::Unauthenticated);
    let admin = Upload::call(&world.address(), "admin").await.err().expect("refused");
    assert_eq!(admin.code(), tonic::Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_never_changes_what_it_is() {
    let (world, run, mut upload) = opened(1).await;
    let other_init = Footage { init: Footage::sound_only(), ..run.footage.clone() };
    let changed = [
        Run { footage: other_init, ..run.clone() },
        Run { boot: BootId::mint(MORNING, &OsRandom), ..run.clone() },
        Run { stream: world.ours.streams[1], ..run.clone() },
    ];
    for other in &changed {
        upload.say(Step::OpenRun(open_run(other))).await;
        upload.refused(&run, None, "already_exists", ErrorAction::Stop).await;
    }
    drop(upload);
    // Nor after the node has forgotten it.
    let mut world = world;
    world.restart().await;
    let mut upload = world.upload().await;
    for other in &changed {
        upload.say(Step::OpenRun(open_run(other))).await;
        upload.refused(&run, None, "already_exists", ErrorAction::Stop).await;
    }
    let wrong = pb::OpenRun { init_sha256: vec![0; 32], ..open_run(&run) };
    upload.say(Step::OpenRun(wrong)).await;
    upload.refused(&run, None, "invalid_argument", ErrorAction::Skip).await;
    assert!(upload.open(&run).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_signatures_leave_the_segment_open_for_the_right_one() {
    let (world, run, mut upload) = opened(3).await;
    upload.store(&run, 0..2).await;
    let right = signature(&world.ours, &world.ours.key, &run, 0, 1);
    let other_key = signature(&world.ours, &SigningKey::from_seed(&[9; 32]), &run, 0, 1);
    let other_recorder = signature(&world.theirs, &world.ours.key, &run, 0, 1);
    let other_range = pb::RangeSignature { last_sequence: 0, ..right.clone() };
    let mut statement = run.statement(world.ours.recorder, 0, 1);
    statement.fragments[1] = statement.fragments[0];
    let statement = statement.to_bytes();
    let signature_bytes = world.ours.key.sign(&statement).as_bytes().to_vec();
    let other_digest = pb::RangeSignature { statement, signature: signature_bytes, ..right.clone() };
    for wrong in [other_key, other_recorder, other_range, other_digest] {
        upload.say(Step::RangeSignature(wrong)).await;
        upload.refused(&run, None, "invalid_argument", ErrorAction::Skip).await;
    }
    upload.sign(&world.ours, &run, 0, 2).await;
    upload.refused(&run, None, "failed_precondition", ErrorAction::Repeat).await;
    upload.say(Step::RangeSignature(right)).await;
    assert!(!upload.sealed(&run).await.unsigned_tail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_meaning_ends_nothing() {
    let (world, run, mut upload) = opened(1).await;
    let no_run = pb::FragmentHead { run_id: "../../etc".to_owned(), ..head(&run, 0, b"x") };
    upload.say(Step::FragmentHead(no_run)).await;
    let error = upload.error().await;
    assert_eq!((error.code.as_str(), error.run_id.as_str()), ("invalid_argument", ""));
    let huge = pb::FragmentHead { sequence: u64::MAX, ..head(&run, 0, b"x") };
    upload.say(Step::FragmentHead(huge)).await;
    assert_eq!(upload.error().await.code, "invalid_argument");
    upload.say(Step::EndRun(pb::EndRun { run_id: run.run.to_string(), fragments: 0, reason: 99 })).await;
    upload.refused(&run, None, "invalid_argument", ErrorAction::Skip).await;
    goes_on(&world, &run, &mut upload, 0).await;
}

/// A recorder that sends nothing but rubbish, as fast as it can and without reading an answer, does not
/// keep another from SEALED; and after some hundred of them it is listened to slowly.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_recorder_harms_no_other() {
    let (world, run, mut upload) = opened(5).await;
    let foreign = Run::new(world.theirs.streams[0], &Footage::new(1, 100));
    let mut hostile = Upload::call(&world.address(), "theirs").await.unwrap();
    hostile.open(&foreign).await;
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let flood = tokio::spawn(async move {
        let rubbish = Bytes::from_static(b"rubbish");
        for sequence in (0..7).cycle() {
            let steps = chunks(&foreign, sequence, &rubbish).into_iter().map(Step::FragmentChunk);
            for step in std::iter::once(Step::FragmentHead(head(&foreign, sequence, &rubbish))).chain(steps) {
                if !hostile.try_say(step).await {
                    return;
                }
            }
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    goes_on(&world, &run, &mut upload, 0).await;
    let mut before = u64::MAX;
    world
        .until("the flood trickles", async || {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = sent.load(Ordering::SeqCst);
            now < std::mem::replace(&mut before, now).saturating_add(60)
        })
        .await;
    assert!(sent.load(Ordering::SeqCst) > 100);
    flood.abort();
}

/// Calls that flood with everything that costs the centre something: runs that are made up, names that were never
/// announced, signatures that do not hold, the same fragment over and over. Another recorder's fragments are STORED
/// as if nobody else were there, and the flood leaves little behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_does_not_delay_another() {
    const FRAGMENTS: u64 = 40;
    let (world, run, mut upload) = opened(FRAGMENTS as u32).await;
    let before = world.archive().records.head().await.unwrap().size;
    let mut floods = Vec::new();
    for kind in 0..4u64 {
        let (address, site) = (world.address(), world.theirs.clone());
        floods.push(tokio::spawn(async move {
            let footage = Footage::new(2, 500);
            let mut call = Upload::call(&address, "theirs").await.unwrap();
            let first = Run::new(site.streams[0], &footage);
            call.open(&first).await;
            call.store(&first, 0..1).await;
            for round in 0u64.. {
                let made_up = Run::new(site.streams[1], &footage);
                let step = match kind {
                    0 => Step::OpenRun(open_run(&made_up)),
                    1 => Step::FragmentHead(head(&made_up, round, b"x")),
                    2 => Step::RangeSignature(signature(&site, &site.key, &first, 0, 1)),
                    _ if round % 2 == 0 => Step::FragmentHead(head(&first, 0, &first.fragment(0))),
                    _ => Step::FragmentChunk(chunks(&first, 0, &first.fragment(0)).remove(0)),
                };
                if !call.try_say(step).await {
                    return;
                }
            }
        }));
    }
    let mut longest = Duration::ZERO;
    for sequence in 0..FRAGMENTS {
        let began = SystemClock.boot_now();
        upload.send(&run, sequence).await;
        upload.acked(&run, sequence, AckStep::Stored).await;
        longest = longest.max(SystemClock.boot_now().since(began).into());
    }
    println!("the longest way to STORED: {longest:?}");
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    // Runs open at once are bounded, and how fast they are made up is.
    let size = world.archive().records.head().await.unwrap().size;
    assert!(size - before < 700, "{} entries", size - before);
    floods.into_iter().for_each(|flood| flood.abort());
}

/// A recorder whose line breaks often calls anew each time: the oldest of too many calls ends, and the new one stands.
#[tokio::test(flavor = "multi_thread")]
async fn one_call_too_many_ends_the_oldest() {
    let (world, run, mut oldest) = opened(1).await;
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(world.upload().await);
    }
    assert!(oldest.answer().await.is_none());
    goes_on_in(&world, &run, calls.last_mut().unwrap()).await;
}

async fn goes_on_in(world: &World, run: &Run, upload: &mut Upload) {
    upload.open(run).await;
    goes_on(world, run, upload, 0).await;
}
