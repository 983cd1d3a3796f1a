//! The corpus of bad sheets: each file has its own error, with its place and its remedy, in both languages.
//!
//! tests/python/write_bad_sheets.py wrote the files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use liuhen_sheets::annex::{ROSTER, SCORES};
use liuhen_sheets::form::Form;

use crate::bad::refused;

/// File, place, what is wrong, and what to do about it.
type Bad = (&'static str, &'static str, &'static str, &'static str);

const TEXT: &str = "format the column as text and type it again";
const SAVE: &str = "open it in Excel or WPS and save it again as .xlsx";
const WRITE: &str = "save it again as .xlsx";

/// Of 考生名册, save those that are called score-….
const CORPUS: &[Bad] = &[
    // Cells.
    ("formula.xlsx", "名册 A3", "is a formula", "paste its values"),
    ("formula-shared.xlsx", "名册 A3", "is a formula", "paste its values"),
    ("error-value.xlsx", "名册 B3", "holds an error value", "put it right"),
    ("logic.xlsx", "名册 A3", "TRUE or FALSE", "姓名 is wanted"),
    ("number-lost-digits.xlsx", "名册 B3", "last digits are lost", TEXT),
    ("ticket-leading-zeros.xlsx", "名册 D2", "shown otherwise than it is kept", TEXT),
    ("ticket-made-a-date.xlsx", "名册 D2", "made a date of 准考证号", TEXT),
    ("name-made-a-date.xlsx", "名册 A3", "made a date of 姓名", TEXT),
    ("score-percent.xlsx", "名册 B2", "shown otherwise than it is kept", TEXT),
    ("score-rounded.xlsx", "名册 B2", "shown otherwise than it is kept", TEXT),
    ("score-with-words.xlsx", "名册 B2", "shown otherwise than it is kept", TEXT),
    ("score-absent.xlsx", "名册 B2", "成绩 is not a number", "write a number"),
    ("long-cell.xlsx", "名册 A3", "longer than 4000 bytes", "shorten it"),
    ("text-missing.xlsx", "名册 A3", "its text is not in the file", "save the file again"),
    // Rows and columns.
    ("merged.xlsx", "名册 C2", "C2:C3 are merged", "fill in every row"),
    ("merged-nowhere.xlsx", "", "no XML that a spreadsheet would write", WRITE),
    ("hidden-row.xlsx", "名册 3", "the row is hidden", "show it or delete it"),
    ("filtered-row.xlsx", "名册 3", "the row is hidden", "show it or delete it"),
    ("hidden-column.xlsx", "名册 C1", "the column 申报等级 is hidden", "show it or delete it"),
    ("shifted.xlsx", "名册 D3", "stands under no heading", "a heading is missing"),
    ("date-under-nothing.xlsx", "名册 G3", "stands under no heading", "a heading is missing"),
    ("name-missing.xlsx", "名册 A3", "姓名 is missing", "fill it in"),
    ("below-foot.xlsx", "名册 3", "stands below what looks like the foot", "move the row up, or that line down"),
    ("far-column.xlsx", "名册 IW2", "no form has columns beyond IV", "remove them"),
    ("rows-out-of-order.xlsx", "名册 2", "out of order", "save the file again"),
    ("cells-out-of-order.xlsx", "名册 3", "out of order", "save the file again"),
    // Headings and sheets.
    ("heading-missing.xlsx", "名册 1", "the headings of the roster of candidates lack", "证件号码"),
    ("heading-twice.xlsx", "名册 D1", "a second column is 证件号码", "leave one of them"),
    ("no-headings.xlsx", "", "no visible sheet has the headings", "it needs: 姓名、证件号码"),
    ("no-rows.xlsx", "名册 1", "nothing below the headings", "fill in a row"),
    ("hidden-sheet.xlsx", "", "no visible sheet has the headings", "it needs: 姓名、证件号码"),
    ("two-rosters.xlsx", "", "several sheets are such a form (“一班”, “二班”)", "say which one"),
    ("too-many-sheets.xlsx", "", "more than 64 sheets", "keep the one of the form"),
    ("long-sheet-name.xlsx", "", "a name of more than 100 characters", "give it a shorter one"),
    // Files of another kind.
    ("macros.xlsm", "", "macros", "save it as .xlsx"),
    ("macro-sheet.xlsx", "", "macros", "save it as .xlsx"),
    ("password.xlsx", "", "protected with a password", "save it without one"),
    ("password-of-zip.xlsx", "", "protected with a password", "save it without one"),
    ("old.xls", "", "an .xls workbook", "save it as .xlsx"),
    ("binary.xlsb", "", "an .xlsb workbook", "save it as .xlsx"),
    ("opendocument.ods", "", "an OpenDocument file (.ods)", "save it as .xlsx"),
    ("document.docx", "", "no workbook but a document", "save it as .xlsx"),
    ("photos.zip", "", "another zip file", "save it as .xlsx"),
    // Files that were damaged, or made to do damage.
    ("torn.xlsx", "", "damaged", SAVE),
    ("torn-download.xlsx", "", "damaged", SAVE),
    ("size-lies.xlsx", "", "damaged", SAVE),
    ("size-huge.xlsx", "", "unpacks to more than a form can be", "copy the rows into a new workbook"),
    ("bomb.xlsx", "", "unpacks to more than a form can be", "copy the rows into a new workbook"),
    ("deep.xlsx", "", "no XML that a spreadsheet would write", WRITE),
    ("entities.xlsx", "", "no XML that a spreadsheet would write", WRITE),
    ("attributes.xlsx", "", "no XML that a spreadsheet would write", WRITE),
    ("no-xml.xlsx", "", "no XML that a spreadsheet would write", WRITE),
    ("part-twice.xlsx", "", "damaged", SAVE),
    ("strings-twice.xlsx", "", "damaged", SAVE),
    // CSV.
    ("empty.csv", "", "the file is empty", "save it again"),
    ("program.csv", "", "neither a workbook nor CSV", "save it as .xlsx or as CSV"),
    ("neither-encoding.csv", "", "neither UTF-8 nor GB18030", "save it as “CSV UTF-8”, or as .xlsx"),
    ("open-quote.csv", "", "never closed", "close it, or write it twice"),
    ("formula.csv", " A3", "is a formula", "paste its values"),
    ("shifted.csv", " D3", "stands under no heading", "a heading is missing"),
    ("number-missing.csv", " B3", "证件号码 is missing", "fill it in"),
    ("too-many-rows.csv", " 20001", "more than 20000 rows", "split the file"),
    ("page.csv", "", "no visible sheet has the headings", "it needs: 姓名、证件号码"),
];

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn form(file: &str) -> &'static Form {
    if file.starts_with("score-") { &SCORES } else { &ROSTER }
}

