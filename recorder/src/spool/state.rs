//! What the spool knows in memory. No I/O here: changes give back what is to be done on the disk.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::SignedRange;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::{Interval, Sha256, Timestamp};

use super::ranges::Ranges;
use super::run_files::{self, Act, EndRecord, RunFiles, RunRecord, SealedRecord};

/// How firmly the centre holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// In its journal, synced.
    Stored,
    /// For ever; the spool may let go.
    Sealed,
}

/// A run as the uplink sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its stream.
    pub stream: StreamId,
    /// The boot it was made in.
    pub boot: BootId,
    /// `ftyp` and `moov`.
    pub init: Bytes,
    /// It is being recorded.
    pub live: bool,
    /// When that of it which is not sealed was.
    pub interval: Option<Interval>,
}

/// The next thing of a run that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// A fragment.
    Fragment {
        /// Its place.
        sequence: Sequence,
        /// Its length.
        size_bytes: u32,
        /// Its digest.
        sha256: Sha256,
    },
    /// The signature over the segment that begins with `first` and ends with `last`.
    Signature {
        /// First fragment.
        first: Sequence,
        /// Last fragment, included.
        last: Sequence,
    },
    /// The end of the run.
    End {
        /// Number of its fragments.
        fragments: u64,
        /// Why it ended.
        reason: EndReason,
    },
}

/// A stretch that the centre has not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingStretch {
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Wall-clock time.
    pub interval: Interval,
}

/// One segment file.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) fragments: Vec<IndexedFragment>,
    /// Set when it is closed.
    pub(super) signed: Option<SignedRange>,
}

impl Segment {
    /// First and last fragment; nothing while it is empty.
    fn ends(&self) -> Option<(Sequence, Sequence)> {
        Some((self.fragments.first()?.sequence, self.fragments.last()?.sequence))
    }
}

/// One run.
#[derive(Debug)]
pub(super) struct RunState {
    pub(super) record: RunRecord,
    pub(super) files: RunFiles,
    pub(super) init: Bytes,
    /// By their first fragment; only those that are not sealed.
    pub(super) segments: BTreeMap<Sequence, Segment>,
    pub(super) end: Option<EndRecord>,
    pub(super) end_acknowledged: bool,
    pub(super) stored: Ranges,
    pub(super) sealed: Ranges,
    /// The fragment that was offered last, until it is asked for: it need not be read and digested again.
    pub(super) fresh: Option<(Sequence, Bytes)>,
    /// Bytes of its fragments that are not in `stored`.
    pub(super) backlog_bytes: u64,
    /// Set to ask its camera to divide it.
    pub(super) divide: Arc<AtomicBool>,
}

impl RunState {
    /// A run of which nothing is on the disk yet.
    pub(super) fn new(record: RunRecord, files: RunFiles, init: Bytes, divide: Arc<AtomicBool>) -> Self {
        let (stored, sealed) = (Ranges::default(), Ranges::default());
        let (segments, end, end_acknowledged, fresh, backlog_bytes) = (BTreeMap::new(), None, false, None, 0);
        Self { record, files, init, segments, end, end_acknowledged, stored, sealed, fresh, backlog_bytes, divide }
    }

    /// Takes the fragment that was offered last, if it is this one.
    pub(super) fn take_fresh(&mut self, sequence: Sequence) -> Option<Bytes> {
        self.fresh.take_if(|(fresh, _)| *fresh == sequence).map(|(_, bytes)| bytes)
    }

    /// Notes that the centre has stored these; gives the bytes that were not known to be.
    fn store(&mut self, first: Sequence, last: Sequence) -> u64 {
        let before = self.segments.range(..=first).next_back().map_or(first, |(&before, _)| before);
        if first > last {
            return 0;
        }
        let newly =
            |fragment: &&IndexedFragment| (first..=last).contains(&fragment.sequence) && !self.stored.contains(fragment.sequence);
        let fragments = self.segments.range(before..=last).flat_map(|(_, segment)| &segment.fragments);
        let bytes = fragments.filter(newly).map(|fragment| u64::from(fragment.size_bytes)).sum();
        self.stored.insert(first, last);
        self.backlog_bytes = self.backlog_bytes.saturating_sub(bytes);
        bytes
    }

    /// Where the first fragment begins that is not stored.
    pub(super) fn waits_since(&self) -> Option<Timestamp> {
        let mut fragments = self.segments.values().flat_map(|segment| &segment.fragments);
        let first = fragments.find(|fragment| !self.stored.contains(fragment.sequence))?;
        Some(first.interval().start())
    }

    /// When its unsealed fragments were.
    fn interval(&self) -> Option<Interval> {
        let first = self.segments.values().find_map(|segment| segment.fragments.first())?.interval();
        let last = self.segments.values().rev().find_map(|segment| segment.fragments.last())?.interval();
        Some(first.hull(last))
    }

