//! What one recorder may have in memory here: bytes on the way, open runs, calls; and its [`pace`].
//!
//! Always: what was taken is given back when its holder is dropped, on every path.

mod pace;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::ids::RecorderId;
use liuhen_proto::world::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) use self::pace::Pace;

/// The most calls of one kind of one recorder: one, and some that broke and were not missed yet.
const CALLS: u64 = 4;
/// How long a fragment waits for the fragments before it to reach the disk, until it is sent again later.
const PATIENCE: Duration = Duration::from_secs(5);

/// A count with a bound.
#[derive(Debug)]
pub(crate) struct Bounded {
    taken: AtomicU64,
    limit: u64,
    freed: Notify,
}

impl Bounded {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { taken: AtomicU64::new(0), limit, freed: Notify::new() })
    }

    /// Takes `amount`, or nothing.
    pub(crate) fn take(self: &Arc<Self>, amount: u64) -> Option<Share> {
        let add = |taken: u64| taken.checked_add(amount).filter(|&sum| sum <= self.limit);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).ok()?;
        Some(Share { of: Arc::clone(self), amount })
    }

    /// Takes `amount` as soon as it is there; nothing where that takes too long. Who waits reads no more of its call,
    /// so that a disk that is slow slows the recorder.
    pub(crate) async fn take_soon(self: &Arc<Self>, amount: u64) -> Option<Share> {
        let soon = async {
            loop {
                let freed = self.freed.notified();
                tokio::pin!(freed);
                // From here on nothing that is given back is missed.
                freed.as_mut().enable();
                if let Some(share) = self.take(amount) {
                    return share;
                }
                freed.await;
            }
        };
        if amount > self.limit {
            return None;
        }
        tokio::time::timeout(PATIENCE, soon).await.ok()
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
        self.of.freed.notify_waiters();
    }
}

/// Calls of one kind that stand. A recorder whose line broke calls anew before the old call is missed, so one too many
/// ends the oldest, and nobody is locked out by calls that broke.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<VecDeque<CancellationToken>>);

impl Calls {
    /// One more, which ends when the token is cancelled.
    pub(crate) fn enter(&self, call: CancellationToken) {
        let mut calls = self.0.lock().expect("no one panics while counting calls");
        calls.retain(|call| !call.is_cancelled());
        if calls.len() as u64 >= CALLS
            && let Some(oldest) = calls.pop_front()
        {
            oldest.cancel();
        }
        calls.push_back(call);
    }
}

/// The counts of one recorder.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    /// Bytes of fragments that are assembled or wait for the journal.
    pub(crate) bytes: Arc<Bounded>,
    /// Open runs.
    pub(crate) runs: Arc<Bounded>,
    /// Upload calls.
    pub(crate) uploads: Arc<Calls>,
    /// Control calls.
    pub(crate) controls: Arc<Bounded>,
    /// Observe calls.
    pub(crate) observes: Arc<Bounded>,
    /// How fast stills may come.
    pub(crate) stills: Arc<Pace>,
    /// How fast fragments may be announced.
    pub(crate) fragments: Arc<Pace>,
    /// How fast runs may be opened, signed and ended: each is a write or a lookup in the records.
    pub(crate) words: Arc<Pace>,
    /// How fast a status or an inventory may come.
    pub(crate) reports: Arc<Pace>,
    /// How fast something may be wrong.
    pub(crate) refusals: Arc<Pace>,
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
            uploads: Arc::default(),
            controls: Bounded::new(CALLS),
            observes: Bounded::new(CALLS),
            // Twice what 64 cameras with two streams each make; each costs a write of its own.
            stills: Arc::new(Pace::new(25, 250)),
            // What waited at the site comes as fast as the link allows.
            fragments: Arc::new(Pace::new(4_000, 8_000)),
            // An outage of an hour of 8 cameras has 480 signatures; live, each camera signs once a minute.
            words: Arc::new(Pace::new(20, 500)),
            // It speaks every second.
            reports: Arc::new(Pace::new(10, 50)),
            refusals: Arc::new(Pace::new(20, 500)),
        };
        of.entry(recorder).or_insert_with(new).clone()
    }
}

/// Lets one more in at the pace; who is too fast waits here.
pub(crate) async fn paced(pace: &Pace, clock: &dyn Clock) {
    let wait = pace.wait(clock.boot_now());
    if wait > Span::ZERO {
        tokio::time::sleep(wait.into()).await;
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

    #[tokio::test]
    async fn who_waits_gets_what_is_given_back_and_not_more_than_there_is() {
        let count = Bounded::new(10);
        let share = count.take(7).expect("room");
        let waiting = tokio::spawn({
            let count = Arc::clone(&count);
            async move { count.take_soon(8).await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(share);
        assert!(waiting.await.unwrap());
        let _all = count.take(10).expect("all was given back");
        assert!(count.take_soon(11).await.is_none() && count.take_soon(1).await.is_none());
    }
}
