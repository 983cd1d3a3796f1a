//! What is wrong with a file, where, and what to do about it; for people, in both languages.
//!
//! Always: a trouble names a place and never what stands there: it may be somebody's number.

use std::fmt;

use crate::table::Column;

/// So many troubles are told one by one; of more it is said how many there are.
pub const MAX_TOLD: usize = 200;

/// A place of a file; what is not set is the whole of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The sheet by its name; empty in a CSV file.
    pub sheet: Option<String>,
    /// From 1, as a spreadsheet counts; of a CSV file the line.
    pub row: Option<u32>,
    /// From A.
    pub column: Option<Column>,
}

impl Place {
    /// A row of a sheet.
    pub fn row(sheet: &str, row: u32) -> Self {
        Self { sheet: Some(sheet.to_owned()), row: Some(row), column: None }
    }

    /// A cell of it.
    #[must_use]
    pub fn at(self, column: Column) -> Self {
        Self { column: Some(column), ..self }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What, and what to do.
    pub english: String,
    /// The same.
    pub chinese: String,
}

impl Trouble {
    /// With the whole file.
    pub fn of_file(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self::at(Place::default(), english, chinese)
    }

    /// At a place.
    pub fn at(place: Place, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { place, english: english.into(), chinese: chinese.into() }
    }

    /// With the place before it, in English.
    pub fn in_english(&self) -> String {
        let place = self.place.describe(["sheet “", "”", "row ", "", "column ", "", ", "]);
        if place.is_empty() { self.english.clone() } else { format!("{place}: {}", self.english) }
    }

    /// With the place before it, in Chinese.
    pub fn in_chinese(&self) -> String {
        let place = self.place.describe(["工作表“", "”", "第 ", " 行", "第 ", " 列", "，"]);
        if place.is_empty() { self.chinese.clone() } else { format!("{place}：{}", self.chinese) }
    }
}

impl Place {
    fn describe(&self, [sheet, end_sheet, row, end_row, column, end_column, between]: [&str; 7]) -> String {
        let named = self.sheet.as_deref().filter(|name| !name.is_empty()).map(|name| format!("{sheet}{name}{end_sheet}"));
        let parts = [
            named,
            self.row.map(|number| format!("{row}{number}{end_row}")),
            self.column.map(|letters| format!("{column}{letters}{end_column}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(between)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_english())
    }
}

impl std::error::Error for Trouble {}

/// What is wrong with a file: all of it, so that it is put right at one go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Troubles {
    told: Vec<Trouble>,
    more: usize,
}

impl Troubles {
    /// One more.
    pub fn push(&mut self, trouble: Trouble) {
        match self.told.len() < MAX_TOLD {
            true => self.told.push(trouble),
            false => self.more += 1,
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// The first of them, in the order of the file.
    pub fn told(&self) -> &[Trouble] {
        &self.told
    }

    /// How many there are besides.
    pub const fn more(&self) -> usize {
        self.more
    }

    /// In the order of rows and columns.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.told.sort_by(|one, other| one.place.cmp(&other.place));
        self
    }
}

impl From<Trouble> for Troubles {
    fn from(trouble: Trouble) -> Self {
        Self { told: vec![trouble], more: 0 }
    }
}
