//! Tells a program elsewhere of alarms, as they happen: a signed POST for each event.
//!
//! In: events of the archive. Out: requests in the form of Standard Webhooks (standardwebhooks.com): `webhook-id`,
//! `webhook-timestamp`, and `webhook-signature: v1,` with the base64 of HMAC-SHA256 over `id.timestamp.body`.
//! - One event after the other, in the order of the archive; the next one goes when the one before was taken (2xx).
//! - Up to where it was told stands in the archive: a restart loses none. One that was taken just before a crash is
//!   sent again under the same id.
//! - What is not taken is tried again, ever more rarely, until it is [`TOO_OLD`]; redirects are not followed.
//! - A webhook that is dead harms nothing: it has a task of its own, and holds one page of events.
//! - Plain HTTP: a program that encrypts stands beside the server, as it does before it.

mod event;
mod post;
mod secret;

use std::time::Duration;

use liuhen_archive::Archive;
use liuhen_archive::records::AlarmEvent;
use liuhen_proto::{Problem, Sha256, Span};
use tokio_util::sync::CancellationToken;

use crate::error::{chain, records as failed};
pub use event::alarm_json;
pub use post::{Address, AddressError};
pub use secret::{Secret, SecretError};

/// What happened longer ago is not told any more.
pub const TOO_OLD: Span = Span::from_secs(7 * 24 * 3600);
/// Events that are held.
const PAGE: u32 = 100;
/// Where nothing happens, the archive is asked so often.
const LONGEST: Duration = Duration::from_secs(2);
/// A receiver that says of an event that it cannot read it is asked so often; then it is passed over.
const MAX_REFUSALS: u32 = 10;

/// Whom to tell, and how.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where.
    pub address: Address,
    /// With what requests are signed.
    pub secret: Secret,
    /// First pause after a failure; it doubles from then on.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Webhook {
    /// Tries again after a second, then ever more rarely, at least every five minutes.
    pub const fn new(address: Address, secret: Secret) -> Self {
        Self { address, secret, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(300) }
    }

    /// Under which name the archive knows how far it was told.
    fn name(&self) -> String {
        Sha256::of(self.address.to_string().as_bytes()).to_string()
    }
}

/// Tells of events until it is told to stop.
pub async fn run(webhook: Webhook, archive: Archive, shutdown: CancellationToken) {
    let mut telling = Telling { name: webhook.name(), webhook, archive, failures: 0 };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = telling.forever() => {}
    }
}

struct Telling {
    webhook: Webhook,
    name: String,
    archive: Archive,
    /// In a row.
    failures: u32,
}

impl Telling {
    async fn forever(&mut self) {
        let mut changes = self.archive.live.subscribe();
        loop {
            match self.page().await {
                Ok(0) => {
                    // An error means that nobody writes any more.
                    let _ = tokio::time::timeout(LONGEST, changes.changed()).await;
                    tokio::time::sleep(self.webhook.first_pause.min(LONGEST)).await;
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(self.webhook.longest_pause.min(LONGEST)).await,
            }
        }
    }

    /// Tells a page of events; gives how many there were.
    async fn page(&mut self) -> Result<usize, Problem> {
        let records = self.archive.records.clone();
        let told = records.webhook_position(&self.name).await.map_err(|error| failed("read the webhook", error))?;
        // Noted at once: what is open now is told, though it be over by then.
        records.move_webhook(&self.name, told).await.map_err(|error| failed("note the webhook", error))?;
        let events = records.alarm_events(told, PAGE).await.map_err(|error| failed("read alarms", error))?;
        for event in &events {
            self.tell(event).await?;
            records.move_webhook(&self.name, event.number).await.map_err(|error| failed("note the webhook", error))?;
        }
        Ok(events.len())
    }

    /// Until it is taken, or nobody need know any more.
    async fn tell(&mut self, event: &AlarmEvent) -> Result<(), Problem> {
        let (id, body) = event::message(&self.archive, event).await?;
        let mut refusals = 0;
        loop {
            let now = self.archive.clock.now();
            if now.since(event.alarm.changed) > TOO_OLD {
                tracing::warn!(webhook = %self.webhook.address, id, "an alarm is too old to be told");
                return Ok(());
            }
            let headers = self.webhook.secret.headers(&id, now, &body);
            let error = match post::post(&self.webhook.address, headers, body.clone()).await {
                Ok(()) => {
                    self.failures = 0;
                    return Ok(());
                }
                Err(error) => error,
            };
            refusals += u32::from(error.is_refusal());
            if refusals >= MAX_REFUSALS {
                tracing::error!(webhook = %self.webhook.address, id, error = chain(&error), "an alarm is passed over");
                return Ok(());
            }
            if self.failures == 0 {
                tracing::warn!(webhook = %self.webhook.address, id, error = chain(&error), "alarms are not taken; tried again");
            }
            self.failures = self.failures.saturating_add(1);
            tokio::time::sleep(self.pause()).await;
        }
    }

    /// Doubles with each failure; between a half and the whole of it, by chance.
    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        let whole = self.webhook.first_pause.saturating_mul(1 << doublings).min(self.webhook.longest_pause);
        let mut chance = [0; 1];
        self.archive.random.fill(&mut chance);
        whole / 2 + whole / 2 * u32::from(chance[0]) / 255
    }
}
