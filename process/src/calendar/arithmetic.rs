//! Counting days. The day from which is counted is not counted itself (Civil Code, article 201); the day on
//! which a count ends is. A count of calendar days does not move when it ends on a day off: the guidelines
//! say nothing of article 203 (2), and not to move is the stricter reading.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::due::{Count, Due, UnknownYears};
use super::{Calendar, Date, WorkingDay};

/// Which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Every day.
    Calendar,
    /// Working days, 工作日.
    Working,
}

/// So many days of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayCount {
    /// How many.
    pub n: u16,
    /// Of which kind.
    pub kind: DayKind,
}

impl DayCount {
    /// So many days as the calendar has them.
    pub const fn calendar(n: u16) -> Self {
        Self { n, kind: DayKind::Calendar }
    }

    /// So many working days.
    pub const fn working(n: u16) -> Self {
        Self { n, kind: DayKind::Working }
    }
}

impl Calendar {
    /// The `n`th working day after the trigger day.
    pub fn working_days_after(&self, trigger: Date, n: u16) -> Due {
        self.walk(trigger, n, Date::next)
    }

    /// The `n`th working day before the date: the last day on which that many days are still left.
    pub fn working_days_before(&self, date: Date, n: u16) -> Due {
        self.walk(date, n, Date::previous)
    }

    /// The last of so many days after the trigger day.
    pub fn days_after(&self, trigger: Date, count: DayCount) -> Due {
        match count.kind {
            DayKind::Calendar => Due::firm(trigger.plus_days(count.n.into())),
            DayKind::Working => self.working_days_after(trigger, count.n),
        }
    }

    /// The first of so many days before the date.
    pub fn days_before(&self, date: Date, count: DayCount) -> Due {
        match count.kind {
            DayKind::Calendar => Due::firm(date.minus_days(count.n.into())),
            DayKind::Working => self.working_days_before(date, count.n),
        }
    }

    /// How many days of the kind come after `from`, up to `to` and with it; none where `to` is not later.
    pub fn days_between(&self, from: Date, to: Date, kind: DayKind) -> Count {
        if kind == DayKind::Calendar {
            return Count { days: from.days_until(to), provisional: None };
        }
        let (mut days, mut unknown, mut date) = (0, BTreeSet::new(), from);
        while let Some(next) = date.next().filter(|next| *next <= to) {
            date = next;
            days += u32::from(self.counts(date, &mut unknown));
        }
        Count { days, provisional: UnknownYears::new(unknown) }
    }

    /// Steps until `n` working days were met. At the end of time it stops and says that this year is unknown.
    fn walk(&self, from: Date, n: u16, step: fn(Date) -> Option<Date>) -> Due {
        let (mut left, mut unknown, mut date) = (n, BTreeSet::new(), from);
        while left > 0 {
            let Some(next) = step(date) else {
                unknown.insert(date.year());
                break;
            };
            date = next;
            left -= u16::from(self.counts(date, &mut unknown));
        }
        Due { date, provisional: UnknownYears::new(unknown) }
    }

    /// Whether the day is taken for a working day. Where that is not known, Monday to Friday are, and the year is noted.
    fn counts(&self, date: Date, unknown: &mut BTreeSet<u16>) -> bool {
        match self.is_working_day(date) {
            WorkingDay::Known(working) => working,
            WorkingDay::UnknownYear(year) => {
                unknown.insert(year);
                !date.is_weekend()
            }
        }
    }
}

#[cfg(test)]
mod tests;
