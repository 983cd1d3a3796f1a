//! Blurred: out of focus, breathed upon, greased.
//!
//! Measured: how steep the picture's strongest edges are, in % of what is usual for the camera, or was on the
//! reference still. Steepness is the largest step over one pixel in that over eight, so that neither light nor
//! contrast changes it, and taken at strong edges alone, so that noise does not sharpen the picture. No part of
//! the picture counts for more than its size: the camera's own words stay sharp, and in a blurred picture nearly
//! all strong edges are theirs.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::state::{Look, State};
use super::usual::Usual;
use super::{FlagChange, held_against};

/// On clips, sharp pictures had 87 % and more, blurred ones 40 % and less.
const THRESHOLD_MILLI: i64 = 60_000;
/// What is taken for usual where nothing is known of the camera.
const NOMINAL: f32 = 0.45;
/// Edges that are looked at, of all places.
const STRONGEST: usize = 25;
/// Edges of fewer steps of luma are none.
const LEAST_EDGE: u8 = 16;
/// Fewer edges say nothing.
const LEAST_COUNT: usize = 60;
/// Pixels of a tile's side.
const TILE: usize = 20;
/// A tile with fewer edges among the strongest says nothing; more than that do not make it weigh more.
const LEAST_OF_TILE: usize = 4;
const MOST_OF_TILE: usize = 24;

#[derive(Debug)]
pub(super) struct Blurred {
    pub(super) state: State,
    reference: Option<f32>,
    usual: Usual,
}

impl Blurred {
    pub(super) fn new(reference: Option<&Luma>) -> Self {
        let reference = reference.and_then(sharpness);
        Self { state: State::new(FlagKind::Blurred, "blurred/3"), reference, usual: Usual::default() }
    }

    pub(super) fn set_reference(&mut self, reference: Option<&Luma>) {
        self.reference = reference.and_then(sharpness);
    }

    /// Says whether it is blurred.
    pub(super) fn look(&mut self, at: Look, luma: Option<&Luma>, limit: Option<Limit>, changes: &mut Vec<FlagChange>) -> bool {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else {
            self.state.finish(changes);
            return false;
        };
        let found = luma.and_then(sharpness);
        let whole = self.reference.or_else(|| self.usual.value()).unwrap_or(NOMINAL);
        let verdict = found.map(|found| {
            let milli = ((found / whole).min(1.0) * 100_000.0) as i64;
            (milli, self.state.is_below(milli, threshold))
        });
        if let (Some(found), Some((_, false))) = (found, verdict) {
            self.usual.learn(found);
        }
        self.state.see(at, verdict, threshold, changes);
        self.state.is_suspected()
    }
}

/// A place where brightness changes.
#[derive(Debug, Clone, Copy)]
struct Edge {
    step: u8,
    x: u16,
    y: u16,
    across: bool,
}

/// 0 (no edge is steeper than a ramp of eight pixels) to 1 (all edges lie between two pixels); nothing where
/// there are too few edges.
pub(super) fn sharpness(luma: &Luma) -> Option<f32> {
    let mut tiles = strongest(luma)?;
    let mut found: Vec<(f32, usize)> = Vec::new();
    for tile in tiles.iter_mut().filter(|tile| tile.len() >= LEAST_OF_TILE) {
        let count = tile.len().min(MOST_OF_TILE);
        tile.select_nth_unstable_by_key(count - 1, |edge| std::cmp::Reverse(edge.step));
        let sum: f32 = tile[..count].iter().map(|&edge| steepness(luma, edge)).sum();
        found.push((sum / count as f32, count));
    }
    found.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    // The tile in the middle, by weight.
    let mut left = found.iter().map(|&(_, weight)| weight).sum::<usize>() / 2;
    let (middle, _) = found.iter().find(|&&(_, weight)| {
        let here = left < weight;
        left = left.saturating_sub(weight);
        here
    })?;
    // A ramp has an eighth of it on each pixel.
    Some(((middle - 0.125) / 0.875).max(0.0))
}

/// The strongest edges of the picture, in tiles; all that are as strong as the weakest of them are among them.
fn strongest(luma: &Luma) -> Option<Vec<Vec<Edge>>> {
    let (width, height) = (luma.width as usize, luma.height as usize);
    // Gone through twice: a list of all edges took more time to be given memory than to be made.
    let mut counts = [0_usize; 256];
    each_edge(luma, |edge| counts[usize::from(edge.step)] += 1);
    let total: usize = counts.iter().sum();
    if total < LEAST_COUNT {
        return None;
    }
    let mut left = (width * height / STRONGEST).min(total);
    let weakest = (0..=u8::MAX).rev().find(|&step| {
        let here = counts[usize::from(step)];
        let enough = here >= left;
        left = left.saturating_sub(here);
        enough
    })?;
    let columns = width.div_ceil(TILE);
    let mut tiles = vec![Vec::new(); columns * height.div_ceil(TILE)];
    each_edge(luma, |edge| {
        if edge.step >= weakest {
            tiles[usize::from(edge.y) / TILE * columns + usize::from(edge.x) / TILE].push(edge);
        }
    });
    Some(tiles)
}

/// All edges of every other row, where there are eight pixels around them.
fn each_edge(luma: &Luma, mut see: impl FnMut(Edge)) {
    let (width, height) = (luma.width as usize, luma.height as usize);
    let row = |y: usize| luma.pixels.get(y * width..).and_then(|rows| rows.get(..width)).unwrap_or_default();
    for y in (4..height.saturating_sub(4)).step_by(2) {
        let (above, here, below) = (row(y - 4), row(y), row(y + 4));
        let sides = here.iter().zip(here.iter().skip(8)).map(|(left, right)| right.abs_diff(*left));
        let heights = above.iter().zip(below).skip(4).map(|(above, below)| below.abs_diff(*above));
        for (x, (across, down)) in (4_u16..).zip(sides.zip(heights)) {
            for (across, step) in [(true, across), (false, down)] {
                if step >= LEAST_EDGE {
                    see(Edge { step, x, y: y as u16, across });
                }
            }
        }
    }
}

/// The largest step over one pixel, in that over eight.
fn steepness(luma: &Luma, edge: Edge) -> f32 {
    let (x, y) = (usize::from(edge.x), usize::from(edge.y));
    let at = |offset: usize| {
        let (x, y) = if edge.across { (x + offset - 4, y) } else { (x, y + offset - 4) };
        i32::from(luma.pixels[y * luma.width as usize + x])
    };
    let steepest = (0..8).map(|offset| (at(offset + 1) - at(offset)).abs()).max().unwrap_or(0);
    (steepest as f32 / f32::from(edge.step)).min(1.0)
}
