//! When a right ends, by a clock that is never set back.
//!
//! In: until when by the wall clock. Out: whether that is over. Always: a right that was seen to have so long to go ends
//! after no longer than that, though the wall clock be set back in between. Not here: a clock that was wrong when this
//! process began.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Span, Timestamp};

/// The most rights that are remembered. Where more come, those that have ended are forgotten, and all where none has.
const MOST: usize = 100_000;

/// Rights that were seen, and when they end by the time since boot.
#[derive(Debug)]
pub(super) struct Ends<K> {
    seen: Mutex<HashMap<(K, Timestamp), BootTime>>,
}

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self { seen: Mutex::default() }
    }
}

impl<K: Hash + Eq + Copy> Ends<K> {
    /// Whether the right has ended.
    pub(super) fn is_over(&self, right: K, until: Timestamp, clock: &dyn Clock) -> bool {
        let (now, boot) = (clock.now(), clock.boot_now());
        if until <= now {
            return true;
        }
        let mut seen = self.seen.lock().expect("no one panics while looking at the clock");
        if seen.len() >= MOST {
            seen.retain(|_, end| *end > boot);
            if seen.len() >= MOST {
                seen.clear();
            }
        }
        let left: Span = until.since(now);
        *seen.entry((right, until)).or_insert_with(|| boot.after(left)) <= boot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::ManualClock;

    #[test]
    fn a_clock_that_is_set_back_gives_no_time() {
        let clock = ManualClock::at(Timestamp::from_micros(1_000_000_000));
        let (ends, until) = (Ends::default(), clock.now().after(Span::from_secs(60)));
        assert!(!ends.is_over(1, until, &clock));
        clock.step_wall(-3_600_000_000);
        clock.advance(Span::from_secs(59));
        assert!(!ends.is_over(1, until, &clock));
        clock.advance(Span::from_secs(1));
        assert!(ends.is_over(1, until, &clock));
        assert!(!ends.is_over(2, until, &clock), "which was never seen before");
    }

    #[test]
    fn a_clock_that_is_set_forward_ends_it_and_set_right_again_does_not() {
        let clock = ManualClock::at(Timestamp::from_micros(1_000_000_000));
        let (ends, until) = (Ends::default(), clock.now().after(Span::from_secs(60)));
        clock.step_wall(3_600_000_000);
        assert!(ends.is_over(1, until, &clock));
        clock.step_wall(-3_600_000_000);
        assert!(!ends.is_over(1, until, &clock));
    }
}
