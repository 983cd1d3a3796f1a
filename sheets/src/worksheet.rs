//! A sheet of a workbook: its cells and which of them were made one.
//!
//! Always: empty cells cost nothing, however many there are; places that a cell names are places of a sheet.

use std::sync::Arc;

use quick_xml::events::BytesStart;

use crate::moment;
use crate::strings;
use crate::styles::{Format, Styles};
use crate::table::{Cell, Column, MAX_CELLS, MAX_COLUMNS, Merged, Row, Table, Value, too_many_cells};
use crate::trouble::{Place, Trouble};
use crate::xml::{Piece, Pieces, attribute, broken, is_set};

/// The most rows with cells of a sheet: ten thousand candidates twice over.
pub(crate) const MAX_ROWS: usize = 20_000;
/// The last row of a spreadsheet.
const LAST_ROW: u32 = 1_048_576;
const LAST_COLUMN: u16 = 16_383;
/// The most bytes of a cell.
pub(crate) const MAX_CELL: usize = 4_000;
/// More than anybody merges; what is beyond would be guessed at.
const MAX_MERGED: usize = 20_000;
/// Widths of columns, of which a sheet has no more than columns.
const MAX_WIDTHS: usize = 16_384;

/// What sheets of a workbook share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) strings: Vec<Arc<str>>,
    pub(crate) styles: Styles,
    pub(crate) since_1904: bool,
}

struct Reading<'a> {
    shared: &'a Shared,
    table: Table,
    row: Row,
    /// Where the next cell without a place stands.
    next: u16,
    cells: usize,
    widths: usize,
}

/// What stands in a cell, piece by piece.
#[derive(Default)]
struct Found {
    text: String,
    inline: Option<String>,
    is_formula: bool,
}

/// Reads a sheet of this name.
pub(crate) fn read(name: &str, part: &str, shared: &Shared) -> Result<Table, Trouble> {
    let table = Table { name: name.to_owned(), ..Table::default() };
    let row = Row { number: 0, hidden: false, cells: Vec::new() };
    let mut reading = Reading { shared, table, row, next: 0, cells: 0, widths: 0 };
    let mut pieces = Pieces::of(part);
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Start(start, is_empty) => match start.local_name().as_ref() {
                "row" => reading.begin_row(&start)?,
                "c" => reading.cell(&start, is_empty, &mut pieces)?,
                "col" => reading.width(&start)?,
                "mergeCell" => reading.merge(&start)?,
                _ => {}
            },
            Piece::End(name) if name == "sheetData" => reading.end_row()?,
            Piece::End(_) | Piece::Text(_) => {}
        }
    }
    Ok(reading.table)
}

