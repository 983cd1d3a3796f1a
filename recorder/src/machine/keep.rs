//! Keeps a certificate: enrols where there is none, renews when a third of its time is left.
//!
//! In: the one-time token, an identity, the centre. Out: certificates, in the identity. Always: it tries for ever, and
//! says once what is wrong; where the centre refuses us, it renews whatever our clock says; nothing waits for it but what the centre refuses without a certificate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::machine_service_client::MachineServiceClient;
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Span, Timestamp};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::tls::Connector;
use super::{Certificate, Identity, IdentityError};
use crate::config::Secret;

/// Between two tries that failed, and between two looks whether it is time.
const AGAIN: Duration = Duration::from_secs(5);
/// Where the centre has said no, it will hardly say yes in seconds.
const REFUSED: Duration = Duration::from_secs(60);
/// A certificate is new for so long.
const NEW: Span = Span::from_secs(3600);

/// What it takes.
pub(crate) struct Keeper {
    pub(crate) connector: Connector,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) token: Secret,
    /// Set where the centre has refused a call: then our clock may be wrong about what is due.
    pub(crate) refused: Arc<AtomicBool>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The time, as well as it is known here.
    pub(crate) now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// When a certificate was made last by this process.
    pub(crate) made: Option<BootTime>,
}

impl Keeper {
    /// Until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut last_error = String::new();
        for endpoint in self.endpoints.clone().iter().cycle() {
            let pause = match self.step(endpoint).await {
                Ok(()) => AGAIN,
                Err(status) => {
                    let error = format!("{:?}: {:.300}", status.code(), status.message());
                    // The same trouble is told once.
                    if error != last_error {
                        tracing::warn!(error, "no certificate could be had from the centre; trying again");
                        last_error = error;
                    }
                    if status.code() == Code::Unavailable { AGAIN } else { REFUSED }
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Does what is due.
    async fn step(&mut self, endpoint: &Endpoint) -> Result<(), Status> {
        let is_due = match self.connector.identity().certificate() {
            None => true,
            // The centre refuses calls for other reasons as well: what is new is not renewed for that.
            Some(_) if self.refused.swap(false, Ordering::Relaxed) => {
                self.made.is_none_or(|made| self.clock.boot_now().since(made) > NEW)
            }
            Some(certificate) => is_due(&certificate, (self.now)()),
        };
        if is_due {
            self.have_one_made(endpoint).await?;
            self.made = Some(self.clock.boot_now());
        }
        Ok(())
    }

    async fn have_one_made(&self, endpoint: &Endpoint) -> Result<(), Status> {
        let identity = self.connector.identity();
        if identity.certificate().is_none() {
            return self.enrol(endpoint, &self.connector).await;
        }
        let mut client = client(endpoint, &self.connector).await?;
        match client.renew(pb::RenewRequest {}).await {
            Ok(answer) => keep(identity, answer.into_inner().certificate),
            // Our key was revoked, or is too old. Where somebody has given us a new token, another key is let in by it.
            Err(status) if status.code() == Code::Unauthenticated => {
                let other = identity.another().map_err(internal)?;
                self.enrol(endpoint, &self.connector.with(Arc::clone(&other))).await?;
                identity.become_other(&other).map_err(internal)
            }
            Err(status) => Err(status),
        }
    }

    async fn enrol(&self, endpoint: &Endpoint, connector: &Connector) -> Result<(), Status> {
        let token = self.token.reveal().to_owned();
        let answer = client(endpoint, connector).await?.enrol(pb::EnrolRequest { token }).await?;
        keep(connector.identity(), answer.into_inner().certificate)
    }
}

fn keep(identity: &Identity, made: Option<pb::Certificate>) -> Result<(), Status> {
    let made = made.ok_or_else(|| Status::internal("the centre's answer lacks the certificate"))?;
    let (from, until) = (Timestamp::from_micros(made.from_us), Timestamp::from_micros(made.until_us));
    identity.keep(Certificate { der: made.der, from, until }).map_err(internal)?;
    tracing::info!(recorder = made.recorder_id, until_us = made.until_us, "the centre has made a certificate");
    Ok(())
}

fn internal(error: IdentityError) -> Status {
    Status::internal(error.to_string())
}

async fn client(endpoint: &Endpoint, connector: &Connector) -> Result<MachineServiceClient<Channel>, Status> {
    let channel = endpoint.connect_with_connector(connector.clone()).await;
    channel.map(MachineServiceClient::new).map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        Status::unavailable(source.unwrap_or_else(|| error.to_string()))
    })
}

/// Whether less than a third of its time is left.
fn is_due(certificate: &Certificate, now: Timestamp) -> bool {
    let lifetime = certificate.until.since(certificate.from);
    let left = certificate.until.since(now);
    left < Span::from_micros(lifetime.as_micros() / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_renewed_when_a_third_is_left_and_long_after_it_was_over() {
        let at = |day: i64| Timestamp::from_micros(day * 86_400_000_000);
        let certificate = Certificate { der: Vec::new(), from: at(0), until: at(90) };
        let due: Vec<bool> = [0, 59, 60, 61, 89, 90, 400].map(|day| is_due(&certificate, at(day))).into();
        assert_eq!(due, [false, false, false, true, true, true, true]);
    }
}
