//! A camera whose line stands still for a while, with its sockets open, and then gives everything at once.

use std::time::Duration;

use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::camera::{Camera, Size, Sound, Source, Spec};
use liuhen_tests::faults::{Counts, Lab, Line, Proxy, note};

/// Shorter than the 5 s of silence after which a camera is called anew.
const STALL: Duration = Duration::from_millis(3_500);
/// What of the end may not be a whole fragment yet.
const TAIL_US: i64 = 2_500_000;

async fn wait(span: Duration) {
    tokio::time::sleep(span).await;
}

/// The run goes on, nothing of it is lost, and lateness moves no time: it begins and ends when it did.
#[tokio::test(flavor = "multi_thread")]
async fn a_stall_and_a_burst_move_no_time() {
    let directory = tempfile::tempdir().unwrap();
    let size = Size { width: 160, height: 96 };
    let source = Source::Synthetic { label: "front".into(), sound: Sound::None, size, fps: 10, gop: 10 };
    let spec = Spec { path: "front".into(), source };
    let camera = Camera::start(vec![spec], &directory.path().join("camera.log")).await.unwrap();
    let line = Proxy::start(camera.address(), Line::default()).await.unwrap();
    let source = format!("rtsp://127.0.0.1:{}/front", line.port());
    let mut lab = Lab::start(directory.path(), &[source], Line::default()).await.unwrap();
    lab.recorder.start().unwrap();
    let from_us = lab.until_recording(Duration::from_secs(60)).await.unwrap();
    wait(Duration::from_secs(3)).await;
    line.stall();
    wait(STALL).await;
    line.come_back();
    wait(Duration::from_secs(5)).await;
    let until_us = SystemClock.now().as_micros();
    lab.recorder.stop().await.unwrap();
    lab.change_sources("rtsp://127.0.0.1:9/none").unwrap();
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(60)).await.unwrap();
    assert_eq!(held.runs.len(), 1, "a stall ends no run\n{}", lab.logs());
    let stream = lab.streams()[0];
    let missing = held.missing_us(stream, from_us, until_us - TAIL_US);
    assert!(missing < 200_000 && held.longest_hole_us(stream) < 100_000, "{missing} µs are missing\n{}", lab.logs());
    let fragments = held.runs.values().flat_map(|run| run.headers.values());
    let end_us = fragments.map(|header| header.interval().end().as_micros()).max().unwrap();
    assert!((end_us - until_us).abs() < TAIL_US, "it ends {} µs beside", end_us - until_us);
    lab.is_sound(&[]).unwrap();
    lab.recorder.kill().unwrap();
    note("a_stall_and_a_burst_move_no_time", Counts { partitions: 1, acknowledged: held.fragments(), ..Counts::default() });
}
