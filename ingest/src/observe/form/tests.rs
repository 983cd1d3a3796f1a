use super::*;
use liuhen_proto::ids::FlagId;
use liuhen_proto::world::SeededRandom;
use proptest::prelude::*;
use prost::Message as _;

const NOW: Timestamp = Timestamp::from_micros(1_795_309_200_000_000);

fn sound_flag() -> pb::Flag {
    let random = SeededRandom::new(7);
    pb::Flag {
        flag_id: FlagId::mint(NOW, &random).to_string(),
        stream_id: StreamId::mint(NOW, &random).to_string(),
        run_id: RunId::mint(NOW, &random).to_string(),
        kind: liuhen_proto::wire::common::v1::FlagKind::Black.into(),
        start_us: NOW.as_micros(),
        end_us: None,
        seen_us: NOW.as_micros() + 5_000_000,
        version: 1,
        measured_milli: 1_500,
        threshold_milli: 16_000,
        detector: "black/1".to_owned(),
    }
}

fn sound_levels() -> pb::SoundLevels {
    let flag = sound_flag();
    let (rms, peak) = (vec![100; 50], vec![90; 50]);
    pb::SoundLevels { stream_id: flag.stream_id, run_id: flag.run_id, start_us: flag.start_us, rms, peak }
}

/// The field that a refusal names.
fn field(refused: Result<Observation, Reason>) -> String {
    match refused {
        Err(Reason::Form(problem)) => problem.violations()[0].0.clone(),
        other => panic!("{other:?}"),
    }
}

fn read(observation: pb::observe_request::Observation) -> Result<Observation, Reason> {
    super::observation(pb::ObserveRequest { observation: Some(observation) }, NOW)
}

#[test]
fn every_refusal_of_a_flag_names_its_field() {
    type Spoil = fn(&mut pb::Flag);
    let cases: &[(&str, Spoil)] = &[
        ("flag.flag_id", |flag| flag.flag_id = "run_1".to_owned()),
        ("flag.stream_id", |flag| flag.stream_id.clear()),
        ("flag.run_id", |flag| flag.run_id.clear()),
        ("flag.kind", |flag| flag.kind = 0),
        ("flag.kind", |flag| flag.kind = 99),
        ("flag.start_us", |flag| flag.start_us = 5),
        ("flag.start_us", |flag| flag.start_us = i64::MAX),
        ("flag.end_us", |flag| flag.end_us = Some(flag.start_us - 1)),
        ("flag.end_us", |flag| flag.end_us = Some(i64::MAX)),
        ("flag.seen_us", |flag| flag.seen_us = 0),
        ("flag.seen_us", |flag| flag.seen_us = flag.start_us - 1),
        ("flag.version", |flag| flag.version = 0),
        ("flag.measured_milli", |flag| flag.measured_milli = i64::MIN),
        ("flag.threshold_milli", |flag| flag.threshold_milli = i64::MAX),
        ("flag.detector", |flag| flag.detector.clear()),
        ("flag.detector", |flag| flag.detector = "x".repeat(65)),
        ("flag.detector", |flag| flag.detector = "黑/1".to_owned()),
        ("flag.detector", |flag| flag.detector = "black 1".to_owned()),
    ];
    for (expected, spoil) in cases {
        let mut flag = sound_flag();
        spoil(&mut flag);
        assert_eq!(field(read(pb::observe_request::Observation::Flag(flag))), *expected);
    }
    assert_eq!(field(super::observation(pb::ObserveRequest::default(), NOW)), "observation");
}

#[test]
fn a_flag_that_is_over_was_seen_to_its_end() {
    let flag = pb::Flag { end_us: Some(NOW.as_micros() + 9_000_000), seen_us: 0, ..sound_flag() };
    let Ok(Observation::Flag(flag)) = read(pb::observe_request::Observation::Flag(flag)) else { panic!("it is sound") };
    assert_eq!((flag.seen, flag.end), (NOW.after(Span::from_secs(9)), Some(NOW.after(Span::from_secs(9)))));
}

#[test]
fn levels_are_bounded_and_go_in_pairs() {
    let of = |levels| read(pb::observe_request::Observation::Levels(levels));
    let Ok(Observation::Levels(sound)) = of(sound_levels()) else { panic!("they are sound") };
    assert_eq!(sound.interval().map(|interval| interval.span()), Some(Span::from_secs(5)));
    assert_eq!(field(of(pb::SoundLevels { rms: Vec::new(), ..sound_levels() })), "levels.rms");
    assert_eq!(field(of(pb::SoundLevels { rms: vec![1; 3001], peak: vec![1; 3001], ..sound_levels() })), "levels.rms");
    assert_eq!(field(of(pb::SoundLevels { peak: vec![1; 49], ..sound_levels() })), "levels.peak");
    assert_eq!(field(of(pb::SoundLevels { start_us: 0, ..sound_levels() })), "levels.start_us");
}

#[test]
fn a_still_that_is_too_large_is_told_by_its_bounds() {
    let jpeg = vec![0xff; MAX_JPEG_BYTES + 1];
    let refused = read(pb::observe_request::Observation::Still(pb::Still { jpeg, ..Default::default() }));
    assert!(matches!(refused, Err(Reason::TooLarge { what: "still", limit: 262_144, .. })), "{refused:?}");
}

proptest! {
    /// Bytes that happen to be a message become an observation or a refusal, never a panic.
    #[test]
    fn any_message_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120), tag in 1u8..4) {
        let framed = [&[tag << 3 | 2, bytes.len() as u8], &bytes[..]].concat();
        for bytes in [bytes, framed] {
            if let Ok(request) = pb::ObserveRequest::decode(bytes.as_slice()) {
                let _ = (name(&request), super::observation(request, NOW));
            }
        }
    }
}
