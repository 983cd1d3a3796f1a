//! How a deadline stands.

use std::cmp::Ordering;

use crate::calendar::{Calendar, Date, Due, UnknownYears};

use super::{Deadline, Rule, Sense};

/// How a deadline stands on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not done, and as far as is known not too late. On a provisional date that may change with the tables.
    Open,
    /// Done on this day, which was in order.
    Met(Date),
    /// Done too late or too early, or not done although the date has passed.
    Missed,
    /// The tables of these years decide between met and missed.
    Undecided(UnknownYears),
}

/// What was asked for is not open yet, or nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.en())]
pub struct NotYet {
    deadline: Deadline,
    opens: Due,
}

impl NotYet {
    /// From when on it is open, as far as that is known.
    pub const fn opens(&self) -> &Due {
        &self.opens
    }

    fn en(&self) -> String {
        let (what, clause, date) = (self.deadline.what.as_str(), self.deadline.clause(), self.opens.date);
        match &self.opens.provisional {
            None => format!("{what}: not before {date} ({clause})"),
            Some(years) => format!(
                "{what}: not before about {date} ({clause}); which day exactly depends on the holiday table of {years}, which is not loaded: load it"
            ),
        }
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        let (what, clause, date) = (self.deadline.what.zh(), self.deadline.clause(), self.opens.date);
        match &self.opens.provisional {
            None => format!("{what}：{date} 之前不得办理（{clause}）"),
            Some(years) => {
                format!("{what}：暂定 {date} 之前不得办理（{clause}）；确切日期取决于尚未载入的 {years} 年节假日安排，请先载入")
            }
        }
    }
}

impl Deadline {
    /// How it stands today, given on which day it was done, if it was.
    pub fn state(&self, done: Option<Date>, today: Date, calendar: &Calendar) -> State {
        let due = self.due(calendar);
        let sense = self.what.sense();
        let side = self.against(done.unwrap_or(today), &due, calendar);
        match (done, side, due.provisional) {
            (None, ..) if sense == Sense::NotBefore || today <= due.date => State::Open,
            (_, None, Some(years)) => State::Undecided(years),
            (Some(day), Some(side), _) if fits(sense, side) => State::Met(day),
            _ => State::Missed,
        }
    }

    /// Whether it is surely too late and was not done.
    pub fn is_overdue(&self, done: Option<Date>, today: Date, calendar: &Calendar) -> bool {
        done.is_none() && self.state(None, today, calendar) == State::Missed
    }

    /// Refuses what may not be done before the date, until it has surely come. Refuses nothing else: what is late is
    /// a finding.
    pub fn permit(&self, today: Date, calendar: &Calendar) -> Result<(), NotYet> {
        let opens = self.due(calendar);
        if self.what.sense() != Sense::NotBefore || opens.is_firm() && today >= opens.date {
            return Ok(());
        }
        Err(NotYet { deadline: self.clone(), opens })
    }

    /// On which side of the date the day lies; nothing where a missing table decides.
    fn against(&self, day: Date, due: &Due, calendar: &Calendar) -> Option<Ordering> {
        if due.is_firm() {
            return Some(day.cmp(&due.date));
        }
        // The date is provisional, so counting to it meets unknown days. A count forward that reaches `day` without
        // meeting one has not reached the date; and what is counted back ends before the trigger.
        let counted_from = match self.rule {
            Rule::Before(_) => return (day >= self.trigger).then_some(Ordering::Greater),
            Rule::Lasting(_) => self.trigger.minus_days(1),
            _ => self.trigger,
        };
        let known = calendar.days_between(counted_from, day, self.rule.kind()).provisional.is_none();
        known.then_some(Ordering::Less)
    }
}

/// Whether a thing that was done on that side of the date was done in order.
fn fits(sense: Sense, side: Ordering) -> bool {
    match sense {
        Sense::NotAfter => side != Ordering::Greater,
        Sense::NotBefore => side != Ordering::Less,
        Sense::On => side == Ordering::Equal,
    }
}
