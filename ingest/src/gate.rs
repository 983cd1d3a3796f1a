//! The rules of the door: who may speak for which stream, and what a fragment must be to be let in.
//!
//! In: words of the domain from a recorder that is known. Out: runs that take them.
//! - A recorder speaks for the cameras of its own site; for what was imported, nobody.
//! - A run keeps its stream, recorder, boot and init for ever.
//! - Not here: the wire (`wire`, `grpc`), the order within a run (`run`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use liuhen_archive::records::{Act, NewRun, Run, StreamPlace, TrustLevel};
use liuhen_media::{reader, track};
use liuhen_proto::fragment::FragmentHeader;
use liuhen_proto::ids::{RecorderId, RunId, SiteId, StreamId};
use liuhen_proto::segment::{RangeStatement, SignedRange};
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Code, Principal, Sha256};
use tokio::sync::oneshot;

use crate::allowance::{Allowance, Allowances};
use crate::answers::Answers;
use crate::assembly::Whole;
use crate::clocks::know_clocks;
use crate::refusal::{Reason, Refusal};
use crate::run::held::Held;
use crate::run::{Arrived, Command, Facts, Handle, Shared, Signed, Task};
use crate::seal::full;
use crate::wire::{Claim, OpenRun};

/// The recorder that calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) recorder: RecorderId,
    pub(crate) site: SiteId,
}

impl Caller {
    pub(crate) fn act(self, gate: &Gate) -> Act {
        let by = Principal::Recorder { recorder: self.recorder, site: self.site };
        Act::new(by, gate.shared.archive.clock.now())
    }
}

/// A run's place in the house; locked while the run is being opened.
type Slot = Arc<tokio::sync::Mutex<Option<Handle>>>;

/// The door.
pub(crate) struct Gate {
    pub(crate) shared: Arc<Shared>,
    allowances: Allowances,
    slots: Mutex<HashMap<RunId, Slot>>,
}

impl Gate {
    /// With the runs that were found in the journal.
    pub(crate) fn new(shared: Arc<Shared>, found: Vec<Handle>) -> Self {
        let allowances = Allowances::new(shared.limits.recorder_bytes, shared.limits.recorder_runs);
        let slot = |handle: Handle| (handle.facts.run.run, Arc::new(tokio::sync::Mutex::new(Some(handle))));
        Self { shared, allowances, slots: Mutex::new(found.into_iter().map(slot).collect()) }
    }

    /// What the recorder may have here.
    pub(crate) fn allowance(&self, caller: Caller) -> Allowance {
        self.allowances.of(caller.recorder)
    }

    /// Opens a run, or takes it up again; tells what is held of it. The epoch is that in which the caller is led here.
    pub(crate) async fn open(
        &self,
        (caller, epoch): (Caller, u64),
        open: &OpenRun,
        answers: &Answers,
    ) -> Result<(Handle, Vec<pb::HeldRange>), Reason> {
        let place = self.recorded_by(caller, open.stream).await?;
        let slot = self.slot(open.run);
        let mut slot = slot.lock().await;
        loop {
            let handle = match slot.as_ref().filter(|handle| !handle.is_gone()) {
                Some(handle) => handle.clone(),
                None => self.begin((caller, epoch), open, place).await?,
            };
            same_run(&handle.facts.run, caller, open)?;
            *slot = Some(handle.clone());
            let (reply, held) = oneshot::channel();
            match handle.tell(Command::Attach(answers.clone(), epoch, reply)) {
                Ok(()) => {
                    if let Ok(held) = held.await {
                        return Ok((handle, held));
                    }
                }
                Err(Reason::NotOpen) => {}
                Err(reason) => return Err(reason),
            }
            // The task retired in this very moment; begin anew.
            *slot = None;
        }
    }

    /// Where a stream is that the caller may record and speak of.
    pub(crate) async fn recorded_by(&self, caller: Caller, stream: StreamId) -> Result<StreamPlace, Reason> {
        let place = self.shared.archive.records.stream_place(stream).await;
        let place = place.map_err(|error| Reason::Records(error.into()))?.ok_or(Reason::UnknownStream)?;
        match place.trust {
            _ if place.site != caller.site => Err(Reason::OtherSite),
            TrustLevel::Imported => Err(Reason::Imported),
            TrustLevel::Captured => Ok(place),
        }
    }

