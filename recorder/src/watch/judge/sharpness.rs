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
const LEAST_EDGE: i32 = 16;
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
        Self { state: State::new(FlagKind::Blurred, "blurred/2"), reference, usual: Usual::default() }
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
    step: i32,
    x: usize,
    y: usize,
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

/// The strongest edges of the picture, in tiles.
fn strongest(luma: &Luma) -> Option<Vec<Vec<Edge>>> {
    let (width, height) = (luma.width as usize, luma.height as usize);
    let pixel = |x: usize, y: usize| i32::from(luma.pixels[y * width + x]);
    let mut edges = Vec::with_capacity(width * height * 2);
    for y in (4..height.saturating_sub(4)).step_by(2) {
        for x in 4..width.saturating_sub(4) {
            let steps = [(true, pixel(x + 4, y) - pixel(x - 4, y)), (false, pixel(x, y + 4) - pixel(x, y - 4))];
            let steps = steps.map(|(across, step)| Edge { step: step.abs(), x, y, across });
            edges.extend(steps.into_iter().filter(|edge| edge.step >= LEAST_EDGE));
        }
    }
    if edges.len() < LEAST_COUNT {
        return None;
    }
    let keep = (width * height / STRONGEST).min(edges.len());
    edges.select_nth_unstable_by_key(keep - 1, |edge| std::cmp::Reverse(edge.step));
    let columns = width.div_ceil(TILE);
    let mut tiles = vec![Vec::new(); columns * height.div_ceil(TILE)];
    for edge in &edges[..keep] {
        tiles[edge.y / TILE * columns + edge.x / TILE].push(*edge);
    }
    Some(tiles)
}

/// The largest step over one pixel, in that over eight.
fn steepness(luma: &Luma, edge: Edge) -> f32 {
    let at = |offset: usize| {
        let (x, y) = if edge.across { (edge.x + offset - 4, edge.y) } else { (edge.x, edge.y + offset - 4) };
        i32::from(luma.pixels[y * luma.width as usize + x])
    };
    let steepest = (0..8).map(|offset| (at(offset + 1) - at(offset)).abs()).max().unwrap_or(0);
    (steepest as f32 / edge.step as f32).min(1.0)
}
