//! A page as a file: XLSX, or CSV as Excel in China opens it.
//!
//! Always: every cell is text, so that no spreadsheet changes a number, a ticket or a time, or runs what stands there.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use crate::delimited::guarded;

/// A form to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Of the sheet and above its headings.
    pub title: String,
    /// Lines between title and headings: place, day, how many.
    pub above: Vec<String>,
    /// Of the columns.
    pub headings: Vec<String>,
    /// Texts of the rows, as many as there are headings.
    pub rows: Vec<Vec<String>>,
    /// Lines below: who signs.
    pub below: Vec<String>,
}

/// Why a page was not written.
#[derive(Debug, thiserror::Error)]
#[error("write the workbook")]
pub struct WriteError(#[from] XlsxError);

/// The longest name of a sheet.
const MAX_NAME: usize = 31;

/// As a workbook.
pub fn to_xlsx(page: &Page) -> Result<Vec<u8>, WriteError> {
    let text = Format::new().set_num_format("@").set_border(FormatBorder::Thin).set_text_wrap();
    let head = text.clone().set_bold().set_align(FormatAlign::Center);
    let title = Format::new().set_bold().set_font_size(14).set_align(FormatAlign::Center);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let name = page.title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(MAX_NAME).collect::<String>();
    sheet.set_name(name)?;
    let last = u16::try_from(page.headings.len()).unwrap_or(u16::MAX).saturating_sub(1);
    match last {
        0 => sheet.write_string_with_format(0, 0, &page.title, &title)?,
        _ => sheet.merge_range(0, 0, 0, last, &page.title, &title)?,
    };
    let mut row = 1;
    for line in &page.above {
        sheet.write_string(row, 0, line)?;
        row += 1;
    }
    for (column, heading) in (0..).zip(&page.headings) {
        sheet.write_string_with_format(row, column, heading, &head)?;
        sheet.set_column_width(column, width(page, usize::from(column)))?;
    }
    for texts in &page.rows {
        row += 1;
        for (column, cell) in (0..).zip(texts).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row, column, cell, &text)?;
        }
    }
    for line in &page.below {
        row += 1;
        sheet.write_string(row, 0, line)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// A Chinese character is two wide.
fn width(page: &Page, column: usize) -> f64 {
    let of = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u16>();
    let rows = page.rows.iter().take(200).filter_map(|row| row.get(column));
    let widest = rows.chain(page.headings.get(column)).map(|text| of(text)).max().unwrap_or(0);
    f64::from(widest.clamp(6, 40) + 2)
}

/// As CSV in UTF-8 with its mark, without which Excel takes it for GBK.
pub fn to_csv(page: &Page) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    for row in std::iter::once(&page.headings).chain(&page.rows) {
        let cells: Vec<_> = row.iter().map(|cell| format!("\"{}\"", guarded(cell).replace('"', "\"\""))).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}
