//! The grain of pictures: what noise left in them, and no two pictures of a room that lives have in common.
//!
//! In: key frames, one after the other. Out: how much of their grain two of them share ([`Pair`]), held against what
//! pictures of this camera usually share. An encoder that makes another key frame of the same picture changes much of
//! it, but not its grain.
//! - Grain is what is finer than five pixels and not in the mean of earlier key frames: edges of the room are no grain.
//! - Only pictures that live are learned from; the caller says which do.
//!
//! Not here: how large encoded pictures are ([`super::sizes`]). Grain of a scene that the mean does not know yet is
//! stronger than usual, and then nothing is said of it: such pictures share their new edges.

use liuhen_media::picture::Luma;

use super::super::usual::Usual;
use super::sizes::Between;
use crate::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};

const WIDTH: usize = LUMA_WIDTH as usize;
const HEIGHT: usize = LUMA_HEIGHT as usize;
/// Pixels of a tile's side.
const TILE: usize = 20;
const COLUMNS: usize = WIDTH / TILE;
/// What is coarser than so many pixels to each side is no grain.
const REACH: usize = 2;
/// Pixels that a mean is taken of.
const BOX: i32 = (2 * REACH as i32 + 1).pow(2);
/// Of so many key frames the mean is known well enough; the latest so many make it up, more or less.
const LEAST_LEARNED: u32 = 4;
const LEARNED: u32 = 8;
/// So many pairs are enough to know what is usual.
const ENOUGH: usize = 3;
/// A pair is of the same picture where so much of the share that usually differs is left at most, and nothing lies
/// between: on clips, live ones had 0.69 and more, one picture 0.68 and less …
const SAME: f32 = 0.66;
/// … more where the key frames before were the same …
const STILL_SAME: f32 = 0.75;
/// … and where so little is left, though the encoder refines between them: live ones that came to rest had 0.26.
const CERTAIN: f32 = 0.2;
/// Where more than that is left, or more than that again, the grain is another one, however calm the pictures are.
const OTHER: f32 = 0.7;
const STILL_OTHER: f32 = 0.85;
/// Grain that is so many times as strong as usual is another scene's.
const STRONGER: f32 = 1.25;

/// What two key frames have in common, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Share of their grain that differs, in the middle tile: 1 where they have nothing in common.
    pub(super) differs: f32,
    /// How strong it is.
    pub(super) strength: f32,
}

/// Knows the grain of one camera.
#[derive(Debug, Default)]
pub(super) struct Grain {
    /// The mean of the fine parts of earlier key frames, and of how many.
    mean: Vec<f32>,
    learned: u32,
    /// Fine parts of the key frame before, and of the one now.
    before: Option<Vec<i16>>,
    now: Option<Vec<i16>>,
    differs: Usual,
    strength: Usual,
}

impl Grain {
    /// Takes the next key frame; tells what it has in common with the one before.
    pub(super) fn look(&mut self, luma: &Luma) -> Option<Pair> {
        self.before = self.now.replace(fine(luma));
        let (before, now) = (self.before.as_ref()?, self.now.as_ref()?);
        (self.learned >= LEAST_LEARNED).then(|| pair(&self.mean, before, now)).flatten()
    }

    /// What lies between two key frames of the same picture at most, if these are; `again` where those before were.
    pub(super) fn same(&self, pair: Pair, again: bool) -> Option<Between> {
        let left = self.left(pair)?;
        let between = if left <= CERTAIN { Between::Little } else { Between::Nothing };
        (left <= if again { STILL_SAME } else { SAME }).then_some(between)
    }

    /// Whether they are surely not the same picture.
    pub(super) fn is_other(&self, pair: Pair, again: bool) -> bool {
        self.left(pair).is_some_and(|left| left > if again { STILL_OTHER } else { OTHER })
    }

    /// What is left of the share that usually differs; nothing where the scene is not known.
    fn left(&self, pair: Pair) -> Option<f32> {
        let usual = |of: &Usual| of.at(0.5, ENOUGH);
        let (differs, strength) = (usual(&self.differs)?, usual(&self.strength)?);
        (pair.strength <= strength * STRONGER).then(|| pair.differs / differs)
    }

