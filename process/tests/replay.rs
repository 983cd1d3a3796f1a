//! A published draw is drawn again by a program that shares no code with ours, `tests/python/replay_draw.py`, and it
//! comes to the same (G1, story 2). Needs `python3`, and fails without.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use liuhen_process::lots;
use proptest::prelude::*;

mod any;
#[path = "../src/lots/story.rs"]
mod story;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/python/replay_draw.py");

fn replay(record: &[u8]) -> Output {
    let mut command = Command::new("python3");
    command.arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn().expect("python3 is needed to draw again: install it");
    python.stdin.take().unwrap().write_all(record).unwrap();
    python.wait_with_output().unwrap()
}

#[track_caller]
fn agrees(record: &[u8]) {
    let output = replay(record);
    assert!(output.status.success(), "{}: {}", String::from_utf8_lossy(record), String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn differs(record: &lots::DrawRecord, says: &str) {
    let output = replay(&record.to_bytes());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains(says), "{said}");
    assert!(record.verify().is_err());
}

fn record(lottery: lots::Lottery, seed: [u8; 32], words: &[String]) -> Option<lots::DrawRecord> {
    let word = |(n, word): (u32, &String)| {
        let entropy = lots::Entropy::new(word).unwrap();
        lots::Contribution { staff: story::staff(n), entropy }
    };
    let said = lots::Contributions::new((90..).zip(words).map(word).collect()).unwrap();
    let seed = lots::Seed::from_bytes(seed);
    Some(lots::Announcement::new(lottery, &seed).ok()?.open(seed, said).unwrap())
}

#[test]
fn python_draws_the_golden_record_again() {
    agrees(include_bytes!("golden/draw.v1.json"));
}

#[test]
fn python_draws_the_story_again_from_several_seeds() {
    for seed in 0..12 {
        let words = ["今天下雨".to_owned(), "\"7\" \\ 8 / 9 \u{2028}\u{10348}".to_owned()];
        agrees(&record(story::lots(), [seed; 32], &words[..usize::from(seed % 3)]).unwrap().to_bytes());
    }
}

/// More than 250 slips in the hat, so that numbers are really thrown away, and every room's second place only for one.
#[test]
fn python_draws_a_large_and_tight_lottery_again() {
    let excluded: Vec<_> = (1..=40).flat_map(|room| (1..=260).filter(move |n| n % 41 != room).map(move |n| (n, room))).collect();
    let lottery = story::lottery(&[6; 40], 260, &excluded);
    agrees(&record(lottery, [3; 32], &[]).unwrap().to_bytes());
}

#[test]
fn python_says_which_part_was_changed() {
    let honest = record(story::lots(), [7; 32], &["42".to_owned()]).unwrap();
    let change = |change: &dyn Fn(&mut lots::DrawRecord)| {
        let mut record = honest.clone();
        change(&mut record);
        record
    };
    differs(&change(&|it| it.result.swap(0, 9)), "result");
    differs(&change(&|it| it.reserves.swap(0, 1)), "reserves");
    differs(&change(&|it| it.seed = lots::Seed::from_bytes([8; 32])), "commitment, randomness");
    differs(&change(&|it| it.contributions = lots::Contributions::default()), "randomness");
    differs(&change(&|it| it.lottery = story::lottery(&[2; 5], 12, &[])), "commitment");
}

#[test]
fn python_refuses_another_spelling_and_a_lottery_that_nobody_can_draw() {
    let mut record = record(story::lots(), [7; 32], &[]).unwrap();
    let spelled = replay(&[record.to_bytes(), b"\n".to_vec()].concat());
    assert!(spelled.status.code() == Some(1) && spelled.stderr.starts_with(b"spelling"));
    record.lottery = story::lottery(&[2, 1], 2, &[]);
    record.commitment = record.seed.commitment(&record.lottery);
    differs(&record, "result");
}

/// The promise of docs/ref/draw.md: whoever reads the script has read the whole draw.
#[test]
fn the_script_has_at_most_twenty_lines_of_code() {
    let script = std::fs::read_to_string(SCRIPT).unwrap();
    let code = script.split("\"\"\"").nth(2).unwrap();
    let lines = code.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
    assert!(lines <= 20, "{lines}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn python_agrees_on_any_lottery(
        lottery in any::lottery(),
        seed: [u8; 32],
        words in proptest::collection::vec("[^\\p{Cc} ]{1,16}", 0..3),
    ) {
        if let Some(record) = record(lottery, seed, &words) {
            agrees(&record.to_bytes());
        }
    }
}
