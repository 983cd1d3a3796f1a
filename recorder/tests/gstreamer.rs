//! RTSP cameras that break the rules, read by GStreamer: runs end with the right reason, and what is lost is told.
#![cfg(feature = "gstreamer")]

mod support;

use std::path::Path;

use liuhen_media::segment_file;
use liuhen_proto::fragment::TrackHeader;
use support::camera::{Act, Camera};
use support::{Settings, segments, until};

/// 2026-11-22T00:00:00Z as NTP.
const NTP: u64 = (1_795_305_600 + 2_208_988_800) << 32;

/// Plays the script until the first runs have ended, for these reasons, and gives the headers of what was recorded.
async fn ends_with(script: Vec<Act>, reasons: &[&str]) -> Vec<TrackHeader> {
    let directory = tempfile::tempdir().unwrap();
    let camera = Camera::start(vec![script]).await;
    let settings = Settings { silence: "4s", keys: "reader = \"gstreamer\"", ..Settings::default() };
    let recorder = settings.source(camera.url()).start(directory.path());
    until("the runs end", || recorder.ends().len() >= reasons.len()).await;
    let mut ends = recorder.ends();
    recorder.stop().await;
    // Runs are named by the millisecond of their birth, and a script plays two within one: their order is not known.
    ends.truncate(reasons.len());
    ends.sort();
    let mut reasons = reasons.to_vec();
    reasons.sort_unstable();
    assert_eq!(ends, reasons);
    headers(directory.path())
}

fn headers(directory: &Path) -> Vec<TrackHeader> {
    let files = segments(directory).into_iter();
    files.flat_map(|path| segment_file::scan(&path).unwrap().unwrap().headers).map(|header| header.tracks[0].clone()).collect()
}

fn frames(headers: &[TrackHeader]) -> u32 {
    headers.iter().map(|header| header.samples).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_resolution_is_another_run() {
    let script = vec![Act::Frames(50), Act::Resize(96), Act::Frames(50), Act::Reset];
    assert!(frames(&ends_with(script, &["CODEC_CHANGED", "CAMERA_CLOSED"]).await) >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_noticed() {
    ends_with(vec![Act::Frames(60), Act::Silence], &["CAMERA_SILENT"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_of_time_stamps_ends_one_run_and_begins_the_next_at_once() {
    let script = vec![Act::Frames(50), Act::Jump(3_600), Act::Frames(50), Act::Reset];
    assert!(frames(&ends_with(script, &["TIME_JUMPED", "CAMERA_CLOSED"]).await) >= 100, "no frame is lost by it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_packets_are_counted_and_the_run_goes_on() {
    // The jitter buffer waits for what is missing until it is due; frames sent at once are due over a second later.
    let script = vec![Act::Frames(30), Act::Lose(3), Act::Frames(30), Act::Pause(3_000), Act::Frames(10), Act::Reset];
    let recorded = ends_with(script, &["CAMERA_CLOSED"]).await;
    assert!(recorded.iter().any(|header| header.lost_packets == 3 && header.damaged), "{recorded:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cameras_clock_is_kept_and_a_camera_without_one_is_not_believed() {
    let script = vec![Act::Report(0), Act::Frames(30), Act::Report(NTP), Act::Frames(60), Act::Reset];
    let clocks: Vec<_> = ends_with(script, &["CAMERA_CLOSED"]).await.iter().map(|header| header.camera_wall_start).collect();
    assert!(clocks.iter().flatten().all(|at| (at.as_micros() - 1_795_305_600_000_000).abs() < 4_000_000), "{clocks:?}");
    assert!(clocks.iter().any(Option::is_some), "{clocks:?}");
}
