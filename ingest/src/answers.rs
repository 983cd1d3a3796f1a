//! The way back to the recorder: one bounded queue for each call.
//!
//! Always: giving an answer never waits. A caller that does not read its answers is hung up on, so
//! that it cannot hold up the journal or another recorder.

use liuhen_proto::Timestamp;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::refusal::Refusal;

/// Answers that may wait for the caller to read them.
const QUEUE: usize = 4096;

/// Gives answers to one call. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    queue: mpsc::Sender<pb::UploadResponse>,
    hung_up: CancellationToken,
}

impl Answers {
    /// A queue and its reading end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<pb::UploadResponse>) {
        let (queue, read) = mpsc::channel(QUEUE);
        (Self { queue, hung_up: CancellationToken::new() }, read)
    }

    /// Resolves when the caller has gone or reads no more.
    pub(crate) async fn hung_up(&self) {
        tokio::select! {
            () = self.hung_up.cancelled() => {}
            () = self.queue.closed() => {}
        }
    }

    /// Whether the caller has gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.queue.is_closed() || self.hung_up.is_cancelled()
    }

    /// Whether both answer the same call.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.queue.same_channel(&other.queue)
    }

    /// The range has reached the step.
    pub(crate) fn ack(&self, run: RunId, first: Sequence, last: Sequence, step: pb::AckStep) {
        self.give(pb::upload_response::Answer::FragmentAck(pb::FragmentAck {
            run_id: run.to_string(),
            first_sequence: first.get(),
            last_sequence: last.get(),
            step: step.into(),
        }));
    }

    /// Something was refused.
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.give(pb::upload_response::Answer::Error(refusal.into()));
    }

    /// A segment was sealed.
    pub(crate) fn sealed(&self, sealed: pb::SegmentSealed) {
        self.give(pb::upload_response::Answer::SegmentSealed(sealed));
    }

    /// A run is open.
    pub(crate) fn opened(&self, opened: pb::RunOpened) {
        self.give(pb::upload_response::Answer::RunOpened(opened));
    }

    /// The end of a run is written down.
    pub(crate) fn ended(&self, run: RunId) {
        self.give(pb::upload_response::Answer::RunEnded(pb::RunEnded { run_id: run.to_string() }));
    }

    /// Second and third time stamp of a clock probe.
    pub(crate) fn clock(&self, sent_us: i64, received: Timestamp, now: Timestamp) {
        let (centre_received_us, centre_sent_us) = (received.as_micros(), now.as_micros());
        self.give(pb::upload_response::Answer::ClockReply(pb::ClockReply { sent_us, centre_received_us, centre_sent_us }));
    }

    fn give(&self, answer: pb::upload_response::Answer) {
        if self.queue.try_send(pb::UploadResponse { answer: Some(answer) }).is_err() {
            self.hung_up.cancel();
        }
    }
}
