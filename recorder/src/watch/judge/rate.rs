//! Low frame rate: far fewer pictures than this camera usually sends, or than a person asked for.
//!
//! Measured: pictures a second over a fragment. Without a threshold of its own, a viewpoint is held against
//! [`SHARE`] of what is usual: a camera that is set to one picture a second is no fault, one that falls to it is.

use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use super::FlagChange;
use super::state::State;
use super::usual::Usual;
use crate::watch::eye::Pictures;

/// Of the usual rate.
const SHARE: f32 = 0.4;
/// Fragments that are shorter say little.
const LEAST_US: i64 = 900_000;

#[derive(Debug)]
pub(super) struct LowFrameRate {
    pub(super) state: State,
    usual: Usual,
    /// Since when pictures come too slowly at the end of the fragment before.
    slow_since: Option<Timestamp>,
}

impl LowFrameRate {
    pub(super) fn new() -> Self {
        Self { state: State::new(FlagKind::LowFrameRate, "low_frame_rate/1"), usual: Usual::default(), slow_since: None }
    }

    pub(super) fn look(&mut self, pictures: &Pictures, limit: Option<Limit>, changes: &mut Vec<FlagChange>) {
        if !self.state.bridge(pictures.at, changes) {
            self.slow_since = None;
        }
        let span_us = pictures.at.span().as_micros();
        let rate = pictures.samples.len() as f32 * 1e6 / span_us as f32;
        let threshold = match limit {
            Some(Limit::Off) => return self.state.finish(changes),
            Some(Limit::Milli(milli)) => Some(milli),
            None => self.usual.value().map(|usual| (usual * SHARE * 1_000.0) as i64),
        };
        let milli = (rate * 1_000.0) as i64;
        let Some(threshold) = threshold else { return self.usual.learn(rate) };
        let slow_us = 1_000_000_000 / threshold.max(1);
        if span_us >= LEAST_US && milli < threshold {
            let start = self.slow_since.unwrap_or(pictures.at.start());
            self.state.begin(start, milli, threshold, changes);
        } else if milli >= threshold {
            self.usual.learn(rate);
            // The slow pictures at its head still belong to the fault.
            let slow = pictures.samples.iter().take_while(|sample| sample.lasts_us > slow_us);
            let us = slow.map(|sample| sample.lasts_us).sum();
            self.state.end(pictures.at.start().after(Span::from_micros(us)), changes);
        }
        if !self.state.is_open() {
            let slow = pictures.samples.iter().rev().take_while(|sample| sample.lasts_us > slow_us);
            let us = slow.map(|sample| sample.lasts_us).sum();
            self.slow_since = (us > 0).then(|| pictures.at.end().before(Span::from_micros(us)));
        }
    }
}
