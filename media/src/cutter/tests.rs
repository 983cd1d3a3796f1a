use super::*;
use crate::testing::{aac_track, g711_track, h264_track, unit};
use crate::track::Law;
use proptest::prelude::*;

/// Ticks of a picture at 25 frames a second.
const FRAME: i64 = 3_600;

fn cut_all(tracks: &[Track], units: impl IntoIterator<Item = AccessUnit>) -> Vec<Cut> {
    let mut cutter = Cutter::new(tracks).unwrap();
    let mut cuts: Vec<_> = units.into_iter().flat_map(|unit| cutter.push(unit).unwrap()).collect();
    cuts.extend(cutter.finish());
    cuts
}

/// Pictures in display order 0.., a key frame each `gop`, without B-frames.
fn pictures(count: i64, gop: i64) -> Vec<AccessUnit> {
    (0..count).map(|i| unit(1, i * FRAME, i % gop == 0, vec![i as u8; 100])).collect()
}

fn times(cuts: &[Cut], track: u32) -> Vec<(i64, i64)> {
    cuts.iter().flat_map(|c| &c.tracks).filter(|t| t.track == track).map(|t| (t.media_start, t.media_end)).collect()
}

fn secs(cuts: &[Cut], track: u32, scale: i64) -> Vec<f64> {
    times(cuts, track).iter().map(|(start, end)| (end - start) as f64 / scale as f64).collect()
}

/// What must hold of any run, however wild its input.
fn check_invariants(cuts: &[Cut]) {
    let mut ends = std::collections::HashMap::new();
    for cut in cuts {
        assert!(!cut.tracks.is_empty() && cut.tracks.is_sorted_by(|a, b| a.track < b.track));
        for track in &cut.tracks {
            let end = ends.insert(track.track, track.media_end).unwrap_or(0);
            assert!(track.media_start >= end, "begins at {} before {end}", track.media_start);
            assert!(track.samples.iter().all(|sample| sample.duration > 0));
            let length: i64 = track.samples.iter().map(|sample| i64::from(sample.duration)).sum();
            assert_eq!(track.media_start + length, track.media_end);
        }
    }
}

#[test]
fn a_key_frame_each_2_s_gives_fragments_of_2_s() {
    let cuts = cut_all(&[h264_track(1)], pictures(150, 50));
    assert_eq!(secs(&cuts, 1, 90_000), [2.0, 2.0, 2.0]);
    assert!(cuts.iter().all(|cut| cut.starts_with_sync));
}

#[test]
fn a_key_frame_each_8_s_gives_fragments_of_2_s_of_which_each_fourth_starts_with_sync() {
    let cuts = cut_all(&[h264_track(1)], pictures(400, 200));
    assert_eq!(secs(&cuts, 1, 90_000), [2.0; 8]);
    let sync: Vec<_> = cuts.iter().map(|cut| cut.starts_with_sync).collect();
    assert_eq!(sync, [true, false, false, false, true, false, false, false]);
    for pair in cuts.windows(2) {
        let begins = &pair[1].tracks[0].samples[0];
        assert_eq!(pair[0].next_key.as_ref(), begins.sync.then_some(&begins.data), "a cut tells the key frame that ended it");
    }
}

#[test]
fn frequent_key_frames_are_gathered_to_1_s() {
    let cuts = cut_all(&[h264_track(1)], pictures(100, 10));
    assert_eq!(secs(&cuts, 1, 90_000), [1.2, 1.2, 1.2, 0.4]);
}

#[test]
fn a_fragment_is_cut_before_2_mib() {
    let units = (0..30).map(|i| unit(1, i * FRAME, i == 0, vec![0; 500_000]));
    let cuts = cut_all(&[h264_track(1)], units);
    assert!(cuts.iter().all(|cut| cut.tracks[0].samples.len() <= 4));
    assert_eq!(cuts.iter().map(|cut| cut.tracks[0].samples.len()).sum::<usize>(), 30);
}

