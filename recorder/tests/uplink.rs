//! From the spool to the centre: everything arrives once, in order, whatever happens on the way.

mod support;

use liuhen_media::segment_file;
use liuhen_proto::wire::ingest::v1::{EndReason, ErrorAction};
use support::centre::{Centre, Manners};
use support::{Settings, runs, segments, until};

const CAMERA: &str = "synthetic:fps=25,gop=25,audio=pcma,frames=500,pace=fast";

/// All runs are complete at the centre.
fn is_complete(centre: &Centre, count: usize) -> bool {
    centre.with(|state| {
        let complete = |run: &support::centre::Run| run.end.is_some_and(|(n, _)| n > 0 && run.fragments.keys().copied().eq(0..n));
        state.runs.len() == count && state.runs.values().all(complete)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sealed_leaves_the_spool_and_nothing_else() {
    let (centre, address) = Centre::start(Manners { behind_us: 5_000_000, ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).source(CAMERA);
    let recorder = settings.start(directory.path());
    until("both runs at the centre", || is_complete(&centre, 2)).await;
    until("the spool is empty", || runs(directory.path()).is_empty()).await;
    until("a status and a clock", || centre.with(|state| state.probes > 0 && !state.statuses.is_empty())).await;
    recorder.stop().await;
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(state.runs.values().all(|run| run.end.unwrap().1 == EndReason::SourceEnded));
        let offset = state.statuses.iter().rev().find_map(|status| status.centre_offset_us);
        assert!(offset.is_none_or(|offset| (4_000_000..6_000_000).contains(&offset)), "{offset:?}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_breaks_again_and_again_loses_and_repeats_nothing_stored() {
    let (centre, address) = Centre::start(Manners { breaks_after: Some(7), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).start(directory.path());
    until("the run at the centre", || is_complete(&centre, 1)).await;
    until("the spool is empty", || runs(directory.path()).is_empty()).await;
    recorder.stop().await;
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(state.calls >= 2, "{}", state.calls);
        // What broke the call was not stored and comes again; what was stored does not.
        let stored = state.runs.values().next().unwrap().fragments.len();
        assert!(state.received <= stored + state.calls * 8, "{} of {stored}", state.received);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeat_is_sent_again() {
    let (centre, address) = Centre::start(Manners { refuses: Some((3, ErrorAction::Repeat)), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).start(directory.path());
    until("the run at the centre", || is_complete(&centre, 1)).await;
    recorder.stop().await;
    assert_eq!(centre.with(|state| state.calls), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_sets_one_run_aside_and_the_rest_goes_on() {
    let (centre, address) = Centre::start(Manners { refuses: Some((3, ErrorAction::Stop)), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).source(CAMERA);
    let recorder = settings.start(directory.path());
    let ended = || centre.with(|state| state.runs.values().filter(|run| run.end.is_some()).count());
    until("the other run ends", || ended() == 1).await;
    until("only the run set aside is left", || runs(directory.path()).len() == 1).await;
    recorder.stop().await;
    assert_eq!(ended(), 1);
    assert!(!segments(directory.path()).is_empty(), "its footage stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skip_passes_one_fragment_over() {
    let (centre, address) = Centre::start(Manners { refuses: Some((3, ErrorAction::Skip)), ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).start(directory.path());
    let all_but_one = |state: &mut support::centre::State| {
        let run = state.runs.values().next();
        run.is_some_and(|run| {
            run.end.is_some_and(|(n, _)| run.fragments.len() as u64 == n - 1) && !run.fragments.contains_key(&3)
        })
    };
    until("all but one at the centre", || centre.with(all_but_one)).await;
    recorder.stop().await;
    assert_eq!(segments(directory.path()).len(), 1, "the segment that holds it stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_stored_is_in_the_inventory() {
    let (centre, address) = Centre::start(Manners { never_stores: true, ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).start(directory.path());
    let pending = |state: &mut support::centre::State| {
        let ranges = state.inventories.last().map(|inventory| inventory.pending.clone()).unwrap_or_default();
        ranges.len() == 1 && ranges[0].first_sequence == 0 && ranges[0].last_sequence >= 10
    };
    until("one stretch is pending", || centre.with(pending)).await;
    let files = segments(directory.path()).len();
    recorder.stop().await;
    assert!(files > 0 && segments(directory.path()).len() >= files);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_and_not_sealed_stays_in_the_spool() {
    let (centre, address) = Centre::start(Manners { never_seals: true, ..Manners::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { centre: Some(address), ..Settings::default() }.source(CAMERA).start(directory.path());
    until("the run at the centre", || is_complete(&centre, 1)).await;
    recorder.stop().await;
    let stored = centre.with(|state| state.runs.values().next().unwrap().fragments.len());
    let files = segments(directory.path());
    let held = files.iter().map(|path| segment_file::scan(path).unwrap().unwrap().fragments.len());
    assert_eq!(held.sum::<usize>(), stored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gathered_without_a_centre_goes_later_and_the_live_run_goes_first() {
    let directory = tempfile::tempdir().unwrap();
    let offline = Settings::default().source(CAMERA).start(directory.path());
    until("a run ends", || !offline.ends().is_empty()).await;
    offline.stop().await;
    let old = runs(directory.path())[0].file_name().unwrap().to_string_lossy().into_owned();
    let (centre, address) = Centre::start(Manners::default()).await;
    let online =
        Settings { centre: Some(address), ..Settings::default() }.source("synthetic:fps=25,gop=25").start(directory.path());
    until("the old run is complete", || {
        centre.with(|state| state.runs.get(&old).is_some_and(|run| run.end.is_some() && !run.sealed.is_empty()))
    })
    .await;
    until("the live run comes too", || centre.with(|state| state.order.iter().any(|(run, _)| *run != old))).await;
    online.stop().await;
    assert_eq!(centre.with(|state| state.wrong.clone()), Vec::<String>::new());
    assert!(runs(directory.path()).is_empty(), "what was handed over before the stop is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sealed_may_be_kept_until_its_room_is_needed() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), keep_sealed: true, quota: "1 MiB", segment: "1s", ..Settings::default() };
    // Some 3 MiB in all, of which never more than one may lie here.
    let recorder = settings.source("synthetic:width=320,height=192,fps=100,gop=2,frames=2000").start(directory.path());
    let sealed = |state: &mut support::centre::State| state.runs.values().map(|run| run.sealed.len()).sum::<usize>();
    until("three segments are sealed", || centre.with(sealed) >= 3).await;
    until("the oldest has made room", || {
        segments(directory.path()).first().is_some_and(|path| !path.ends_with("0000000000.sealed.mp4"))
    })
    .await;
    recorder.stop().await;
    let files = segments(directory.path());
    let bytes: u64 = files.iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes <= 1 << 20, "{bytes}");
    assert!(files.iter().all(|path| path.to_string_lossy().ends_with(".sealed.mp4")), "{files:?}");
    assert_eq!(centre.with(|state| state.wrong.clone()), Vec::<String>::new());
}
