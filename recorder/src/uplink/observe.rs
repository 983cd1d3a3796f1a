//! The `Observe` call: flags first, then sound levels, then stills.
//!
//! - Few are under way at once, so that an old backlog of stills does not crowd out the footage.
//! - What was refused for now comes again after a pause; what was refused for good is forgotten, and told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::observe_response::Outcome;
use liuhen_proto::{BootTime, Span};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::lane::STALLED;
use super::{Client, Link, UplinkError};
use crate::observations::Name;

/// So many wait for an answer at once.
const UNDER_WAY: usize = 4;
const TICK: Duration = Duration::from_millis(250);
/// Until what was refused for now is sent again.
const PAUSE: Span = Span::from_secs(5);

/// Runs until the call ends; `Ok` when all flags are handed over after the recording ended.
pub(super) async fn call(link: Link, mut client: Client) -> Result<(), UplinkError> {
    let (requests, outgoing) = mpsc::channel(UNDER_WAY);
    let mut answers = client.observe(ReceiverStream::new(outgoing)).await?.into_inner();
    let mut changes = link.observations.changes();
    let mut tick = tokio::time::interval(TICK);
    let mut observe = Observe { heard: link.clock.boot_now(), link, sent: 0, under_way: VecDeque::new(), later: BTreeMap::new() };
    let mut idle = false;
    loop {
        tokio::select! {
            answer = answers.message() => {
                observe.answer(answer?.ok_or(UplinkError::Closed)?).await?;
                idle = false;
            }
            permit = requests.reserve(), if !idle && observe.under_way.len() < UNDER_WAY => {
                let permit = permit.map_err(|_| UplinkError::Closed)?;
                match observe.next().await {
                    Some(request) => permit.send(request),
                    None => idle = true,
                }
            }
            _ = changes.changed() => idle = false,
            _ = tick.tick() => {
                idle = false;
                observe.look_again()?;
                if observe.link.recorded.is_cancelled() && !observe.link.observations.has_flags() {
                    return Ok(());
                }
            }
        }
    }
}

/// One connection's view.
struct Observe {
    link: Link,
    /// Requests of this call.
    sent: u64,
    /// In the order in which they were sent.
    under_way: VecDeque<Name>,
    /// Refused for now, and until when.
    later: BTreeMap<Name, BootTime>,
    heard: BootTime,
}

impl Observe {
    async fn next(&mut self) -> Option<pb::ObserveRequest> {
        let busy: BTreeSet<Name> = self.under_way.iter().chain(self.later.keys()).copied().collect();
        let observations = self.link.observations.clone();
        let (name, request) = tokio::task::spawn_blocking(move || observations.next(&busy)).await.ok()??;
        if self.under_way.is_empty() {
            self.heard = self.link.clock.boot_now();
        }
        self.under_way.push_back(name);
        self.sent += 1;
        Some(request)
    }

    /// Takes an answer in. One that is not the next one's ends the call: nothing tells what the others are.
    async fn answer(&mut self, answer: pb::ObserveResponse) -> Result<(), UplinkError> {
        self.heard = self.link.clock.boot_now();
        let expected = self.sent - self.under_way.len() as u64;
        if answer.place != expected || self.under_way.is_empty() {
            tracing::error!(expected, found = answer.place, "the centre answers out of order");
            return Err(UplinkError::Closed);
        }
        let Some(name) = self.under_way.pop_front() else { return Ok(()) };
        match answer.outcome {
            Some(Outcome::Refused(refused)) if refused.repeat => {
                tracing::warn!(code = refused.code, message = refused.message, "the centre refused an observation for now");
                let until = self.heard.as_micros().saturating_add(PAUSE.as_micros().unsigned_abs());
                self.later.insert(name, BootTime::from_micros(until));
                return Ok(());
            }
            Some(Outcome::Refused(refused)) => {
                tracing::error!(
                    ?name,
                    code = refused.code,
                    message = refused.message,
                    "the centre refused an observation: it is lost"
                );
            }
            Some(Outcome::Kept(_)) => {}
            None => return Err(UplinkError::Closed),
        }
        let observations = self.link.observations.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || observations.done(name)).await {
            tracing::error!(%error, "clearing an observation failed");
        }
        Ok(())
    }

    fn look_again(&mut self) -> Result<(), UplinkError> {
        let now = self.link.clock.boot_now();
        self.later.retain(|_, until| *until > now);
        let stalled = !self.under_way.is_empty() && Duration::from(now.since(self.heard)) > STALLED;
        if stalled { Err(UplinkError::Stalled) } else { Ok(()) }
    }
}
