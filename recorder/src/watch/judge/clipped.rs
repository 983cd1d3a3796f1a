//! Clipped: the sound is overdriven, words are lost in it.
//!
//! Measured: samples at the end of the scale, in % of those of the last [`WINDOW`] levels; flagged above. One
//! slammed door clips for some milliseconds, an overdriven microphone with every loud syllable.

use std::collections::VecDeque;

use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use super::state::State;
use super::{FlagChange, held_against};
use crate::watch::eye::Sound;

const THRESHOLD_MILLI: i64 = 1_000;
/// Levels that are looked at together: 2.5 s.
const WINDOW: usize = 25;
const LEVEL: Span = Span::from_millis(100);

#[derive(Debug)]
pub(super) struct Clipped {
    pub(super) state: State,
    /// When each level began, its clipped samples and all its samples.
    window: VecDeque<(Timestamp, u32, u32)>,
    last_clipped: Option<Timestamp>,
}

impl Clipped {
    pub(super) const fn new() -> Self {
        Self { state: State::new(FlagKind::Clipped, "clipped/1"), window: VecDeque::new(), last_clipped: None }
    }

    pub(super) fn hear(&mut self, sound: &Sound, limit: Option<Limit>, changes: &mut Vec<FlagChange>) {
        if !self.state.bridge(sound.at, changes) {
            self.window.clear();
        }
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else { return self.state.finish(changes) };
        for (n, level) in (0..).zip(&sound.levels) {
            let start = sound.first.after(LEVEL.times(n));
            self.window.push_back((start, level.clipped, level.samples));
            if self.window.len() > WINDOW {
                self.window.pop_front();
            }
            self.judge(threshold, changes);
        }
    }

    fn judge(&mut self, threshold: i64, changes: &mut Vec<FlagChange>) {
        let clipped: u64 = self.window.iter().map(|level| u64::from(level.1)).sum();
        let samples: u64 = self.window.iter().map(|level| u64::from(level.2)).sum();
        let milli = i64::try_from(clipped * 100_000 / samples.max(1)).unwrap_or(i64::MAX);
        let full = self.window.len() == WINDOW;
        let first = self.window.iter().find(|level| level.1 > 0);
        if let Some(last) = self.window.iter().rev().find(|level| level.1 > 0) {
            self.last_clipped = Some(last.0);
        }
        if let Some(&(first, ..)) = first
            && full
            && milli > threshold
        {
            self.state.begin(first, milli, threshold, changes);
        } else if self.state.is_open()
            && full
            && milli * 2 <= threshold
            && let Some(last) = self.last_clipped
        {
            self.state.end(last.after(LEVEL), changes);
        }
    }
}
