use proptest::prelude::*;

use super::*;
use crate::calendar::YearTable;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn years(due: &Due) -> Vec<u16> {
    due.provisional.iter().flat_map(UnknownYears::iter).collect()
}

/// What the notice of 2027 will say is not known; this stands in for it.
fn with_2027() -> Calendar {
    let mut calendar = Calendar::embedded();
    calendar.load(YearTable::from_json(include_str!("../../../tests/golden/calendar.invented-2027.v1.json")).unwrap()).unwrap();
    calendar
}

/// Requirements 3.12, for J1 (5), J6 (30), J7 (15).
#[test]
fn j1_j6_j7_working_days_after_are_counted_as_compared_with_other_calendars() {
    let calendar = Calendar::embedded();
    for (from, n, due) in [
        ("2026-09-28", 5, "2026-10-10"),
        ("2026-02-11", 5, "2026-02-25"),
        ("2026-01-20", 30, "2026-03-09"),
        ("2026-09-15", 30, "2026-11-02"),
        ("2026-04-28", 15, "2026-05-21"),
    ] {
        assert_eq!(calendar.working_days_after(date(from), n), Due::firm(date(due)), "{n} after {from}");
    }
}

/// Requirements 3.12, for B2.
#[test]
fn b2_working_days_before_are_counted_as_compared_with_other_calendars() {
    let calendar = Calendar::embedded();
    for (from, due) in [("2026-10-17", "2026-09-29"), ("2026-03-07", "2026-02-24")] {
        assert_eq!(calendar.working_days_before(date(from), 10), Due::firm(date(due)), "10 before {from}");
    }
}

#[test]
fn calendar_days_need_no_table_and_do_not_move_off_holidays() {
    let nothing = Calendar::empty();
    assert_eq!(nothing.days_after(date("2026-09-30"), DayCount::calendar(3)), Due::firm(date("2026-10-03")));
    assert_eq!(nothing.days_before(date("2027-01-03"), DayCount::calendar(5)), Due::firm(date("2026-12-29")));
    assert_eq!(nothing.days_between(date("2027-01-01"), date("2028-01-01"), DayKind::Calendar).days, 365);
}

#[test]
fn a_count_into_2027_is_provisional_until_its_table_is_loaded_and_then_firm() {
    let due = Calendar::embedded().working_days_after(date("2026-12-28"), 5);
    assert_eq!((due.date, years(&due)), (date("2027-01-04"), vec![2027]));
    assert_eq!(with_2027().working_days_after(date("2026-12-28"), 5), Due::firm(date("2027-01-05")));
    let due = Calendar::embedded().working_days_after(date("2026-12-10"), 30);
    assert_eq!((due.date, years(&due)), (date("2027-01-21"), vec![2027]));
    // One day off more, 2027-01-01, and one less, 2026-12-27: the same date, and now it is certain.
    assert_eq!(with_2027().working_days_after(date("2026-12-10"), 30), Due::firm(date("2027-01-21")));
    let due = Calendar::embedded().working_days_before(date("2027-01-08"), 10);
    assert_eq!((due.date, years(&due)), (date("2026-12-25"), vec![2027]));
}

