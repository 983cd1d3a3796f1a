//! The fault laboratory: what goes wrong at exam sites, done on purpose and counted.
//!
//! In: real programs, and a disk, a line or a moment to break them at. Out: what was held afterwards, and a
//! line in the ledger for each test, from which `./dev test faults` makes its summary.
//! - What needs root, a loop device or nftables is skipped where it is not to be had, and never under CI.
//! - Chance comes from a seed, which is printed; `LIUHEN_TEST_SEED` repeats it.
//! - Not here: the tests themselves (`tests/tests/faults`), and breaks of our own code (`tests/mutations`).

mod calls;
mod chance;
mod clock;
mod disk;
mod held;
mod lab;
mod ledger;
mod network;
mod packets;
mod summary;

pub use calls::{CALLS, Call, Calls, Failing};
pub use chance::Chance;
pub use clock::WrongClock;
pub use disk::Disk;
pub use held::{Held, HeldRun};
pub use lab::Lab;
pub use ledger::{Counts, Entry, note};
pub use network::{Line, Proxy};
pub use packets::Loss;
pub use summary::{EXPECTED, Summary};

/// Whether nothing may be skipped: set in CI, where everything that a test needs is there.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

/// Tells that a test was skipped, and why; under CI it fails instead.
pub fn skipped<T>(why: &str) -> Option<T> {
    assert!(!is_ci(), "nothing may be skipped under CI: {why}");
    eprintln!("SKIPPED: {why}");
    None
}
