//! One Observe call: what a recorder judges of its footage.
//!
//! In: observations, as many as have come meanwhile. Out: one answer for each, in their order.
//! - A recorder speaks for the streams of its own site; a stream of an import is nobody's.
//! - `Kept` is said when it is on the disk. Flags that come one after the other are one transaction.
//! - A still is an object first and a row then, so that a row never names what is not there.
//! - Not here: tonic (`grpc`), form ([`form`]), the pace of stills (`allowance`).

mod form;
mod jpeg;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use liuhen_archive::names;
use liuhen_archive::records::{FlagReport, MAX_BATCH, NewStill, StreamPlace};
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::observe_response::Outcome;
use liuhen_proto::{Code, Interval, Problem, Sha256, Span};

use self::form::{Observation, Picture};
use crate::allowance::{Allowance, Share};
use crate::gate::{Caller, Gate};
use crate::refusal::{Action, Reason};
use crate::wire::receipt;

/// The most observations that are taken at once.
pub(crate) const BATCH: usize = 64;
/// A batch of so many bytes takes no more.
pub(crate) const BATCH_BYTES: usize = 1024 * 1024;
/// The most runs that a call remembers.
const MAX_RUNS: usize = 4096;

pub(crate) use self::form::size;

/// An Observe call.
pub(crate) struct Call {
    gate: Arc<Gate>,
    caller: Caller,
    allowance: Allowance,
    /// Streams that were looked up, and are ours to speak for.
    ours: HashMap<StreamId, StreamPlace>,
    /// Of which streams runs are.
    runs: HashMap<RunId, StreamId>,
    /// Place of the next answer.
    place: u64,
    _share: Share,
}

/// Flags that wait for their transaction, with their names.
type Waiting = Vec<(String, FlagReport)>;

impl Call {
    /// Begins a call, where the recorder has not too many already.
    pub(crate) fn begin(gate: Arc<Gate>, caller: Caller) -> Result<Self, Problem> {
        let allowance = gate.allowance(caller);
        let share = allowance.observes.take(1).ok_or_else(|| {
            let message = "this recorder has too many Observe calls open; end one of them and call again";
            Problem::new(Code::ResourceExhausted, message, "本录像机同时打开的 Observe 调用过多；请关闭后重试")
        })?;
        Ok(Self { gate, caller, allowance, ours: HashMap::new(), runs: HashMap::new(), place: 0, _share: share })
    }

    /// Keeps what can be kept; one answer for each, in order.
    pub(crate) async fn take(&mut self, requests: Vec<pb::ObserveRequest>) -> Vec<pb::ObserveResponse> {
        debug_assert!(requests.len() <= MAX_BATCH, "one transaction takes them all");
        let (mut outcomes, mut flags) = (Vec::with_capacity(requests.len()), Waiting::new());
        for request in requests {
            let name = form::name(&request);
            match self.read(request).await {
                Ok(Observation::Flag(report)) => flags.push((name, report)),
                other => {
                    self.report(&mut flags, &mut outcomes).await;
                    let kept = match other {
                        Ok(Observation::Still(still)) => self.still(still).await,
                        Ok(Observation::Levels(levels)) => {
                            let added = self.gate.shared.archive.records.add_levels(levels).await;
                            added.map_err(|error| Reason::Records(error.into()))
                        }
                        Ok(Observation::Flag(_)) => unreachable!("flags wait for their transaction"),
                        Err(reason) => Err(reason),
                    };
                    outcomes.push(kept.map_or_else(|reason| refused(&name, &reason), |()| Outcome::Kept(pb::Kept::default())));
                }
            }
        }
        self.report(&mut flags, &mut outcomes).await;
        outcomes.into_iter().map(|outcome| self.answer(outcome)).collect()
    }

    fn answer(&mut self, outcome: Outcome) -> pb::ObserveResponse {
        let place = self.place;
        self.place += 1;
        pb::ObserveResponse { place, outcome: Some(outcome) }
    }

