use proptest::prelude::*;

use super::*;
use crate::calendar::YearTable;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// As the guideline for social organisations has it, S.
fn social() -> Terms {
    let month = |n: u8| Month::try_from(n).unwrap();
    Terms {
        announcement: Some(Term::new(month(1), "S二(二)")),
        first_announcement_months: Some(Term::new(2, "S二(二)")),
        plan_filing: Some(Term::new(DayCount::calendar(5), "S三(一)")),
        registration: Some(Term::new(DayCount::calendar(7), "S三(一)")),
        review: Some(Term::new(DayCount::calendar(3), "S三(一)")),
        admission_ticket: Some(Term::new(DayCount::calendar(3), "S三(一)")),
        public_notice: Some(Term::new(DayCount::working(5), "S五(二)")),
        data_report: Some(Term::new(DayCount::working(30), "S七(一)")),
        returned_data: Some(Term::new(DayCount::working(15), "S七(一)")),
        annual_summary: Some(Term::new(month(12), "S八")),
    }
}

/// As the guideline for enterprises has it, E: no windows, no summary.
fn enterprise() -> Terms {
    Terms {
        plan_filing: Some(Term::new(DayCount::working(10), "E四(四)")),
        public_notice: Some(Term::new(DayCount::working(5), "E五(二)")),
        returned_data: Some(Term::new(DayCount::working(15), "E七(一)")),
        ..Terms::default()
    }
}

fn deadline(what: What, trigger: &str) -> Deadline {
    social().deadline(what, date(trigger)).unwrap()
}

fn due(what: What, trigger: &str) -> Due {
    deadline(what, trigger).due(&Calendar::embedded())
}

fn with_2027() -> Calendar {
    let mut calendar = Calendar::embedded();
    calendar.load(YearTable::from_json(include_str!("../../tests/golden/calendar.invented-2027.v1.json")).unwrap()).unwrap();
    calendar
}

/// Story 16, J1.
#[test]
fn j1_a_notice_of_2026_09_28_ends_on_a_saturday_and_upload_opens_on_the_sunday() {
    let calendar = Calendar::embedded();
    assert_eq!(due(What::PublicNoticeEnds, "2026-09-28"), Due::firm(date("2026-10-10")));
    assert_eq!(due(What::UploadOpens, "2026-09-28"), Due::firm(date("2026-10-11")));
    let upload = deadline(What::UploadOpens, "2026-09-28");
    let refused = upload.permit(date("2026-10-10"), &calendar).unwrap_err();
    assert_eq!(refused.to_string(), "upload_opens: not before 2026-10-11 (S五(二))");
    assert_eq!(refused.zh(), "认定结果上传：2026-10-11 之前不得办理（S五(二)）");
    assert_eq!(refused.opens(), &Due::firm(date("2026-10-11")));
    assert_eq!(upload.permit(date("2026-10-11"), &calendar), Ok(()));
    assert_eq!(upload.permit(date("2026-12-01"), &calendar), Ok(()));
}

#[test]
fn j1_upload_stays_shut_while_the_table_that_opens_it_is_missing() {
    let upload = deadline(What::UploadOpens, "2026-12-28");
    let refused = upload.permit(date("2027-03-01"), &Calendar::embedded()).unwrap_err();
    assert!(refused.to_string().contains("the holiday table of 2027, which is not loaded"), "{refused}");
    assert!(refused.zh().contains("尚未载入的 2027 年节假日安排"), "{}", refused.zh());
    assert_eq!(upload.permit(date("2027-03-01"), &with_2027()), Ok(()));
    assert_eq!(upload.due(&with_2027()), Due::firm(date("2027-01-06")));
    assert!(upload.permit(date("2027-01-05"), &with_2027()).is_err());
}

#[test]
fn b2_plans_are_filed_before_what_they_precede() {
    assert_eq!(due(What::PlanFiling, "2026-10-17"), Due::firm(date("2026-10-12")));
    let filed = enterprise().deadline(What::PlanFiling, date("2026-10-17")).unwrap();
    let calendar = Calendar::embedded();
    assert_eq!(filed.due(&calendar), Due::firm(date("2026-09-29")));
    let state = |done: Option<&str>, today| filed.state(done.map(date), date(today), &calendar);
    assert_eq!(state(None, "2026-09-29"), State::Open);
    assert_eq!(state(None, "2026-09-30"), State::Missed);
    assert_eq!(state(Some("2026-09-29"), "2026-10-20"), State::Met(date("2026-09-29")));
    assert_eq!(state(Some("2026-10-05"), "2026-10-20"), State::Missed);
}

