//! Findings that follow from time alone: a day has passed by which something was due, and nobody has told of it.
//!
//! In: what is known, the pack, the calendar and today. Out: findings as the rule would have found them. Always: they stand
//! in no entry, are gone when the thing is told (the rule judges it then), and say where a missing table may move the day.
//! Not here: deadlines of scoring and certificates.

use super::{Deadline, Rule, State, What};
use crate::calendar::{Calendar, Date, DayCount, Month};
use crate::case::View;
use crate::fact::CaseKind;
use crate::finding::{Broken, Finding};
use crate::pack::Pack;

/// What is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// As the rule has it.
    pub finding: Finding,
    /// The day may move: a year's table is missing.
    pub provisional: bool,
}

/// A deadline that facts have set off, with the rule that judges it and the day on which it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The rule that judges what is told: `B2.late` for instance.
    pub rule: &'static str,
    /// Until when.
    pub deadline: Deadline,
    /// When it was done, if it was.
    pub done: Option<Date>,
}

/// The deadlines that the facts of a batch set off.
pub fn of_batch(view: &View, pack: &Pack) -> Vec<Running> {
    let (batch, parameters) = (&view.batch, &pack.parameters);
    let Some(plan) = &batch.plan else { return Vec::new() };
    let first = batch.registration.as_ref().map_or(plan.held.first, |registration| registration.first);
    let closed = batch.registration.as_ref().map(|registration| registration.last);
    let tickets = if pack.weight("C13").is_some() { "C13" } else { "B3.tickets" };
    let running = |what, by: fn(DayCount) -> Rule, count: Option<DayCount>, rule, trigger: Option<Date>, done| {
        let clause = pack.weight(rule).map_or_else(String::new, |weight| weight.clause.clone());
        Some(Running { rule, deadline: Deadline::new(what, by(count?), clause, trigger?), done })
    };
    let filing = running(What::PlanFiling, Rule::Before, Some(parameters.plan_filing), "B2.late", Some(first), batch.filed_on);
    let review = running(What::ReviewEnds, Rule::After, parameters.review, "B3.review", closed, batch.reviewed_on);
    let held = Some(plan.held.first);
    let ticket = running(What::AdmissionTicket, Rule::Before, parameters.tickets, tickets, held, batch.tickets_on);
    [filing, review, ticket].into_iter().flatten().collect()
}

/// The announcement of the year, of a body that was on file when the year began.
fn announcement(view: &View, pack: &Pack, today: Date) -> Option<Running> {
    let month = Month::try_from(pack.parameters.announcement_by_month?).ok()?;
    let year = today.year();
    let filed_before = view.organization.filings.iter().any(|filing| filing.first.year() < year && filing.holds(today));
    if !filed_before {
        return None;
    }
    let of_year = view.organization.announcements.iter().find(|announced| announced.year == u32::from(year));
    let clause = pack.weight("B1.late").map_or_else(String::new, |weight| weight.clause.clone());
    let deadline = Deadline::new(What::Announcement, Rule::EndOfMonth(month), clause, today);
    Some(Running { rule: "B1.late", deadline, done: of_year.map(|announced| announced.published_on) })
}

/// What of a case is overdue today, and not told.
pub fn overdue(case: CaseKind, (view, pack): (&View, &Pack), calendar: &Calendar, today: Date) -> Vec<Overdue> {
    let running = match case {
        CaseKind::Organization => announcement(view, pack, today).into_iter().collect(),
        CaseKind::Batch => of_batch(view, pack),
        CaseKind::Site | CaseKind::Session => Vec::new(),
    };
    running.iter().filter_map(|running| found(running, pack, calendar, today)).collect()
}

fn found(running: &Running, pack: &Pack, calendar: &Calendar, today: Date) -> Option<Overdue> {
    let Running { rule, deadline, done } = running;
    if done.is_some() || matches!(deadline.state(None, today, calendar), State::Open | State::Met(_)) {
        return None;
    }
    let (due, what) = (deadline.due(calendar), deadline.what());
    let provisional = !due.is_firm();
    let english = format!("{}: due by {}, and on {today} nobody has told that it was done", what.as_str(), due.date);
    let chinese = format!("{}：应在 {} 前完成，至 {today} 尚未登记", what.zh(), due.date);
    let broken = Broken::about(what.as_str(), english, chinese).because("due", due.date).because("as_of", today);
    let finding = pack.weigh(rule, broken.because("provisional", provisional))?;
    Some(Overdue { finding, provisional })
}
