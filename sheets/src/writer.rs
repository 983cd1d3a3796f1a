//! A page as a file: XLSX, or CSV as Excel in China opens it.
//!
//! Always: every cell is text, so that no spreadsheet changes a number, a ticket or a time, or runs what stands there; a
//! workbook prints on A4 as it is, as wide as the paper, its headings on every page.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError};

use crate::delimited::guarded;

/// A form to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Of the sheet and above its headings.
    pub title: String,
    /// Lines between title and headings: place, day, how many.
    pub above: Vec<String>,
    /// Framed rows between those lines and the headings.
    pub before: Vec<Vec<String>>,
    /// Of the columns.
    pub headings: Vec<String>,
    /// Texts of the rows, as many as there are headings.
    pub rows: Vec<Vec<String>>,
    /// Framed rows below them.
    pub after: Vec<Vec<String>>,
    /// Lines below: who signs.
    pub below: Vec<String>,
}

/// Why a page was not written.
#[derive(Debug, thiserror::Error)]
#[error("write the workbook")]
pub struct WriteError(#[from] XlsxError);

/// The longest name of a sheet.
const MAX_NAME: usize = 31;
/// A4, as ECMA-376 part 1, 18.3.1.63 numbers papers.
const A4: u8 = 9;
/// Up to this width a page stands, with letters four fifths as large as they are; what is wider lies.
const UPRIGHT: f64 = 110.0;
/// What every spreadsheet in China has.
const FONT: &str = "宋体";

/// How cells look.
struct Looks {
    title: Format,
    line: Format,
    head: Format,
    text: Format,
}

impl Looks {
    fn new() -> Self {
        let plain = Format::new().set_font_name(FONT).set_num_format("@").set_align(FormatAlign::VerticalCenter);
        let text = plain.clone().set_border(FormatBorder::Thin).set_text_wrap();
        Self {
            title: plain.clone().set_bold().set_font_size(16).set_align(FormatAlign::Center),
            head: text.clone().set_bold().set_align(FormatAlign::Center),
            line: plain,
            text,
        }
    }
}

/// As a workbook.
pub fn to_xlsx(page: &Page) -> Result<Vec<u8>, WriteError> {
    to_xlsx_of(std::slice::from_ref(page))
}

/// As a workbook with a sheet for each page.
pub fn to_xlsx_of(pages: &[Page]) -> Result<Vec<u8>, WriteError> {
    let (mut workbook, looks) = (Workbook::new(), Looks::new());
    for page in pages {
        write(workbook.add_worksheet(), page, &looks)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write(sheet: &mut Worksheet, page: &Page, looks: &Looks) -> Result<(), XlsxError> {
    let name = page.title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(MAX_NAME).collect::<String>();
    sheet.set_name(name)?;
    let columns = columns(page);
    across(sheet, 0, columns, &page.title, &looks.title)?;
    sheet.set_row_height(0, 30)?;
    let mut row = 1;
    for line in &page.above {
        across(sheet, row, columns, line, &looks.line)?;
        row += 1;
    }
    row = labelled(sheet, row, &page.before, columns, looks)?;
    let head = row;
    for (column, heading) in (0..).zip(&page.headings) {
        sheet.write_string_with_format(head, column, heading, &looks.head)?;
    }
    row = framed(sheet, head + 1, &page.rows, looks)?;
    row = labelled(sheet, row, &page.after, columns, looks)?;
    for line in &page.below {
        across(sheet, row, columns, line, &looks.line)?;
        sheet.set_row_height(row, 24)?;
        row += 1;
    }
    let widths: Vec<f64> = (0..columns).map(|column| width(page, usize::from(column))).collect();
    for (column, width) in (0..).zip(&widths) {
        sheet.set_column_width(column, *width)?;
    }
    let first = u32::try_from(1 + page.above.len()).unwrap_or(u32::MAX);
    let framed = page.before.iter().chain([&page.headings]).chain(&page.rows).chain(&page.after);
    for (row, texts) in (first..).zip(framed) {
        sheet.set_row_height(row, height(texts, &widths))?;
    }
    prints(sheet, head, widths.iter().sum())?;
    // A ticket is text that looks like a number, and is meant to be.
    sheet.ignore_error_range(0, 0, row, columns.saturating_sub(1), IgnoreError::NumberStoredAsText)?;
    Ok(())
}

fn columns(page: &Page) -> u16 {
    let rows = page.before.iter().chain([&page.headings]).chain(&page.rows).chain(&page.after);
    u16::try_from(rows.map(Vec::len).max().unwrap_or_default()).unwrap_or(u16::MAX)
}

/// A line over all columns.
fn across(sheet: &mut Worksheet, row: u32, columns: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
    match columns.saturating_sub(1) {
        0 => sheet.write_string_with_format(row, 0, text, format)?,
        last => sheet.merge_range(row, 0, row, last, text, format)?,
    };
    Ok(())
}

/// Rows with a frame around every cell, empty ones as well: somebody writes there by hand. Gives the row after them.
fn framed(sheet: &mut Worksheet, from: u32, rows: &[Vec<String>], looks: &Looks) -> Result<u32, XlsxError> {
    let mut row = from;
    for texts in rows {
        for (column, text) in (0..).zip(texts) {
            match text.is_empty() {
                true => sheet.write_blank(row, column, &looks.text)?,
                false => sheet.write_string_with_format(row, column, text, &looks.text)?,
            };
        }
        row += 1;
    }
    Ok(row)
}

/// Rows of labels with what belongs to them: what stands alone behind its label, or is one, takes the rest of the row.
fn labelled(sheet: &mut Worksheet, from: u32, rows: &[Vec<String>], columns: u16, looks: &Looks) -> Result<u32, XlsxError> {
    let mut row = from;
    for texts in rows {
        framed(sheet, row, std::slice::from_ref(texts), looks)?;
        if let Some(place) = alone(texts)
            && place + 1 < columns
        {
            sheet.merge_range(row, place, row, columns - 1, &texts[usize::from(place)], &looks.text)?;
        }
        row += 1;
    }
    Ok(row)
}

/// Where the last text of a row stands, if that is the first of its cells or the one behind it.
fn alone(texts: &[String]) -> Option<u16> {
    let last = texts.iter().rposition(|text| !text.is_empty())?;
    u16::try_from(last).ok().filter(|last| *last <= 1)
}

/// On A4, as wide as the paper and as long as need be, with its headings and its number on each page.
fn prints(sheet: &mut Worksheet, head: u32, wide: f64) -> Result<(), XlsxError> {
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
    if wide > UPRIGHT {
        sheet.set_landscape();
    }
    sheet.set_margins(0.5, 0.5, 0.6, 0.7, 0.3, 0.3).set_footer("&C第 &P 页，共 &N 页");
    sheet.set_repeat_rows(head, head)?.set_freeze_panes(head + 1, 0)?;
    Ok(())
}

/// A Chinese character is two wide; no text is wider than a few pages.
fn wide(text: &str) -> u16 {
    text.chars().take(10_000).map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// As wide as its texts; a column where nothing stands yet is there to be signed or filled in.
fn width(page: &Page, column: usize) -> f64 {
    let labelled = page.before.iter().chain(&page.after).filter(|row| alone(row).is_none());
    let rows = || page.rows.iter().take(200).chain(labelled.clone()).filter_map(|row| row.get(column));
    let least = if rows().all(String::is_empty) { 12 } else { 4 };
    let widest = rows().chain(page.headings.get(column)).map(|text| wide(text)).max().unwrap_or(0);
    f64::from(widest.clamp(least, 36) + 2)
}

/// High enough for what a cell wraps to: LibreOffice takes the height that it is given, and leaves lines out.
fn height(texts: &[String], widths: &[f64]) -> f64 {
    let all = || widths.iter().sum::<f64>();
    let lines = |(place, (text, width)): (usize, (&String, &f64))| {
        let width = match alone(texts) {
            Some(last) if usize::from(last) == place && texts.len() > 2 => all() - widths[..place].iter().sum::<f64>(),
            _ => *width,
        };
        text.split('\n').map(|line| (f64::from(wide(line)) / (width - 1.0).max(1.0)).ceil().max(1.0)).sum::<f64>()
    };
    let lines = texts.iter().zip(widths).enumerate().map(lines).fold(1.0, f64::max);
    // The highest row that a spreadsheet has is 409 points.
    (lines * 15.0 + 5.0).min(405.0)
}

/// As CSV in UTF-8 with its mark, without which Excel takes it for GBK: what has columns, without title and lines.
pub fn to_csv(page: &Page) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    for row in page.before.iter().chain([&page.headings]).chain(&page.rows).chain(&page.after) {
        let cells: Vec<_> = row.iter().map(|cell| format!("\"{}\"", guarded(cell).replace('"', "\"\""))).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}
