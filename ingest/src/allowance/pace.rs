//! How fast one recorder may hand stills in: each costs a write of its own.
//!
//! Always: over any time, at most [`BURST`] and [`A_SECOND`] for each second of it. Who is faster waits, and
//! with it its own call only.

use std::sync::Mutex;

use liuhen_proto::{BootTime, Span};

/// Stills a second, sustained: twice what 64 cameras with two streams each make.
const A_SECOND: u64 = 25;
/// Stills at once, after a while without any.
const BURST: u64 = 250;
/// Microseconds that one still takes of the time that its recorder has.
const EACH_US: u64 = 1_000_000 / A_SECOND;

/// The stills of one recorder.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Until when all that was let in would have taken, at the sustained pace.
    taken_until_us: Mutex<u64>,
}

impl Pace {
    /// Lets one more in, after this wait.
    pub(crate) fn wait(&self, now: BootTime) -> Span {
        let now = now.as_micros();
        let mut until = self.taken_until_us.lock().expect("no one panics while counting stills");
        *until = (*until).max(now).saturating_add(EACH_US);
        let early = until.saturating_sub(now.saturating_add(BURST * EACH_US));
        Span::from_micros(i64::try_from(early).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_more_waits_its_turn() {
        let (pace, start) = (Pace::default(), 5_000_000);
        let waits: Vec<_> = (0..BURST + 2).map(|_| pace.wait(BootTime::from_micros(start)).as_micros()).collect();
        assert!(waits[..250].iter().all(|wait| *wait == 0));
        assert_eq!(waits[250..], [40_000, 80_000]);
        // After a minute all is forgotten; a second later there is room for what a second has.
        assert_eq!(pace.wait(BootTime::from_micros(start + 60_000_000)), Span::ZERO);
    }
}
