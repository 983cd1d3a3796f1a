//! Sheets as people keep them: titles, notes and template rows around, full-width digits, blanks nobody sees.

use liuhen_sheets::annex::{ARRANGEMENT, ENROLMENT, ROSTER, SCORES, arrangement, person, score};
use liuhen_sheets::read;

use crate::made::{Book, NUMBER, cell, filled, roster, row};

#[test]
fn titles_notes_numbered_rows_and_feet_are_no_candidates() {
    let rows = [
        row(1, &["2026 年第一批考生名册"]),
        row(3, &["序号", "姓 名", "证件号码\n*", "备注"]),
        row(5, &["1", "王芳", NUMBER, "补考"]),
        row(6, &["2"]),
        row(7, &["", "制表：王芳"]),
        row(8, &["", "", "下面的不再是考生"]),
    ];
    let found = filled(&Book::of(&rows.concat()).bytes(), &ROSTER).unwrap();
    assert_eq!((found.entries.len(), found.entries[0].row), (1, 5));
    assert_eq!(found.entries[0].text(person::NAME), Some("王芳"));
    assert_eq!(found.not_taken, ["备注"]);
}

#[test]
fn full_width_digits_and_blanks_that_nobody_sees_are_read_right() {
    let rows = roster(&row(3, &["\u{3000}欧阳\u{a0}踏雪 ", "１１０１０５ 19491231\u{200b}００２ｘ"]));
    let found = filled(&Book::of(&rows).bytes(), &ROSTER).unwrap();
    assert_eq!(found.entries[1].text(person::NAME), Some("欧阳 踏雪"));
    assert_eq!(found.entries[1].text(person::NUMBER), Some("11010519491231002x"));
    assert_eq!(found.entries[1].text(person::LEVEL), None);
}

#[test]
fn numbers_and_times_are_those_that_people_see() {
    let scores = r#"<row r="2"><c r="A2"><v>2026001</v></c><c r="B2"><v>85.499999999999986</v></c></row>"#;
    let found = filled(&Book::of(&format!("{}{scores}", row(1, &["准考证号", "成绩"]))).bytes(), &SCORES).unwrap();
    assert_eq!((found.entries[0].text(score::TICKET), found.entries[0].text(score::POINTS)), (Some("2026001"), Some("85.5")));
    let head = row(1, &["考场", "考号区间", "考试具体时间"]);
    let time = r#"<c r="C2" s="1"><v>46348.375</v></c>"#;
    let rows = format!(r#"{head}<row r="2">{}{}{time}</row>"#, cell("A2", "3号楼301"), cell("B2", "001～030"));
    let found = filled(&Book::of(&rows).bytes(), &ARRANGEMENT).unwrap();
    assert_eq!(found.entries[0].text(arrangement::TICKETS), Some("001~030"));
    assert_eq!(found.entries[0].text(arrangement::TIME), Some("2026-11-22 09:00"));
}

/// Merged within one row, there is no doubt whose value it is.
#[test]
fn a_wide_cell_is_read() {
    let rows = row(1, &["姓名", "证件号码", "申报等级"]) + &row(2, &["王芳", NUMBER, "四级"]);
    let merged = r#"<mergeCells><mergeCell ref="C2:D2"/></mergeCells>"#;
    let first = format!("<worksheet><sheetData>{rows}</sheetData>{merged}</worksheet>");
    let found = filled(&Book { first, ..Book::of("") }.bytes(), &ROSTER).unwrap();
    assert_eq!(found.entries[0].text(person::LEVEL), Some("四级"));
}

/// A row that has all it needs is one, whatever its first cell begins with.
#[test]
fn a_row_may_begin_as_a_foot_does() {
    let rows = row(1, &["工作单位", "姓名", "证件号码"]) + &row(2, &["负责人力资源公司", "王芳", NUMBER]);
    assert_eq!(filled(&Book::of(&rows).bytes(), &ROSTER).unwrap().entries.len(), 1);
}

/// Somebody formatted all rows of the sheet: a million of them are empty.
#[test]
fn a_million_empty_rows_cost_nothing() {
    // With their numbers and, as a writer may leave them out, without: to the last row of a sheet.
    let numbered: String = (3..=50_000).map(|n| format!(r#"<row r="{n}"/>"#)).collect();
    let empty = numbered + &"<row/>".repeat(1_048_576 - 50_000);
    let found = filled(&Book::of(&roster(&empty)).bytes(), &ROSTER).unwrap();
    assert_eq!(found.entries.len(), 1);
}

#[test]
fn csv_is_read_in_the_encodings_of_excel_and_wps() {
    let text = format!("姓名,证件号码,申报等级\r\n𠮷田丰,{NUMBER},四级\r\n");
    let utf16: Vec<u8> = text.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = [
        text.clone().into_bytes(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        encoding_rs::GB18030.encode(&text).0.into_owned(),
        [b"\xff\xfe", utf16.as_slice()].concat(),
        text.replace(',', ";").into_bytes(),
    ];
    for file in files {
        let found = filled(&file, &ROSTER).unwrap();
        assert_eq!(found.entries[0].text(person::NAME), Some("𠮷田丰"));
        assert_eq!(found.entries[0].row, 2);
    }
    // Leading zeros, as people keep them in a CSV.
    let found = filled("准考证号,成绩\n=\"0012\",60\n".as_bytes(), &SCORES).unwrap();
    assert_eq!(found.entries[0].text(score::TICKET), Some("0012"));
}

#[test]
fn the_annex_of_colleges_is_found_by_its_own_headings() {
    let heads = [
        "序号",
        "所在 单位",
        "姓名",
        "性别",
        "证件号码 (注册学 籍号)",
        "联系 电话",
        "民族",
        "文化 程度",
        "所学 专业",
        "职业 名称",
        "工种 名称",
        "技能 等级",
    ];
    let rows = row(2, &heads)
        + &row(3, &["1", "某技师学院", "王芳", "女", NUMBER, "", "", "", "", "车工", "", "四级"])
        + &row(4, &["2"]);
    let found = filled(&Book::of(&rows).bytes(), &ENROLMENT).unwrap();
    assert_eq!(found.entries.len(), 1);
    assert_eq!(found.entries[0].text(person::EMPLOYER), Some("某技师学院"));
    assert!(found.not_taken.contains(&"民族".to_owned()), "{:?}", found.not_taken);
}

#[test]
fn shared_texts_and_rows_without_places_are_read() {
    let rows =
        r#"<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c t="s"><v>2</v></c><c t="str"><v>A1234567</v></c></row>"#;
    let strings = "<sst><si><t>姓名</t></si><si><r><t>证件</t></r><r><t>号码</t></r></si><si><t>John</t></si></sst>".to_owned();
    let found = filled(&Book { strings, ..Book::of(rows) }.bytes(), &ROSTER).unwrap();
    assert_eq!(found.entries[0].text(person::NAME), Some("John"));
    assert_eq!(read(&Book::of("").bytes()).unwrap()[0].name, "名册");
}
