//! What is seen and heard over time becomes flags.
//!
//! In: what the eye saw of each fragment, in their order. Out: [`FlagChange`]s: a flag begins once its
//! detector is sure, and its start lies where the fault began, which is earlier.
//! - A kind has at most one open flag; a flag that began ends, at the latest with [`Judge::finish`].
//! - What explains another thing keeps it quiet: a black picture is not blurred as well.
//! - Where nothing was seen, nothing is said: a hole of more than [`MAX_HOLE`] ends all flags before it.
//!
//! Not here: decoding ([`super::eye`]), and which values a threshold may have (`liuhen_proto::judgement`).

mod black;
mod clipped;
mod covered;
mod frozen;
mod grid;
mod moved;
mod rate;
mod sharpness;
mod silent;
mod state;
mod usual;

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::{Span, Timestamp};

use self::state::{Look, State};
use super::eye::{LUMA_HEIGHT, LUMA_WIDTH, Pictures, Seen, Sound};

/// A fault goes on over holes that are shorter: a reconnecting camera, a fragment that nobody had time for.
pub const MAX_HOLE: Span = Span::from_secs(10);

/// A flag that began, or ended. Kind and start name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagChange {
    /// What was found.
    pub kind: FlagKind,
    /// Where the fault began.
    pub start: Timestamp,
    /// Where it ended; none while it goes on.
    pub end: Option<Timestamp>,
    /// The worst value so far, in thousandths of the kind's unit.
    pub measured_milli: i64,
    /// What it is held against, in thousandths of the kind's unit.
    pub threshold_milli: i64,
    /// Which detector said so, and its version.
    pub detector: &'static str,
}

/// Judges one stream, over all its runs.
#[derive(Debug)]
pub struct Judge {
    thresholds: Thresholds,
    black: black::Black,
    covered: covered::Covered,
    blurred: sharpness::Blurred,
    moved: moved::Moved,
    frozen: frozen::Frozen,
    rate: rate::LowFrameRate,
    lines: State,
    silent: silent::Silent,
    clipped: clipped::Clipped,
}

impl Judge {
    /// With a viewpoint's thresholds and, where a person accepted one, its reference still as brightness
    /// of [`LUMA_WIDTH`] × [`LUMA_HEIGHT`].
    pub fn new(thresholds: Thresholds, reference: Option<&Luma>) -> Self {
        Self {
            thresholds,
            black: black::Black::new(),
            covered: covered::Covered::new(reference),
            blurred: sharpness::Blurred::new(reference),
            moved: moved::Moved::new(reference),
            frozen: frozen::Frozen::new(),
            rate: rate::LowFrameRate::new(),
            lines: State::new(FlagKind::LowResolution, "low_resolution/1"),
            silent: silent::Silent::new(),
            clipped: clipped::Clipped::new(),
        }
    }

    /// Takes other settings. Flags that are open go on where they are still judged.
    pub fn set(&mut self, thresholds: Thresholds, reference: Option<&Luma>) {
        self.thresholds = thresholds;
        self.covered.set_reference(reference);
        self.blurred.set_reference(reference);
        self.moved.set_reference(reference);
    }

    /// Takes what was seen of the next fragment.
    pub fn see(&mut self, seen: &Seen) -> Vec<FlagChange> {
        let mut changes = Vec::new();
        if let Some(pictures) = &seen.pictures {
            self.pictures(pictures, &mut changes);
        }
        if let Some(sound) = &seen.sound {
            self.sound(sound, &mut changes);
        }
        changes
    }

    /// Ends all flags where they were last seen: the recording stops, or nothing came for longer than [`MAX_HOLE`].
    /// May be called at any time, and again.
    pub fn finish(&mut self) -> Vec<FlagChange> {
        let mut changes = Vec::new();
        for state in self.states() {
            state.finish(&mut changes);
        }
        changes
    }

    fn pictures(&mut self, pictures: &Pictures, changes: &mut Vec<FlagChange>) {
        let luma = pictures.luma.as_ref().filter(|luma| (luma.width, luma.height) == (LUMA_WIDTH, LUMA_HEIGHT));
        let look = Look { at: pictures.at, key_at: pictures.key_at };
        let [black, covered, blurred, moved, frozen, rate, lines] = [
            FlagKind::Black,
            FlagKind::Covered,
            FlagKind::Blurred,
            FlagKind::Moved,
            FlagKind::Frozen,
            FlagKind::LowFrameRate,
            FlagKind::LowResolution,
        ]
        .map(|kind| self.thresholds.get(kind));

        // Each one that finds something keeps those after it quiet.
        let mut quiet = self.black.look(look, luma, black, changes);
        if quiet {
            self.covered.state.hush();
        }
        quiet |= self.covered.look(look, luma.filter(|_| !quiet), covered, changes);
        if quiet {
            self.blurred.state.hush();
        }
        quiet |= self.blurred.look(look, luma.filter(|_| !quiet), blurred, changes);
        if quiet {
            self.moved.state.hush();
        }
        self.moved.look(look, luma.filter(|_| !quiet), moved, changes);
        self.frozen.look(pictures, luma, quiet, frozen, changes);
        self.rate.look(pictures, rate, changes);
        self.lines(pictures, lines, changes);
    }

    fn lines(&mut self, pictures: &Pictures, limit: Option<Limit>, changes: &mut Vec<FlagChange>) {
        /// Less than this shows no faces in a room.
        const LINES_MILLI: i64 = 240_000;
        let Some(threshold) = held_against(limit, LINES_MILLI) else { return self.lines.finish(changes) };
        let measured = (pictures.lines > 0).then(|| i64::from(pictures.lines) * 1_000);
        let look = Look { at: pictures.at, key_at: pictures.key_at };
        self.lines.see(look, measured.map(|milli| (milli, milli < threshold)), threshold, changes);
    }

    fn sound(&mut self, sound: &Sound, changes: &mut Vec<FlagChange>) {
        let [silent, clipped] = [FlagKind::Silent, FlagKind::Clipped].map(|kind| self.thresholds.get(kind));
        self.silent.hear(sound, silent, changes);
        self.clipped.hear(sound, clipped, changes);
    }

    fn states(&mut self) -> [&mut State; 9] {
        [
            &mut self.black.state,
            &mut self.covered.state,
            &mut self.blurred.state,
            &mut self.moved.state,
            &mut self.frozen.state,
            &mut self.rate.state,
            &mut self.lines,
            &mut self.silent.state,
            &mut self.clipped.state,
        ]
    }
}

/// What a kind is held against at this viewpoint; nothing where it is not judged.
const fn held_against(limit: Option<Limit>, own: i64) -> Option<i64> {
    match limit {
        Some(Limit::Off) => None,
        Some(Limit::Milli(milli)) => Some(milli),
        None => Some(own),
    }
}

#[cfg(test)]
mod tests;
