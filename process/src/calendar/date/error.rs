//! What is wrong with a date.

/// Why something is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It is not spelt as a date is; `found` is its beginning.
    #[error("{found:?} is not of the form YYYY-MM-DD")]
    Form {
        /// At most 20 characters of it.
        found: String,
    },
    /// There is no such year.
    #[error("year {year} is not in 1 to 9999")]
    Year {
        /// The year.
        year: u16,
    },
    /// There is no such month.
    #[error("month {month} is not in 1 to 12")]
    Month {
        /// The month.
        month: u8,
    },
    /// The month has no such day.
    #[error("{year:04}-{month:02} has the days 1 to {days}, not {day}")]
    Day {
        /// The year.
        year: u16,
        /// The month.
        month: u8,
        /// The day that was asked for.
        day: u8,
        /// Days that the month has.
        days: u8,
    },
}

impl DateError {
    pub(super) fn form(text: &str) -> Self {
        Self::Form { found: text.chars().take(20).collect() }
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Form { found } => format!("{found:?} 不是 YYYY-MM-DD 格式的日期"),
            Self::Year { year } => format!("年份 {year} 不在 1 至 9999 之间"),
            Self::Month { month } => format!("月份 {month} 不在 1 至 12 之间"),
            Self::Day { year, month, day, days } => format!("{year} 年 {month} 月只有 1 至 {days} 日，没有 {day} 日"),
        }
    }
}
