//! Moved: the camera looks elsewhere than on the reference still that a person accepted. Without one, not judged.
//!
//! Measured: likeness, the share of the reference's tiles with something in them that look as they did, in %:
//! their brightness goes up and down at the same places (correlation), whatever the light. People change
//! some tiles; a turned camera changes nearly all. A tile may shift by a pixel: cameras shake.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::grid::{HEIGHT, Half, TILE, WIDTH, pixels, tiles};
use super::state::{Look, State};
use super::{FlagChange, held_against};

/// On clips, pictures from where the reference was taken had 59 % and more, others 21 % and less.
const THRESHOLD_MILLI: i64 = 38_000;
/// So alike two tiles must be.
const ALIKE: f32 = 0.65;
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
        Self { state: State::new(FlagKind::Moved, "moved/1"), reference: reference.and_then(prepared) }
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
