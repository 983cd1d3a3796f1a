use std::path::Path;

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{FlagId, RunId, StreamId};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::world::SeededRandom;

use super::*;

const QUOTA: u64 = 100 << 20;

fn flag(seed: u64) -> Flag {
    let (at, random) = (Timestamp::from_micros(1_795_000_000_000_000), SeededRandom::new(seed));
    Flag {
        flag: FlagId::mint(at, &random),
        stream: StreamId::mint(at, &random),
        run: RunId::mint(at, &random),
        kind: FlagKind::Silent,
        start: at,
        end: None,
        seen: Timestamp::from_micros(at.as_micros() + 5_000_000),
        version: 1,
        measured_milli: -90_000,
        threshold_milli: -60_000,
        detector: "silent/1".into(),
    }
}

fn still(mark: u8, bytes: usize) -> Observation {
    Observation::Still(pb::Still { jpeg: vec![mark; bytes], ..Default::default() })
}

fn levels(mark: u8) -> Observation {
    Observation::Levels(pb::SoundLevels { rms: vec![mark], peak: vec![mark], ..Default::default() })
}

/// All that waits, in the order in which it would be sent, without an answer.
fn waiting(observations: &Observations) -> Vec<(Name, Observation)> {
    let (mut under_way, mut all) = (BTreeSet::new(), Vec::new());
    while let Some((name, request)) = observations.next(&under_way) {
        under_way.insert(name);
        all.push((name, request.observation.unwrap()));
    }
    all
}

fn open(directory: &Path) -> Arc<Observations> {
    Observations::open(directory, QUOTA).unwrap()
}

#[test]
fn flags_go_first_then_levels_then_stills_the_newest_before_the_older() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    observations.put_derived(still(1, 10));
    observations.put_derived(levels(2));
    observations.put_derived(still(3, 10));
    observations.put_flag(flag(1));
    let marks: Vec<_> = waiting(&observations)
        .into_iter()
        .map(|(_, observation)| match observation {
            Observation::Flag(_) => 0,
            Observation::Levels(levels) => levels.rms[0],
            Observation::Still(still) => still.jpeg[0],
        })
        .collect();
    assert_eq!(marks, [0, 2, 3, 1]);
}

#[test]
fn a_flag_stays_until_its_end_is_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    let begun = flag(1);
    observations.put_flag(begun.clone());
    let ended = Flag { end: Some(begun.seen), version: 2, ..begun.clone() };
    observations.put_flag(ended.clone());
    observations.done(Name::Flag(begun.flag, 1));
    assert_eq!(waiting(&observations)[0].0, Name::Flag(begun.flag, 2), "an old answer says nothing about the new word");
    drop(observations);
    let observations = open(directory.path());
    assert_eq!(waiting(&observations), [(Name::Flag(begun.flag, 2), Observation::Flag(ended.into()))]);
    observations.done(Name::Flag(begun.flag, 2));
    assert!(waiting(&open(directory.path())).is_empty() && !observations.has_flags());
}

#[test]
fn a_flag_that_a_crash_left_open_ends_where_it_was_seen_even_if_the_centre_knew_it() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    let begun = flag(1);
    observations.put_flag(begun.clone());
    observations.done(Name::Flag(begun.flag, 1));
    assert!(!observations.has_flags());
    drop(observations);
    for _ in 0..2 {
        let again = waiting(&open(directory.path()));
        let ended = Flag { end: Some(begun.seen), version: 2, ..begun.clone() };
        assert_eq!(again, [(Name::Flag(begun.flag, 2), Observation::Flag(ended.into()))]);
    }
}

#[test]
fn what_lies_torn_on_the_disk_harms_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    observations.put_flag(flag(1));
    observations.put_derived(still(1, 10_000));
    observations.put_derived(levels(2));
    drop(observations);
    let derived = directory.path().join("observations/derived");
    std::fs::write(derived.join("0000000000000000.still"), [0x12, 0xff, 0xff, 0xff]).unwrap();
    std::fs::write(directory.path().join("observations/flags/flag_01J9Z0000000000000000000AA.json"), "{torn").unwrap();
    std::fs::write(directory.path().join("observations/settings.pb"), [0xff; 9]).unwrap();
    let observations = open(directory.path());
    assert_eq!(waiting(&observations).len(), 2);
    assert_eq!(std::fs::read_dir(derived).unwrap().count(), 1, "a torn still is gone");
    assert!(observations.settings().borrow().is_empty());
}

#[test]
fn derived_data_keeps_within_its_share_and_the_oldest_goes() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    for mark in 0..200 {
        observations.put_derived(still(mark, 20_000));
    }
    let files = std::fs::read_dir(directory.path().join("observations/derived")).unwrap().flatten();
    let bytes: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    assert!(bytes <= QUOTA / SHARE && bytes > QUOTA / SHARE / 2, "{bytes}");
    let all = waiting(&observations);
    assert!(matches!(&all[0].1, Observation::Still(still) if still.jpeg[0] == 199));
    drop(observations);
    let observations = open(directory.path());
    observations.put_derived(still(200, 20_000));
    let again = waiting(&observations);
    assert_eq!(again.len(), all.len(), "a restart counts what lies there");
    assert!(matches!(&again[0].1, Observation::Still(still) if still.jpeg[0] == 200));
}

#[test]
fn settings_are_kept_and_a_reference_that_is_not_whole_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let observations = open(directory.path());
    let (whole, torn) = (flag(1).stream.to_string(), flag(2).stream.to_string());
    let sha256 = liuhen_proto::Sha256::of(b"jpeg").as_bytes().to_vec();
    let stream = |stream_id: &String, reference_sha256: Vec<u8>| pb::StreamSettings {
        stream_id: stream_id.clone(),
        reference_jpeg: b"jpeg".to_vec(),
        reference_sha256,
        thresholds: Vec::new(),
    };
    let rubbish = pb::StreamSettings { stream_id: "rubbish".into(), ..Default::default() };
    observations.set_settings(&pb::Settings { streams: vec![stream(&whole, sha256), stream(&torn, vec![0; 32]), rubbish] });
    drop(observations);
    let settings = open(directory.path()).settings().borrow().clone();
    assert_eq!(settings.len(), 2);
    assert_eq!(settings[&whole.parse().unwrap()].reference.as_deref(), Some(b"jpeg".as_slice()));
    assert_eq!(settings[&torn.parse().unwrap()].reference, None);
}
