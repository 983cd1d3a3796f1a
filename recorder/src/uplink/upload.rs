//! The `Upload` call: what goes next, and what the answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::upload_request::Step as Say;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::{BootTime, Sha256};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::lane::{Lane, STALLED, Stage};
use super::{Client, Link, UplinkError, order};
use crate::spool::{RunSummary, SpoolError, Step, Waiting};

/// Messages that wait for the network: what is live overtakes what is old, so no second one of that.
const QUEUE: usize = 1;
/// What is old goes in smaller pieces, for the same reason.
const OLD_CHUNK_BYTES: usize = 16 * 1024;
/// So many runs that are no longer live are open at once.
const OLD_RUNS: usize = 4;
const TICK: Duration = Duration::from_millis(250);
const PROBE: Duration = Duration::from_secs(60);

/// Runs until the call ends; `Ok` when all is handed over after the recording ended.
pub(super) async fn call(link: Link, mut client: Client) -> Result<(), UplinkError> {
    let (requests, outgoing) = mpsc::channel(QUEUE);
    let mut upload = Upload { link: link.clone(), lanes: BTreeMap::new(), order: Vec::new(), turns: [0; 2] };
    requests.send(upload.probe()).await.map_err(|_| UplinkError::Closed)?;
    let mut answers = client.upload(ReceiverStream::new(outgoing)).await?.into_inner();
    let mut changes = link.spool.changes();
    let mut tick = tokio::time::interval(TICK);
    let mut probe = tokio::time::interval(PROBE);
    probe.reset();
    let (mut idle, mut heard) = (false, link.clock.boot_now());
    upload.refresh();
    loop {
        let wait = link.limit.wait(link.clock.boot_now());
        tokio::select! {
            answer = answers.message() => {
                upload.answer(answer?.ok_or(UplinkError::Closed)?).await;
                heard = link.clock.boot_now();
                idle = false;
            }
            permit = requests.reserve(), if !idle && wait.is_none() => {
                let permit = permit.map_err(|_| UplinkError::Closed)?;
                match upload.next().await {
                    Some(request) => {
                        link.limit.spend(request.encoded_len());
                        permit.send(request);
                    }
                    None => idle = true,
                }
            }
            () = tokio::time::sleep(wait.unwrap_or_default()), if !idle && wait.is_some() => {}
            _ = changes.changed() => {
                upload.refresh();
                idle = false;
            }
            _ = tick.tick() => {
                upload.refresh();
                idle = false;
                if link.recorded.is_cancelled() && upload.is_done() {
                    return Ok(());
                }
                upload.check_alive(heard)?;
                // The system's clock was set: ask at once what the centre says of that.
                if link.centre_clock.asked_under() != Some(link.wall.current().mapping.version) {
                    probe.reset_immediately();
                }
            }
            _ = probe.tick() => requests.send(upload.probe()).await.map_err(|_| UplinkError::Closed)?,
        }
    }
}

/// One connection's view of what is to be sent.
struct Upload {
    link: Link,
    lanes: BTreeMap<RunId, Lane>,
    /// By kind, and of each kind the oldest first.
    order: Vec<RunSummary>,
    /// Whose turn it is among the live ones, of viewing streams and of evidence.
    turns: [usize; 2],
}

impl Upload {
    /// Looks at the spool again.
    fn refresh(&mut self) {
        self.order = self.link.spool.runs();
        let to_close = self.link.schedule.to_close(self.link.wall.current().wall(self.now()));
        // The order within each kind stays.
        self.order.sort_by_cached_key(|run| order::kind(run, &self.link.viewing, &to_close));
        let known: std::collections::BTreeSet<_> = self.order.iter().map(|run| run.run).collect();
        self.lanes.retain(|run, _| known.contains(run));
        let now = self.now();
        for (&run, lane) in self.lanes.iter_mut().filter(|(_, lane)| lane.may_ask_again(now)) {
            if self.link.spool.waits_for_seal(run, lane.signed_before) {
                lane.ask_again();
            }
        }
    }

    fn now(&self) -> BootTime {
        self.link.clock.boot_now()
    }

    /// Whether all is sealed that the centre takes.
    fn is_done(&self) -> bool {
        let aside = |run: &RunSummary| self.lanes.get(&run.run).is_some_and(|lane| lane.stage == Stage::Aside);
        self.order.iter().all(aside)
    }

    fn check_alive(&mut self, heard: BootTime) -> Result<(), UplinkError> {
        let owed = self.lanes.values().any(Lane::waits_for_answer);
        if owed && Duration::from(self.now().since(heard)) > STALLED { Err(UplinkError::Stalled) } else { Ok(()) }
    }

    fn probe(&self) -> pb::UploadRequest {
        say(Say::ClockProbe(self.link.centre_clock.ask(self.link.clock.as_ref(), &self.link.wall)))
    }

