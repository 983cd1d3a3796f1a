//! The holiday table of a year, as a notice of the State Council gives it.
//!
//! In: JSON that anybody may have written. Out: a table of which all is checked (`check`): holidays enough for a
//! year, every day once, make-up days on weekends only, all texts short.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Date;

mod check;
mod error;

pub use error::{DayError, SourceError, TableError};

/// Of the format.
const VERSION: u32 = 1;

/// What a special day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialKind {
    /// Off, 放假.
    Holiday,
    /// A Saturday or Sunday that is worked, 调休上班.
    MakeupWorkday,
}

impl SpecialKind {
    /// As it stands in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::MakeupWorkday => "makeup_workday",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Holiday, Self::MakeupWorkday].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a notice says of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// Off or worked.
    pub kind: SpecialKind,
    /// For which festival, as people read it. At most 100 bytes.
    pub reason: String,
}

/// A paper that the table rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    notice: String,
    issued: Date,
}

/// A day that differs from its weekday, or that the notice names all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialDay<'a> {
    /// The day.
    pub date: Date,
    /// What it is.
    pub special: &'a Special,
}

/// The special days of a year. Two are equal when they say the same in the same revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearTable {
    year: u16,
    revision: u32,
    sources: Vec<Source>,
    days: BTreeMap<Date, Special>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: u32,
    year: u16,
    revision: u32,
    sources: Vec<FileSource>,
    days: Vec<FileDay>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSource {
    notice: String,
    issued: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDay {
    date: String,
    kind: String,
    reason: String,
}

impl YearTable {
    /// Reads and checks a file (docs/ref/calendar.md). The first thing that is wrong is told.
    pub fn from_json(json: &str) -> Result<Self, TableError> {
        check::size(json)?;
        let file: File = serde_json::from_str(json).map_err(|error| TableError::form(&error))?;
        check::head(&file)?;
        let sources = check::sources(file.sources)?;
        let days = check::days(file.year, file.days)?;
        Ok(Self { year: file.year, revision: file.revision, sources, days })
    }

    /// The file again, in one line, days in order.
    pub fn to_json(&self) -> String {
        let source = |source: &Source| FileSource { notice: source.notice.clone(), issued: source.issued.to_string() };
        let day = |(date, special): (&Date, &Special)| FileDay {
            date: date.to_string(),
            kind: special.kind.as_str().to_owned(),
            reason: special.reason.clone(),
        };
        let file = File {
            v: VERSION,
            year: self.year,
            revision: self.revision,
            sources: self.sources.iter().map(source).collect(),
            days: self.days.iter().map(day).collect(),
        };
        serde_json::to_string(&file).expect("a struct of texts and numbers is always JSON")
    }

    /// The year.
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// Counts what was corrected, from 1. A higher one replaces a lower one.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The notices that it rests on: number and date of issue.
    pub fn sources(&self) -> impl Iterator<Item = (&str, Date)> {
        self.sources.iter().map(|source| (source.notice.as_str(), source.issued))
    }

    /// The special days, in order.
    pub fn days(&self) -> impl Iterator<Item = SpecialDay<'_>> {
        self.days.iter().map(|(date, special)| SpecialDay { date: *date, special })
    }

    /// What this table says of the day.
    pub fn special(&self, date: Date) -> Option<&Special> {
        self.days.get(&date)
    }
}

#[cfg(test)]
mod tests;
