//! A disk that fills up; and a power cut, as near as a test gets to one: a real ext4 in an image is shut down under the writers by
//! the SHUTDOWN ioctl, without its log being flushed, then mounted again. What was acknowledged is there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use liuhen_media::segment_file::{self, SegmentWriter};
use liuhen_proto::Sha256;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{AckStep, ErrorAction};
use liuhen_proto::world::SystemClock;

use crate::footage::{Footage, Run};
use crate::world::{World, quick};

/// A file system of its own, unmounted when dropped.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    /// None where this machine or user has no loop devices; never under CI.
    fn make(dir: &Path) -> Option<Self> {
        let disk = Self { image: dir.join("disk.img"), mount: dir.join("mount") };
        std::fs::create_dir(&disk.mount).unwrap();
        std::fs::File::create(&disk.image).unwrap().set_len(64 << 20).unwrap();
        let made = run("mkfs.ext4", &["-q", "-F", disk.image.to_str().unwrap()]).and_then(|()| disk.mount());
        match made {
            Ok(()) => Some(disk),
            Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("no loop device under CI: {why}"),
            Err(why) => {
                eprintln!("SKIPPED: a power cut needs root, mkfs.ext4 and a loop device: {why}");
                None
            }
        }
    }

    fn mount(&self) -> Result<(), String> {
        run("mount", &["-o", "loop", self.image.to_str().unwrap(), self.mount.to_str().unwrap()])
    }

    /// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from here on nothing reaches the image.
    fn cut_power(&self) {
        let program = "import fcntl, os, struct, sys\n\
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        run("python3", &["-c", program, self.mount.to_str().unwrap()]).unwrap();
    }

    /// The power is back: the log is replayed.
    fn come_back(&self) {
        run("umount", &[self.mount.to_str().unwrap()]).unwrap();
        self.mount().unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run("umount", &["-l", self.mount.to_str().unwrap()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))) }
}

/// The journal: everything that was STORED when the power went is held after it came back, and the node
/// told the truth while the disk was gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_survives_a_power_cut() {
    let dir = tempfile::tempdir().unwrap();
    let disk_dir = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::make(disk_dir.path()) else { return };
    let mut world = World::in_dir(dir, disk.mount.join("journal"), quick(), Arc::new(SystemClock)).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(40, 4_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    let mut stored = None;
    let mut refused = false;
    for sequence in 0..40 {
        upload.send(&run, sequence).await;
        if sequence == 20 {
            disk.cut_power();
        }
        loop {
            match upload.answer().await.expect("the call goes on") {
                Answer::FragmentAck(ack) if ack.step() == AckStep::Stored => stored = Some(ack.last_sequence),
                Answer::Error(error) => {
                    assert_eq!((error.code.as_str(), error.action), ("unavailable", 1), "{}", error.message);
                    refused = true;
                }
                Answer::FragmentAck(_) => continue,
                other => panic!("{other:?}"),
            }
            break;
        }
        if refused {
            break;
        }
    }
    let stored = stored.expect("some were stored");
    assert!(refused && (19..=20).contains(&stored), "{stored}");
    drop(upload);
    world.kill();
    disk.come_back();
    world.start().await;
    let mut upload = world.upload().await;
    let held = upload.open(&run).await;
    assert!(held.len() == 1 && held[0].0 == 0 && held[0].1 >= stored, "{held:?}, stored up to {stored}");
    upload.store(&run, held[0].1 + 1..40).await;
    drop(upload);
    world.kill();
}

/// A full disk: what does not fit is refused for now, nothing that was stored is harmed, and when there is
/// room again the run goes on as if nothing had been.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk_dir = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::make(disk_dir.path()) else { return };
    let mut world = World::in_dir(dir, disk.mount.join("journal"), quick(), Arc::new(SystemClock)).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(4, 4_000));
    let other = Run::new(world.ours.streams[1], &Footage::new(1, 4_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.open(&other).await;
    upload.store(&run, 0..2).await;
    let filler = disk.mount.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    for size in [1 << 20, 4096, 1] {
        while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
    }
    for (run, sequence) in [(&run, 2), (&other, 0), (&run, 2)] {
        upload.send(run, sequence).await;
        let error = upload.refused_unstored(run, sequence, "unavailable").await;
        assert_eq!(error.action(), ErrorAction::Repeat);
        assert!(error.message.contains("No space"), "{}", error.message);
    }
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    upload.store(&run, 2..4).await;
    upload.store(&other, 0..1).await;
    world.restart().await;
    let mut upload = world.upload().await;
    assert_eq!(upload.open(&run).await, [(0, 1, AckStep::Stored), (2, 3, AckStep::Stored)]);
    assert_eq!(upload.open(&other).await, [(0, 0, AckStep::Stored)]);
    drop(upload);
    world.kill();
}

/// The spool writes the same files: what it synced is in the sound prefix.
#[test]
fn a_synced_segment_file_survives_a_power_cut() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::make(dir.path()) else { return };
    let stream = liuhen_proto::ids::StreamId::mint(crate::footage::MORNING, &liuhen_proto::world::OsRandom);
    let run = Run::new(stream, &Footage::new(12, 4_000));
    let path = disk.mount.join("spool.mp4");
    let mut writer = SegmentWriter::create(&path, &run.footage.init).unwrap();
    for sequence in 0..12 {
        let bytes = run.fragment(sequence);
        writer.append(&bytes, Sha256::of(&bytes)).unwrap();
        // The last two were written and never synced.
        if sequence < 10 {
            writer.sync().unwrap();
        }
    }
    disk.cut_power();
    drop(writer);
    disk.come_back();
    let found = segment_file::recover(&path).unwrap().expect("the init is there");
    assert!((10..=12).contains(&found.fragments.len()), "{}", found.fragments.len());
    let whole = segment_file::scan(&path).unwrap().unwrap();
    assert_eq!((whole.torn_bytes, whole.sha256), (0, found.sha256));
}
