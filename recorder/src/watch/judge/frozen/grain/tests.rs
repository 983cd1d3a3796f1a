//! Grain that is shared, and grain that is not, made of nothing.

use super::*;

/// Noise that is other for each `n`, up to `spread` on both sides.
fn noise(n: u32, place: usize, spread: i32) -> i32 {
    let mut z = (n as u64) << 32 | place as u64;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 40) as i32 % (2 * spread + 1) - spread
}

/// A room of stripes with noise; `edges` tells how clearly they stand out.
fn room(n: u32, spread: i32, edges: i32) -> Luma {
    let pixel = |place: usize| {
        let stripe = if place % WIDTH % 16 < 8 { edges } else { -edges };
        (110 + stripe + noise(n, place, spread)) as u8
    };
    Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels: (0..WIDTH * HEIGHT).map(pixel).collect() }
}

/// A camera that looked at the room for a while; its last key frame is of `room(11, 6, 20)`.
fn known() -> Grain {
    let mut grain = Grain::default();
    for n in 0..12 {
        let pair = grain.look(&room(n, 6, 20));
        assert_eq!(pair.is_some(), n > LEAST_LEARNED);
        grain.learn(pair);
    }
    grain
}

#[test]
fn noise_that_is_new_each_time_is_not_the_same_and_noise_that_is_kept_is() {
    let mut grain = known();
    let lives = grain.look(&room(12, 6, 20)).unwrap();
    assert!(lives.differs > 0.8 && grain.same(lives, true).is_none(), "{lives:?}");
    // The encoder adds an error of its own.
    let mut again = room(12, 6, 20);
    again.pixels.iter_mut().enumerate().for_each(|(place, pixel)| *pixel = (i32::from(*pixel) + noise(99, place, 3)) as u8);
    let same = grain.look(&again).unwrap();
    assert!(same.differs < 0.4 && grain.same(same, false).is_some(), "{same:?}");
    assert!(grain.is_other(lives, true) && !grain.is_other(same, false));
    let less = Pair { differs: 0.65, ..same };
    assert_eq!((grain.same(less, false), grain.same(less, true)), (None, Some(Between::Nothing)));
    assert_eq!(grain.same(Pair { differs: 0.1, ..same }, false), Some(Between::Little));
}

#[test]
fn a_light_that_changes_all_contrasts_is_not_the_same_picture() {
    let mut grain = known();
    for n in 12..15 {
        let pair = grain.look(&room(n, 6, 12)).unwrap();
        assert!(grain.same(pair, false).is_none(), "{pair:?}");
    }
}

#[test]
fn of_another_scene_nothing_is_said_until_it_is_known() {
    let mut grain = known();
    let other = |n| {
        let mut shifted = room(n, 6, 20);
        shifted.pixels.rotate_left(5);
        shifted
    };
    for n in 12..15 {
        // What they share is where the room's edges were and are.
        let pair = grain.look(&other(n)).unwrap();
        assert!(grain.same(pair, false).is_none(), "{pair:?}");
    }
    grain.forget_scene();
    for n in 15..20 {
        let pair = grain.look(&other(n));
        assert!(pair.and_then(|pair| grain.same(pair, false)).is_none());
        grain.learn(pair);
    }
    let same = grain.look(&other(19)).unwrap();
    assert!(grain.same(same, false).is_some(), "{same:?}");
}

#[test]
fn what_has_no_grain_is_not_judged() {
    let mut grain = Grain::default();
    for _ in 0..10 {
        let pair = grain.look(&room(0, 0, 20));
        assert!(pair.is_none());
        grain.learn(pair);
    }
    grain.forget_last();
    assert!(grain.look(&room(0, 6, 20)).is_none(), "nothing came before it");
}
