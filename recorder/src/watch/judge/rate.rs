//! Low frame rate: far fewer pictures than this camera usually sends, or than a person asked for.
//!
//! Measured: pictures a second over a fragment. Without a threshold of its own, a viewpoint is held against
//! [`SHARE`] of what is usual: a camera that is set to one picture a second is no fault, one that falls to it is.
//! A fragment whose end is slow for long enough is as good as a slow one: the next takes seconds, and B-frames
//! that come slowly hold it back for longer still.

use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use super::FlagChange;
use super::state::State;
use super::usual::Usual;
use crate::watch::eye::{PictureSample, Pictures};

/// Of the usual rate.
const SHARE: f32 = 0.4;
/// Fragments that are shorter say nothing, nor does such an end of one.
const LEAST_US: i64 = 900_000;
/// So many pictures at a fragment's end come too slowly: one alone is a network that stalls.
const LEAST_TAIL: usize = 2;

#[derive(Debug)]
pub(super) struct LowFrameRate {
    pub(super) state: State,
    usual: Usual,
    /// Since when pictures come too slowly at the end of the fragment before.
    slow_since: Option<Timestamp>,
}

impl LowFrameRate {
    pub(super) fn new() -> Self {
        Self { state: State::new(FlagKind::LowFrameRate, "low_frame_rate/2"), usual: Usual::default(), slow_since: None }
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
        if span_us < LEAST_US {
            return;
        }
        let Some(threshold) = threshold else { return self.usual.learn(rate) };
        let slow_us = 1_000_000_000 / threshold.max(1);
        let tail = Slow::of(pictures.samples.iter().rev(), slow_us);
        tracing::trace!(
            kind = "low_frame_rate",
            at_us = pictures.at.start().as_micros(),
            span_us,
            milli,
            threshold,
            ?tail,
            "looked"
        );
        let tail_start = pictures.at.end().before(Span::from_micros(tail.us));
        if milli < threshold {
            let start = self.slow_since.unwrap_or(pictures.at.start());
            self.state.begin(start, milli, threshold, changes);
        } else if tail.us >= LEAST_US && tail.count >= LEAST_TAIL {
            let milli = tail.count as i64 * 1_000_000_000 / tail.us;
            self.state.begin(tail_start, milli, threshold, changes);
        } else {
            self.usual.learn(rate);
            // The slow pictures at its head still belong to the fault.
            let head = Slow::of(pictures.samples.iter(), slow_us);
            self.state.end(pictures.at.start().after(Span::from_micros(head.us)), changes);
        }
        if !self.state.is_open() {
            self.slow_since = (tail.us > 0).then_some(tail_start);
        }
    }
}

/// Pictures that come too slowly, one after the other.
#[derive(Debug)]
struct Slow {
    us: i64,
    count: usize,
}

impl Slow {
    /// Those with which the samples begin.
    fn of<'a>(samples: impl Iterator<Item = &'a PictureSample>, slow_us: i64) -> Self {
        let slow = samples.take_while(|sample| sample.lasts_us > slow_us);
        slow.fold(Self { us: 0, count: 0 }, |slow, sample| Self { us: slow.us + sample.lasts_us, count: slow.count + 1 })
    }
}