    /// What goes next: live runs in turn, chunk by chunk, viewing streams first: on a link that is slower than
    /// live, people see the room, and the evidence comes later. Another only when none of them has anything.
    async fn next(&mut self) -> Option<pb::UploadRequest> {
        let live = self.order.iter().take_while(|run| run.live).count();
        let viewing = self.order.iter().take(live).take_while(|run| self.link.viewing.contains(&run.stream)).count();
        for (kind, (first, count)) in [(0, viewing), (viewing, live - viewing)].into_iter().enumerate() {
            for step in 0..count {
                let index = (self.turns[kind] + step) % count;
                if let Some(request) = self.next_of(first + index).await {
                    self.turns[kind] = index + 1;
                    return Some(request);
                }
            }
        }
        let mut open = 0;
        for index in live..self.order.len() {
            if let Some(request) = self.next_of(index).await {
                return Some(request);
            }
            let waits = self.lanes.get(&self.order[index].run).is_some_and(|lane| lane.waits_for_answer());
            open += usize::from(waits);
            if open >= OLD_RUNS {
                break;
            }
        }
        None
    }

    async fn next_of(&mut self, index: usize) -> Option<pb::UploadRequest> {
        let summary = self.order.get(index)?.clone();
        let now = self.now();
        let lane = self.lanes.entry(summary.run).or_insert_with(|| self.link.lane(summary.run));
        if !lane.may_send(now) {
            return None;
        }
        if lane.stage == Stage::New {
            lane.stage = Stage::Opening;
            return Some(open_run(&summary));
        }
        let most = if summary.live { usize::MAX } else { OLD_CHUNK_BYTES };
        if let Some((sequence, offset_bytes, data)) = lane.chunk(most) {
            let run_id = summary.run.to_string();
            let chunk = pb::FragmentChunk { run_id, sequence: sequence.get(), offset_bytes, data };
            return Some(say(Say::FragmentChunk(chunk)));
        }
        match self.link.spool.next(summary.run, lane.cursor, lane.signed_before)? {
            Waiting::Fragment { sequence, size_bytes, sha256 } => self.begin(summary.run, sequence, size_bytes, sha256).await,
            Waiting::Signature { first, last } => self.signature(summary.run, first, last),
            Waiting::End { .. } if lane.end_sent => None,
            Waiting::End { fragments, reason } => {
                lane.end_sent = true;
                Some(say(Say::EndRun(pb::EndRun { run_id: summary.run.to_string(), fragments, reason: reason.into() })))
            }
        }
    }

    async fn begin(&mut self, run: RunId, sequence: Sequence, size_bytes: u32, sha256: Sha256) -> Option<pb::UploadRequest> {
        let lane = self.lanes.get_mut(&run)?;
        if !lane.takes(size_bytes) {
            tracing::error!(run.id = %run, sequence = sequence.get(), size_bytes, "the centre takes no fragment so large; it stays in the spool");
            lane.cursor = sequence.next();
            return None;
        }
        if !lane.fits(size_bytes) {
            return None;
        }
        let read = match self.link.spool.take_fresh(run, sequence) {
            Some(bytes) => Ok(bytes),
            None => {
                let spool = self.link.spool.clone();
                tokio::task::spawn_blocking(move || spool.read(run, sequence)).await.ok()?
            }
        };
        match read {
            Ok(bytes) => {
                lane.begin(sequence, bytes);
                let sha256 = sha256.as_bytes().to_vec();
                let head = pb::FragmentHead { run_id: run.to_string(), sequence: sequence.get(), size_bytes, sha256 };
                Some(say(Say::FragmentHead(head)))
            }
            // Sealed in the meantime.
            Err(SpoolError::Missing(..)) => None,
            Err(error) => {
                tracing::error!(%error, "a fragment cannot be sent");
                lane.cursor = sequence.next();
                None
            }
        }
    }

    fn signature(&mut self, run: RunId, first: Sequence, last: Sequence) -> Option<pb::UploadRequest> {
        let now = self.now();
        self.lanes.get_mut(&run)?.signed(last.next(), now);
        let signed = self.link.spool.signature(run, first)?;
        Some(say(Say::RangeSignature(pb::RangeSignature {
            run_id: run.to_string(),
            first_sequence: first.get(),
            last_sequence: last.get(),
            statement: signed.statement.into_bytes(),
            signature: signed.signature.as_bytes().to_vec(),
        })))
    }

    /// Takes an answer in. One that makes no sense is logged and harms nothing.
    async fn answer(&mut self, response: pb::UploadResponse) {
        match response.answer {
            Some(Answer::RunOpened(opened)) => self.opened(&opened).await,
            Some(Answer::FragmentAck(ack)) => {
                self.holds(&ack.run_id, ack.first_sequence, ack.last_sequence, ack.step()).await;
            }
            Some(Answer::SegmentSealed(sealed)) => {
                self.holds(&sealed.run_id, sealed.first_sequence, sealed.last_sequence, pb::AckStep::Sealed).await;
            }
            Some(Answer::Error(error)) => self.error(&error),
            Some(Answer::ClockReply(reply)) => self.clock_reply(reply).await,
            Some(Answer::RunEnded(ended)) => self.ended(&ended.run_id).await,
            None => tracing::warn!("the centre sent an answer that this version does not know"),
        }
    }