/// `名册 B3`, `名册 3` for a row, nothing for the whole file.
fn place(it: &liuhen_sheets::Place) -> String {
    let column = it.column.map_or_else(String::new, |column| column.to_string());
    let row = it.row.map_or_else(String::new, |row| row.to_string());
    it.sheet.as_ref().map_or_else(String::new, |sheet| format!("{sheet} {column}{row}"))
}

#[test]
fn each_bad_file_is_told_what_is_wrong_with_it() {
    let mut wrong = Vec::new();
    for (file, at, what, remedy) in CORPUS {
        let bytes = std::fs::read(corpus().join(file)).unwrap();
        let troubles = refused(&bytes, form(file));
        let found: Vec<_> = troubles.told().iter().map(|it| (place(&it.place), it.english.as_str())).collect();
        let is_told = matches!(&*found, [(place, said)] if place == at && said.contains(what) && said.contains(remedy));
        if !is_told {
            wrong.push(format!("{file}: {at}: {what}: {remedy}\n    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_the_corpus_is_in_the_table() {
    let files = std::fs::read_dir(corpus()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let (files, told): (BTreeSet<_>, BTreeSet<_>) = (files.collect(), CORPUS.iter().map(|it| it.0.to_owned()).collect());
    assert_eq!(files, told);
}
