//! Which days are worked in China, and counting them.
//!
//! In: holiday tables, one a year, from the notices of the State Council ([`YearTable`]; docs/ref/calendar.md).
//! Out: [`WorkingDay`] for a date, [`Due`] for a count.
//! - Never a guess: without the table of a year the answer is that the year is unknown, and a date that was
//!   counted over such days says which years it waits for.
//! - The last week of December is known only with the table of the year after, too: the notice of a year may
//!   change the days before New Year. That of 2019 made 2018-12-29, a Saturday, a working day.
//!
//! Not here: where imported tables are kept, and what today is.

use std::collections::BTreeMap;

mod arithmetic;
mod date;
mod due;
mod embedded;
mod table;

pub use arithmetic::{DayCount, DayKind};
pub use date::{Date, DateError, Month};
pub use due::{Count, Due, UnknownYears};
pub use table::{DayError, SourceError, Special, SpecialDay, SpecialKind, TableError, YearTable};

/// From this day of December on, the notice of the next year is needed, too. The earliest day that one ever changed
/// is the 29th (2007, 2018).
const NEW_YEAR_FROM: u8 = 25;

/// Whether the day before New Year that only the next year's table settles.
fn awaits_next_year(date: Date) -> bool {
    date.month() == 12 && date.day() >= NEW_YEAR_FROM
}

/// Whether a day is worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkingDay {
    /// It is, or it is not.
    Known(bool),
    /// Nobody knows before the table of this year is loaded.
    UnknownYear(u16),
}

/// Why a table was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the calendar of {year} holds revision {held}, so revision {offered} changes nothing; give it a higher revision")]
pub struct LoadError {
    /// The table's year.
    pub year: u16,
    /// The revision that is loaded.
    pub held: u32,
    /// The revision that was not taken in.
    pub offered: u32,
}

impl LoadError {
    /// In Chinese.
    pub fn zh(&self) -> String {
        let Self { year, held, offered } = self;
        format!("{year} 年的日历已载入第 {held} 版，第 {offered} 版未予载入；如需更正，请使用更高的版本号")
    }
}

/// The tables of the years that are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    tables: BTreeMap<u16, YearTable>,
}

impl Calendar {
    /// Knows no year yet.
    pub const fn empty() -> Self {
        Self { tables: BTreeMap::new() }
    }

    /// Takes a table in, in place of an older revision of its year. The same table again is no error.
    pub fn load(&mut self, table: YearTable) -> Result<(), LoadError> {
        if let Some(held) = self.tables.get(&table.year()).filter(|held| **held != table)
            && held.revision() >= table.revision()
        {
            return Err(LoadError { year: table.year(), held: held.revision(), offered: table.revision() });
        }
        self.tables.insert(table.year(), table);
        Ok(())
    }

    /// The tables, by year.
    pub fn tables(&self) -> impl Iterator<Item = &YearTable> {
        self.tables.values()
    }

    /// The table of a year.
    pub fn table(&self, year: u16) -> Option<&YearTable> {
        self.tables.get(&year)
    }

    /// Whether the day is worked.
    pub fn is_working_day(&self, date: Date) -> WorkingDay {
        let missing = |year: &u16| !self.tables.contains_key(year);
        let next = awaits_next_year(date).then(|| date.year().saturating_add(1));
        if let Some(year) = [Some(date.year()), next].into_iter().flatten().find(missing) {
            return WorkingDay::UnknownYear(year);
        }
        WorkingDay::Known(match self.special(date) {
            Some(special) => special.kind == SpecialKind::MakeupWorkday,
            None => !date.is_weekend(),
        })
    }

    /// What the tables say of the day; nothing where it is as its weekday has it, or unknown. Of the days before
    /// New Year, the later notice governs.
    pub fn special(&self, date: Date) -> Option<&Special> {
        let next = if awaits_next_year(date) { date.year().checked_add(1) } else { None };
        [next, Some(date.year())].into_iter().flatten().find_map(|year| self.tables.get(&year)?.special(date))
    }
}

#[cfg(test)]
mod tests;
