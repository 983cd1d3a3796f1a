//! Working days as a calendar sees them that is not ours: Python's `chinesecalendar`, over random dates.
//!
//! `LIUHEN_SEED=n` asks for the dates of that seed again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use liuhen_process::calendar::{Calendar, Date, Due, WorkingDay};

const QUESTIONS: usize = 1_000;
const SETUP: &str = "run ./dev setup";

/// SplitMix64.
struct Random(u64);

impl Random {
    /// Prints its seed.
    fn new() -> Self {
        let given = std::env::var("LIUHEN_SEED").ok().map(|seed| seed.parse().expect("LIUHEN_SEED is a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("LIUHEN_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).expect("a remainder of a u32")
    }

    /// A day of 2024 to 2026.
    fn date(&mut self) -> Date {
        day("2024-01-01").plus_days(self.below(1_096))
    }
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

/// The answers of `tests/python/working_days.py`. Without Python and its package the test fails.
fn answers(questions: &[String]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = root.join(".dev/python/bin/python");
    assert!(python.exists(), "{} is missing: {SETUP}", python.display());
    let mut script = Command::new(&python)
        .arg("-B")
        .arg(root.join("tests/python/working_days.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: {SETUP}", python.display()));
    let mut stdin = script.stdin.take().expect("a pipe");
    let asked = questions.join("\n");
    let asking = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let output = script.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "{SETUP}\n{}", String::from_utf8_lossy(&output.stderr));
    asking.join().expect("the writer ends").expect("the script reads all questions");
    let answers: Vec<_> = String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// 2023 to 2026, every day. Only the last week of 2026 is known there and not here: it waits for the notice of 2027.
#[test]
fn every_embedded_day_is_as_chinesecalendar_has_it() {
    let calendar = Calendar::embedded();
    let days: Vec<Date> = (0..1_461).map(|n| day("2023-01-01").plus_days(n)).collect();
    let questions: Vec<_> = days.iter().map(|day| format!("is {day}")).collect();
    for (date, theirs) in days.iter().zip(answers(&questions)) {
        match calendar.is_working_day(*date) {
            WorkingDay::Known(ours) => assert_eq!(ours.to_string(), theirs, "{date}"),
            WorkingDay::UnknownYear(year) => assert!(year == 2027 && *date >= day("2026-12-25"), "{date}"),
        }
    }
}

#[test]
fn a_thousand_random_days_and_counts_agree_with_chinesecalendar() {
    let (calendar, mut random) = (Calendar::embedded(), Random::new());
    let asked: Vec<_> = (0..QUESTIONS).map(|_| (random.date(), u16::try_from(random.below(60)).expect("small"))).collect();
    let whether: Vec<_> = asked.iter().map(|(date, _)| format!("is {date}")).collect();
    let after: Vec<_> = asked.iter().map(|(date, n)| format!("after {date} {n}")).collect();
    let answers = answers(&[whether, after].concat());
    let (whether, after) = answers.split_at(QUESTIONS);
    for ((date, n), (is_working, nth)) in asked.iter().zip(whether.iter().zip(after)) {
        if let WorkingDay::Known(ours) = calendar.is_working_day(*date) {
            assert_eq!(&ours.to_string(), is_working, "{date}");
        }
        agree(&calendar.working_days_after(*date, *n), nth, &format!("{n} after {date}"));
    }
}

/// Where they do not know, nor do we. Where they know and we do not, the last week of 2026 was counted over.
fn agree(ours: &Due, theirs: &str, question: &str) {
    if theirs == "unknown" {
        assert!(!ours.is_firm(), "{question}: {ours:?} is firm");
        return;
    }
    assert_eq!(ours.date.to_string(), theirs, "{question}");
    assert!(ours.is_firm() || ours.date >= day("2026-12-25"), "{question}: {ours:?} is provisional");
}
