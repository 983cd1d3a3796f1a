//! What is judged at the site reaches the centre, whatever happens on the way, and harms no recording.
#![cfg(feature = "judge")]

mod support;

use std::path::Path;

use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::ingest::v1 as pb;
use support::centre::{Centre, Manners, State};
use support::{Settings, evidence_id, until, viewing_id};

/// A camera of 192 rows.
const CAMERA: &str = "synthetic:fps=25,gop=25,audio=pcma";

/// Every stream is to have so many rows; nothing else is judged.
fn rows(rows: i64) -> Option<pb::Settings> {
    let mut thresholds = Thresholds::default();
    FlagKind::ALL.iter().for_each(|&kind| thresholds.set(kind, Limit::Off).unwrap());
    thresholds.set(FlagKind::LowResolution, Limit::Milli(rows * 1_000)).unwrap();
    let stream = |stream_id| pb::StreamSettings { stream_id, thresholds: thresholds.to_wire(), ..Default::default() };
    Some(pb::Settings { streams: vec![stream(evidence_id(0)), stream(viewing_id(0))] })
}

async fn centre(manners: Manners) -> (Centre, Settings) {
    let (centre, address) = Centre::start(manners).await;
    (centre, Settings { centre: Some(address), judged: true, ..Settings::default() })
}

fn flags(state: &State) -> Vec<&pb::Flag> {
    state.flags.iter().filter(|flag| flag.kind() == common::FlagKind::LowResolution).collect()
}

fn kept_flags(directory: &Path) -> usize {
    let files = std::fs::read_dir(directory.join("spool/observations/flags")).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|extension| extension == "json")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_stills_and_levels_reach_the_centre() {
    let (centre, settings) = centre(Manners { settings: rows(1_080), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = settings.source(CAMERA).start(directory.path());
    until("a flag and a still", || centre.with(|state| !flags(state).is_empty() && !state.stills.is_empty())).await;
    recorder.stop().await;
    assert_eq!(kept_flags(directory.path()), 0, "what the centre has is gone here");
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        let (first, last) = (flags(state)[0].clone(), flags(state).last().copied().cloned().unwrap());
        assert_eq!((first.version, first.end_us, first.measured_milli), (1, None, 192_000));
        assert_eq!((last.flag_id, last.end_us.is_some()), (first.flag_id, true), "the stop ends it");
        assert!(last.version > 1 && first.detector.contains('/') && first.stream_id == evidence_id(0));
        assert_eq!((state.stills[0].width, state.stills[0].height), (320, 192));
        let levels = &state.levels[0];
        assert!(
            levels.rms.len() >= 10 && levels.rms.iter().any(|level| *level < 20) && levels.rms.iter().any(|level| *level > 100)
        );
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_viewing_stream_is_looked_at_and_the_evidence_is_measured_and_heard() {
    let (centre, settings) = centre(Manners { settings: rows(1_080), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder =
        settings.source(CAMERA).viewing("synthetic:width=160,height=96,fps=10,gop=10,audio=pcmu").start(directory.path());
    until("a flag and a still", || centre.with(|state| !flags(state).is_empty() && !state.stills.is_empty())).await;
    recorder.stop().await;
    centre.with(|state| {
        assert!(state.flags.iter().all(|flag| flag.stream_id == evidence_id(0)), "{:?}", state.flags);
        assert!(state.stills.iter().all(|still| still.stream_id == viewing_id(0) && still.width == 160));
        assert!(!state.levels.is_empty() && state.levels.iter().all(|levels| levels.stream_id == evidence_id(0)));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flag_survives_a_crash_before_it_was_acknowledged_and_ends_where_it_was_seen() {
    let (silent, settings) = centre(Manners { settings: rows(1_080), never_keeps: true, ..Manners::default() }).await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let recorder = settings.source(CAMERA).start(first.path());
    until("a flag is kept", || kept_flags(first.path()) == 1).await;
    // What a crash leaves is what lies on the disk at some moment.
    let kept = "spool/observations/flags";
    std::fs::create_dir_all(second.path().join(kept)).unwrap();
    for file in std::fs::read_dir(first.path().join(kept)).unwrap().flatten() {
        std::fs::copy(file.path(), second.path().join(kept).join(file.file_name())).unwrap();
    }
    recorder.stop().await;
    assert!(silent.with(|state| state.flags.is_empty()));
    let (centre, settings) = centre(Manners::default()).await;
    let settings = Settings { judged: false, ..settings };
    let recorder = settings.source("synthetic:frames=1").start(second.path());
    until("the flag comes", || centre.with(|state| !state.flags.is_empty())).await;
    until("it is gone here", || kept_flags(second.path()) == 0).await;
    recorder.stop().await;
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        let flag = &state.flags[0];
        assert_eq!((flag.version, flag.end_us), (2, Some(flag.seen_us)), "{flag:?}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_hold_at_once_and_after_a_restart_without_the_centre() {
    let (strict, settings) = centre(Manners { settings: rows(1_080), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = settings.source(CAMERA).start(directory.path());
    until("too few rows", || strict.with(|state| !flags(state).is_empty())).await;
    recorder.stop().await;
    let offline = Settings { judged: true, ..Settings::default() }.source(CAMERA).start(directory.path());
    until("too few rows, without the centre", || kept_flags(directory.path()) == 1).await;
    offline.stop().await;
    let (mild, settings) = centre(Manners { settings: rows(100), ..Manners::default() }).await;
    let recorder = settings.source(CAMERA).start(directory.path());
    until("the flag of the time without it", || mild.with(|state| flags(state).iter().any(|flag| flag.end_us.is_some()))).await;
    until("stills", || mild.with(|state| !state.stills.is_empty())).await;
    recorder.stop().await;
    mild.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(flags(state).iter().all(|flag| flag.threshold_milli == 1_080_000), "nothing is held against it any more");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_for_now_and_what_a_broken_call_took_along_comes_again() {
    let manners =
        Manners { refuses_flag: Some(true), observe_breaks_after: Some(2), settings: rows(1_080), ..Manners::default() };
    let (centre, settings) = centre(manners).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = settings.source(CAMERA).start(directory.path());
    until("the flag came after all", || centre.with(|state| !flags(state).is_empty())).await;
    until("calls broke", || centre.with(|state| state.observe_calls >= 2)).await;
    recorder.stop().await;
    assert_eq!(centre.with(|state| state.wrong.clone()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_for_good_is_forgotten() {
    let manners = Manners { refuses_flag: Some(false), settings: rows(1_080), ..Manners::default() };
    let (centre, settings) = centre(manners).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = settings.source(CAMERA).start(directory.path());
    until("it was refused", || centre.with(|state| state.manners.refuses_flag.is_none())).await;
    recorder.stop().await;
    assert_eq!(kept_flags(directory.path()), 0);
    centre.with(|state| assert!(flags(state).iter().all(|flag| flag.version == 2), "its end is another word about it"));
}
