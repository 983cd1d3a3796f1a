//! What must be done by when, and what not before.
//!
//! In: the terms of an organisation's rule pack ([`Terms`]), the day from which a term runs, the [`Calendar`],
//! and today. Out: the date, the days that are left, and how it stands.
//! - A deadline keeps what was given, never the date: loading a holiday table makes it firm by itself.
//! - On a provisional date nothing is called met or missed, and nothing is permitted, unless no table can change that.
//!
//! Not here: the numbers, which are data of the rule packs; what today is.

use std::borrow::Cow;

use crate::calendar::{Calendar, Date, DayCount, DayKind, Due, Month, UnknownYears};

mod overdue;
mod standing;
mod terms;
mod unreported;
mod what;

pub use overdue::{Overdue, Running, of_batch, overdue};
pub use standing::{NotYet, State};
pub use terms::{Term, Terms};
pub use unreported::unreported;
pub use what::{Sense, What};

/// How the date follows from the day that sets it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The last of so many days after it. The trigger day is not counted.
    After(DayCount),
    /// The first of so many days before it. The trigger day is not counted.
    Before(DayCount),
    /// The last day of a window of so many days that the trigger day opens. It is counted if it is of the kind.
    Lasting(DayCount),
    /// The day after the last of so many days after it.
    DayAfter(DayCount),
    /// The day of the same number so many months later, or the last of that month where it is shorter.
    MonthsAfter(u8),
    /// The last day of this month of the trigger day's year.
    EndOfMonth(Month),
}

impl Rule {
    /// The kind of day in which the term is told.
    pub const fn kind(self) -> DayKind {
        match self {
            Self::After(count) | Self::Before(count) | Self::Lasting(count) | Self::DayAfter(count) => count.kind,
            Self::MonthsAfter(_) | Self::EndOfMonth(_) => DayKind::Calendar,
        }
    }

    /// The date that follows from the trigger day.
    pub fn due(self, trigger: Date, calendar: &Calendar) -> Due {
        match self {
            Self::After(count) => calendar.days_after(trigger, count),
            Self::Before(count) => calendar.days_before(trigger, count),
            Self::Lasting(count) => calendar.days_after(trigger.minus_days(1), count),
            Self::DayAfter(count) => {
                let end = calendar.days_after(trigger, count);
                Due { date: end.date.plus_days(1), ..end }
            }
            Self::MonthsAfter(months) => Due::firm(trigger.plus_months(months)),
            Self::EndOfMonth(month) => Due::firm(trigger.end_of(month)),
        }
    }
}

/// Something with a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    what: What,
    rule: Rule,
    clause: Cow<'static, str>,
    trigger: Date,
}

/// How far away the date is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// Days from today to the date, or since it. 0 on the day itself, and over days off that follow it.
    pub days: u32,
    /// Of this kind, which is that of the term.
    pub kind: DayKind,
    /// Whether the date has passed, so that `days` counts how long ago.
    pub past: bool,
    /// The years whose tables are missing, for the date or for the days up to it; nothing where the number is firm.
    pub provisional: Option<UnknownYears>,
}

impl Deadline {
    /// What is to be done by the date that the rule makes of the trigger day, as the clause has it.
    pub fn new(what: What, rule: Rule, clause: impl Into<Cow<'static, str>>, trigger: Date) -> Self {
        Self { what, rule, clause: clause.into(), trigger }
    }

    /// What it is about.
    pub const fn what(&self) -> What {
        self.what
    }

    /// How the date follows from the trigger day.
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The clause that it rests on, such as `S五(二)`.
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// The day that sets it off.
    pub const fn trigger(&self) -> Date {
        self.trigger
    }

    /// The date, as far as the calendar knows it.
    pub fn due(&self, calendar: &Calendar) -> Due {
        self.rule.due(self.trigger, calendar)
    }

    /// The days that are left, or that have passed, in the kind of the term.
    pub fn remaining(&self, today: Date, calendar: &Calendar) -> Remaining {
        let due = self.due(calendar);
        let past = today > due.date;
        let (from, to) = if past { (due.date, today) } else { (today, due.date) };
        let kind = self.rule.kind();
        let count = calendar.days_between(from, to, kind);
        Remaining { days: count.days, kind, past, provisional: UnknownYears::union(due.provisional, count.provisional) }
    }
}

#[cfg(test)]
mod tests;
