//! Clocks that had been wrong: what a recorder says of them, and what becomes of its footage.

use liuhen_archive::Error;
use liuhen_archive::records::{ClockName, NewClockCorrection, NewRun, NewSegment};
use liuhen_proto::Interval;
use liuhen_proto::clock::{ClockBasis, ClockStatement};
use liuhen_proto::custody::{EntryType, Envelope};
use liuhen_proto::ids::BootId;
use liuhen_proto::signing::SigningKey;

use crate::world::{World, at, between, sequence};

const HOUR_US: i64 = 3_600_000_000;

fn clock(world: &World, run: &NewRun, mapping: u32) -> ClockName {
    ClockName { recorder: world.recorder.id, boot: run.boot, mapping }
}

/// What the recorder says of a clock of its own, signed with `key`.
pub(crate) fn word(clock: ClockName, revision: u32, shift_us: i64, key: &SigningKey) -> NewClockCorrection {
    let said = ClockStatement {
        v: 1,
        r#type: "clock.corrected".into(),
        recorder: clock.recorder,
        boot: clock.boot,
        mapping: clock.mapping,
        revision,
        shift_us,
        error_us: 4_000,
        basis: ClockBasis::Centre,
    };
    let statement = said.to_bytes();
    NewClockCorrection { clock, signature: key.sign(&statement), statement }
}

fn segment(world: &World, run: &NewRun, mapping: Option<u32>, first: u64, seconds: i64) -> NewSegment {
    NewSegment { clock_mapping: mapping, ..world.segment(run.run, first, 30, seconds) }
}

async fn seal(world: &World, segment: NewSegment) {
    world.records.seal_segments(&world.act(500), vec![segment]).await.unwrap().remove(0).unwrap();
}

/// Where the segments of the stream lie, by each of the lookups.
async fn found(world: &World, within: Interval) -> Vec<Interval> {
    let stream = world.camera.evidence;
    let segments = world.records.segments_in(stream, within, 9).await.unwrap();
    let found: Vec<_> = segments.iter().map(|segment| segment.interval).collect();
    let indexed = world.records.indexed_segments_in(stream, within, 9).await.unwrap();
    let of_fragments = |fragments: &[liuhen_proto::index::IndexedFragment]| {
        fragments.iter().map(|fragment| fragment.interval()).reduce(Interval::hull).unwrap()
    };
    assert_eq!(indexed.iter().map(|one| of_fragments(&one.fragments)).collect::<Vec<_>>(), found);
    let covered = world.records.coverage_in(stream, within).await.unwrap();
    assert_eq!(covered.iter().map(|one| one.interval).collect::<Vec<_>>(), found);
    let of_kinds = covered.iter().map(|one| one.kinds[0].covered[0]).collect::<Vec<_>>();
    assert_eq!(of_kinds, found);
    for segment in segments {
        assert_eq!(world.records.segment(segment.run, segment.first).await.unwrap().unwrap().segment, segment);
    }
    found
}

async fn chain(world: &World, subject: &str) -> Vec<Envelope> {
    let entries = world.records.entries(0, Some(subject), 100).await.unwrap();
    entries.iter().map(|entry| Envelope::from_bytes(&entry.envelope).unwrap()).collect()
}

