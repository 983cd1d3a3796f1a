//! The directory of the published log (C2SP tlog-tiles): `checkpoint`, `tile/<level>/…` and `tile/entries/…`.
//!
//! In: tiles and a checkpoint. Out: the same. Always: a tile is written once and never again, whether it is full or a part;
//! parts go when their tile is full, as the specification has it; the checkpoint is replaced as a whole, after the tiles that
//! it needs. There is nothing in it but envelopes and hashes, so the directory may be given to anybody who may read the log.
//! Blocks: call it from a thread that may.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use liuhen_proto::Sha256;
use liuhen_proto::custody::envelope::MAX_ENVELOPE_BYTES;
use liuhen_proto::custody::note::MAX_NOTE_BYTES;
use liuhen_proto::custody::tile::{Content, TILE_WIDTH, Tile, hashes_from_bytes, hashes_to_bytes};

use super::{LogError, Result, durable};

/// Directories and files may be read by a group, to which a web server or an auditor may belong.
const DIRECTORY_MODE: u32 = 0o750;
const FILE_MODE: u32 = 0o640;

/// The directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Published {
    root: PathBuf,
}

impl Published {
    /// In this directory, made where it is missing.
    pub fn open(root: &Path) -> Result<Self> {
        durable::make_directory(root, DIRECTORY_MODE).map_err(LogError::disk("make", root))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The newest checkpoint, as it was published; nothing before the first.
    pub fn checkpoint(&self) -> Result<Option<Vec<u8>>> {
        read(&self.root.join("checkpoint"), MAX_NOTE_BYTES)
    }

    pub(super) fn put_checkpoint(&self, bytes: &[u8]) -> Result<()> {
        let path = self.root.join("checkpoint");
        durable::replace(&path, bytes, FILE_MODE).map_err(LogError::disk("write", &path))
    }

    /// Publishes a tile of hashes.
    pub(super) fn put_hashes(&self, tile: Tile, hashes: &[Sha256]) -> Result<()> {
        self.put(tile, &hashes_to_bytes(hashes))
    }

    /// Publishes a tile. The same bytes again are no error, other bytes are.
    pub(super) fn put(&self, tile: Tile, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(tile.path());
        let directory = path.parent().unwrap_or(&self.root);
        durable::make_directory(directory, DIRECTORY_MODE).map_err(LogError::disk("make", directory))?;
        match durable::make(&path, bytes, FILE_MODE) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match read(&path, largest(tile))? {
                Some(held) if held == bytes => Ok(()),
                _ => Err(LogError::TileDiffers { path }),
            },
            made => made.map_err(LogError::disk("write", &path)),
        }
    }

    /// The hashes of a tile; those of a part from the full one, where that is there by now.
    pub(super) fn hashes(&self, tile: Tile) -> Result<Vec<Sha256>> {
        for held in [tile, tile.full()] {
            let path = self.root.join(held.path());
            let Some(bytes) = read(&path, largest(held))? else { continue };
            let broken = || LogError::Broken { path: path.clone(), why: "no tile of its width" };
            let mut hashes = hashes_from_bytes(held, &bytes).ok_or_else(broken)?;
            hashes.truncate(usize::from(tile.width));
            return Ok(hashes);
        }
        Err(LogError::Broken { path: self.root.join(tile.path()), why: "missing" })
    }

    /// Removes the parts of a tile that is full.
    pub(super) fn remove_parts(&self, full: Tile) -> Result<()> {
        let mut parts = self.root.join(full.full().path()).into_os_string();
        parts.push(".p");
        let parts = PathBuf::from(parts);
        match std::fs::remove_dir_all(&parts) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(LogError::disk("remove", &parts)(error)),
            _ => Ok(()),
        }
    }
}

/// The largest file of a tile.
fn largest(tile: Tile) -> usize {
    let each = match tile.content {
        Content::Hashes { .. } => 32,
        Content::Entries => 2 + MAX_ENVELOPE_BYTES,
    };
    each * usize::from(TILE_WIDTH)
}

/// A file of at most so many bytes; nothing where there is none.
fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LogError::disk("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(LogError::disk("read", path))?;
    if bytes.len() > limit {
        return Err(LogError::Broken { path: path.to_owned(), why: "too large" });
    }
    Ok(Some(bytes))
}