#[test]
fn b3_the_windows_of_registration_review_and_tickets() {
    assert_eq!(due(What::RegistrationCloses, "2026-09-01"), Due::firm(date("2026-09-07")));
    assert_eq!(due(What::ReviewEnds, "2026-09-07"), Due::firm(date("2026-09-10")));
    assert_eq!(due(What::AdmissionTicket, "2026-10-17"), Due::firm(date("2026-10-14")));
    // T hands tickets out five working days before: Monday to Friday alone would say 2026-10-06.
    let college = Terms { admission_ticket: Some(Term::new(DayCount::working(5), "T三(五)")), ..Terms::default() };
    let ticket = college.deadline(What::AdmissionTicket, date("2026-10-13")).unwrap();
    assert_eq!(ticket.due(&Calendar::embedded()), Due::firm(date("2026-09-30")));
    let closes = deadline(What::RegistrationCloses, "2026-09-01");
    let state = |done| closes.state(Some(date(done)), date("2026-10-01"), &Calendar::embedded());
    assert_eq!(state("2026-09-06"), State::Missed);
    assert_eq!(state("2026-09-07"), State::Met(date("2026-09-07")));
    assert_eq!(state("2026-09-08"), State::Missed);
}

#[test]
fn terms_by_the_month_end_where_the_month_does() {
    assert_eq!(due(What::Announcement, "2026-01-05"), Due::firm(date("2026-01-31")));
    assert_eq!(due(What::FirstAnnouncement, "2026-12-31"), Due::firm(date("2027-02-28")));
    assert_eq!(due(What::AnnualSummary, "2026-01-05"), Due::firm(date("2026-12-31")));
}

/// Story 17, J6.
#[test]
fn j6_the_remaining_days_are_working_days_and_go_on_after_the_date() {
    let calendar = Calendar::embedded();
    let report = deadline(What::DataReport, "2026-09-15");
    for (today, days, past) in [
        ("2026-09-15", 30, false),
        ("2026-09-30", 19, false),
        ("2026-10-07", 19, false),
        ("2026-11-01", 1, false),
        ("2026-11-02", 0, false),
        ("2026-11-03", 1, true),
        ("2026-11-10", 6, true),
    ] {
        let remaining = report.remaining(date(today), &calendar);
        assert_eq!(remaining, Remaining { days, kind: DayKind::Working, past, provisional: None }, "{today}");
    }
    assert!(!report.is_overdue(None, date("2026-11-02"), &calendar));
    assert!(report.is_overdue(None, date("2026-11-03"), &calendar));
    assert!(!report.is_overdue(Some(date("2026-11-05")), date("2026-11-09"), &calendar));
    assert_eq!(report.state(Some(date("2026-11-05")), date("2026-11-09"), &calendar), State::Missed);
}

#[test]
fn overdue_counts_on_over_a_weekend_without_days_but_not_without_saying_so() {
    let returned = deadline(What::ReturnedData, "2026-05-29");
    let calendar = Calendar::embedded();
    assert_eq!(returned.due(&calendar), Due::firm(date("2026-06-22")));
    let friday = deadline(What::ReturnedData, "2026-04-28");
    let remaining = friday.remaining(date("2026-05-23"), &calendar);
    assert_eq!((remaining.days, remaining.past), (1, true));
    let friday = Deadline::new(What::ReturnedData, Rule::After(DayCount::working(1)), "S七(一)", date("2026-07-02"));
    let remaining = friday.remaining(date("2026-07-05"), &calendar);
    assert_eq!((remaining.days, remaining.past), (0, true));
    assert!(friday.is_overdue(None, date("2026-07-05"), &calendar));
}

