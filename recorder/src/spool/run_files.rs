//! The small files of a run, and what is done to them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::wire::ingest::v1::EndReason;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::durable;

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRecord {
    pub(super) v: u32,
    pub(super) run: RunId,
    pub(super) stream: StreamId,
    pub(super) boot: BootId,
}

/// `end.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndRecord {
    pub(super) fragments: u64,
    #[serde(with = "reason")]
    pub(super) reason: EndReason,
}

/// `sealed.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedRecord {
    /// The first fragment that was not deleted.
    pub(super) next: Sequence,
}

/// An end reason by its name in the .proto file.
mod reason {
    use super::{Deserialize, EndReason};

    pub(super) fn serialize<S: serde::Serializer>(reason: &EndReason, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(reason.as_str_name())
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<EndReason, D::Error> {
        let name = String::deserialize(deserializer)?;
        EndReason::from_str_name(&name).ok_or_else(|| serde::de::Error::custom("unknown end reason"))
    }
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    durable::write(path, &serde_json::to_vec(value).map_err(io::Error::other)?)
}

/// Nothing where the file is missing or cannot be understood.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Files of a run's directory.
#[derive(Debug, Clone)]
pub(super) struct RunFiles(pub(super) PathBuf);

impl RunFiles {
    pub(super) fn init(&self) -> PathBuf {
        self.0.join("init.mp4")
    }

    pub(super) fn record(&self) -> PathBuf {
        self.0.join("run.json")
    }

    pub(super) fn end(&self) -> PathBuf {
        self.0.join("end.json")
    }

    pub(super) fn sealed(&self) -> PathBuf {
        self.0.join("sealed.json")
    }

    pub(super) fn segment(&self, first: Sequence) -> PathBuf {
        self.0.join(format!("{:010}.mp4", first.get()))
    }
}

/// The signature beside a segment file.
pub(super) fn signature_path(segment: &Path) -> PathBuf {
    segment.with_extension("range.json")
}

/// The index beside a segment file.
pub(super) fn index_path(segment: &Path) -> PathBuf {
    segment.with_extension("idx")
}

/// The name under which a sealed segment file is kept.
pub(super) fn kept_path(segment: &Path) -> PathBuf {
    segment.with_extension(KEPT)
}

/// What the name of a kept file ends with.
pub(super) const KEPT: &str = "sealed.mp4";

/// What is to be done on the disk.
#[derive(Debug)]
pub(super) enum Act {
    /// Remembers up to where files go, before they go.
    Note(PathBuf, SealedRecord),
    /// Deletes a segment file and what is beside it.
    Delete(PathBuf),
    /// Keeps a sealed file under another name.
    Keep(PathBuf),
    /// Deletes the directory of a run that is done.
    DeleteRun(PathBuf),
    /// Deletes the record of a run that is done, whose files are kept.
    Done(PathBuf),
}

impl Act {
    pub(super) fn carry_out(self) -> io::Result<()> {
        match self {
            Self::Note(path, record) => write_json(&path, &record),
            Self::Delete(path) => {
                let original = original_path(&path);
                gone(fs::remove_file(&path))?;
                gone(fs::remove_file(index_path(&original)))?;
                gone(fs::remove_file(signature_path(&original)))?;
                remove_if_done(&original);
                Ok(())
            }
            Self::Keep(path) => {
                fs::rename(&path, kept_path(&path))?;
                durable::sync_parent(&path)
            }
            Self::DeleteRun(path) => gone(fs::remove_dir_all(path)),
            Self::Done(path) => gone(fs::remove_file(path)),
        }
    }
}

/// Removes the directory of a run that has no record and no segment any more.
fn remove_if_done(segment: &Path) {
    let Some(directory) = segment.parent() else { return };
    let left = |path: &Path| path.extension().is_some_and(|e| e == "mp4") && path.file_name().is_some_and(|n| n != "init.mp4");
    let Ok(entries) = fs::read_dir(directory) else { return };
    let done = entries.flatten().all(|entry| !left(&entry.path()) && entry.file_name() != "run.json");
    if done && let Err(error) = fs::remove_dir_all(directory) {
        tracing::warn!(%error, path = %directory.display(), "cannot remove an empty run");
    }
}

/// The name of a segment file before it was kept.
fn original_path(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.with_file_name(name.replace(KEPT, "mp4"))
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
