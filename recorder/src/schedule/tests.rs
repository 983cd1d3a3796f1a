use liuhen_proto::Span;
use liuhen_proto::world::SeededRandom;
use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000_000;
const NINE: i64 = 1_795_309_200_000_000;

fn stream(seed: u64) -> StreamId {
    StreamId::mint(Timestamp::from_micros(NINE), &SeededRandom::new(seed))
}

fn at(hours: f64) -> Timestamp {
    Timestamp::from_micros(NINE + (hours * HOUR as f64) as i64)
}

/// From nine to eleven.
fn morning(sealed: bool) -> Session {
    let id = SessionId::mint(Timestamp::from_micros(NINE), &SeededRandom::new(9));
    let window = Interval::new(at(0.0), at(2.0)).unwrap();
    Session { id, name: "morning".into(), window, streams: [stream(1)].into(), sealed }
}

fn told(sessions: &[Session]) -> (tempfile::TempDir, Schedule) {
    let directory = tempfile::tempdir().unwrap();
    let schedule = Schedule::open(directory.path());
    schedule.set(&write(sessions), at(-1.0));
    (directory, schedule)
}

const SESSIONS: When = When::Sessions { before: Span::from_secs(600), after: Span::from_secs(300) };

fn records(schedule: &Schedule, hours: f64, cut_off: bool) -> bool {
    let known = Known { now: at(hours), clock_wrong: false, cut_off };
    schedule.decide(SESSIONS, stream(1), known) == Decision::Record
}

#[test]
fn it_begins_before_the_window_and_ends_when_the_papers_are_sealed() {
    let (_directory, schedule) = told(&[morning(false)]);
    let rest = schedule.decide(SESSIONS, stream(1), Known { now: at(-0.5), clock_wrong: false, cut_off: false });
    assert_eq!(rest, Decision::Rest { until: Some((at(-1.0 / 6.0), "morning".into())) });
    assert!(records(&schedule, -0.1, false) && records(&schedule, 2.0, false) && records(&schedule, 30.0, false));
    schedule.set(&write(&[morning(true)]), at(1.5));
    assert!(records(&schedule, 1.6, false) && records(&schedule, 2.05, false) && !records(&schedule, 2.1, false));
    let other = schedule.decide(SESSIONS, stream(2), Known { now: at(1.0), clock_wrong: false, cut_off: false });
    assert_eq!(other, Decision::Rest { until: None });
}

#[test]
fn cut_off_it_goes_on_for_four_hours() {
    let (_directory, schedule) = told(&[morning(false)]);
    assert!(records(&schedule, 5.9, true) && !records(&schedule, 6.1, true));
}

#[test]
fn what_is_not_known_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let schedule = Schedule::open(directory.path());
    assert!(records(&schedule, 100.0, true), "nothing was ever heard");
    schedule.set(&pb::Schedule::default(), at(0.0));
    assert!(!records(&schedule, 100.0, true), "no session was told");
    let wrong = Known { now: at(100.0), clock_wrong: true, cut_off: true };
    assert_eq!(schedule.decide(SESSIONS, stream(1), wrong), Decision::Record);
    assert_eq!(schedule.decide(When::Always, stream(1), Known { clock_wrong: false, ..wrong }), Decision::Record);
}

#[test]
fn it_holds_on_after_a_restart_and_what_was_begun_is_finished() {
    let (directory, schedule) = told(&[morning(false)]);
    drop(schedule);
    let schedule = Schedule::open(directory.path());
    assert!(records(&schedule, 1.0, true) && !records(&schedule, -0.5, true));
    schedule.set(&pb::Schedule::default(), at(1.0));
    assert!(records(&schedule, 1.9, false) && !records(&schedule, 2.1, false), "the centre tells of it no more");
    assert!(Schedule::open(directory.path()).to_close(at(3.0)).is_empty());
    std::fs::write(directory.path().join("schedule.pb"), [0xff; 9]).unwrap();
    assert!(records(&Schedule::open(directory.path()), 50.0, true), "what cannot be read is not known");
}

#[test]
fn sessions_that_are_over_and_not_sealed_wait_to_be_closed() {
    let (_directory, schedule) = told(&[morning(false)]);
    assert!(schedule.to_close(at(1.0)).is_empty());
    assert_eq!(schedule.to_close(at(2.0)), [ToClose { window: morning(false).window, streams: [stream(1)].into() }]);
}

proptest! {
    /// Whatever is told and heard: never a moment without recording from before the window to its end, nor after it
    /// before the papers are sealed, but for 4 hours past it when cut off.
    #[test]
    fn no_moment_is_missed(minutes in -2_000i64..4_000, sealed: bool, cut_off: bool, before in 0u32..120, after in 0u32..400) {
        let (_directory, schedule) = told(&[morning(sealed)]);
        let when = When::Sessions { before: Span::from_secs(before * 60), after: Span::from_secs(after * 60) };
        let now = Timestamp::from_micros(NINE + minutes * 60_000_000);
        let decided = schedule.decide(when, stream(1), Known { now, clock_wrong: false, cut_off });
        let records = decided == Decision::Record;
        if minutes < -i64::from(before) {
            prop_assert!(!records);
        } else if minutes < 120 + i64::from(after) {
            prop_assert!(records);
        } else if sealed || (cut_off && minutes >= 360) {
            prop_assert!(!records);
        } else {
            prop_assert!(records);
        }
        if let Decision::Rest { until: Some((until, _)) } = decided {
            prop_assert!(until > now);
        }
    }

    /// Rubbish from the centre harms nothing.
    #[test]
    fn rubbish_is_left_out(id in ".{0,40}", name in "\\PC{0,300}", start: i64, end: i64, stream_id in ".{0,40}") {
        let window = Some(liuhen_proto::wire::common::v1::Interval { start_us: start, end_us: end });
        let session = pb::ScheduledSession { session_id: id, name, window, stream_ids: vec![stream_id], sealed: false };
        let schedule = read(&pb::Schedule { sessions: vec![session] });
        prop_assert!(schedule.len() <= 1);
    }
}
