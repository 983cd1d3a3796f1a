//! Files made by hand: workbooks part by part, as good writers and bad ones write them.

use std::io::{Cursor, Write as _};

use liuhen_sheets::form::{Filled, Form, fill};
use liuhen_sheets::{Troubles, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) const NUMBER: &str = "11010519491231002X";

/// A zip of these parts.
pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/relationships/worksheet" Target="/xl/worksheets/sheet2.xml"/><Relationship Id="r3" Type="http://x/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r4" Type="http://x/relationships/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="176" formatCode="0000"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/></cellXfs></styleSheet>"#;

/// A workbook, part by part.
pub(crate) struct Book {
    pub(crate) sheets: String,
    pub(crate) first: String,
    pub(crate) second: Option<String>,
    pub(crate) strings: String,
    pub(crate) more: Vec<(&'static str, Vec<u8>)>,
}

impl Book {
    /// With one sheet of these rows.
    pub(crate) fn of(rows: &str) -> Self {
        Self {
            sheets: r#"<sheet name="名册" sheetId="1" r:id="r1"/>"#.to_owned(),
            first: format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
            second: None,
            strings: "<sst/>".to_owned(),
            more: Vec::new(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let workbook =
            format!(r#"<?xml version="1.0"?><workbook xmlns:r="http://x"><sheets>{}</sheets></workbook>"#, self.sheets);
        let mut parts: Vec<(&str, &[u8])> = vec![
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("xl/workbook.xml", workbook.as_bytes()),
            ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
            ("xl/worksheets/sheet1.xml", self.first.as_bytes()),
            ("xl/sharedStrings.xml", self.strings.as_bytes()),
            ("xl/styles.xml", STYLES.as_bytes()),
        ];
        if let Some(second) = &self.second {
            parts.push(("xl/worksheets/sheet2.xml", second.as_bytes()));
        }
        parts.extend(self.more.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
        zipped(&parts)
    }
}

/// A cell of text.
pub(crate) fn cell(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// A row of texts, from A.
pub(crate) fn row(number: u32, texts: &[&str]) -> String {
    let cells = (b'A'..).zip(texts).filter(|(_, text)| !text.is_empty());
    let cells: String = cells.map(|(letter, text)| cell(&format!("{}{number}", char::from(letter)), text)).collect();
    format!(r#"<row r="{number}">{cells}</row>"#)
}

/// Name, number and level of one candidate, below headings.
pub(crate) fn roster(more: &str) -> String {
    format!("{}{}{more}", row(1, &["姓名", "证件号码", "申报等级"]), row(2, &["王芳", NUMBER, "四级"]))
}

pub(crate) fn filled(bytes: &[u8], form: &Form) -> Result<Filled, Troubles> {
    fill(&read(bytes)?, form, None)
}
