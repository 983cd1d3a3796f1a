//! The centre is away for an hour: eight cameras record an hour of footage into the spool, faster than it passes,
//! by a clock that is an hour behind; then the centre is there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::world::{Clock, SystemClock};
use liuhen_proto::{BootTime, Timestamp};
use liuhen_tests::faults::{Counts, Lab, Line, note};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const CAMERAS: usize = 8;
const HOUR_US: i64 = 3_600_000_000;
/// What the clock's own corrections leave between fragments, over the whole hour.
const ROUNDING_US: i64 = 1_000_000;
/// An hour at five pictures a second, in fragments of 2 s.
const CAMERA: &str = "synthetic:width=64,height=48,fps=5,gop=10,frames=18000,pace=fast";
/// Nothing is recorded any more once the centre is there.
const NO_CAMERA: &str = "rtsp://127.0.0.1:9/none";

/// The system's clock, an hour ago.
struct HourAgo;

impl Clock for HourAgo {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().as_micros() - HOUR_US)
    }

    fn boot_now(&self) -> BootTime {
        SystemClock.boot_now()
    }
}

/// Records the hour with the recorder's library, without a centre.
async fn record(recorder: &Path) {
    let path = recorder.join("recorder.toml");
    let mut config = liuhen_recorder::config::Config::read(&path).unwrap();
    (config.centre, config.token) = (Vec::new(), None);
    config.cameras.iter_mut().for_each(|camera| camera.judged = false);
    let stop = CancellationToken::new();
    let running = tokio::spawn(liuhen_recorder::run_by(Arc::new(HourAgo), config, stop.clone()));
    let ended = || {
        let runs = std::fs::read_dir(recorder.join("spool/runs")).into_iter().flatten().flatten();
        runs.filter(|run| run.path().join("end.json").exists()).count()
    };
    while ended() < CAMERAS {
        assert!(!running.is_finished(), "the recorder ended by itself");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}

/// Complete coverage, right times, nothing doubled.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_the_centre_is_filled() {
    let directory = tempfile::tempdir().unwrap();
    let sources = vec![CAMERA.to_owned(); CAMERAS];
    let mut lab = Lab::start(directory.path(), &sources, Line::default()).await.unwrap();
    lab.server.stop().await.unwrap();
    let (began, start_us) = (Instant::now(), HourAgo.now().as_micros());
    record(&directory.path().join("recorder")).await;
    let took = began.elapsed();
    println!("an hour of {CAMERAS} cameras was recorded in {took:?}");
    assert!(took < Duration::from_secs(60 * 5), "not even twelve times as fast as it passes: {took:?}");
    let bytes: u64 = lab.runs().iter().map(|run| size(run)).sum();
    println!("{bytes} bytes wait in the spool");

    lab.server.restart().await.unwrap();
    // A few seconds may pass until the first camera begins.
    let window = Interval { start_us: start_us + 10_000_000, end_us: start_us + HOUR_US - 10_000_000 };
    let session = lab.server.centre().await.unwrap().declare_session(&lab.declared, window).await.unwrap();
    lab.change_sources(NO_CAMERA).unwrap();
    // The box was switched off and on meanwhile. Within a boot it would learn now that its clock was an hour behind, and
    // rightly say so of all that it had recorded.
    std::fs::remove_file(lab.spool().join("boot.json")).unwrap();
    let began = Instant::now();
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(400)).await.unwrap();
    println!("{} fragments were sealed in {:?}", held.fragments(), began.elapsed());
    lab.recorder.stop().await.unwrap();

    assert_eq!(held.runs.len(), CAMERAS);
    for stream in lab.streams() {
        let missing = held.missing_us(stream, window.start_us, window.end_us);
        assert!(missing < ROUNDING_US, "{missing} µs of {stream} are missing");
    }
    for run in held.runs.values() {
        let (_, first) = run.fragments.first_key_value().unwrap().1;
        let (_, last) = run.fragments.last_key_value().unwrap().1;
        let (begins, lasts) = (first.start().as_micros() - start_us, last.end().as_micros() - first.start().as_micros());
        assert!((0..10_000_000).contains(&begins), "it began {begins} µs after the recorder");
        assert!((lasts - HOUR_US).abs() < ROUNDING_US, "the hour lasts {lasts} µs");
    }
    let coverage = lab.server.centre().await.unwrap().coverage(&session).await.unwrap();
    assert_eq!(coverage.viewpoints.len(), CAMERAS);
    for viewpoint in &coverage.viewpoints {
        let video = viewpoint.tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
        assert!(video.missing.is_empty(), "{viewpoint:?}");
        let covered: i64 = video.covered.iter().map(|part| part.end_us - part.start_us).sum();
        assert!(covered > window.end_us - window.start_us - ROUNDING_US, "{viewpoint:?}");
    }
    all_came_late(&lab, window).await;
    lab.is_sound(&[]).unwrap();
    note("an_hour_without_the_centre_is_filled", Counts { partitions: 1, acknowledged: held.fragments(), ..Counts::default() });
}

/// What came long after it was recorded says so, and why is in no doubt: the rest is of the last minutes.
async fn all_came_late(lab: &Lab, window: Interval) {
    let mut centre = lab.server.centre().await.unwrap();
    for stream in lab.streams() {
        let segments = centre.segments(&stream.to_string(), window).await.unwrap();
        let old = segments.iter().filter(|segment| segment.interval.unwrap().end_us < window.end_us - 180_000_000);
        let (late, in_time): (Vec<_>, Vec<_>) = old.partition(|segment| segment.late_upload);
        assert!(late.len() > 40 && in_time.is_empty(), "{} late, in time {in_time:?}", late.len());
    }
}

fn size(run: &Path) -> u64 {
    let files = std::fs::read_dir(run).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}
