//! When flags begin and end, with pictures and levels that are made of nothing.

use liuhen_media::sound::Level;
use liuhen_proto::Interval;

use super::*;
use crate::watch::eye::PictureSample;

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_micros(1_795_338_000_000_000 + (seconds * 1e6) as i64)
}

fn between(start: f64, end: f64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// A chessboard, which is sharp, with brightness that changes a little from one to the next.
fn board(n: usize) -> Luma {
    let pixel = |i: usize| if (i % 320 / 16 + i / 320 / 12).is_multiple_of(2) { 60 } else { 180 + (n * 7 + i) % 5 };
    Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels: (0..320 * 180).map(|i| pixel(i) as u8).collect() }
}

fn dark() -> Luma {
    Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels: vec![3; 320 * 180] }
}

/// A fragment of 2 s and the key frame that ended it, if there was one.
fn fragment(start: f64, luma: Option<Luma>) -> Seen {
    let sample = |n: u32| PictureSample { bytes: if n == 0 { 9_000 } else { 700 + n }, lasts_us: 40_000, sync: n == 0 };
    let samples = (0..50).map(sample).collect();
    let (at, key_at) = (between(start, start + 2.0), at(start + 2.0));
    let pictures = Pictures { at, key: None, key_at, key_bytes: 9_000, luma, lines: 720, samples };
    Seen { pictures: Some(pictures), sound: None }
}

fn seconds(from: Timestamp) -> f64 {
    (from.as_micros() - at(0.0).as_micros()) as f64 / 1e6
}

/// Kind, start and end of what is said.
fn said(changes: &[FlagChange]) -> Vec<(FlagKind, f64, Option<f64>)> {
    changes.iter().map(|change| (change.kind, seconds(change.start), change.end.map(seconds))).collect()
}

fn judge() -> Judge {
    Judge::new(Thresholds::default(), None)
}

#[test]
fn a_fault_is_told_after_two_key_frames_and_begins_and_ends_halfway() {
    let mut judge = judge();
    let pictures = [board(1), board(2), dark(), dark(), dark(), board(3)];
    let changes: Vec<_> =
        pictures.into_iter().enumerate().map(|(n, luma)| said(&judge.see(&fragment(n as f64 * 2.0, Some(luma))))).collect();
    let black = FlagKind::Black;
    assert_eq!(changes, [vec![], vec![], vec![], vec![(black, 5.0, None)], vec![], vec![(black, 5.0, Some(11.0))]]);
}

#[test]
fn one_key_frame_is_enough_where_the_next_one_is_long_in_coming_and_none_where_it_is_not() {
    let mut slow = judge();
    slow.see(&fragment(0.0, Some(board(1))));
    assert!(slow.see(&fragment(2.0, Some(dark()))).is_empty());
    assert_eq!(said(&slow.see(&fragment(4.0, None))), [(FlagKind::Black, 3.0, None)]);
    let mut passing = judge();
    for (n, luma) in [board(1), dark(), board(2), board(3)].into_iter().enumerate() {
        assert!(passing.see(&fragment(n as f64 * 2.0, Some(luma))).is_empty(), "something went past the lens");
    }
}

#[test]
fn a_fault_goes_on_over_short_holes_and_ends_before_long_ones() {
    let mut judge = judge();
    for start in [0.0, 2.0, 9.0] {
        judge.see(&fragment(start, Some(dark())));
    }
    assert!(judge.see(&fragment(18.0, Some(dark()))).is_empty());
    assert_eq!(said(&judge.see(&fragment(40.0, Some(dark())))), [(FlagKind::Black, 2.0, Some(20.0))]);
    assert!(judge.finish().is_empty(), "one key frame alone was no flag yet");
}

#[test]
fn what_is_open_ends_with_the_recording_and_where_it_is_no_longer_judged() {
    let mut judge = judge();
    for start in [0.0, 2.0] {
        judge.see(&fragment(start, Some(dark())));
    }
    assert_eq!(said(&judge.finish()), [(FlagKind::Black, 2.0, Some(4.0))]);
    assert!(judge.finish().is_empty());
    for start in [4.0, 6.0] {
        judge.see(&fragment(start, Some(dark())));
    }
    let mut thresholds = Thresholds::default();
    thresholds.set(FlagKind::Black, Limit::Off).unwrap();
    thresholds.set(FlagKind::Covered, Limit::Off).unwrap();
    judge.set(thresholds, None);
    let changes = judge.see(&fragment(8.0, Some(dark())));
    assert!(said(&changes).contains(&(FlagKind::Black, 6.0, Some(8.0))), "{changes:?}");
}