    /// The key frame before was one of a picture that lives.
    pub(super) fn learn(&mut self, pair: Option<Pair>) {
        let Some(before) = &self.before else { return };
        if self.learned == 0 {
            self.mean = vec![0.0; WIDTH * HEIGHT];
        }
        self.learned = (self.learned + 1).min(LEARNED);
        let part = 1.0 / self.learned as f32;
        self.mean.iter_mut().zip(before).for_each(|(mean, fine)| *mean += (f32::from(*fine) - *mean) * part);
        let is_known = |pair: &Pair| self.strength.at(0.5, ENOUGH).is_none_or(|usual| pair.strength <= usual * STRONGER);
        if let Some(pair) = pair.filter(is_known) {
            self.differs.learn(pair.differs);
            self.strength.learn(pair.strength);
        }
    }

    /// Another scene: its noise is the camera's all the same.
    pub(super) fn forget_scene(&mut self) {
        self.learned = 0;
    }

    /// The next key frame does not follow the last one.
    pub(super) fn forget_last(&mut self) {
        self.now = None;
    }
}

/// What is finer than [`REACH`], in [`BOX`]ths of a step of luma; at the edges the last pixel goes on.
fn fine(luma: &Luma) -> Vec<i16> {
    let sums = |line: &dyn Fn(usize) -> i32, length: usize, out: &mut dyn FnMut(usize, i32)| {
        let at = |place: usize| line(place.saturating_sub(REACH).min(length - 1));
        let mut sum: i32 = (0..2 * REACH).map(at).sum();
        for place in 0..length {
            sum += at(place + 2 * REACH);
            out(place, sum);
            sum -= at(place);
        }
    };
    let mut rows = vec![0; WIDTH * HEIGHT];
    for (pixels, row) in luma.pixels.chunks_exact(WIDTH).zip(rows.chunks_exact_mut(WIDTH)) {
        sums(&|x| pixels[x].into(), WIDTH, &mut |x, sum| row[x] = sum);
    }
    let mut fine = vec![0; WIDTH * HEIGHT];
    for x in 0..WIDTH {
        let of = |y: usize, sum: i32| (i32::from(luma.pixels[y * WIDTH + x]) * BOX - sum) as i16;
        sums(&|y| rows[y * WIDTH + x], HEIGHT, &mut |y, sum| fine[y * WIDTH + x] = of(y, sum));
    }
    fine
}

/// What a tile's grain is made of: sums over its pixels of products of the mean and of what exceeds it.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    mean: f32,
    one: f32,
    other: f32,
    one_mean: f32,
    other_mean: f32,
    both: f32,
}

/// Nothing where there is no grain.
fn pair(mean: &[f32], one: &[i16], other: &[i16]) -> Option<Pair> {
    let mut tiles = vec![Sums::default(); COLUMNS * HEIGHT / TILE];
    for (place, ((&mean, &one), &other)) in mean.iter().zip(one).zip(other).enumerate() {
        let sums = &mut tiles[place / WIDTH / TILE * COLUMNS + place % WIDTH / TILE];
        let (one, other) = (f32::from(one) - mean, f32::from(other) - mean);
        sums.mean += mean * mean;
        sums.one += one * one;
        sums.other += other * other;
        sums.one_mean += one * mean;
        sums.other_mean += other * mean;
        sums.both += one * other;
    }
    let strength = median(tiles.iter().map(Sums::strength).collect());
    (strength > 0.0).then(|| Pair { differs: 1.0 - median(tiles.iter().map(Sums::likeness).collect()), strength })
}

impl Sums {
    /// Energy of both and what is common, without what a change of contrast makes of the mean.
    fn grains(&self) -> [f32; 3] {
        let mean = self.mean.max(1.0);
        let (one, other) = (self.one_mean, self.other_mean);
        [self.one - one * one / mean, self.other - other * other / mean, self.both - one * other / mean]
    }

    fn strength(&self) -> f32 {
        let [one, other, _] = self.grains();
        (one.max(other).max(0.0) / (TILE * TILE) as f32).sqrt()
    }

    fn likeness(&self) -> f32 {
        let [one, other, both] = self.grains();
        let energy = (one.max(0.0) * other.max(0.0)).sqrt();
        if energy > 1.0 { both / energy } else { 0.0 }
    }
}

fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests;
