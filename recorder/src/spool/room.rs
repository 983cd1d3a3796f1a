//! Room for what is new: in the quota, and on the disk itself, which others fill too.
//!
//! - Sealed files make room, oldest first, where either is short. A little of the disk is left free, for ends and
//!   signatures.
//! - Where there is none, new fragments are refused; it is looked again every second, and goes on by itself.
//!
//! Not here: what is written ([`super::writer`]).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use liuhen_proto::{BootTime, Span};

use super::forecast::{self, Forecast};
use super::{Spool, run_files};

/// What is left free of the disk at most; of a small disk, or with a small quota, it is less.
const MOST_MARGIN: u64 = 64 << 20;
const MARGIN_OF_DISK: u64 = 16;
const MARGIN_OF_QUOTA: u64 = 64;
/// A new run needs room for some fragments.
const MOST_BEGINNING: u64 = 16 << 20;
/// The centre takes nothing when it has acknowledged nothing for so long, though something waits.
const AWAY: Span = Span::from_secs(30);

/// What is known of the room.
#[derive(Debug)]
pub(super) struct Room {
    /// The last fragment was refused for lack of room.
    full: AtomicBool,
    /// The disk has no room, or refused; looked at again every second.
    disk_refuses: AtomicBool,
    /// When the centre acknowledged last, by the time since boot in microseconds; before, when this was opened.
    acknowledged: AtomicU64,
    forecast: Mutex<Forecast>,
}

impl Room {
    pub(super) fn new(now: BootTime) -> Self {
        let (full, disk_refuses) = (AtomicBool::new(false), AtomicBool::new(false));
        let acknowledged = AtomicU64::new(now.as_micros());
        Self { full, disk_refuses, acknowledged, forecast: Mutex::new(Forecast::new(now)) }
    }

    pub(super) fn acknowledged(&self, now: BootTime) {
        self.acknowledged.store(now.as_micros(), Ordering::Relaxed);
    }
}

impl Spool {
    /// Whether new fragments are refused for lack of room.
    pub fn is_full(&self) -> bool {
        self.room.full.load(Ordering::Relaxed)
    }

    /// Whether a new run may begin: there is room for some fragments, or can be made. Never waits for the disk.
    pub fn has_room(&self) -> bool {
        !self.room.disk_refuses.load(Ordering::Relaxed) && self.quota_has_room()
    }

    /// In how long what is unsealed fills the room, if all goes on as now; nothing while it does not grow.
    /// Blocking.
    pub fn left(&self) -> Option<Span> {
        let now = self.clock.boot_now();
        let (unsealed, kept, backlog) = {
            let state = self.lock();
            (state.unsealed_bytes(), state.kept_bytes(), state.backlog_bytes())
        };
        let free = self.disk_free().saturating_add(kept).saturating_sub(self.margin());
        let room = self.config.quota.0.saturating_sub(unsealed).min(free);
        let heard = BootTime::from_micros(self.room.acknowledged.load(Ordering::Relaxed));
        let recorded = self.flows().bytes_per_second(now);
        let away = backlog > 0 && now.since(heard) > AWAY;
        let growth = if away { recorded } else { self.forecast().growth(now) };
        // The low points are not met exactly.
        let growth = if growth > recorded / 20 { growth } else { 0 };
        forecast::left(room, growth)
    }

