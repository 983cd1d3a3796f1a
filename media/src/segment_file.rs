//! A segment file: init, then fragments, each followed by a seal box. Spool file, journal file and object
//! are the same, byte for byte, and play in any player.
//!
//! In: an init segment, fragments, their digests. Out: a file; and from a file that a crash or a power cut
//! left behind, its sound prefix, without any side index.
//! - A fragment counts only with its seal, a `uuid` box with the SHA-256 of the fragment's bytes.
//! - What was appended before a [`SegmentWriter::sync`] that returned is in the sound prefix for ever.
//!
//! Blocking; call it from a thread that may block. Not here: when to sync, and what to acknowledge.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::{FragmentHeader, MAX_FRAGMENT_BYTES};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::MAX_INIT_BYTES;
use liuhen_proto::{Code, Sha256};

use crate::boxes::BoxWriter;
use crate::error::MediaError;
use crate::reader::read_fragment;
use crate::track::{InitInfo, read_init};

/// Type of the `uuid` box that seals a fragment.
pub const SEAL_UUID: &[u8; 16] = b"LiuhenSealSha256";

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
    file: File,
    size_bytes: u64,
    torn: bool,
}

impl SegmentWriter {
    /// Makes the file, which must not exist, with the init segment in it; file and directory are synced.
    pub fn create(path: &Path, init: &[u8]) -> Result<Self, SegmentFileError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed("create", path))?;
        file.write_all_at(init, 0).map_err(failed("write", path))?;
        file.sync_all().map_err(failed("sync", path))?;
        sync_parent(path)?;
        Ok(Self { path: path.to_owned(), file, size_bytes: init.len() as u64, torn: false })
    }

    /// Goes on with a file that [`recover`] gave the sound prefix of.
    pub fn reopen(path: &Path, recovered: &Recovered) -> Result<Self, SegmentFileError> {
        let file = OpenOptions::new().write(true).open(path).map_err(failed("open", path))?;
        file.set_len(recovered.size_bytes).map_err(failed("truncate", path))?;
        Ok(Self { path: path.to_owned(), file, size_bytes: recovered.size_bytes, torn: false })
    }

    /// Writes a fragment and its seal; returns where the fragment begins. Nothing is promised before
    /// [`SegmentWriter::sync`]. After an error the file is as it was before.
    pub fn append(&mut self, fragment: &[u8], sha256: Sha256) -> Result<u64, SegmentFileError> {
        if self.torn {
            return Err(SegmentFileError::Torn { path: self.path.clone() });
        }
        let offset = self.size_bytes;
        let end = offset + fragment.len() as u64;
        let written = self.file.write_all_at(fragment, offset).and_then(|()| self.file.write_all_at(&seal(sha256), end));
        if let Err(source) = written {
            // Another append behind torn bytes would be lost with them.
            self.torn = self.file.set_len(offset).is_err();
            return Err(failed("write", &self.path)(source));
        }
        self.size_bytes = end + SEAL_BYTES;
        Ok(offset)
    }

    /// Returns when all that was appended is on the disk.
    pub fn sync(&self) -> Result<(), SegmentFileError> {
        self.file.sync_data().map_err(failed("sync", &self.path))
    }

    /// Another handle on the file, to sync it from another thread (`sync_data`) while this one appends.
    pub fn handle(&self) -> Result<File, SegmentFileError> {
        self.file.try_clone().map_err(failed("open", &self.path))
    }

    /// Whether bytes of a failed append may lie behind the sound end.
    pub const fn is_torn(&self) -> bool {
        self.torn
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

fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SegmentFileError {
    move |source| SegmentFileError::Io { act, path: path.to_owned(), source }
}

fn sync_parent(path: &Path) -> Result<(), SegmentFileError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|directory| directory.sync_all()).map_err(failed("sync", parent))
}

/// The seal box of a fragment: a `uuid` box that holds the SHA-256 of the fragment's bytes.
pub fn seal(sha256: Sha256) -> Vec<u8> {
    let mut w = BoxWriter::with_capacity(SEAL_BYTES as usize);
    w.put_uuid_box(SEAL_UUID, sha256.as_bytes());
    w.into_bytes()
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

/// Reads a segment file to its sound end and changes nothing. `None` where not even an init segment is
/// whole: the file was torn while it was made, and nothing in it was ever acknowledged.
pub fn scan(path: &Path) -> Result<Option<Recovered>, SegmentFileError> {
    let file = File::open(path).map_err(failed("open", path))?;
    let size = file.metadata().map_err(failed("read", path))?.len();
    let mut source = Source { reader: BufReader::with_capacity(256 * 1024, file), left: size };
    let Some((init, info)) = read_beginning(path, &mut source)? else { return Ok(None) };
    let mut hasher = Hasher::default();
    hasher.update(&init);
    let mut found = Recovered {
        size_bytes: init.len() as u64,
        init,
        info,
        fragments: Vec::new(),
        headers: Vec::new(),
        torn_bytes: 0,
        sha256: Sha256::of(b""),
    };
    while let Some((bytes, sha256)) = read_sealed(&mut source).map_err(failed("read", path))? {
        if !found.take_in(&bytes, sha256) {
            break;
        }
        hasher.update(&bytes);
        hasher.update(&seal(sha256));
    }
    found.sha256 = hasher.finish();
    found.torn_bytes = size - found.size_bytes;
    Ok(Some(found))
}

/// Like [`scan`], but what the disk holds counts, not what the kernel remembers: after a failed sync it may still
/// remember bytes that the disk never took, and a program that starts anew would believe them.
pub fn scan_disk(path: &Path) -> Result<Option<Recovered>, SegmentFileError> {
    let file = File::open(path).map_err(failed("open", path))?;
    file.sync_all().map_err(failed("sync", path))?;
    // A file system that keeps no copy of its own (tmpfs) does nothing here, and has nothing to lie about.
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)
        .map_err(|error| failed("forget what is remembered of", path)(error.into()))?;
    scan(path)
}

