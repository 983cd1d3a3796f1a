//! What the journals hold and the records do not yet, and how the recorders are. In memory.
//!
//! In: from `ingest`, every fragment that is STORED, every segment that is sealed, every word of a
//! recorder. Out: open segments and health, to `api` and the watcher.
//! - A fragment is here from STORED until it is in the records; `ingest` records first and takes it
//!   away then. So who reads both reads **here first, then the records**, and nothing is missed.
//! - After a restart `ingest` puts in what it recovers from its journal.
//! - Not here: anything that must survive a crash.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{RecorderId, RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::{Interval, Span, Timestamp};
use tokio::sync::watch;

use crate::records::{ClockName, EndReason};

mod inventory;
mod said;

pub use said::{
    CameraState, Newest, OpenPlace, OpenSegment, PendingRange, RecorderHealth, RecorderStatus, RunEnded, StorageFailure,
    StreamStatus,
};

/// The most ends of runs that are remembered for a stream.
const MAX_ENDS: usize = 32;

#[derive(Default)]
struct StreamLive {
    /// By run and first fragment of the file.
    open: BTreeMap<(RunId, PathBuf), OpenFile>,
    /// End of the newest fragment ever stored here.
    newest: Option<Timestamp>,
    /// Length of the fragment that was stored last.
    length: Span,
    /// Counts the fragments that were stored.
    stored: u64,
    /// End of each run's newest fragment, for runs that have not ended.
    run_ends: HashMap<RunId, Timestamp>,
    ended: Vec<RunEnded>,
    /// Value of the counter when footage was last added to the past.
    epoch: u64,
    /// Counts segments that went over to the records.
    sealed: u64,
    /// Counts reports of flags.
    flags: u64,
    /// Counts everything that happened to the stream's footage.
    version: u64,
}

struct OpenFile {
    init: Bytes,
    clock: Option<ClockName>,
    fragments: BTreeMap<Sequence, IndexedFragment>,
}

struct State {
    streams: HashMap<StreamId, StreamLive>,
    recorders: HashMap<RecorderId, RecorderHealth>,
    /// Whose heartbeat spoke of the stream last.
    speakers: HashMap<StreamId, RecorderId>,
    epoch: u64,
    /// Counts imports and corrections.
    imports: u64,
    /// By place.
    failures: BTreeMap<String, StorageFailure>,
    /// How much later than they say fragments of a clock are, where it was corrected.
    shifts: HashMap<ClockName, i64>,
}

impl State {
    fn shift_us(&self, clock: Option<ClockName>) -> i64 {
        clock.and_then(|clock| self.shifts.get(&clock).copied()).unwrap_or_default()
    }
}

/// The most corrected clocks that are remembered; beyond it open segments stand where their fragments say.
const MAX_SHIFTS: usize = 10_000;

/// See the module. Every method is short and never waits for I/O.
pub struct Live {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    /// Counts changes of how footage is judged.
    judgements: watch::Sender<u64>,
    /// Counts changes of sessions.
    sessions: watch::Sender<u64>,
    /// The epoch of all that has not changed since this process began.
    began: u64,
}

