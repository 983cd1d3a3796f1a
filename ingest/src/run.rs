//! One task for each open run: the only one that knows its order and writes its file.
//!
//! In: fragments that passed the gate, signatures, ends; from any call that has the run open. Out:
//! acknowledgements, closed segments to `seal`.
//! - What waits in the queue is written as one group with one fsync; STORED is said after it.
//! - The journal's file of a run is written by nobody else, so no lock is held over I/O.
//! - A signature that covers the end of a segment closes it. Without one it is closed when it grows too
//!   long, when the run ends, or when nothing came for so long, and is sealed as `unsigned_tail`.
//! - Not here: rights and form (`gate`, `wire`), the order itself ([`held`]), how to seal (`seal`).

mod close;
pub(crate) mod held;
mod rescue;
pub(crate) mod settle;
mod sign;
mod store;

use std::sync::Arc;

use bytes::Bytes;
use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Run, RunEnd, StreamPlace};
use liuhen_media::track::InitInfo;
use liuhen_proto::fragment::{FragmentHeader, Sequence};
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{BootTime, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use self::held::{Held, Standing};
use crate::allowance::{Bounded, Share};
use crate::answers::Answers;
use crate::config::Limits;
use crate::extents::Extents;
use crate::journal::{Journal, JournalFile};
use crate::lease::Leases;
use crate::refusal::{Reason, Refusal};
use crate::seal::{Done, SealError, Sealer};

pub(crate) use self::sign::Signed;

/// Commands that may wait for a run. Beyond it fragments wait, and senders of other words are told to send again.
const QUEUE: usize = 1024;
/// Commands that are taken at once, and so the most fragments of one fsync.
const GROUP: usize = 64;

/// What all runs of a node share.
pub(crate) struct Shared {
    pub(crate) archive: Archive,
    pub(crate) journal: Journal,
    pub(crate) extents: Extents,
    pub(crate) limits: Limits,
    pub(crate) leases: Arc<Leases>,
    pub(crate) sealer: Sealer,
}

/// What never changes of a run.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) run: Run,
    pub(crate) place: StreamPlace,
    pub(crate) info: InitInfo,
}

/// A fragment that passed the gate.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) sha256: Sha256,
    pub(crate) bytes: Bytes,
    pub(crate) header: FragmentHeader,
    pub(crate) decode_time_offsets: Vec<u32>,
    /// Given back when it is stored or refused.
    pub(crate) shares: [Share; 2],
}

/// A word to a run.
#[derive(Debug)]
pub(crate) enum Command {
    /// A call of this epoch has opened the run: tell it what is held.
    Attach(Answers, u64, oneshot::Sender<Vec<pb::HeldRange>>),
    /// A call has gone.
    Detach(Answers),
    /// A call sends no more, and reads until what it sent is sealed.
    Leave(Answers),
    Append(Box<Arrived>, Answers),
    /// The gate told the recorder not to send the fragment again.
    Skip(Sequence),
    Sign(Box<Signed>, Answers),
    End(RunEnd, Act, Answers),
}

/// The way to a run's task. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub(crate) facts: Arc<Facts>,
    /// Bytes of the run on their way into the journal.
    pub(crate) window: Arc<Bounded>,
    queue: mpsc::Sender<Command>,
}

impl Handle {
    /// Gives a word to the run, without waiting.
    pub(crate) fn tell(&self, command: Command) -> Result<(), Reason> {
        self.queue.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Reason::Busy("messages of one run"),
            mpsc::error::TrySendError::Closed(_) => Reason::NotOpen,
        })
    }

    /// Gives a word to the run; waits while too many wait there already, as they do while the disk is slow.
    pub(crate) async fn tell_soon(&self, command: Command) -> Result<(), Reason> {
        self.queue.send(command).await.map_err(|_| Reason::NotOpen)
    }

    /// Whether the run's task has gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.queue.is_closed()
    }
}

/// A call that has the run open.
struct Attached {
    answers: Answers,
    /// It hears what is still pending, and no more.
    leaving: bool,
}

/// The task's state.
pub(crate) struct Task {
    shared: Arc<Shared>,
    facts: Arc<Facts>,
    held: Held,
    /// The file of the last pending segment, where that is open.
    file: Option<JournalFile>,
    /// When a segment whose file failed could not be given a file of its own.
    rescue_tried: Option<BootTime>,
    attached: Vec<Attached>,
    sealing: JoinSet<(Sequence, Result<Done, SealError>)>,
    /// In which epoch of its recorder `held` was compared with the records; 0 for not yet.
    epoch: u64,
    /// When segments that are parked were looked at last.
    parked_seen: Option<BootTime>,
    /// Of the recorder that opened it: one open run.
    _share: Option<Share>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.shared.journal.troubles.end(self.run());
    }
}

