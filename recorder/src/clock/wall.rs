//! Time since boot to UTC. Both clocks of the kernel are slewed together, so within one setting of the
//! wall clock their difference stands still: a mapping is one number, and a step makes a new one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use liuhen_proto::fragment::{ClockMapping, ClockSource};
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Timestamp};

/// A difference beyond this is a step of the system's clock; reading both clocks is far more exact.
const STEP_US: i64 = 1_000;
/// 2026-01-01: a wall clock before it was never set.
const PLAUSIBLE: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
/// systemd-timesyncd makes this file once it has synchronised the clock.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

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

/// Keeps the mapping; shared by all cameras.
pub struct WallKeeper {
    clock: Arc<dyn Clock>,
    synchronized: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    current: WallMapping,
    /// Steps since they were last asked for.
    step_us: i64,
}

impl WallKeeper {
    /// Takes the first mapping of this process.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_marker(clock, Path::new(SYNCHRONIZED))
    }

    fn with_marker(clock: Arc<dyn Clock>, synchronized: &Path) -> Self {
        let offset_us = measure(clock.as_ref());
        let source = source(clock.as_ref(), synchronized);
        let current = WallMapping { mapping: ClockMapping { version: 1, source }, offset_us };
        Self { clock, synchronized: synchronized.to_owned(), state: Mutex::new(State { current, step_us: 0 }) }
    }

    /// Compares the clocks again, once a second; a step or another source makes a new version.
    /// Returns the mapping that holds now.
    pub fn check(&self) -> WallMapping {
        let offset_us = measure(self.clock.as_ref());
        let source = source(self.clock.as_ref(), &self.synchronized);
        let mut state = self.lock();
        let step = offset_us.saturating_sub(state.current.offset_us);
        let stepped = step.abs() > STEP_US;
        if stepped || source != state.current.mapping.source {
            let version = state.current.mapping.version.saturating_add(1);
            let offset_us = if stepped { offset_us } else { state.current.offset_us };
            state.current = WallMapping { mapping: ClockMapping { version, source }, offset_us };
            state.step_us = state.step_us.saturating_add(if stepped { step } else { 0 });
            tracing::warn!(
                step_us = if stepped { step } else { 0 },
                ?source,
                version,
                "system clock was set or changed its source"
            );
        }
        state.current
    }

    /// The mapping that held at the last check.
    pub fn current(&self) -> WallMapping {
        self.lock().current
    }

    /// By how much the system's clock was stepped since the last call, microseconds.
    pub fn take_step_us(&self) -> i64 {
        std::mem::take(&mut self.lock().step_us)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no one panics while holding the mapping")
    }
}

impl std::fmt::Debug for WallKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WallKeeper").field("state", &self.state).finish_non_exhaustive()
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

fn source(clock: &dyn Clock, synchronized: &Path) -> ClockSource {
    if clock.now() < PLAUSIBLE {
        return ClockSource::TimeUnproven;
    }
    if synchronized.exists() { ClockSource::Synchronized } else { ClockSource::Unsynchronized }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Span;
    use liuhen_proto::world::ManualClock;
    use proptest::prelude::*;

    fn keeper(now_us: i64) -> (Arc<ManualClock>, WallKeeper) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(now_us)));
        let keeper = WallKeeper::with_marker(clock.clone(), Path::new("/nowhere/synchronized"));
        (clock, keeper)
    }

    #[test]
    fn a_step_makes_a_new_version_and_is_told_once() {
        let (clock, keeper) = keeper(1_795_000_000_000_000);
        let first = keeper.check();
        clock.advance(Span::from_secs(5));
        assert_eq!(keeper.check(), first);
        clock.step_wall(-3_600_000_000);
        let second = keeper.check();
        assert_eq!((second.mapping.version, keeper.take_step_us(), keeper.take_step_us()), (2, -3_600_000_000, 0));
        assert_eq!(second.wall(clock.boot_now()), clock.now());
        assert_eq!(first.wall(clock.boot_now()).since(clock.now()), Span::from_secs(3_600), "the old one stays readable");
    }

    #[test]
    fn a_dead_clock_says_so_until_it_is_set() {
        let (clock, keeper) = keeper(86_400_000_000);
        assert_eq!(keeper.current().mapping.source, ClockSource::TimeUnproven);
        clock.step_wall(1_795_000_000_000_000);
        assert_eq!(keeper.check().mapping, ClockMapping { version: 2, source: ClockSource::Unsynchronized });
    }

    #[test]
    fn a_clock_that_becomes_synchronised_keeps_its_offset() {
        let directory = tempfile::tempdir().unwrap();
        let marker = directory.path().join("synchronized");
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_795_000_000_000_000)));
        let keeper = WallKeeper::with_marker(clock, &marker);
        let before = keeper.current();
        std::fs::write(&marker, "").unwrap();
        let after = keeper.check();
        assert_eq!(after.mapping, ClockMapping { version: 2, source: ClockSource::Synchronized });
        assert_eq!((after.offset_us, keeper.take_step_us()), (before.offset_us, 0));
    }

    proptest! {
        /// Whatever the clock does, after a check the mapping is right, and versions only rise.
        #[test]
        fn the_mapping_follows_the_clock(steps in prop::collection::vec((1u32..5_000, -10_000_000i64..10_000_000), 1..50)) {
            let (clock, keeper) = keeper(1_795_000_000_000_000);
            let mut version = 1;
            for (millis, step) in steps {
                clock.advance(Span::from_millis(millis));
                clock.step_wall(step);
                let mapping = keeper.check();
                prop_assert!(mapping.mapping.version >= version);
                version = mapping.mapping.version;
                let error = mapping.wall(clock.boot_now()).as_micros() - clock.now().as_micros();
                prop_assert!(error.abs() <= STEP_US);
            }
        }
    }
}
