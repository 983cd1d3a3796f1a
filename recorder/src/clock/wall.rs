//! Time since boot to UTC. Both clocks of the kernel are slewed together, so within one setting of the
//! wall clock their difference stands still: a mapping is one number, and a step makes a new one.
//!
//! Which of them is believed says [`super::belief`]; what outlives this process, [`super::history`].

use std::path::Path;
use std::sync::{Arc, Mutex};

use liuhen_proto::fragment::{ClockMapping, ClockSource};
use liuhen_proto::ids::BootId;
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Timestamp};

use super::belief::{self, Compared, Known};
use super::history::{Correction, History, Signer};
use super::kernel;

/// A difference beyond this is a step of the system's clock; reading both clocks is far more exact.
const STEP_US: i64 = 1_000;
/// An undisciplined clock that has drifted by so much against the centre gets a new mapping, so that each can be
/// corrected by what was true of it.
const DRIFTED_US: i64 = 250_000;

const UNHARMED: &str = "no one panics while holding the mapping";

/// One mapping of a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallMapping {
    /// Its number and what it rests on.
    pub mapping: ClockMapping,
    offset_us: i64,
}

impl WallMapping {
    /// The wall time of a moment since boot.
    pub fn wall(&self, boot: BootTime) -> Timestamp {
        Timestamp::from_micros(i64::try_from(boot.as_micros()).unwrap_or(i64::MAX).saturating_add(self.offset_us))
    }
}

/// Whether something disciplines the system's clock.
pub type Discipline = Box<dyn Fn() -> bool + Send + Sync>;

/// The most mappings of a boot that are remembered: a clock that is set so often proves nothing about the oldest.
const MAX_MAPPINGS: usize = 1_000;

/// Keeps the mapping; shared by all cameras.
pub struct WallKeeper {
    clock: Arc<dyn Clock>,
    discipline: Discipline,
    /// Waits for the disk while it is held, so whoever reads a camera looks at `shown`.
    state: Mutex<State>,
    shown: Mutex<Shown>,
}

struct State {
    /// Of this boot, oldest first; empty only while the keeper is made.
    known: Vec<Known>,
    history: Option<History>,
    /// Steps that are not shown yet.
    step_us: i64,
}

/// What is on the disk, as far as the disk takes it.
struct Shown {
    current: WallMapping,
    /// Steps since they were last asked for.
    step_us: i64,
}