/// Like [`scan_disk`], and cuts the torn tail off, synced. What was acknowledged is never in a torn tail.
pub fn recover(path: &Path) -> Result<Option<Recovered>, SegmentFileError> {
    let found = scan_disk(path)?;
    if let Some(recovered) = found.as_ref().filter(|recovered| recovered.torn_bytes > 0) {
        let file = OpenOptions::new().write(true).open(path).map_err(failed("open", path))?;
        file.set_len(recovered.size_bytes).map_err(failed("truncate", path))?;
        file.sync_all().map_err(failed("sync", path))?;
    }
    Ok(found)
}

impl Recovered {
    /// Whether the fragment is sound and follows what is there; then it is part of it.
    fn take_in(&mut self, bytes: &[u8], sha256: Sha256) -> bool {
        let Ok(read) = read_fragment(bytes) else { return false };
        if let Some(last) = self.headers.last() {
            let header = &read.header;
            if (header.run, header.stream, header.sequence) != (last.run, last.stream, last.sequence.next()) {
                return false;
            }
        }
        let size = u32::try_from(bytes.len()).expect("read_fragment takes at most 8 MiB");
        let indexed = IndexedFragment::new(&read.header, sha256, self.size_bytes, size, &read.decode_time_offsets);
        self.size_bytes += u64::from(size) + SEAL_BYTES;
        self.fragments.push(indexed);
        self.headers.push(read.header);
        true
    }
}

/// A file, and how much of it is left to read.
struct Source {
    reader: BufReader<File>,
    left: u64,
}

impl Source {
    /// Appends the next bytes; false where fewer are left.
    fn read(&mut self, into: &mut Vec<u8>, count: u64) -> io::Result<bool> {
        if count > self.left {
            return Ok(false);
        }
        let read = (&mut self.reader).take(count).read_to_end(into)? as u64;
        self.left -= read;
        Ok(read == count)
    }

    /// Appends the next box, unless that would make more than `limit` bytes.
    fn read_box(&mut self, into: &mut Vec<u8>, limit: usize) -> io::Result<NextBox> {
        let start = into.len();
        if !self.read(into, 8)? {
            return Ok(NextBox::Short);
        }
        let mut size = u64::from(u32::from_be_bytes(into[start..start + 4].try_into().expect("four bytes")));
        let name = into[start + 4..start + 8].try_into().expect("four bytes");
        if size == 1 {
            if !self.read(into, 8)? {
                return Ok(NextBox::Short);
            }
            size = u64::from_be_bytes(into[start + 8..start + 16].try_into().expect("eight bytes"));
        }
        let content = size.checked_sub((into.len() - start) as u64);
        match content.filter(|&content| content <= limit.saturating_sub(into.len()) as u64) {
            Some(content) if self.read(into, content)? => Ok(NextBox::Whole(name)),
            Some(_) => Ok(NextBox::Short),
            // A file system may give back zeros for what had not reached the disk.
            None if into[start..].iter().all(|&byte| byte == 0) => Ok(NextBox::Short),
            None => Ok(NextBox::Wrong),
        }
    }
}

enum NextBox {
    Whole([u8; 4]),
    /// The file ends before the box does.
    Short,
    /// No box is so long.
    Wrong,
}

/// The init segment; nothing where it was torn.
fn read_beginning(path: &Path, source: &mut Source) -> Result<Option<(Bytes, InitInfo)>, SegmentFileError> {
    let size = source.left;
    let mut bytes = Vec::new();
    let mut wrong = None;
    for expected in [b"ftyp", b"moov"] {
        match source.read_box(&mut bytes, MAX_INIT_BYTES).map_err(failed("read", path))? {
            NextBox::Whole(name) if name == *expected => {}
            NextBox::Short => return Ok(None),
            _ => wrong = Some(MediaError::Config("the file does not begin with `ftyp` and `moov`")),
        }
    }
    let source = match wrong.map_or_else(|| read_init(&bytes), Err) {
        Ok(info) => return Ok(Some((bytes.into(), info))),
        Err(source) => source,
    };
    // So short a file that ends in zeros is one whose first bytes only had reached the disk.
    if size <= MAX_INIT_BYTES as u64 && bytes.last() == Some(&0) {
        return Ok(None);
    }
    Err(SegmentFileError::Init { path: path.to_owned(), source })
}

/// The next fragment, if its seal holds.
fn read_sealed(source: &mut Source) -> io::Result<Option<(Vec<u8>, Sha256)>> {
    let mut bytes = Vec::new();
    loop {
        match source.read_box(&mut bytes, MAX_FRAGMENT_BYTES as usize)? {
            NextBox::Whole([b'm', b'd', b'a', b't']) => break,
            NextBox::Whole(_) => {}
            NextBox::Short | NextBox::Wrong => return Ok(None),
        }
    }
    let mut found = Vec::new();
    let sha256 = Sha256::of(&bytes);
    let sealed = source.read(&mut found, SEAL_BYTES)? && found == seal(sha256);
    Ok(sealed.then_some((bytes, sha256)))
}

#[cfg(test)]
mod tests;
