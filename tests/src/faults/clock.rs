//! A system clock that is set while a program runs: libfaketime between it and the C library.
//!
//! In: a program's environment, and by how much its clock is to be wrong. Always: time since boot, and whoever asks
//! the kernel itself, is left alone; so are the times of files.

use std::path::{Path, PathBuf};

use super::skipped;

/// A clock that can be set.
#[derive(Debug)]
pub struct WrongClock {
    library: PathBuf,
    file: PathBuf,
}

impl WrongClock {
    /// One that is right. Nothing where libfaketime is not installed; never under CI.
    pub fn make(directory: &Path) -> Option<Self> {
        let homes = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let library = homes.map(|home| home.path().join("faketime/libfaketimeMT.so.1")).find(|library| library.is_file());
        let Some(library) = library else { return skipped("setting a clock needs libfaketime; `./dev setup` installs it") };
        let clock = Self { library, file: directory.join("wrong clock") };
        clock.set(0);
        Some(clock)
    }

    /// Is ahead by so much from now on.
    pub fn set(&self, seconds: i64) {
        let beside = self.file.with_extension("new");
        let written = std::fs::write(&beside, format!("{seconds:+}\n")).and_then(|()| std::fs::rename(&beside, &self.file));
        written.expect("a test's directory can be written");
    }

    /// For the program that is to have it.
    pub fn environment(&self) -> Vec<(String, PathBuf)> {
        let mut all =
            vec![("LD_PRELOAD".to_owned(), self.library.clone()), ("FAKETIME_TIMESTAMP_FILE".to_owned(), self.file.clone())];
        let on = ["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"];
        all.extend(on.map(|name| (name.to_owned(), PathBuf::from("1"))));
        all
    }
}