impl Task {
    /// Begins the task of a run.
    pub(crate) fn start(shared: Arc<Shared>, facts: Arc<Facts>, held: Held, epoch: u64, share: Option<Share>) -> Handle {
        let (queue, words) = mpsc::channel(QUEUE);
        let window = Bounded::new(2 * u64::from(shared.limits.window_bytes));
        let handle = Handle { facts: Arc::clone(&facts), window, queue };
        let (file, rescue_tried, attached, sealing) = (None, None, Vec::new(), JoinSet::new());
        let parked_seen = None;
        let task = Self { shared, facts, held, file, rescue_tried, attached, sealing, epoch, parked_seen, _share: share };
        tokio::spawn(task.work(words));
        handle
    }

    fn run(&self) -> RunId {
        self.facts.run.run
    }

    async fn work(mut self, mut words: mpsc::Receiver<Command>) {
        let mut tick = tokio::time::interval(self.shared.limits.tick);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        if self.epoch == 0 {
            self.settle_all().await;
        }
        if self.held.end.is_some() {
            self.seal_closed();
        }
        let mut group = Vec::with_capacity(GROUP);
        loop {
            tokio::select! {
                count = words.recv_many(&mut group, GROUP) => {
                    if count == 0 {
                        return;
                    }
                    self.handle(std::mem::take(&mut group)).await;
                    self.rescue().await;
                    self.let_go();
                }
                Some(sealed) = self.sealing.join_next() => {
                    if let Ok((first, outcome)) = sealed {
                        self.sealed(first, outcome).await;
                        self.let_go();
                    }
                }
                _ = tick.tick() => {
                    self.rescue().await;
                    self.look_after_parked().await;
                    self.seal_what_waited();
                    if self.is_idle() {
                        // What came in the meantime is dropped unanswered; whoever opens the run asks again.
                        return;
                    }
                }
            }
        }
    }

    fn is_idle(&mut self) -> bool {
        self.attached.retain(|attached| !attached.answers.is_gone());
        self.attached.is_empty() && self.held.pending.is_empty() && self.sealing.is_empty()
    }

    /// Those who leave hear no more once nothing is pending.
    fn let_go(&mut self) {
        if self.held.pending.is_empty() {
            self.attached.retain(|attached| !attached.leaving);
        }
    }

    /// Does what the words say, in their order; fragments that follow each other go to the disk as one.
    async fn handle(&mut self, commands: Vec<Command>) {
        let mut group = store::Group::default();
        for command in commands {
            match command {
                Command::Append(arrived, answers) => self.take(arrived, answers, &mut group).await,
                other => {
                    self.store(&mut group).await;
                    self.handle_other(other).await;
                }
            }
        }
        self.store(&mut group).await;
    }

    async fn handle_other(&mut self, command: Command) {
        match command {
            Command::Attach(answers, epoch, reply) => {
                self.led_since(epoch).await;
                self.look_for_what_fills().await;
                self.attached.retain(|attached| !attached.answers.same(&answers));
                self.attached.push(Attached { answers, leaving: false });
                // A call that ended meanwhile does not hear it.
                let _ = reply.send(self.held_ranges());
            }
            Command::Detach(answers) => self.attached.retain(|attached| !attached.answers.same(&answers)),
            Command::Leave(answers) => {
                let same = self.attached.iter_mut().filter(|attached| attached.answers.same(&answers));
                same.for_each(|attached| attached.leaving = true);
            }
            Command::Skip(sequence) => self.held.skip(sequence),
            Command::Sign(signed, answers) => self.sign(*signed, &answers).await,
            Command::End(end, act, answers) => self.end(end, &act, &answers).await,
            Command::Append(arrived, answers) => {
                let mut group = store::Group::default();
                self.take(arrived, answers, &mut group).await;
                self.store(&mut group).await;
            }
        }
    }

