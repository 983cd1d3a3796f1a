//! Until when something must be done for a batch, as far as the calendar knows it.

use liuhen_archive::records::Known;
use liuhen_process::calendar::Date;
use liuhen_process::deadline::{Deadline, State, of_batch};
use liuhen_process::timer;
use liuhen_proto::wire::session::v1 as pb;

/// The deadlines that the facts of a batch set off.
pub(super) fn of(known: &Known, today: Date) -> Vec<pb::Deadline> {
    let before = of_batch(&known.view, &known.pack).into_iter().map(|running| (running.deadline, running.done));
    let after = timer::of(&known.view.batch, &known.pack).into_iter().map(|timer| (timer.deadline, timer.done));
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
