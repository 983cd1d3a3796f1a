//! A disk that is full, though the quota is not: as if the quota were, and over as soon as there is room.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::centre::{Centre, Manners};
use crate::support::{Settings, runs, segments, until};

/// A small file system of its own. Needs root; without it the test says so and is skipped, under `CI=true` it fails.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(mebibytes: u32) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path()).output();
        if mount.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(directory));
        }
        assert!(std::env::var_os("CI").is_none(), "a tmpfs cannot be mounted: {mount:?}");
        eprintln!("skipped: a tmpfs cannot be mounted without root");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Another program takes all that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("others");
        let mut file = std::fs::File::create(&path).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 4_096]).is_ok() {}
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Busy for a moment where a failed test left a recorder behind.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

const CAMERA: &str = "synthetic:width=64,height=64,fps=25,gop=25,audio=pcma";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_others_fill_stops_new_fragments_only_and_recording_goes_on_by_itself() {
    let Some(disk) = Disk::of(16) else { return };
    let (centre, address) = Centre::start(Manners { never_seals: true, ..Manners::default() }).await;
    let settings = Settings { centre: Some(address), quota: "64 MiB", segment: "1s", ..Settings::default() };
    let recorder = settings.source(CAMERA).start(disk.path());
    until("two segments", || segments(disk.path()).len() >= 2).await;
    let others = disk.fill();
    let full = |state: &mut crate::support::centre::State| state.statuses.last().is_some_and(|status| status.spool_full);
    until("the centre is told that the disk is full", || centre.with(full)).await;
    let (held, told) = (segments(disk.path()), centre.with(|state| state.statuses.len()));
    until("it stays full for seconds", || centre.with(|state| state.statuses.len() > told + 3)).await;
    assert!(runs(disk.path()).len() <= 2, "nothing gathers while it is full: {:?}", runs(disk.path()));
    std::fs::remove_file(others).unwrap();
    until("recording goes on", || segments(disk.path()).len() > held.len() + 1).await;
    until("and is told", || !centre.with(full)).await;
    assert!(held.iter().all(|path| path.exists()), "what is unsealed stays");
    until("the end is written down", || recorder.ends().contains(&"DISK_FULL".to_owned())).await;
    recorder.stop().await;
    centre.with(|state| assert_eq!(state.wrong, Vec::<String>::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sealed_and_kept_makes_room_for_others() {
    let Some(disk) = Disk::of(16) else { return };
    let (centre, address) = Centre::start(Manners::default()).await;
    let settings = Settings { centre: Some(address), quota: "64 MiB", segment: "1s", keep_sealed: true, ..Settings::default() };
    let recorder = settings.source("synthetic:width=640,height=480,fps=25,gop=2").start(disk.path());
    let kept = |path: &PathBuf| path.to_string_lossy().ends_with(".sealed.mp4");
    until("some are kept", || segments(disk.path()).iter().filter(|path| kept(path)).count() >= 3).await;
    let oldest = segments(disk.path()).remove(0);
    disk.fill();
    until("the oldest makes room", || !oldest.exists()).await;
    recorder.stop().await;
    centre.with(|state| assert_eq!(state.wrong, Vec::<String>::new()));
}
