//! Silent: a sound track that carries nothing, be the microphone cut, muted or dead.
//!
//! Measured: level in dB of full scale (root mean square over a tenth of a second). A quiet room has the noise of
//! its air and its microphone, above -65 dB; silence in A-law is -72 dB.

use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use super::state::State;
use super::{FlagChange, held_against};
use crate::watch::eye::Sound;

const THRESHOLD_MILLI: i64 = -66_000;
/// Levels below the threshold before silence is told: 2.5 s; longer than any pause between words in a dead room.
const SURE: u32 = 25;
/// Levels above it that end silence: a click does not.
const LOUD: u32 = 3;
const LEVEL: Span = Span::from_millis(100);

#[derive(Debug)]
pub(super) struct Silent {
    pub(super) state: State,
    since: Option<Timestamp>,
    quiet: u32,
    loud: u32,
    /// The loudest level of the silence, in thousandths of dB.
    loudest: i64,
}

impl Silent {
    pub(super) const fn new() -> Self {
        Self { state: State::new(FlagKind::Silent, "silent/1"), since: None, quiet: 0, loud: 0, loudest: i64::MIN }
    }

    pub(super) fn hear(&mut self, sound: &Sound, limit: Option<Limit>, changes: &mut Vec<FlagChange>) {
        if !self.state.bridge(sound.at, changes) {
            self.reset();
        }
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else {
            self.reset();
            return self.state.finish(changes);
        };
        for (n, level) in (0..).zip(&sound.levels) {
            let start = sound.first.after(LEVEL.times(n));
            let milli = (level.rms_db * 1_000.0) as i64;
            if milli < threshold {
                self.since.get_or_insert(start);
                (self.quiet, self.loud, self.loudest) = (self.quiet + 1, 0, self.loudest.max(milli));
                if self.quiet >= SURE {
                    self.state.begin(self.since.unwrap_or(start), self.loudest, threshold, changes);
                }
            } else if self.since.is_some() {
                self.loud += 1;
                if self.loud >= LOUD || !self.state.is_open() {
                    self.state.end(start.before(LEVEL.times(self.loud - 1)), changes);
                    self.reset();
                }
            }
        }
    }

    const fn reset(&mut self) {
        (self.since, self.quiet, self.loud, self.loudest) = (None, 0, 0, i64::MIN);
    }
}