    /// What the centre's clock says may be written down before anything else happens on this connection.
    async fn clock_reply(&self, reply: pb::ClockReply) {
        let link = self.link.clone();
        let taken = tokio::task::spawn_blocking(move || link.centre_clock.take(&reply, link.clock.as_ref(), &link.wall));
        if let Err(error) = taken.await {
            tracing::error!(%error, "the centre's clock could not be compared");
        }
    }

    async fn opened(&mut self, opened: &pb::RunOpened) {
        if let Ok(run) = opened.run_id.parse() {
            self.link.spool.forget_stored(run);
        }
        for held in &opened.held {
            self.holds(&opened.run_id, held.first_sequence, held.last_sequence, held.step()).await;
        }
        let now = self.now();
        if let Some(lane) = self.lane(&opened.run_id) {
            lane.opened(opened, now);
        }
        if let Ok(run) = opened.run_id.parse() {
            self.divide_if_behind(run);
        }
    }

    /// Of a live run that waits behind much of itself, as after a time without the centre, what comes from now on
    /// becomes a run of its own: within a run the centre takes nothing out of order.
    fn divide_if_behind(&self, run: RunId) {
        let now = self.now();
        let waits = self.link.spool.waits_since(run).filter(|_| self.order.iter().any(|known| known.run == run && known.live));
        let behind = waits.is_some_and(|since| self.link.wall.current().wall(now).since(since) > order::LIVE_BEHIND);
        let Some(stream) = self.order.iter().find(|known| known.run == run).map(|known| known.stream) else { return };
        if behind && self.link.may_divide(stream, now) {
            tracing::info!(run.id = %run, stream.id = %stream, "divided, so that what is live is sent before what waits");
            self.link.spool.divide(run);
        }
    }

    /// The centre holds the range as firmly as `step`.
    async fn holds(&mut self, run: &str, first: u64, last: u64, step: pb::AckStep) {
        let (Ok(run), Some(first), Some(last)) = (run.parse(), Sequence::new(first), Sequence::new(last)) else {
            return tracing::warn!(run.id = run, "the centre acknowledged something absurd");
        };
        if let Some(lane) = self.lanes.get_mut(&run) {
            lane.acknowledged(first, last);
        }
        match step {
            pb::AckStep::Stored => self.link.spool.acknowledged(run, first, last, Step::Stored),
            pb::AckStep::Sealed => self.off_thread(move |spool| spool.acknowledged(run, first, last, Step::Sealed)).await,
            pb::AckStep::Received | pb::AckStep::Unspecified => {}
        }
    }

    async fn ended(&mut self, run: &str) {
        if let Some(lane) = self.lane(run) {
            lane.ended = true;
        }
        if let Ok(run) = run.parse() {
            self.off_thread(move |spool| spool.end_acknowledged(run)).await;
        }
    }

    /// What deletes files is done where waiting for the disk harms no one.
    async fn off_thread(&self, act: impl FnOnce(&crate::spool::Spool) + Send + 'static) {
        let spool = self.link.spool.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || act(&spool)).await {
            tracing::error!(%error, "clearing the spool failed");
        }
    }

    fn error(&mut self, error: &pb::UploadError) {
        let (run, action, now) = (error.run_id.as_str(), error.action(), self.now());
        tracing::warn!(
            run.id = run,
            sequence = error.sequence,
            code = error.code,
            ?action,
            message = error.message,
            "the centre refused"
        );
        let Some(lane) = self.lane(run) else { return };
        let sequence = error.sequence.and_then(Sequence::new);
        match (action, sequence) {
            (pb::ErrorAction::Stop, _) => {
                lane.put_aside();
                self.link.put_aside(run);
                tracing::error!(
                    run.id = run,
                    message = error.message,
                    "run set aside; its footage stays in the spool until a person has looked"
                );
            }
            (pb::ErrorAction::Skip, Some(sequence)) => lane.skip(sequence),
            // Not even its opening is wanted now; the next connection asks again.
            (pb::ErrorAction::Skip, None) if lane.stage == Stage::Opening => lane.put_aside(),
            // A signature or an end, which is not sent again on this connection anyway.
            (pb::ErrorAction::Skip, None) => {}
            (pb::ErrorAction::Repeat | pb::ErrorAction::Unspecified, sequence) => lane.repeat(sequence, now),
        }
    }

    fn lane(&mut self, run: &str) -> Option<&mut Lane> {
        self.lanes.get_mut(&run.parse().ok()?)
    }
}

fn open_run(run: &RunSummary) -> pb::UploadRequest {
    say(Say::OpenRun(pb::OpenRun {
        run_id: run.run.to_string(),
        stream_id: run.stream.to_string(),
        boot_id: run.boot.to_string(),
        init: run.init.to_vec(),
        init_sha256: Sha256::of(&run.init).as_bytes().to_vec(),
    }))
}

const fn say(step: Say) -> pb::UploadRequest {
    pb::UploadRequest { step: Some(step) }
}

#[cfg(test)]
mod tests;
