//! Power loss: the recorder's spool on an ext4 file system that forgets what was not flushed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::camera::Spec;
use liuhen_tests::world::{Plan, Site, run_tool};

/// A file system in a file, mounted through a loop device. Dropping it unmounts it.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    fn make(directory: &Path) -> Self {
        let disk = Self { image: directory.join("disk.img"), mount: directory.join("disk") };
        std::fs::create_dir(&disk.mount).unwrap();
        let image = disk.image.to_str().unwrap();
        run_tool("truncate", &["-s", "256M", image]).unwrap();
        run_tool("mkfs.ext4", &["-q", image]).unwrap();
        disk.attach();
        disk
    }

    fn attach(&self) {
        run_tool("mount", &["-o", "loop", self.image.to_str().unwrap(), self.mount.to_str().unwrap()]).unwrap();
    }

    /// As when the plug is pulled: nothing more is written, the journal is not flushed (EXT4_IOC_SHUTDOWN).
    fn lose_power(&self) {
        let script =
            "import fcntl, os, struct, sys\nfcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        run_tool("python3", &["-c", script, self.mount.to_str().unwrap()]).unwrap();
    }

    fn detach(&self) {
        run_tool("umount", &[&self.mount]).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // An error means that it is not mounted.
        let _gone = run_tool("umount", &[&self.mount]);
    }
}

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

/// With the centre away the spool is all there is. What the recorder had flushed before the power went is sent
/// afterwards: at most 2 s before the cut are missing, and the time until the recorder is back.
#[tokio::test(flavor = "multi_thread")]
async fn the_spool_survives_the_loss_of_power() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "mounting needs root, and nothing may be skipped here");
        eprintln!("SKIPPED: mounting a file system needs root");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::make(directory.path());
    let recorder = directory.path().join("recorder");
    std::fs::create_dir(&recorder).unwrap();
    std::fs::create_dir(disk.mount.join("spool")).unwrap();
    std::os::unix::fs::symlink(disk.mount.join("spool"), recorder.join("spool")).unwrap();
    let mut site = Site::start(directory.path(), &Plan::one_room([Spec::synthetic("power", "power")])).await.unwrap();
    site.until_watched(Duration::from_secs(30)).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(4), Duration::from_secs(600)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    site.server.kill().unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let cut = now_us();
    disk.lose_power();
    site.recorder.kill().unwrap();
    disk.detach();
    disk.attach();
    site.recorder.start().unwrap();
    let back = site.until_watched_after(0, cut, Duration::from_secs(30)).await.unwrap();
    site.server.restart().await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let until = now_us() - 3_000_000;
    site.recorder.stop().await.unwrap();
    let stream = site.declared.cameras[0].stream_id.clone();
    site.until_sealed(&[&stream], Interval { start_us: window.start_us, end_us: until }, Duration::from_secs(60)).await.unwrap();
    let coverage = site.server.centre().await.unwrap().coverage(&session).await.unwrap();
    let video = coverage.viewpoints[0].tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
    let covered = |from: i64, to: i64| {
        let parts = video.covered.iter().map(|part| (part.end_us.min(to) - part.start_us.max(from)).max(0));
        parts.sum::<i64>()
    };
    let missing = (cut - window.start_us) - covered(window.start_us, cut);
    assert!(missing < 2_500_000, "{missing} µs before the cut are missing\n{:?}\n{}", video.covered, site.logs());
    let missing = (until - back - 2_000_000) - covered(back + 2_000_000, until);
    assert!(missing < 100_000, "{missing} µs after the return are missing\n{:?}\n{}", video.covered, site.logs());
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
    assert!(site.errors().is_empty(), "{:#?}", site.errors());
    site.recorder.kill().unwrap();
}
