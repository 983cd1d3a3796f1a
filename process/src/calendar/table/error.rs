//! What is wrong with a table, by field and day, in both languages.

use crate::calendar::DateError;

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file is larger than any table.
    #[error("the file has {bytes} bytes, more than {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// No JSON, or not of these fields.
    #[error("line {line}, column {column}: not of the form of docs/ref/calendar.md: {detail}")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the reader of JSON says, at most 200 characters of it.
        detail: String,
    },
    /// A later format.
    #[error("v: {found} is not known here, only 1 is")]
    Version {
        /// Its number.
        found: u32,
    },
    /// A year without notices.
    #[error("year: {found} is not in 1949 to 9999")]
    Year {
        /// The year.
        found: u16,
    },
    /// Revisions count from 1.
    #[error("revision: 0 is none; the first is 1")]
    Revision,
    /// No notice, or too many.
    #[error("sources: {count} notices; 1 to {most} are expected")]
    Sources {
        /// How many.
        count: usize,
        /// The bound.
        most: usize,
    },
    /// One of the notices is wrong.
    #[error("sources[{index}].{what}")]
    Source {
        /// Its place in the file, from 0.
        index: usize,
        /// What is wrong.
        what: SourceError,
    },
    /// More days than a year has.
    #[error("days: {count} days, more than {most}")]
    TooManyDays {
        /// How many.
        count: usize,
        /// The bound.
        most: usize,
    },
    /// Part of the notice is missing.
    #[error("days: {count} holidays, but every year has {least} or more; part of the notice is missing")]
    TooFewHolidays {
        /// How many.
        count: usize,
        /// The least.
        least: usize,
    },
    /// One of the days is wrong.
    #[error("days[{index}] ({date}): {what}")]
    Day {
        /// Its place in the file, from 0.
        index: usize,
        /// Its date as it stands there, at most 20 characters.
        date: String,
        /// What is wrong.
        what: DayError,
    },
}

/// What is wrong with a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Empty, too long, or with control characters.
    #[error("notice: a number of 1 to 100 bytes without control characters is expected, not {bytes} bytes")]
    Notice {
        /// Its length.
        bytes: usize,
    },
    /// No date.
    #[error("issued: {0}")]
    Issued(DateError),
}

/// What is wrong with a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// No date.
    #[error("date: {0}")]
    Date(DateError),
    /// Of another year.
    #[error(
        "date: a table of {year} holds days of {year} and the days from 25 December before it; put it into the table of its own year, with a higher revision"
    )]
    Outside {
        /// The table's year.
        year: u16,
    },
    /// The day stands there already.
    #[error("date: the day stands in the table twice")]
    Twice,
    /// Neither of the two kinds.
    #[error("kind: {found:?} is neither holiday nor makeup_workday")]
    Kind {
        /// At most 20 characters of it.
        found: String,
    },
    /// Monday to Friday are worked anyway.
    #[error("kind: a make-up working day is a Saturday or a Sunday, and this is neither")]
    MakeupOnWeekday,
    /// Empty, too long, or with control characters.
    #[error("reason: 1 to 100 bytes without control characters are expected, not {bytes} bytes")]
    Reason {
        /// Its length.
        bytes: usize,
    },
}

impl TableError {
    /// The reader's words, which may quote the file at any length, cut short; the place stands apart.
    pub(super) fn form(error: &serde_json::Error) -> Self {
        let words: String = error.to_string().chars().take(200).collect();
        Self::Form { line: error.line(), column: error.column(), detail: words }
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLarge { bytes, most } => format!("文件有 {bytes} 字节，超过上限 {most} 字节"),
            Self::Form { line, column, detail } => {
                format!("第 {line} 行第 {column} 列不符合 docs/ref/calendar.md 规定的格式：{detail}")
            }
            Self::Version { found } => format!("v：不支持版本 {found}，仅支持 1"),
            Self::Year { found } => format!("year：{found} 不在 1949 至 9999 之间"),
            Self::Revision => "revision：版本号从 1 开始，不能为 0".to_owned(),
            Self::Sources { count, most } => format!("sources：有 {count} 份通知，应为 1 至 {most} 份"),
            Self::Source { index, what } => format!("sources[{index}].{}", what.zh()),
            Self::TooManyDays { count, most } => format!("days：有 {count} 天，超过上限 {most} 天"),
            Self::TooFewHolidays { count, least } => {
                format!("days：只有 {count} 个放假日，每年不少于 {least} 个；通知内容不完整")
            }
            Self::Day { index, date, what } => format!("days[{index}]（{date}）：{}", what.zh()),
        }
    }
}

impl SourceError {
    fn zh(&self) -> String {
        match self {
            Self::Notice { bytes } => format!("notice：文号应为 1 至 100 字节且不含控制字符，现有 {bytes} 字节"),
            Self::Issued(error) => format!("issued：{}", error.zh()),
        }
    }
}

impl DayError {
    fn zh(&self) -> String {
        match self {
            Self::Date(error) => format!("date：{}", error.zh()),
            Self::Outside { year } => format!(
                "date：{year} 年的日历只能包含当年的日期和上一年 12 月 25 日起的日期；请写入该日期所属年份的日历，并提高其版本号"
            ),
            Self::Twice => "date：该日期重复出现".to_owned(),
            Self::Kind { found } => format!("kind：{found:?} 既不是 holiday 也不是 makeup_workday"),
            Self::MakeupOnWeekday => "kind：调休上班日应为星期六或星期日，该日期不是".to_owned(),
            Self::Reason { bytes } => format!("reason：应为 1 至 100 字节且不含控制字符，现有 {bytes} 字节"),
        }
    }
}
