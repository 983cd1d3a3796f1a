//! What runs after the exam: notice, reports, returned data.
//!
//! In: a batch and its pack. Out: a [`Timer`] for each deadline that the facts of the batch have set off, and when it was
//! met. Always: dates follow from facts; loading a holiday table makes them firm by itself. Not here: what runs before
//! the exam, and what today is.

use std::collections::BTreeMap;

use crate::calendar::{Date, DayCount};
use crate::case::Batch;
use crate::deadline::{Deadline, Rule, What};
use crate::pack::Pack;

/// A deadline that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// What it is about: a notice, a day of issue, data that came back.
    pub about: String,
    /// Until when, or not before when.
    pub deadline: Deadline,
    /// When all of it was done.
    pub done: Option<Date>,
}

/// The timers of a batch.
pub fn of(batch: &Batch, pack: &Pack) -> Vec<Timer> {
    let mut timers = notices(batch, pack);
    timers.extend(reports(batch, pack));
    timers.extend(returned(batch, pack));
    timers
}

fn timer(pack: &Pack, (what, rule): (What, Rule), clause: &str, (about, from): (String, Date), done: Option<Date>) -> Timer {
    let clause = pack.weight(clause).map_or_else(String::new, |weight| weight.clause.clone());
    Timer { about, deadline: Deadline::new(what, rule, clause, from), done }
}

/// The last day of several, once all are there.
fn all_done(days: impl IntoIterator<Item = Option<Date>>) -> Option<Date> {
    days.into_iter().try_fold(None, |last, day| day.map(|day| Some(last.map_or(day, |last: Date| last.max(day))))).flatten()
}

/// J1: results may go up when a notice has lasted.
fn notices(batch: &Batch, pack: &Pack) -> Vec<Timer> {
    let rule = Rule::DayAfter(pack.parameters.public_notice);
    let notice = |(name, it): (&String, &crate::fact::score::NoticePosted)| {
        // Who left this notice for another, or has to be posted again, is not waited for here.
        let stays = it.candidates.iter().filter(|candidate| batch.notices.of.get(candidate) == Some(name));
        let done = all_done(stays.map(|candidate| batch.notices.uploaded.get(candidate).copied()));
        timer(pack, (What::UploadOpens, rule), "J1.early", (name.clone(), it.posted_on), done)
    };
    batch.notices.posted.iter().map(notice).collect()
}

/// J6: data of certificates are reported so long after their issue.
fn reports(batch: &Batch, pack: &Pack) -> Vec<Timer> {
    let Some(count) = pack.parameters.data_report else { return Vec::new() };
    let mut days: BTreeMap<Date, Vec<Option<Date>>> = BTreeMap::new();
    for (_, certificate, issued_on) in batch.certificates.issued() {
        days.entry(issued_on).or_default().push(certificate.reported_on);
    }
    let report = |(day, reported): (Date, Vec<Option<Date>>)| {
        timer(pack, (What::DataReport, Rule::After(count)), "J6.late", (day.to_string(), day), all_done(reported))
    };
    days.into_iter().map(report).collect()
}

/// J7: data that came back are put right within so many days.
fn returned(batch: &Batch, pack: &Pack) -> Vec<Timer> {
    let count: DayCount = pack.parameters.data_return;
    let back = |(name, it): (&String, &crate::case::certificate::Returned)| {
        let from = (name.clone(), it.told.returned_on);
        timer(pack, (What::ReturnedData, Rule::After(count)), "J7.late", from, it.corrected_on)
    };
    batch.certificates.returned.iter().map(back).collect()
}
