//! The node's journal: one file for each open segment, on the local disk.
//!
//! In: fragments that passed the gate. Out: where they lie, once they are fsynced.
//! - A file is what the object will be, byte for byte: init, fragments, seals. Sealing links it, never copies.
//! - One fsync serves all fragments of a file that wait. A failed write or fsync ends the file for good: no
//!   second sync of it is believed. What was STORED in it is read back from the disk, compared with its
//!   digests and written to a file of its own ([`Journal::copy`]).
//! - Blocking; called from blocking threads only. Not here: order and rights (`run`, `gate`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use liuhen_media::segment_file::{SegmentFileError, SegmentWriter, seal};
use liuhen_proto::Sha256;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::Sized256;

use crate::troubles::Troubles;

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
    /// Which runs cannot be written.
    pub(crate) troubles: Troubles,
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
        Ok(Self {
            open,
            quarantine,
            quarantine_limit,
            quarantined: AtomicU64::new(held),
            syncs: Arc::default(),
            troubles: Troubles::default(),
        })
    }

    /// Begins a file for the segment that begins with the fragment. One that failed may lie under its usual name.
    pub(crate) fn create(&self, run: RunId, first: Sequence, init: &[u8]) -> Result<JournalFile, SegmentFileError> {
        JournalFile::create(&self.free_path(run, first), init, Arc::clone(&self.syncs))
    }

    /// A name that no file of the segment has.
    pub(crate) fn free_path(&self, run: RunId, first: Sequence) -> PathBuf {
        let mut path = self.open.join(format!("{run}-{first}.mp4"));
        let mut again = 0;
        while path.exists() {
            again += 1;
            path = self.open.join(format!("{run}-{first}-{again}.mp4"));
        }
        path
    }

    /// What lies beside the segments could not be read.
    pub(crate) fn unreadable(&self, source: std::io::Error) -> JournalError {
        JournalError::Directory { act: "read the notes in", path: self.open.clone(), source }
    }

    /// Writes fragments of a file to one of their own, each compared with its digest as the disk gives it back.
    pub(crate) fn copy(&self, from: &Path, run: RunId, init: &[u8], fragments: &[IndexedFragment]) -> Result<Copied, CopyError> {
        let first = fragments.first().expect("a segment has a fragment").sequence;
        let read = |source| CopyError::Read { path: from.to_owned(), source };
        let file = File::open(from).map_err(read)?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).map_err(|error| read(error.into()))?;
        let mut copy = self.create(run, first, init).map_err(CopyError::Write)?;
        let mut bytes = Vec::new();
        let copied = fragments.iter().try_for_each(|fragment| {
            bytes.resize(fragment.size_bytes as usize, 0);
            file.read_exact_at(&mut bytes, fragment.offset_bytes).map_err(read)?;
            if Sha256::of(&bytes) != fragment.sha256 {
                return Err(CopyError::Changed { path: from.to_owned(), sequence: fragment.sequence });
            }
            copy.put(&bytes, fragment.sha256).map_err(CopyError::Write)
        });
        let synced = copied.and_then(|()| copy.sync().map_err(CopyError::Write));
        let (path, object) = (copy.path().to_owned(), copy.object());
        match synced {
            Ok(()) => Ok(Copied { path, object, offsets: copy.offsets }),
            Err(error) => {
                copy.remove();
                Err(error)
            }
        }
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
    /// Where each of its fragments begins.
    offsets: Vec<u64>,
    hasher: Hasher,
    syncs: Arc<AtomicU64>,
}

impl JournalFile {
    /// Makes the file with the run's init segment; file and directory are synced. After an error there is none.
    fn create(path: &Path, init: &[u8], syncs: Arc<AtomicU64>) -> Result<Self, SegmentFileError> {
        let writer = SegmentWriter::create(path, init).inspect_err(|_| {
            // What was begun holds nothing yet; where it cannot be removed, the next start does it.
            let _ = std::fs::remove_file(path);
        })?;
        let mut hasher = Hasher::default();
        hasher.update(init);
        // The file and its directory.
        syncs.fetch_add(2, Ordering::Relaxed);
        Ok(Self { writer, offsets: Vec::new(), hasher, syncs })
    }

    /// Writes the fragments, up to the first that fails, and syncs them. An error means that nobody knows
    /// what the disk holds behind the fragments that were synced before.
    pub(crate) fn append(&mut self, group: &[(Bytes, Sha256)]) -> Result<Appended, SegmentFileError> {
        let before = self.offsets.len();
        let refused = group.iter().try_for_each(|(bytes, sha256)| self.put(bytes, *sha256)).err();
        if let Some(error) = refused {
            if self.writer.is_torn() {
                return Err(error);
            }
            if self.offsets.len() > before {
                self.sync()?;
            }
            return Ok(Appended { offsets: self.offsets[before..].to_vec(), refused: Some(error) });
        }
        self.sync()?;
        Ok(Appended { offsets: self.offsets[before..].to_vec(), refused: None })
    }

    fn put(&mut self, bytes: &[u8], sha256: Sha256) -> Result<(), SegmentFileError> {
        self.offsets.push(self.writer.append(bytes, sha256)?);
        self.hasher.update(bytes);
        self.hasher.update(&seal(sha256));
        Ok(())
    }

    fn sync(&self) -> Result<(), SegmentFileError> {
        self.writer.sync()?;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The file as it will be stored.
    pub(crate) fn object(&self) -> Sized256 {
        Sized256 { sha256: self.hasher.clone().finish(), size_bytes: self.writer.size_bytes() }
    }

    /// Whether no fragment is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        self.writer.path()
    }

    /// Takes the file away again.
    pub(crate) fn remove(self) {
        if let Err(error) = std::fs::remove_file(self.writer.path()) {
            tracing::warn!(path = %self.writer.path().display(), %error, "file of no use stays in the journal");
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
    /// Why the rest is not. What is in the file is sound; nothing more may be written to it.
    pub(crate) refused: Option<SegmentFileError>,
}

/// Fragments in a file of their own.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) path: PathBuf,
    pub(crate) object: Sized256,
    /// Where each of them begins.
    pub(crate) offsets: Vec<u64>,
}

/// Why fragments cannot be written to a file of their own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error("read {} back", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("fragment {sequence} in {} is not what was written there: look after the disk", path.display())]
    Changed { path: PathBuf, sequence: Sequence },
    #[error("write a new file of the journal")]
    Write(#[source] SegmentFileError),
}
