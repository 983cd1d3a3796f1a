//! Covered: a hand, a cloth, paint or a cabinet door hides most of the view.
//!
//! Measured: the tiles in which there is something to see, in % of those in which there usually is, or was on
//! the reference still. A tile shows something if its strongest edges stand out from noise, by more in bright
//! tiles than in dark ones; so dimmed light hides nothing. They must stand out from the slope on which they lie
//! as well: through a cloth or a greasy film light and shade are seen, which may be steep, and no edge of a thing.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::grid::{COLUMNS, HEIGHT, Half, ROWS, TILE, WIDTH, pixels, rows, tiles};
use super::state::{Look, State};
use super::usual::Usual;
use super::{FlagChange, held_against};

/// On clips, open views had 69 % and more, covered ones 23 % and less.
const THRESHOLD_MILLI: i64 = 45_000;
/// What a room shows where nothing is known of it: share of all tiles.
const NOMINAL: f32 = 0.3;
/// A view that never showed more is not judged against less.
const LEAST: f32 = 0.1;
/// Such a share of what makes an edge must be left of it once the slope is taken away. Things out of focus lose
/// more by it than sharp ones, and are still to be seen.
const BEYOND_SLOPE: f32 = 0.6;
/// So many standard deviations of the noise must be left. The twelfth strongest step of noise alone has two and a half.
const BEYOND_NOISE: f32 = 4.0;
/// Pixels over which a slope is taken, the step in their middle.
const SLOPE: usize = 17;
/// The twelfth strongest of a hundred counts: an edge across the tile has ten pixels or more on each side.
const STRONG: usize = 12;

#[derive(Debug)]
pub(super) struct Covered {
    pub(super) state: State,
    reference: Option<f32>,
    usual: Usual,
}

impl Covered {
    pub(super) fn new(reference: Option<&Luma>) -> Self {
        Self { state: State::new(FlagKind::Covered, "covered/2"), reference: reference.map(shown), usual: Usual::default() }
    }

    pub(super) fn set_reference(&mut self, reference: Option<&Luma>) {
        self.reference = reference.map(shown);
    }

    /// Says whether it is covered.
    pub(super) fn look(&mut self, at: Look, luma: Option<&Luma>, limit: Option<Limit>, changes: &mut Vec<FlagChange>) -> bool {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else {
            self.state.finish(changes);
            return false;
        };
        let shown = luma.map(shown);
        let whole = self.reference.or_else(|| self.usual.value()).unwrap_or(NOMINAL).max(LEAST);
        let verdict = shown.map(|shown| {
            let milli = ((shown / whole).min(1.0) * 100_000.0) as i64;
            (milli, self.state.is_below(milli, threshold))
        });
        if let (Some(shown), Some((_, false))) = (shown, verdict) {
            self.usual.learn(shown);
        }
        self.state.see(at, verdict, threshold, changes);
        self.state.is_suspected()
    }
}

/// Share of the tiles in which there is something to see.
pub(super) fn shown(luma: &Luma) -> f32 {
    let half = Half::of(luma);
    let noise = noise(&half);
    let count = tiles().filter(|&tile| shows_something(&half, tile, noise)).count();
    count as f32 / (COLUMNS * ROWS) as f32
}

/// Standard deviation of what differs from pixel to pixel without any direction, where there is little else: in the
/// lower quarter of the tiles.
fn noise(half: &Half) -> f32 {
    let mut sums: Vec<i32> = tiles().map(|tile| grain(half, tile)).collect();
    let quarter = sums.len() / 4;
    let (_, &mut sum, _) = sums.select_nth_unstable(quarter);
    // Of four pixels, so of twice the deviation; of which the mean without its sign is four fifths.
    sum as f32 / ((TILE - 1) * (TILE - 1)) as f32 / 1.6
}

