//! RTSP cameras that behave, and cameras that do not: what can be kept is kept, runs end with the right
//! reason, and no camera harms another.

mod support;

use std::path::Path;

use bytes::Bytes;
use liuhen_media::reader::read_fragment;
use liuhen_media::segment_file;
use liuhen_proto::fragment::TrackHeader;
use support::camera::{Act, Camera, Film, nal_units};
use support::{Recorder, Settings, segments, until};

/// 2026-11-22T00:00:00Z as NTP.
const NTP: u64 = (1_795_305_600 + 2_208_988_800) << 32;

async fn start(directory: &Path, scripts: Vec<Vec<Act>>) -> (Camera, Recorder) {
    let camera = Camera::start(scripts).await;
    let recorder = Settings { silence: "1s", ..Settings::default() }.source(camera.url()).start(directory);
    (camera, recorder)
}

/// Plays the scripts until the first runs have ended, for these reasons.
async fn ends_with(scripts: Vec<Vec<Act>>, reasons: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let (_camera, recorder) = start(directory.path(), scripts).await;
    until("the runs end", || recorder.ends().len() >= reasons.len()).await;
    let mut ends = recorder.ends();
    recorder.stop().await;
    // Runs are named by the millisecond of their birth, and a script plays two within one: their order is not known.
    ends.truncate(reasons.len());
    ends.sort();
    let mut reasons = reasons.to_vec();
    reasons.sort_unstable();
    assert_eq!(ends, reasons);
    directory
}

/// All video tracks in the spool, oldest first, and their NAL units.
fn recorded(directory: &Path) -> Vec<(TrackHeader, Vec<Bytes>)> {
    let mut all = Vec::new();
    for path in segments(directory) {
        let bytes = std::fs::read(&path).unwrap();
        for fragment in segment_file::scan(&path).unwrap().unwrap().fragments {
            let start = usize::try_from(fragment.offset_bytes).unwrap();
            let fragment = &bytes[start..start + fragment.size_bytes as usize];
            let read = read_fragment(fragment).unwrap();
            let samples = read.tracks[0].samples.iter();
            let nals = samples.flat_map(|s| nal_units(&fragment[s.offset as usize..(s.offset + s.size) as usize])).collect();
            all.push((read.header.tracks[0].clone(), nals));
        }
    }
    all
}

fn frames(directory: &Path) -> u32 {
    recorded(directory).iter().map(|(header, _)| header.samples).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_has_the_cameras_own_nal_units() {
    let directory = ends_with(vec![vec![Act::Frames(120), Act::Reset]], &["CAMERA_CLOSED"]).await;
    let sent: Vec<_> = Film::new(64).await.frames.into_iter().take(120).flatten().collect();
    let first_run = directory.path().join("spool/runs");
    assert!(first_run.exists());
    let kept: Vec<_> = recorded(directory.path()).into_iter().flat_map(|(_, nals)| nals).take(sent.len()).collect();
    assert!(kept == sent, "SEI and slices are there, byte for byte");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_ends_the_run_and_the_next_connection_begins_another() {
    let scripts = vec![vec![Act::Frames(60), Act::Rubbish, Act::Silence], vec![Act::Frames(50), Act::Reset]];
    let directory = ends_with(scripts, &["MEDIA_INVALID", "CAMERA_CLOSED"]).await;
    assert!(frames(directory.path()) >= 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_noticed() {
    ends_with(vec![vec![Act::Frames(60), Act::Silence]], &["CAMERA_SILENT"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_of_time_stamps_ends_one_run_and_begins_the_next_at_once() {
    let script = vec![Act::Frames(50), Act::Jump(3_600), Act::Frames(50), Act::Jump(-7_200), Act::Frames(50), Act::Reset];
    let directory = ends_with(vec![script], &["TIME_JUMPED", "TIME_JUMPED", "CAMERA_CLOSED"]).await;
    assert!(frames(directory.path()) >= 150, "no frame is lost by it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_resolution_is_another_run() {
    let script = vec![Act::Frames(50), Act::Resize(96), Act::Frames(50), Act::Reset];
    let directory = ends_with(vec![script], &["CODEC_CHANGED", "CAMERA_CLOSED"]).await;
    assert!(frames(directory.path()) >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_and_broken_packets_are_counted_and_the_run_goes_on() {
    let script = vec![Act::Frames(30), Act::Lose(3), Act::Frames(30), Act::BadPackets(5), Act::Frames(30), Act::Reset];
    let directory = ends_with(vec![script], &["CAMERA_CLOSED"]).await;
    let recorded = recorded(directory.path());
    let run: Vec<_> = recorded.iter().take_while(|(header, _)| header.media_start < 90 * 3_600).collect();
    assert!(run.iter().any(|(header, _)| header.lost_packets == 3));
    assert!(run.iter().filter(|(header, _)| header.damaged).count() >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_broken_packets_is_unreadable() {
    ends_with(vec![vec![Act::Frames(30), Act::BadPackets(300), Act::Silence]], &["MEDIA_INVALID"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_frame_it_waits_for_one() {
    let script = vec![Act::Skip(5), Act::Frames(20), Act::Frames(50), Act::Reset];
    let directory = ends_with(vec![script], &["CAMERA_CLOSED"]).await;
    let (header, nals) = &recorded(directory.path())[0];
    assert_eq!(header.media_start, 0);
    assert!(nals.iter().any(|nal| nal[0] & 0x1f == 5), "it begins with a key frame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cameras_clock_is_kept_and_a_camera_without_one_is_not_believed() {
    let script = vec![Act::Report(0), Act::Frames(30), Act::Report(NTP), Act::Frames(60), Act::Report(7), Act::Reset];
    let directory = ends_with(vec![script], &["CAMERA_CLOSED"]).await;
    let clocks: Vec<_> = recorded(directory.path()).iter().map(|(header, _)| header.camera_wall_start).collect();
    assert!(clocks.iter().flatten().any(|at| (at.as_micros() - 1_795_305_600_000_000).abs() < 4_000_000), "{clocks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_misbehaves_harms_no_other() {
    let bad = Camera::start(vec![
        vec![Act::Rubbish, Act::Silence],
        vec![Act::Frames(10), Act::Reset],
        vec![Act::BadPackets(500), Act::Silence],
        vec![Act::Silence],
    ])
    .await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { silence: "1s", ..Settings::default() };
    let settings = settings.source(bad.url()).source("synthetic:width=64,height=64,fps=25,gop=25");
    let recorder = settings.start(directory.path());
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    recorder.stop().await;
    let good: Vec<_> = support::runs(directory.path())
        .into_iter()
        .filter(|run| std::fs::read_to_string(run.join("run.json")).unwrap().contains("000A1\""))
        .collect();
    assert_eq!(good.len(), 1, "the other camera has one unbroken run");
    let files = segments(directory.path()).into_iter().filter(|path| path.starts_with(&good[0]));
    let samples: u32 =
        files.flat_map(|path| segment_file::scan(&path).unwrap().unwrap().headers).map(|header| header.tracks[0].samples).sum();
    assert!(samples >= 85, "{samples} frames in 4 s");
}
