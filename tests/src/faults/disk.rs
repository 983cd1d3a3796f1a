//! Disks that lose power, and disks that are full.
//!
//! In: a directory for the image. Out: a mounted file system of its own, gone when it is dropped.
//! A power cut is as near as a test gets to one: the SHUTDOWN ioctl of ext4 without a flush of its log; from
//! then on nothing reaches the image. Whoever writes there must be dead before the power comes back.

use std::path::{Path, PathBuf};

use super::skipped;
use crate::world::run_tool;

/// A file system of its own.
#[derive(Debug)]
pub struct Disk {
    image: Option<PathBuf>,
    mount: PathBuf,
}

impl Disk {
    /// An ext4 in a file, through a loop device. Nothing where this machine or user has none; never under CI.
    pub fn make(directory: &Path, mebibytes: u64) -> Option<Self> {
        let image = directory.join("disk.img");
        let disk = Self { image: Some(image.clone()), mount: mount_point(directory) };
        std::fs::File::create(&image).and_then(|file| file.set_len(mebibytes << 20)).expect("a test's directory can be written");
        let made = run_tool("mkfs.ext4", &["-q", "-F", text(&image)]).and_then(|_| run_tool("mount", &disk.how()));
        match made {
            Ok(_) => Some(disk),
            Err(why) => skipped(&format!("a power cut needs root, mkfs.ext4 and a loop device: {why:#}")),
        }
    }

    /// A small file system in memory, to be filled up. Nothing without root; never under CI.
    pub fn small(directory: &Path, kibibytes: u64) -> Option<Self> {
        let mount = mount_point(directory);
        match run_tool("mount", &["-t", "tmpfs", "-o", &format!("size={kibibytes}k"), "tmpfs", text(&mount)]) {
            Ok(_) => Some(Self { image: None, mount }),
            Err(why) => skipped(&format!("a small disk needs root to mount it: {why:#}")),
        }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Pulls the plug.
    pub fn lose_power(&self) {
        let script =
            "import fcntl, os, struct, sys\nfcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        run_tool("python3", &["-c", script, text(&self.mount)]).expect("an ext4 of ours can be shut down");
    }

    /// The power is back: the file system's own log is replayed, and the file system must be sound after it.
    pub fn come_back(&self) {
        let image = self.image.as_ref().expect("a disk in memory has nothing to come back to");
        let again = || {
            run_tool("umount", &[text(&self.mount)])?;
            run_tool("mount", &self.how())?;
            run_tool("umount", &[text(&self.mount)])?;
            run_tool("e2fsck", &["-f", "-n", text(image)])?;
            run_tool("mount", &self.how())
        };
        again().expect("the file system comes back, and is sound");
    }

    fn how(&self) -> [&str; 4] {
        ["-o", "loop", text(self.image.as_deref().unwrap_or(Path::new(""))), text(&self.mount)]
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // An error means that it is not mounted.
        let _gone = run_tool("umount", &["-l", text(&self.mount)]);
    }
}

fn mount_point(directory: &Path) -> PathBuf {
    let mount = directory.join("disk");
    std::fs::create_dir_all(&mount).expect("a test's directory can be written");
    mount
}

fn text(path: &Path) -> &str {
    path.to_str().expect("directories of tests have names of plain text")
}
