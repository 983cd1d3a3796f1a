//! Signatures: compared with what is held, and what they close.

use liuhen_archive::records::HeldRange;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::segment::{RangeStatement, SignedRange};
use liuhen_proto::wire::ingest::v1 as pb;

use super::Task;
use super::held::{MAX_SIGNATURES, Stage};
use crate::answers::Answers;
use crate::refusal::{Reason, Refusal};
use crate::seal::Done;
use crate::wire::receipt;

/// A signature that holds, by the recorder's key, over a statement that names this run.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) statement: RangeStatement,
    pub(crate) range: SignedRange,
}

/// What the recorder is told of a sealed segment.
pub(super) fn answer(done: &Done) -> pb::SegmentSealed {
    pb::SegmentSealed {
        run_id: done.sealed.run.to_string(),
        first_sequence: done.sealed.first.get(),
        last_sequence: done.sealed.last.get(),
        object_sha256: done.object_sha256.as_bytes().to_vec(),
        manifest_sha256: done.manifest_sha256.as_bytes().to_vec(),
        receipt: Some(receipt(&done.sealed.receipt)),
        unsigned_tail: done.unsigned_tail,
    }
}

impl Task {
    /// Takes a signature: closes and seals what it covers the end of, and is kept with what it touches.
    pub(super) async fn sign(&mut self, signed: Signed, answers: &Answers) {
        let run = self.run();
        if let Err(reason) = self.agrees(&signed.statement).await {
            return answers.refuse(Refusal::run(run, reason));
        }
        let (first, last) = (signed.statement.first, signed.statement.last());
        for pending in &mut self.held.pending {
            if pending.last() < first || last < pending.first() {
                continue;
            }
            if !pending.signatures.contains(&signed.range) && pending.signatures.len() < MAX_SIGNATURES {
                pending.signatures.push(signed.range.clone());
            }
            let kept = pending.signatures.contains(&signed.range);
            pending.signed |= kept && pending.last() <= last;
        }
        self.close_signed();
        self.sign_sealed(&signed, answers).await;
    }

    pub(super) fn close_signed(&mut self) {
        if self.held.pending.last().is_some_and(|pending| pending.signed && pending.stage == Stage::Open) {
            self.close_open();
        }
        for place in 0..self.held.pending.len() {
            let pending = &self.held.pending[place];
            if pending.signed && pending.stage == Stage::Closed {
                self.seal(place);
            }
        }
    }

    /// Whether the statement says of every fragment that is held what is held.
    async fn agrees(&self, statement: &RangeStatement) -> Result<(), Reason> {
        let (last, expected) = (statement.last(), self.held.expected());
        if last >= expected {
            return Err(Reason::SignatureAhead { last, expected });
        }
        let differs = |sequence: Sequence| Reason::Signature(format!("it states another digest for fragment {sequence}"));
        let stated = |sequence: Sequence| {
            let place = sequence.get().checked_sub(statement.first.get())?;
            statement.fragments.get(usize::try_from(place).ok()?).copied()
        };
        for stored in self.held.pending.iter().flat_map(|pending| &pending.fragments) {
            let sequence = stored.index.sequence;
            if stated(sequence).is_some_and(|digest| digest != stored.index.sha256) {
                return Err(differs(sequence));
            }
        }
        let mut next = statement.first;
        while let Some(sequence) = self.next_sealed(next, last) {
            let segment = self.shared.archive.records.segment(self.run(), sequence).await;
            let segment = segment.map_err(|error| Reason::Records(error.into()))?.ok_or(Reason::PastHole)?;
            for fragment in &segment.fragments {
                if stated(fragment.sequence).is_some_and(|digest| digest != fragment.sha256) {
                    return Err(differs(fragment.sequence));
                }
            }
            next = segment.segment.last.next();
        }
        Ok(())
    }

    /// The first sealed fragment from `next` to `last`.
    fn next_sealed(&self, next: Sequence, last: Sequence) -> Option<Sequence> {
        let range = self.held.sealed.iter().find(|range| range.last >= next)?;
        let sequence = range.first.max(next);
        (sequence <= last).then_some(sequence)
    }

    /// What the signature covers and is sealed already: records it, and says SEALED again.
    async fn sign_sealed(&mut self, signed: &Signed, answers: &Answers) {
        let (first, last) = (signed.statement.first, signed.statement.last());
        let sealed = self.held.sealed.iter().filter(|range| range.first <= last && first <= range.last);
        let sealed: Vec<HeldRange> = sealed.copied().collect();
        if sealed.is_empty() {
            return;
        }
        if self.any_unsigned(&sealed, first, last).await {
            self.append_late(vec![signed.range.clone()]).await;
        }
        for range in sealed {
            answers.ack(self.run(), range.first.max(first), range.last.min(last), pb::AckStep::Sealed);
        }
    }

    async fn any_unsigned(&self, sealed: &[HeldRange], first: Sequence, last: Sequence) -> bool {
        for range in sealed {
            let mut next = range.first.max(first);
            while next <= range.last.min(last) {
                match self.shared.archive.records.segment(self.run(), next).await {
                    Ok(Some(found)) if found.segment.unsigned_tail => return true,
                    Ok(Some(found)) => next = found.segment.last.next(),
                    // Where it cannot be told, writing it down once more does no harm.
                    Ok(None) | Err(_) => return true,
                }
            }
        }
        false
    }

    /// Records signatures for what is sealed. One that cannot be recorded is lost to the log, not to the
    /// recorder, which still has it; so it is an error for a person.
    pub(super) async fn append_late(&self, signatures: Vec<SignedRange>) {
        for signed in signatures {
            if let Err(error) = self.shared.sealer.append(self.run(), signed).await {
                tracing::error!(run = %self.run(), error = %crate::seal::full(&error), "late signature not recorded");
            }
        }
    }
}
