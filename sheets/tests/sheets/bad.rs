//! Bad sheets: each is refused with its place, in both languages, and none of them repeats what stands in a cell.

use std::fmt::Write as _;

use liuhen_sheets::annex::{ARRANGEMENT, ROSTER, SCORES};
use liuhen_sheets::form::{Form, fill};
use liuhen_sheets::trouble::MAX_TOLD;
use liuhen_sheets::{Troubles, read};

use crate::made::{Book, NUMBER, cell, filled, roster, row, zipped};

pub(crate) fn refused(bytes: &[u8], form: &Form) -> Troubles {
    let troubles = filled(bytes, form).expect_err("it is bad");
    for trouble in troubles.told() {
        let said = format!("{} {}", trouble.in_english(), trouble.in_chinese());
        assert!(!said.contains(NUMBER) && !said.contains("王芳"), "{said}");
        assert!(trouble.in_chinese().chars().any(|c| c > '\u{2e80}'), "{said}");
    }
    troubles
}

/// All that is said, in English.
fn said(bytes: &[u8], form: &Form) -> Vec<String> {
    refused(bytes, form).told().iter().map(|trouble| trouble.in_english()).collect()
}

/// One trouble, with these words.
#[track_caller]
fn says(bytes: &[u8], form: &Form, words: &str) {
    let said = said(bytes, form);
    assert!(said.len() == 1 && said[0].contains(words), "{said:?} is not {words:?}");
}

#[track_caller]
fn book_says(rows: &str, words: &str) {
    says(&Book::of(rows).bytes(), &ROSTER, words);
}

#[test]
fn what_is_no_table_is_refused() {
    says(b"", &ROSTER, "the file is empty");
    says(&vec![b'a'; (8 << 20) + 1], &ROSTER, "larger than 8 MiB");
    says(b"\x7fELF\0\0\0\0", &ROSTER, "neither a workbook nor CSV");
    says(b"PK\x03\x04 and then nothing", &ROSTER, "damaged");
    says(&zipped(&[("a.txt", b"a")]), &ROSTER, "another zip file");
    says(&zipped(&[("[Content_Types].xml", b""), ("word/document.xml", b"")]), &ROSTER, "a document");
    says(&zipped(&[("mimetype", b"application/vnd.oasis"), ("content.xml", b"")]), &ROSTER, ".ods");
    says(&zipped(&[("[Content_Types].xml", b""), ("xl/workbook.bin", b"")]), &ROSTER, ".xlsb");
}

#[test]
fn what_is_locked_or_old_or_runs_is_refused() {
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old".to_vec();
    says(&ole, &ROSTER, ".xls workbook");
    let locked: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    says(&[ole, locked].concat(), &ROSTER, "password");
    let mut encrypted = Book::of(&roster("")).bytes();
    // The flag of the first entry in the directory.
    let directory = encrypted.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    encrypted[directory + 8] |= 1;
    says(&encrypted, &ROSTER, "password");
    let macros = |name| Book { more: vec![(name, vec![0])], ..Book::of(&roster("")) };
    says(&macros("xl/vbaProject.bin").bytes(), &ROSTER, "macros");
    says(&macros("xl/macrosheets/sheet1.xml").bytes(), &ROSTER, "macros");
}