    fn held_ranges(&self) -> Vec<pb::HeldRange> {
        let range = |range: &liuhen_archive::records::HeldRange, step: pb::AckStep| pb::HeldRange {
            first_sequence: range.first.get(),
            last_sequence: range.last.get(),
            step: step.into(),
        };
        let sealed = self.held.sealed.iter().map(|sealed| range(sealed, pb::AckStep::Sealed));
        let stored = self.held.pending.iter().map(|pending| range(&pending.range(), pb::AckStep::Stored));
        let mut ranges: Vec<_> = sealed.chain(stored).collect();
        ranges.sort_by_key(|range| range.first_sequence);
        ranges
    }

    /// Puts a fragment into the group, or answers for it at once.
    async fn take(&mut self, arrived: Box<Arrived>, answers: Answers, group: &mut store::Group) {
        let (run, sequence, sha256) = (self.run(), arrived.header.sequence, arrived.sha256);
        if self.held.standing(sequence, sha256, group.last()) == Standing::Next {
            return match self.unfit(&arrived.header, group) {
                None => self.push(arrived, answers, group).await,
                Some(reason) => self.refuse(&arrived, reason, &answers),
            };
        }
        // Anything but the next is judged by what is on the disk.
        self.store(group).await;
        match self.held.standing(sequence, sha256, None) {
            Standing::Next => self.push(arrived, answers, group).await,
            Standing::Stored => answers.ack(run, sequence, sequence, pb::AckStep::Stored),
            Standing::Sealed => match self.same_as_sealed(sequence, sha256).await {
                Ok(()) => answers.ack(run, sequence, sequence, pb::AckStep::Sealed),
                Err(reason) => self.refuse(&arrived, reason, &answers),
            },
            Standing::Refused(reason) => self.refuse(&arrived, reason, &answers),
        }
    }

    /// Why a fragment that is the next cannot be taken all the same.
    fn unfit(&self, header: &FragmentHeader, group: &store::Group) -> Option<Reason> {
        let before = group.last_header().or(self.held.last_header.as_ref());
        if let Some(reason) = before.and_then(|before| held::overlap_within_run(before, header)) {
            return Some(reason);
        }
        let (other, by) = self.shared.extents.overlap(header)?;
        Some(Reason::Overlap { what: other.to_string(), overlap_us: by.as_micros() })
    }

    async fn same_as_sealed(&self, sequence: Sequence, found: Sha256) -> Result<(), Reason> {
        let held = self.sealed_digest(sequence).await?;
        if held == found { Ok(()) } else { Err(Reason::Conflict { held, found }) }
    }

    async fn sealed_digest(&self, sequence: Sequence) -> Result<Sha256, Reason> {
        let found = self.shared.archive.records.segment(self.run(), sequence).await;
        let segment = found.map_err(|error| Reason::Records(error.into()))?;
        let held = segment.and_then(|segment| {
            let fragment = segment.fragments.into_iter().find(|fragment| fragment.sequence == sequence)?;
            Some(fragment.sha256)
        });
        held.ok_or(Reason::PastHole)
    }

    fn refuse(&mut self, arrived: &Arrived, reason: Reason, answers: &Answers) {
        let (run, sequence) = (self.run(), arrived.header.sequence);
        if let Reason::Conflict { held, found } = &reason {
            // Small and seldom; the quarantine is bounded.
            let kept = self.shared.journal.quarantine(run, sequence, *found, &arrived.bytes);
            tracing::error!(%run, %sequence, %held, %found, ?kept, "a fragment came with a name that is taken");
        }
        if reason.action() == crate::refusal::Action::Skip {
            self.held.skip(sequence);
        }
        answers.refuse(Refusal::fragment(run, sequence, reason));
    }

    /// The run ends: no fragment follows, and what waits for a signature is sealed without.
    async fn end(&mut self, end: RunEnd, act: &Act, answers: &Answers) {
        let held = self.held.expected().get();
        let refuse = |reason| answers.refuse(Refusal::run(self.facts.run.run, reason));
        if self.held.end.is_none() && end.fragments != held {
            return refuse(Reason::EndDiffers { said: end.fragments, held });
        }
        if let Err(error) = self.shared.archive.records.end_run(act, self.run(), end).await {
            return refuse(Reason::Records(error.into()));
        }
        if self.held.end.is_none() {
            self.shared.archive.live.run_ended(self.facts.place.stream, self.run(), end.reason);
        }
        self.held.end = Some(end);
        answers.ended(self.run());
        self.attached.iter_mut().for_each(|attached| attached.leaving = true);
        self.close_open();
        self.seal_closed();
    }
}
