//! Frozen: the camera sends the same picture again and again, though its clock in the picture may run.
//!
//! Measured: the share of the picture that differs from one key frame to the next, in %. What differs within one
//! small box is the camera's own clock. Two cases:
//! - An encoder of constant quality gives the same key frame for the same picture, to the last bit. Noise,
//!   even if too weak to be worth a byte between key frames, changes nearly every tile of the next one.
//! - Other encoders make ever finer key frames of the same picture, which differ a little; but far less than
//!   they ever did, nearly everywhere: noise does not go away, not even where all sit still. Somewhat less will
//!   do where the key frame grew and next to nothing lies before it: a finer one of a room would show more noise.
//!   Or they share the grain of that one picture, with nothing at all between them.
//!
//! What has no noise in the first place, as a computer's screen, is not judged.
//!
//! Where the first repeated picture is, and the first other one, the sizes between key frames tell.

mod differing;
mod grain;
mod sizes;

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use self::differing::Differences;
use self::grain::{Grain, Pair};
use self::sizes::{largest, refined, repeated, repeats};
use super::state::State;
use super::usual::Usual;
use super::{FlagChange, held_against};
use crate::watch::eye::{PictureSample, Pictures};

const THRESHOLD_MILLI: i64 = 3_000;
/// A tile differs if its pixels do by so many hundredths of a step of luma, on average: where the same picture
/// is encoded in the same way …
const SAME: u32 = 25;
/// … and where it is encoded finer or coarser. Errors of encoding lie scattered, just beyond that; what moves
/// differs clearly.
const FINER: u32 = 250;
/// The same in so many times the least that is usual, where noise is strong: what an encoder loses of it is more too.
const FINER_THAN_LEAST: f32 = 2.0;
const CLEARLY: u32 = 400;
/// Finer or coarser are key frames whose middle tile differs by less than this share of the least that is usual.
const CALMER: f32 = 0.4;
/// The same where those before were alike: encoders change their mind, and the picture stays frozen.
const STILL_CALMER: f32 = 0.8;
/// So many differences are enough to know the least: the middle tile's vary little, and in another scene all is
/// learned anew.
const ENOUGH: usize = 3;
/// The middle tile differs by so much: another scene or another light, which may have another noise.
const OTHER_SCENE: u32 = 1_000;
/// What a clock may cover, of all tiles.
const CLOCK_BOX: f32 = 0.12;
/// Key frames that are alike must lie so far apart, all together.
const SURE: Span = Span::from_millis(1_450);
/// Pictures that are remembered at most: a minute at 60 a second.
const MAX_REMEMBERED: usize = 3_600;

#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) state: State,
    /// The latest key frame, and how large it is.
    last: Option<(Timestamp, u32, Luma)>,
    /// What came since it, and what came between it and the one before.
    since: Vec<PictureSample>,
    before: Vec<PictureSample>,
    /// Since when key frames are alike, back-dated; and the first of them.
    alike: Option<(Timestamp, Timestamp)>,
    /// By how much the middle tile differs from key frame to key frame while the picture lives.
    difference: Usual,
    grain: Grain,
}

impl Frozen {
    pub(super) fn new() -> Self {
        Self {
            state: State::new(FlagKind::Frozen, "frozen/4"),
            last: None,
            since: Vec::new(),
            before: Vec::new(),
            alike: None,
            difference: Usual::default(),
            grain: Grain::default(),
        }
    }

    /// `quiet` says that something else explains a picture that stands still.
    pub(super) fn look(
        &mut self,
        pictures: &Pictures,
        luma: Option<&Luma>,
        quiet: bool,
        limit: Option<Limit>,
        changes: &mut Vec<FlagChange>,
    ) {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else { return self.state.finish(changes) };
        if !self.state.bridge(pictures.at, changes) {
            self.forget();
        }
        let room = MAX_REMEMBERED.saturating_sub(self.since.len());
        let Some(luma) = luma else { return self.since.extend(pictures.samples.iter().take(room)) };
        // A key frame at the fragment's end comes after its samples, one at its beginning before them.
        let ahead = pictures.key_at >= pictures.at.end();
        if ahead {
            self.since.extend(pictures.samples.iter().take(room));
        }
        let last = self.last.replace((pictures.key_at, pictures.key_bytes, luma.clone()));
        let grain = self.grain.look(luma);
        match last {
            Some((at, bytes, last)) if !quiet => {
                let differences = Differences::of(&last, luma);
                let keys = Keys { at: [at, pictures.key_at], bytes: [bytes, pictures.key_bytes], grain };
                self.compare(keys, &differences, threshold, changes);
            }
            _ => self.alike = None,
        }
        self.before = std::mem::take(&mut self.since);
        if !ahead {
            self.since.extend(pictures.samples.iter().take(MAX_REMEMBERED));
        }
    }