impl Live {
    /// Knows nothing yet. Epochs count from `started`, so that they grow over restarts too.
    pub fn new(started: Timestamp) -> Arc<Self> {
        let epoch = started.as_micros().max(0).unsigned_abs();
        let state = State {
            streams: HashMap::new(),
            recorders: HashMap::new(),
            speakers: HashMap::new(),
            epoch,
            imports: 0,
            failures: BTreeMap::new(),
            shifts: HashMap::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            judgements: watch::Sender::new(0),
            sessions: watch::Sender::new(0),
            began: epoch,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no one panics while holding what is live")
    }

    /// Tells everybody who subscribed that something they may see has changed.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// A counter that grows at every change.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Thresholds or a reference still were changed, or there is another camera to judge.
    pub fn judgement_changed(&self) {
        self.judgements.send_modify(|count| *count += 1);
    }

    /// A counter that grows whenever how footage is judged was changed.
    pub fn judgements(&self) -> watch::Receiver<u64> {
        self.judgements.subscribe()
    }

    /// A session was declared, revised or sealed.
    pub fn sessions_changed(&self) {
        self.sessions.send_modify(|count| *count += 1);
        self.changed();
    }

    /// A counter that grows whenever a session was declared, revised or sealed.
    pub fn sessions(&self) -> watch::Receiver<u64> {
        self.sessions.subscribe()
    }

    /// A fragment has reached STORED.
    pub fn fragment_stored(&self, stream: StreamId, run: RunId, place: &OpenPlace, fragment: IndexedFragment) {
        let mut state = self.state();
        let interval = fragment.interval().moved(state.shift_us(place.clock));
        let next_epoch = state.epoch + 1;
        let live = state.streams.entry(stream).or_default();
        live.version += 1;
        let backfill = live.newest.is_some_and(|newest| interval.start() < newest);
        let epoch = next_epoch;
        if backfill {
            live.epoch = epoch;
        }
        live.newest = live.newest.max(Some(interval.end()));
        live.length = interval.span();
        live.stored += 1;
        let run_end = live.run_ends.entry(run).or_insert(interval.end());
        *run_end = interval.end().max(*run_end);
        let file = live.open.entry((run, place.path.clone()));
        let file = file.or_insert_with(|| OpenFile { init: place.init.clone(), clock: place.clock, fragments: BTreeMap::new() });
        file.fragments.insert(fragment.sequence, fragment);
        if backfill {
            state.epoch = epoch;
        }
        drop(state);
        self.changed();
    }

    /// A segment is in the records now: its fragments are no longer open.
    pub fn segment_sealed(&self, stream: StreamId, run: RunId, first: Sequence, last: Sequence) {
        let mut state = self.state();
        let live = state.streams.entry(stream).or_default();
        live.sealed += 1;
        live.version += 1;
        live.open.retain(|(of, _), file| {
            if *of == run {
                file.fragments.retain(|sequence, _| *sequence < first || *sequence > last);
            }
            !file.fragments.is_empty()
        });
        drop(state);
        self.changed();
    }

    /// What a detector reported of the stream is in the records now.
    pub fn flag_reported(&self, stream: StreamId) {
        let mut state = self.state();
        let live = state.streams.entry(stream).or_default();
        live.flags += 1;
        live.version += 1;
        drop(state);
        self.changed();
    }

    /// Footage of a file is in the records now, or its times were corrected: the past of the stream has changed, and
    /// there may be streams that were not there before.
    pub fn footage_imported(&self, stream: StreamId) {
        let mut state = self.state();
        state.epoch += 1;
        state.imports += 1;
        let epoch = state.epoch;
        let live = state.streams.entry(stream).or_default();
        live.epoch = epoch;
        live.sealed += 1;
        live.version += 1;
        drop(state);
        self.changed();
    }

    /// Fragments of a clock are known to be so much later than they say: those that are open are seen there from now on.
    pub fn clock_known(&self, clock: ClockName, shift_us: i64) {
        let mut state = self.state();
        if state.shifts.len() < MAX_SHIFTS || state.shifts.contains_key(&clock) {
            state.shifts.insert(clock, shift_us);
        }
    }

    /// A recorder's clock was corrected, which the records know: the past of these streams has changed, and of those that
    /// have open segments of it.
    pub fn clock_corrected(&self, clock: ClockName, shift_us: i64, streams: &[StreamId]) {
        self.clock_known(clock, shift_us);
        let mut state = self.state();
        state.epoch += 1;
        let epoch = state.epoch;
        for (stream, live) in &mut state.streams {
            let is_open = live.open.values().any(|file| file.clock == Some(clock));
            if is_open || streams.contains(stream) {
                live.epoch = epoch;
                live.sealed += 1;
                live.version += 1;
            }
        }
        for stream in streams {
            if !state.streams.contains_key(stream) {
                let live = StreamLive { epoch, sealed: 1, version: 1, ..StreamLive::default() };
                state.streams.insert(*stream, live);
            }
        }
        drop(state);
        self.changed();
    }

    /// A run has ended.
    pub fn run_ended(&self, stream: StreamId, run: RunId, reason: EndReason) {
        let mut state = self.state();
        let live = state.streams.entry(stream).or_default();
        live.version += 1;
        let at = live.run_ends.remove(&run);
        live.ended.retain(|ended| ended.run != run);
        live.ended.push(RunEnded { run, at, reason });
        if live.ended.len() > MAX_ENDS {
            live.ended.remove(0);
        }
        drop(state);
        self.changed();
    }

    /// Open segments of the stream with fragments that touch the interval, in the order of runs.
    pub fn open_in(&self, stream: StreamId, interval: Interval) -> Vec<OpenSegment> {
        let state = self.state();
        let Some(live) = state.streams.get(&stream) else { return Vec::new() };
        let open = live.open.iter().filter_map(|((run, path), file)| {
            let shift_us = state.shift_us(file.clock);
            let said = interval.moved(shift_us.saturating_neg());
            let touching = file.fragments.values().filter(|fragment| fragment.interval().intersect(said).is_some());
            let fragments: Vec<_> = touching.map(|fragment| fragment.clone().moved(shift_us)).collect();
            let segment = OpenSegment { run: *run, path: path.clone(), init: file.init.clone(), fragments };
            (!segment.fragments.is_empty()).then_some(segment)
        });
        open.collect()
    }

    /// How runs of the stream ended, oldest first; the last 32 since this process began.
    pub fn ended_runs(&self, stream: StreamId) -> Vec<RunEnded> {
        self.state().streams.get(&stream).map(|live| live.ended.clone()).unwrap_or_default()
    }

    /// Grows whenever footage was added to the past of one of the streams, and when the process begins anew.
    pub fn epoch(&self, streams: &[StreamId]) -> u64 {
        let state = self.state();
        streams.iter().filter_map(|stream| state.streams.get(stream)).map(|live| live.epoch).fold(self.began, u64::max)
    }

    /// Counts the segments of the stream that went over to the records since this process began.
    pub fn sealed_count(&self, stream: StreamId) -> u64 {
        self.state().streams.get(&stream).map_or(0, |live| live.sealed)
    }

    /// Counts the reports of flags of the stream since this process began.
    pub fn flag_count(&self, stream: StreamId) -> u64 {
        self.state().streams.get(&stream).map_or(0, |live| live.flags)
    }

    /// Counts imports and corrections since this process began.
    pub fn import_count(&self) -> u64 {
        self.state().imports
    }

    /// What is newest of the stream; nothing where nothing was stored since this process began.
    pub fn newest(&self, stream: StreamId) -> Option<Newest> {
        let state = self.state();
        let live = state.streams.get(&stream)?;
        Some(Newest { end: live.newest?, length: live.length, count: live.stored })
    }

    /// A part of the centre's storage refuses, and says why; or it does no more.
    pub fn storage(&self, place: &str, at: Timestamp, failure: Option<String>) {
        let mut state = self.state();
        match failure {
            Some(why) => {
                let since = state.failures.get(place).map_or(at, |known| known.since);
                state.failures.insert(place.to_owned(), StorageFailure { place: place.to_owned(), since, why });
            }
            None => _ = state.failures.remove(place),
        }
        drop(state);
        self.changed();
    }

    /// Parts of the centre's storage that refuse.
    pub fn storage_failures(&self) -> Vec<StorageFailure> {
        self.state().failures.values().cloned().collect()
    }

    /// Counts everything that happened to the stream's footage since this process began.
    pub fn version(&self, stream: StreamId) -> u64 {
        self.state().streams.get(&stream).map_or(0, |live| live.version)
    }

    /// A recorder's heartbeat came.
    pub fn recorder_heard(&self, recorder: RecorderId, at: Timestamp, status: RecorderStatus) {
        let mut state = self.state();
        for stream in &status.streams {
            state.speakers.insert(stream.stream, recorder);
        }
        let old = state.recorders.remove(&recorder);
        let old = old.unwrap_or_else(|| RecorderHealth::heard(at));
        let stepped = if status.clock_step_us == 0 { old.stepped } else { Some(at) };
        state.recorders.insert(recorder, RecorderHealth { status, heard: at, connected: true, stepped, ..old });
        drop(state);
        self.changed();
    }

    /// A recorder's Control call ended.
    pub fn recorder_gone(&self, recorder: RecorderId) {
        if let Some(health) = self.state().recorders.get_mut(&recorder) {
            health.connected = false;
        }
        self.changed();
    }

    /// What waits at the recorder's site, `whole` where that is all; replaces what it said before.
    pub fn inventory(&self, recorder: RecorderId, at: Timestamp, pending: Vec<PendingRange>, whole: bool) {
        let mut state = self.state();
        for range in &pending {
            state.speakers.insert(range.stream, recorder);
        }
        let health = state.recorders.entry(recorder).or_insert_with(|| RecorderHealth::heard(at));
        for stream in health.take(at, pending, whole) {
            state.streams.entry(stream).or_default().version += 1;
        }
        drop(state);
        self.changed();
    }

    /// What is known of a recorder.
    pub fn recorder(&self, recorder: RecorderId) -> Option<RecorderHealth> {
        self.state().recorders.get(&recorder).cloned()
    }

    /// What is known of the recorder that spoke of the stream last.
    pub fn recorder_of(&self, stream: StreamId) -> Option<(RecorderId, RecorderHealth)> {
        let state = self.state();
        let recorder = state.speakers.get(&stream)?;
        state.recorders.get(recorder).map(|health| (*recorder, health.clone()))
    }
}

#[cfg(test)]
mod tests;