/// The differences of the differences between neighbours, of a whole tile.
fn grain(half: &Half, tile: (usize, usize)) -> i32 {
    let pairs = rows(half, tile).zip(rows(half, tile).skip(1));
    let squares = pairs.flat_map(|(above, below)| above.windows(2).zip(below.windows(2)));
    squares.map(|(above, below)| (above[0] - above[1] - below[0] + below[1]).abs()).sum()
}

fn shows_something(half: &Half, tile: (usize, usize), noise: f32) -> bool {
    let sum: i32 = rows(half, tile).flatten().sum();
    // Pixels are sums of four.
    let least = 4.0 * 3.0 + 0.03 * sum as f32 / (TILE * TILE) as f32;
    let beyond = (BEYOND_SLOPE * least).max(BEYOND_NOISE * noise);
    let strong = pixels(tile).filter(|&at| is_edge(half, at, least as i32, beyond as i32));
    strong.take(STRONG).count() == STRONG
}

/// Whether the step to the next pixel or to the one below is larger than `least`, and by more than `beyond` other
/// than the slope about it.
fn is_edge(half: &Half, (x, y): (usize, usize), least: i32, beyond: i32) -> bool {
    let here = half.at(x, y);
    let stands_out = |step: i32, rise: i32| (step * SLOPE as i32 - rise).abs() > beyond * SLOPE as i32;
    let (across, down) = (half.at(x + 1, y) - here, half.at(x, y + 1) - here);
    let (left, top) = (slope_start(x, WIDTH), slope_start(y, HEIGHT));
    across.abs() > least && stands_out(across, half.at(left + SLOPE, y) - half.at(left, y))
        || down.abs() > least && stands_out(down, half.at(x, top + SLOPE) - half.at(x, top))
}

/// Where the slope about a step begins, which ends within the picture.
fn slope_start(at: usize, side: usize) -> usize {
    at.saturating_sub(SLOPE / 2).min(side - 1 - SLOPE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};

    fn picture(pixel: impl Fn(u32, u32) -> f32) -> Luma {
        let pixels = (0..LUMA_WIDTH * LUMA_HEIGHT).map(|i| pixel(i % LUMA_WIDTH, i / LUMA_WIDTH) as u8).collect();
        Luma { width: LUMA_WIDTH, height: LUMA_HEIGHT, pixels }
    }

    /// From -1 to 1, other at each place.
    fn grain_of(x: u32, y: u32) -> f32 {
        let mixed = (x + LUMA_WIDTH * y).wrapping_mul(2_654_435_761);
        ((mixed ^ mixed >> 13).wrapping_mul(0x85eb_ca6b) >> 16) as f32 / 32_768.0 - 1.0
    }

    #[test]
    fn light_and_shade_behind_a_cloth_are_nothing_to_see_however_steep_and_noisy() {
        let shade = |x: u32, y: u32| 125.0 + 60.0 * (x as f32 / 20.0).sin() + 60.0 * (y as f32 / 20.0).cos();
        assert!(shown(&picture(shade)) < 0.1, "{}", shown(&picture(shade)));
        let noisy = |x, y| shade(x, y) + 8.0 * grain_of(x, y);
        assert!(shown(&picture(noisy)) < 0.1, "{}", shown(&picture(noisy)));
    }

    #[test]
    fn things_out_of_focus_and_under_noise_are_something_to_see() {
        // Stripes of 20 pixels, whose edges are so many pixels wide.
        let stripes = |width: f32| {
            let from_edge = |x: u32| (x % 20) as f32 - 10.0;
            move |x: u32, _| {
                90.0 + 50.0 * (from_edge(x) / width).clamp(-1.0, 1.0) * if (x / 20).is_multiple_of(2) { 1.0 } else { -1.0 }
            }
        };
        assert!(shown(&picture(stripes(1.0))) > 0.9);
        assert!(shown(&picture(stripes(5.0))) > 0.9, "{}", shown(&picture(stripes(5.0))));
        let noisy = |x, y| stripes(2.0)(x, y) + 8.0 * grain_of(x, y);
        assert!(shown(&picture(noisy)) > 0.9, "{}", shown(&picture(noisy)));
    }
}
