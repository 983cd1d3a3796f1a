//! What processes cost, as the kernel counts it.

use anyhow::{Context as _, Result};

/// What the kernel's figures for people count in, on every architecture that Rust knows (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What some processes have used since they began, and hold now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// User and system time of all their threads, those that ended included.
    pub(crate) cpu_seconds: f64,
    /// Memory, pages shared by several processes counted once.
    pub(crate) pss_mb: f64,
    /// Memory, shared pages counted for each process.
    pub(crate) rss_mb: f64,
    /// Threads.
    pub(crate) threads: u64,
}

impl Usage {
    /// Of all of these together.
    pub(crate) fn of(processes: impl IntoIterator<Item = u32>) -> Result<Self> {
        let mut all = Self::default();
        for process in processes {
            let read = |file: &str| {
                std::fs::read_to_string(format!("/proc/{process}/{file}")).with_context(|| format!("{file} of process {process}"))
            };
            all.cpu_seconds += cpu_seconds(process)?;
            let (status, memory) = (read("status")?, read("smaps_rollup")?);
            all.threads += field(&status, "Threads:")?;
            all.rss_mb += field(&status, "VmRSS:")? as f64 * 1024.0 / 1e6;
            all.pss_mb += field(&memory, "Pss:")? as f64 * 1024.0 / 1e6;
        }
        Ok(all)
    }
}

/// User and system time of a process, those of its threads that ended included.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64> {
    let stat =
        std::fs::read_to_string(format!("/proc/{process}/stat")).with_context(|| format!("process {process} has ended"))?;
    // The name may hold blanks; it ends with the last parenthesis and is field 2 of proc(5).
    let (_, rest) = stat.rsplit_once(')').context("a line of proc(5)")?;
    let ticks = |number: usize| rest.split_whitespace().nth(number - 3).and_then(|ticks| ticks.parse::<u64>().ok());
    let all = ticks(14).zip(ticks(15)).context("fields 14 and 15 of proc(5)")?;
    Ok((all.0 + all.1) as f64 / TICKS_PER_SECOND)
}

fn field(text: &str, name: &str) -> Result<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    value.with_context(|| format!("no {name} in what the kernel says"))
}

/// The machine's processors since it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    busy_seconds: f64,
    all_seconds: f64,
}

impl Machine {
    pub(crate) fn now() -> Result<Self> {
        let stat = std::fs::read_to_string("/proc/stat").context("/proc/stat")?;
        let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).context("the first line of /proc/stat")?;
        let ticks: Vec<u64> = line.split_whitespace().take(8).filter_map(|ticks| ticks.parse().ok()).collect();
        let idle: u64 = ticks.iter().skip(3).take(2).sum();
        let seconds = |ticks: u64| ticks as f64 / TICKS_PER_SECOND;
        let all = ticks.iter().sum();
        Ok(Self { busy_seconds: seconds(all - idle), all_seconds: seconds(all) })
    }

    /// Part of the processors that was busy with other things than the `known` processor seconds.
    pub(crate) fn busy_since(&self, earlier: &Self, known: f64) -> f64 {
        let (busy, all) = (self.busy_seconds - earlier.busy_seconds, self.all_seconds - earlier.all_seconds);
        ((busy - known) / all).max(0.0)
    }
}