#[test]
fn a_threshold_of_the_viewpoint_counts() {
    let mut thresholds = Thresholds::default();
    thresholds.set(FlagKind::LowResolution, Limit::Milli(1_080_000)).unwrap();
    thresholds.set(FlagKind::LowFrameRate, Limit::Milli(30_000)).unwrap();
    let mut judge = Judge::new(thresholds, None);
    let mut changes = judge.see(&fragment(0.0, Some(board(1))));
    changes.extend(judge.see(&fragment(2.0, Some(board(2)))));
    let told: Vec<_> = changes.iter().map(|change| (change.kind, change.measured_milli, change.threshold_milli)).collect();
    assert_eq!(told, [(FlagKind::LowFrameRate, 25_000, 30_000), (FlagKind::LowResolution, 720_000, 1_080_000)]);
}

/// A fragment whose pictures last so many milliseconds.
fn paced(start: f64, lasts_ms: &[i64]) -> Seen {
    let mut seen = fragment(start, None);
    let pictures = seen.pictures.as_mut().unwrap();
    pictures.samples = lasts_ms.iter().map(|ms| PictureSample { bytes: 700, lasts_us: ms * 1_000, sync: false }).collect();
    pictures.at = between(start, start + lasts_ms.iter().sum::<i64>() as f64 / 1e3);
    seen
}

#[test]
fn a_rate_that_falls_is_told_with_the_fragment_in_which_it_fell() {
    let mut judge = judge();
    for n in 0..6 {
        assert!(judge.see(&paced(f64::from(n) * 2.0, &[100; 20])).is_empty());
    }
    let falls = [[100; 10].as_slice(), &[500, 500]].concat();
    assert_eq!(said(&judge.see(&paced(12.0, &falls))), [(FlagKind::LowFrameRate, 13.0, None)]);
    assert!(judge.see(&paced(14.0, &[500; 4])).is_empty());
    assert!(judge.see(&paced(16.0, &[1, 249])).is_empty(), "a quarter of a second says nothing about a rate");
    assert_eq!(said(&judge.see(&paced(16.25, &[100; 20]))), [(FlagKind::LowFrameRate, 13.0, Some(16.25))]);
    let stalls = [[100; 10].as_slice(), &[1_000]].concat();
    assert!(judge.see(&paced(18.25, &stalls)).is_empty(), "a network that stalls is no low rate");
}

#[test]
fn a_blurred_picture_is_found_under_the_cameras_own_sharp_words() {
    let scene = |soft: u32| {
        // Dim stripes, sharp or soft, and bright small bars at the lower edge.
        let stripe = |x: u32| 80 + 40 * (x % 40).abs_diff(20).saturating_sub(10 - soft).min(2 * soft) / (2 * soft);
        let pixel = |x: u32, y: u32| if y > 160 && x < 150 { if (x / 4).is_multiple_of(2) { 255 } else { 0 } } else { stripe(x) };
        let pixels = (0..LUMA_WIDTH * LUMA_HEIGHT).map(|i| pixel(i % LUMA_WIDTH, i / LUMA_WIDTH) as u8).collect();
        Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels }
    };
    let of = |soft| sharpness::sharpness(&scene(soft)).unwrap();
    assert!(of(4) < 0.6 * of(1), "{} is not far below {}", of(4), of(1));
}

fn sound(start: f64, rms_db: f32) -> Seen {
    let level = Level { rms_db, peak_db: rms_db + 9.0, clipped: 0, samples: 800 };
    let sound = Sound { at: between(start, start + 2.0), first: at(start), levels: vec![level; 20] };
    Seen { pictures: None, sound: Some(sound) }
}

#[test]
fn silence_is_told_after_two_and_a_half_seconds_and_its_ends_are_exact() {
    let mut judge = judge();
    assert!(judge.see(&sound(0.0, -40.0)).is_empty());
    assert!(judge.see(&sound(2.0, -80.0)).is_empty());
    assert_eq!(said(&judge.see(&sound(4.0, -80.0))), [(FlagKind::Silent, 2.0, None)]);
    assert_eq!(said(&judge.see(&sound(6.0, -40.0))), [(FlagKind::Silent, 2.0, Some(6.0))]);
}
