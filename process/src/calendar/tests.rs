use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A table of that year with Spring Festival enough to be whole, and these days.
fn table(year: u16, revision: u32, more: &[(&str, &str)]) -> YearTable {
    let spring = (1..=10).map(|day| (format!("{year}-02-{day:02}"), "holiday"));
    let more = more.iter().map(|(date, kind)| ((*date).to_owned(), *kind));
    let day = |(date, kind)| format!(r#"{{"date":"{date}","kind":"{kind}","reason":"春节"}}"#);
    let days: Vec<String> = spring.chain(more).map(day).collect();
    let source = r#"{"notice":"示例","issued":"2026-11-20"}"#;
    let json = format!(r#"{{"v":1,"year":{year},"revision":{revision},"sources":[{source}],"days":[{}]}}"#, days.join(","));
    YearTable::from_json(&json).unwrap()
}

#[test]
fn four_years_are_known_each_from_its_notice() {
    let calendar = Calendar::embedded();
    let sources: Vec<_> = calendar.tables().flat_map(|table| table.sources().map(|source| (table.year(), source))).collect();
    assert_eq!(
        sources,
        [
            (2023, ("国办发明电〔2022〕16号", date("2022-12-08"))),
            (2024, ("国办发明电〔2023〕7号", date("2023-10-25"))),
            (2025, ("国办发明电〔2024〕12号", date("2024-11-12"))),
            (2026, ("国办发明电〔2025〕7号", date("2025-11-04"))),
        ]
    );
    for (text, working) in [
        ("2026-10-10", true),
        ("2026-10-05", false),
        ("2026-10-12", true),
        ("2026-10-11", false),
        ("2026-01-04", true),
        ("2024-02-09", true),
        ("2023-12-29", true),
    ] {
        assert_eq!(calendar.is_working_day(date(text)), WorkingDay::Known(working), "{text}");
    }
    assert_eq!(calendar.special(date("2026-10-10")).map(|special| special.reason.as_str()), Some("国庆节"));
}

#[test]
fn a_year_without_a_table_is_unknown_on_every_day_even_on_sundays() {
    let calendar = Calendar::embedded();
    for text in ["2027-01-01", "2027-06-06", "2027-12-31"] {
        assert_eq!(calendar.is_working_day(date(text)), WorkingDay::UnknownYear(2027), "{text}");
    }
    assert_eq!(calendar.is_working_day(date("2022-12-30")), WorkingDay::UnknownYear(2022));
    assert_eq!(Calendar::empty().is_working_day(date("2026-10-10")), WorkingDay::UnknownYear(2026));
    assert_eq!(Calendar::embedded().is_working_day(Date::LAST), WorkingDay::UnknownYear(9999));
}

/// The notice of 2019 (国办发明电〔2018〕15号) came on 2018-12-04 and changed 2018-12-29 to 31.
#[test]
fn the_days_before_new_year_wait_for_the_next_years_notice_and_follow_it() {
    let mut calendar = Calendar::empty();
    calendar.load(table(2018, 1, &[])).unwrap();
    assert_eq!(calendar.is_working_day(date("2018-12-24")), WorkingDay::Known(true));
    assert_eq!(calendar.is_working_day(date("2018-12-25")), WorkingDay::UnknownYear(2019));
    let changed = [("2018-12-29", "makeup_workday"), ("2018-12-30", "holiday"), ("2018-12-31", "holiday")];
    calendar.load(table(2019, 1, &changed)).unwrap();
    for (text, working) in [("2018-12-28", true), ("2018-12-29", true), ("2018-12-30", false), ("2018-12-31", false)] {
        assert_eq!(calendar.is_working_day(date(text)), WorkingDay::Known(working), "{text}");
    }
}

#[test]
fn of_the_days_before_new_year_the_later_notice_governs() {
    let mut calendar = Calendar::empty();
    calendar.load(table(2018, 1, &[("2018-12-29", "holiday")])).unwrap();
    calendar.load(table(2019, 1, &[("2018-12-29", "makeup_workday")])).unwrap();
    assert_eq!(calendar.is_working_day(date("2018-12-29")), WorkingDay::Known(true));
}

#[test]
fn a_higher_revision_replaces_a_table_and_no_other_does() {
    let mut calendar = Calendar::embedded();
    calendar.load(table(2027, 2, &[])).unwrap();
    let held = calendar.clone();
    calendar.load(table(2027, 2, &[])).unwrap();
    for revision in [1, 2] {
        let error = calendar.load(table(2027, revision, &[("2027-05-01", "holiday")])).unwrap_err();
        assert_eq!(error, LoadError { year: 2027, held: 2, offered: revision });
        assert!(error.to_string().contains("2027 holds revision 2"), "{error}");
        assert!(error.zh().contains("2027 年的日历已载入第 2 版"), "{}", error.zh());
    }
    assert_eq!(calendar, held);
    calendar.load(table(2027, 3, &[("2027-05-03", "holiday")])).unwrap();
    assert_eq!(calendar.is_working_day(date("2027-05-03")), WorkingDay::Known(false));
    assert_eq!(calendar.table(2027).map(YearTable::revision), Some(3));
}
