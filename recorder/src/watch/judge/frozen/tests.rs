//! What is called frozen and what is not, with pictures and sizes that are made of nothing.

use liuhen_proto::Interval;

use super::*;
use crate::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_338_000_000_000 + seconds * 1_000_000)
}

/// A wall on which each pixel lies up to `spread` above 100, other ones each time.
fn wall(n: u32, spread: u32) -> Luma {
    let pixel = |i: u32| 100 + (i.wrapping_mul(2_654_435_761).rotate_left(n * 5) >> 16) % (spread + 1);
    let pixels = (0..LUMA_WIDTH * LUMA_HEIGHT).map(|i| pixel(i + n * 7_919) as u8).collect();
    Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels }
}

/// One and the same picture of that wall, with an error of its own each time it is encoded.
fn still(n: u32, error: u32) -> Luma {
    let (mut still, errors) = (wall(99, 9), wall(n, error));
    still.pixels.iter_mut().zip(errors.pixels).for_each(|(pixel, error)| *pixel += error - 100);
    still
}

/// Two seconds from a key frame on, and the next one.
struct Two {
    keys: [u32; 2],
    between: u32,
    next: Luma,
}

/// The flags' starts, with the second at which they are told.
fn told(groups: Vec<Two>) -> Vec<(f64, i64)> {
    let (mut frozen, mut told) = (Frozen::new(), Vec::new());
    for (n, Two { keys: [key, key_bytes], between, next }) in groups.into_iter().enumerate() {
        let (start, end) = (at(2 * n as i64), at(2 * n as i64 + 2));
        let sample =
            |i: u32| PictureSample { bytes: if i == 0 { key } else { between + i % 5 }, lasts_us: 100_000, sync: i == 0 };
        let samples = (0..20).map(sample).collect();
        let interval = Interval::new(start, end).unwrap();
        let pictures = Pictures { at: interval, key: None, key_at: end, key_bytes, luma: None, lines: 720, samples };
        let mut changes = Vec::new();
        frozen.look(&pictures, Some(&next), false, None, &mut changes);
        let begun = changes.iter().filter(|change| change.end.is_none());
        told.extend(begun.map(|change| (change.start.since(at(0)).as_micros() as f64 / 1e6, 2 * n as i64 + 2)));
    }
    told
}

/// Sixteen seconds of a picture that lives, key frames of about 20 000 bytes.
fn lives() -> Vec<Two> {
    (0..8).map(|n| Two { keys: [20_000, 20_000], between: 1_500, next: wall(n, 9) }).collect()
}

#[test]
fn key_frames_that_are_made_finer_of_one_picture_are_frozen_at_the_first_pair() {
    let mut groups = lives();
    groups.push(Two { keys: [20_000, 30_000], between: 1_500, next: still(20, 2) });
    groups.push(Two { keys: [30_000, 36_000], between: 11, next: still(21, 2) });
    groups.push(Two { keys: [36_000, 20_000], between: 11, next: still(22, 4) });
    groups.push(Two { keys: [20_000, 36_100], between: 11, next: still(23, 2) });
    assert_eq!(told(groups), [(18.0, 20)], "one flag, though the encoder changes its mind");
}

/// Key frames of a picture that lives, then each a third larger and less different from the one before.
fn grow(between: u32) -> Vec<Two> {
    let mut groups = lives();
    groups.push(Two { keys: [20_000, 20_000], between: 1_500, next: still(20, 5) });
    groups.push(Two { keys: [20_000, 27_000], between, next: still(21, 6) });
    groups.push(Two { keys: [27_000, 36_000], between, next: still(22, 6) });
    groups
}

#[test]
fn a_picture_that_is_made_finer_slowly_is_frozen_where_next_to_nothing_lies_between_growing_key_frames() {
    assert_eq!(told(grow(20)), [(18.0, 20)]);
    assert_eq!(told(grow(20).split_off(5)), [(8.0, 10)], "so few differences are usual in a scene that is new");
}

#[test]
fn who_comes_to_rest_is_not_frozen_though_key_frames_grow_and_little_lies_between_them() {
    assert_eq!(told(grow(300)), [], "noise is sent");
    let mut groups = lives();
    groups.push(Two { keys: [20_000, 20_000], between: 1_500, next: wall(20, 5) });
    groups.push(Two { keys: [20_000, 22_500], between: 11, next: wall(21, 7) });
    groups.push(Two { keys: [22_500, 25_500], between: 11, next: wall(22, 7) });
    assert_eq!(told(groups), [], "key frames that grow by an eighth must differ less than that");
    let mut groups = lives();
    groups.push(Two { keys: [20_000, 20_200], between: 1_500, next: wall(20, 5) });
    groups.extend((21..25).map(|n| Two { keys: [1_000 * n, 1_000 * n + 1_000], between: 11, next: wall(n, 5) }));
    assert_eq!(told(groups), [], "key frames hardly grow");
}

#[test]
fn another_light_has_another_noise_and_freezes_nothing() {
    let mut groups = lives();
    for n in 20..25 {
        let mut next = wall(n, 2);
        next.pixels.iter_mut().for_each(|pixel| *pixel -= 60);
        groups.push(Two { keys: [20_000, 14_000], between: 11, next });
    }
    assert_eq!(told(groups), []);
}

#[test]
fn one_who_moves_is_not_frozen_however_calm_the_rest_is() {
    let mut groups = lives();
    for n in 20..24_u32 {
        let mut next = wall(n, 2);
        // A hand here and a head there.
        for (x, y) in [(40 + n, 60), (220, 90 + n)] {
            (0..12).for_each(|row| next.pixels[((y + row) * LUMA_WIDTH + x) as usize..][..12].fill(200));
        }
        groups.push(Two { keys: [30_000, 36_000], between: 11, next });
    }
    assert_eq!(told(groups), []);
}

#[test]
fn a_screen_without_noise_is_not_frozen_when_what_moves_on_it_comes_to_the_same_place_again() {
    let bar_at = |n: u32| {
        let mut screen = wall(0, 9);
        let left = (n % 3 * 100 + 10) as usize;
        screen.pixels.chunks_exact_mut(LUMA_WIDTH as usize).for_each(|row| row[left..left + 60].fill(220));
        screen
    };
    let moves = [0, 1, 2, 0, 1, 1, 1, 2, 0].map(|n| Two { keys: [20_000, 20_000], between: 300, next: bar_at(n) });
    assert_eq!(told(moves.into()), []);
}

#[test]
fn what_froze_in_a_new_scene_is_no_screen_though_its_encoder_has_not_done_with_it() {
    let mut groups: Vec<_> = lives().into_iter().take(2).collect();
    // A third of it differs a little, and then nothing.
    for grain in [0, 1, 2, 3, 3, 3, 3] {
        let mut next = wall(30, 9);
        next.pixels.iter_mut().take(57_600 / 3).for_each(|pixel| *pixel += grain);
        groups.push(Two { keys: [20_000, 20_000], between: 300, next });
    }
    assert_eq!(told(groups), [(4.1, 8)]);
}

#[test]
fn a_picture_that_calms_down_with_noise_of_its_own_lives() {
    let mut groups = lives();
    groups.extend((20..24).map(|n| Two { keys: [30_000, 36_000], between: 11, next: wall(n, 2) }));
    assert_eq!(told(groups), []);
}
