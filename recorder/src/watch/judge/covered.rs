//! Covered: a hand, a cloth, paint or a cabinet door hides most of the view.
//!
//! Measured: the tiles in which there is something to see, in % of those in which there usually is, or was on
//! the reference still. A tile shows something if its strongest edges stand out from noise, by more in bright
//! tiles than in dark ones; so dimmed light hides nothing.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::grid::{COLUMNS, Half, ROWS, TILE, pixels, tiles};
use super::state::{Look, State};
use super::usual::Usual;
use super::{FlagChange, held_against};

/// On clips, open views had 69 % and more, covered ones 23 % and less.
const THRESHOLD_MILLI: i64 = 45_000;
/// What a room shows where nothing is known of it: share of all tiles.
const NOMINAL: f32 = 0.3;
/// A view that never showed more is not judged against less.
const LEAST: f32 = 0.1;

#[derive(Debug)]
pub(super) struct Covered {
    pub(super) state: State,
    reference: Option<f32>,
    usual: Usual,
}

impl Covered {
    pub(super) fn new(reference: Option<&Luma>) -> Self {
        Self { state: State::new(FlagKind::Covered, "covered/1"), reference: reference.map(shown), usual: Usual::default() }
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
    let count = tiles().filter(|&tile| shows_something(&half, tile)).count();
    count as f32 / (COLUMNS * ROWS) as f32
}

fn shows_something(half: &Half, tile: (usize, usize)) -> bool {
    let mut edges = [0; TILE * TILE];
    let mut sum = 0;
    for (edge, (x, y)) in edges.iter_mut().zip(pixels(tile)) {
        let here = half.at(x, y);
        *edge = (half.at(x + 1, y) - here).abs().max((half.at(x, y + 1) - here).abs());
        sum += here;
    }
    let mean = sum as f32 / (TILE * TILE * 4) as f32;
    // The twelfth strongest of a hundred: an edge across the tile has ten pixels or more on each side.
    let (_, strong, _) = edges.select_nth_unstable(TILE * TILE - 12);
    *strong as f32 / 4.0 > 3.0 + 0.03 * mean
}
