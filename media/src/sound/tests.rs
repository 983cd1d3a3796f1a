use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::mp4_file::Mp4File;
use crate::testing::g711_track;
use crate::track::Law;

/// A second of A-law, as it is stored: FLAC frames of 100 ms.
fn stored(sample: impl Fn(usize) -> i16) -> Vec<Vec<u8>> {
    let nearest =
        |wanted: i16| (0..=255).min_by_key(|&code| i32::from(g711::expand(Law::A, code)).abs_diff(wanted.into())).unwrap();
    let codes: Vec<u8> = (0..8_000).map(|i| nearest(sample(i))).collect();
    codes.chunks(800).zip(0..).map(|(frame, n)| g711::frame(Law::A, 1, frame, n * 800)).collect()
}

fn levels(frames: &[Vec<u8>]) -> Vec<Level> {
    let mut meter = SoundMeter::new(&g711_track(1, Law::A)).unwrap();
    frames.iter().flat_map(|frame| meter.push(frame).unwrap()).collect()
}

#[test]
fn a_second_has_ten_levels_of_the_right_loudness() {
    let sine = |amplitude: f64| move |i: usize| ((i as f64 * 0.4).sin() * amplitude * 32_767.0) as i16;
    let loud = levels(&stored(sine(0.5)));
    assert_eq!(loud.len(), 10);
    for level in loud {
        assert!((level.rms_db + 9.03).abs() < 0.3, "half of full scale, a sine: {level:?}");
        assert!((level.peak_db + 6.02).abs() < 0.3 && level.clipped == 0 && level.samples == 800, "{level:?}");
    }
    let silent = levels(&stored(|_| 0))[3];
    assert!(silent.rms_db < -70.0 && silent.clipped == 0, "the quietest code of A-law is 8 of 32768: {silent:?}");
}

#[test]
fn clipped_samples_are_counted() {
    let square = levels(&stored(|i| if i % 40 < 20 { 32_767 } else { -32_768 }));
    assert!(square.iter().all(|level| level.clipped == 800 && level.rms_db > -0.2), "{square:?}");
    let peaks = levels(&stored(|i| ((i as f64 * 0.1).sin() * 2.0 * 32_767.0).clamp(-32_768.0, 32_767.0) as i16));
    assert!(peaks.iter().all(|level| (400..700).contains(&level.clipped)), "two thirds of a sine at twice full scale: {peaks:?}");
}

#[test]
fn levels_go_on_over_the_borders_of_samples() {
    let mut meter = SoundMeter::new(&g711_track(1, Law::Mu)).unwrap();
    let mut count = 0;
    for n in 0..50 {
        count += meter.push(&g711::frame(Law::Mu, 1, &[0x80; 300], n * 300)).unwrap().len();
        assert_eq!(meter.pending_us(), (n + 1) * 300 % 800 * 125);
    }
    assert_eq!(count, 50 * 300 / 800);
}

#[test]
fn aac_of_a_real_clip_is_measured() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips/tiny.mp4");
    let mut file = Mp4File::open(&path).unwrap();
    let Some(track) = file.tracks().iter().find(|track| matches!(track.entry, SampleEntry::Aac { .. })).cloned() else { return };
    let mut meter = SoundMeter::new(&track).unwrap();
    let mut levels = Vec::new();
    while let Some(unit) = file.next_unit().unwrap() {
        if unit.track == track.id {
            levels.extend(meter.push(&unit.data).unwrap());
        }
    }
    assert!(!levels.is_empty() && levels.iter().all(|level| level.rms_db <= level.peak_db + 0.01), "{levels:?}");
}

#[test]
fn pictures_and_odd_records_are_refused() {
    assert!(SoundMeter::new(&crate::testing::h264_track(1)).is_err());
    let entry = SampleEntry::Flac { config: vec![0x84, 0, 0, 4].into(), sample_rate: 0, channels: 1 };
    assert!(SoundMeter::new(&Track { entry, ..g711_track(1, Law::A) }).is_err());
}

proptest! {
    #[test]
    fn mutated_sound_never_panics(changes in prop::collection::vec((0usize..2_000, any::<u8>()), 1..10), rate: u32, channels: u16) {
        let codes: Vec<u8> = (0..800_u32).map(|i| (i * i / 7) as u8).collect();
        let mut frame = g711::frame(Law::A, 1, &codes, 0);
        for (at, value) in changes {
            let place = at % frame.len();
            frame[place] = value;
        }
        let entry = SampleEntry::Opus { channels, pre_skip: channels, input_rate: rate };
        for track in [g711_track(1, Law::A), Track { entry, ..g711_track(1, Law::A) }] {
            if let Ok(mut meter) = SoundMeter::new(&track) {
                let _ = meter.push(&frame);
                let _ = meter.push(&[]);
            }
        }
    }
}
