//! What each fault test did and found, a line each, in the file that `LIUHEN_FAULTS_LEDGER` names.

use std::io::Write as _;

use serde::{Deserialize, Serialize};

/// Counts of one test, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Counts {
    /// Programs that were killed.
    pub crashes: u64,
    /// Disks that lost power.
    pub power_losses: u64,
    /// System calls that failed, and disks that were full.
    pub injected_failures: u64,
    /// Lines that were cut, hung, slowed or made to lose.
    pub partitions: u64,
    /// Seeds of chance that were tried.
    pub seeds: u64,
    /// Fragments that were promised to be held, by a recorder's spool or by the centre.
    pub acknowledged: u64,
    /// Those of them that were gone, or other than promised.
    pub lost: u64,
    /// Milliseconds of footage that were lost before anyone had promised anything.
    pub never_acknowledged_ms: u64,
    /// How often a camera was without a recorder, or a recorder without its disk: what the former is held against.
    pub outages: u64,
}

impl Counts {
    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self {
            crashes: self.crashes + other.crashes,
            power_losses: self.power_losses + other.power_losses,
            injected_failures: self.injected_failures + other.injected_failures,
            partitions: self.partitions + other.partitions,
            seeds: self.seeds + other.seeds,
            acknowledged: self.acknowledged + other.acknowledged,
            lost: self.lost + other.lost,
            never_acknowledged_ms: self.never_acknowledged_ms + other.never_acknowledged_ms,
            outages: self.outages + other.outages,
        }
    }
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which test.
    pub test: String,
    /// What it counted.
    pub counts: Counts,
}

/// Writes a test's counts down. Nothing where no ledger is kept; each test is then judged by itself alone.
pub fn note(test: &str, counts: Counts) {
    println!("{test}: {counts:?}");
    let Some(path) = std::env::var_os("LIUHEN_FAULTS_LEDGER") else { return };
    let line = serde_json::to_string(&Entry { test: test.to_owned(), counts }).expect("counts are JSON") + "\n";
    // One write of a short line to a file opened for appending: tests of several processes do not mix theirs.
    let written =
        std::fs::File::options().create(true).append(true).open(path).and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("the ledger can be written");
}
