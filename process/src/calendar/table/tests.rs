use proptest::prelude::*;

use super::*;

const GOLDEN: &str = include_str!("../../../tests/golden/calendar.invented-2027.v1.json");
const GOLDEN_LINE: &str = include_str!("../../../tests/golden/calendar.invented-2027.v1.line.json");

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The format of version 1 never changes: this file is read as long as Liuhen is.
#[test]
fn the_golden_file_reads_and_is_written_again_to_the_byte() {
    let table = YearTable::from_json(GOLDEN).unwrap();
    assert_eq!((table.year(), table.revision()), (2027, 3));
    assert_eq!(
        table.sources().collect::<Vec<_>>(),
        [("示例〔2026〕1号", date("2026-11-20")), ("示例〔2027〕2号", date("2027-03-01"))]
    );
    let days: Vec<_> = table.days().map(|day| (day.date, day.special.kind, day.special.reason.as_str())).collect();
    assert_eq!(days.len(), 13);
    assert_eq!(days[0], (date("2026-12-27"), SpecialKind::MakeupWorkday, "元旦"));
    assert_eq!(days[1], (date("2027-01-01"), SpecialKind::Holiday, "元旦"));
    assert_eq!(table.to_json(), GOLDEN_LINE.trim_end());
    assert_eq!(YearTable::from_json(&table.to_json()), Ok(table));
}

/// The golden file, with one piece of its text replaced.
fn golden_with(old: &str, new: &str) -> Result<YearTable, TableError> {
    assert!(GOLDEN.contains(old), "{old}");
    YearTable::from_json(&GOLDEN.replacen(old, new, 1))
}

#[test]
fn what_is_wrong_is_told_by_field_and_day() {
    let long = "长".repeat(34);
    for (old, new, wrong) in [
        ("\"v\": 1", "\"v\": 2", "v: 2 is not known here, only 1 is"),
        ("\"year\": 2027", "\"year\": 1948", "year: 1948 is not in 1949 to 9999"),
        ("\"revision\": 3", "\"revision\": 0", "revision: 0 is none; the first is 1"),
        ("\"2026-11-20\"", "\"2026-11-31\"", "sources[0].issued: 2026-11 has the days 1 to 30, not 31"),
        (
            "\"示例〔2027〕2号\"",
            "\" \"",
            "sources[1].notice: a number of 1 to 100 bytes without control characters is expected, not 1 bytes",
        ),
        ("\"2027-01-01\"", "\"2027-1-1\"", "days[1] (2027-1-1): date: \"2027-1-1\" is not of the form YYYY-MM-DD"),
        ("\"2027-01-01\"", "\"2027-02-06\"", "days[2] (2027-02-06): date: the day stands in the table twice"),
        (
            "\"2027-02-20\"",
            "\"2027-02-22\"",
            "days[10] (2027-02-22): kind: a make-up working day is a Saturday or a Sunday, and this is neither",
        ),
        ("\"makeup_workday\"", "\"workday\"", "days[0] (2026-12-27): kind: \"workday\" is neither holiday nor makeup_workday"),
        (
            "\"元旦\"",
            &format!("{long:?}"),
            "days[0] (2026-12-27): reason: 1 to 100 bytes without control characters are expected, not 102 bytes",
        ),
        (
            "\"元旦\"",
            "\"a\\u0007\"",
            "days[0] (2026-12-27): reason: 1 to 100 bytes without control characters are expected, not 2 bytes",
        ),
    ] {
        let error = golden_with(old, new).unwrap_err();
        assert_eq!(error.to_string(), wrong);
        assert!(error.zh().chars().any(|c| ('一'..='鿿').contains(&c)), "{}", error.zh());
    }
    let error = golden_with("\"2027-02-20\"", "\"2027-02-22\"").unwrap_err();
    assert_eq!(error.zh(), "days[10]（2027-02-22）：kind：调休上班日应为星期六或星期日，该日期不是");
}

#[test]
fn a_day_belongs_to_its_year_or_to_the_week_before_it() {
    for text in ["2026-12-24", "2026-01-01", "2028-01-01", "2025-12-31", "0001-12-31", "9999-12-31"] {
        let error = golden_with("\"2027-01-01\"", &format!("{text:?}")).unwrap_err();
        assert_eq!(error, TableError::Day { index: 1, date: text.to_owned(), what: DayError::Outside { year: 2027 } });
        assert!(error.to_string().contains("a table of 2027 holds days of 2027"), "{error}");
    }
    assert!(golden_with("\"2027-01-01\"", "\"2026-12-25\"").is_ok());
}

#[test]
fn half_a_notice_and_far_too_much_are_refused() {
    let file = |days: Vec<String>| {
        let source = r#"{"notice":"示例","issued":"2026-11-20"}"#;
        YearTable::from_json(&format!(r#"{{"v":1,"year":2027,"revision":1,"sources":[{source}],"days":[{}]}}"#, days.join(",")))
    };
    let day = |n: u32| format!(r#"{{"date":"{}","kind":"holiday","reason":"x"}}"#, date("2027-01-01").plus_days(n));
    assert_eq!(file(Vec::new()), Err(TableError::TooFewHolidays { count: 0, least: 10 }));
    assert_eq!(file((0..9).map(day).collect()), Err(TableError::TooFewHolidays { count: 9, least: 10 }));
    assert!(file((0..365).map(day).collect()).is_ok());
    assert_eq!(file((0..401).map(day).collect()), Err(TableError::TooManyDays { count: 401, most: 400 }));
    assert_eq!(YearTable::from_json(&" ".repeat(131_073)), Err(TableError::TooLarge { bytes: 131_073, most: 131_072 }));
}

#[test]
fn an_unknown_key_a_missing_one_and_a_doubled_one_are_refused_with_line_and_column() {
    for (old, new, wrong) in [
        ("\"v\": 1", "\"v\": 1, \"note\": \"\"", "unknown field `note`"),
        ("\"v\": 1", "\"v\": 1, \"v\": 1", "duplicate field `v`"),
        ("\"kind\": \"makeup_workday\", ", "", "missing field `kind`"),
        ("2027", "70000", "invalid value: integer `70000`"),
    ] {
        let error = golden_with(old, new).unwrap_err();
        assert!(error.to_string().starts_with("line ") && error.to_string().contains(wrong), "{error}");
        assert!(error.zh().starts_with('第'), "{}", error.zh());
    }
    let error = golden_with("\"v\": 1", &format!("\"{}\": 1", "n".repeat(100_000))).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
    assert!(YearTable::from_json(&"[".repeat(100_000)).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", cut in 0usize..700, put in "\\PC{0,8}") {
        let _ = YearTable::from_json(&text);
        let cut = GOLDEN.floor_char_boundary(cut);
        let broken = format!("{}{put}{}", &GOLDEN[..cut], &GOLDEN[cut..]);
        if let Ok(table) = YearTable::from_json(&broken) {
            prop_assert_eq!(YearTable::from_json(&table.to_json()), Ok(table));
        }
    }
}