/// Story 17, J6: nobody is told more than is known.
#[test]
fn j6_a_provisional_date_decides_only_what_no_table_can_change() {
    let report = deadline(What::DataReport, "2026-12-10");
    let calendar = Calendar::embedded();
    let unknown = report.due(&calendar).provisional.unwrap();
    assert_eq!(unknown.to_string(), "2027");
    let state = |done: Option<&str>, today| report.state(done.map(date), date(today), &calendar);
    assert_eq!(state(Some("2026-12-24"), "2027-03-01"), State::Met(date("2026-12-24")));
    assert_eq!(state(Some("2027-01-04"), "2027-03-01"), State::Undecided(unknown.clone()));
    assert_eq!(state(None, "2027-01-04"), State::Open);
    assert_eq!(state(None, "2027-03-01"), State::Undecided(unknown.clone()));
    assert!(!report.is_overdue(None, date("2027-03-01"), &calendar));
    assert_eq!(report.remaining(date("2026-12-14"), &calendar).provisional, Some(unknown));
    assert!(report.is_overdue(None, date("2027-03-01"), &with_2027()));
    assert_eq!(report.remaining(date("2027-01-21"), &with_2027()).days, 0);
}

#[test]
fn b2_what_is_filed_on_the_day_itself_is_late_whatever_a_table_says() {
    let filing = enterprise().deadline(What::PlanFiling, date("2027-01-15")).unwrap();
    let state = |done| filing.state(Some(date(done)), date("2027-02-01"), &Calendar::embedded());
    assert_eq!(state("2027-01-15"), State::Missed);
    assert!(matches!(state("2026-12-30"), State::Undecided(_)));
}

#[test]
fn a_notice_that_was_taken_down_too_early_is_missed_and_an_unfinished_one_never_is() {
    let notice = deadline(What::PublicNoticeEnds, "2026-09-28");
    let calendar = Calendar::embedded();
    let state = |done: Option<&str>| notice.state(done.map(date), date("2026-11-01"), &calendar);
    assert_eq!(state(Some("2026-10-09")), State::Missed);
    assert_eq!(state(Some("2026-10-10")), State::Met(date("2026-10-10")));
    assert_eq!(state(None), State::Open);
}

#[test]
fn a_kind_of_organisation_without_a_term_has_no_deadline() {
    let with: Vec<_> = What::ALL.iter().filter(|what| enterprise().deadline(**what, date("2026-10-17")).is_some()).collect();
    assert_eq!(with, [&What::PlanFiling, &What::PublicNoticeEnds, &What::UploadOpens, &What::ReturnedData]);
    assert!(What::ALL.iter().all(|what| social().deadline(*what, date("2026-10-17")).is_some()));
    let names: std::collections::BTreeSet<_> = What::ALL.iter().flat_map(|what| [what.as_str(), what.zh()]).collect();
    assert_eq!(names.len(), 2 * What::ALL.len());
    let report = deadline(What::DataReport, "2026-09-15");
    assert_eq!((report.clause(), report.trigger(), report.what()), ("S七(一)", date("2026-09-15"), What::DataReport));
    assert_eq!(report.rule(), Rule::After(DayCount::working(30)));
}

proptest! {
    /// Whatever is called met or missed before the table of 2027 is there, is called so with any table of it.
    #[test]
    fn what_is_decided_without_a_table_stays_decided_with_it(
        what in prop::sample::select(What::ALL), trigger in 0u32..120, done in 0u32..200, holidays in 0u32..40,
    ) {
        let start = date("2026-11-01");
        let deadline = social().deadline(what, start.plus_days(trigger)).unwrap();
        let day = |n: u32| format!(r#"{{"date":"{}","kind":"holiday","reason":"x"}}"#, date("2027-01-01").plus_days(n));
        let days: Vec<_> = (0..10 + holidays).map(day).collect();
        let source = r#"{"notice":"x","issued":"2026-11-20"}"#;
        let json = format!(r#"{{"v":1,"year":2027,"revision":1,"sources":[{source}],"days":[{}]}}"#, days.join(","));
        let mut full = Calendar::embedded();
        full.load(YearTable::from_json(&json).unwrap()).unwrap();
        let done = Some(start.plus_days(done));
        let early = deadline.state(done, date("2027-06-30"), &Calendar::embedded());
        let late = deadline.state(done, date("2027-06-30"), &full);
        prop_assert!(matches!(early, State::Undecided(_)) || early == late, "{:?} {:?}", early, late);
    }
}
