//! Runs, segments, late signatures, and their entries.

use liuhen_archive::Error;
use liuhen_archive::records::{EndReason, HeldRange, LateSignature, NewSegment, RunEnd, Sealed};
use liuhen_proto::custody::{EntryType, Envelope};
use liuhen_proto::segment::{RangeStatement, SignedRange};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::{Sha256, Span};

use crate::world::{World, between, sequence};

async fn seal(world: &World, segments: Vec<NewSegment>) -> Vec<Result<Sealed, Error>> {
    world.records.seal_segments(&world.act(500), segments).await.unwrap()
}

pub(crate) async fn a_run_opens_and_ends_once(world: &World) {
    let new = world.new_run(5);
    let opened = world.records.open_run(&world.act(5), new.clone()).await.unwrap();
    let again = world.records.open_run(&world.act(6), new.clone()).await.unwrap();
    assert_eq!((&opened.value, opened.receipt, true), (&again.value, again.receipt, again.repeated));
    let other = liuhen_archive::records::NewRun { init: bytes::Bytes::from_static(b"other"), ..new.clone() };
    assert!(matches!(world.records.open_run(&world.act(6), other).await, Err(Error::AlreadyExists { .. })));
    let end = RunEnd { fragments: 3, reason: EndReason::CameraClosed };
    let ended = world.records.end_run(&world.act(7), new.run, end).await.unwrap();
    assert_eq!(ended.value.end, Some(end));
    assert!(world.records.end_run(&world.act(8), new.run, end).await.unwrap().repeated);
    let other = RunEnd { fragments: 4, ..end };
    assert!(matches!(world.records.end_run(&world.act(8), new.run, other).await, Err(Error::AlreadyExists { .. })));
    assert_eq!(world.records.run(new.run).await.unwrap(), Some(ended.value));
    assert_eq!(world.log_is_whole().await, 9);
}