/// I P B B of a closed group of 50 pictures: decoded 0 3 1 2 6 4 5 …
fn with_b_frames(groups: i64, gop: i64) -> Vec<AccessUnit> {
    let group = |g: i64| {
        let mut order = vec![0];
        let mut next = 1;
        while next < gop {
            let anchor = (next + 2).min(gop - 1);
            order.push(anchor);
            order.extend(next..anchor);
            next = anchor + 1;
        }
        order.into_iter().map(move |place| (g * gop + place, place == 0))
    };
    (0..groups).flat_map(group).map(|(place, sync)| unit(1, place * FRAME, sync, vec![place as u8; 50])).collect()
}

#[test]
fn b_frames_keep_the_media_clock_and_their_presentation_times() {
    for gop in [50, 200] {
        let units = with_b_frames(300 / gop + 1, gop);
        let cuts = cut_all(&[h264_track(1)], units.clone());
        check_invariants(&cuts);
        let spans = times(&cuts, 1);
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "no hole between fragments");
        assert!(secs(&cuts, 1, 90_000).iter().all(|&length| (1.8..=2.2).contains(&length)));
        let mut shown = Vec::new();
        for track in cuts.iter().flat_map(|cut| &cut.tracks) {
            let mut decode = track.media_start;
            for sample in &track.samples {
                shown.push((decode + i64::from(sample.composition_offset), sample.data.clone()));
                decode += i64::from(sample.duration);
            }
        }
        let sent: Vec<_> = units.into_iter().map(|unit| (unit.pts, unit.data)).collect();
        assert_eq!(shown, sent);
        if gop == 50 {
            assert!(cuts.iter().all(|cut| cut.starts_with_sync && cut.tracks[0].media_start % (50 * FRAME) == 0));
        }
    }
}

#[test]
fn sound_goes_with_the_pictures_and_carries_the_offset() {
    let mut units = pictures(150, 50);
    units.extend((0..280).map(|i| unit(2, 500 + i * 1_024, false, vec![1; 200])));
    units.sort_by_key(|unit| if unit.track == 1 { unit.pts * 8 } else { unit.pts * 15 });
    let cuts = cut_all(&[h264_track(1), aac_track(2)], units);
    check_invariants(&cuts);
    assert_eq!(times(&cuts, 1), [(0, 180_000), (180_000, 360_000), (360_000, 540_000)]);
    let sound = times(&cuts, 2);
    assert_eq!(sound[0].0, 500);
    assert!(sound.windows(2).all(|pair| pair[0].1 == pair[1].0));
    assert_eq!(sound.last().unwrap().1, 500 + 280 * 1_024);
}

#[test]
fn sound_goes_on_alone_while_the_picture_stalls() {
    let mut units = pictures(20, 50);
    units.extend((0..500).map(|i| unit(2, i * 1_024, true, vec![1; 200])));
    units.sort_by_key(|unit| if unit.track == 1 { unit.pts * 8 } else { unit.pts * 15 });
    let mut cutter = Cutter::new(&[h264_track(1), aac_track(2)]).unwrap();
    let mut cuts: Vec<_> = units.into_iter().flat_map(|unit| cutter.push(unit).unwrap()).collect();
    assert!(times(&cuts, 2).last().unwrap().1 > 6 * 48_000, "sound does not wait for pictures");
    assert!(cuts.last().unwrap().tracks.iter().all(|track| track.track == 2));
    cuts.extend(cutter.finish());
    check_invariants(&cuts);
    assert_eq!(times(&cuts, 1).last().unwrap().1, 20 * FRAME);
}

#[test]
fn a_hole_in_sound_or_picture_is_not_covered() {
    let sound = (0..400).map(|i| unit(1, i * 160 + if i < 200 { 0 } else { 24_000 }, true, vec![0xd5; 160]));
    let cuts = cut_all(&[g711_track(1, Law::A)], sound);
    check_invariants(&cuts);
    assert_eq!(times(&cuts, 1), [(0, 16_000), (16_000, 32_000), (56_000, 72_000), (72_000, 88_000)]);
    let pictures = (0..100).map(|i| unit(1, i * FRAME + if i < 30 { 0 } else { 4 * 90_000 }, i % 50 == 0, vec![1; 9]));
    let spans = times(&cut_all(&[h264_track(1)], pictures), 1);
    assert_eq!(spans[..2], [(0, 30 * FRAME), (30 * FRAME + 360_000, 50 * FRAME + 360_000)]);
}

