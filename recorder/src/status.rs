//! What each camera does, and whether the centre is heard; for the centre and for people.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use liuhen_proto::ids::StreamId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Span, Timestamp};
use tokio::sync::watch;

use crate::clock::CameraReading;
use crate::spool::Spool;

/// The longest detail, in bytes.
const MAX_DETAIL_BYTES: usize = 500;

/// What a camera does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Connecting for the first time, or waiting for a key frame.
    Connecting,
    /// Fragments come.
    Recording,
    /// It does not answer, refuses, or went away.
    Unreachable,
    /// What it sends cannot be recorded.
    Unreadable,
    /// Switched off on purpose.
    Stopped,
}

impl From<State> for pb::CameraState {
    fn from(state: State) -> Self {
        match state {
            State::Connecting => Self::Connecting,
            State::Recording => Self::Recording,
            State::Unreachable => Self::Unreachable,
            State::Unreadable => Self::Unreadable,
            State::Stopped => Self::Stopped,
        }
    }
}

/// Whether the centre is heard.
pub struct Reach {
    clock: Arc<dyn Clock>,
    /// Whether it is, and since when.
    state: Mutex<(bool, Option<BootTime>)>,
}

/// A connection that breaks and is made anew within this is none that is cut off.
const CUT_OFF: Span = Span::from_secs(300);

impl Reach {
    /// It was not heard yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::new((false, None)) }
    }

    /// It is heard, or no longer.
    pub fn set(&self, heard: bool) {
        let mut state = self.state.lock().expect("no one panics while holding whether the centre is heard");
        if state.0 != heard {
            *state = (heard, Some(self.clock.boot_now()));
        }
    }

    /// Whether it is heard.
    pub fn is_heard(&self) -> bool {
        self.state.lock().expect("no one panics while holding whether the centre is heard").0
    }

    /// Whether it was not heard for minutes, or not at all yet.
    pub fn is_cut_off(&self) -> bool {
        let (heard, since) = *self.state.lock().expect("no one panics while holding whether the centre is heard");
        !heard && since.is_none_or(|since| self.clock.boot_now().since(since) > CUT_OFF)
    }
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reach").field("state", &self.state).finish_non_exhaustive()
    }
}

/// Where cameras tell what they do.
pub struct Board {
    clock: Arc<dyn Clock>,
    cameras: Mutex<BTreeMap<StreamId, Entry>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Clone)]
struct Entry {
    state: State,
    since: Timestamp,
    detail: String,
    camera: Option<CameraReading>,
}

impl Board {
    /// All cameras are connecting.
    pub fn new(clock: Arc<dyn Clock>, streams: impl IntoIterator<Item = StreamId>) -> Self {
        let entry = Entry { state: State::Connecting, since: clock.now(), detail: String::new(), camera: None };
        let cameras = streams.into_iter().map(|stream| (stream, entry.clone())).collect();
        Self { clock, cameras: Mutex::new(cameras), changed: watch::channel(0).0 }
    }

    /// Notes what a camera does, and the last error in plain words, without credentials.
    pub fn set(&self, stream: StreamId, state: State, detail: &str) {
        let detail = detail[..detail.floor_char_boundary(MAX_DETAIL_BYTES)].to_owned();
        let mut cameras = self.lock();
        let now = self.clock.now();
        let entry = cameras.entry(stream).or_insert(Entry { state, since: now, detail: String::new(), camera: None });
        if entry.state == state && entry.detail == detail {
            return;
        }
        if entry.state != state {
            entry.since = now;
        }
        entry.state = state;
        entry.detail = detail;
        drop(cameras);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Notes how the camera's own clock stands; no change that anybody waits for.
    pub fn camera_clock(&self, stream: StreamId, reading: Option<CameraReading>) {
        if let Some(entry) = self.lock().get_mut(&stream) {
            entry.camera = reading;
        }
    }

    /// What the camera does, and why.
    pub fn get(&self, stream: StreamId) -> Option<(State, String)> {
        self.lock().get(&stream).map(|entry| (entry.state, entry.detail.clone()))
    }

    /// Counts changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// For the heartbeat: what each camera says of itself, and what reached the disk of it.
    pub fn statuses(&self, spool: &Spool) -> Vec<pb::StreamStatus> {
        let status = |(stream, entry): (&StreamId, &Entry)| {
            let reached = spool.reached(*stream);
            pb::StreamStatus {
                stream_id: stream.to_string(),
                state: pb::CameraState::from(entry.state).into(),
                since_us: entry.since.as_micros(),
                detail: entry.detail.clone(),
                last_fragment_us: reached.map(|reached| reached.end.as_micros()),
                bits_per_second: reached.map_or(0, |reached| reached.bits_per_second),
                camera_offset_us: entry.camera.map(|camera| camera.offset_us),
                camera_drift_ppb: entry.camera.and_then(|camera| camera.drift_ppb),
            }
        };
        self.lock().iter().map(status).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamId, Entry>> {
        self.cameras.lock().expect("no one panics while holding the board")
    }
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("cameras", &self.cameras).finish_non_exhaustive()
    }
}