pub(crate) async fn sealed_segments_are_found_and_stand_in_the_chain_of_the_session(world: &World) {
    let session = world.session(0, 3600).await;
    let run = world.run(0).await;
    let segments = vec![world.segment(run, 0, 30, 0), world.segment(run, 30, 30, 60), world.segment(run, 90, 5, 180)];
    let sealed = seal(world, segments.clone()).await;
    let receipts: Vec<_> = sealed.iter().map(|sealed| sealed.as_ref().unwrap().receipt).collect();
    assert!(receipts.windows(2).all(|pair| pair[0].leaf_index + 1 == pair[1].leaf_index));
    let held = [(0, 59), (90, 94)].map(|(first, last)| HeldRange { first: sequence(first), last: sequence(last) });
    assert_eq!(world.records.sealed_ranges(run).await.unwrap(), held);

    let stream = world.camera.evidence;
    let found = world.records.segments_in(stream, between(59, 121), 10).await.unwrap();
    assert_eq!(found.iter().map(|segment| segment.first.get()).collect::<Vec<_>>(), [0, 30]);
    assert_eq!(found[1].leaf_index, receipts[1].leaf_index);
    assert_eq!(found[1].interval, between(60, 120));
    assert_eq!(world.records.segments_in(stream, between(0, 900), 1).await.unwrap().len(), 1);
    assert_eq!(world.records.segments_in(stream, between(120, 180), 10).await.unwrap(), []);
    let indexed = world.records.indexed_segments_in(stream, between(0, 60), 10).await.unwrap();
    assert_eq!(indexed[0].fragments, segments[0].fragments);
    let at = world.records.segment(run, sequence(92)).await.unwrap().unwrap();
    assert_eq!((at.segment.first.get(), at.fragments.len()), (90, 5));
    assert_eq!(world.records.segment(run, sequence(60)).await.unwrap(), None);

    let covered = world.records.coverage_in(stream, between(0, 3600)).await.unwrap();
    assert_eq!(covered[0].kinds.len(), 2);
    assert_eq!(covered[0].kinds[0].covered, [between(0, 60)]);
    assert_eq!(covered[0].kinds[0].longest_fragment, Span::from_secs(2));
    let chain = world.records.entries(0, Some(&session.id.to_string()), 100).await.unwrap();
    let types: Vec<_> = chain.iter().map(|entry| Envelope::from_bytes(&entry.envelope).unwrap().r#type).collect();
    assert_eq!(types, [EntryType::SessionOpen, EntryType::Segment, EntryType::Segment, EntryType::Segment]);
    world.log_is_whole().await;
}

pub(crate) async fn a_segment_of_two_sessions_stands_in_both_chains_and_one_of_none_in_its_streams(world: &World) {
    let (a, b) = (world.session(0, 100).await, world.session(50, 200).await);
    let run = world.run(0).await;
    seal(world, vec![world.segment(run, 0, 30, 60), world.segment(run, 30, 5, 300)]).await;
    for subject in [a.id.to_string(), b.id.to_string()] {
        assert_eq!(world.records.entries(0, Some(&subject), 100).await.unwrap().len(), 2);
    }
    // The run was opened in the chain of its stream.
    let stream = world.camera.evidence.to_string();
    assert_eq!(world.records.entries(0, Some(&stream), 100).await.unwrap().len(), 2);
    world.log_is_whole().await;
}

pub(crate) async fn a_repeat_is_no_error_and_what_is_refused_harms_no_other(world: &World) {
    let run = world.run(0).await;
    let first = world.segment(run, 0, 10, 0);
    let before = seal(world, vec![first.clone()]).await;
    let mut changed = first.clone();
    changed.object.sha256 = Sha256::of(b"another object");
    let overlapping = world.segment(run, 9, 5, 18);
    let mut foreign = world.segment(run, 50, 5, 100);
    foreign.stream = world.camera.viewing.unwrap();
    let mut holes = world.segment(run, 60, 5, 120);
    holes.fragments.remove(2);
    let unknown = world.segment(liuhen_proto::ids::RunId::mint(crate::world::at(0), &world.random), 0, 5, 0);
    let good = world.segment(run, 10, 10, 20);
    let batch = vec![first, changed, overlapping, foreign, holes, unknown, good.clone(), good];
    let sealed = seal(world, batch).await;
    assert_eq!(sealed[0].as_ref().unwrap().receipt, before[0].as_ref().unwrap().receipt);
    assert!(sealed[0].as_ref().unwrap().repeated);
    assert!(matches!(sealed[1], Err(Error::AlreadyExists { .. })));
    assert!(matches!(sealed[2], Err(Error::AlreadyExists { .. })));
    assert!(matches!(sealed[3], Err(Error::Invalid { .. })));
    assert!(matches!(sealed[4], Err(Error::Invalid { .. })));
    assert!(matches!(sealed[5], Err(Error::NotFound(_))));
    assert_eq!(sealed[6].as_ref().unwrap().receipt, sealed[7].as_ref().unwrap().receipt);
    assert_eq!(world.records.sealed_ranges(run).await.unwrap().len(), 1);
    assert_eq!(world.log_is_whole().await, 7 + 1 + 2);
}

/// A clock that was set while a segment was recorded makes it span hours; it is found all the same.
pub(crate) async fn a_segment_over_a_clock_step_is_found_by_all_that_it_holds(world: &World) {
    let run = world.run(0).await;
    let mut long = world.segment(run, 0, 2, 0);
    for track in &mut long.fragments[1].tracks {
        track.interval = between(7200, 7202);
    }
    seal(world, vec![long, world.segment(run, 2, 1, 7202)]).await[0].as_ref().unwrap();
    let find = async |start, end| {
        let found = world.records.segments_in(world.camera.evidence, between(start, end), 9).await.unwrap();
        found.iter().map(|segment| segment.first.get()).collect::<Vec<_>>()
    };
    assert_eq!(find(7201, 7203).await, [0, 2]);
    assert_eq!(find(0, 1).await, [0]);
    let covered = world.records.coverage_in(world.camera.evidence, between(7000, 7203)).await.unwrap();
    assert_eq!(covered[0].kinds[0].covered, [between(0, 2), between(7200, 7202)]);
}

pub(crate) async fn a_late_signature_ends_the_unsigned_tail(world: &World) {
    let run = world.run(0).await;
    let mut segment = world.segment(run, 0, 3, 0);
    segment.unsigned_tail = true;
    seal(world, vec![segment.clone()]).await;
    let unsigned = async || world.records.segment(run, sequence(0)).await.unwrap().unwrap().segment.unsigned_tail;
    assert!(unsigned().await);
    let statement = RangeStatement {
        v: 1,
        r#type: "range".into(),
        recorder: world.recorder.id,
        stream: world.camera.evidence,
        run,
        init: Sha256::of(b"init"),
        first: sequence(0),
        fragments: segment.fragments.iter().map(|fragment| fragment.sha256).collect(),
    };
    let key = SigningKey::from_seed(&[7; 32]);
    let bytes = statement.to_bytes();
    let signed = SignedRange { signature: key.sign(&bytes), key: key.public(), statement: String::from_utf8(bytes).unwrap() };
    let late = LateSignature { run, first: sequence(0), last: sequence(2), signed };
    let receipt = world.records.append_signature(&world.act(600), late.clone()).await.unwrap();
    assert!(!unsigned().await);
    assert_eq!(world.records.append_signature(&world.act(601), late.clone()).await.unwrap(), receipt);
    let mut other = late.clone();
    other.signed.statement.push(' ');
    assert!(matches!(world.records.append_signature(&world.act(601), other).await, Err(Error::AlreadyExists { .. })));
    let nowhere = LateSignature { first: sequence(70), last: sequence(72), ..late };
    assert!(matches!(world.records.append_signature(&world.act(601), nowhere).await, Err(Error::NotFound(_))));
    world.log_is_whole().await;
}