impl Reading<'_> {
    fn wrong(&self, english: &str, chinese: &str) -> Trouble {
        Trouble::at(Place::row(&self.table.name, self.row.number), english, chinese)
    }

    fn begin_row(&mut self, start: &BytesStart<'_>) -> Result<(), Trouble> {
        self.end_row()?;
        let number = match attribute(start, "r")? {
            Some(number) => number.parse().ok().filter(|number| *number > self.row.number),
            None => Some(self.row.number + 1),
        };
        let number = number.filter(|number| *number <= LAST_ROW);
        let out_of_order = || self.wrong("the next row is out of order: save the file again", "其后的行次序混乱，请重新保存文件");
        self.row.number = number.ok_or_else(out_of_order)?;
        self.row.hidden = is_set(start, "hidden")?;
        self.next = 0;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Trouble> {
        if self.row.cells.is_empty() {
            return Ok(());
        }
        if self.table.rows.len() >= MAX_ROWS {
            let english = format!("the sheet has more than {MAX_ROWS} rows: split the file");
            return Err(self.wrong(&english, &format!("数据超过 {MAX_ROWS} 行，请拆分文件")));
        }
        let cells = std::mem::take(&mut self.row.cells);
        self.table.rows.push(Row { cells, ..self.row.clone() });
        Ok(())
    }

    fn cell(&mut self, start: &BytesStart<'_>, is_empty: bool, pieces: &mut Pieces<'_>) -> Result<(), Trouble> {
        let column = match attribute(start, "r")? {
            Some(place) => place_of(&place).map(|(column, _)| column).filter(|column| column.0 >= self.next),
            None => Some(Column(self.next)),
        };
        let out_of_order = || self.wrong("its cells are out of order: save the file again", "单元格次序混乱，请重新保存文件");
        let column = column.filter(|column| column.0 <= LAST_COLUMN).ok_or_else(out_of_order)?;
        self.next = column.0 + 1;
        let (kind, style) = (attribute(start, "t")?, attribute(start, "s")?.and_then(|style| style.parse().ok()));
        let found = if is_empty { Found::default() } else { found(pieces)? };
        let Some(value) = self.value(kind.as_deref().unwrap_or("n"), style, found, column)? else { return Ok(()) };
        if column.0 >= MAX_COLUMNS {
            let last = Column(MAX_COLUMNS - 1);
            let wrong = self.wrong(
                &format!("no form has columns beyond {last}: remove them"),
                &format!("表格不应有 {last} 列以后的内容，请删除"),
            );
            return Err(Trouble { place: wrong.place.clone().at(column), ..wrong });
        }
        self.cells += 1;
        if self.cells > MAX_CELLS {
            return Err(too_many_cells());
        }
        self.row.cells.push(Cell { column, value });
        Ok(())
    }

    /// Of the columns from one to another it is said how wide they are, and whether they are hidden.
    fn width(&mut self, start: &BytesStart<'_>) -> Result<(), Trouble> {
        self.widths += 1;
        if self.widths > MAX_WIDTHS {
            return Err(broken());
        }
        if is_set(start, "hidden")? {
            let place = |name| attribute(start, name).map(|it| it.and_then(|it| it.parse::<u16>().ok()).unwrap_or_default());
            let (first, last) = (place("min")?.max(1), place("max")?.min(MAX_COLUMNS));
            self.table.hidden.extend((first..=last).map(|number| Column(number - 1)));
        }
        Ok(())
    }

    /// What a cell holds; nothing where it is empty.
    fn value(&self, kind: &str, style: Option<usize>, found: Found, column: Column) -> Result<Option<Value>, Trouble> {
        let at = |english: &str, chinese: &str| {
            let wrong = self.wrong(english, chinese);
            Trouble { place: wrong.place.clone().at(column), ..wrong }
        };
        let Found { text, inline, is_formula } = found;
        if is_formula {
            return Ok(Some(Value::Formula));
        }
        let text = if kind == "inlineStr" { inline.unwrap_or_default() } else { text };
        let value = match kind {
            "s" if !text.is_empty() => {
                let place = text.trim().parse::<usize>().ok();
                let known = place.and_then(|place| self.shared.strings.get(place));
                let known =
                    known.ok_or_else(|| at("its text is not in the file: save the file again", "文本缺失，请重新保存文件"))?;
                Value::Text(Arc::clone(known))
            }
            "inlineStr" | "str" => Value::Text(text.into()),
            _ if text.trim().is_empty() => return Ok(None),
            "b" => Value::Truth(text.trim() == "1"),
            "e" => Value::Broken,
            "d" => moment::of_iso(text.trim()).map_or(Value::Broken, Value::Moment),
            _ => self.number(text.trim(), style),
        };
        match &value {
            Value::Text(text) if text.trim().is_empty() => Ok(None),
            Value::Text(text) if text.len() > MAX_CELL => {
                let (english, chinese) =
                    (format!("longer than {MAX_CELL} bytes: shorten it"), format!("内容超过 {MAX_CELL} 字节，请精简"));
                Err(at(&english, &chinese))
            }
            _ => Ok(Some(value)),
        }
    }

    fn number(&self, digits: &str, style: Option<usize>) -> Value {
        let is_number = digits.len() <= 40 && digits.parse::<f64>().is_ok_and(f64::is_finite);
        match self.shared.styles.of(style) {
            _ if !is_number => Value::Broken,
            Format::Moment => moment::of_number(digits, self.shared.since_1904).map_or(Value::Broken, Value::Moment),
            Format::Number(shown) => Value::Number { digits: digits.to_owned(), shown },
        }
    }

    fn merge(&mut self, start: &BytesStart<'_>) -> Result<(), Trouble> {
        let area = attribute(start, "ref")?.unwrap_or_default();
        let (from, to) = area.split_once(':').unwrap_or((&area, &area));
        let (Some((left, top)), Some((right, bottom))) = (place_of(from), place_of(to)) else { return Err(broken()) };
        if self.table.merged.len() >= MAX_MERGED {
            let english = format!("more than {MAX_MERGED} merged areas: unmerge them and fill in every row");
            let chinese = format!("合并单元格超过 {MAX_MERGED} 处，请取消合并并逐行填写");
            return Err(Trouble { place: Place::row(&self.table.name, top), ..Trouble::of_file(english, chinese) });
        }
        let rows = (top.min(bottom), top.max(bottom));
        self.table.merged.push(Merged { rows, columns: (left.min(right), left.max(right)) });
        Ok(())
    }
}

/// What stands between the tags of a cell.
fn found(pieces: &mut Pieces<'_>) -> Result<Found, Trouble> {
    let (mut found, mut in_value) = (Found::default(), false);
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Start(start, is_empty) => match start.local_name().as_ref() {
                "v" => in_value = !is_empty,
                "f" => found.is_formula = true,
                "is" if !is_empty => found.inline = Some(strings::until(pieces, "is")?),
                _ => {}
            },
            Piece::End(name) if name == "c" => break,
            Piece::End(name) if name == "v" => in_value = false,
            Piece::Text(text) if in_value => found.text.push_str(&text),
            Piece::End(_) | Piece::Text(_) => {}
        }
    }
    Ok(found)
}

/// Column and row of `AB12`.
fn place_of(text: &str) -> Option<(Column, u32)> {
    let text = text.replace('$', "");
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = text.split_at(digits);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let step = |sum: Option<u16>, byte: u8| {
        let letter = byte.is_ascii_alphabetic().then(|| u16::from(byte.to_ascii_uppercase() - b'A') + 1)?;
        Some(sum? * 26 + letter)
    };
    let column = letters.bytes().fold(Some(0), step)?;
    let row = row.parse().ok().filter(|row| (1..=LAST_ROW).contains(row))?;
    Some((Column(column - 1), row))
}