#[test]
fn g711_becomes_flac_and_the_origin_keeps_the_cameras_digest() {
    let data: Vec<Vec<u8>> = (0..200).map(|i| (0..160u32).map(|j| (i * 7 + j * j) as u8).collect()).collect();
    let units = data.iter().enumerate().map(|(i, data)| unit(1, i as i64 * 160, false, data.clone()));
    let cuts = cut_all(&[g711_track(1, Law::Mu)], units);
    let mut restored = Vec::new();
    for track in cuts.iter().flat_map(|cut| &cut.tracks) {
        let start = restored.len();
        for sample in &track.samples {
            restored.extend(crate::g711::restore(Law::Mu, 1, &sample.data).unwrap());
        }
        let origin = track.origin.as_ref().unwrap();
        assert_eq!(origin.codec, "pcmu");
        assert_eq!(origin.sha256, liuhen_proto::Sha256::of(&restored[start..]));
    }
    assert_eq!(restored, data.concat());
    assert!(cuts[0].tracks[0].samples.len() <= 4, "packets are gathered into frames");
}

#[test]
fn jumps_are_told_and_cost_nothing_that_came_before() {
    let mut cutter = Cutter::new(&[h264_track(1)]).unwrap();
    for unit in pictures(20, 50).into_iter().map(|mut unit| {
        unit.pts += 900_000;
        unit
    }) {
        cutter.push(unit).unwrap();
    }
    assert!(matches!(cutter.push(unit(1, 0, true, vec![1])), Err(CutError::JumpBack { .. })));
    let mut ahead = unit(1, 90_000_000, true, vec![1]);
    ahead.arrival = BootTime::from_micros(0);
    assert!(matches!(cutter.push(ahead), Err(CutError::JumpAhead { .. })));
    assert!(matches!(cutter.push(unit(9, 0, true, vec![1])), Err(CutError::UnknownTrack(9))));
    assert!(matches!(cutter.push(unit(1, 0, true, vec![])), Err(CutError::Size { .. })));
    assert_eq!(cutter.finish()[0].tracks[0].samples.len(), 20);
}

#[test]
fn a_small_jump_back_that_stays_is_told_within_17_pictures() {
    let mut cutter = Cutter::new(&[h264_track(1)]).unwrap();
    pictures(40, 50).into_iter().for_each(|unit| assert!(cutter.push(unit).is_ok()));
    let back = (0..40).map(|i| unit(1, 10 * FRAME + i * FRAME, false, vec![1]));
    let told = back.into_iter().position(|unit| cutter.push(unit).is_err());
    assert!(told.is_some_and(|after| after <= 17), "{told:?}");
}

proptest! {
    /// Whatever a camera sends, nothing is lost, nothing overlaps, and no cut is much longer than it may be.
    #[test]
    fn any_order_of_any_times_loses_nothing(
        units in prop::collection::vec((1u32..=3, -5_000i64..40_000, any::<bool>(), 1usize..400), 1..300),
    ) {
        let tracks = [h264_track(1), aac_track(2), g711_track(3, Law::A)];
        let mut cutter = Cutter::new(&tracks).unwrap();
        let mut at = [0i64; 4];
        let mut taken = [0usize; 4];
        let mut cuts = Vec::new();
        for (track, step, sync, size) in units {
            at[track as usize] += step / if track == 1 { 1 } else { 10 };
            match cutter.push(unit(track, at[track as usize], sync, vec![0xd5; size])) {
                Ok(more) => {
                    cuts.extend(more);
                    taken[track as usize] += if track == 3 { size } else { 1 };
                }
                Err(_) => at[track as usize] += 5_000,
            }
        }
        cuts.extend(cutter.finish());
        check_invariants(&cuts);
        for track in cuts.iter().flat_map(|cut| &cut.tracks) {
            let count = match track.track {
                3 => track.samples.iter().map(|s| crate::g711::restore(Law::A, 1, &s.data).unwrap().len()).sum(),
                _ => track.samples.len(),
            };
            taken[track.track as usize] -= count;
        }
        prop_assert_eq!(taken, [0; 4]);
    }
}