#[test]
fn a_due_date_in_json_says_what_it_waits_for() {
    let json = |due: &Due| serde_json::to_string(due).unwrap();
    let due = Calendar::embedded().working_days_after(date("2026-12-28"), 5);
    assert_eq!(json(&due), r#"{"date":"2027-01-04","provisional":[2027]}"#);
    assert_eq!(json(&Due::firm(date("2026-10-10"))), r#"{"date":"2026-10-10","provisional":null}"#);
}

#[test]
fn every_missing_year_is_named() {
    let due = Calendar::empty().working_days_after(date("2026-12-10"), 300);
    assert_eq!(years(&due), [2026, 2027, 2028]);
    assert_eq!(due.provisional.unwrap().to_string(), "2026, 2027, 2028");
    assert_eq!(Calendar::empty().working_days_after(date("2026-12-10"), 0), Due::firm(date("2026-12-10")));
}

#[test]
fn a_count_that_runs_into_the_end_of_time_stops_there_and_is_provisional() {
    let calendar = Calendar::embedded();
    let after = calendar.working_days_after(Date::LAST.minus_days(3), u16::MAX);
    let before = calendar.working_days_before(Date::FIRST.plus_days(3), u16::MAX);
    assert_eq!((after.date, after.is_firm()), (Date::LAST, false));
    assert_eq!((before.date, before.is_firm()), (Date::FIRST, false));
}

#[test]
fn a_count_of_days_is_spelt_so_in_rule_packs() {
    let count: DayCount = serde_json::from_str(r#"{"n":5,"kind":"working"}"#).unwrap();
    assert_eq!(count, DayCount::working(5));
    assert!(serde_json::from_str::<DayCount>(r#"{"n":5,"kind":"working","or":6}"#).is_err());
}

fn known_days() -> impl Strategy<Value = Date> {
    (0u32..1_300).prop_map(|n| date("2023-01-05").plus_days(n))
}

fn working(calendar: &Calendar, date: Date) -> bool {
    calendar.is_working_day(date) == WorkingDay::Known(true)
}

proptest! {
    #[test]
    fn after_and_before_undo_each_other_on_working_days(day in known_days(), n in 0u16..60) {
        let calendar = Calendar::embedded();
        prop_assume!(working(&calendar, day));
        let due = calendar.working_days_after(day, n);
        prop_assert!(due.is_firm());
        prop_assert!(working(&calendar, due.date));
        prop_assert_eq!(calendar.working_days_before(due.date, n), Due::firm(day));
    }

    #[test]
    fn counts_add_up_and_agree_with_counting_between(day in known_days(), a in 0u16..40, b in 0u16..40) {
        let calendar = Calendar::embedded();
        let both = calendar.working_days_after(day, a + b);
        let first = calendar.working_days_after(day, a);
        prop_assert_eq!(&calendar.working_days_after(first.date, b), &both);
        let count = calendar.days_between(day, both.date, DayKind::Working);
        prop_assert_eq!(count, Count { days: u32::from(a + b), provisional: None });
        prop_assert_eq!(calendar.days_between(both.date, day, DayKind::Working).days, 0);
    }

    #[test]
    fn a_later_trigger_is_never_due_earlier_nor_more_days_sooner(day in known_days(), later in 0u32..30, n in 0u16..40, more in 0u16..9) {
        let calendar = Calendar::embedded();
        let due = calendar.working_days_after(day, n).date;
        prop_assert!(due <= calendar.working_days_after(day.plus_days(later), n).date);
        prop_assert!(due <= calendar.working_days_after(day, n + more).date);
        let due = calendar.working_days_before(day, n).date;
        prop_assert!(due <= calendar.working_days_before(day.plus_days(later), n).date);
        prop_assert!(due >= calendar.working_days_before(day, n + more).date);
    }

    /// A date is firm exactly when every day that was counted over is known.
    #[test]
    fn what_touches_an_unknown_day_is_always_provisional(start in 0u32..3_000, n in 1u16..300, back in any::<bool>()) {
        let calendar = Calendar::embedded();
        let from = date("2020-06-01").plus_days(start);
        let due = if back { calendar.working_days_before(from, n) } else { calendar.working_days_after(from, n) };
        let (first, last) = if back { (due.date, from.minus_days(1)) } else { (from.plus_days(1), due.date) };
        let mut days = std::iter::successors(Some(first), |day| day.next()).take_while(|day| *day <= last);
        let touched = days.any(|day| matches!(calendar.is_working_day(day), WorkingDay::UnknownYear(_)));
        prop_assert_eq!(due.is_firm(), !touched);
        prop_assert!(years(&due).iter().all(|year| !(2023..=2026).contains(year)));
    }
}
