//! Until when something must be done for a batch, as far as the calendar knows it.

use liuhen_archive::records::Known;
use liuhen_process::calendar::{Date, DayCount};
use liuhen_process::deadline::{Deadline, Rule, State, What};
use liuhen_process::timer;
use liuhen_proto::wire::session::v1 as pb;

/// The deadlines that the facts of a batch set off.
pub(super) fn of(known: &Known, today: Date) -> Vec<pb::Deadline> {
    let (batch, parameters) = (&known.view.batch, &known.pack.parameters);
    let Some(plan) = &batch.plan else { return Vec::new() };
    let first = batch.registration.as_ref().map_or(plan.held.first, |registration| registration.first);
    let clause = |rule: &str| known.pack.weight(rule).map_or_else(String::new, |weight| weight.clause.clone());
    let deadline = |what, rule: fn(DayCount) -> Rule, count: Option<DayCount>, named: &str, trigger: Option<Date>| {
        Some(Deadline::new(what, rule(count?), clause(named), trigger?))
    };
    let closed = batch.registration.as_ref().map(|registration| registration.last);
    let tickets = if known.pack.weight("C13").is_some() { "C13" } else { "B3.tickets" };
    let filing = deadline(What::PlanFiling, Rule::Before, Some(parameters.plan_filing), "B2.late", Some(first));
    let review = deadline(What::ReviewEnds, Rule::After, parameters.review, "B3.review", closed);
    let ticket = deadline(What::AdmissionTicket, Rule::Before, parameters.tickets, tickets, Some(plan.held.first));
    let all = [(filing, batch.filed_on), (review, batch.reviewed_on), (ticket, batch.tickets_on)];
    let before = all.into_iter().filter_map(|(deadline, done)| Some((deadline?, done)));
    let after = timer::of(batch, &known.pack).into_iter().map(|timer| (timer.deadline, timer.done));
    before.chain(after).map(|(deadline, done)| shown(known, &deadline, done, today)).collect()
}

fn shown(known: &Known, deadline: &Deadline, done: Option<Date>, today: Date) -> pb::Deadline {
    let (due, remaining) = (deadline.due(&known.calendar), deadline.remaining(today, &known.calendar));
    let state = match deadline.state(done, today, &known.calendar) {
        State::Open => "open",
        State::Met(_) => "met",
        State::Missed => "missed",
        State::Undecided(_) => "undecided",
    };
    let years = remaining.provisional.iter().flat_map(|years| years.iter().map(u32::from));
    pb::Deadline {
        what: deadline.what().as_str().to_owned(),
        chinese: deadline.what().zh().to_owned(),
        clause: deadline.clause().to_owned(),
        due_on: due.date.to_string(),
        provisional_years: years.collect(),
        days_left: if remaining.past { 0 } else { remaining.days },
        state: state.to_owned(),
    }
}