#[test]
fn bombs_are_refused_before_they_burst() {
    let bomb = Book { first: " ".repeat(2 << 20), ..Book::of("") };
    says(&bomb.bytes(), &ROSTER, "unpacks to more");
    let mut many = String::from("<sst>");
    // What all looks alike packs too well to be unpacked.
    (0..40_000).for_each(|n| write!(many, "<si><t>{n}</t></si>").unwrap());
    many.push_str(&"<si/>".repeat(360_001));
    says(&Book { strings: many + "</sst>", ..Book::of("") }.bytes(), &ROSTER, "more than 400000 texts");
    let deep = "<a>".repeat(100_000);
    says(&Book { first: deep, ..Book::of("") }.bytes(), &ROSTER, "no XML");
    let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]><worksheet>&c;</worksheet>".to_owned();
    says(&Book { first: laughs, ..Book::of("") }.bytes(), &ROSTER, "no XML");
    let rows: String = (1..=20_001).map(|n| row(n, &["a"])).collect();
    book_says(&rows, "more than 20000 rows");
    let csv: String = (0..20_001).map(|n| format!("{n},\n")).collect();
    says(csv.as_bytes(), &ROSTER, "more than 20000 rows");
    // A short file of a million cells.
    let cells = format!("{}\n", "1,".repeat(250)).repeat(4_001);
    says(cells.as_bytes(), &ROSTER, "more than 1000000 cells");
    let merged = r#"<mergeCell ref="A1:B1"/>"#.repeat(20_001);
    let merged = Book { first: format!("<worksheet><mergeCells>{merged}</mergeCells></worksheet>"), ..Book::of("") };
    says(&merged.bytes(), &ROSTER, "more than 20000 merged areas");
}

/// What looks like the foot and is a row that lacks something hides nothing of what stands below.
#[test]
fn rows_below_the_foot_are_not_left_out_in_silence() {
    let foot = row(3, &["制表：王芳"]) + &row(4, &["李四", "440308199901101512"]);
    book_says(&roster(&foot), "row 4: stands below what looks like the foot");
}

#[test]
fn a_size_that_lies_is_found_out() {
    let mut lies = Book::of(&roster("")).bytes();
    let name = b"xl/worksheets/sheet1.xml";
    let directory = lies.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x01\x02").map(|(at, _)| at);
    let entry = directory.into_iter().find(|at| lies[at + 46..].starts_with(name)).unwrap();
    lies[entry + 24..entry + 28].copy_from_slice(&10_u32.to_le_bytes());
    says(&lies, &ROSTER, "damaged");
}

#[test]
fn formulas_errors_and_logic_are_told_by_their_place() {
    let formula =
        r#"<row r="3"><c r="A3"><f>A2</f><v>王芳</v></c><c r="B3" t="e"><v>#N/A</v></c><c r="C3" t="b"><v>1</v></c></row>"#;
    let said = said(&Book::of(&roster(formula)).bytes(), &ROSTER);
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("sheet “名册”, row 3, column A: is a formula"), "{said:?}");
    assert!(said[1].starts_with("sheet “名册”, row 3, column B: holds an error"), "{said:?}");
    assert!(said[2].contains("column C: holds TRUE or FALSE"), "{said:?}");
}

