//! Access units out of an ordinary MP4 file: H.264, H.265 and AAC, from the tables of its `moov`.
//!
//! In: a file that is not fragmented, from outside; it may say anything. Out: tracks, and access units of
//! all tracks in the order in which they are decoded. For the recorder's file source and for tests.
//! Not here: fragmented files, other codecs (their tracks are left out), and pace: the source waits.

mod tables;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use liuhen_proto::Code;

use crate::boxes::BoxReader;
use crate::cutter::MAX_ACCESS_UNIT_BYTES;
use crate::error::MediaError;
use crate::track::Track;

/// The largest `moov`: the tables of a day of pictures and sound take a fraction of it.
const MAX_MOOV_BYTES: u64 = 256 * 1024 * 1024;

/// Why a file gives no access units.
#[derive(Debug, thiserror::Error)]
pub enum Mp4FileError {
    /// The file system refused.
    #[error("read {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Not an MP4 file, or none that is taken.
    #[error("{path} is not an MP4 file with H.264, H.265 or AAC that can be read")]
    Media {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: MediaError,
    },
}

impl Mp4FileError {
    /// What kind of error it is.
    pub fn code(&self) -> Code {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Code::NotFound,
            Self::Io { .. } => Code::Unavailable,
            Self::Media { source, .. } => source.code(),
        }
    }
}

/// An access unit of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mp4Unit {
    /// The track's id.
    pub track: u32,
    /// When it is decoded, microseconds since the file began: the pace at which a camera would send it.
    pub decode_us: i64,
    /// When it is shown or heard, ticks since the file began; never below 0.
    pub pts: i64,
    /// Whether decoding can begin here.
    pub sync: bool,
    /// NAL units with lengths of 4 bytes, or a raw AAC frame.
    pub data: Bytes,
}

/// One access unit in the tables.
#[derive(Debug, Clone, Copy)]
struct Place {
    track: u32,
    decode_us: i64,
    pts: i64,
    offset: u64,
    size: u32,
    sync: bool,
}

/// An opened file.
#[derive(Debug)]
pub struct Mp4File {
    path: PathBuf,
    file: File,
    tracks: Vec<Track>,
    places: Vec<Place>,
    next: usize,
    duration_us: i64,
}

impl Mp4File {
    /// Opens the file and reads its tables.
    pub fn open(path: &Path) -> Result<Self, Mp4FileError> {
        let io = |source| Mp4FileError::Io { path: path.to_owned(), source };
        let media = |source| Mp4FileError::Media { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let moov = find_moov(&file, size).map_err(io)?.ok_or(media(MediaError::Missing("moov")))?;
        let (tracks, mut places) = tables::read(BoxReader::new(&moov), size).map_err(media)?;
        if tracks.is_empty() {
            return Err(media(MediaError::Config("it has no track of H.264, H.265 or AAC")));
        }
        places.sort_by_key(|place| (place.decode_us, place.track));
        let duration_us = places.last().map_or(0, |place| place.decode_us);
        Ok(Self { path: path.to_owned(), file, tracks, places, next: 0, duration_us })
    }

    /// Its tracks of known codecs, as [`crate::track::init_segment`] and the cutter take them.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// When its last access unit is decoded, microseconds since the file began.
    pub const fn last_decode_us(&self) -> i64 {
        self.duration_us
    }

    /// The next access unit; nothing at the end.
    pub fn next_unit(&mut self) -> Result<Option<Mp4Unit>, Mp4FileError> {
        let Some(place) = self.places.get(self.next).copied() else { return Ok(None) };
        self.next += 1;
        let mut data = vec![0; place.size as usize];
        let read = self.file.read_exact_at(&mut data, place.offset);
        read.map_err(|source| Mp4FileError::Io { path: self.path.clone(), source })?;
        let Place { track, decode_us, pts, sync, .. } = place;
        Ok(Some(Mp4Unit { track, decode_us, pts, sync, data: data.into() }))
    }

    /// Begins again at the first access unit.
    pub const fn rewind(&mut self) {
        self.next = 0;
    }
}

/// The content of `moov`, wherever it lies in the file.
fn find_moov(file: &File, size: u64) -> io::Result<Option<Vec<u8>>> {
    let mut at = 0;
    while at + 8 <= size {
        let mut head = [0; 16];
        let length = head.len().min((size - at) as usize);
        file.read_exact_at(&mut head[..length], at)?;
        let small = u64::from(u32::from_be_bytes(head[..4].try_into().expect("four bytes")));
        let (whole, head_size) = match small {
            0 => (size - at, 8),
            1 => (u64::from_be_bytes(head[8..].try_into().expect("eight bytes")), 16),
            small => (small, 8),
        };
        if whole < head_size || whole > size - at {
            return Ok(None);
        }
        if head[4..8] == *b"moov" {
            if whole > MAX_MOOV_BYTES {
                return Ok(None);
            }
            let mut content = vec![0; (whole - head_size) as usize];
            file.read_exact_at(&mut content, at + head_size)?;
            return Ok(Some(content));
        }
        at += whole;
    }
    Ok(None)
}

/// Refuses an access unit that cannot be one.
fn check_place(place: &Place, file_size: u64) -> Result<(), MediaError> {
    if place.size == 0 || place.size as usize > MAX_ACCESS_UNIT_BYTES {
        return Err(MediaError::in_box(*b"stsz", "a sample is empty or larger than 6 MiB"));
    }
    if place.offset.checked_add(place.size.into()).is_none_or(|end| end > file_size) {
        return Err(MediaError::in_box(*b"stco", "a sample lies outside the file"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn open(bytes: &[u8]) -> Result<Mp4File, Mp4FileError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Mp4File::open(file.path())
    }

    #[test]
    fn what_is_no_mp4_is_refused() {
        for bytes in [&b""[..], b"text", &[0; 100], &[255; 100], b"\0\0\0\x08moov"] {
            assert!(open(bytes).is_err());
        }
        assert_eq!(Mp4File::open(Path::new("/nowhere/at.all")).unwrap_err().code(), Code::NotFound);
    }

    proptest! {
        #[test]
        fn mutated_tables_never_panic(changes in prop::collection::vec((0usize..2_000, any::<u8>()), 1..10)) {
            let mut bytes = include_bytes!("../tests/clips/tiny.mp4").to_vec();
            // Only the tables: what lies in `mdat` is not looked at.
            let moov = bytes.windows(4).position(|name| name == b"moov").unwrap();
            for (at, value) in changes {
                let place = moov + 4 + at % (bytes.len() - moov - 4);
                bytes[place] = value;
            }
            if let Ok(mut file) = open(&bytes) {
                while let Ok(Some(_)) = file.next_unit() {}
            }
        }
    }
}
