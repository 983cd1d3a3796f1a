//! Sums the ledger, and judges it: every test that belongs to the laboratory has run and has done what it is there
//! for, and nothing that was promised is lost.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::ledger::{Counts, Entry};

/// What a camera may lose at each outage before anyone has promised anything: what is in memory, and the restart
/// of the recorder, which is measured and added by the test itself.
const LOST_AT_EACH_OUTAGE_MS: u64 = 2_000;

const NONE: Counts = Counts {
    crashes: 0,
    power_losses: 0,
    injected_failures: 0,
    partitions: 0,
    seeds: 0,
    acknowledged: 0,
    lost: 0,
    never_acknowledged_ms: 0,
    outages: 0,
};

/// The tests that must stand in the ledger, and the least that each must have counted.
pub const EXPECTED: &[(&str, Counts)] = &[
    ("nothing_that_was_promised_is_lost_in_twenty_crashes", Counts { crashes: 20, seeds: 1, acknowledged: 100, ..NONE }),
    ("what_the_centre_promised_survives_the_loss_of_power", Counts { power_losses: 6, seeds: 1, acknowledged: 100, ..NONE }),
    ("the_spool_survives_the_loss_of_power", Counts { power_losses: 5, seeds: 1, acknowledged: 60, ..NONE }),
    ("every_system_call_of_the_spool_may_fail", Counts { injected_failures: 60, acknowledged: 100, ..NONE }),
    ("every_system_call_of_append_and_seal_may_fail", Counts { injected_failures: 60, acknowledged: 100, ..NONE }),
    ("a_full_disk_at_the_site_loses_nothing_that_is_on_it", Counts { injected_failures: 1, acknowledged: 6, ..NONE }),
    ("a_full_disk_at_the_centre_breaks_no_promise", Counts { injected_failures: 3, acknowledged: 40, ..NONE }),
    ("a_partition_costs_nothing", Counts { partitions: 1, acknowledged: 58, ..NONE }),
    ("a_half_open_connection_is_noticed", Counts { partitions: 1, acknowledged: 58, ..NONE }),
    ("a_storm_of_reconnects_doubles_nothing", Counts { partitions: 30, acknowledged: 58, ..NONE }),
    ("a_link_slower_than_live_only_takes_longer", Counts { partitions: 1, acknowledged: 50, ..NONE }),
    ("delay_and_what_overtakes_it_change_nothing", Counts { partitions: 1, acknowledged: 58, ..NONE }),
    ("losing_three_packets_of_ten_loses_no_fragment", Counts { partitions: 1, acknowledged: 58, ..NONE }),
    (
        "whatever_happens_on_the_way_nothing_acknowledged_is_lost",
        Counts { crashes: 4_000, partitions: 10_000, seeds: 2_000, acknowledged: 40_000, ..NONE },
    ),
    ("a_stall_and_a_burst_move_no_time", Counts { partitions: 1, acknowledged: 10, ..NONE }),
    ("a_recorder_goes_on_at_another_server", Counts { crashes: 2, acknowledged: 30, ..NONE }),
    ("a_clock_that_is_set_leaves_no_time_wrong", Counts { injected_failures: 4, acknowledged: 16, ..NONE }),
    ("an_hour_without_the_centre_is_filled", Counts { partitions: 1, acknowledged: 14_400, ..NONE }),
];

/// The whole ledger, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// All counts.
    pub total: Counts,
    /// How many tests wrote in the ledger.
    pub tests: usize,
    /// What is not as it must be; nothing is good.
    pub wrong: Vec<String>,
}

impl Summary {
    /// Reads a ledger and judges it.
    pub fn read(ledger: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(ledger).with_context(|| format!("read the ledger {}", ledger.display()))?;
        let entries =
            text.lines().map(serde_json::from_str).collect::<Result<Vec<Entry>, _>>().context("read a line of the ledger")?;
        Ok(Self::of(&entries, EXPECTED))
    }

    /// Judges these entries by what was expected.
    pub fn of(entries: &[Entry], expected: &[(&str, Counts)]) -> Self {
        let total = entries.iter().fold(NONE, |sum, entry| sum.and(entry.counts));
        let mut wrong = Vec::new();
        for (test, least) in expected {
            match entries.iter().find(|entry| entry.test == *test) {
                None => wrong.push(format!("{test} has not run, or was skipped")),
                Some(entry) => wrong.extend(too_few(entry, least)),
            }
        }
        let known = |entry: &&Entry| expected.iter().any(|(test, _)| *test == entry.test);
        wrong.extend(entries.iter().filter(|entry| !known(entry)).map(|entry| format!("{} is not expected: add it", entry.test)));
        for entry in entries {
            let Counts { lost, never_acknowledged_ms, outages, .. } = entry.counts;
            if lost > 0 {
                wrong.push(format!("{} lost {lost} fragments that had been promised", entry.test));
            }
            if never_acknowledged_ms > outages * LOST_AT_EACH_OUTAGE_MS {
                wrong.push(format!("{} lost {never_acknowledged_ms} ms in {outages} outages beyond the restarts", entry.test));
            }
        }
        Self { total, tests: entries.len(), wrong }
    }
}

fn too_few(entry: &Entry, least: &Counts) -> Vec<String> {
    let (c, l) = (&entry.counts, least);
    let pairs = [
        ("crashes", c.crashes, l.crashes),
        ("power losses", c.power_losses, l.power_losses),
        ("injected failures", c.injected_failures, l.injected_failures),
        ("partitions", c.partitions, l.partitions),
        ("seeds", c.seeds, l.seeds),
        ("acknowledged fragments", c.acknowledged, l.acknowledged),
    ];
    let few = pairs.into_iter().filter(|(_, counted, least)| counted < least);
    few.map(|(what, counted, least)| format!("{} counted {counted} {what}, expected at least {least}", entry.test)).collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            crashes,
            power_losses,
            injected_failures,
            partitions,
            seeds,
            acknowledged,
            lost,
            never_acknowledged_ms,
            outages,
        } = self.total;
        writeln!(f, "fault tests         {}", self.tests)?;
        writeln!(f, "crashes             {crashes}")?;
        writeln!(f, "power losses        {power_losses}")?;
        writeln!(f, "injected failures   {injected_failures}")?;
        writeln!(f, "partitions          {partitions}")?;
        writeln!(f, "seeds               {seeds}")?;
        writeln!(f, "fragments promised  {acknowledged}")?;
        writeln!(f, "of these lost       {lost}")?;
        let seconds = never_acknowledged_ms as f64 / 1_000.0;
        writeln!(f, "never promised      {seconds:.1} s lost in {outages} outages, beside the restarts")?;
        self.wrong.iter().try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(test: &str, counts: Counts) -> Entry {
        Entry { test: test.to_owned(), counts }
    }

    #[test]
    fn what_is_missing_too_little_lost_or_unknown_is_wrong() {
        let expected = [("a", Counts { crashes: 2, ..NONE }), ("b", NONE)];
        let good = [entry("a", Counts { crashes: 2, outages: 1, never_acknowledged_ms: 2_000, ..NONE }), entry("b", NONE)];
        assert_eq!(Summary::of(&good, &expected).wrong, Vec::<String>::new());
        let bad = [entry("a", Counts { crashes: 1, lost: 1, never_acknowledged_ms: 1, ..NONE }), entry("c", NONE)];
        let wrong = Summary::of(&bad, &expected).wrong;
        assert_eq!(wrong.len(), 5, "{wrong:#?}");
    }
}