    async fn begin(&self, (caller, epoch): (Caller, u64), open: &OpenRun, place: StreamPlace) -> Result<Handle, Reason> {
        let share = self.allowance(caller).runs.take(1).ok_or(Reason::Busy("runs"))?;
        let info = track::read_init(&open.init).map_err(|error| Reason::Broken(full(&error)))?;
        let (run, stream, boot) = (open.run, open.stream, open.boot);
        let new = NewRun { run, stream, recorder: caller.recorder, boot, init: open.init.clone() };
        let records = &self.shared.archive.records;
        let run = match records.open_run(&caller.act(self), new).await {
            Ok(written) => written.value,
            Err(error) if error.code() == Code::AlreadyExists => {
                let old = records.run(open.run).await.map_err(|error| Reason::Records(error.into()))?;
                old.map_or(Ok(()), |old| same_run(&old, caller, open))?;
                return Err(Reason::Records(error.into()));
            }
            Err(error) => return Err(Reason::Records(error.into())),
        };
        know_clocks(&self.shared, &run).await.map_err(|error| Reason::Records(error.into()))?;
        let sealed = records.sealed_ranges(open.run).await.map_err(|error| Reason::Records(error.into()))?;
        let held = Held::new(sealed, Vec::new(), run.end);
        Ok(Task::start(Arc::clone(&self.shared), Arc::new(Facts { run, place, info }), held, epoch, Some(share)))
    }

    fn slot(&self, run: RunId) -> Slot {
        let mut slots = self.slots.lock().expect("no one panics while holding the slots");
        if !slots.contains_key(&run) && slots.len().is_power_of_two() {
            // Now and then, so that runs of long ago do not gather.
            slots.retain(|_, slot| match slot.try_lock() {
                Ok(handle) => Arc::strong_count(slot) > 1 || handle.as_ref().is_some_and(|handle| !handle.is_gone()),
                Err(_) => true,
            });
        }
        Arc::clone(slots.entry(run).or_default())
    }

    /// Reads a whole fragment and compares it with what its run is.
    pub(crate) fn read(&self, facts: &Facts, whole: Whole) -> Result<Arrived, Refusal> {
        let Whole { head, bytes, shares } = whole;
        let refuse = |reason| Refusal::fragment(head.run, head.sequence, reason);
        let read = reader::read_fragment(&bytes).map_err(|error| refuse(Reason::Broken(full(&error))))?;
        let (header, decode_time_offsets) = (read.header, read.decode_time_offsets);
        if header.sequence != head.sequence {
            return Err(refuse(Reason::HeaderDiffers("sequence")));
        }
        if let Some(what) = differs(&header, facts) {
            return Err(refuse(Reason::HeaderDiffers(what)));
        }
        Ok(Arrived { sha256: head.sha256, bytes, header, decode_time_offsets, shares })
    }

    /// Verifies a signature by the recorder's registered key.
    pub(crate) async fn verify(&self, caller: Caller, facts: &Facts, claim: Claim) -> Result<Signed, Reason> {
        let refuse = |why: &str| Reason::Signature(why.to_owned());
        let recorder = self.shared.archive.records.recorder(caller.recorder).await;
        let recorder = recorder.map_err(|error| Reason::Records(error.into()))?;
        let key = recorder.ok_or_else(|| refuse("the recorder is not registered"))?.public_key;
        if !key.verifies(&claim.statement, &claim.signature) {
            return Err(refuse("it is not by the recorder's registered key"));
        }
        let statement = RangeStatement::from_bytes(&claim.statement).map_err(|error| Reason::Signature(full(&error)))?;
        let run = &facts.run;
        let named = (statement.recorder, statement.stream, statement.run, statement.init);
        if named != (caller.recorder, run.stream, run.run, run.init_sha256) {
            return Err(refuse("it names another recorder, stream, run or init"));
        }
        if (statement.first, statement.last()) != (claim.first, claim.last) {
            return Err(refuse("it names another range than the message"));
        }
        let text = String::from_utf8(claim.statement).map_err(|_| refuse("the statement is no text"))?;
        Ok(Signed { statement, range: SignedRange { statement: text, signature: claim.signature, key } })
    }
}

fn same_run(run: &Run, caller: Caller, open: &OpenRun) -> Result<(), Reason> {
    let other = |what| Err(Reason::OtherRun(what));
    match () {
        () if run.stream != open.stream => other("stream_id"),
        () if run.boot != open.boot => other("boot_id"),
        () if run.init_sha256 != open.init_sha256 => other("init"),
        () if run.recorder != Some(caller.recorder) => other("recorder"),
        () => Ok(()),
    }
}

/// What the header says otherwise than its run.
fn differs(header: &FragmentHeader, facts: &Facts) -> Option<&'static str> {
    let run = &facts.run;
    if header.run != run.run {
        return Some("run");
    }
    if header.stream != run.stream {
        return Some("stream");
    }
    if header.boot != run.boot {
        return Some("boot");
    }
    let known = header.tracks.iter().all(|track| {
        let known = facts.info.track(track.track);
        known.is_some_and(|known| known.kind() == track.kind && known.timescale == track.timescale)
    });
    if known { None } else { Some("track, kind or timescale") }
}

/// Whether the digest of the init is that of the bytes; for runs that the records give back.
pub(crate) fn facts(run: Run, place: StreamPlace) -> Result<Facts, String> {
    if Sha256::of(&run.init) != run.init_sha256 {
        return Err("the recorded init segment has another digest than was recorded".to_owned());
    }
    let info = track::read_init(&run.init).map_err(|error| full(&error))?;
    Ok(Facts { run, place, info })
}