    /// Takes out the closed segments that are sealed to their last fragment.
    fn take_sealed(&mut self) -> Vec<Segment> {
        let is_sealed = |segment: &Segment| {
            segment.signed.is_some() && segment.ends().is_some_and(|(first, last)| self.sealed.contains_all(first, last))
        };
        let done: Vec<_> = self.segments.iter().filter(|(_, segment)| is_sealed(segment)).map(|(&first, _)| first).collect();
        done.iter().filter_map(|first| self.segments.remove(first)).collect()
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) runs: BTreeMap<RunId, RunState>,
    /// Files that are sealed and kept, oldest first, with their lengths.
    kept: VecDeque<(PathBuf, u64)>,
    /// Bytes of `kept`.
    kept_bytes: u64,
    /// Bytes of all segment files, and of those that are about to be written.
    pub(super) bytes: u64,
    /// Bytes of all fragments that the centre has not stored.
    backlog_bytes: u64,
}

/// What is on the disk since a moment ago.
pub(super) struct Synced {
    /// First fragment of the segment.
    pub(super) first: Sequence,
    /// Its file, and how long that is now.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) fragments: Vec<IndexedFragment>,
    pub(super) fresh: Option<(Sequence, Bytes)>,
}

impl State {
    /// Takes in a run that was found on the disk.
    pub(super) fn found(&mut self, mut run: RunState) {
        self.bytes += run.segments.values().map(|segment| segment.bytes).sum::<u64>();
        let fragments = run.segments.values().flat_map(|segment| &segment.fragments);
        run.backlog_bytes = fragments.map(|fragment| u64::from(fragment.size_bytes)).sum();
        self.backlog_bytes += run.backlog_bytes;
        self.runs.insert(run.record.run, run);
    }

    /// Takes in a sealed file; the oldest come first.
    pub(super) fn keep(&mut self, path: PathBuf, bytes: u64) {
        self.kept.push_back((path, bytes));
        self.kept_bytes += bytes;
    }

    /// Offers what was synced.
    pub(super) fn synced(&mut self, run: RunId, synced: Synced) {
        let Some(run) = self.runs.get_mut(&run) else { return };
        let bytes = synced.fragments.iter().map(|fragment| u64::from(fragment.size_bytes)).sum::<u64>();
        run.backlog_bytes += bytes;
        self.backlog_bytes += bytes;
        let empty = || Segment { path: synced.path, bytes: 0, fragments: Vec::new(), signed: None };
        let segment = run.segments.entry(synced.first).or_insert_with(empty);
        segment.fragments.extend(synced.fragments);
        segment.bytes = synced.bytes;
        run.fresh = synced.fresh;
    }

    pub(super) fn summaries(&self) -> Vec<RunSummary> {
        let summary = |state: &RunState| RunSummary {
            run: state.record.run,
            stream: state.record.stream,
            boot: state.record.boot,
            init: state.init.clone(),
            live: state.end.is_none(),
            interval: state.interval(),
        };
        let mut all: Vec<_> = self.runs.values().map(summary).collect();
        all.sort_by_key(|run| (!run.live, run.run));
        all
    }

    pub(super) fn next(&self, run: RunId, from: Sequence, signed_before: Sequence) -> Option<Waiting> {
        let state = self.runs.get(&run)?;
        for segment in state.segments.values() {
            let (first, last) = segment.ends()?;
            // Asked a hundred times a second for each run: what was sent before is not looked at again.
            let sent = segment.fragments.partition_point(|fragment| fragment.sequence < from);
            let unsent = segment.fragments[sent..].iter().find(|fragment| !state.stored.contains(fragment.sequence));
            if let Some(fragment) = unsent {
                let IndexedFragment { sequence, size_bytes, sha256, .. } = *fragment;
                return Some(Waiting::Fragment { sequence, size_bytes, sha256 });
            }
            if segment.signed.is_some() && last >= signed_before {
                return Some(Waiting::Signature { first, last });
            }
        }
        let end = state.end.filter(|_| !state.end_acknowledged)?;
        Some(Waiting::End { fragments: end.fragments, reason: end.reason })
    }

    /// Whether a signed segment before `signed_before` is not sealed.
    pub(super) fn waits_for_seal(&self, run: RunId, signed_before: Sequence) -> bool {
        let segments = self.runs.get(&run).into_iter().flat_map(|state| state.segments.values());
        let mut signed = segments.filter(|segment| segment.signed.is_some()).filter_map(Segment::ends);
        signed.any(|(_, last)| last < signed_before)
    }

    pub(super) fn place(&self, run: RunId, sequence: Sequence) -> Option<(PathBuf, IndexedFragment)> {
        let (_, segment) = self.runs.get(&run)?.segments.range(..=sequence).next_back()?;
        let fragment = segment.fragments.iter().find(|fragment| fragment.sequence == sequence)?;
        Some((segment.path.clone(), fragment.clone()))
    }