impl WallKeeper {
    /// Takes the first mapping of this process; nothing of it is kept.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with(clock, Box::new(kernel::is_synchronized), None)
    }

    /// Goes on where the last process of this boot ended, as the files in `directory` say.
    pub fn open(clock: Arc<dyn Clock>, directory: &Path, boot: BootId, signer: Signer) -> std::io::Result<Self> {
        let history = History::open(directory, boot, signer)?;
        Ok(Self::with(clock, Box::new(kernel::is_synchronized), Some(history)))
    }

    /// The same, where something else says whether the clock is disciplined: a test that plays the kernel.
    pub fn open_with(
        clock: Arc<dyn Clock>,
        discipline: Discipline,
        directory: &Path,
        boot: BootId,
        signer: Signer,
    ) -> std::io::Result<Self> {
        Ok(Self::with(clock, discipline, Some(History::open(directory, boot, signer)?)))
    }

    fn with(clock: Arc<dyn Clock>, discipline: Discipline, history: Option<History>) -> Self {
        let known = history.as_ref().map(|history| history.mappings().to_vec()).unwrap_or_default();
        let mut state = State { known, history, step_us: 0 };
        state.measured((measure(clock.as_ref()), discipline()), clock.boot_now());
        // What happened while no recorder ran is no step that it saw.
        state.step_us = 0;
        let shown = Mutex::new(Shown { current: state.current(), step_us: 0 });
        Self { clock, discipline, state: Mutex::new(state), shown }
    }

    /// Compares the clocks again, once a second; a step or another source makes a new version.
    /// Returns the mapping that holds now. Waits for the disk where there is a new one.
    pub fn check(&self) -> WallMapping {
        let measured = (measure(self.clock.as_ref()), (self.discipline)());
        self.change(|state, now| state.measured(measured, now))
    }

    /// The exchange with the centre that began and ended under mapping `version` found this clock so far ahead.
    /// Waits for the disk where that is news.
    pub fn compared(&self, version: u32, ahead_us: i64, error_us: i64) {
        self.change(|state, now| {
            if state.current().mapping.version == version {
                state.compared(Compared { ahead_us, error_us }, now);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut State, BootTime)) -> WallMapping {
        let mut state = self.state.lock().expect(UNHARMED);
        change(&mut state, self.clock.boot_now());
        let mut shown = self.shown.lock().expect(UNHARMED);
        shown.current = state.current();
        shown.step_us = shown.step_us.saturating_add(std::mem::take(&mut state.step_us));
        shown.current
    }

    /// The mapping that held at the last check.
    pub fn current(&self) -> WallMapping {
        self.shown.lock().expect(UNHARMED).current
    }

    /// By how much the system's clock was stepped since the last call, microseconds.
    pub fn take_step_us(&self) -> i64 {
        std::mem::take(&mut self.shown.lock().expect(UNHARMED).step_us)
    }

    /// A correction that the centre does not have yet. May wait for the disk, as does what follows.
    pub fn correction(&self) -> Option<Correction> {
        self.state.lock().expect(UNHARMED).history.as_ref()?.waiting().cloned()
    }

    /// The centre has the correction, or refuses it for good.
    pub fn settled(&self, correction: &Correction) {
        if let Some(history) = &mut self.state.lock().expect(UNHARMED).history {
            history.settle(correction);
        }
    }
}

impl State {
    fn current(&self) -> WallMapping {
        let Known { version, source, offset_us, .. } = self.known[self.known.len() - 1];
        WallMapping { mapping: ClockMapping { version, source }, offset_us }
    }

    fn measured(&mut self, (offset_us, synchronized): (i64, bool), now: BootTime) {
        let Some(&last) = self.known.last() else { return self.begin(offset_us, synchronized, now, None) };
        let step_us = offset_us.saturating_sub(last.offset_us);
        let stepped = step_us.abs() > STEP_US;
        if stepped {
            self.step_us = self.step_us.saturating_add(step_us);
            self.begin(offset_us, synchronized, now, None);
        } else if synchronized != last.synchronized {
            self.begin(last.offset_us, synchronized, now, last.centre);
        }
    }

    fn compared(&mut self, found: Compared, now: BootTime) {
        let last = self.known[self.known.len() - 1];
        let drifted = |old: Compared| {
            let moved = found.ahead_us.saturating_sub(old.ahead_us).saturating_abs();
            moved > DRIFTED_US.saturating_add(found.error_us).saturating_add(old.error_us)
        };
        match last.centre {
            Some(old) if !last.synchronized && drifted(old) => self.begin(last.offset_us, false, now, Some(found)),
            // The best of what was found; of a clock that is disciplined the newest, since it is not the one that drifts.
            Some(old) if !last.synchronized && old.error_us <= found.error_us => {}
            Some(old) if old == found => {}
            _ => {
                if let Some(last) = self.known.last_mut() {
                    last.centre = Some(found);
                }
                self.judge(last.centre.is_none() || last.centre.is_some_and(drifted), now);
            }
        }
    }

    /// A new mapping.
    fn begin(&mut self, offset_us: i64, synchronized: bool, now: BootTime, centre: Option<Compared>) {
        let version = self.known.last().map_or(0, |last| last.version).saturating_add(1);
        let source = ClockSource::TimeUnproven;
        if self.known.len() == MAX_MAPPINGS {
            self.known.remove(0);
        }
        self.known.push(Known { version, source, synchronized, offset_us, since: now, centre });
        let source = belief::source(&self.known);
        if let Some(newest) = self.known.last_mut() {
            newest.source = source;
        }
        if version > 1 {
            tracing::warn!(?source, version, "system clock was set, or its source changed");
        }
        self.keep();
    }

    /// What follows from a comparison: perhaps another source, and so another mapping.
    fn judge(&mut self, is_news: bool, now: BootTime) {
        let last = self.known[self.known.len() - 1];
        if belief::source(&self.known) != last.source {
            self.begin(last.offset_us, last.synchronized, now, last.centre);
        } else if is_news {
            self.keep();
        }
    }

    fn keep(&mut self) {
        if let Some(history) = &mut self.history {
            history.keep(&self.known, &belief::shifts(&self.known));
        }
    }
}

impl std::fmt::Debug for WallKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WallKeeper").field("current", &self.current()).finish_non_exhaustive()
    }
}

/// UTC − time since boot; of three readings the one that was least disturbed.
fn measure(clock: &dyn Clock) -> i64 {
    let reading = || {
        let (before, wall, after) = (clock.boot_now(), clock.now(), clock.boot_now());
        let taken = after.since(before).as_micros();
        let middle = i64::try_from(before.as_micros()).unwrap_or(i64::MAX).saturating_add(taken / 2);
        (taken, wall.as_micros().saturating_sub(middle))
    };
    let readings = [reading(), reading(), reading()];
    readings.into_iter().min().map_or(0, |(_, offset)| offset)
}

#[cfg(test)]
mod tests;