    fn forget(&mut self) {
        (self.last, self.alike) = (None, None);
        self.grain.forget_last();
        self.since.clear();
        self.before.clear();
    }

    fn compare(&mut self, keys: Keys, differences: &Differences, threshold: i64, changes: &mut Vec<FlagChange>) {
        let [last, now] = keys.at;
        let middle = differences.median();
        let (tolerance, clearly) = self.tolerance(middle, keys);
        let differing = differences.beyond(tolerance, clearly);
        let milli = (differing.share * 100_000.0) as i64;
        tracing::trace!(
            kind = "frozen",
            at_us = now.as_micros(),
            milli,
            middle,
            box_share = differing.box_share,
            tolerance,
            differs = keys.grain.map(|pair| pair.differs),
            strength = keys.grain.map(|pair| pair.strength),
            bytes = keys.bytes[1],
            "looked"
        );
        let judged = self.alike.is_some() || !self.is_drawn();
        if judged && milli <= threshold && differing.box_share <= CLOCK_BOX {
            let back = repeated(self.before.iter().rev(), largest(&self.since));
            let alike = *self.alike.get_or_insert((last.before(back), last));
            if now.since(alike.1) >= SURE {
                self.state.begin(alike.0, milli, threshold, changes);
            }
            return;
        }
        self.grain.learn(keys.grain);
        if self.alike.take().is_some() {
            // While it stood still, nothing was larger than this.
            let on = repeated(self.since.iter().skip(1), largest(&self.before));
            self.state.end(last.after(on), changes);
        } else if middle >= OTHER_SCENE {
            self.difference = Usual::default();
            self.grain.forget_scene();
        } else if middle > 0 || differences.beyond(FINER, CLEARLY).box_share > CLOCK_BOX {
            // Where half stands still to the last bit and nothing moves, it is not known to live.
            self.difference.learn(middle as f32);
        }
    }

    /// Every fourth time half of the picture stands still to the last bit while something moves: a computer's screen,
    /// which says nothing by it.
    fn is_drawn(&self) -> bool {
        self.difference.at(0.25, ENOUGH).is_some_and(|least| least <= 0.0)
    }

    /// What a tile may differ by in one and the same picture, and by what in any case.
    fn tolerance(&self, middle: u32, keys: Keys) -> (u32, u32) {
        let again = self.alike.is_some();
        let Some(least) = self.difference.at(0.1, ENOUGH) else {
            // Before anything is usual, half a picture that is the same to the last bit will do.
            return if middle == 0 { (FINER, CLEARLY) } else { (SAME, SAME) };
        };
        let below = |share: f32| middle as f32 <= least * share;
        // Sizes are looked at only where they decide.
        let calmer =
            below(if again { STILL_CALMER } else { CALMER }) || below(1.0) && refined(keys.bytes, &self.since).is_some_and(below);
        let is_other = keys.grain.is_some_and(|pair| self.grain.is_other(pair, again));
        let same = keys.grain.and_then(|pair| self.grain.same(pair, again));
        let finer = calmer && !is_other || same.is_some_and(|most| repeats(keys.bytes[1], &self.since, most));
        if finer { (FINER.max((least * FINER_THAN_LEAST) as u32).min(CLEARLY), CLEARLY) } else { (SAME, SAME) }
    }
}

/// Two key frames, one after the other: when they were taken, how large they are, and what grain they share.
#[derive(Debug, Clone, Copy)]
struct Keys {
    at: [Timestamp; 2],
    bytes: [u32; 2],
    grain: Option<Pair>,
}

#[cfg(test)]
mod tests;
