use super::report::{Found, Preview};
use super::*;
use liuhen_proto::judgement::FlagKind;

/// A camera as it should be.
fn good() -> Found {
    Found {
        video: Some("H.264 (avc1.640028)".into()),
        width: Some(1920),
        height: Some(1080),
        frame_rate: Some(25.0),
        key_frame_interval_secs: Some(2.0),
        key_frames: 3,
        audio: Some("AAC, 16000 Hz, 1 ch".into()),
        clock_offset_ms: Some(120),
        lost_packets: 0,
        damaged_units: 0,
        fragments: 3,
        bytes: 1_000_000,
        preview: Some(Preview::default()),
    }
}

fn small() -> Found {
    Found { width: Some(640), height: Some(360), ..good() }
}

fn words(failures: &[Failure]) -> Vec<&'static str> {
    failures.iter().map(|failure| failure.trouble.word()).collect()
}

/// What is said about an evidence stream with a good viewing stream beside it.
fn said(found: &Found) -> Vec<&'static str> {
    let mut all = words(&advice::evidence(found, Carries::PictureAndSound));
    all.extend(words(&advice::together(found, true, Some(&small()))));
    all
}

#[test]
fn a_good_camera_gets_no_advice_and_each_fault_its_word() {
    assert_eq!(said(&good()), Vec::<&str>::new());
    let flags = |kind, milli| Preview { flags: vec![(kind, milli)], ..Preview::default() };
    let faults: [(Found, &str); 17] = [
        (Found { clock_offset_ms: Some(-7_000), ..good() }, "clock_off"),
        (Found { clock_offset_ms: Some(3_000_000), ..good() }, "clock_off"),
        (Found { clock_offset_ms: Some(28_800_000 + 40_000), ..good() }, "clock_zone"),
        (Found { clock_offset_ms: Some(-3_600_000), ..good() }, "clock_zone"),
        (Found { key_frame_interval_secs: Some(8.0), ..good() }, "key_frames_far"),
        (Found { key_frame_interval_secs: None, key_frames: 1, ..good() }, "key_frames_far"),
        (Found { frame_rate: Some(6.0), ..good() }, "low_frame_rate"),
        (Found { width: Some(704), height: Some(576), ..good() }, "low_resolution"),
        (Found { lost_packets: 3, ..good() }, "packets_lost"),
        (Found { damaged_units: 1, ..good() }, "packets_lost"),
        (Found { preview: Some(flags(FlagKind::Black, 3_000)), ..good() }, "picture_black"),
        (Found { preview: Some(flags(FlagKind::Frozen, 0)), ..good() }, "picture_frozen"),
        (Found { preview: Some(flags(FlagKind::Blurred, 20_000)), ..good() }, "picture_blurred"),
        (Found { preview: Some(flags(FlagKind::Covered, 20_000)), ..good() }, "picture_covered"),
        (Found { preview: Some(flags(FlagKind::LowFrameRate, 4_000)), ..good() }, "low_frame_rate"),
        (Found { preview: Some(flags(FlagKind::Silent, -90_000)), ..good() }, "sound_silent"),
        (Found { preview: Some(flags(FlagKind::Clipped, 9_000)), ..good() }, "sound_clipped"),
    ];
    for (found, word) in &faults {
        assert_eq!(said(found), [*word], "{found:?}");
    }
}

#[test]
fn both_streams_are_held_against_each_other() {
    let h265 = |found: Found| Found { video: Some("H.265 (hev1.1.6.L120.90)".into()), ..found };
    let sound = Found { video: None, width: None, height: None, frame_rate: None, ..good() };
    let said = |evidence: &Found, configured, viewing: Option<&Found>| words(&advice::together(evidence, configured, viewing));
    assert_eq!(said(&good(), false, None), ["viewing_missing"]);
    assert_eq!(said(&small(), false, None), Vec::<&str>::new(), "it is small enough itself");
    assert_eq!(said(&good(), true, None), Vec::<&str>::new(), "it failed, which is told as its error");
    assert_eq!(said(&small(), true, Some(&good())), ["viewing_larger"]);
    assert_eq!(said(&good(), true, Some(&sound)), ["viewing_no_picture"]);
    assert_eq!(said(&h265(good()), true, Some(&h265(small()))), ["h265"]);
    assert_eq!(said(&h265(good()), true, Some(&small())), Vec::<&str>::new());
    assert_eq!(said(&sound, false, None), Vec::<&str>::new(), "a pickup has no viewing stream");
}

#[test]
fn what_must_come_and_does_not_is_an_error() {
    let (silent, dark) = (Found { audio: None, ..good() }, Found { video: None, ..good() });
    let said = |found: &Found, carries| advice::missing(found, carries).map(|failure| failure.trouble.word());
    assert_eq!(said(&good(), Carries::PictureAndSound), None);
    assert_eq!(said(&silent, Carries::PictureAndSound), Some("no_sound"));
    assert_eq!(said(&dark, Carries::PictureAndSound), Some("no_picture"));
    assert_eq!(said(&silent, Carries::Picture), None);
    assert_eq!(said(&silent, Carries::Sound), Some("no_sound"));
    assert_eq!(said(&silent, Carries::Anything), None);
    assert_eq!(words(&advice::evidence(&silent, Carries::Anything)), ["sound_not_recorded"]);
}
