//! Lines that misbehave, between a real recorder and a real server: after each of them everything is sealed, nothing
//! is doubled, and nothing is missing, since recording never waited for the line.

use std::time::Duration;

use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::wire::review::v1::{Coverage, Gap, GapKind};
use liuhen_tests::faults::{Counts, Lab, Line, Loss, Proxy, note};

/// Half a minute at ten pictures a second, in fragments of a second.
const CAMERA: &str = "synthetic:width=160,height=96,fps=10,gop=10,audio=pcma,frames=300";
/// Two of them are more than twice 256 kbit/s.
const LARGE_CAMERA: &str = "synthetic:width=320,height=192,fps=25,gop=2,frames=750";
/// How much of the half minute a session asks for.
const WINDOW_US: i64 = 18_000_000;

const KBIT_256: Line = Line { delay: Duration::ZERO, jitter: Duration::ZERO, bytes_per_second: Some(32_000) };
const FAR_AWAY: Line = Line { delay: Duration::from_millis(250), jitter: Duration::from_millis(250), bytes_per_second: None };
const GOOD: Line = Line { delay: Duration::ZERO, jitter: Duration::ZERO, bytes_per_second: None };

async fn wait(secs: u64) {
    tokio::time::sleep(Duration::from_secs(secs)).await;
}

/// Records two cameras for half a minute over the line while `during` does what it does, and holds the centre to
/// everything. `during` gives how often the line misbehaved.
async fn survives(test: &str, camera: &str, line: Line, during: impl AsyncFnOnce(&Proxy) -> u64) {
    let directory = tempfile::tempdir().unwrap();
    let mut lab = Lab::start(directory.path(), &[camera.to_owned(), camera.to_owned()], line).await.unwrap();
    lab.recorder.start().unwrap();
    let start_us = lab.until_recording(Duration::from_secs(60)).await.unwrap() + 1_000_000;
    let window = Interval { start_us, end_us: start_us + WINDOW_US };
    let session = lab.server.centre().await.unwrap().declare_session(&lab.declared, window).await.unwrap();
    let partitions = during(&lab.proxy).await;
    lab.until_recorded(Duration::from_secs(90)).await.unwrap();
    let held = lab.until_sealed(Duration::from_secs(240)).await.unwrap();
    for stream in lab.streams() {
        let hole = held.longest_hole_us(stream);
        assert!(hole < 100_000, "recording of {stream} stopped for {hole} µs\n{}", lab.logs());
        let missing = held.missing_us(stream, window.start_us, window.end_us);
        assert!(missing < 100_000, "{missing} µs of {stream} are missing");
    }
    until_complete(&lab, &session).await;
    lab.is_sound(&[]).unwrap();
    lab.recorder.stop().await.unwrap();
    note(test, Counts { partitions, acknowledged: held.fragments(), ..Counts::default() });
}

/// The board says that nothing is missing, and what was missing for a while is filled.
async fn until_complete(lab: &Lab, session: &str) {
    let mut centre = lab.server.centre().await.unwrap();
    let complete = |coverage: &Coverage| {
        let tracks = coverage.viewpoints.iter().flat_map(|viewpoint| &viewpoint.tracks);
        let mut video = tracks.filter(|track| track.kind() == TrackKind::Video);
        let covered = |covered: &[Interval]| covered.iter().map(|part| part.end_us - part.start_us).sum::<i64>();
        let whole = video.all(|track| track.missing.is_empty() && covered(&track.covered) > WINDOW_US - 100_000);
        let missing = |gap: &&Gap| matches!(gap.kind(), GapKind::NoPicture | GapKind::NoSound);
        whole && coverage.gaps.iter().filter(missing).all(|gap| gap.end_us.is_some() && gap.filled_by != 0)
    };
    for _ in 0..100 {
        if complete(&centre.coverage(session).await.unwrap()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the board is not complete: {:#?}\n{}", centre.coverage(session).await.unwrap(), lab.logs());
}

/// The line is cut for eight seconds; connections end with a reset.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_costs_nothing() {
    survives("a_partition_costs_nothing", CAMERA, GOOD, async |line| {
        wait(3).await;
        line.cut();
        wait(8).await;
        line.come_back();
        1
    })
    .await;
}

async fn until_noticed(who: &str, mut noticed: impl FnMut() -> bool) {
    for _ in 0..450 {
        if noticed() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{who} did not notice in 45 s that nobody answers");
}

/// The line dies without a word. The recorder finds it out by itself, and makes a new connection once it can; the
/// centre finds it out too, and does not keep the call of somebody who is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_is_noticed() {
    survives("a_half_open_connection_is_noticed", CAMERA, GOOD, async |line| {
        wait(3).await;
        line.hang();
        until_noticed("the recorder", || line.noticed().0 > 0).await;
        line.come_back();
        until_noticed("the centre", || line.noticed().1 > 0).await;
        1
    })
    .await;
}

/// Thirty times in twelve seconds the line comes and goes: every connection is cut before much went through.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_reconnects_doubles_nothing() {
    survives("a_storm_of_reconnects_doubles_nothing", CAMERA, GOOD, async |line| {
        for round in 0..30 {
            line.cut();
            tokio::time::sleep(Duration::from_millis(100 + round * 5)).await;
            line.come_back();
            tokio::time::sleep(Duration::from_millis(300 - round * 5)).await;
        }
        assert!(line.connections() >= 10, "only {} connections were tried", line.connections());
        30
    })
    .await;
}

/// 256 kbit/s for two cameras of 300 kbit/s each: recording goes on, and what could not go live goes later.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_slower_than_live_only_takes_longer() {
    survives("a_link_slower_than_live_only_takes_longer", LARGE_CAMERA, KBIT_256, async |_| 1).await;
}

/// Half a second there and half a second back at worst, each piece late by chance, so that what goes over different
/// connections overtakes each other.
#[tokio::test(flavor = "multi_thread")]
async fn delay_and_what_overtakes_it_change_nothing() {
    survives("delay_and_what_overtakes_it_change_nothing", CAMERA, FAR_AWAY, async |_| 1).await;
}

/// Of the packets between recorder and line 30 % are lost in each direction, by the kernel, for 15 s.
#[tokio::test(flavor = "multi_thread")]
async fn losing_three_packets_of_ten_loses_no_fragment() {
    let name = "losing_three_packets_of_ten_loses_no_fragment";
    if Loss::on_port(1, 30).is_none() {
        return;
    }
    survives(name, CAMERA, GOOD, async |line| {
        let lossy = Loss::on_port(line.port(), 30).expect("it went a moment ago");
        wait(15).await;
        drop(lossy);
        1
    })
    .await;
}
