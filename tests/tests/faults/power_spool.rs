//! The recorder's spool on a disk that loses power under load, at moments that chance chooses, with and without a
//! centre that listens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_media::segment_file;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::faults::{Chance, Counts, Disk, Lab, Line, note};

const ROUNDS: u64 = 5;
const CAMERAS: usize = 3;
const CAMERA: &str = "synthetic:width=160,height=96,fps=10,gop=10,audio=pcma";
/// A fragment of a second, and what waits for the disk.
const IN_MEMORY_US: i64 = 2_000_000;

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

/// What reached the disk is sent afterwards: of each camera at most 2 s before the cut are missing. What was offered
/// to the centre was on the disk: the centre knows nothing that the spool has lost.
#[tokio::test(flavor = "multi_thread")]
async fn the_spool_survives_the_loss_of_power() {
    let chance = Chance::of_the_day();
    let (directory, disk_directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = Disk::make(disk_directory.path(), 256) else { return };
    let recorder = directory.path().join("recorder");
    std::fs::create_dir(&recorder).unwrap();
    std::fs::create_dir(disk.path().join("spool")).unwrap();
    std::os::unix::fs::symlink(disk.path().join("spool"), recorder.join("spool")).unwrap();
    let mut lab = Lab::start(directory.path(), &vec![CAMERA.to_owned(); CAMERAS], Line::default()).await.unwrap();
    lab.recorder.start().unwrap();
    // From when to when each life of the recorder must have left footage.
    let (mut lives, mut old) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let since = until_alive(&lab, &old).await;
        let away = round % 2 == 1;
        if away {
            lab.proxy.cut();
        }
        let wait = chance.between(Duration::from_millis(2_500), Duration::from_millis(7_000));
        tokio::time::sleep(wait).await;
        println!("round {round}: the power goes after {wait:?}, the centre is {}", if away { "away" } else { "there" });
        let cut = now_us();
        disk.lose_power();
        lab.recorder.kill().unwrap();
        disk.come_back();
        offered_was_on_the_disk(&lab);
        lives.push((since, cut));
        lab.proxy.come_back();
        old = lab.runs();
        lab.recorder.start().unwrap();
    }
    until_alive(&lab, &old).await;
    lab.recorder.stop().await.unwrap();
    // The last one hands over what is left and records nothing more.
    lab.change_sources("rtsp://127.0.0.1:9/none").unwrap();
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(90)).await.unwrap();
    let mut never_acknowledged_us = 0;
    for stream in lab.streams() {
        for &(since, cut) in &lives {
            let missing = held.missing_us(stream, since, cut);
            assert!(
                missing < IN_MEMORY_US + 500_000,
                "{missing} µs of {stream} before the cut at {cut} are missing\n{}",
                lab.logs()
            );
            never_acknowledged_us += missing;
        }
    }
    lab.is_sound(&["spool", "disk", "Input/output", "I/O", "os error"]).unwrap();
    lab.recorder.kill().unwrap();
    let counts = Counts {
        power_losses: ROUNDS,
        crashes: ROUNDS,
        seeds: 1,
        acknowledged: held.fragments(),
        never_acknowledged_ms: u64::try_from(never_acknowledged_us).unwrap() / 1_000,
        outages: ROUNDS * CAMERAS as u64,
        ..Counts::default()
    };
    note("the_spool_survives_the_loss_of_power", counts);
}

/// Waits until each camera has footage in a run that is not old, and gives the moment.
async fn until_alive(lab: &Lab, old: &[PathBuf]) -> i64 {
    let alive = || lab.runs().iter().filter(|run| !old.contains(run) && sequences(run).is_some()).count() >= CAMERAS;
    lab.until("every camera is recorded again", Duration::from_secs(60), alive).await.unwrap();
    now_us()
}

/// The last fragment of the segments in a directory that are whole.
fn sequences(run: &Path) -> Option<u64> {
    let files = std::fs::read_dir(run).ok()?.flatten().map(|entry| entry.path());
    let segments = files.filter(|path| path.extension().is_some_and(|end| end == "mp4") && !path.ends_with("init.mp4"));
    let last = |path: PathBuf| Some(segment_file::scan(&path).ok()??.fragments.last()?.sequence.get());
    segments.filter_map(last).max()
}

/// Nothing of an open run is in the centre's journal that is not in the spool.
fn offered_was_on_the_disk(lab: &Lab) {
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    for file in std::fs::read_dir(lab.server.data().join("journal/open")).unwrap().flatten() {
        // It may be sealed and gone at this moment.
        let Ok(Some(found)) = segment_file::scan(&file.path()) else { continue };
        if let (Some(header), Some(last)) = (found.headers.first(), found.fragments.last()) {
            let known = known.entry(header.run.to_string()).or_default();
            *known = (*known).max(last.sequence.get());
        }
    }
    for run in lab.runs().into_iter().filter(|run| !run.join("end.json").exists()) {
        let name = run.file_name().unwrap().to_string_lossy().into_owned();
        let (known, held) = (known.get(&name).copied(), sequences(&run));
        assert!(known <= held, "the centre knows {name} up to {known:?}, the spool up to {held:?}");
    }
}
