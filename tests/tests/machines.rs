//! Recorders over the network, with the real programs: certificates are renewed while footage flows, a revoked recorder is
//! cut off and goes on recording, and what takes its place hands all of it over.

use std::process::Command;
use std::time::Duration;

use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::camera::{Size, Sound, Source, Spec};
use liuhen_tests::program::built;
use liuhen_tests::world::{CameraPlan, Declared, Plan, RecorderProgram, RoomPlan, Site};

const PATIENCE: Duration = Duration::from_secs(60);

fn plan() -> Plan {
    let size = Size { width: 160, height: 96 };
    let source = Source::Synthetic { label: "front".to_owned(), sound: Sound::None, size, fps: 10, gop: 10 };
    let front = CameraPlan::of(Spec { path: "front".to_owned(), source });
    Plan::of(vec![RoomPlan::theory("101", vec![front])])
}

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

/// `liuhen …` as the operator; its lines of JSON.
fn liuhen(site: &Site, arguments: &[&str]) -> Vec<serde_json::Value> {
    let mut command = Command::new(built("liuhen").unwrap());
    command.args(arguments).arg("--json").env("LIUHEN_SERVER", site.server.address());
    let output = command.env("LIUHEN_TOKEN", site.server.token().unwrap()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(site: &Site) -> Vec<serde_json::Value> {
    liuhen(site, &["admin", "recorder", "keys", &site.declared.recorder_id])
}

async fn until(what: &str, site: &Site, mut found: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !found().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what} did not come\n{}", site.logs()));
}

/// When the last stored moment is of the camera.
async fn stored_until(site: &Site, session: &str) -> i64 {
    let last = |coverage: &liuhen_proto::wire::review::v1::Coverage| {
        let tracks = coverage.viewpoints.iter().flat_map(|view| &view.tracks);
        Some(tracks.filter_map(|track| track.last_stored_us).max().unwrap_or_default())
    };
    site.until(session, PATIENCE, "coverage", last).await.unwrap()
}

/// Says of the recorder's certificate that a third of its time is left in a moment.
fn nearly_due(site: &Site, seconds: i64) {
    let path = site.directory().join("recorder/spool/machine.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let (from, due) = (now_us() - 20_000_000, now_us() + seconds * 1_000_000);
    stored["certificate"]["from_us"] = from.into();
    stored["certificate"]["until_us"] = (from + (due - from) * 3 / 2).into();
    // In place: its mode stays.
    std::fs::write(path, serde_json::to_vec(&stored).unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_while_footage_flows_and_a_revoked_recorder_records_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut site = Site::start_over_network(directory.path(), &plan()).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(1), Duration::from_secs(3600)).await.unwrap();
    until("footage", &site, async || stored_until(&site, &session).await > window.start_us).await;
    let first = keys(&site);
    assert_eq!((first.len(), &first[0]["version"]), (1, &1.into()));

    // Renewed while it records: no connection is made anew, and nothing is missing.
    site.recorder.stop().await.unwrap();
    nearly_due(&site, 12);
    site.recorder.start().unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let again = now_us();
    until("footage after the start", &site, async || stored_until(&site, &session).await > again).await;
    // It began with the camera's next key frame.
    let again = stored_until(&site, &session).await;
    assert_eq!(keys(&site)[0]["version"], 1, "it was too early for that");
    until("the second certificate", &site, async || keys(&site)[0]["version"] == 2).await;
    let renewed = now_us();
    until("footage after it", &site, async || stored_until(&site, &session).await > renewed + 3_000_000).await;
    assert_eq!(missing(&site, again, renewed + 2_000_000).await, Vec::<String>::new());
    assert!(!site.recorder.printed().contains("uplink lost"), "{}", site.recorder.printed());

    // Revoked: nothing more is taken, and it records on.
    let token = directory.path().join("recorder/recorder.token");
    let replace = ["admin", "recorder", "replace", &site.declared.recorder_id, "--reason", "stolen", "--token"];
    liuhen(&site, &[&replace[..], &[token.to_str().unwrap()]].concat());
    let revoked = now_us();
    until("the end of its calls", &site, async || site.recorder.printed().contains("uplink lost")).await;
    assert!(now_us() - revoked < 8_000_000, "within five seconds, and what the test itself needs");
    let before = stored_until(&site, &session).await;
    let spool = || walk(&directory.path().join("recorder/spool"));
    let (held, later) = (spool(), now_us() + 3_000_000);
    until("more in the spool", &site, async || now_us() > later && spool() > held).await;
    assert_eq!(stored_until(&site, &session).await, before, "nothing of it was taken");

    // With the new token, another key is let in, and all comes.
    site.recorder.stop().await.unwrap();
    site.recorder.start().unwrap();
    until("all of it", &site, async || stored_until(&site, &session).await > later).await;
    until("what was recorded meanwhile", &site, async || missing(&site, revoked - 2_000_000, later).await.is_empty()).await;
    let mut all = keys(&site);
    all.sort_by_key(|key| key["revoked_us"].is_null());
    assert_eq!((all.len(), all[0]["revoked_us"].is_null(), all[1]["revoked_us"].is_null()), (2, false, true), "{all:?}");
    assert_ne!(all[0]["key"], all[1]["key"]);
    let refused = liuhen(&site, &["refusals"]);
    assert!(refused[0]["refusals"].as_array().unwrap().iter().any(|it| it["kind"] == "machine"), "{refused:?}");

    site.recorder.stop().await.unwrap();
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
}

/// What is not stored between two moments, though a tenth of a second may be missing anywhere.
async fn missing(site: &Site, from: i64, to: i64) -> Vec<String> {
    let mut centre = site.server.centre().await.unwrap();
    let stream_id = site.declared.cameras[0].stream_id.clone();
    let interval = Interval { start_us: from, end_us: to };
    let request =
        liuhen_proto::wire::review::v1::ReadClipRequest { stream_id, interval: Some(interval), purpose: "a test".into() };
    let mut answer = centre.review.read_clip(request).await.unwrap().into_inner();
    let part = answer.message().await.unwrap().and_then(|part| part.part);
    let Some(liuhen_proto::wire::review::v1::read_clip_response::Part::Info(info)) = part else { panic!("{part:?}") };
    info.missing.iter().map(|it| format!("{} µs from {}", it.end_us - it.start_us, it.start_us)).collect()
}

/// Bytes of all files below.
fn walk(directory: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { entry.metadata().map_or(0, |it| it.len()) }).sum()
}

/// Whatever key it has: what it says of another site's cameras is not taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_speaks_for_its_own_site_only() {
    let directory = tempfile::tempdir().unwrap();
    let mut site = Site::start_over_network(directory.path(), &plan()).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(1), Duration::from_secs(3600)).await.unwrap();
    until("footage", &site, async || stored_until(&site, &session).await > window.start_us).await;
    site.recorder.stop().await.unwrap();

    // The same box with the same key, told to record for a camera of another site.
    let key = RecorderProgram::make_key(&directory.path().join("other")).unwrap();
    let url = site.cameras[0].url("front");
    let other = site.server.centre().await.unwrap().declare(&plan(), key, |_| url.clone()).await.unwrap();
    let stranger = Declared {
        recorder_id: site.declared.recorder_id.clone(),
        recorder_token: site.declared.recorder_token.clone(),
        ..other.clone()
    };
    let door = site.server.machines().unwrap().clone();
    let recorder = directory.path().join("recorder");
    site.recorder = RecorderProgram::configure_for_network(&recorder, &door, &stranger).unwrap();
    site.recorder.start().unwrap();
    until("the refusal", &site, async || site.recorder.printed().contains("belongs to another site")).await;
    let interval = Interval { start_us: window.start_us, end_us: now_us() };
    let segments = site.server.centre().await.unwrap().segments(&other.cameras[0].stream_id, interval).await.unwrap();
    assert_eq!(segments, [], "nothing of it was taken");
    assert_eq!(keys(&site).len(), 1, "it is let in as before: only what it says is refused");
    site.recorder.stop().await.unwrap();
}
