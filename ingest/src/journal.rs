//! The node's journal: one file for each open segment, on the local disk.
//!
//! In: fragments that passed the gate. Out: where they lie, once they are fsynced.
//! - A file is what the object will be, byte for byte: init, fragments, seals. Sealing links it, never copies.
//! - One fsync serves all fragments of a file that wait. A failed write or fsync ends the file for good:
//!   after it nobody knows what the disk holds, so the next start reads it anew.
//! - Blocking; called from blocking threads only. Not here: order and rights (`run`, `gate`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use liuhen_media::segment_file::{SegmentFileError, SegmentWriter, seal};
use liuhen_proto::Sha256;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::segment::Sized256;

/// What can go wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory could not be made or listed.
    #[error("{act} {}", path.display())]
    Directory {
        /// What was being done.
        act: &'static str,
        /// To which path.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] SegmentFileError),
}

/// The directories of a journal.
#[derive(Debug)]
pub(crate) struct Journal {
    open: PathBuf,
    quarantine: PathBuf,
    quarantine_limit: u64,
    quarantined: AtomicU64,
    /// Calls of fsync since the start, for gauges and benchmarks.
    pub(crate) syncs: Arc<AtomicU64>,
}

impl Journal {
    /// Makes the directories where they are not there.
    pub(crate) fn at(dir: &Path, quarantine_limit: u64) -> Result<Self, JournalError> {
        let (open, quarantine) = (dir.join("open"), dir.join("quarantine"));
        for path in [&open, &quarantine] {
            let wrap = |act| move |source| JournalError::Directory { act, path: path.clone(), source };
            std::fs::create_dir_all(path).map_err(wrap("make directory"))?;
        }
        // What is STORED must be found after a power cut, so the way to it must be on the disk as well.
        for path in dir.canonicalize().unwrap_or(dir.to_owned()).ancestors().take(2) {
            let wrap = |source| JournalError::Directory { act: "sync directory", path: path.to_owned(), source };
            File::open(path).and_then(|dir| dir.sync_all()).map_err(wrap)?;
        }
        let held = sizes(&quarantine).map_err(|source| JournalError::Directory {
            act: "list directory",
            path: quarantine.clone(),
            source,
        })?;
        Ok(Self { open, quarantine, quarantine_limit, quarantined: AtomicU64::new(held), syncs: Arc::default() })
    }

    /// Where the segment that begins with the fragment lies.
    pub(crate) fn path(&self, run: RunId, first: Sequence) -> PathBuf {
        self.open.join(format!("{run}-{first}.mp4"))
    }

    /// All files of open segments, with the run that their names tell; others have none.
    pub(crate) fn files(&self) -> Result<Vec<(PathBuf, Option<RunId>)>, JournalError> {
        let wrap = |source| JournalError::Directory { act: "list directory", path: self.open.clone(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.open).map_err(wrap)? {
            let path = entry.map_err(wrap)?.path();
            let run = path.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.split('-').next()?.parse().ok());
            files.push((path, run));
        }
        files.sort();
        Ok(files)
    }

    /// Takes a file that nobody can place out of the way, for a person to look at.
    pub(crate) fn set_aside(&self, path: &Path) -> std::io::Result<()> {
        let name = path.file_name().unwrap_or(OsStr::new("unnamed"));
        std::fs::rename(path, self.quarantine.join(name))
    }

    /// Keeps refused bytes aside, as far as the quarantine's bound goes. Says whether they were kept.
    pub(crate) fn quarantine(&self, run: RunId, sequence: Sequence, sha256: Sha256, bytes: &[u8]) -> std::io::Result<bool> {
        let path = self.quarantine.join(format!("{run}-{sequence}-{}.m4s", sha256.short()));
        let size = bytes.len() as u64;
        let add = |held: u64| held.checked_add(size).filter(|&sum| sum <= self.quarantine_limit);
        if path.exists() || self.quarantined.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).is_err() {
            return Ok(false);
        }
        File::create_new(path)?.write_all(bytes)?;
        Ok(true)
    }
}

fn sizes(dir: &Path) -> std::io::Result<u64> {
    std::fs::read_dir(dir)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

/// A file that grows. Its digest is known at every moment without reading it again.
#[derive(Debug)]
pub(crate) struct JournalFile {
    writer: SegmentWriter,
    fragments: usize,
    hasher: Hasher,
    syncs: Arc<AtomicU64>,
}

impl JournalFile {
    /// Makes the file with the run's init segment; file and directory are synced. After an error there is none.
    pub(crate) fn create(path: &Path, init: &[u8], syncs: Arc<AtomicU64>) -> Result<Self, SegmentFileError> {
        let writer = SegmentWriter::create(path, init).inspect_err(|_| {
            // What was begun holds nothing yet; where it cannot be removed, the next start does it.
            let _ = std::fs::remove_file(path);
        })?;
        let mut hasher = Hasher::default();
        hasher.update(init);
        // The file and its directory.
        syncs.fetch_add(2, Ordering::Relaxed);
        Ok(Self { writer, fragments: 0, hasher, syncs })
    }

    /// Writes the fragments, as many as there is room for, and syncs them. An error means that nobody
    /// knows what the disk holds: nothing may be written to the file any more.
    pub(crate) fn append(&mut self, group: &[(Bytes, Sha256)]) -> Result<Appended, SegmentFileError> {
        let mut appended = Appended { offsets: Vec::with_capacity(group.len()), refused: None };
        for (bytes, sha256) in group {
            match self.writer.append(bytes, *sha256) {
                Ok(offset) => appended.offsets.push(offset),
                Err(error @ SegmentFileError::Torn { .. }) => return Err(error),
                Err(error) => {
                    appended.refused = Some(error);
                    break;
                }
            }
            self.hasher.update(bytes);
            self.hasher.update(&seal(*sha256));
            self.fragments += 1;
        }
        if !appended.offsets.is_empty() {
            self.writer.sync()?;
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(appended)
    }

    /// The file as it will be stored.
    pub(crate) fn object(&self) -> Sized256 {
        Sized256 { sha256: self.hasher.clone().finish(), size_bytes: self.writer.size_bytes() }
    }

    /// Whether no fragment is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.fragments == 0
    }

    /// Takes the file away again.
    pub(crate) fn remove(self) {
        if let Err(error) = std::fs::remove_file(self.writer.path()) {
            tracing::warn!(path = %self.writer.path().display(), %error, "empty file stays in the journal");
        }
    }

    /// Length of the file.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.writer.size_bytes()
    }
}

/// What came of a group of fragments.
#[derive(Debug)]
pub(crate) struct Appended {
    /// Where each of those that are on the disk begins.
    pub(crate) offsets: Vec<u64>,
    /// Why the rest is not: no room, mostly. The file is sound and may be tried again.
    pub(crate) refused: Option<SegmentFileError>,
}
