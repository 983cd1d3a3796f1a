use proptest::prelude::*;

use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn what_is_no_date_says_what_is_wrong_with_it() {
    for (text, wrong) in [
        ("2026-2-3", "\"2026-2-3\" is not of the form YYYY-MM-DD"),
        ("2026-02-3x", "\"2026-02-3x\" is not of the form YYYY-MM-DD"),
        ("2026/02/03", "\"2026/02/03\" is not of the form YYYY-MM-DD"),
        ("+026-02-03", "\"+026-02-03\" is not of the form YYYY-MM-DD"),
        ("二〇二六", "\"二〇二六\" is not of the form YYYY-MM-DD"),
        ("二〇二6", "\"二〇二6\" is not of the form YYYY-MM-DD"),
        ("", "\"\" is not of the form YYYY-MM-DD"),
        ("0000-01-01", "year 0 is not in 1 to 9999"),
        ("2026-13-01", "month 13 is not in 1 to 12"),
        ("2026-00-01", "month 0 is not in 1 to 12"),
        ("2026-02-29", "2026-02 has the days 1 to 28, not 29"),
        ("2026-04-00", "2026-04 has the days 1 to 30, not 0"),
    ] {
        let error = text.parse::<Date>().unwrap_err();
        assert_eq!(error.to_string(), wrong);
        assert!(!error.zh().is_empty());
    }
    let DateError::Form { found } = "9".repeat(1 << 20).parse::<Date>().unwrap_err() else { panic!() };
    assert_eq!(found.len(), 20);
    assert_eq!("2026-02-29".parse::<Date>().unwrap_err().zh(), "2026 年 2 月只有 1 至 28 日，没有 29 日");
}

#[test]
fn a_day_in_china_begins_at_16_utc_of_the_day_before() {
    // 2026-10-10T16:00:00Z and the microsecond before it.
    let midnight = Timestamp::from_micros(1_791_648_000_000_000);
    assert_eq!(Date::of(midnight), date("2026-10-11"));
    assert_eq!(Date::of(Timestamp::from_micros(midnight.as_micros() - 1)), date("2026-10-10"));
    assert_eq!(date("2026-10-11").start(), midnight);
    assert_eq!(date("2026-10-10").end(), midnight);
}

#[test]
fn dates_stay_at_the_ends_of_time() {
    assert_eq!(Date::of(Timestamp::from_micros(i64::MIN)), Date::FIRST);
    assert_eq!(Date::of(Timestamp::from_micros(i64::MAX)), Date::LAST);
    assert_eq!((Date::LAST.next(), Date::FIRST.previous()), (None, None));
    assert_eq!((Date::LAST.plus_days(u32::MAX), Date::LAST.plus_months(1)), (Date::LAST, Date::LAST));
    assert_eq!((Date::FIRST.minus_days(u32::MAX), Date::FIRST.plus_days(u32::MAX)), (Date::FIRST, Date::LAST));
}

#[test]
fn months_end_where_they_end() {
    assert_eq!(date("2025-12-31").plus_months(2), date("2026-02-28"));
    assert_eq!(date("2026-03-15").plus_months(2), date("2026-05-15"));
    assert_eq!(date("2024-07-01").end_of(Month::try_from(2).unwrap()), date("2024-02-29"));
    assert_eq!(date("2026-07-01").end_of(Month::try_from(12).unwrap()), date("2026-12-31"));
    assert_eq!((Month::try_from(0).is_err(), Month::try_from(13).is_err()), (true, true));
}

#[test]
fn a_date_is_its_text_in_json() {
    assert_eq!(serde_json::to_string(&date("0998-02-03")).unwrap(), "\"0998-02-03\"");
    let error = serde_json::from_str::<Date>("\"2026-02-30\"").unwrap_err().to_string();
    assert!(error.contains("2026-02 has the days 1 to 28, not 30"), "{error}");
}

proptest! {
    #[test]
    fn text_moment_and_arithmetic_lead_back(days in 0u32..3_652_058, us in 0..DAY_US, step in 0u32..100_000) {
        let day = Date::FIRST.plus_days(days);
        prop_assert_eq!(day.to_string().parse::<Date>(), Ok(day));
        prop_assert_eq!(Date::of(Timestamp::from_micros(day.start().as_micros() + us)), day);
        let later = day.plus_days(step);
        prop_assert_eq!(later.minus_days(day.days_until(later)), day);
        prop_assert_eq!(later.days_until(day), 0);
    }
}
