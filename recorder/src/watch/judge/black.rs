//! Black: nothing but darkness arrives, be it a cap on the lens, a dead sensor or no light at all.
//!
//! Measured: mean luma (0 to 255) of the picture without its brightest tenth, so that a clock in the picture
//! does not light it up. A room with dimmed light stays above 20.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::state::{Look, State};
use super::{FlagChange, held_against};

const THRESHOLD_MILLI: i64 = 12_000;

#[derive(Debug)]
pub(super) struct Black {
    pub(super) state: State,
}

impl Black {
    pub(super) const fn new() -> Self {
        Self { state: State::new(FlagKind::Black, "black/1") }
    }

    /// Says whether it is black.
    pub(super) fn look(&mut self, at: Look, luma: Option<&Luma>, limit: Option<Limit>, changes: &mut Vec<FlagChange>) -> bool {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else {
            self.state.finish(changes);
            return false;
        };
        let measured = luma.map(measure_milli);
        self.state.see(at, measured.map(|milli| (milli, milli <= threshold)), threshold, changes);
        self.state.is_suspected()
    }
}

pub(super) fn measure_milli(luma: &Luma) -> i64 {
    let mut counts = [0_i64; 256];
    luma.pixels.iter().for_each(|&pixel| counts[usize::from(pixel)] += 1);
    let kept = (luma.pixels.len() as i64 * 9 / 10).max(1);
    let (mut left, mut sum) = (kept, 0);
    for (value, &count) in (0..).zip(&counts) {
        let taken = count.min(left);
        (left, sum) = (left - taken, sum + taken * value);
    }
    sum * 1_000 / kept
}
