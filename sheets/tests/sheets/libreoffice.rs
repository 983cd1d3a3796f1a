//! Sheets that LibreOffice saves: those of openpyxl and ours, as workbooks and as CSV in both encodings.

use std::path::Path;
use std::process::Command;

use liuhen_sheets::annex::{ARRANGEMENT, ROSTER, SCORES};
use liuhen_sheets::form::{Filled, Form};
use liuhen_sheets::writer::{Page, to_csv, to_xlsx};

use crate::made::filled;
use crate::openpyxl::write_sheets;

/// CSV of LibreOffice: comma, quotation mark, encoding, from line 1, cells as they are shown.
const UTF_8: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false";
const GB18030: &str = "csv:Text - txt - csv (StarCalc):44,34,85,1,,0,false,true,false";

/// The way back: UTF-8, and what stands in quotation marks is text.
const QUOTED: &str = "--infilter=CSV:44,34,76,1,,0,true,true";

/// Saves files of a directory once more, into another one: all of them by one start.
fn saves(directory: &Path, names: &[&str], (as_what, how): (&str, Option<&str>), into: &str) {
    let home = format!("-env:UserInstallation=file://{}", directory.join("home").display());
    let mut office = Command::new("soffice");
    office.args(["--headless", "--norestore", &home]).args(how);
    office.args(["--convert-to", as_what, "--outdir"]).arg(directory.join(into));
    let told = office.args(names.iter().map(|name| directory.join(name))).output();
    let told = told.expect("LibreOffice is installed: ./dev setup");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

fn texts(found: &Filled, form: &Form) -> Vec<Vec<Option<String>>> {
    let row = |entry: &liuhen_sheets::form::Entry| {
        (0..form.headings.len()).map(|heading| entry.text(heading).map(str::to_owned)).collect()
    };
    found.entries.iter().map(row).collect()
}

#[track_caller]
fn read(path: &Path, form: &Form) -> Vec<Vec<Option<String>>> {
    let found = filled(&std::fs::read(path).unwrap(), form);
    texts(&found.unwrap_or_else(|troubles| panic!("{}: {troubles:?}", path.display())), form)
}

fn page(title: &str, headings: &[&str], rows: &[&[&str]]) -> Page {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Page {
        title: title.to_owned(),
        above: vec!["认定计划：20261122某机构第1期".to_owned()],
        headings: texts(headings),
        rows: rows.iter().map(|row| texts(row)).collect(),
        below: vec!["填表人：　　　　日期：".to_owned()],
        ..Page::default()
    }
}

/// What we give: numbers that are text, signs of formulas, line breaks, ranges and times.
fn given() -> [(&'static str, &'static Form, Page); 3] {
    let people: &[&[&str]] = &[
        &["1", "=1+1 王芳", "11010519491231002X", "0012", "四级/中级工"],
        &["2", "𠮷田丰", "E12345678", "2026-0", "特级技师"],
        &["3", "a<b>&\"c\"", "440308199901101512", "", "五级/初级工"],
    ];
    let roster = page("考生名册", &["序号", "姓名", "证件号码", "准考证号", "申报等级"], people);
    let scores: &[&[&str]] = &[&["0012", "技能", "85.5", "交头接耳\n口头警告"], &["2026-0", "技能", "100", ""]];
    let scores = page("成绩登记表", &["准考证号", "考核科目", "成绩", "违纪记录"], scores);
    let rooms: &[&[&str]] = &[&["3号楼301", "2", "001~015、020~030", "09:00-10:30"]];
    let rooms = page("考场安排表", &["考场", "人数", "考号区间", "考试具体时间"], rooms);
    [("roster", &ROSTER, roster), ("scores", &SCORES, scores), ("rooms", &ARRANGEMENT, rooms)]
}

#[test]
fn what_libreoffice_saves_is_what_it_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for (name, _, page) in given() {
        std::fs::write(path(&format!("{name}-of-ours.xlsx")), to_xlsx(&page).unwrap()).unwrap();
    }
    std::fs::write(path("csv-of-ours.csv"), to_csv(&given()[0].2)).unwrap();
    std::fs::copy(path("roster-of-ours.xlsx"), path("given.xlsx")).unwrap();
    write_sheets(directory.path());

    let ours = ["roster-of-ours.xlsx", "scores-of-ours.xlsx", "rooms-of-ours.xlsx"];
    saves(directory.path(), &[&ours[..], &["roster.xlsx"]].concat(), ("xlsx", None), "saved");
    saves(directory.path(), &["csv-of-ours.csv"], ("xlsx", Some(QUOTED)), "saved");
    saves(directory.path(), &["roster.xlsx"], (UTF_8, None), "utf-8");
    saves(directory.path(), &["roster.xlsx"], (GB18030, None), "gb18030");

    for (name, form, page) in given() {
        let (before, after) = (path(&format!("{name}-of-ours.xlsx")), path(&format!("saved/{name}-of-ours.xlsx")));
        assert_eq!(read(&before, form).len(), page.rows.len());
        assert_eq!(read(&after, form), read(&before, form), "{name}");
    }
    let people = read(&path("roster.xlsx"), &ROSTER);
    assert_eq!(people.len(), 3);
    for saved in ["saved/roster.xlsx", "utf-8/roster.csv", "gb18030/roster.csv"] {
        assert_eq!(read(&path(saved), &ROSTER), people, "{saved}");
    }
    let gb18030 = std::fs::read(path("gb18030/roster.csv")).unwrap();
    assert!(std::str::from_utf8(&gb18030).is_err(), "it is no UTF-8");
    // Ours has an apostrophe before what would run; LibreOffice keeps it as a character, as it must.
    let (ours, saved) = (read(&path("csv-of-ours.csv"), &ROSTER), read(&path("saved/csv-of-ours.xlsx"), &ROSTER));
    assert_eq!((saved[0][0].as_deref(), ours[0][0].as_deref()), (Some("'=1+1 王芳"), Some("=1+1 王芳")));
    assert_eq!((&saved[0][1..], &saved[1..]), (&ours[0][1..], &ours[1..]));
}
