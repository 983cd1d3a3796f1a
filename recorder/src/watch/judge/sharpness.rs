//! Blurred: out of focus, breathed upon, greased.
//!
//! Measured: how steep the picture's strongest edges are, in % of what is usual for the camera, or was on the
//! reference still. Steepness is the largest step over one pixel in that over eight, so that neither light nor
//! contrast changes it, and taken at strong edges alone, so that noise does not sharpen the picture.

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

#[derive(Debug)]
pub(super) struct Blurred {
    pub(super) state: State,
    reference: Option<f32>,
    usual: Usual,
}

impl Blurred {
    pub(super) fn new(reference: Option<&Luma>) -> Self {
        let reference = reference.and_then(sharpness);
        Self { state: State::new(FlagKind::Blurred, "blurred/1"), reference, usual: Usual::default() }
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

/// 0 (no edge is steeper than a ramp of eight pixels) to 1 (all edges lie between two pixels); nothing where
/// there are too few edges.
pub(super) fn sharpness(luma: &Luma) -> Option<f32> {
    let (width, height) = (luma.width as usize, luma.height as usize);
    let pixel = |x: usize, y: usize| i32::from(luma.pixels[y * width + x]);
    let mut edges = Vec::with_capacity(width * height * 2);
    for y in (4..height.saturating_sub(4)).step_by(2) {
        for x in 4..width.saturating_sub(4) {
            let across = (pixel(x + 4, y) - pixel(x - 4, y)).abs();
            let down = (pixel(x, y + 4) - pixel(x, y - 4)).abs();
            edges.extend((across >= LEAST_EDGE).then_some((across, x, y, true)));
            edges.extend((down >= LEAST_EDGE).then_some((down, x, y, false)));
        }
    }
    if edges.len() < LEAST_COUNT {
        return None;
    }
    let keep = (width * height / STRONGEST).min(edges.len());
    edges.select_nth_unstable_by_key(keep - 1, |&(edge, ..)| std::cmp::Reverse(edge));
    let steepness = edges[..keep].iter().map(|&(edge, x, y, across)| {
        let at = |offset: usize| if across { pixel(x + offset - 4, y) } else { pixel(x, y + offset - 4) };
        let steepest = (0..8).map(|offset| (at(offset + 1) - at(offset)).abs()).max().unwrap_or(0);
        (steepest as f32 / edge as f32).min(1.0)
    });
    let mean = steepness.sum::<f32>() / keep as f32;
    // A ramp has an eighth of it on each pixel.
    Some(((mean - 0.125) / 0.875).max(0.0))
}
