//! Flags held against the truth: found or not, how late, and what was cried wrongly.

use liuhen_proto::judgement::FlagKind;

use super::clip::Incident;
use super::path::Flag;

/// An incident must be told so soon after it began, in seconds.
pub(crate) const SOON: f64 = 5.0;
/// A flag must end so near the incident's end, in seconds.
pub(crate) const NEAR: f64 = 2.0;
/// A flag belongs to an incident if they overlap, give or take so many seconds.
const SLACK: f64 = 1.0;

/// Of one kind.
#[derive(Debug, Default, Clone)]
pub(crate) struct Score {
    pub(crate) incidents: usize,
    pub(crate) found: usize,
    pub(crate) flags: usize,
    pub(crate) wrong: usize,
    pub(crate) delays: Vec<f64>,
    pub(crate) end_errors: Vec<f64>,
}

impl Score {
    /// Adds what was found in a clip, of this kind.
    pub(crate) fn add(&mut self, kind: FlagKind, incidents: &[Incident], flags: &[Flag]) {
        let flags: Vec<_> = flags.iter().filter(|flag| flag.kind == kind).collect();
        let incidents: Vec<_> = incidents.iter().filter(|incident| incident.kind == kind).collect();
        let belong = |flag: &Flag, incident: &Incident| flag.start < incident.end + SLACK && flag.end > incident.start - SLACK;
        self.flags += flags.len();
        self.wrong += flags.iter().filter(|flag| !incidents.iter().any(|incident| belong(flag, incident))).count();
        self.incidents += incidents.len();
        for incident in incidents {
            let mine: Vec<_> = flags.iter().filter(|flag| belong(flag, incident)).collect();
            let (Some(first), Some(last)) = (mine.first(), mine.last()) else { continue };
            self.delays.push(first.told - incident.start);
            self.end_errors.push((last.end - incident.end).abs());
            self.found += usize::from(first.told - incident.start <= SOON);
        }
    }

    /// Share of the flags that are right.
    pub(crate) fn precision(&self) -> f64 {
        share(self.flags - self.wrong, self.flags)
    }

    /// Share of the incidents that were told soon enough.
    pub(crate) fn recall(&self) -> f64 {
        share(self.found, self.incidents)
    }

    /// Whether it is as good as it has to be.
    pub(crate) fn holds(&self) -> bool {
        self.wrong == 0 && self.found == self.incidents && self.end_errors.iter().all(|&error| error <= NEAR)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}
