//! Cells by row and column, as they stand in a file.
//!
//! Always: rows and the cells of a row are in order, and none of them is empty.

use std::fmt;
use std::sync::Arc;

/// The columns that are looked at: A to IV. What stands beyond them is refused.
pub const MAX_COLUMNS: u16 = 256;

/// A column, from A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column(pub(crate) u16);

impl Column {
    /// By its place, from 0.
    pub const fn new(place: u16) -> Self {
        Self(place)
    }

    /// Its place, from 0.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut letters, mut rest) = (Vec::new(), u32::from(self.0) + 1);
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).expect("less than 26")));
            rest = (rest - 1) / 26;
        }
        f.write_str(&letters.into_iter().rev().collect::<String>())
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, with all blanks. Cells share what the workbook keeps once.
    Text(Arc<str>),
    /// A number as the file writes it.
    Number {
        /// Its digits.
        digits: String,
        /// Whether people see these digits; not so with thousands, percents or leading zeros of a format.
        as_seen: bool,
    },
    /// A day, a time or both: `2026-11-22`, `09:00`, `2026-11-22 09:00`.
    Moment(String),
    /// TRUE or FALSE.
    Truth(bool),
    /// A formula, whatever it came to when the file was saved.
    Formula,
    /// `#N/A` and the like.
    Broken,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where.
    pub column: Column,
    /// What.
    pub value: Value,
}

/// A row with at least one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1.
    pub number: u32,
    /// People do not see it: it is hidden, or a filter leaves it out.
    pub hidden: bool,
    /// In order.
    pub cells: Vec<Cell>,
}

impl Row {
    /// What stands in a column.
    pub fn at(&self, column: Column) -> Option<&Value> {
        let place = self.cells.binary_search_by_key(&column, |cell| cell.column).ok()?;
        Some(&self.cells[place].value)
    }
}

/// Cells that were made one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// First and last row.
    pub rows: (u32, u32),
    /// First and last column.
    pub columns: (Column, Column),
}

impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}{}", self.columns.0, self.rows.0, self.columns.1, self.rows.1)
    }
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// As its tab says; empty in a CSV file.
    pub name: String,
    /// Rows with cells.
    pub rows: Vec<Row>,
    /// Merged cells.
    pub merged: Vec<Merged>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_spreadsheets_call_them() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 255].map(|place| Column(place).to_string()).into();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "IV"]);
    }
}