#[test]
fn merged_and_hidden_cells_are_not_guessed_at() {
    let rows = roster(&row(3, &["李四", "440308199901101512"]));
    let merged = Book {
        first: format!(
            r#"<worksheet><sheetData>{rows}</sheetData><mergeCells><mergeCell ref="C2:C3"/></mergeCells></worksheet>"#
        ),
        ..Book::of("")
    };
    says(&merged.bytes(), &ROSTER, "row 2, column C: C2:C3 are merged");
    book_says(
        &roster(&row(3, &["李四", "440308199901101512"]).replace("<row", r#"<row hidden="1""#)),
        "row 3: the row is hidden",
    );
}

#[test]
fn codes_that_a_spreadsheet_spoiled_are_told() {
    let with = |cell: &str| roster(&format!(r#"<row r="3">{}{cell}</row>"#, self::cell("A3", "李四")));
    book_says(
        &with(r#"<c r="B3"><v>4.40308199901101E+17</v></c>"#),
        "column B: 证件号码 was kept as a number, and its last digits",
    );
    book_says(&with(r#"<c r="B3"><v>440308199901101512</v></c>"#), "last digits are lost");
    book_says(&with(r#"<c r="B3" s="1"><v>45000</v></c>"#), "made a date of 证件号码");
    book_says(&with(r#"<c r="B3" s="2"><v>12</v></c>"#), "is shown otherwise than it is kept");
    book_says(&with(r#"<c r="B3"><v>one</v></c>"#), "error value");
}

#[test]
fn headings_that_lack_or_stand_twice_are_told() {
    book_says(&row(1, &["a", "b"]), "no visible sheet has the headings of the roster of candidates; it needs: 姓名、证件号码");
    book_says(&row(4, &["姓名", "等级"]), "row 4: the headings of the roster of candidates lack: 证件号码");
    book_says(&row(1, &["姓名", "证件号码", "身份证号"]), "row 1, column C: a second column is 证件号码");
    book_says(&row(1, &["姓名", "证件号码"]), "there is nothing below the headings");
    let hidden = Book { sheets: r#"<sheet name="a" state="hidden" r:id="r1"/>"#.into(), ..Book::of(&roster("")) };
    says(&hidden.bytes(), &ROSTER, "no visible sheet");
    let second = Some(Book::of(&roster("")).first);
    let sheets = r#"<sheet name="a" r:id="r1"/><sheet name="b" r:id="r2"/>"#.to_owned();
    let two = Book { sheets, second, ..Book::of(&roster("")) }.bytes();
    says(&two, &ROSTER, "several sheets are such a form (“a”, “b”)");
    assert!(fill(&read(&two).unwrap(), &ROSTER, Some("b")).is_ok());
    let no_such = fill(&read(&two).unwrap(), &ROSTER, Some("c")).unwrap_err();
    assert!(no_such.told()[0].english.contains("no visible sheet “c”"));
}

#[test]
fn rows_that_lack_or_have_too_much_are_told() {
    book_says(&roster(&row(3, &["", "440308199901101512"])), "row 3, column A: 姓名 is missing");
    book_says(&roster(&row(3, &["李四", "440308199901101512", "四级", "?"])), "row 3, column D: stands under no heading");
    says("姓名,证件号码\n李,四,440308199901101512\n".as_bytes(), &ROSTER, "row 2, column C: stands under no heading");
    book_says(&roster(&format!(r#"<row r="3">{}</row>"#, cell("IW3", "a"))), "column IW: no form has columns beyond IV");
    book_says(&roster(&row(3, &[&"长".repeat(2_000)])), "longer than 4000 bytes");
    book_says(&roster(&row(2, &["again"])), "out of order");
    book_says(&roster(r#"<row r="3"><c r="A3" t="s"><v>7</v></c></row>"#), "its text is not in the file");
    says("准考证号,成绩\n001,缺考\n".as_bytes(), &SCORES, "row 2, column B: 成绩 is not a number");
    let date = r#"<row r="2"><c r="A2" s="1"><v>45000</v></c><c r="B2"><v>1</v></c></row>"#;
    let arrangement = Book::of(&format!("{}{date}", row(1, &["考场", "考号区间"])));
    says(&arrangement.bytes(), &ARRANGEMENT, "made a date of 考场");
}

#[test]
fn csv_that_is_in_no_encoding_or_open_is_refused() {
    says(b"\xff\xff\x81", &ROSTER, "neither UTF-8 nor GB18030");
    says(b"\xff\xfea", &ROSTER, "neither UTF-8 nor GB18030");
    says("姓名,证件号码\n\"王芳,1\n李四,2\n".as_bytes(), &ROSTER, "never closed");
    says("姓名,证件号码\n=CMD(),2222\n".as_bytes(), &ROSTER, "row 2, column A: is a formula");
}

/// All troubles of a file are told at one go, but not without end.
#[test]
fn a_thousand_troubles_are_counted() {
    let rows: String = (0..1_000).map(|_| "王芳,\n").collect();
    let troubles = refused(format!("姓名,证件号码\n{rows}").as_bytes(), &ROSTER);
    assert_eq!((troubles.told().len(), troubles.more()), (MAX_TOLD, 1_000 - MAX_TOLD));
    assert_eq!(troubles.told()[0].in_chinese(), "第 2 行，第 B 列：缺少证件号码，请填写");
}
