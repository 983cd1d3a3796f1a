//! Which of a boot's mappings is believed, and by how much the others are off. Pure.
//!
//! Time since boot never jumps, so within a boot one moment of good time dates everything. Good time is, in this
//! order:
//! 1. a synchronised clock, and of several those that the centre does not contradict while it agrees with another;
//! 2. the centre, by an exchange of four time stamps, wherever no synchronised clock says otherwise;
//! 3. for a clock that was never set at all: one that was set, by whomever.
//!
//! Of what is equally good the nearest in time counts, since the boot's own clock drifts where nothing disciplines it.
//! What nobody proves is left as it is; what is known to be wrong says `time_unproven` from then on.

use liuhen_proto::BootTime;
use liuhen_proto::Timestamp;
use liuhen_proto::clock::ClockBasis;
use liuhen_proto::fragment::ClockSource;
use serde::{Deserialize, Serialize};

/// 2026-01-01: a wall clock before it was never set.
const PLAUSIBLE: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
/// A clock that is off by more than so much tells no time.
const WRONG_US: i64 = 1_000_000;
/// An undisciplined clock drifts by at most so much; most crystals stay below half of it.
const DRIFT_PPM: i64 = 100;
/// A smaller correction is not worth a word.
const LEAST_SHIFT_US: i64 = 10_000;

/// What the exchange with the centre said of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compared {
    /// Recorder minus centre.
    pub(super) ahead_us: i64,
    /// How far that may be wrong.
    pub(super) error_us: i64,
}

/// A mapping of this boot, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// Its number.
    pub(super) version: u32,
    /// What fragments were told that it rests on.
    pub(super) source: ClockSource,
    /// Whether the kernel said that the clock was synchronised.
    pub(super) synchronized: bool,
    /// UTC − time since boot.
    pub(super) offset_us: i64,
    /// When it was taken.
    pub(super) since: BootTime,
    /// What the centre said of it, best or last.
    pub(super) centre: Option<Compared>,
}

/// How far a mapping's wall times are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) version: u32,
    /// To be added to its wall times; 0 where it stands as it is.
    pub(super) shift_us: i64,
    pub(super) error_us: i64,
    pub(super) basis: ClockBasis,
}

/// A moment at which good time was known.
#[derive(Debug, Clone, Copy)]
struct Truth {
    at: BootTime,
    offset_us: i64,
    error_us: i64,
    basis: ClockBasis,
}

const fn micros(boot: BootTime) -> i64 {
    // Three hundred thousand years.
    boot.as_micros().cast_signed()
}

impl Compared {
    const fn contradicts(self) -> bool {
        self.ahead_us.saturating_abs() > WRONG_US.saturating_add(self.error_us)
    }
}

impl Known {
    /// Whether nobody ever set the clock.
    pub(super) const fn is_dead(&self) -> bool {
        micros(self.since).saturating_add(self.offset_us) < PLAUSIBLE.as_micros()
    }

    fn is_contradicted(&self) -> bool {
        self.centre.is_some_and(Compared::contradicts)
    }

    fn proves(&self) -> bool {
        self.synchronized && !self.is_dead()
    }
}

impl Truth {
    /// How far it may be wrong about a mapping that was taken at another time.
    fn error_at(&self, at: BootTime) -> i64 {
        let apart = micros(at).saturating_sub(micros(self.at)).saturating_abs();
        self.error_us.saturating_add(apart / 1_000_000 * DRIFT_PPM)
    }
}

/// Synchronised clocks that are believed: those that the centre contradicts only where it contradicts all of them.
fn proven(known: &[Known]) -> Vec<&Known> {
    let all: Vec<_> = known.iter().filter(|known| known.proves()).collect();
    let agreed: Vec<_> = all.iter().copied().filter(|known| !known.is_contradicted()).collect();
    if agreed.is_empty() { all } else { agreed }
}

/// Whether the centre's word counts: not where it contradicts every synchronised clock.
fn centre_counts(known: &[Known]) -> bool {
    proven(known).iter().all(|known| !known.is_contradicted())
}

