//! The console in a real browser, against the real server, recorder and cameras: what people do on its page.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use liuhen_proto::wire::session::v1::RoomKind;
use liuhen_tests::camera::{Size, Sound, Source, Spec};
use liuhen_tests::program::Program;
use liuhen_tests::world::{CameraPlan, Plan, RoomPlan, Site, run_tool};

const PATIENCE: Duration = Duration::from_secs(90);
/// What a fragment of a second makes of the tolerance (max(5 s, 2 × the longest fragment)), and what may come on top of it
/// until a camera that is cut off is red on the page.
const RED_AFTER: Duration = Duration::from_secs(5 + 3);
/// Until nothing is green any more when the server says nothing.
const GREY_AFTER: Duration = Duration::from_secs(5);

fn camera(path: &str) -> CameraPlan {
    let size = Size { width: 320, height: 240 };
    let source = Source::Synthetic { label: path.to_owned(), sound: Sound::Aac, size, fps: 10, gop: 10 };
    CameraPlan { sound_required: true, ..CameraPlan::of(Spec { path: path.to_owned(), source }) }
}

fn node(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node").join(script)
}

/// A session of the first two rooms up to its sealed papers, told by a program that shares no code with us while they are filmed.
async fn told(site: &Site) {
    let declared = &site.declared;
    let room = |place: usize| {
        let camera = &declared.cameras[place];
        let camera = serde_json::json!({ "camera_id": camera.camera_id, "stream_id": camera.stream_id });
        serde_json::json!({ "room_id": declared.rooms[place].0, "cameras": [camera] })
    };
    let stage = serde_json::json!({
        "organization_id": declared.organization_id, "site_id": declared.site_id, "theory": room(0), "practical": room(1),
        "until": "sealed",
    });
    let arguments = [
        node("exam.mjs").to_str().unwrap().to_owned(),
        site.server.address(),
        site.server.token().unwrap(),
        "technical_college".to_owned(),
        stage.to_string(),
    ];
    let told = tokio::task::spawn_blocking(move || run_tool("node", &arguments));
    told.await.unwrap().unwrap_or_else(|error| panic!("{error:#}\n{}", site.logs()));
}

/// Where pictures of the screens go, to be looked at.
fn pictures() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console");
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Signs in, sees the wall turn red and grey and come back, and follows a candidate from ticket to footage; in both
/// languages, by keyboard, with names that mean harm.
#[tokio::test(flavor = "multi_thread")]
async fn alone_people_do_their_work_on_the_page() {
    let directory = tempfile::tempdir().unwrap();
    let practical = RoomPlan { kind: RoomKind::Practical, ..RoomPlan::theory("车间", vec![camera("bench")]) };
    let rooms = vec![RoomPlan::theory("0301", vec![camera("front")]), practical];
    let mut site = Site::start(directory.path(), &Plan::of(rooms)).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    told(&site).await;
    site.session(Duration::from_secs(1), Duration::from_secs(1800)).await.unwrap();

    let mut browser = Command::new("node");
    browser.arg(node("console.mjs")).args([site.server.address(), site.server.token().unwrap()]);
    browser.arg(&site.declared.rooms[0].0).arg(pictures());
    let log = directory.path().join("browser.log");
    let mut browser = Program::spawn("node", browser, &log).unwrap();
    let logs = |site: &Site| site.logs();

    browser.line("the wall stands", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", logs(&site)));
    let cut = tokio::time::Instant::now();
    site.cameras[0].cut_off().unwrap();
    browser.line("a room is red", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", logs(&site)));
    let red = cut.elapsed();
    site.cameras[0].restore().await.unwrap();
    browser.line("it is green again", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", logs(&site)));

    let silent = tokio::time::Instant::now();
    site.server.kill().unwrap();
    browser.line("all is grey", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}"));
    let grey = silent.elapsed();
    site.server.restart().await.unwrap();
    let found = browser.line("all is well: ", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", logs(&site)));
    println!("red after {red:?} (limit {RED_AFTER:?}), grey after {grey:?} (limit {GREY_AFTER:?}); {found}");
    site.recorder.stop().await.unwrap();
}
