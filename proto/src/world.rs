//! The one home of clocks and randomness. Everywhere else `clippy.toml` forbids them, so that tests
//! own the time and a failing run can be repeated from its seed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::time::{BootTime, Span, Timestamp};

/// Tells the time. Costs one system call (vDSO) for each reading.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, UTC. May jump when the system's clock is set.
    fn now(&self) -> Timestamp;
    /// Time since boot, suspend included. Never jumps within a boot.
    fn boot_now(&self) -> BootTime;
}

/// Gives random bytes fit for tokens, salts and keys.
pub trait Randomness: Send + Sync + 'static {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    // By the C library, so that a test can set the clock of a program without that of the machine.
    #[expect(clippy::disallowed_methods, reason = "the one home of clocks")]
    fn now(&self) -> Timestamp {
        let micros = |span: std::time::Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_micros(since.map_or_else(|before| -micros(before.duration()), micros))
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of clocks")]
    fn boot_now(&self) -> BootTime {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let micros = time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1_000);
        BootTime::from_micros(u64::try_from(micros).expect("time since boot is not negative"))
    }
}

/// The kernel's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Randomness for OsRandom {
    #[expect(clippy::disallowed_methods, reason = "the one home of chance")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the kernel's randomness is there on every Linux we run on");
    }
}

/// A clock that stands until it is told to move. For tests.
#[derive(Debug)]
pub struct ManualClock {
    wall_us: AtomicI64,
    boot_us: AtomicU64,
}

impl ManualClock {
    /// Starts at `now`, one hour after boot.
    pub fn at(now: Timestamp) -> Self {
        Self { wall_us: AtomicI64::new(now.as_micros()), boot_us: AtomicU64::new(3_600_000_000) }
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, by: Span) {
        self.wall_us.fetch_add(by.as_micros(), Ordering::SeqCst);
        let micros = u64::try_from(by.as_micros()).expect("time passes forward");
        self.boot_us.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the wall clock by so many microseconds, as an operator or NTP would; time since boot goes on.
    pub fn step_wall(&self, by_us: i64) {
        self.wall_us.fetch_add(by_us, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall_us.load(Ordering::SeqCst))
    }

    fn boot_now(&self) -> BootTime {
        BootTime::from_micros(self.boot_us.load(Ordering::SeqCst))
    }
}

/// Random-looking bytes that are the same for the same seed (SplitMix64). For tests; never for keys.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// Begins the sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Randomness for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().expect("no one panics while holding the seed");
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}
