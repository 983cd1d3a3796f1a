//! A civil date in China.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use liuhen_proto::{Interval, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod error;

pub use error::DateError;

/// China's clock is so far before UTC, in microseconds. The summer times of 1986–1991 are not known here.
const AHEAD_US: i64 = 8 * 3_600_000_000;
const DAY_US: i64 = 24 * 3_600_000_000;
/// 1970-01-01, counted in days from 0001-01-01 as day 1.
const EPOCH_DAY: i32 = 719_163;

/// A day as a calendar on a wall in China shows it (UTC+8), in the years 1 to 9999.
/// Arithmetic stays at the first or the last of these days rather than overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

impl Date {
    /// 0001-01-01.
    pub const FIRST: Self = Self(NaiveDate::from_ymd_opt(1, 1, 1).expect("it is a day"));
    /// 9999-12-31.
    pub const LAST: Self = Self(NaiveDate::from_ymd_opt(9999, 12, 31).expect("it is a day"));

    /// The day of that year (1–9999), month (1–12) and day of the month (from 1).
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if !(1..=9999).contains(&year) {
            return Err(DateError::Year { year });
        }
        let first = NaiveDate::from_ymd_opt(year.into(), month.into(), 1).ok_or(DateError::Month { month })?;
        let days = first.num_days_in_month();
        let date = first.with_day(day.into()).ok_or(DateError::Day { year, month, day, days })?;
        Ok(Self(date))
    }

    /// The day in China in which the moment lies.
    pub fn of(at: Timestamp) -> Self {
        let days = at.as_micros().saturating_add(AHEAD_US).div_euclid(DAY_US);
        let day = i32::try_from(days).ok().and_then(|days| days.checked_add(EPOCH_DAY));
        match day.and_then(NaiveDate::from_num_days_from_ce_opt) {
            Some(date) => Self(date).clamp(Self::FIRST, Self::LAST),
            None if days < 0 => Self::FIRST,
            None => Self::LAST,
        }
    }

    /// The first moment of the day, 00:00 in China.
    pub fn start(self) -> Timestamp {
        let days = i64::from(self.0.num_days_from_ce() - EPOCH_DAY);
        Timestamp::from_micros(days * DAY_US - AHEAD_US)
    }

    /// The first moment after the day.
    pub fn end(self) -> Timestamp {
        Timestamp::from_micros(self.start().as_micros() + DAY_US)
    }

    /// The whole day.
    pub fn interval(self) -> Interval {
        Interval::new(self.start(), self.end()).expect("a day is longer than nothing")
    }

    /// The year, 1–9999.
    pub fn year(self) -> u16 {
        u16::try_from(self.0.year()).expect("a date's year is in 1..=9999")
    }

    /// The month, 1–12.
    pub fn month(self) -> u8 {
        u8::try_from(self.0.month()).expect("a month is in 1..=12")
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        u8::try_from(self.0.day()).expect("a day of a month is in 1..=31")
    }

    /// Whether it is a Saturday or a Sunday, worked or not.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// The next day; none after the last.
    pub fn next(self) -> Option<Self> {
        self.0.succ_opt().map(Self).filter(|date| *date <= Self::LAST)
    }

    /// The day before; none before the first.
    pub fn previous(self) -> Option<Self> {
        self.0.pred_opt().map(Self).filter(|date| *date >= Self::FIRST)
    }

    /// So many days later.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        self.0.checked_add_days(Days::new(days.into())).map_or(Self::LAST, |date| Self(date).min(Self::LAST))
    }

    /// So many days earlier.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        self.0.checked_sub_days(Days::new(days.into())).map_or(Self::FIRST, |date| Self(date).max(Self::FIRST))
    }

    /// The day of the same number so many months later, or the last of that month where it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u8) -> Self {
        self.0.checked_add_months(Months::new(months.into())).map_or(Self::LAST, |date| Self(date).min(Self::LAST))
    }

    /// The last day of a month of the date's own year.
    #[must_use]
    pub fn end_of(self, month: Month) -> Self {
        let first = NaiveDate::from_ymd_opt(self.0.year(), month.0.into(), 1).expect("a Month is in 1..=12");
        Self(first.with_day(first.num_days_in_month().into()).expect("it is the last day of that month"))
    }

    /// Days from this date to a later one; none to an earlier one.
    pub fn days_until(self, later: Self) -> u32 {
        u32::try_from((later.0 - self.0).num_days()).unwrap_or(0)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `YYYY-MM-DD` and no other spelling.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let form = || DateError::form(text);
        let bytes = text.as_bytes();
        let digits = |from: usize, to: usize| {
            let part = &bytes[from..to];
            part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0u16, |n, b| n * 10 + u16::from(b - b'0')))
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(form());
        }
        let two = |from| digits(from, from + 2).and_then(|n| u8::try_from(n).ok()).ok_or_else(form);
        Self::new(digits(0, 4).ok_or_else(form)?, two(5)?, two(8)?)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A month of any year, 1–12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Month(u8);

impl TryFrom<u8> for Month {
    type Error = DateError;

    fn try_from(month: u8) -> Result<Self, DateError> {
        if (1..=12).contains(&month) { Ok(Self(month)) } else { Err(DateError::Month { month }) }
    }
}

impl From<Month> for u8 {
    fn from(month: Month) -> Self {
        month.0
    }
}

#[cfg(test)]
mod tests;
