//! Two servers on one PostgreSQL and one directory of objects, each with a journal of its own: the one that takes the
//! footage dies, and the recorder goes on at the other.

use std::path::Path;
use std::time::Duration;

use liuhen_proto::ids::StreamId;
use liuhen_tests::camera::Spec;
use liuhen_tests::faults::{Counts, Held, note};
use liuhen_tests::world::{Plan, RecorderProgram, Server};

use crate::postgres;

const CAMERAS: usize = 2;
/// So much each server takes before it is killed: a dozen fragments.
const FOOTAGE: u64 = 300_000;
const CAMERA: &str = "synthetic:width=160,height=96,fps=10,gop=10,audio=pcma";
const NO_CAMERA: &str = "rtsp://127.0.0.1:9/none";

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..900 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not so after 90 s: {what}");
}

/// What is open in a server's journal, in bytes.
fn journal_bytes(server: &Server) -> u64 {
    let files = std::fs::read_dir(server.data().join("journal/open")).unwrap().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

fn spool_is_empty(recorder: &Path) -> bool {
    std::fs::read_dir(recorder.join("spool/runs")).is_ok_and(|mut runs| runs.next().is_none())
}

/// Each server is killed once while it takes the footage; recording never stops, everything is sealed once.
#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_goes_on_at_another_server() {
    // It says so itself where it cannot be had.
    let Some(database) = postgres::database().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::create_dir(path("objects")).unwrap();
    let shared = ["--database", &database, "--objects", path("objects").to_str().unwrap()].map(str::to_owned);
    let mut one = Server::start_sharing(&path("one"), &path("one.log"), &shared, &[]).await.unwrap();
    let mut two = Server::start_sharing(&path("two"), &path("two.log"), &shared, &["--only-ingest"]).await.unwrap();

    let plan = Plan::one_room((0..CAMERAS).map(|place| Spec::synthetic(&place.to_string(), &format!("camera {place}"))));
    let home = path("recorder");
    let public_key = RecorderProgram::make_key(&home).unwrap();
    let mut declared = one.centre().await.unwrap().declare(&plan, public_key, |_| CAMERA.to_owned()).await.unwrap();
    let addresses = [one.address(), two.address()];
    let mut recorder = RecorderProgram::configure(&home, &addresses, &declared).unwrap();
    recorder.start().unwrap();
    until("the first takes footage", || journal_bytes(&one) > FOOTAGE).await;
    one.kill().unwrap();
    until("the second takes footage", || journal_bytes(&two) > FOOTAGE).await;
    one.restart().await.unwrap();
    let before = journal_bytes(&one);
    two.kill().unwrap();
    until("the first takes footage again", || journal_bytes(&one) > before + FOOTAGE).await;
    two.restart().await.unwrap();
    recorder.stop().await.unwrap();
    declared.cameras.iter_mut().for_each(|camera| NO_CAMERA.clone_into(&mut camera.url));
    RecorderProgram::configure(&home, &addresses, &declared).unwrap();
    recorder.start().unwrap();
    until("all is sealed", || spool_is_empty(&home)).await;
    // What the other has sealed stays in a journal for some minutes, or until the next start.
    for server in [&mut one, &mut two] {
        server.stop().await.unwrap();
        server.restart().await.unwrap();
        until("the journal is empty", || journal_bytes(server) == 0).await;
    }

    let held = Held::read(directory.path()).unwrap();
    assert!(held.holes().is_empty(), "{:?}", held.holes());
    for camera in &declared.cameras {
        let stream: StreamId = camera.stream_id.parse().unwrap();
        let hole = held.longest_hole_us(stream);
        assert!(hole < 100_000, "recording of {stream} stopped for {hole} µs\n{}", recorder.printed());
    }
    let (clean, report) = one.fsck().unwrap();
    assert!(clean, "{report}");
    recorder.kill().unwrap();
    let counts = Counts { crashes: 2, acknowledged: held.fragments(), ..Counts::default() };
    note("a_recorder_goes_on_at_another_server", counts);
}
