//! One Control call: what is no footage. A recorder's words to `Live`, and who it is taken for.
//!
//! - While a call of a recorder stands and speaks, the recorder is held for reachable; when the last one
//!   ends or falls silent, for gone.
//! - A recorder speaks of streams that it may record, those of its own site; what it says of others is passed over.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use liuhen_archive::Archive;
use liuhen_archive::live::{CameraState, PendingRange, RecorderStatus, StreamStatus};
use liuhen_archive::records::TrustLevel;
use liuhen_proto::fragment::ClockSource;
use liuhen_proto::ids::{RecorderId, StreamId};
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::{id, interval, sequence};
use liuhen_proto::world::Clock;
use liuhen_proto::{Problem, Span, Timestamp};

use crate::clocks;
use crate::gate::Caller;

/// The most streams of a heartbeat.
const MAX_STREAMS: usize = 1000;
/// The most stretches of an inventory.
const MAX_PENDING: usize = 10_000;
/// The longest detail, in bytes.
const MAX_DETAIL: usize = 500;

/// How many Control calls of each recorder stand.
#[derive(Debug, Default)]
pub(crate) struct Standing(Mutex<HashMap<RecorderId, u32>>);

/// A Control call. Its end tells `Live`, on every path.
pub(crate) struct Conversation {
    archive: Archive,
    standing: Arc<Standing>,
    caller: Caller,
    streams: HashSet<StreamId>,
}

impl Conversation {
    /// Begins a call: the centre's first word.
    pub(crate) async fn begin(archive: Archive, standing: Arc<Standing>, caller: Caller) -> Result<(Self, pb::Welcome), Problem> {
        let streams = archive.records.streams_of_site(caller.site).await.map_err(Problem::from)?;
        let recorded = streams.into_iter().filter(|place| place.trust == TrustLevel::Captured);
        let streams: Vec<_> = recorded.map(|place| place.stream).collect();
        let welcome = pb::Welcome {
            recorder_id: caller.recorder.to_string(),
            site_id: caller.site.to_string(),
            stream_ids: streams.iter().map(ToString::to_string).collect(),
        };
        *standing.0.lock().expect("no one panics while counting calls").entry(caller.recorder).or_default() += 1;
        Ok((Self { archive, standing, caller, streams: streams.into_iter().collect() }, welcome))
    }

    /// The centre's clock.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.archive.clock
    }

    /// Takes a word of the recorder; gives what is to be answered.
    pub(crate) async fn hear(&mut self, request: pb::ControlRequest) -> Result<Option<pb::control_response::Word>, Problem> {
        use pb::control_request::Word;
        let at = self.archive.clock.now();
        match request.word.ok_or_else(|| Problem::field("word", "is required"))? {
            Word::Status(status) => self.status(status, at).await.map(|()| None),
            Word::Inventory(inventory) => self.inventory(inventory, at).await.map(|()| None),
            Word::ClockCorrection(word) => {
                let answer = clocks::correct(&self.archive, self.caller, word, at).await?;
                Ok(Some(pb::control_response::Word::ClockCorrected(answer)))
            }
        }
    }

    async fn status(&mut self, status: pb::RecorderStatus, at: Timestamp) -> Result<(), Problem> {
        bounded("status.streams", status.streams.len(), MAX_STREAMS)?;
        let mut streams = Vec::with_capacity(status.streams.len());
        for stream in status.streams {
            let heard = stream_status(stream)?;
            if self.speaks_for(heard.stream).await {
                streams.push(heard);
            }
        }
        let heard = RecorderStatus {
            streams,
            spool_bytes: status.spool_bytes,
            spool_quota_bytes: status.spool_quota_bytes,
            spool_full: status.spool_full,
            clock_step_us: status.clock_step_us,
            centre_offset_us: status.centre_offset_us,
            centre_error_us: status.centre_error_us,
            unsealed_bytes: status.unsealed_bytes,
            backlog_bytes: status.backlog_bytes,
            spool_left: status.spool_left_us.map(Span::from_micros),
            clock_source: clock_source(status.clock_source),
        };
        self.archive.live.recorder_heard(self.caller.recorder, at, heard);
        Ok(())
    }

    async fn inventory(&mut self, inventory: pb::Inventory, at: Timestamp) -> Result<(), Problem> {
        bounded("inventory.pending", inventory.pending.len(), MAX_PENDING)?;
        let mut pending = Vec::with_capacity(inventory.pending.len());
        for range in &inventory.pending {
            let range = pending_range(range)?;
            if self.speaks_for(range.stream).await {
                pending.push(range);
            }
        }
        self.archive.live.inventory(self.caller.recorder, at, pending, inventory.whole);
        Ok(())
    }

    /// Cameras may be declared while the call stands, so what is not known is looked up.
    async fn speaks_for(&mut self, stream: StreamId) -> bool {
        if self.streams.contains(&stream) {
            return true;
        }
        let place = self.archive.records.stream_place(stream).await.ok().flatten();
        let ours = place.is_some_and(|place| place.site == self.caller.site && place.trust == TrustLevel::Captured);
        if ours {
            self.streams.insert(stream);
        } else {
            tracing::debug!(recorder = %self.caller.recorder, %stream, "word about a stream of another site passed over");
        }
        ours
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let mut calls = self.standing.0.lock().expect("no one panics while counting calls");
        let left = calls.get_mut(&self.caller.recorder).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            calls.remove(&self.caller.recorder);
            self.archive.live.recorder_gone(self.caller.recorder);
        }
    }
}

fn bounded(field: &str, found: usize, limit: usize) -> Result<(), Problem> {
    if found <= limit { Ok(()) } else { Err(Problem::field(field, format!("has {found} items, at most {limit} are taken"))) }
}

fn stream_status(status: pb::StreamStatus) -> Result<StreamStatus, Problem> {
    let state = CameraState::from_wire(status.state);
    let mut detail = status.detail;
    detail.truncate(detail.floor_char_boundary(MAX_DETAIL));
    Ok(StreamStatus {
        stream: id("status.streams.stream_id", &status.stream_id)?,
        state: state.ok_or_else(|| Problem::field("status.streams.state", "is required, from the closed list"))?,
        since: Timestamp::from_micros(status.since_us),
        detail,
        last_fragment: status.last_fragment_us.map(Timestamp::from_micros),
        bits_per_second: status.bits_per_second,
        camera_offset_us: status.camera_offset_us,
        camera_drift_ppb: status.camera_drift_ppb,
    })
}

/// Nothing where an older recorder does not say.
fn clock_source(word: i32) -> Option<ClockSource> {
    match pb::ClockSource::try_from(word).ok()? {
        pb::ClockSource::Unspecified => None,
        pb::ClockSource::Synchronized => Some(ClockSource::Synchronized),
        pb::ClockSource::Unsynchronized => Some(ClockSource::Unsynchronized),
        pb::ClockSource::TimeUnproven => Some(ClockSource::TimeUnproven),
    }
}

fn pending_range(range: &pb::PendingRange) -> Result<PendingRange, Problem> {
    let (first, last) = ("inventory.pending.first_sequence", "inventory.pending.last_sequence");
    let (first, last) = (sequence(first, range.first_sequence)?, sequence(last, range.last_sequence)?);
    if last < first {
        return Err(Problem::field("inventory.pending.last_sequence", "lies before first_sequence"));
    }
    Ok(PendingRange {
        stream: id("inventory.pending.stream_id", &range.stream_id)?,
        run: id("inventory.pending.run_id", &range.run_id)?,
        first,
        last,
        interval: interval("inventory.pending.interval", range.interval.as_ref())?,
    })
}
