//! Each detector finds what it is for, on time, and says nothing of what only looks wrong: the first clips of
//! `./dev bench judge`, in drawn scenes, through the recorder's own path.
#![cfg(feature = "judge")]

#[path = "../benches/judge/clip.rs"]
mod clip;
#[path = "../benches/judge/path.rs"]
mod path;
#[expect(dead_code, reason = "the benchmark prints more of it")]
#[path = "../benches/judge/score.rs"]
mod score;
#[expect(dead_code, reason = "the benchmark makes more clips")]
#[path = "../benches/judge/tuning.rs"]
mod tuning;

use clip::{Chance, Clip};
use liuhen_proto::judgement::FlagKind;
use path::Judged;
use score::Score;

/// Scenes come in turn; every third one is drawn, so that the same is tested with and without footage.
const DRAWN: usize = 2;

fn judged(make: impl FnOnce(&mut tuning::Tuning<'_>) -> Clip) -> (Clip, Judged) {
    let dir = tempfile::tempdir().unwrap();
    let clip = make(&mut tuning::Tuning { dir: dir.path(), chance: Chance(5), long: 40.0 });
    let judged = path::judge(&clip.make(dir.path()), clip.reference);
    (clip, judged)
}

fn finds(kind: FlagKind) {
    let (clip, judged) = judged(|tuning| tuning.clip(kind, DRAWN));
    let mut score = Score::default();
    score.add(kind, &clip.incidents, &judged.flags);
    assert!(score.incidents == 1 && score.holds(), "{}: {:?} of {:?}", clip.name, judged.flags, clip.incidents);
    assert!(judged.flags.iter().all(|flag| flag.kind == kind), "{}: {:?}", clip.name, judged.flags);
}

fn says_nothing(make: impl FnOnce(&mut tuning::Tuning<'_>) -> Clip) {
    let (clip, judged) = judged(make);
    assert!(judged.flags.is_empty() && judged.seconds > 35.0, "{}: {:?}", clip.name, judged.flags);
}

#[test]
fn black() {
    finds(FlagKind::Black);
}

#[test]
fn frozen_with_its_clock_running() {
    finds(FlagKind::Frozen);
}

#[test]
fn blurred() {
    finds(FlagKind::Blurred);
}

#[test]
fn covered() {
    finds(FlagKind::Covered);
}

#[test]
fn moved() {
    finds(FlagKind::Moved);
}

#[test]
fn low_frame_rate() {
    finds(FlagKind::LowFrameRate);
}

#[test]
fn low_resolution() {
    finds(FlagKind::LowResolution);
}

#[test]
fn silent() {
    finds(FlagKind::Silent);
}

#[test]
fn clipped() {
    finds(FlagKind::Clipped);
}

/// From the eighth on they are drawn: still with noise, dimmed, 1 fps, a person sitting still.
#[test]
fn noise_over_a_still_scene_is_no_fault() {
    says_nothing(|tuning| tuning.negative_picture(8));
}

#[test]
fn dimmed_light_is_no_fault() {
    says_nothing(|tuning| tuning.negative_picture(9));
}

#[test]
fn one_picture_a_second_is_no_fault() {
    says_nothing(|tuning| tuning.negative_picture(10));
}

#[test]
fn a_person_sitting_still_is_no_fault() {
    says_nothing(|tuning| tuning.negative_picture(11));
}

#[test]
fn a_quiet_room_is_no_fault() {
    says_nothing(|tuning| tuning.negative_sound(1));
}
