//! What a crash or a power cut left: each run is brought to a sound state before anything is recorded.
//!
//! - A closed segment (signature beside it) is taken as its index says, or read again without one.
//! - The last one may be torn: it is cut to its sound prefix and signed, since we made it.
//! - One without a beginning that can be read is set aside, and keeps nothing from being recorded.
//! - A run without an end ended by the crash.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use liuhen_media::segment_file::{self, SEAL_BYTES, SegmentFileError};
use liuhen_proto::Sha256;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RecorderId;
use liuhen_proto::index::{self, IndexedFragment};
use liuhen_proto::segment::SignedRange;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1::EndReason;

use super::SpoolError;
use super::run_files::{self, EndRecord, KEPT, RunFiles, RunRecord, SealedRecord, index_path, signature_path};
use super::state::{RunState, Segment, State};
use super::writer::{Range, write_beside};
use crate::durable;

/// Where files lie that cannot be read, in the spool.
const UNREADABLE: &str = "unreadable";

/// Reads all runs below `runs`.
pub(super) fn recover(runs: &Path, recorder: RecorderId, key: &SigningKey) -> Result<State, SpoolError> {
    let mut state = State::default();
    for directory in sorted(runs)?.into_iter().filter(|path| path.is_dir()) {
        for path in sorted(&directory)?.into_iter().filter(|path| name(path).ends_with(KEPT)) {
            let bytes = length(&path)?;
            state.bytes += bytes;
            state.keep(path, bytes);
        }
        if let Some(run) = recover_run(&directory, recorder, key)? {
            state.found(run);
        }
    }
    Ok(state)
}

fn recover_run(directory: &Path, recorder: RecorderId, key: &SigningKey) -> Result<Option<RunState>, SpoolError> {
    let files = RunFiles(directory.to_owned());
    let Some(record) = run_files::read_json::<RunRecord>(&files.record()) else {
        return abandoned(directory, &files).map(|()| None);
    };
    let init = Bytes::from(fs::read(files.init()).map_err(SpoolError::io("read", &files.init()))?);
    let range = Range { recorder, record: &record, init: Sha256::of(&init) };
    let mut segments = BTreeMap::new();
    for path in sorted(directory)?.into_iter().filter(|path| is_segment(path)) {
        if let Some(segment) = recover_segment(&path, &range, key)?
            && let Some(first) = segment.fragments.first()
        {
            segments.insert(first.sequence, segment);
        }
    }
    let end = match run_files::read_json::<EndRecord>(&files.end()) {
        Some(end) => end,
        None => crashed(&files, &segments)?,
    };
    Ok(Some(RunState { segments, end: Some(end), ..RunState::new(record, files, init, Arc::default()) }))
}

/// A directory without a record: a run that never began, or one that is done and whose files are kept.
fn abandoned(directory: &Path, files: &RunFiles) -> Result<(), SpoolError> {
    let paths = sorted(directory)?;
    if paths.iter().any(|path| is_segment(path)) {
        let path = directory.display();
        tracing::error!(%path, "footage without its run.json is left alone: restore the file, or hand the footage in by itself");
    } else if !paths.iter().any(|path| name(path).ends_with(KEPT)) || files.record().exists() {
        fs::remove_dir_all(directory).map_err(SpoolError::io("remove", directory))?;
    }
    Ok(())
}

/// The run was open: it ended with what is there.
fn crashed(files: &RunFiles, segments: &BTreeMap<Sequence, Segment>) -> Result<EndRecord, SpoolError> {
    let last = segments.values().next_back().and_then(|segment| segment.fragments.last());
    let sealed = run_files::read_json::<SealedRecord>(&files.sealed()).map_or(0, |record| record.next.get());
    let fragments = last.map_or(0, |fragment| fragment.sequence.next().get()).max(sealed);
    let end = EndRecord { fragments, reason: EndReason::RecorderCrashed };
    run_files::write_json(&files.end(), &end).map_err(SpoolError::io("write", &files.end()))?;
    tracing::warn!(path = %files.0.display(), fragments, "found a run open: the recorder had crashed");
    Ok(end)
}

