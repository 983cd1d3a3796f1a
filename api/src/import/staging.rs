//! Where the files of a call lie until all of them were checked: a directory for each call, gone with it.
//!
//! In: chunks. Out: files whose length and digest are what was announced. Always: what a call leaves behind when
//! the power fails is cleaned at the next start, the objects included that were adopted and never recorded.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use liuhen_archive::Archive;
use liuhen_proto::digest::Hasher;
use liuhen_proto::ids::ImportId;
use liuhen_proto::segment::Sized256;
use liuhen_proto::{Code, Problem};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use crate::error::fault;

/// So much is gathered before it is written.
const BUFFER_BYTES: usize = 1024 * 1024;
/// So much of the disk is left to recording.
const RESERVE_BYTES: u64 = 1024 * 1024 * 1024;
/// Names of the objects that are about to be adopted, one a line.
const NAMES: &str = "names";

/// A directory of one call. Gone with it.
#[derive(Debug)]
pub(super) struct Staging {
    path: PathBuf,
}

impl Staging {
    /// Makes the directory, where at most so many bytes will lie.
    pub(super) async fn begin(within: &Path, import: ImportId, bytes: u64, archive: &Archive) -> Result<Self, Problem> {
        let free = rustix::fs::statvfs(within).map_err(|error| refused(&error.into()))?;
        // Recording goes on meanwhile, and must not run out of disk for this.
        if free.f_bavail.saturating_mul(free.f_frsize) < bytes.saturating_add(RESERVE_BYTES) {
            return Err(full());
        }
        // Two calls may bring the same import at once.
        let path = within.join(format!("{import}-{}", ImportId::mint(archive.clock.now(), &*archive.random)));
        tokio::fs::create_dir_all(&path).await.map_err(|error| refused(&error))?;
        Ok(Self { path })
    }

    /// Begins a file, the next in number.
    pub(super) async fn file(&self, number: usize, announced: Sized256) -> Result<Incoming, Problem> {
        let path = self.path.join(number.to_string());
        let file = tokio::fs::File::create_new(&path).await.map_err(|error| refused(&error))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Incoming { path, file, announced, size_bytes: 0, hasher: Hasher::default() })
    }

    /// Writes down, on the disk before it returns, which objects are about to be adopted.
    pub(super) async fn note(&self, import: ImportId, names: &[String]) -> Result<(), Problem> {
        let text = format!("{import}\n{}\n", names.join("\n"));
        let write = async {
            let mut file = tokio::fs::File::create(self.path.join(NAMES)).await?;
            file.write_all(text.as_bytes()).await?;
            file.sync_all().await?;
            tokio::fs::File::open(&self.path).await?.sync_all().await
        };
        write.await.map_err(|error: std::io::Error| refused(&error))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "files of an import stay until the next start");
        }
    }
}

/// A file that is coming in.
#[derive(Debug)]
pub(super) struct Incoming {
    path: PathBuf,
    file: BufWriter<tokio::fs::File>,
    announced: Sized256,
    size_bytes: u64,
    hasher: Hasher,
}

/// A file that came in whole.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: PathBuf,
    pub(super) content: Sized256,
}

impl Incoming {
    pub(super) async fn write(&mut self, data: &[u8]) -> Result<(), Problem> {
        self.size_bytes += data.len() as u64;
        if self.size_bytes > self.announced.size_bytes {
            return Err(Problem::field("chunk", format!("the file is longer than its {} bytes", self.announced.size_bytes)));
        }
        self.hasher.update(data);
        self.file.write_all(data).await.map_err(|error| refused(&error))
    }

    pub(super) async fn finish(mut self) -> Result<Staged, Problem> {
        self.file.flush().await.map_err(|error| refused(&error))?;
        let found = Sized256 { sha256: self.hasher.finish(), size_bytes: self.size_bytes };
        if found != self.announced {
            let (got, said) = ((found.size_bytes, found.sha256), (self.announced.size_bytes, self.announced.sha256));
            let why = format!("{} bytes with SHA-256 {} came, and {} with {} were announced", got.0, got.1, said.0, said.1);
            return Err(Problem::field("file", why));
        }
        Ok(Staged { path: self.path, content: found })
    }
}

fn refused(error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => full(),
        _ => fault("write a file of the import", error),
    }
}

fn full() -> Problem {
    let (en, zh) = ("the server's disk has no room for this file: nothing was taken in", "服务器磁盘空间不足，未导入任何内容");
    Problem::new(Code::ResourceExhausted, en, zh)
}

/// Makes the staging directory, empty; takes away what an interrupted import left behind.
pub(crate) async fn clean(staging: &Path, archive: &Archive) -> Result<(), CleanError> {
    let disk = |source| CleanError::Disk { path: staging.to_owned(), source };
    tokio::fs::create_dir_all(staging).await.map_err(disk)?;
    let mut entries = tokio::fs::read_dir(staging).await.map_err(disk)?;
    while let Some(entry) = entries.next_entry().await.map_err(disk)? {
        let path = entry.path();
        if let Ok(text) = tokio::fs::read_to_string(path.join(NAMES)).await {
            withdraw_unrecorded(&text, archive).await?;
        }
        tracing::info!(path = %path.display(), "an import was interrupted; its files are taken away");
        tokio::fs::remove_dir_all(&path).await.map_err(disk)?;
    }
    Ok(())
}

async fn withdraw_unrecorded(text: &str, archive: &Archive) -> Result<(), CleanError> {
    let mut lines = text.lines();
    let Some(import) = lines.next().and_then(|id| id.parse::<ImportId>().ok()) else { return Ok(()) };
    if archive.records.import(import).await.map_err(CleanError::Archive)?.is_some() {
        return Ok(());
    }
    for name in lines {
        archive.objects.withdraw(name).await.map_err(CleanError::Archive)?;
    }
    Ok(())
}

/// Why the staging directory cannot be made empty.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// The file system refused.
    #[error("make the staging directory {path} empty")]
    Disk {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What an interrupted import left among the objects cannot be taken away.
    #[error("take back the objects of an interrupted import")]
    Archive(#[source] liuhen_archive::Error),
}