    /// Looks after the room: once a second. Blocking.
    pub fn look_after(&self) {
        let unsealed = self.unsealed_bytes();
        self.forecast().note(self.clock.boot_now(), unsealed);
        // Twice as much, so that it does not begin and end with each fragment.
        let wanted = self.margin().saturating_mul(2);
        let (freed, free) = self.lock().make_room(wanted, u64::MAX, self.disk_free());
        self.clear(freed);
        if free >= wanted {
            self.room.disk_refuses.store(false, Ordering::Relaxed);
            self.pay_debts();
            if self.quota_has_room() {
                self.room.full.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Notes that the disk refused: nothing new begins before it was looked at again.
    pub(super) fn disk_refused(&self, full: bool) {
        self.room.disk_refuses.store(true, Ordering::Relaxed);
        self.room.full.fetch_or(full, Ordering::Relaxed);
    }

    /// Reserves room for `bytes`; makes room among what is sealed. False where there is none.
    pub(super) fn reserve(&self, bytes: u64) -> bool {
        let free = self.disk_free().saturating_sub(self.margin());
        let mut state = self.lock();
        let (freed, free) = state.make_room(bytes, self.config.quota.0, free);
        let fits = state.bytes.saturating_add(bytes) <= self.config.quota.0 && bytes <= free;
        if fits {
            state.bytes += bytes;
        }
        drop(state);
        self.room.full.store(!fits, Ordering::Relaxed);
        if bytes > free {
            self.disk_refused(true);
        }
        self.clear(freed);
        fits
    }

    /// Carries out on the disk what was decided in memory.
    pub(super) fn clear(&self, acts: Vec<run_files::Act>) {
        for act in acts {
            if let Err(error) = act.carry_out() {
                tracing::error!(%error, "cannot clear the spool");
            }
        }
    }

    fn quota_has_room(&self) -> bool {
        let state = self.lock();
        let quota = self.config.quota.0;
        state.kept_bytes() > 0 || state.bytes.saturating_add((quota / 8).min(MOST_BEGINNING)) <= quota
    }

    /// What others have left of the disk. Where it cannot be told, writing will.
    fn disk_free(&self) -> u64 {
        let free = rustix::fs::statvfs(&self.config.directory);
        free.map_or(u64::MAX, |free| free.f_bavail.saturating_mul(free.f_frsize))
    }

    fn margin(&self) -> u64 {
        let disk = rustix::fs::statvfs(&self.config.directory);
        let disk = disk.map_or(u64::MAX, |disk| disk.f_blocks.saturating_mul(disk.f_frsize));
        (self.config.quota.0 / MARGIN_OF_QUOTA).min(disk / MARGIN_OF_DISK).min(MOST_MARGIN)
    }

    fn forecast(&self) -> std::sync::MutexGuard<'_, Forecast> {
        self.room.forecast.lock().expect("no one panics while holding the forecast")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use liuhen_proto::fragment::Sequence;
    use liuhen_proto::world::ManualClock;
    use liuhen_proto::{Span, Timestamp};

    use crate::spool::Step;
    use crate::spool::intake::tests::{footage, spool_with};

    /// While the centre takes nothing, what is recorded tells the hours left; when it takes all again, none are told.
    #[tokio::test]
    async fn without_the_centre_what_is_recorded_tells_the_hours_left() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_795_000_000_000_000)));
        let directory = tempfile::tempdir().unwrap();
        let spool = spool_with(directory.path(), 1 << 30, clock.clone());
        let (ids, init, fragments) = footage().await;
        let intake = spool.intake(ids.stream).unwrap();
        intake.begin(ids, init);
        let (mut bytes, mut changes) = (0, spool.changes());
        for fragment in &fragments {
            clock.advance(Span::from_secs(1));
            changes.mark_unchanged();
            intake.append(fragment.clone()).unwrap();
            changes.changed().await.unwrap();
            bytes += fragment.bytes.len() as u64;
        }
        assert_eq!((spool.left(), spool.backlog_bytes()), (None, bytes), "it has just not heard of the centre yet");
        clock.advance(Span::from_secs(11));
        let seconds = spool.left().unwrap().as_secs_f64();
        let rate = bytes as f64 / (fragments.len() as f64 + 10.0);
        let expected = ((1u64 << 30) - spool.unsealed_bytes()) as f64 / rate;
        assert!((0.7..1.4).contains(&(seconds / expected)), "{seconds} s, expected {expected}");
        let last = fragments.last().unwrap().header.sequence;
        spool.acknowledged(ids.run, Sequence::FIRST, last, Step::Stored);
        assert_eq!((spool.left(), spool.backlog_bytes()), (None, 0));
        spool.forget_stored(ids.run);
        assert_eq!(spool.backlog_bytes(), bytes, "another node has it not");
        intake.close().await;
    }
}
