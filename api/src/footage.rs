//! The footage of a stream: where each fragment lies, in a journal or in an object, and its bytes.
//!
//! In: a stream and an interval, or fragments of a run. Out: [`Piece`]s for `liuhen_media` to plan with,
//! and the bytes that its plans ask for. Always: what is open is looked up before what is sealed, so a
//! segment that is sealed in between is seen twice, and taken once; a journal file that has become an
//! object meanwhile is read as that object. Not here: what a player is given ([`crate::playback`]).

mod gather;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use liuhen_archive::Archive;
use liuhen_media::select::Piece;
use liuhen_media::virtual_mp4::{Patch, Slice};
use liuhen_proto::{Code, Interval, Problem, Span, Timestamp};

use crate::error;

pub(crate) use gather::{Inits, OfRun};

/// How far around an interval is looked for the key frame before it and the end of the group after it.
const MARGIN: Span = Span::from_secs(90);
/// The most bytes that are read at once.
const BLOCK_BYTES: u64 = 256 * 1024;
/// Slices of one file that lie so close are read at once: between fragments lie their seals.
const JOIN_BYTES: u64 = 4096;
/// The most files of one piece of footage that are kept open.
const MAX_FILES: usize = 2;
/// How many blocks are read ahead of the caller, the one that is being sent included.
const AHEAD: usize = 3;

/// Where a piece lies.
#[derive(Debug, Clone)]
enum Place {
    Journal(PathBuf),
    Object(String),
}

/// Footage of one stream, ascending in time.
pub(crate) struct Footage {
    archive: Archive,
    /// For `liuhen_media` to plan with; its plans name pieces by their place in here.
    pub(crate) pieces: Vec<Piece>,
    places: Vec<Place>,
    files: Files,
    /// Whether the last run was still being recorded a moment ago.
    pub(crate) recording: bool,
}

impl Footage {
    /// Wall-clock intervals of all fragments.
    pub(crate) fn stored(&self) -> Vec<Interval> {
        self.pieces.iter().flat_map(|piece| &piece.fragments).map(|fragment| fragment.interval()).collect()
    }