    pub(super) fn signature(&self, run: RunId, first: Sequence) -> Option<SignedRange> {
        self.runs.get(&run)?.segments.get(&first)?.signed.clone()
    }

    /// The oldest stretches, and whether these are all.
    pub(super) fn pending(&self, limit: usize) -> (Vec<PendingStretch>, bool) {
        let mut all: Vec<PendingStretch> = Vec::new();
        for state in self.runs.values().filter(|state| state.backlog_bytes > 0) {
            let (run, stream) = (state.record.run, state.record.stream);
            let waits = |segment: &&Segment| segment.ends().is_some_and(|(first, last)| !state.stored.contains_all(first, last));
            let fragments = state.segments.values().filter(waits).flat_map(|segment| &segment.fragments);
            for fragment in fragments.filter(|fragment| !state.stored.contains(fragment.sequence)) {
                let (sequence, interval) = (fragment.sequence, fragment.interval());
                if let Some(last) = all.last_mut().filter(|last| last.run == run && last.last.next() == sequence) {
                    last.last = sequence;
                    last.interval = last.interval.hull(interval);
                    continue;
                }
                if all.len() >= limit {
                    return (all, false);
                }
                all.push(PendingStretch { stream, run, first: sequence, last: sequence, interval });
            }
        }
        (all, true)
    }

    pub(super) fn unsealed_bytes(&self) -> u64 {
        self.bytes.saturating_sub(self.kept_bytes)
    }

    pub(super) const fn kept_bytes(&self) -> u64 {
        self.kept_bytes
    }

    pub(super) const fn backlog_bytes(&self) -> u64 {
        self.backlog_bytes
    }

    /// What the centre holds of the run is told anew: a node that had it only in its journal may be gone.
    pub(super) fn forget_stored(&mut self, run: RunId) {
        let Some(state) = self.runs.get_mut(&run) else { return };
        state.stored = state.sealed.clone();
        let fragments = state.segments.values().flat_map(|segment| &segment.fragments);
        let waits = fragments.filter(|fragment| !state.stored.contains(fragment.sequence));
        let bytes = waits.map(|fragment| u64::from(fragment.size_bytes)).sum();
        self.backlog_bytes = self.backlog_bytes.saturating_sub(state.backlog_bytes) + bytes;
        state.backlog_bytes = bytes;
    }

    /// Notes what the centre holds; files all of whose fragments are sealed go.
    pub(super) fn acknowledge(&mut self, run: RunId, first: Sequence, last: Sequence, step: Step, keep: bool) -> Vec<Act> {
        let Some(state) = self.runs.get_mut(&run) else { return Vec::new() };
        self.backlog_bytes = self.backlog_bytes.saturating_sub(state.store(first, last));
        if step < Step::Sealed {
            return Vec::new();
        }
        state.sealed.insert(first, last);
        let (note, mut acts) = (state.files.sealed(), Vec::new());
        for segment in state.take_sealed() {
            if let Some((_, last)) = segment.ends() {
                acts.push(Act::Note(note.clone(), SealedRecord { next: last.next() }));
            }
            if keep {
                self.kept.push_back((run_files::kept_path(&segment.path), segment.bytes));
                self.kept_bytes += segment.bytes;
                acts.push(Act::Keep(segment.path));
            } else {
                self.bytes = self.bytes.saturating_sub(segment.bytes);
                acts.push(Act::Delete(segment.path));
            }
        }
        acts.extend(self.forget(run, keep));
        acts
    }

    pub(super) fn end_acknowledged(&mut self, run: RunId, keep: bool) -> Vec<Act> {
        if let Some(state) = self.runs.get_mut(&run) {
            state.end_acknowledged = true;
        }
        self.forget(run, keep).into_iter().collect()
    }

    /// A run that ended, whose end is known to the centre and of which nothing is left, is done.
    fn forget(&mut self, run: RunId, keep: bool) -> Option<Act> {
        let state = self.runs.get(&run)?;
        if state.end.is_none() || !state.end_acknowledged || !state.segments.is_empty() {
            return None;
        }
        let state = self.runs.remove(&run)?;
        // Without its record a run is no run any more at the next start; what is kept stays beside it.
        Some(if keep { Act::Done(state.files.record()) } else { Act::DeleteRun(state.files.0) })
    }

    /// Lets sealed files go, oldest first, until `bytes` more fit into the quota and onto the disk. Gives what is
    /// left of the disk then.
    pub(super) fn make_room(&mut self, bytes: u64, quota: u64, mut disk: u64) -> (Vec<Act>, u64) {
        let mut acts = Vec::new();
        while self.bytes.saturating_add(bytes) > quota || disk < bytes {
            let Some((path, length)) = self.kept.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(length);
            self.kept_bytes = self.kept_bytes.saturating_sub(length);
            disk = disk.saturating_add(length);
            acts.push(Act::Delete(path));
        }
        (acts, disk)
    }
}
