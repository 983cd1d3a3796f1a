//! What one recorder may have in memory here: bytes on the way, open runs, Observe calls; and its [`pace`].
//!
//! Always: what was taken is given back when its holder is dropped, on every path.

mod pace;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use liuhen_proto::ids::RecorderId;

pub(crate) use self::pace::Pace;

/// The most Observe calls of one recorder: one, and some that broke and were not missed yet.
const OBSERVE_CALLS: u64 = 4;

/// A count with a bound.
#[derive(Debug)]
pub(crate) struct Bounded {
    taken: AtomicU64,
    limit: u64,
}

impl Bounded {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { taken: AtomicU64::new(0), limit })
    }

    /// Takes `amount`, or nothing.
    pub(crate) fn take(self: &Arc<Self>, amount: u64) -> Option<Share> {
        let add = |taken: u64| taken.checked_add(amount).filter(|&sum| sum <= self.limit);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).ok()?;
        Some(Share { of: Arc::clone(self), amount })
    }
}

/// What was taken of a count; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    of: Arc<Bounded>,
    amount: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.taken.fetch_sub(self.amount, Ordering::AcqRel);
    }
}

/// The counts of one recorder.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    /// Bytes of fragments that are assembled or wait for the journal.
    pub(crate) bytes: Arc<Bounded>,
    /// Open runs.
    pub(crate) runs: Arc<Bounded>,
    /// Observe calls.
    pub(crate) observes: Arc<Bounded>,
    /// How fast stills may come.
    pub(crate) stills: Arc<Pace>,
}

/// The counts of all recorders. As many as are registered, so it needs no bound of its own.
#[derive(Debug)]
pub(crate) struct Allowances {
    bytes: u64,
    runs: u64,
    of: Mutex<HashMap<RecorderId, Allowance>>,
}

impl Allowances {
    pub(crate) fn new(bytes: u64, runs: usize) -> Self {
        Self { bytes, runs: runs as u64, of: Mutex::default() }
    }

    pub(crate) fn of(&self, recorder: RecorderId) -> Allowance {
        let mut of = self.of.lock().expect("no one panics while holding the allowances");
        let new = || Allowance {
            bytes: Bounded::new(self.bytes),
            runs: Bounded::new(self.runs),
            observes: Bounded::new(OBSERVE_CALLS),
            stills: Arc::default(),
        };
        of.entry(recorder).or_insert_with(new).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let count = Bounded::new(10);
        let share = count.take(7).expect("room");
        assert!(count.take(4).is_none() && count.take(u64::MAX).is_none());
        drop(share);
        assert!(count.take(10).is_some());
    }
}
