//! A recorder whose clock was set while it recorded, and which learns later what was true.

use liuhen_proto::clock::{ClockBasis, ClockStatement};
use liuhen_proto::fragment::{ClockMapping, ClockSource};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::AckStep;
use liuhen_proto::wire::ingest::v1::control_request::Word;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::{Sha256, Span};

use crate::control::Control;
use crate::footage::{Footage, Run};
use crate::world::World;

const HOUR: Span = Span::from_secs(3_600);

/// A fragment as it is written while the system's clock is an hour ahead.
fn hour_ahead(run: &Run, sequence: u64) -> bytes::Bytes {
    let mut header = run.header(sequence);
    header.clock = ClockMapping { version: 2, source: ClockSource::TimeUnproven };
    for track in &mut header.tracks {
        (track.wall_start, track.wall_end) = (track.wall_start.after(HOUR), track.wall_end.after(HOUR));
    }
    run.with_header(sequence, &header)
}

/// The recorder signs what it sent.
fn signature(world: &World, run: &Run) -> pb::RangeSignature {
    let mut statement = run.statement(world.ours.recorder, 0, 5);
    for (digest, sequence) in statement.fragments.iter_mut().zip(0..).skip(3) {
        *digest = Sha256::of(&hour_ahead(run, sequence));
    }
    let statement = statement.to_bytes();
    let signature = world.ours.key.sign(&statement).as_bytes().to_vec();
    pb::RangeSignature { run_id: run.run.to_string(), first_sequence: 0, last_sequence: 5, statement, signature }
}

fn word(world: &World, run: &Run, key: &SigningKey) -> Word {
    let statement = ClockStatement {
        v: 1,
        r#type: "clock.corrected".into(),
        recorder: world.ours.recorder,
        boot: run.boot,
        mapping: 2,
        revision: 1,
        shift_us: -HOUR.as_micros(),
        error_us: 4_000,
        basis: ClockBasis::Centre,
    };
    let statement = statement.to_bytes();
    let signature = key.sign(&statement).as_bytes().to_vec();
    Word::ClockCorrection(pb::ClockCorrection { boot_id: run.boot.to_string(), clock_mapping: 2, statement, signature })
}

/// What is open moves at once, what is sealed later lies where it belongs, and each object rests on one clock.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_clock_moves_what_is_open_and_what_is_sealed_later() {
    let world = World::new().await;
    let run = Run::new(world.ours.streams[0], &Footage::new(8, 100));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..3).await;
    for sequence in 3..6 {
        upload.send_bytes(&run, sequence, &hour_ahead(&run, sequence)).await;
        upload.acked(&run, sequence, AckStep::Stored).await;
    }
    let (live, records) = (&world.archive().live, &world.archive().records);
    let truth = run.header(4).interval();
    assert!(live.open_in(run.stream, truth).is_empty(), "it says that it was taken an hour later");
    let before = live.version(run.stream);

    let mut control = Control::call(&world).await;
    control.say(word(&world, &run, &SigningKey::from_seed(&[99; 32]))).await;
    let refused = control.clock_corrected().await;
    assert!(refused.refused && refused.message.contains("signature"), "{refused:?}");
    control.say(word(&world, &run, &world.ours.key)).await;
    let corrected = control.clock_corrected().await;
    assert_eq!((corrected.refused, corrected.boot_id, corrected.clock_mapping), (false, run.boot.to_string(), 2));
    let open = live.open_in(run.stream, truth);
    assert_eq!(open[0].fragments.iter().map(|fragment| fragment.interval()).collect::<Vec<_>>(), [truth]);
    assert!(live.version(run.stream) > before, "the watcher looks again");

    upload.say(Step::RangeSignature(signature(&world, &run))).await;
    upload.acked(&run, 5, AckStep::Sealed).await;
    let whole = run.header(0).interval().hull(run.header(5).interval());
    let found = || async { records.segments_in(run.stream, whole, 9).await.unwrap() };
    world.until("both are sealed", async || found().await.len() == 2).await;
    let segments = found().await;
    let told: Vec<_> = segments.iter().map(|one| (one.first.get(), one.clock_mapping, one.shift_us, one.unsigned_tail)).collect();
    assert_eq!(told, [(0, Some(1), 0, false), (3, Some(2), -HOUR.as_micros(), false)]);
    assert_eq!(segments[0].interval.end(), segments[1].interval.start());
}
