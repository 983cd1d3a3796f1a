//! Writes one run to the disk. Blocking; one thread for each camera.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use liuhen_media::reader::read_fragment;
use liuhen_media::segment_file::{SEAL_BYTES, SegmentFileError, SegmentWriter};
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RecorderId;
use liuhen_proto::index::{self, IndexedFragment};
use liuhen_proto::segment::{RangeStatement, SignedRange};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::{BootTime, Sha256, Span};

use super::debts::Debt;
use super::run_files::{self, EndRecord, RunFiles, RunRecord, index_path, signature_path};
use super::state::{RunState, Synced};
use super::{Spool, SpoolError};
use crate::cut::{Fragment, RunIds};
use crate::durable;

/// The most fragments of one segment, well below what a statement may list.
const MAX_FRAGMENTS: usize = 1_000;

/// A run that is being written.
pub(super) struct RunWriter {
    spool: Arc<Spool>,
    record: RunRecord,
    files: RunFiles,
    init: Bytes,
    open: Option<OpenSegment>,
    fragments: u64,
}

struct OpenSegment {
    writer: SegmentWriter,
    /// Length of what is synced.
    synced_bytes: u64,
    first: Sequence,
    began: BootTime,
    /// Beginning of the last fragment at which decoding can begin.
    last_sync: BootTime,
    digests: Vec<Sha256>,
    /// Written, and not offered yet; and the bytes of the last of them.
    unsynced: Vec<IndexedFragment>,
    last: Option<(Sequence, Bytes)>,
}

/// Why a fragment was not taken.
#[derive(Debug)]
pub(super) enum WriteError {
    /// No room.
    Full,
    /// The disk refused.
    Disk(SpoolError),
}

impl From<SpoolError> for WriteError {
    fn from(error: SpoolError) -> Self {
        let full = matches!(&error, SpoolError::Segment(SegmentFileError::Io { source, .. }) | SpoolError::Io { source, .. }
            if source.kind() == std::io::ErrorKind::StorageFull);
        if full { Self::Full } else { Self::Disk(error) }
    }
}

impl RunWriter {
    /// Makes the run's directory and its record.
    pub(super) fn begin(spool: Arc<Spool>, ids: RunIds, init: Bytes, divide: Arc<AtomicBool>) -> Result<Self, SpoolError> {
        let files = RunFiles(spool.config.directory.join("runs").join(ids.run.to_string()));
        let record = RunRecord { v: 1, run: ids.run, stream: ids.stream, boot: ids.boot };
        if let Err(error) = make(&files, &record, &init) {
            // A disk that stays full would otherwise gather directories, one for each try.
            let _ = std::fs::remove_dir_all(&files.0);
            return Err(error);
        }
        let state = RunState::new(record.clone(), files.clone(), init.clone(), divide);
        spool.lock().runs.insert(ids.run, state);
        Ok(Self { spool, record, files, init, open: None, fragments: 0 })
    }

    /// Writes a fragment; [`RunWriter::sync`] offers it.
    pub(super) fn append(&mut self, fragment: &Fragment) -> Result<(), WriteError> {
        if self.is_segment_over(fragment) {
            self.close_segment()?;
        }
        let first = fragment.header.sequence;
        let overhead = if self.open.is_none() { self.init.len() as u64 } else { 0 };
        let needed = fragment.bytes.len() as u64 + SEAL_BYTES + overhead;
        if !self.spool.reserve(needed) {
            return Err(WriteError::Full);
        }
        let result = self.append_reserved(fragment, first);
        if result.is_err() {
            let mut state = self.spool.lock();
            state.bytes = state.bytes.saturating_sub(needed);
        }
        Ok(result?)
    }

    fn append_reserved(&mut self, fragment: &Fragment, first: Sequence) -> Result<(), SpoolError> {
        let read = read_fragment(&fragment.bytes).map_err(|error| {
            let why = std::io::Error::other(format!("our own fragment {first} cannot be read: {error}"));
            SpoolError::io("check", &self.files.0)(why)
        })?;
        if self.open.is_none() {
            let path = self.files.segment(first);
            let writer = SegmentWriter::create(&path, &self.init)?;
            let (began, _) = edges(fragment);
            self.open = Some(OpenSegment {
                synced_bytes: writer.size_bytes(),
                writer,
                first,
                began,
                last_sync: began,
                digests: Vec::new(),
                unsynced: Vec::new(),
                last: None,
            });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let sha256 = Sha256::of(&fragment.bytes);
        let offset = open.writer.append(&fragment.bytes, sha256)?;
        let size = u32::try_from(fragment.bytes.len()).unwrap_or(u32::MAX);
        open.unsynced.push(IndexedFragment::new(&fragment.header, sha256, offset, size, &read.decode_time_offsets));
        open.digests.push(sha256);
        open.last = Some((first, fragment.bytes.clone()));
        if fragment.header.starts_with_sync {
            (open.last_sync, _) = edges(fragment);
        }
        Ok(())
    }

    /// A segment ends where decoding can begin, if the stretch up to the next such place would be too
    /// long for it; where there is no such place in time, it ends at its limit.
    fn is_segment_over(&self, next: &Fragment) -> bool {
        let Some(open) = &self.open else { return false };
        let limit = Span::from_micros(i64::try_from(self.spool.config.segment.as_micros()).unwrap_or(i64::MAX));
        let (start, end) = edges(next);
        let too_long = |to: BootTime, more: Span| to.since(open.began).plus(more) > limit;
        let expected = if next.header.starts_with_sync { start.since(open.last_sync) } else { Span::ZERO };
        too_long(end, Span::ZERO) || too_long(start, expected) || open.digests.len() >= MAX_FRAGMENTS
    }

    /// Syncs what was appended and offers it to the uplink.
    pub(super) fn sync(&mut self) -> Result<(), SpoolError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.unsynced.is_empty() {
            return Ok(());
        }
        if let Err(error) = open.writer.sync() {
            self.forget_unsynced();
            return Err(error.into());
        }
        let fragments = std::mem::take(&mut open.unsynced);
        self.fragments += fragments.len() as u64;
        open.synced_bytes = open.writer.size_bytes();
        if let Some(last) = fragments.last() {
            let bytes = fragments.iter().map(|fragment| u64::from(fragment.size_bytes)).sum();
            let (end, now) = (last.interval().end(), self.spool.clock.boot_now());
            self.spool.flows().synced(self.record.stream, end, bytes, now);
        }
        let (path, bytes) = (open.writer.path().to_owned(), open.synced_bytes);
        let synced = Synced { first: open.first, path, bytes, fragments, fresh: open.last.take() };
        self.spool.lock().synced(self.record.run, synced);
        self.spool.tell();
        Ok(())
    }

