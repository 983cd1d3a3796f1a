//! One Upload call: leads each step to its run.
//!
//! - An error about one run harms neither the call nor the other runs.
//! - Not here: tonic (`grpc`), form (`wire`), rights (`gate`), order (`run`).

use std::collections::HashMap;
use std::sync::Arc;

use liuhen_archive::records::{EndReason, RunEnd};
use liuhen_proto::Problem;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;

use crate::allowance::{Allowance, paced};
use crate::answers::Answers;
use crate::assembly::Assembly;
use crate::gate::{Caller, Gate};
use crate::refusal::{Action, Reason, Refusal};
use crate::run::{Command, Handle};
use crate::wire::{self, Chunk, Claim, End, Head, OpenRun, Step};

/// An Upload call.
pub(crate) struct Call {
    gate: Arc<Gate>,
    caller: Caller,
    /// In which this node leads the recorder.
    epoch: u64,
    allowance: Allowance,
    answers: Answers,
    runs: HashMap<RunId, Handle>,
    assembly: Assembly,
}

impl Call {
    pub(crate) fn new(gate: Arc<Gate>, caller: Caller, epoch: u64, answers: Answers) -> Self {
        let allowance = gate.allowance(caller);
        Self { gate, caller, epoch, allowance, answers, runs: HashMap::new(), assembly: Assembly::default() }
    }

    /// Does one step, and answers for it.
    pub(crate) async fn take(&mut self, request: pb::UploadRequest) {
        self.keep_pace(&request).await;
        let done = match wire::step(request) {
            Ok(step) => self.step(step).await,
            Err(refusal) => Err(refusal),
        };
        let Err(refusal) = done else { return };
        if let (Some(run), Some(sequence)) = (refusal.run, refusal.sequence) {
            self.assembly.pass_over(run, sequence);
            // The run goes on without what the recorder was told not to send again.
            if let Some(handle) = self.runs.get(&run).filter(|_| refusal.reason.action() == Action::Skip) {
                let _ = handle.tell(Command::Skip(sequence));
            }
        }
        tracing::debug!(run = ?refusal.run, sequence = ?refusal.sequence, reason = %refusal.reason, "refused");
        self.answers.refuse(refusal);
        paced(&self.allowance.refusals, &*self.gate.shared.archive.clock).await;
    }

    /// Who sends too much waits, and nobody else.
    async fn keep_pace(&self, request: &pb::UploadRequest) {
        use pb::upload_request::Step as Wire;
        let clock = &*self.gate.shared.archive.clock;
        match request.step {
            Some(Wire::FragmentHead(_)) => paced(&self.allowance.fragments, clock).await,
            Some(Wire::OpenRun(_) | Wire::RangeSignature(_) | Wire::EndRun(_) | Wire::ClockProbe(_)) => {
                paced(&self.allowance.words, clock).await;
            }
            // Bounded by their heads.
            Some(Wire::FragmentChunk(_)) | None => {}
        }
    }

    /// The caller sends no more, but reads on.
    pub(crate) fn leave(&mut self) {
        for handle in self.runs.values() {
            let _ = handle.tell(Command::Leave(self.answers.clone()));
        }
    }

    /// The caller has gone.
    pub(crate) fn detach(&mut self) {
        for handle in self.runs.values() {
            let _ = handle.tell(Command::Detach(self.answers.clone()));
        }
    }

    async fn step(&mut self, step: Step) -> Result<(), Refusal> {
        match step {
            Step::Open(open) => self.open(open).await,
            Step::Head(head) => self.head(head).await,
            Step::Chunk(chunk) => self.chunk(&chunk).await,
            Step::Sign(claim) => self.sign(claim).await,
            Step::End(end) => self.end(end),
            Step::Probe(sent_us) => {
                let clock = &self.gate.shared.archive.clock;
                self.answers.clock(sent_us, clock.now(), clock.now());
                Ok(())
            }
        }
    }

    fn run(&self, run: RunId) -> Result<Handle, Refusal> {
        self.runs.get(&run).cloned().ok_or_else(|| Refusal::run(run, Reason::NotOpen))
    }

    async fn open(&mut self, open: OpenRun) -> Result<(), Refusal> {
        self.runs.retain(|_, handle| !handle.is_gone());
        let opened = self.gate.open((self.caller, self.epoch), &open, &self.answers).await;
        let (handle, held) = opened.map_err(|reason| Refusal::run(open.run, reason))?;
        self.runs.insert(open.run, handle);
        let limits = &self.gate.shared.limits;
        self.answers.opened(pb::RunOpened {
            run_id: open.run.to_string(),
            held,
            window_bytes: limits.window_bytes,
            max_fragment_bytes: limits.max_fragment_bytes,
            max_chunk_bytes: limits.max_chunk_bytes,
        });
        Ok(())
    }

    async fn head(&mut self, head: Head) -> Result<(), Refusal> {
        let refuse = |reason| Refusal::fragment(head.run, head.sequence, reason);
        let handle = self.runs.get(&head.run).ok_or_else(|| refuse(Reason::NotOpen))?;
        let limit = self.gate.shared.limits.max_fragment_bytes;
        if head.size_bytes > limit {
            let (found, limit) = (head.size_bytes.into(), limit.into());
            return Err(refuse(Reason::TooLarge { what: "fragment", found, limit }));
        }
        let size = u64::from(head.size_bytes);
        let window = handle.window.take_soon(size).await.ok_or_else(|| refuse(Reason::Busy("bytes of one run")))?;
        let bytes = self.allowance.bytes.take_soon(size).await.ok_or_else(|| refuse(Reason::Busy("bytes")))?;
        if let Some(unfinished) = self.assembly.begin(head, [window, bytes]) {
            self.answers.refuse(unfinished);
        }
        Ok(())
    }

    async fn chunk(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        let refuse = |reason| Refusal::fragment(chunk.run, chunk.sequence, reason);
        let limit = self.gate.shared.limits.max_chunk_bytes;
        if chunk.data.len() > limit as usize {
            let (found, limit) = (chunk.data.len() as u64, limit.into());
            return Err(refuse(Reason::TooLarge { what: "chunk", found, limit }));
        }
        let Some(whole) = self.assembly.take(chunk)? else { return Ok(()) };
        let handle = self.runs.get(&chunk.run).ok_or_else(|| refuse(Reason::NotOpen))?;
        let arrived = self.gate.read(&handle.facts, whole)?;
        let received = |answers: &Answers| answers.ack(chunk.run, chunk.sequence, chunk.sequence, pb::AckStep::Received);
        received(&self.answers);
        handle.tell_soon(Command::Append(Box::new(arrived), self.answers.clone())).await.map_err(refuse)
    }

    async fn sign(&mut self, claim: Claim) -> Result<(), Refusal> {
        let run = claim.run;
        let refuse = |reason| Refusal::run(run, reason);
        let handle = self.run(run)?;
        let signed = self.gate.verify(self.caller, &handle.facts, claim).await.map_err(refuse)?;
        handle.tell(Command::Sign(Box::new(signed), self.answers.clone())).map_err(refuse)
    }

    fn end(&mut self, end: End) -> Result<(), Refusal> {
        let refuse = |reason| Refusal::run(end.run, reason);
        let handle = self.run(end.run)?;
        let reason = EndReason::from_wire(end.reason.into());
        let reason = reason.ok_or_else(|| refuse(Reason::Form(Problem::field("end_run.reason", "is not of the closed list"))))?;
        let (end, act) = (RunEnd { fragments: end.fragments, reason }, self.caller.act(&self.gate));
        handle.tell(Command::End(end, act, self.answers.clone())).map_err(refuse)
    }
}
