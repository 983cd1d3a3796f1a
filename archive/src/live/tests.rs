use liuhen_proto::Sha256;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::index::IndexedTrack;
use liuhen_proto::world::SeededRandom;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn fragment(place: u64, start: i64) -> IndexedFragment {
    let track = IndexedTrack {
        track: 1,
        kind: TrackKind::Video,
        interval: between(start, start + 2),
        media_start: 0,
        media_end: 1,
        decode_time_offset_bytes: 0,
        lost_packets: 0,
        damaged: false,
    };
    IndexedFragment {
        sequence: Sequence::new(place).unwrap(),
        offset_bytes: 0,
        size_bytes: 1,
        sha256: Sha256::of(b""),
        starts_with_sync: true,
        tracks: vec![track],
    }
}

fn place(path: &str) -> OpenPlace {
    OpenPlace { path: path.into(), init: Bytes::from_static(b"init"), clock: None }
}

fn ids() -> (StreamId, RunId, RecorderId) {
    let random = SeededRandom::new(1);
    (StreamId::mint(at(0), &random), RunId::mint(at(0), &random), RecorderId::mint(at(0), &random))
}

fn open(live: &Live, stream: StreamId, interval: Interval) -> Vec<(String, Vec<u64>)> {
    let segment = |segment: OpenSegment| {
        let places = segment.fragments.iter().map(|fragment| fragment.sequence.get()).collect();
        (segment.path.display().to_string(), places)
    };
    live.open_in(stream, interval).into_iter().map(segment).collect()
}

#[test]
fn a_fragment_is_open_from_stored_until_its_segment_is_sealed() {
    let (stream, run, _) = ids();
    let live = Live::new(at(0));
    let changes = live.subscribe();
    for n in 0..4 {
        let path = if n < 2 { "a" } else { "b" };
        live.fragment_stored(stream, run, &place(path), fragment(n, i64::try_from(n).unwrap() * 2));
    }
    assert_eq!(open(&live, stream, between(0, 100)), [("a".to_owned(), vec![0, 1]), ("b".to_owned(), vec![2, 3])]);
    assert_eq!(open(&live, stream, between(2, 6)), [("a".to_owned(), vec![1]), ("b".to_owned(), vec![2])]);
    let sequence = |place| Sequence::new(place).unwrap();
    live.segment_sealed(stream, run, sequence(0), sequence(1));
    assert_eq!(open(&live, stream, between(0, 100)), [("b".to_owned(), vec![2, 3])]);
    assert_eq!(live.sealed_count(stream), 1);
    assert!(changes.has_changed().unwrap());
}

#[test]
fn the_epoch_grows_only_when_the_past_changes_and_over_restarts() {
    let (stream, run, _) = ids();
    let live = Live::new(at(10));
    live.fragment_stored(stream, run, &place("a"), fragment(0, 100));
    live.fragment_stored(stream, run, &place("a"), fragment(1, 102));
    let began = live.epoch(&[stream]);
    live.fragment_stored(stream, run, &place("a"), fragment(2, 50));
    let first = live.epoch(&[stream]);
    live.fragment_stored(stream, run, &place("a"), fragment(3, 52));
    assert!(first > began && live.epoch(&[stream]) > first);
    let restarted = Live::new(at(11));
    assert!(restarted.epoch(&[stream]) > live.epoch(&[stream]));
    restarted.fragment_stored(stream, run, &place("a"), fragment(0, 100));
    restarted.fragment_stored(stream, run, &place("a"), fragment(1, 50));
    assert!(restarted.epoch(&[stream]) > live.epoch(&[stream]));
}

#[test]
fn a_recorder_is_known_by_its_last_words() {
    let (stream, run, recorder) = ids();
    let live = Live::new(at(0));
    assert_eq!(live.recorder_of(stream), None);
    let status = StreamStatus {
        stream,
        state: CameraState::Recording,
        since: at(0),
        detail: String::new(),
        last_fragment: None,
        bits_per_second: 0,
        camera_offset_us: None,
        camera_drift_ppb: None,
    };
    let status = RecorderStatus { streams: vec![status], clock_step_us: 7, ..RecorderStatus::default() };
    live.recorder_heard(recorder, at(5), status.clone());
    let (first, last) = (Sequence::FIRST, Sequence::FIRST);
    live.inventory(recorder, at(6), vec![PendingRange { stream, run, first, last, interval: between(0, 2) }], false);
    live.recorder_heard(recorder, at(7), RecorderStatus { clock_step_us: 0, ..status });
    live.recorder_gone(recorder);
    let (_, health) = live.recorder_of(stream).unwrap();
    assert_eq!((health.connected, health.heard, health.stepped, health.pending.len()), (false, at(7), Some(at(5)), 1));
}

#[test]
fn the_end_of_a_run_is_that_of_its_last_fragment_and_only_so_many_are_kept() {
    let (stream, run, _) = ids();
    let live = Live::new(at(0));
    live.fragment_stored(stream, run, &place("a"), fragment(0, 100));
    live.run_ended(stream, run, EndReason::CameraClosed);
    assert_eq!(live.ended_runs(stream), [RunEnded { run, at: Some(at(102)), reason: EndReason::CameraClosed }]);
    let random = SeededRandom::new(2);
    for _ in 0..100 {
        live.run_ended(stream, RunId::mint(at(0), &random), EndReason::CameraClosed);
    }
    assert_eq!(live.ended_runs(stream).len(), MAX_ENDS);
}
