//! A form in a file: its headings found, the cells of its columns cleaned, and all that is wrong told.
//!
//! In: tables and the form that one of them should be. Out: [`Filled`], or [`Troubles`]. Always: rows without anything in
//! the columns of the form are none (the numbered rows of a template); what is merged, hidden or a formula is told and
//! not taken. Not here: what the texts mean.

use std::collections::BTreeSet;

use crate::clean;
use crate::table::{Column, Row, Table, Value};
use crate::trouble::{Place, Trouble, Troubles};

mod cell;
mod head;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words in any script.
    Words,
    /// Digits and letters; full-width ones are the same, blanks do not count.
    Code,
    /// A number.
    Number,
    /// A day, a time, or from one to another.
    When,
}

/// A column of a form.
#[derive(Debug)]
pub struct Heading {
    /// As it may be called; the first is the one that we write.
    pub names: &'static [&'static str],
    /// What stands below.
    pub kind: Kind,
    /// Every row has it.
    pub required: bool,
}

/// A form.
#[derive(Debug)]
pub struct Form {
    /// What it is called.
    pub chinese: &'static str,
    /// The same.
    pub english: &'static str,
    /// Its columns, in any order in a file.
    pub headings: &'static [Heading],
    /// How the line begins that ends its rows, where something else follows that counts.
    pub ends: &'static [&'static str],
}

/// A line above or below the rows of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As the spreadsheet counts it.
    pub row: u32,
    /// What stands there, in order.
    pub texts: Vec<(Column, String)>,
}

impl Line {
    /// What it begins with.
    pub fn label(&self) -> Option<&str> {
        self.texts.first().map(|(_, text)| text.as_str())
    }
}

/// A row of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the spreadsheet counts it.
    pub row: u32,
    texts: Vec<Option<String>>,
}

impl Entry {
    /// What stands under a heading; nothing where it is empty.
    pub fn text(&self, heading: usize) -> Option<&str> {
        self.texts.get(heading)?.as_deref()
    }
}

/// A form filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// On which sheet.
    pub sheet: String,
    /// Which one that is of those that people see, from 0.
    pub place: usize,
    /// Its rows.
    pub entries: Vec<Entry>,
    /// Headings of the file that the form does not have: nothing of them is taken in.
    pub not_taken: Vec<String>,
    /// Lines above the headings, of a form that ends with something else.
    pub above: Vec<Line>,
    /// Lines from where its rows end.
    pub below: Vec<Line>,
    columns: Vec<Option<Column>>,
}

impl Filled {
    /// The place of an entry under a heading.
    pub fn place(&self, entry: &Entry, heading: usize) -> Place {
        let place = Place::row(&self.sheet, entry.row);
        match self.columns.get(heading).copied().flatten() {
            Some(column) => place.at(column),
            None => place,
        }
    }

    /// Something that is wrong there.
    pub fn trouble(&self, entry: &Entry, heading: usize, english: impl Into<String>, chinese: impl Into<String>) -> Trouble {
        Trouble::at(self.place(entry, heading), english, chinese)
    }

    /// Whether the file has this heading.
    pub fn has(&self, heading: usize) -> bool {
        self.columns.get(heading).copied().flatten().is_some()
    }
}

/// How a line below a form begins that is no row of it.
const FOOT: &[&str] = &[
    "填表",
    "制表",
    "审核",
    "复核",
    "登分",
    "统分",
    "备注",
    "注:",
    "说明",
    "合计",
    "总计",
    "负责人",
    "(盖章)",
    "单位(盖章)",
    "日期",
];

fn begins_as_foot(value: &Value) -> bool {
    begins_with(value, FOOT)
}

fn begins_with(value: &Value, words: &[&str]) -> bool {
    let Value::Text(text) = value else { return false };
    let text = clean::code(text);
    words.iter().any(|word| text.starts_with(word))
}

/// Finds a form among tables, on the sheet of this name where one is given.
pub fn fill(tables: &[Table], form: &Form, sheet: Option<&str>) -> Result<Filled, Troubles> {
    let head = head::find(tables, form, sheet)?;
    let mut reading = Reading { form, head: &head, troubles: Troubles::default(), taken: BTreeSet::new() };
    let below = head.table.rows.iter().filter(|row| row.number > head.row);
    let (mut entries, mut is_below, mut rest) = (Vec::new(), false, Vec::new());
    for row in below {
        if !rest.is_empty() || row.cells.first().is_some_and(|cell| begins_with(&cell.value, form.ends)) {
            rest.push(reading.line(row));
            continue;
        }
        match reading.belongs(row) {
            Belongs::Whole if is_below => reading.below_foot(row),
            Belongs::Whole | Belongs::Partly if !is_below => entries.extend(reading.entry(row)),
            Belongs::Foot => is_below = true,
            _ => {}
        }
    }
    let above = head.table.rows.iter().filter(|row| row.number < head.row && !form.ends.is_empty());
    let above = above.map(|row| reading.line(row)).collect();
    reading.merged();
    if entries.is_empty() && reading.troubles.is_empty() {
        let chinese = format!("《{}》表头下没有数据，请至少填写一行", form.chinese);
        let english = format!("there is nothing below the headings of the {}: fill in a row", form.english);
        reading.troubles.push(Trouble::at(Place::row(&head.table.name, head.row), english, chinese));
    }
    match reading.troubles.is_empty() {
        false => Err(reading.troubles.sorted()),
        true => Ok(Filled {
            sheet: head.table.name.clone(),
            place: tables.iter().position(|table| std::ptr::eq(table, head.table)).unwrap_or_default(),
            entries,
            not_taken: head.not_taken.clone(),
            above,
            below: rest,
            columns: head.columns.clone(),
        }),
    }
}