/// All that good time is known from.
fn truths(known: &[Known]) -> Vec<Truth> {
    let proven = proven(known);
    let by_clock =
        |known: &&Known| Truth { at: known.since, offset_us: known.offset_us, error_us: 0, basis: ClockBasis::Synchronized };
    let mut truths: Vec<_> = proven.iter().map(by_clock).collect();
    if centre_counts(known) {
        // A clock that was synchronised says better itself what the time was.
        let compared = known.iter().filter(|known| !known.proves());
        truths.extend(compared.filter_map(|known| {
            let Compared { ahead_us, error_us } = known.centre.filter(|centre| centre.error_us <= WRONG_US)?;
            let offset_us = known.offset_us.saturating_sub(ahead_us);
            Some(Truth { at: known.since, offset_us, error_us, basis: ClockBasis::Centre })
        }));
    }
    truths
}

fn best(truths: &[Truth], at: BootTime) -> Option<Truth> {
    truths.iter().copied().min_by_key(|truth| truth.error_at(at))
}

/// What the source of the newest of these mappings is, by all that is known.
pub(super) fn source(known: &[Known]) -> ClockSource {
    let Some((newest, earlier)) = known.split_last() else { return ClockSource::TimeUnproven };
    if newest.is_dead() {
        return ClockSource::TimeUnproven;
    }
    let differs = |offset_us: i64, at: BootTime| {
        let apart = micros(newest.since).saturating_sub(micros(at)).saturating_abs();
        let allowed = WRONG_US.saturating_add(apart / 1_000_000 * DRIFT_PPM);
        newest.offset_us.saturating_sub(offset_us).saturating_abs() > allowed
    };
    if newest.synchronized {
        let believed = proven(known);
        let outvoted = !believed.iter().any(|one| one.version == newest.version)
            && believed.iter().any(|one| differs(one.offset_us, one.since));
        return if outvoted { ClockSource::TimeUnproven } else { ClockSource::Synchronized };
    }
    let trusted = match newest.centre.filter(|_| centre_counts(known)) {
        Some(centre) => !centre.contradicts(),
        None => match best(&truths(earlier), newest.since) {
            Some(truth) => !differs(truth.offset_us, truth.at),
            // Nobody proves anything: what was there first stands.
            None => earlier.iter().find(|one| !one.is_dead()).is_none_or(|first| !differs(first.offset_us, first.since)),
        },
    };
    if trusted { ClockSource::Unsynchronized } else { ClockSource::TimeUnproven }
}