    /// End of the last fragment.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        let fragments = self.pieces.iter().flat_map(|piece| &piece.fragments);
        fragments.map(|fragment| fragment.interval().end()).max()
    }

    /// The bytes of slices, block by block, a little ahead of the caller. `slices` says what lies in a
    /// range of the whole; it is asked for one block at a time.
    pub(crate) fn stream<F>(
        self: Arc<Self>,
        range: Range<u64>,
        slices: F,
    ) -> impl Stream<Item = Result<Bytes, Problem>> + Send + 'static
    where
        F: Fn(Range<u64>) -> Vec<Slice> + Send + 'static,
    {
        let end = range.end;
        let blocks = std::iter::successors(Some(range.start), move |at| Some(at + BLOCK_BYTES)).take_while(move |at| *at < end);
        let wanted = blocks.map(move |at| slices(at..end.min(at + BLOCK_BYTES)));
        let read = futures_util::stream::iter(wanted).map(move |slices| {
            let footage = self.clone();
            async move { footage.block(slices).await }
        });
        read.buffered(AHEAD).map_ok(|parts| futures_util::stream::iter(parts.into_iter().map(Ok))).try_flatten()
    }

    /// Reads the slices of a block; neighbours in one file at once.
    async fn block(&self, slices: Vec<Slice>) -> Result<Vec<Bytes>, Problem> {
        let mut parts = Vec::with_capacity(slices.len());
        let mut slices = slices.into_iter().peekable();
        while let Some(slice) = slices.next() {
            match slice {
                Slice::Bytes(bytes) => parts.push(bytes),
                Slice::Stored { piece, offset_bytes, size_bytes, patches } => {
                    let mut group = vec![Cut { offset: offset_bytes, size: u64::from(size_bytes), patches }];
                    let mut end = offset_bytes + u64::from(size_bytes);
                    while let Some(cut) = slices.next_if(|next| follows(next, piece, end)).and_then(cut) {
                        end = cut.offset + cut.size;
                        group.push(cut);
                    }
                    let bytes = self.read(piece, offset_bytes..end).await?;
                    parts.extend(split(bytes, offset_bytes, group));
                }
            }
        }
        Ok(parts)
    }

    /// Bytes of the file of a piece.
    async fn read(&self, piece: usize, range: Range<u64>) -> Result<Bytes, Problem> {
        let file = match self.files.get(piece) {
            Some(file) => file,
            None => self.open(piece, range.start).await?,
        };
        let start = file.offset_of(range.start);
        let read = move || read_at(&file.file, start, range.end - range.start);
        let read = tokio::task::spawn_blocking(read).await.map_err(io::Error::other);
        read.and_then(|read| read).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => lost(&format!("{:?}", self.places[piece])),
            _ => error::fault("read footage", &error),
        })
    }

    /// Opens the file of a piece, and keeps it open for the ranges that follow.
    async fn open(&self, piece: usize, at: u64) -> Result<Arc<Opened>, Problem> {
        let file = match &self.places[piece] {
            Place::Object(name) => Opened { file: self.open_object(name.clone()).await?, was: 0, is: 0 },
            Place::Journal(path) => {
                let open = path.clone();
                match tokio::task::spawn_blocking(move || File::open(open)).await.map_err(io::Error::other).and_then(|file| file)
                {
                    Ok(file) => Opened { file, was: 0, is: 0 },
                    // Sealed since we looked: the journal's file is gone, the object has the same bytes.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return self.open_moved(piece, path, at).await,
                    Err(error) => return Err(error::fault("open the journal", &error)),
                }
            }
        };
        Ok(self.files.keep(piece, file))
    }

    async fn open_object(&self, name: String) -> Result<File, Problem> {
        let objects = self.archive.objects.clone();
        let opened = tokio::task::spawn_blocking(move || objects.file(&name)).await;
        let opened = opened.map_err(|error| error::fault("open the object", &error))?;
        opened.map_err(|error| error::records("open the object", error))
    }

    /// The object that holds now what lay in a journal. It is not kept: a journal's file may have become
    /// more than one object.
    async fn open_moved(&self, piece: usize, path: &Path, at: u64) -> Result<Arc<Opened>, Problem> {
        let piece = &self.pieces[piece];
        let place = piece.fragments.partition_point(|fragment| fragment.offset_bytes <= at).saturating_sub(1);
        let fragment = &piece.fragments[place];
        let found = self.archive.records.segment(piece.run, fragment.sequence).await;
        let segment = found.map_err(|error| error::records("look the segment up", error))?;
        let segment = segment.ok_or_else(|| lost(&path.display().to_string()))?;
        let now = segment.fragments.iter().find(|now| now.sequence == fragment.sequence && now.sha256 == fragment.sha256);
        let now = now.ok_or_else(|| lost(&segment.segment.object_name))?;
        let file = self.open_object(segment.segment.object_name.clone()).await?;
        Ok(Arc::new(Opened { file, was: fragment.offset_bytes, is: now.offset_bytes }))
    }
}

/// A file of footage. What was at one offset when the footage was gathered may be at another now.
struct Opened {
    file: File,
    was: u64,
    is: u64,
}

impl Opened {
    fn offset_of(&self, at: u64) -> u64 {
        at - self.was + self.is
    }
}

/// Files that were opened last, by their pieces: a reader goes from one to the next.
#[derive(Default)]
struct Files(Mutex<VecDeque<(usize, Arc<Opened>)>>);

impl Files {
    fn get(&self, piece: usize) -> Option<Arc<Opened>> {
        let open = self.0.lock().expect("no one panics while holding the files");
        open.iter().find(|(of, _)| *of == piece).map(|(_, file)| file.clone())
    }

