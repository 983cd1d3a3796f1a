//! One kind's flag: from the first suspicion to its end.
//!
//! In: verdicts, each for a moment. Out: a change where the flag begins or ends. Always: a flag begins when
//! the fault was seen for [`SURE`], its start and its end lie halfway between the last moment that was seen
//! otherwise and the first that was seen so.

use liuhen_proto::judgement::FlagKind;
use liuhen_proto::{Interval, Span, Timestamp};

use super::{FlagChange, MAX_HOLE};

/// So long a fault must be seen to be told: two key frames, or one and what hangs on it where they come slowly.
/// A person who walks by is no fault.
const SURE: Span = Span::from_millis(950);

/// When something was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The fragment.
    pub(super) at: Interval,
    /// Its key frame.
    pub(super) key_at: Timestamp,
}

/// One kind.
#[derive(Debug)]
pub(super) struct State {
    kind: FlagKind,
    detector: &'static str,
    spell: Option<Spell>,
    /// The latest moment without the fault.
    good: Option<Timestamp>,
    /// Where what was seen ends.
    seen: Option<Timestamp>,
}

/// A fault that is seen.
#[derive(Debug, Clone, Copy)]
struct Spell {
    start: Timestamp,
    /// The first moment at which it was seen, and the last.
    first: Timestamp,
    last: Timestamp,
    measured_milli: i64,
    threshold_milli: i64,
    told: bool,
}

impl State {
    pub(super) const fn new(kind: FlagKind, detector: &'static str) -> Self {
        Self { kind, detector, spell: None, good: None, seen: None }
    }

    /// Whether a flag is open.
    pub(super) fn is_open(&self) -> bool {
        self.spell.is_some_and(|spell| spell.told)
    }

    /// Something else explains what may be seen: what was not told yet is forgotten.
    pub(super) fn hush(&mut self) {
        self.spell = self.spell.filter(|spell| spell.told);
    }

    /// Whether a value is a fault; one that was told lasts until the value is clearly above the threshold again.
    pub(super) fn is_below(&self, milli: i64, threshold: i64) -> bool {
        milli < if self.is_open() { threshold * 6 / 5 } else { threshold }
    }

    /// Whether the fault is seen, be it told or not.
    pub(super) const fn is_suspected(&self) -> bool {
        self.spell.is_some()
    }

    /// A fragment, and what the key frame at `key_at` says: a value, and whether that is a fault. A fragment that
    /// says nothing prolongs what was said before.
    pub(super) fn see(&mut self, look: Look, verdict: Option<(i64, bool)>, threshold: i64, changes: &mut Vec<FlagChange>) {
        let Look { at, key_at } = look;
        self.bridge(at, changes);
        tracing::trace!(kind = %self.kind, at_us = key_at.as_micros(), ?verdict, threshold, "looked");
        match verdict {
            Some((_, false)) => {
                if let Some(spell) = self.spell {
                    self.end(halfway(spell.last, key_at), changes);
                }
                self.good = Some(key_at);
            }
            Some((milli, true)) => {
                let start = self.good.map_or(key_at, |good| halfway(good, key_at));
                self.suspect(start, key_at, milli, threshold);
            }
            None => {}
        }
        if self.spell.is_some_and(|spell| at.end().since(spell.first) >= SURE) {
            self.tell(changes);
        }
    }

    /// A fault that began at `start` is seen.
    fn suspect(&mut self, start: Timestamp, key_at: Timestamp, milli: i64, threshold: i64) {
        let kind = self.kind;
        let new = Spell { start, first: key_at, last: key_at, measured_milli: milli, threshold_milli: threshold, told: false };
        let spell = self.spell.get_or_insert(new);
        spell.last = key_at;
        spell.measured_milli = worse(kind, spell.measured_milli, milli);
    }

    /// For detectors that know the moment: the fault goes on since `start`.
    pub(super) fn begin(&mut self, start: Timestamp, milli: i64, threshold: i64, changes: &mut Vec<FlagChange>) {
        let kind = self.kind;
        let new = Spell { start, first: start, last: start, measured_milli: milli, threshold_milli: threshold, told: false };
        let spell = self.spell.get_or_insert(new);
        spell.measured_milli = worse(kind, spell.measured_milli, milli);
        self.tell(changes);
    }

    fn tell(&mut self, changes: &mut Vec<FlagChange>) {
        if let Some(spell) = self.spell.as_mut().filter(|spell| !spell.told) {
            spell.told = true;
            let spell = *spell;
            changes.push(self.change(spell, None));
        }
    }

    /// The fault ended there.
    pub(super) fn end(&mut self, end: Timestamp, changes: &mut Vec<FlagChange>) {
        if let Some(spell) = self.spell.take().filter(|spell| spell.told) {
            // No flag is empty.
            let end = end.max(spell.start.after(Span::from_millis(1)));
            changes.push(self.change(spell, Some(end)));
        }
    }

    /// Nothing more is seen.
    pub(super) fn finish(&mut self, changes: &mut Vec<FlagChange>) {
        if let Some(seen) = self.seen.take() {
            self.end(seen, changes);
        }
        (self.spell, self.good) = (None, None);
    }

    /// Notes what is looked at; says whether it follows on what was seen before.
    pub(super) fn bridge(&mut self, at: Interval, changes: &mut Vec<FlagChange>) -> bool {
        let goes_on = self.seen.is_some_and(|seen| at.start().since(seen) <= MAX_HOLE);
        if !goes_on {
            self.finish(changes);
        }
        self.seen = Some(at.end());
        goes_on
    }

    fn change(&self, spell: Spell, end: Option<Timestamp>) -> FlagChange {
        let Spell { start, measured_milli, threshold_milli, .. } = spell;
        FlagChange { kind: self.kind, start, end, measured_milli, threshold_milli, detector: self.detector }
    }
}

fn worse(kind: FlagKind, one: i64, other: i64) -> i64 {
    if kind == FlagKind::Clipped { one.max(other) } else { one.min(other) }
}

fn halfway(one: Timestamp, other: Timestamp) -> Timestamp {
    one.after(Span::from_micros(other.since(one).as_micros() / 2))
}