    /// What could not be synced was never offered: it is cut off, and no signature speaks of it.
    fn forget_unsynced(&mut self) {
        let Some(open) = &mut self.open else { return };
        let lost = open.unsynced.iter().map(|fragment| u64::from(fragment.size_bytes) + SEAL_BYTES).sum::<u64>();
        open.digests.truncate(open.digests.len() - open.unsynced.len());
        open.unsynced.clear();
        open.last = None;
        let file = std::fs::File::options().write(true).open(open.writer.path());
        if let Err(error) = file.and_then(|file| file.set_len(open.synced_bytes)) {
            tracing::error!(%error, path = %open.writer.path().display(), "cannot cut off what could not be synced");
        }
        let mut state = self.spool.lock();
        state.bytes = state.bytes.saturating_sub(lost);
    }

    /// Signs the open segment and closes it.
    fn close_segment(&mut self) -> Result<(), SpoolError> {
        let synced = self.sync();
        let Some(open) = self.open.take() else { return synced };
        if open.digests.is_empty() {
            return synced;
        }
        let range = Range { recorder: self.spool.recorder, record: &self.record, init: Sha256::of(&self.init) };
        let signed = range.sign(open.first, open.digests, &self.spool.key);
        let mut state = self.spool.lock();
        let segment = state.runs.get_mut(&self.record.run).and_then(|run| run.segments.get_mut(&open.first));
        let Some(segment) = segment else { return Ok(()) };
        let index = index::pack(&segment.fragments);
        segment.signed = Some(signed.clone());
        drop(state);
        let segment = open.writer.path().to_owned();
        let written = self.spool.write_or_owe(Debt::Beside { segment, index, signed: Box::new(signed) });
        self.spool.tell();
        synced.and(written)
    }

    /// Ends the run: closes its segment and writes its end down.
    pub(super) fn end(mut self, reason: EndReason) -> Result<(), SpoolError> {
        let closed = self.close_segment();
        let end = EndRecord { fragments: self.fragments, reason };
        let ended = self.spool.write_or_owe(Debt::End { run: self.record.run, files: self.files, end });
        closed.and(ended)
    }
}

/// Makes the run's directory, and what stands in it before any fragment.
fn make(files: &RunFiles, record: &RunRecord, init: &[u8]) -> Result<(), SpoolError> {
    std::fs::create_dir_all(&files.0).map_err(SpoolError::io("make", &files.0))?;
    durable::sync_parent(&files.0).map_err(SpoolError::io("sync", &files.0))?;
    durable::write(&files.init(), init).map_err(SpoolError::io("write", &files.init()))?;
    run_files::write_json(&files.record(), record).map_err(SpoolError::io("write", &files.record()))
}

/// When the fragment begins and ends.
fn edges(fragment: &Fragment) -> (BootTime, BootTime) {
    let tracks = &fragment.header.tracks;
    let start = tracks.iter().map(|track| track.boot_start).min();
    let end = tracks.iter().map(|track| track.boot_end).max();
    start.zip(end).unwrap_or((BootTime::from_micros(0), BootTime::from_micros(0)))
}

/// What a statement speaks of.
pub(super) struct Range<'a> {
    pub(super) recorder: RecorderId,
    pub(super) record: &'a RunRecord,
    pub(super) init: Sha256,
}

impl Range<'_> {
    /// Signs the fragments from `first` on.
    pub(super) fn sign(&self, first: Sequence, fragments: Vec<Sha256>, key: &SigningKey) -> SignedRange {
        let statement = RangeStatement {
            v: 1,
            r#type: "range".into(),
            recorder: self.recorder,
            stream: self.record.stream,
            run: self.record.run,
            init: self.init,
            first,
            fragments,
        };
        let bytes = statement.to_bytes();
        let signature = key.sign(&bytes);
        SignedRange { statement: String::from_utf8_lossy(&bytes).into_owned(), signature, key: key.public() }
    }
}

/// Writes signature and index beside a closed segment file. The index is a cache and need not be durable.
pub(super) fn write_beside(segment: &Path, index: &[u8], signed: &SignedRange) -> Result<(), SpoolError> {
    let (index_path, signature_path) = (index_path(segment), signature_path(segment));
    std::fs::write(&index_path, index).map_err(SpoolError::io("write", &index_path))?;
    run_files::write_json(&signature_path, signed).map_err(SpoolError::io("write", &signature_path))
}
