//! Sheets that Python's openpyxl writes, which shares no code with us.

use std::path::Path;
use std::process::Command;

use liuhen_sheets::annex::{ROSTER, person};
use liuhen_sheets::form::{Filled, fill};
use liuhen_sheets::writer::{Page, to_xlsx};
use liuhen_sheets::{Troubles, read};

fn python() -> String {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/python/bin/python3");
    if ours.is_file() { ours.to_str().unwrap().to_owned() } else { "python3".to_owned() }
}

/// Writes roster.xlsx and spoiled.xlsx, and again.xlsx from given.xlsx.
pub(crate) fn write_sheets(directory: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/python/write_sheets.py");
    let made = Command::new(python()).arg("-B").arg(script).arg(directory).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn filled(path: &Path) -> Result<Filled, Troubles> {
    fill(&read(&std::fs::read(path).unwrap())?, &ROSTER, None)
}

fn persons(filled: &Filled) -> Vec<[Option<&str>; 3]> {
    let row = |entry: &'_ liuhen_sheets::form::Entry| entry.row;
    assert!(filled.entries.is_sorted_by_key(row));
    filled.entries.iter().map(|it| [person::NAME, person::NUMBER, person::TICKET].map(|heading| it.text(heading))).collect()
}

#[test]
fn sheets_of_openpyxl_are_read_and_ours_survive_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let row = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
    let page = Page {
        title: "考生名册".into(),
        above: vec!["认定计划：20261122".into()],
        headings: row(["姓名", "证件号码", "准考证号"]),
        rows: vec![row(["=1+1 王芳", "11010519491231002X", "0012"]), row(["a<b>&\"c\"", "A1234567", "007"])],
        below: vec!["填表人：".into()],
        ..Page::default()
    };
    std::fs::write(path("given.xlsx"), to_xlsx(&page).unwrap()).unwrap();
    write_sheets(directory.path());

    let roster = filled(&path("roster.xlsx")).unwrap();
    assert_eq!(
        persons(&roster),
        [
            [Some("欧阳踏雪无痕"), Some("11010519491231002X"), Some("2026001")],
            [Some("𠮷田丰"), Some("440308199901101512"), Some("2026002")],
            [Some("Müller Ångström"), Some("610102198005170016"), Some("2026003")],
        ]
    );
    let spoiled = filled(&path("spoiled.xlsx")).unwrap_err();
    let said: Vec<_> = spoiled.told().iter().map(|it| (it.place.row, it.place.column.map(|it| it.to_string()))).collect();
    let at = |row, column: Option<&str>| (Some(row), column.map(str::to_owned));
    let places = [at(2, Some("A")), at(2, Some("B")), at(3, Some("A")), at(3, Some("C")), at(4, None), at(4, Some("C"))];
    // The lower cell of a merged one is empty, whatever was written there.
    assert!(places.iter().filter(|place| said.contains(place)).count() >= 5, "{:?}", spoiled.told());

    let (given, again) = (filled(&path("given.xlsx")).unwrap(), filled(&path("again.xlsx")).unwrap());
    assert_eq!(persons(&again), persons(&given));
    assert_eq!(persons(&again)[0], [Some("=1+1 王芳"), Some("11010519491231002X"), Some("0012")]);
}
