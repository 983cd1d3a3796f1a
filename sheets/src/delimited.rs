//! CSV: rows of text, in the encodings and with the separators that Excel and WPS write.
//!
//! Always: an encoding is found out, never guessed half: a file that is not wholly in one is refused.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use crate::table::{Cell, Column, MAX_CELLS, MAX_COLUMNS, Row, Table, Value, too_many_cells};
use crate::trouble::{Place, Trouble};
use crate::worksheet::{MAX_CELL, MAX_ROWS};

/// The head of a file, where the separator shows.
const LOOKED_AT: usize = 8_000;

/// Reads a file.
pub(crate) fn read(bytes: &[u8]) -> Result<Table, Trouble> {
    let text = decoded(bytes)?;
    if text.contains('\0') {
        let english = "this is neither a workbook nor CSV: save it as .xlsx or as CSV";
        return Err(Trouble::of_file(english, "该文件既不是 Excel 工作簿也不是 CSV，请另存为 .xlsx 或 CSV"));
    }
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        let english = "a quotation mark (\") is opened and never closed: close it, or write it twice inside a cell";
        return Err(Trouble::of_file(english, "有英文引号（\"）未成对，请补全，或在单元格内写成两个"));
    }
    // Lines end in one way, so that they can be counted.
    rows(&text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Trouble> {
    let strictly = |encoding: &'static Encoding, bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xff, 0xfe, rest @ ..] => strictly(UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => strictly(UTF_16BE, rest),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed).or_else(|| strictly(GB18030, bytes)),
    };
    let english = "the text is neither UTF-8 nor GB18030 (GBK): save it as “CSV UTF-8”, or as .xlsx";
    text.ok_or_else(|| Trouble::of_file(english, "文字编码既不是 UTF-8 也不是 GB18030（GBK），请另存为“CSV UTF-8”或 .xlsx"))
}

/// What stands between cells: commas, tabs (“Unicode text” of Excel) or semicolons (Excel in other countries); what is
/// there most often outside quotation marks.
fn separator(text: &str) -> u8 {
    let (mut quoted, mut counts) = (false, [(b',', 0), (b'\t', 0), (b';', 0)]);
    for character in text.chars().take(LOOKED_AT) {
        match character {
            '"' => quoted = !quoted,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(it, _)| char::from(*it) == character).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of those that are there as often.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

fn rows(text: &str) -> Result<Table, Trouble> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(separator(text));
    let mut lines = Lines { text, at: 0, line: 1 };
    let (mut reader, mut record, mut table) = (reader.from_reader(text.as_bytes()), csv::StringRecord::new(), Table::default());
    let mut count = 0;
    loop {
        let read = reader.read_record(&mut record);
        let read = read.map_err(|_| Trouble::of_file("the CSV cannot be read: save it again", "CSV 无法读取，请重新保存"))?;
        if !read {
            return Ok(table);
        }
        let from = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let number = lines.number(from);
        let cells = cells(&record, number)?;
        if cells.is_empty() {
            continue;
        }
        count += cells.len();
        if count > MAX_CELLS {
            return Err(too_many_cells());
        }
        if table.rows.len() >= MAX_ROWS {
            let english = format!("more than {MAX_ROWS} rows: split the file");
            return Err(Trouble::at(Place::row("", number), english, format!("数据超过 {MAX_ROWS} 行，请拆分文件")));
        }
        table.rows.push(Row { number, hidden: false, cells });
    }
}

/// Counts lines as an editor does: a record begins after the empty lines before it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn number(&mut self, from: usize) -> u32 {
        let bytes = self.text.as_bytes();
        let empty = bytes.iter().skip(from).take_while(|byte| **byte == b'\n').count();
        let to = from.saturating_add(empty).min(bytes.len());
        let more = bytes.get(self.at..to).map_or(0, |passed| passed.iter().filter(|byte| **byte == b'\n').count());
        (self.at, self.line) = (to, self.line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)));
        self.line
    }
}

fn cells(record: &csv::StringRecord, row: u32) -> Result<Vec<Cell>, Trouble> {
    let mut cells = Vec::new();
    for (place, text) in record.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let at = |place| Place::row("", row).at(Column(place));
        let column = u16::try_from(place).ok().filter(|place| *place < MAX_COLUMNS);
        let last = Column(MAX_COLUMNS - 1);
        let column = column.ok_or_else(|| {
            let chinese = format!("表格不应有 {last} 列以后的内容，请删除");
            Trouble::at(at(MAX_COLUMNS), format!("no form has columns beyond {last}: remove them"), chinese)
        })?;
        if text.len() > MAX_CELL {
            let (english, chinese) =
                (format!("longer than {MAX_CELL} bytes: shorten it"), format!("内容超过 {MAX_CELL} 字节，请精简"));
            return Err(Trouble::at(at(column), english, chinese));
        }
        cells.push(Cell { column: Column(column), value: value(text) });
    }
    Ok(cells)
}

/// What Excel would take for a formula is one, save what only keeps leading zeros (`="0012"`).
fn value(text: &str) -> Value {
    let plain = unguarded(text);
    match plain.trim_start().strip_prefix('=').filter(|_| plain.len() == text.len()) {
        Some(rest) => match rest.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inner) if !inner.contains('"') => Value::Text(inner.into()),
            _ => Value::Formula,
        },
        None => Value::Text(plain.into()),
    }
}

/// Whether a spreadsheet that opens the file would run it, but for apostrophes before it.
fn is_dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// With an apostrophe, so that no spreadsheet runs it (CSV injection, OWASP).
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Without the apostrophe of [`guarded`].
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|_| is_dangerous(text)).unwrap_or(text)
}
