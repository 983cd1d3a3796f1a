//! Where the headings of a form stand.

use std::collections::BTreeSet;

use super::{Form, Heading};
use crate::clean;
use crate::table::{Column, Row, Table, Value};
use crate::trouble::{Place, Trouble, Troubles};

/// Titles and notes stand above the headings: so many rows at most.
const MAX_ABOVE: usize = 30;
/// Headings that count rows, and are of no use to us.
const COUNTING: &[&str] = &["序号", "编号", "No."];
const MAX_SHOWN: usize = 40;

/// The headings of a form in a table.
pub(super) struct Head<'a> {
    pub(super) table: &'a Table,
    /// Number of their row.
    pub(super) row: u32,
    /// For each heading of the form, its column.
    pub(super) columns: Vec<Option<Column>>,
    /// Headings that the form does not have.
    pub(super) not_taken: Vec<String>,
    named: BTreeSet<Column>,
}

impl Head<'_> {
    /// Whether anything stands above the column.
    pub(super) fn is_named(&self, column: Column) -> bool {
        self.named.contains(&column)
    }
}

fn words(row: &Row) -> impl Iterator<Item = (Column, String)> {
    row.cells.iter().filter_map(|cell| match &cell.value {
        Value::Text(text) => Some((cell.column, clean::heading(text))),
        _ => None,
    })
}

fn is_called(heading: &Heading, word: &str) -> bool {
    heading.names.iter().any(|name| clean::heading(name) == word)
}

/// Which headings of a form stand in a row, with their columns.
fn columns(row: &Row, form: &Form) -> Vec<Vec<Column>> {
    let words: Vec<_> = words(row).collect();
    let of = |heading: &Heading| words.iter().filter(|(_, word)| is_called(heading, word)).map(|(column, _)| *column).collect();
    form.headings.iter().map(of).collect()
}

fn missing(form: &Form, found: &[Vec<Column>]) -> Vec<&'static str> {
    let both = form.headings.iter().zip(found);
    both.filter(|(heading, found)| heading.required && found.is_empty()).map(|(heading, _)| heading.names[0]).collect()
}

pub(super) fn find<'a>(tables: &'a [Table], form: &Form, sheet: Option<&str>) -> Result<Head<'a>, Troubles> {
    let wanted: Vec<&Table> = tables.iter().filter(|table| sheet.is_none_or(|sheet| table.name == sheet)).collect();
    if let (true, Some(sheet)) = (wanted.is_empty(), sheet) {
        let english = format!("the file has no visible sheet “{sheet}”");
        return Err(Trouble::of_file(english, format!("文件中没有可见的工作表“{sheet}”")).into());
    }
    let rows = wanted.iter().flat_map(|table| table.rows.iter().take(MAX_ABOVE).map(|row| (*table, row)));
    let rows: Vec<_> = rows.map(|(table, row)| (table, row, columns(row, form))).collect();
    let mut heads: Vec<_> = rows.iter().filter(|(_, _, found)| missing(form, found).is_empty()).collect();
    // The first of each sheet.
    heads.dedup_by_key(|(table, ..)| std::ptr::from_ref::<Table>(table));
    match heads.as_slice() {
        [] => Err(none(form, &rows)),
        [(table, row, found)] => head(table, row, form, found),
        several => {
            let names = several.iter().map(|(table, ..)| format!("“{}”", table.name)).collect::<Vec<_>>();
            let english = format!("several sheets are such a form ({}): say which one", names.join(", "));
            Err(Trouble::of_file(english, format!("有多张工作表符合该表（{}），请指明其一", names.join("、"))).into())
        }
    }
}

/// Nowhere are all the headings that are needed.
fn none(form: &Form, rows: &[(&Table, &Row, Vec<Vec<Column>>)]) -> Troubles {
    let count = |found: &[Vec<Column>]| found.iter().filter(|columns| !columns.is_empty()).count();
    let best = rows.iter().rev().max_by_key(|(_, _, found)| count(found)).filter(|(_, _, found)| count(found) >= 2);
    let needed = |names: Vec<&str>| names.join("、");
    let trouble = match best {
        Some((table, row, found)) => {
            let names = needed(missing(form, found));
            let english = format!("the headings of the {} lack: {names}", form.english);
            Trouble::at(Place::row(&table.name, row.number), english, format!("《{}》的表头缺少：{names}", form.chinese))
        }
        None => {
            let names = needed(form.headings.iter().filter(|heading| heading.required).map(|it| it.names[0]).collect());
            let english = format!("no visible sheet has the headings of the {}; it needs: {names}", form.english);
            Trouble::of_file(english, format!("没有找到《{}》的表头，至少需要：{names}", form.chinese))
        }
    };
    trouble.into()
}

fn head<'a>(table: &'a Table, row: &'a Row, form: &Form, found: &[Vec<Column>]) -> Result<Head<'a>, Troubles> {
    let mut troubles = Troubles::default();
    for (heading, columns) in form.headings.iter().zip(found) {
        if let [_, again, ..] = columns.as_slice() {
            let name = heading.names[0];
            let english = format!("a second column is {name}: leave one of them");
            let place = Place::row(&table.name, row.number).at(*again);
            troubles.push(Trouble::at(place, english, format!("“{name}”一列重复，请只保留一列")));
        }
    }
    let taken = |column: &Column| found.iter().flatten().any(|known| known == column);
    let others = words(row).filter(|(column, word)| !taken(column) && !COUNTING.contains(&word.as_str()));
    let not_taken = others.map(|(_, word)| word.chars().take(MAX_SHOWN).collect()).collect();
    for (heading, columns) in form.headings.iter().zip(found) {
        if let Some(hidden) = columns.iter().find(|column| table.hidden.contains(column)) {
            let name = heading.names[0];
            let english = format!("the column {name} is hidden, so nobody has seen what it says: show it or delete it");
            let place = Place::row(&table.name, row.number).at(*hidden);
            troubles.push(Trouble::at(place, english, format!("“{name}”一列被隐藏，请取消隐藏或删除该列")));
        }
    }
    match troubles.is_empty() {
        false => Err(troubles),
        true => Ok(Head {
            table,
            row: row.number,
            columns: found.iter().map(|columns| columns.first().copied()).collect(),
            not_taken,
            named: row.cells.iter().map(|cell| cell.column).collect(),
        }),
    }
}