    fn keep(&self, piece: usize, file: Opened) -> Arc<Opened> {
        let file = Arc::new(file);
        let mut open = self.0.lock().expect("no one panics while holding the files");
        open.push_back((piece, file.clone()));
        if open.len() > MAX_FILES {
            open.pop_front();
        }
        file
    }
}

struct Cut {
    offset: u64,
    size: u64,
    patches: Vec<Patch>,
}

fn follows(slice: &Slice, of: usize, end: u64) -> bool {
    matches!(slice, Slice::Stored { piece, offset_bytes, .. } if *piece == of && *offset_bytes >= end && offset_bytes - end <= JOIN_BYTES)
}

fn cut(slice: Slice) -> Option<Cut> {
    let Slice::Stored { offset_bytes, size_bytes, patches, .. } = slice else { return None };
    Some(Cut { offset: offset_bytes, size: u64::from(size_bytes), patches })
}

/// Cuts what was read from `start` on, and writes the patches; copies only where the bytes are shared.
fn split(bytes: Bytes, start: u64, cuts: Vec<Cut>) -> Vec<Bytes> {
    let place = |at: u64| usize::try_from(at - start).expect("a block fits into memory");
    let ranges: Vec<_> = cuts.iter().map(|cut| place(cut.offset)..place(cut.offset + cut.size)).collect();
    let bytes = if cuts.iter().all(|cut| cut.patches.is_empty()) {
        bytes
    } else {
        let mut bytes = bytes.try_into_mut().unwrap_or_else(|shared| shared[..].into());
        for (cut, range) in cuts.iter().zip(&ranges) {
            for patch in &cut.patches {
                let at = range.start + patch.at;
                bytes[at..at + patch.bytes.len()].copy_from_slice(&patch.bytes);
            }
        }
        bytes.freeze()
    };
    ranges.into_iter().map(|range| bytes.slice(range)).collect()
}

/// Reads into memory that nobody has written zeros to before.
fn read_at(file: &File, start: u64, size: u64) -> io::Result<Bytes> {
    let size = usize::try_from(size).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let at = start + bytes.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // An allocator may have given more than was asked for, and more was read.
    bytes.truncate(size);
    Ok(bytes.into())
}

fn lost(thing: &str) -> Problem {
    tracing::error!(thing, "what the index points to is not there");
    let message = format!("{thing} does not hold what the index points to; run `liuhen fsck`");
    Problem::new(Code::DataLoss, message, format!("{thing} 与索引不符，请运行 liuhen fsck 核查"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(at: usize, bytes: &'static [u8]) -> Patch {
        Patch { at, bytes: Bytes::from_static(bytes) }
    }

    #[test]
    fn cuts_are_patched_in_place_and_seals_left_out() {
        let read = Bytes::from(b"aaaaSSbbbb".to_vec());
        let cuts = vec![
            Cut { offset: 100, size: 4, patches: vec![patch(1, b"XY")] },
            Cut { offset: 106, size: 4, patches: vec![patch(0, b"Z"), patch(3, b"W")] },
        ];
        assert_eq!(split(read.clone(), 100, cuts), ["aXYa", "ZbbW"]);
        assert_eq!(read, "aaaaSSbbbb", "shared bytes are copied before they are written to");
    }

    #[test]
    fn only_close_neighbours_of_one_file_are_read_at_once() {
        let slice = |piece, offset_bytes| Slice::Stored { piece, offset_bytes, size_bytes: 1, patches: Vec::new() };
        assert!(follows(&slice(1, 156), 1, 100));
        assert!(!follows(&slice(2, 156), 1, 100));
        assert!(!follows(&slice(1, 99), 1, 100));
        assert!(!follows(&slice(1, 100 + JOIN_BYTES + 1), 1, 100));
        assert!(!follows(&Slice::Bytes(Bytes::new()), 1, 100));
    }
}
