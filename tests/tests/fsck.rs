//! `liuhen fsck` on a data directory that the real programs made, and on that directory damaged.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use liuhen_tests::camera::Spec;
use liuhen_tests::program::built;
use liuhen_tests::world::{Plan, Site, run_tool};

/// Swaps all columns but the index of two neighbouring entries.
const SWAP: &str =
    "UPDATE leaf SET idx = -1 WHERE idx = 3; UPDATE leaf SET idx = 3 WHERE idx = 4; UPDATE leaf SET idx = 4 WHERE idx = -1";

/// A flipped byte, a missing object, an orphan, a changed row, a removed entry and two swapped entries are each found.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_six_damages_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let mut site = Site::start(directory.path(), &Plan::one_room([Spec::synthetic("fsck", "fsck")])).await.unwrap();
    site.until_watched(Duration::from_secs(30)).await.unwrap();
    let (_, window) = site.session(Duration::from_secs(2), Duration::from_secs(5)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(9)).await;
    site.recorder.stop().await.unwrap();
    let stream = site.declared.cameras[0].stream_id.clone();
    site.until_sealed(&[&stream], window, Duration::from_secs(30)).await.unwrap();
    let segments = site.server.centre().await.unwrap().segments(&stream, window).await.unwrap();
    site.server.stop().await.unwrap();
    let whole = site.server.data().to_owned();
    let (code, report) = fsck(&whole);
    assert_eq!(code, Some(0), "the undamaged directory: {report}");

    let object = Path::new("objects").join(&segments[0].object_name);
    let damages: [(&str, &str, Damage); 7] = [
        ("a flipped byte", "object_changed", |_, object| flip(object)),
        ("a missing object", "object_missing", |_, object| std::fs::remove_file(object).unwrap()),
        ("an orphan", "orphan", |_, object| assert!(std::fs::copy(object, object.with_extension("copy.mp4")).is_ok())),
        ("a changed row", "row_changed", |data, _| sql(data, "UPDATE segment SET start_us = start_us + 1")),
        ("another changed row", "row_changed", |data, _| sql(data, "UPDATE site SET name = 'elsewhere'")),
        ("a removed entry", "row_without_entry", |data, _| sql(data, "DELETE FROM leaf WHERE idx = 4")),
        ("two swapped entries", "chain_broken", |data, _| sql(data, SWAP)),
    ];
    for (what, kind, damage) in damages {
        let copy = directory.path().join("damaged");
        run_tool("cp", &["-a", whole.to_str().unwrap(), copy.to_str().unwrap()]).unwrap();
        damage(&copy, &copy.join(&object));
        let (code, report) = fsck(&copy);
        assert!(code.is_some_and(|code| code != 0), "{what} was not found ({code:?}): {report}");
        let found: serde_json::Value = serde_json::from_str(&report).unwrap();
        let mut kinds = found["findings"].as_array().unwrap().iter().map(|finding| &finding["kind"]);
        assert!(kinds.any(|found| found == kind), "{what} was not called {kind}: {report}");
        std::fs::remove_dir_all(&copy).unwrap();
    }
}

/// What is done to a data directory and one of its objects.
type Damage = fn(&Path, &Path);

fn fsck(data: &Path) -> (Option<i32>, String) {
    let output = Command::new(built("liuhen").unwrap()).args(["fsck", "--json", "--data"]).arg(data).output().unwrap();
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

fn sql(data: &Path, statements: &str) {
    let script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: db.executescript(sys.argv[2])";
    let database = data.join("liuhen.db");
    run_tool("python3", &["-c", script, database.to_str().unwrap(), statements]).unwrap();
}