fn recover_segment(path: &Path, range: &Range<'_>, key: &SigningKey) -> Result<Option<Segment>, SpoolError> {
    let bytes = length(path)?;
    let signed = run_files::read_json::<SignedRange>(&signature_path(path)).filter(|signed| signed.verify().is_some());
    if let Some(signed) = signed {
        if let Some(fragments) = cached_index(path, bytes, &signed) {
            return Ok(Some(Segment { path: path.to_owned(), bytes, fragments, signed: Some(signed) }));
        }
        return reread(path, Some(signed), range, key);
    }
    reread(path, None, range, key)
}

/// The index beside a closed segment, where it agrees with the signature and the file's length.
fn cached_index(path: &Path, bytes: u64, signed: &SignedRange) -> Option<Vec<IndexedFragment>> {
    let fragments = index::unpack(&fs::read(index_path(path)).ok()?).ok()?;
    let statement = signed.verify()?;
    let same = fragments.iter().map(|fragment| &fragment.sha256).eq(&statement.fragments);
    let first = fragments.first()?.sequence;
    let places = fragments.iter().enumerate().all(|(i, fragment)| fragment.sequence.get() == first.get() + i as u64);
    let end = fragments.last().map(|last| last.offset_bytes + u64::from(last.size_bytes) + SEAL_BYTES)?;
    (same && places && first == statement.first && end == bytes).then_some(fragments)
}

/// Reads the file itself, cuts off what is torn, and signs it where that was still to be done.
fn reread(path: &Path, signed: Option<SignedRange>, range: &Range<'_>, key: &SigningKey) -> Result<Option<Segment>, SpoolError> {
    let recovered = match segment_file::recover(path) {
        Err(error @ SegmentFileError::Init { .. }) => {
            set_aside(path, &error)?;
            return Ok(None);
        }
        recovered => recovered?,
    };
    let Some(recovered) = recovered.filter(|recovered| !recovered.fragments.is_empty()) else {
        // Nothing in it was ever offered: offering follows the sync of file and name.
        tracing::warn!(path = %path.display(), "removed a segment in which nothing was whole");
        fs::remove_file(path).map_err(SpoolError::io("remove", path))?;
        return Ok(None);
    };
    if recovered.torn_bytes > 0 {
        tracing::warn!(path = %path.display(), torn_bytes = recovered.torn_bytes, "cut off the torn end of a segment");
    }
    let digests: Vec<_> = recovered.fragments.iter().map(|fragment| fragment.sha256).collect();
    let still_true = signed.filter(|signed| signed.verify().is_some_and(|statement| statement.fragments == digests));
    let signed = still_true.unwrap_or_else(|| range.sign(recovered.fragments[0].sequence, digests, key));
    write_beside(path, &index::pack(&recovered.fragments), &signed)?;
    let (bytes, fragments) = (recovered.size_bytes, recovered.fragments);
    Ok(Some(Segment { path: path.to_owned(), bytes, fragments, signed: Some(signed) }))
}

/// One file that cannot be read keeps nothing from being recorded; a person may still make something of it.
fn set_aside(path: &Path, error: &SegmentFileError) -> Result<(), SpoolError> {
    let run = path.parent().unwrap_or(path);
    let spool = run.parent().and_then(Path::parent).unwrap_or(run);
    let directory = spool.join(UNREADABLE);
    fs::create_dir_all(&directory).map_err(SpoolError::io("make", &directory))?;
    let aside = directory.join(format!("{}-{}", name(run), name(path)));
    fs::rename(path, &aside).map_err(SpoolError::io("set aside", path))?;
    durable::sync_parent(&aside).map_err(SpoolError::io("sync", &directory))?;
    tracing::error!(path = %aside.display(), %error, "a segment that cannot be read was set aside; a person must look at it");
    Ok(())
}

fn is_segment(path: &Path) -> bool {
    name(path).strip_suffix(".mp4").is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit()))
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn length(path: &Path) -> Result<u64, SpoolError> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(SpoolError::io("look at", path))
}

fn sorted(directory: &Path) -> Result<Vec<PathBuf>, SpoolError> {
    let entries = fs::read_dir(directory).map_err(SpoolError::io("list", directory))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(SpoolError::io("list", directory))?;
    paths.sort();
    Ok(paths)
}
