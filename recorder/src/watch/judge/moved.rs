//! Moved: the camera looks elsewhere than on the reference still that a person accepted. Without one, not judged.
//!
//! Measured: likeness, the share of the reference's tiles with something in them that look as they did, in %:
//! their brightness goes up and down at the same places (correlation), whatever the light. People change
//! some tiles; a turned camera changes nearly all. A tile may shift by a pixel: cameras shake. Tiles must be very
//! much alike: soft ones are somewhat alike by chance, and so are those about which a camera is turned.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::grid::{HEIGHT, Half, TILE, WIDTH, pixels, tiles};
use super::state::{Look, State};
use super::{FlagChange, held_against};

/// On clips, pictures from where the reference was taken had 28 % and more, others 20 % and less; in light that is
/// nearly out, and with people elsewhere, some of the former had 18 to 26.
const THRESHOLD_MILLI: i64 = 24_000;
/// So alike two tiles must be. With 0.65 live views had 41 % and more, others 42 % and less.
const ALIKE: f32 = 0.85;
/// A tile of the reference counts if its brightness spreads so far, in steps of luma.
const LEAST_SPREAD: f32 = 5.0;
/// A reference with fewer of them says nothing.
const LEAST_TILES: usize = 8;

#[derive(Debug)]
pub(super) struct Moved {
    pub(super) state: State,
    reference: Option<(Half, Vec<(usize, usize)>)>,
}

impl Moved {
    pub(super) fn new(reference: Option<&Luma>) -> Self {
        Self { state: State::new(FlagKind::Moved, "moved/2"), reference: reference.and_then(prepared) }
    }

    pub(super) fn set_reference(&mut self, reference: Option<&Luma>) {
        self.reference = reference.and_then(prepared);
    }

    pub(super) fn look(&mut self, at: Look, luma: Option<&Luma>, limit: Option<Limit>, changes: &mut Vec<FlagChange>) {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else { return self.state.finish(changes) };
        let Some((reference, tiles)) = &self.reference else { return self.state.finish(changes) };
        let measured = luma.map(|luma| (likeness(reference, tiles, &Half::of(luma)) * 100_000.0) as i64);
        let verdict = measured.map(|milli| (milli, self.state.is_below(milli, threshold)));
        self.state.see(at, verdict, threshold, changes);
    }
}

fn prepared(luma: &Luma) -> Option<(Half, Vec<(usize, usize)>)> {
    let half = Half::of(luma);
    let tiles: Vec<_> = tiles().filter(|&tile| spread(&half, tile) >= LEAST_SPREAD).collect();
    (tiles.len() >= LEAST_TILES).then_some((half, tiles))
}

/// Standard deviation of a tile, in steps of luma.
fn spread(half: &Half, tile: (usize, usize)) -> f32 {
    let count = (TILE * TILE) as f32;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (x, y) in pixels(tile) {
        let value = half.at(x, y) as f32 / 4.0;
        (sum, squares) = (sum + value, squares + value * value);
    }
    (squares / count - (sum / count).powi(2)).max(0.0).sqrt()
}

/// Share of the tiles that look as on the reference.
pub(super) fn likeness(reference: &Half, tiles: &[(usize, usize)], now: &Half) -> f32 {
    let alike = tiles.iter().filter(|&&tile| {
        let shifts = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
        shifts.map(|shift| correlation(reference, now, tile, shift)).fold(-1.0, f32::max) >= ALIKE
    });
    alike.count() as f32 / tiles.len().max(1) as f32
}

fn correlation(reference: &Half, now: &Half, tile: (usize, usize), (dx, dy): (isize, isize)) -> f32 {
    let count = (TILE * TILE) as i64;
    let [mut a, mut b, mut aa, mut bb, mut ab] = [0_i64; 5];
    for (x, y) in pixels(tile) {
        let shifted = |at: usize, by: isize, most: usize| at.saturating_add_signed(by).min(most - 1);
        let one = i64::from(reference.at(x, y));
        let other = i64::from(now.at(shifted(x, dx, WIDTH), shifted(y, dy, HEIGHT)));
        (a, b) = (a + one, b + other);
        (aa, bb, ab) = (aa + one * one, bb + other * other, ab + one * other);
    }
    let spreads = ((count * aa - a * a) as f32) * ((count * bb - b * b) as f32);
    if spreads > 0.0 { (count * ab - a * b) as f32 / spreads.sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};

    /// A soft view, seen by a camera that is turned by so many radians about its axis.
    fn view(turned: f32) -> Luma {
        let (sin, cos) = turned.sin_cos();
        let scene =
            |x: f32, y: f32| 120.0 + 30.0 * (x / 8.0).sin() + 30.0 * (y / 9.0 + x / 40.0).sin() + 20.0 * ((x - y) / 31.0).sin();
        let pixel = |i: u32| {
            let (x, y) = ((i % LUMA_WIDTH) as f32 - 160.0, (i / LUMA_WIDTH) as f32 - 90.0);
            scene(160.0 + x * cos - y * sin, 90.0 + x * sin + y * cos) as u8
        };
        Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels: (0..LUMA_WIDTH * LUMA_HEIGHT).map(pixel).collect() }
    }

    fn likeness_milli(now: &Luma) -> i64 {
        let (reference, tiles) = prepared(&view(0.0)).unwrap();
        (likeness(&reference, &tiles, &Half::of(now)) * 100_000.0) as i64
    }

    #[test]
    fn a_turned_camera_has_moved_though_the_view_is_soft_and_its_middle_hardly_changes() {
        let found = likeness_milli(&view(0.18));
        assert!(found < THRESHOLD_MILLI, "{found}");
    }

    #[test]
    fn a_camera_has_not_moved_where_people_hide_two_thirds_of_the_view() {
        let mut crowded = view(0.0);
        for row in crowded.pixels.chunks_exact_mut(LUMA_WIDTH as usize) {
            for (x, pixel) in row.iter_mut().enumerate().skip(100) {
                *pixel = 60 + (x * x % 97) as u8;
            }
        }
        let found = likeness_milli(&crowded);
        assert!(found > THRESHOLD_MILLI * 6 / 5, "{found}");
    }
}
