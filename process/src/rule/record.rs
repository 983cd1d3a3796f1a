//! Rows B4, D1, K1 and K5: records on their shelves, and what looks across batches.

use crate::calendar::{Date, Month};
use crate::case::result::Figures;
use crate::deadline::{Deadline, Rule, What};
use crate::fact::Fact;
use crate::fact::words::Medium;
use crate::finding::Broken;

use super::Moment;

/// B4: the next plan is made when the certificates of the last one are confirmed.
pub(super) fn last_plan_certified(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(_) = moment.fact else { return Vec::new() };
    if !moment.pack.parameters.one_open_plan {
        return Vec::new();
    }
    let open = moment.view.others.iter().filter(|(_, batch)| batch.plan.is_some() && !batch.is_certified());
    let broken = |(batch, _)| {
        let english = format!("the certificates of {batch} are not confirmed: its plan comes first");
        Broken::about("plan", english, format!("批次 {batch} 尚未确认发证，不得制定下一批次计划")).because("batch", batch)
    };
    open.map(broken).collect()
}

/// D1: a paper serves one batch.
pub(super) fn paper_of_one_batch(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::PapersAssigned(it) = moment.fact else { return Vec::new() };
    let used = moment.view.others.iter().filter(|(_, batch)| batch.papers.contains_key(it.paper.as_str()));
    let broken = |(batch, _)| {
        let english = format!("paper {} is meant for {batch} already: one paper, one time, one batch", it.paper);
        Broken::about(&it.paper, english, format!("试卷 {} 已用于批次 {batch}", it.paper)).because("batch", batch)
    };
    used.map(broken).collect()
}

/// K1: paper is found again: it says its box and where that stands.
pub(super) fn found_again(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RecordFiled(it) = moment.fact else { return Vec::new() };
    if it.medium != Medium::Paper || (it.storage_box.is_some() && it.shelf.is_some()) {
        return Vec::new();
    }
    let english = "paper is filed without its box and shelf: say where it stands";
    vec![Broken::about(&it.record, english, "纸质材料未注明盒号和存放位置")]
}

/// K5: the summary comes by the end of its month.
pub(super) fn summary_in_time(moment: &Moment<'_>) -> Vec<Broken> {
    let (Fact::SummaryFiled(it), Some(month)) = (moment.fact, moment.pack.parameters.annual_summary_month) else {
        return Vec::new();
    };
    let first = u16::try_from(it.year).ok().and_then(|year| Date::new(year, 1, 1).ok());
    let (Some(first), Ok(month)) = (first, Month::try_from(month)) else { return Vec::new() };
    let due = Deadline::new(What::AnnualSummary, Rule::EndOfMonth(month), "", first).due(moment.calendar).date;
    if it.filed_on <= due {
        return Vec::new();
    }
    let english = format!("the summary of {} is handed in on {}, due by {due}", it.year, it.filed_on);
    let chinese = format!("{} 年度工作总结 {} 报送，应在 {due} 前报送", it.year, it.filed_on);
    vec![Broken::about(it.year, english, chinese).because("due", due).because("filed_on", it.filed_on)]
}

/// K5: the figures are those of the batches of that year, by the last day of each.
pub(super) fn figures(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SummaryFiled(it) = moment.fact else { return Vec::new() };
    let of_year = moment
        .view
        .others
        .values()
        .filter(|batch| batch.plan.as_ref().is_some_and(|plan| u32::from(plan.held.last.year()) == it.year));
    let sum = of_year.map(|batch| batch.figures()).fold(Figures::default(), |sum, one| Figures {
        candidates: sum.candidates.saturating_add(one.candidates),
        passed: sum.passed.saturating_add(one.passed),
        certificates: sum.certificates.saturating_add(one.certificates),
    });
    let all = [
        ("candidates", it.candidates, sum.candidates),
        ("passed", it.passed, sum.passed),
        ("certificates", it.certificates, sum.certificates),
    ];
    let broken = |(figure, told, found): (&'static str, u32, u32)| {
        let english = format!("{figure}: the summary says {told}, the batches of {} come to {found}", it.year);
        let chinese = format!("年度总结中 {figure} 为 {told}，{} 年各批次合计为 {found}", it.year);
        Broken::about(format!("{}.{figure}", it.year), english, chinese).because("told", told).because("found", found)
    };
    all.into_iter().filter(|(_, told, found)| told != found).map(broken).collect()
}
