//! When a segment grows no more, and what comes of it.

use liuhen_archive::records::Fence;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::ingest::v1 as pb;

use super::held::{Pending, Stage};
use super::{Attached, Task, sign};
use crate::journal::JournalFile;
use crate::seal::{Closed, Done, SealError};

impl Task {
    /// No more fragments for the open file.
    pub(super) fn close_open(&mut self) {
        let file = self.file.take();
        if let Some(pending) = self.held.pending.last_mut().filter(|pending| pending.stage == Stage::Open) {
            pending.stage = Stage::Closed;
            pending.object = file.as_ref().map(JournalFile::object);
        }
    }

    /// Sends all closed segments on their way.
    pub(super) fn seal_closed(&mut self) {
        for place in 0..self.held.pending.len() {
            if self.held.pending[place].stage == Stage::Closed {
                self.seal(place);
            }
        }
    }

    pub(super) fn seal(&mut self, place: usize) {
        self.seal_under(place, None);
    }

    /// Seals under another node's lease, where that does not seal it.
    pub(super) fn seal_under(&mut self, place: usize, under: Option<Fence>) {
        let pending = &mut self.held.pending[place];
        pending.stage = Stage::Sealing;
        let run = &self.facts.run;
        let closed = Closed {
            place: self.facts.place,
            init: Sized256 { sha256: run.init_sha256, size_bytes: run.init.len() as u64 },
            path: pending.path.clone(),
            object: pending.object,
            fragments: pending.fragments.clone(),
            signatures: pending.signatures.clone(),
            signed: pending.signed,
            recorder: run.recorder.expect("what was imported comes by no Upload"),
            under,
        };
        let (first, sealer) = (pending.first(), self.shared.sealer.clone());
        self.sealing.spawn(async move { (first, sealer.seal(&closed).await) });
    }

    /// Seals without a signature what has waited for one too long.
    pub(super) fn seal_what_waited(&mut self) {
        let now = self.shared.archive.clock.boot_now();
        let patience = self.shared.limits.unsigned_after;
        let waited = |pending: &Pending| now.since(pending.touched) >= patience;
        if self.held.pending.last().is_some_and(|pending| pending.stage == Stage::Open && waited(pending)) {
            self.close_open();
        }
        for place in 0..self.held.pending.len() {
            if self.held.pending[place].stage == Stage::Closed && waited(&self.held.pending[place]) {
                self.seal(place);
            }
        }
    }

    /// A segment is in the archive, or cannot be.
    pub(super) async fn sealed(&mut self, first: Sequence, outcome: Result<Done, SealError>) {
        let run = self.run();
        match outcome {
            Ok(done) => {
                let pending = self.held.sealed(first);
                let range = done.sealed;
                tracing::debug!(%run, %first, last = %range.last, unsigned = done.unsigned_tail, "segment sealed");
                let answer = sign::answer(&done);
                for Attached { answers, .. } in &self.attached {
                    answers.sealed(answer.clone());
                    answers.ack(run, range.first, range.last, pb::AckStep::Sealed);
                }
                if let Some(failed) = pending.as_ref().and_then(|pending| pending.failed.as_deref())
                    && let Err(error) = std::fs::remove_file(failed)
                {
                    tracing::warn!(path = %failed.display(), %error, "a file that failed stays in the journal");
                }
                if let Some(pending) = pending.filter(|pending| pending.signed && done.unsigned_tail) {
                    self.append_late(pending.signatures).await;
                }
            }
            Err(SealError::Stale(lease)) => {
                tracing::warn!(%run, %first, %lease, "segment waits in the journal: another node may seal it");
                let now = self.shared.archive.clock.boot_now();
                if let Some(parked) = self.held.pending.iter_mut().find(|pending| pending.first() == first) {
                    parked.stage = Stage::Parked(now);
                }
            }
            Err(error) => {
                if matches!(error, SealError::Taken(_)) && self.settle(first).await {
                    return;
                }
                let why = crate::seal::full(&error);
                tracing::error!(%run, %first, error = %why, "segment cannot be sealed and stays in the journal");
                self.shared.journal.troubles.unsealed(run, &why);
                if let Some(stuck) = self.held.pending.iter_mut().find(|pending| pending.first() == first) {
                    stuck.stage = Stage::Stuck;
                }
            }
        }
    }
}
