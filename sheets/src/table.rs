//! Cells by row and column, as they stand in a file.
//!
//! Always: rows and the cells of a row are in order, and none of them is empty.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::trouble::Trouble;

/// The columns that are looked at: A to IV. What stands beyond them is refused.
pub const MAX_COLUMNS: u16 = 256;
/// The most cells of a file that are not empty: 20,000 rows of 50. Each takes memory, however short the file is.
pub(crate) const MAX_CELLS: usize = 1_000_000;

/// Where there are more.
pub(crate) fn too_many_cells() -> Trouble {
    let english = format!("more than {MAX_CELLS} cells: keep the rows and columns of the form, or split the file");
    Trouble::of_file(english, format!("非空单元格超过 {MAX_CELLS} 个，请只保留表格所需的行和列，或拆分文件"))
}

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
        /// How people see it.
        shown: Shown,
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

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// With its own digits.
    AsIs,
    /// Rounded to so many decimals.
    Rounded(u8),
    /// Rounded to so many decimals, with commas between thousands.
    Grouped(u8),
    /// In another way: as percents, with leading zeros, with words around it.
    Otherwise,
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
    /// Columns that people do not see.
    pub hidden: BTreeSet<Column>,
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