/// How far each mapping is off, where anything is known that says so.
pub(super) fn shifts(known: &[Known]) -> Vec<Shift> {
    let truths = truths(known);
    let believed: Vec<u32> = proven(known).iter().map(|known| known.version).collect();
    let set = || known.iter().rfind(|one| !one.is_dead());
    let shift = |of: &Known| {
        if believed.contains(&of.version) {
            return Some(Shift { version: of.version, shift_us: 0, error_us: 0, basis: ClockBasis::Synchronized });
        }
        let (offset_us, error_us, basis) = match best(&truths, of.since) {
            Some(truth) => (truth.offset_us, truth.error_at(of.since), truth.basis),
            None if of.is_dead() => (set()?.offset_us, 0, ClockBasis::Unsynchronized),
            None => return None,
        };
        let shift_us = offset_us.saturating_sub(of.offset_us);
        let shift_us = if shift_us.saturating_abs() > LEAST_SHIFT_US.max(error_us) { shift_us } else { 0 };
        Some(Shift { version: of.version, shift_us, error_us, basis })
    };
    known.iter().filter_map(shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW_US: i64 = 1_795_000_000_000_000;
    const HOUR_US: i64 = 3_600_000_000;

    fn known(version: u32, offset_us: i64) -> Known {
        let since = BootTime::from_micros(u64::from(version) * 60_000_000);
        let source = ClockSource::Unsynchronized;
        Known { version, source, synchronized: false, offset_us, since, centre: None }
    }

    fn synchronized(version: u32, offset_us: i64) -> Known {
        Known { synchronized: true, ..known(version, offset_us) }
    }

    fn compared(version: u32, offset_us: i64, ahead_us: i64) -> Known {
        Known { centre: Some(Compared { ahead_us, error_us: 5_000 }), ..known(version, offset_us) }
    }

    fn of(known: &[Known]) -> Vec<i64> {
        shifts(known).iter().map(|shift| shift.shift_us).collect()
    }

    #[test]
    fn a_clock_that_is_synchronised_later_dates_what_came_before() {
        let history = [known(1, NOW_US - HOUR_US), synchronized(2, NOW_US)];
        assert_eq!(of(&history), [HOUR_US, 0]);
        assert_eq!(source(&history), ClockSource::Synchronized);
        assert_eq!(of(&[known(1, NOW_US), synchronized(2, NOW_US + 2_000)]), [0, 0], "not worth a word");
    }

    #[test]
    fn a_step_that_nothing_proves_is_unproven_until_the_centre_speaks() {
        let stepped = [known(1, NOW_US), known(2, NOW_US + HOUR_US)];
        assert_eq!((source(&stepped), of(&stepped)), (ClockSource::TimeUnproven, vec![]));
        // The centre says that the step was wrong …
        let wrong = [known(1, NOW_US), compared(2, NOW_US + HOUR_US, HOUR_US)];
        assert_eq!((source(&wrong), of(&wrong)), (ClockSource::TimeUnproven, vec![0, -HOUR_US]));
        // … or right, …
        let right = [known(1, NOW_US), compared(2, NOW_US + HOUR_US, 1_000)];
        assert_eq!((source(&right), of(&right)), (ClockSource::Unsynchronized, vec![HOUR_US - 1_000, 0]));
        // … and back again is what it was.
        assert_eq!(source(&[known(1, NOW_US), known(2, NOW_US + HOUR_US), known(3, NOW_US)]), ClockSource::Unsynchronized);
    }

    #[test]
    fn a_synchronised_clock_stands_against_the_centre_unless_another_agrees_with_it() {
        let alone = [Known { synchronized: true, ..compared(1, NOW_US, HOUR_US) }, known(2, NOW_US)];
        assert_eq!((source(&alone[..1]), of(&alone)), (ClockSource::Synchronized, vec![0, 0]));
        let outvoted = [synchronized(1, NOW_US), Known { synchronized: true, ..compared(2, NOW_US + HOUR_US, HOUR_US) }];
        assert_eq!((source(&outvoted), of(&outvoted)), (ClockSource::TimeUnproven, vec![0, -HOUR_US]));
    }

    #[test]
    fn a_dead_clock_is_unproven_and_follows_whatever_is_set() {
        let dead = [known(1, 0), known(2, NOW_US)];
        assert_eq!((source(&dead[..1]), source(&dead)), (ClockSource::TimeUnproven, ClockSource::Unsynchronized));
        assert_eq!(of(&dead), [NOW_US], "of the clock that was set nothing better is known");
        assert_eq!(shifts(&dead)[0].basis, ClockBasis::Unsynchronized);
        assert_eq!(of(&[known(1, 0), known(2, NOW_US), synchronized(3, NOW_US + 5_000_000)]), [NOW_US + 5_000_000, 5_000_000, 0]);
    }

    #[test]
    fn of_two_comparisons_the_nearer_one_counts() {
        // A clock that drifts by half a second between two exchanges.
        let drifting = [compared(1, NOW_US, 200_000), compared(2, NOW_US, 700_000)];
        assert_eq!(of(&drifting), [-200_000, -700_000]);
    }

    proptest! {
        /// Whatever happened in a boot: where good time is known at all, each mapping with its shift tells it.
        #[test]
        fn every_mapping_is_led_to_the_truth(
            steps in prop::collection::vec((-4_000_000_000_i64..4_000_000_000, 0..3_u8), 1..20),
        ) {
            let of_step = |(place, &(wrong_us, kind)): (usize, &(i64, u8))| {
                let version = u32::try_from(place).unwrap() + 1;
                match kind {
                    0 => known(version, NOW_US + wrong_us),
                    1 => compared(version, NOW_US + wrong_us, wrong_us),
                    _ => synchronized(version, NOW_US),
                }
            };
            let history: Vec<_> = steps.iter().enumerate().map(of_step).collect();
            let shifts = shifts(&history);
            prop_assert_eq!(shifts.len(), if truths(&history).is_empty() { 0 } else { history.len() });
            for shift in shifts {
                let known = history.iter().find(|known| known.version == shift.version).unwrap();
                let left = known.offset_us + shift.shift_us - NOW_US;
                prop_assert!(left.abs() <= LEAST_SHIFT_US.max(shift.error_us), "{left} {shift:?}");
            }
            let newest = history[history.len() - 1];
            let wrong = (newest.offset_us - NOW_US).abs() > WRONG_US + 200_000;
            if wrong && !truths(&history).is_empty() {
                prop_assert_eq!(source(&history), ClockSource::TimeUnproven);
            }
        }
    }
}