/// Whether a row is one of the form.
enum Belongs {
    /// All that is required stands there.
    Whole,
    /// Something of the form does.
    Partly,
    No,
    /// It begins as lines below a form do.
    Foot,
}

struct Reading<'a> {
    form: &'a Form,
    head: &'a head::Head<'a>,
    troubles: Troubles,
    /// Numbers of rows that were taken.
    taken: BTreeSet<u32>,
}

impl Reading<'_> {
    fn belongs(&self, row: &Row) -> Belongs {
        let at = |heading: usize| self.head.columns[heading].and_then(|column| row.at(column));
        let filled: Vec<_> = (0..self.form.headings.len()).filter(|heading| at(*heading).is_some()).collect();
        let required = || (0..self.form.headings.len()).filter(|place| self.form.headings[*place].required);
        // Who signs where names and numbers stand above: a row that only lacks something has other things there.
        let is_foot =
            row.cells.first().is_some_and(|cell| begins_as_foot(&cell.value)) && required().filter_map(at).all(begins_as_foot);
        let whole = required().all(|place| at(place).is_some());
        match () {
            () if whole => Belongs::Whole,
            () if is_foot => Belongs::Foot,
            () if filled.is_empty() => Belongs::No,
            () => Belongs::Partly,
        }
    }

    /// What looked like the foot was perhaps a row that lacks something: nothing below it is left out in silence.
    fn below_foot(&mut self, row: &Row) {
        let english =
            "stands below what looks like the foot of the form (制表, 备注 and so on): move the row up, or that line down";
        let chinese = "该行位于表尾（制表、备注等）之下，请将该行上移，或将表尾移到最后";
        self.troubles.push(Trouble::at(Place::row(&self.head.table.name, row.number), english, chinese));
    }

    /// All that stands in a row, whatever stands above it.
    fn line(&mut self, row: &Row) -> Line {
        let mut texts = Vec::with_capacity(row.cells.len());
        for cell in &row.cells {
            let kind = match cell.value {
                Value::Moment(_) => Kind::When,
                Value::Number { .. } => Kind::Number,
                _ => Kind::Words,
            };
            match cell::text(&cell.value, kind) {
                Ok(text) => texts.push((cell.column, text)),
                Err(wrong) => {
                    let (english, chinese) = wrong.words("该单元格");
                    let place = Place::row(&self.head.table.name, row.number).at(cell.column);
                    self.troubles.push(Trouble::at(place, english, chinese));
                }
            }
        }
        Line { row: row.number, texts }
    }

    /// The row, where nothing is wrong with it.
    fn entry(&mut self, row: &Row) -> Option<Entry> {
        self.taken.insert(row.number);
        let place = Place::row(&self.head.table.name, row.number);
        let before = self.troubles.told().len() + self.troubles.more();
        if row.hidden {
            let english = "the row is hidden, so nobody has seen what it says: show it or delete it";
            self.troubles.push(Trouble::at(place.clone(), english, "该行被隐藏或筛掉，请取消隐藏或删除该行"));
        }
        for cell in row.cells.iter().filter(|cell| !self.head.is_named(cell.column)) {
            let english = "stands under no heading: the row is shifted, or a heading is missing";
            let chinese = "该列没有表头：该行可能错列，或缺少表头";
            self.troubles.push(Trouble::at(place.clone().at(cell.column), english, chinese));
        }
        let mut texts = Vec::with_capacity(self.form.headings.len());
        for (heading, column) in self.form.headings.iter().zip(&self.head.columns) {
            let name = heading.names[0];
            let text = match column.and_then(|column| Some((column, row.at(column)?))) {
                Some((column, value)) => match cell::text(value, heading.kind) {
                    Ok(text) => Some(text).filter(|text| !text.is_empty()),
                    Err(wrong) => {
                        let (english, chinese) = wrong.words(name);
                        self.troubles.push(Trouble::at(place.clone().at(column), english, chinese));
                        continue;
                    }
                },
                None => None,
            };
            if let (None, true, Some(column)) = (&text, heading.required, *column) {
                let (english, chinese) = (format!("{name} is missing: fill it in"), format!("缺少{name}，请填写"));
                self.troubles.push(Trouble::at(place.clone().at(column), english, chinese));
            }
            texts.push(text);
        }
        let fine = before == self.troubles.told().len() + self.troubles.more();
        fine.then_some(Entry { row: row.number, texts })
    }

    /// Cells that were made one among the rows of the form: whose value it is would be guessed.
    fn merged(&mut self) {
        for area in &self.head.table.merged {
            let rows = self.taken.range(area.rows.0..=area.rows.1).next();
            let named = self.head.columns.iter().flatten().filter(|column| (area.columns.0..=area.columns.1).contains(column));
            let named: Vec<_> = named.collect();
            // Its value stands in the first of its cells, and the others are nobody's.
            let is_clear = area.rows.0 == area.rows.1 && named == [&area.columns.0];
            if rows.is_some() && !named.is_empty() && !is_clear {
                let place = Place::row(&self.head.table.name, area.rows.0).at(area.columns.0);
                let english = format!("{area} are merged: unmerge them and fill in every row");
                self.troubles.push(Trouble::at(place, english, format!("{area} 为合并单元格，请取消合并并逐行填写")));
            }
        }
    }
}
