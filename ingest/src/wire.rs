//! From the wire to words of the domain, and back. Form is checked here, once; a refusal names the field.
//!
//! In: `pb::UploadRequest`. Out: [`Step`]. Not here: any rule about runs, order or rights (`gate`, `run`).

use bytes::Bytes;
use liuhen_archive::records::Receipt;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::segment::{MAX_INIT_BYTES, MAX_STATEMENT_BYTES};
use liuhen_proto::signing::Signature;
use liuhen_proto::wire::common::v1::LogReceipt;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::{digest, id, sequence};
use liuhen_proto::{Problem, Sha256};

use crate::refusal::{Reason, Refusal};

/// One step of an upload.
#[derive(Debug)]
pub(crate) enum Step {
    Open(OpenRun),
    Head(Head),
    Chunk(Chunk),
    Sign(Claim),
    End(End),
    /// When the recorder sent it, by its own clock, microseconds.
    Probe(i64),
}

/// Begins a run, or takes it up again. The init's digest is right.
#[derive(Debug, Clone)]
pub(crate) struct OpenRun {
    pub(crate) run: RunId,
    pub(crate) stream: StreamId,
    pub(crate) boot: BootId,
    pub(crate) init: Bytes,
    pub(crate) init_sha256: Sha256,
}

/// Announces a fragment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) run: RunId,
    pub(crate) sequence: Sequence,
    pub(crate) size_bytes: u32,
    pub(crate) sha256: Sha256,
}

/// A piece of a fragment.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) run: RunId,
    pub(crate) sequence: Sequence,
    pub(crate) offset_bytes: u32,
    pub(crate) data: Bytes,
}

/// A signature over a range, not yet verified.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) run: RunId,
    pub(crate) first: Sequence,
    pub(crate) last: Sequence,
    pub(crate) statement: Vec<u8>,
    pub(crate) signature: Signature,
}

/// The end of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) run: RunId,
    pub(crate) fragments: u64,
    pub(crate) reason: pb::EndReason,
}

/// Reads a request.
pub(crate) fn step(request: pb::UploadRequest) -> Result<Step, Refusal> {
    use pb::upload_request::Step as Wire;
    match request.step.ok_or_else(|| Problem::field("step", "is required"))? {
        Wire::OpenRun(open) => open_run(open).map(Step::Open),
        Wire::FragmentHead(head) => fragment_head(&head).map(Step::Head),
        Wire::FragmentChunk(chunk) => fragment_chunk(chunk).map(Step::Chunk),
        Wire::RangeSignature(claim) => range_signature(claim).map(Step::Sign),
        Wire::EndRun(end) => end_run(&end).map(Step::End),
        Wire::ClockProbe(probe) => Ok(Step::Probe(probe.sent_us)),
    }
}

fn run_id(field: &str, text: &str) -> Result<RunId, Refusal> {
    Ok(id(field, text)?)
}

/// A refusal of the form that can already name its run.
fn of(run: RunId) -> impl Fn(Problem) -> Refusal {
    move |problem| Refusal::run(run, Reason::Form(problem))
}

fn open_run(open: pb::OpenRun) -> Result<OpenRun, Refusal> {
    let run = run_id("open_run.run_id", &open.run_id)?;
    let refuse = of(run);
    let stream = id("open_run.stream_id", &open.stream_id).map_err(&refuse)?;
    let boot = id("open_run.boot_id", &open.boot_id).map_err(&refuse)?;
    let init_sha256 = digest("open_run.init_sha256", &open.init_sha256).map_err(&refuse)?;
    if open.init.is_empty() {
        return Err(refuse(Problem::field("open_run.init", "is required")));
    }
    if open.init.len() > MAX_INIT_BYTES {
        let (found, limit) = (open.init.len() as u64, MAX_INIT_BYTES as u64);
        return Err(Refusal::run(run, Reason::TooLarge { what: "init", found, limit }));
    }
    if Sha256::of(&open.init) != init_sha256 {
        return Err(refuse(Problem::field("open_run.init_sha256", "is not the digest of init")));
    }
    Ok(OpenRun { run, stream, boot, init: open.init.into(), init_sha256 })
}

fn fragment_head(head: &pb::FragmentHead) -> Result<Head, Refusal> {
    let run = run_id("fragment_head.run_id", &head.run_id)?;
    let sequence = sequence("fragment_head.sequence", head.sequence).map_err(of(run))?;
    let sha256 = digest("fragment_head.sha256", &head.sha256)
        .map_err(|problem| Refusal::fragment(run, sequence, Reason::Form(problem)))?;
    if head.size_bytes == 0 {
        let problem = Problem::field("fragment_head.size_bytes", "is required");
        return Err(Refusal::fragment(run, sequence, Reason::Form(problem)));
    }
    Ok(Head { run, sequence, size_bytes: head.size_bytes, sha256 })
}

fn fragment_chunk(chunk: pb::FragmentChunk) -> Result<Chunk, Refusal> {
    let run = run_id("fragment_chunk.run_id", &chunk.run_id)?;
    let sequence = sequence("fragment_chunk.sequence", chunk.sequence).map_err(of(run))?;
    Ok(Chunk { run, sequence, offset_bytes: chunk.offset_bytes, data: chunk.data })
}

fn range_signature(claim: pb::RangeSignature) -> Result<Claim, Refusal> {
    let run = run_id("range_signature.run_id", &claim.run_id)?;
    let refuse = of(run);
    let first = sequence("range_signature.first_sequence", claim.first_sequence).map_err(&refuse)?;
    let last = sequence("range_signature.last_sequence", claim.last_sequence).map_err(&refuse)?;
    if last < first {
        return Err(refuse(Problem::field("range_signature.last_sequence", "lies before first_sequence")));
    }
    if claim.statement.len() > MAX_STATEMENT_BYTES {
        let (found, limit) = (claim.statement.len() as u64, MAX_STATEMENT_BYTES as u64);
        return Err(Refusal::run(run, Reason::TooLarge { what: "statement", found, limit }));
    }
    let signature = Signature::try_from(claim.signature.as_slice())
        .map_err(|error| refuse(Problem::field("range_signature.signature", error.to_string())))?;
    Ok(Claim { run, first, last, statement: claim.statement, signature })
}

fn end_run(end: &pb::EndRun) -> Result<End, Refusal> {
    let run = run_id("end_run.run_id", &end.run_id)?;
    let reason = end.reason();
    if reason == pb::EndReason::Unspecified {
        return Err(of(run)(Problem::field("end_run.reason", "is required, from the closed list")));
    }
    Ok(End { run, fragments: end.fragments, reason })
}

/// Where an entry stands, for the wire.
pub(crate) fn receipt(receipt: &Receipt) -> LogReceipt {
    LogReceipt {
        leaf_index: receipt.leaf_index,
        leaf_hash: receipt.leaf_hash.as_bytes().to_vec(),
        tree_size: receipt.tree_size,
        root_hash: receipt.root.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message as _;

    proptest! {
        /// Bytes that happen to be a message become a step or a refusal, never a panic.
        #[test]
        fn any_message_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), tag in 1u8..7) {
            // A frame of the right field number lets more of them through.
            let framed = [&[tag << 3 | 2, bytes.len() as u8 & 0x7f], &bytes[..bytes.len() & 0x7f]].concat();
            for bytes in [bytes, framed] {
                if let Ok(request) = pb::UploadRequest::decode(bytes.as_slice()) {
                    let _ = step(request);
                }
            }
        }
    }
}
