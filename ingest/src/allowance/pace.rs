//! How fast one recorder may ask for what costs something: a write of its own, a signature to verify, a line to read.
//!
//! Always: over any time, at most the burst and so many for each second of it. Who is faster waits, and with it its
//! own call only.

use std::sync::Mutex;

use liuhen_proto::{BootTime, Span};

/// How fast something may come.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Microseconds that each takes of the time that its recorder has.
    each_us: u64,
    burst: u64,
    /// Until when all that was let in would have taken, at the sustained pace.
    taken_until_us: Mutex<u64>,
}

impl Pace {
    /// So many a second, sustained; so many at once, after a while without any.
    pub(crate) const fn new(a_second: u64, burst: u64) -> Self {
        Self { each_us: 1_000_000 / a_second, burst, taken_until_us: Mutex::new(0) }
    }

    /// Lets one more in, after this wait.
    pub(crate) fn wait(&self, now: BootTime) -> Span {
        let now = now.as_micros();
        let mut until = self.taken_until_us.lock().expect("no one panics while counting");
        *until = (*until).max(now).saturating_add(self.each_us);
        let early = until.saturating_sub(now.saturating_add(self.burst * self.each_us));
        Span::from_micros(i64::try_from(early).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_more_waits_its_turn() {
        let (pace, start) = (Pace::new(25, 250), 5_000_000);
        let waits: Vec<_> = (0..252).map(|_| pace.wait(BootTime::from_micros(start)).as_micros()).collect();
        assert!(waits[..250].iter().all(|wait| *wait == 0));
        assert_eq!(waits[250..], [40_000, 80_000]);
        // After a minute all is forgotten; a second later there is room for what a second has.
        assert_eq!(pace.wait(BootTime::from_micros(start + 60_000_000)), Span::ZERO);
    }
}