    /// Form, and whether it may be said by this recorder.
    async fn read(&mut self, request: pb::ObserveRequest) -> Result<Observation, Reason> {
        let observation = form::observation(request, self.gate.shared.archive.clock.now())?;
        self.place_of(observation.stream()).await?;
        self.same_stream(observation.run(), observation.stream()).await?;
        Ok(observation)
    }

    async fn place_of(&mut self, stream: StreamId) -> Result<StreamPlace, Reason> {
        if let Some(place) = self.ours.get(&stream) {
            return Ok(*place);
        }
        let place = self.gate.recorded_by(self.caller, stream).await?;
        self.ours.insert(stream, place);
        Ok(place)
    }

    /// A run that the centre knows is of this stream. One that it does not know may still be on its way.
    async fn same_stream(&mut self, run: RunId, stream: StreamId) -> Result<(), Reason> {
        let known = match self.runs.get(&run) {
            Some(known) => Some(*known),
            None => {
                let found = self.gate.shared.archive.records.run(run).await;
                found.map_err(|error| Reason::Records(error.into()))?.map(|run| run.stream)
            }
        };
        let Some(known) = known else { return Ok(()) };
        if self.runs.len() >= MAX_RUNS {
            self.runs.clear();
        }
        self.runs.insert(run, known);
        if known == stream { Ok(()) } else { Err(Reason::OtherRun("stream_id")) }
    }

    /// Flags that wait become one transaction.
    async fn report(&self, flags: &mut Waiting, outcomes: &mut Vec<Outcome>) {
        let named = std::mem::take(flags).into_iter().map(|(name, report)| ((name, report.stream), report));
        let (names, reports): (Vec<_>, Vec<_>) = named.unzip();
        if reports.is_empty() {
            return;
        }
        let archive = &self.gate.shared.archive;
        let told = match archive.records.report_flags(&self.caller.act(&self.gate), reports).await {
            Ok(told) => told.into_iter().map(|told| told.map_err(Problem::from)).collect(),
            Err(error) => vec![Err(Problem::from(error)); names.len()],
        };
        for ((name, stream), told) in names.iter().zip(told) {
            outcomes.push(match told {
                Ok(entry) => {
                    archive.live.flag_reported(*stream);
                    Outcome::Kept(pb::Kept { receipt: entry.map(|entry| receipt(&entry)) })
                }
                Err(problem) => refused(name, &Reason::Records(problem)),
            });
        }
    }

    async fn still(&self, still: Picture) -> Result<(), Reason> {
        let archive = &self.gate.shared.archive;
        let records = |error: liuhen_archive::Error| Reason::Records(error.into());
        let moment = Interval::new(still.taken, still.taken.after(Span::from_micros(1))).expect("a microsecond is not empty");
        if !archive.records.stills_in(still.stream, moment, 1).await.map_err(records)?.is_empty() {
            // One for each moment: another object would belong to no row.
            return Ok(());
        }
        let wait = self.allowance.stills.wait(archive.clock.boot_now());
        tokio::time::sleep(Duration::from_micros(wait.as_micros().unsigned_abs())).await;
        let place = self.ours.get(&still.stream).ok_or(Reason::UnknownStream)?;
        let Picture { still, stream, run, taken, width, height, jpeg } = still;
        let object = Sized256 { sha256: Sha256::of(&jpeg), size_bytes: jpeg.len() as u64 };
        let object_name = names::still(place, taken, &object.sha256);
        archive.objects.put(&object_name, jpeg).await.map_err(records)?;
        let (width, height) = (width.into(), height.into());
        let new = NewStill { still, stream, run, taken, width, height, object_name, object };
        archive.records.add_still(new).await.map_err(records)?;
        Ok(())
    }
}

fn refused(name: &str, reason: &Reason) -> Outcome {
    Outcome::Refused(pb::Refused {
        code: reason.code().as_str().to_owned(),
        repeat: reason.action() == Action::Repeat,
        message: format!("{name}: {reason}"),
        message_zh: format!("{name}：{}", reason.message_zh()),
    })
}
