//! Disks that are full, on either side: what does not fit is refused and told, what was promised is held, and when
//! there is room again everything goes on.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use liuhen_media::segment_file;
use liuhen_proto::Sha256;
use liuhen_tests::faults::{Counts, Disk, Lab, Line, note};
use liuhen_tests::world::Server;

use crate::clients::{client, held_to_its_word};

/// Some 100 kB a second.
const CAMERA: &str = "synthetic:width=320,height=192,fps=50,gop=2";
/// As much as it takes to fill what the recorder takes of the disk: it leaves a sixteenth to others.
const DARK: Duration = Duration::from_secs(70);

/// Everything that is whole in the spool, by run and sequence.
fn in_spool(lab: &Lab) -> BTreeMap<(String, u64), Sha256> {
    let mut all = BTreeMap::new();
    for run in lab.runs() {
        let name = run.file_name().unwrap().to_string_lossy().into_owned();
        for file in std::fs::read_dir(&run).unwrap().flatten().map(|entry| entry.path()) {
            if file.extension().is_none_or(|end| end != "mp4") || file.ends_with("init.mp4") {
                continue;
            }
            let Ok(Some(found)) = segment_file::scan(&file) else { continue };
            all.extend(found.fragments.iter().map(|fragment| ((name.clone(), fragment.sequence.get()), fragment.sha256)));
        }
    }
    all
}

/// The spool's disk fills while the centre is away. Nothing unsealed goes; when the centre is back and seals, there
/// is room again and recording goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_the_site_loses_nothing_that_is_on_it() {
    let (directory, disk_directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = Disk::small(disk_directory.path(), 5 << 10) else { return };
    let recorder = directory.path().join("recorder");
    std::fs::create_dir(&recorder).unwrap();
    std::fs::create_dir(disk.path().join("spool")).unwrap();
    std::os::unix::fs::symlink(disk.path().join("spool"), recorder.join("spool")).unwrap();
    let mut lab = Lab::start(directory.path(), &[CAMERA.to_owned()], Line::default()).await.unwrap();
    lab.proxy.cut();
    lab.recorder.start().unwrap();
    let full = || ended(&lab, "END_REASON_DISK_FULL");
    lab.until("a run ends because the disk is full", DARK, full).await.unwrap();
    let held_at_the_site = in_spool(&lab);
    assert!(held_at_the_site.len() > 5, "{}", held_at_the_site.len());
    lab.proxy.come_back();
    let new = || in_spool(&lab).keys().any(|(run, _)| !held_at_the_site.keys().any(|(known, _)| known == run));
    lab.until("a new run begins when there is room", Duration::from_secs(90), new).await.unwrap();
    lab.recorder.stop().await.unwrap();
    lab.change_sources("rtsp://127.0.0.1:9/none").unwrap();
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(90)).await.unwrap();
    for ((run, sequence), sha256) in &held_at_the_site {
        let run = &held.runs[&run.parse().unwrap()];
        assert_eq!(run.fragments.get(sequence).map(|(held, _)| held), Some(sha256), "fragment {sequence}");
    }
    lab.is_sound(&["room", "disk", "spool", "space"]).unwrap();
    lab.recorder.kill().unwrap();
    let acknowledged = held_at_the_site.len() as u64;
    note(
        "a_full_disk_at_the_site_loses_nothing_that_is_on_it",
        Counts { injected_failures: 1, acknowledged, ..Counts::default() },
    );
}

fn ended(lab: &Lab, reason: &str) -> bool {
    let ends = lab.runs().into_iter().filter_map(|run| std::fs::read_to_string(run.join("end.json")).ok());
    ends.into_iter().any(|end| end.contains(reason))
}

/// The centre's disk is full three times while clients hand in: it refuses for a while and promises nothing that it
/// cannot keep.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_the_centre_breaks_no_promise() {
    let (directory, disk_directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = Disk::small(disk_directory.path(), 64 << 10) else { return };
    let mut server = Server::start(&disk.path().join("data"), &directory.path().join("server.log")).await.unwrap();
    let clients = [client(&server).await, client(&server).await];
    let stored = || clients.iter().map(|client| client.stored()).sum::<usize>();
    for _ in 0..3 {
        let before = stored();
        until("fragments are stored", || stored() > before + 10).await;
        let filler = fill(disk.path());
        tokio::time::sleep(Duration::from_secs(2)).await;
        std::fs::remove_file(filler).unwrap();
    }
    let before = stored();
    until("fragments are stored again", || stored() > before + 10).await;
    let acknowledged = held_to_its_word(&server, clients.into()).await;
    note("a_full_disk_at_the_centre_breaks_no_promise", Counts { injected_failures: 3, acknowledged, ..Counts::default() });
    server.stop().await.unwrap();
}

/// Takes all room that is left, to the last byte.
fn fill(directory: &Path) -> std::path::PathBuf {
    let filler = directory.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    filler
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not so after a minute: {what}");
}