/// What is sealed moves, and so does what is sealed later; the newest word stands.
pub(crate) async fn a_corrected_clock_moves_what_is_sealed_and_what_comes_later(world: &World) {
    let (morning, later) = (world.session(0, 600).await.id, world.session(3600, 4200).await.id);
    let run = world.new_run(0);
    world.records.open_run(&world.act(0), run.clone()).await.unwrap();
    for (mapping, first, seconds) in [(Some(1), 0, 0), (Some(2), 30, 60), (None, 60, 120)] {
        seal(world, segment(world, &run, mapping, first, seconds)).await;
    }
    let (clock, key) = (clock(world, &run, 2), &world.key);
    let written = world.records.correct_clock(&world.act(600), word(clock, 1, HOUR_US, key)).await.unwrap();
    assert_eq!((written.value.streams.clone(), written.repeated), (vec![world.camera.evidence], false));
    assert_eq!(found(world, between(0, 600)).await, [between(0, 60), between(120, 180)], "other mappings stay");
    assert_eq!(found(world, between(3600, 4200)).await, [between(3660, 3720)]);
    let moved = world.records.segment(run.run, sequence(30)).await.unwrap().unwrap().segment;
    assert_eq!((moved.clock_mapping, moved.shift_us), (Some(2), HOUR_US));
    for subject in [world.recorder.id.to_string(), morning.to_string(), later.to_string()] {
        let last = chain(world, &subject).await.pop().unwrap();
        assert_eq!(last.r#type, EntryType::ClockCorrected, "{subject}");
    }

    // What comes later of the same clock is sealed where it belongs, and its entry says so.
    seal(world, segment(world, &run, Some(2), 90, 180)).await;
    assert_eq!(found(world, between(3600, 4200)).await, [between(3660, 3720), between(3780, 3840)]);
    let told = chain(world, &later.to_string()).await.pop().unwrap();
    let data = serde_json::to_value(&told.data).unwrap();
    assert_eq!((told.r#type, &data["shift_us"], &data["clock"]), (EntryType::Segment, &HOUR_US.into(), &2.into()));
    assert_eq!(data["start_us"], at(180).as_micros(), "as its fragments say");

    // The newest word stands, whatever order they come in.
    world.records.correct_clock(&world.act(700), word(clock, 3, -30_000_000, key)).await.unwrap();
    assert_eq!(found(world, between(0, 600)).await, [between(0, 60), between(30, 90), between(120, 180), between(150, 210)]);
    let stale = world.records.correct_clock(&world.act(701), word(clock, 2, 5, key)).await;
    assert!(matches!(stale, Err(Error::Conflict { seen: 2, found: 3, .. })), "{stale:?}");
    assert_eq!(world.records.clock_shifts(clock.recorder, clock.boot).await.unwrap(), [(clock, -30_000_000)]);
    world.log_is_whole().await;
}

pub(crate) async fn a_correction_is_taken_once_and_from_its_own_recorder_alone(world: &World) {
    let run = world.new_run(0);
    world.records.open_run(&world.act(0), run.clone()).await.unwrap();
    seal(world, segment(world, &run, Some(1), 0, 0)).await;
    let (clock, key) = (clock(world, &run, 1), &world.key);
    let size = world.records.head().await.unwrap().size;
    let other = ClockName { boot: BootId::mint(at(9), &world.random), ..clock };
    let refused = [
        word(clock, 1, HOUR_US, &SigningKey::from_seed(&[7; 32])),
        NewClockCorrection { clock: other, ..word(clock, 1, HOUR_US, key) },
        NewClockCorrection { statement: b"{}".to_vec(), ..word(clock, 1, HOUR_US, key) },
    ];
    for new in refused {
        let refused = world.records.correct_clock(&world.act(1), new).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    assert_eq!(world.records.head().await.unwrap().size, size);

    let first = world.records.correct_clock(&world.act(2), word(clock, 1, HOUR_US, key)).await.unwrap();
    let again = world.records.correct_clock(&world.act(3), word(clock, 1, HOUR_US, key)).await.unwrap();
    assert_eq!((again.value.correction, again.receipt, again.repeated), (first.value.correction, first.receipt, true));
    let another = world.records.correct_clock(&world.act(3), word(clock, 1, 5, key)).await;
    assert!(matches!(another, Err(Error::AlreadyExists { .. })), "{another:?}");

    // Of a boot that nobody has heard of yet: it waits for what will come.
    world.records.correct_clock(&world.act(4), word(other, 1, HOUR_US, key)).await.unwrap();
    let late = NewRun { boot: other.boot, ..world.new_run(20) };
    world.records.open_run(&world.act(20), late.clone()).await.unwrap();
    seal(world, segment(world, &late, Some(1), 0, 20)).await;
    assert_eq!(found(world, between(3600, 3900)).await, [between(3600, 3660), between(3620, 3680)]);
    world.log_is_whole().await;
}
