//! `liuhen.machine.v1.MachineService`: how a recorder or a neighbour comes by its certificate, and how it is let in no longer.
//!
//! In: one-time tokens, the keys of TLS connections, and what those who look after sites want. Out: certificates of the
//! authority. Always: the key is who it is, and the records say until when and whether it lets anybody in, so
//! revoking works at once; certificates carry the key, and hold no right of their own. A clock that is wrong keeps no
//! recorder out: validity is judged here, by the centre's clock.
//! - [`authority`]: the key that signs; [`tls`]: connections; `hands`: how many may begin at once;
//! - `neighbours`: `NeighbourService`, which systems are let in, and what each may.

pub mod authority;
mod hands;
mod made;
mod neighbours;
pub mod tls;

use std::sync::Arc;

use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Machine, NewCertificate, RefusalKind, Thing};
use liuhen_proto::ids::RecorderId;
use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::machine_service_server::MachineService;
use liuhen_proto::{Principal, Problem, Sha256, Span, Timestamp, wire};
use tonic::{Request, Response, Status};

use crate::auth::{Asking, Token, unknown_key};
use crate::error::{fault, records as failed};
use crate::peer::{Peer, Via};
use crate::refusals::{Refusals, Tried};
use crate::session::check;
use crate::session::convert::receipt;
use authority::{Authority, PublicKey};
use made::Made;
pub(crate) use neighbours::Neighbours;

/// How long a certificate holds: a recorder that is on renews it when a third is left.
pub const LIFETIME: Span = Span::from_secs(90 * 86_400);
/// For so long after that a recorder that was off still renews it by itself.
pub const RENEWED_UNTIL: Span = Span::from_secs(365 * 86_400);

/// A certificate that was made less than so long ago is as good as a new one.
const NEW: Span = Span::from_secs(10);

type Answer<T> = Result<Response<T>, Status>;

/// The service.
#[derive(Clone)]
pub(crate) struct Machines {
    archive: Archive,
    refusals: Arc<Refusals>,
    /// Nothing where no machine is served over TLS.
    authority: Option<Arc<Authority>>,
}

impl Machines {
    pub(crate) fn new(archive: Archive, refusals: Arc<Refusals>, authority: Option<Arc<Authority>>) -> Self {
        Self { archive, refusals, authority }
    }

    /// The key of the connection, and who signs certificates for it.
    fn key<T>(&self, request: &Request<T>) -> Result<(PublicKey, Arc<Authority>), Problem> {
        let key = match request.extensions().get() {
            Some(Via::Machines(key)) => *key,
            _ => None,
        };
        key.zip(self.authority.clone()).ok_or_else(unknown_key)
    }

    fn certificate_of(&self, key: PublicKey) -> (NewCertificate, Timestamp) {
        let now = self.archive.clock.now();
        let mut serial = [0; 20];
        self.archive.random.fill(&mut serial);
        // A positive number of 20 octets (RFC 5280 section 4.1.2.2).
        serial[0] = serial[0] & 0x7f | 0x40;
        let serial = serial.iter().map(|byte| format!("{byte:02x}")).collect();
        (NewCertificate { key: key.sha256(), serial, until: now.after(LIFETIME) }, now)
    }

    fn sign(authority: &Authority, key: PublicKey, made: &Made, now: Timestamp) -> Result<pb::Certificate, Problem> {
        let der = authority.certify(key, made, now).map_err(|error| fault("sign a certificate", &error))?;
        Ok(made.told(der, now))
    }

    async fn refused(&self, from: Option<Peer>, why: &str) -> Problem {
        tracing::info!(why, "a machine was not let in");
        let tried = Tried { kind: RefusalKind::Machine, at: None, whose: None, from };
        self.refusals.note(&self.archive, tried).await;
        unknown_key()
    }

    async fn let_in<T>(&self, request: &Request<T>, token: &str) -> Result<pb::Certificate, Problem> {
        let (key, authority) = self.key(request)?;
        let from = request.extensions().get().copied();
        let Some(token) = Token::parse(token) else { return Err(self.refused(from, "no token").await) };
        let (new, now) = self.certificate_of(key);
        let act = Act::new(self.refusals.principal(), now);
        match self.enrol_by(&act, token.sha256(), new).await? {
            Some(made) => {
                tracing::info!(machine = made.whose(), key = %key.sha256(), "a machine has enrolled");
                Self::sign(&authority, key, &made, now)
            }
            None => Err(self.refused(from, "its token is unknown, was replaced, or was used by another key").await),
        }
    }

    /// A token is a recorder's or a neighbour's.
    async fn enrol_by(&self, act: &Act, token: Sha256, new: NewCertificate) -> Result<Option<Made>, Problem> {
        let records = &self.archive.records;
        let recorder = records.enrol(act, token, new.clone()).await.map_err(|error| failed("enrol the recorder", error))?;
        if let Some(machine) = recorder {
            return Ok(Some(Made::Recorder(machine)));
        }
        let neighbour = records.enrol_neighbour(act, token, new).await;
        Ok(neighbour.map_err(|error| failed("enrol the neighbour", error))?.map(Made::Neighbour))
    }

    /// What is known of a key that lets somebody in.
    async fn known(&self, key: Sha256) -> Result<Option<Made>, Problem> {
        let (records, unread) = (&self.archive.records, |error| failed("look the key up", error));
        if let Some(machine) = records.machine(key).await.map_err(unread)? {
            return Ok(Some(machine).filter(|machine| machine.revoked.is_none()).map(Made::Recorder));
        }
        let neighbour = records.neighbour_by_key(key).await.map_err(unread)?;
        Ok(neighbour.map(|(_, key)| key).filter(|key| key.revoked.is_none()).map(Made::Neighbour))
    }

    async fn renew_by<T>(&self, request: &Request<T>, caller: Principal) -> Result<pb::Certificate, Problem> {
        let (key, authority) = self.key(request)?;
        let (new, now) = self.certificate_of(key);
        let known = self.known(new.key).await?.ok_or_else(unknown_key)?;
        // Whoever asks again and again gets the same, and costs the log nothing.
        if new.until.since(known.until()) < NEW {
            return Self::sign(&authority, key, &known, now);
        }
        let (act, records) = (Act::new(caller, now), &self.archive.records);
        let renewed = match known {
            Made::Recorder(_) => records.renew_certificate(&act, new).await.map(|it| it.map(Made::Recorder)),
            Made::Neighbour(_) => records.renew_neighbour(&act, new).await.map(|it| it.map(Made::Neighbour)),
        };
        let renewed = renewed.map_err(|error| failed("renew the certificate", error))?.ok_or_else(unknown_key)?;
        Self::sign(&authority, key, &renewed, now)
    }
}

#[tonic::async_trait]
impl MachineService for Machines {
    async fn enrol(&self, request: Request<pb::EnrolRequest>) -> Answer<pb::EnrolResponse> {
        let certificate = Some(self.let_in(&request, &request.get_ref().token).await?);
        Ok(Response::new(pb::EnrolResponse { certificate }))
    }

    async fn renew(&self, request: Request<pb::RenewRequest>) -> Answer<pb::RenewResponse> {
        let caller = Asking::of(&request)?.principal();
        let certificate = Some(self.renew_by(&request, caller).await?);
        Ok(Response::new(pb::RenewResponse { certificate }))
    }

    async fn list_machines(&self, request: Request<pb::ListMachinesRequest>) -> Answer<pb::ListMachinesResponse> {
        let recorder: RecorderId = wire::id("recorder_id", &request.get_ref().recorder_id)?;
        Asking::of(&request)?.about(Thing::Recorder(recorder), recorder).await?;
        let machines = self.archive.records.machines_of(recorder).await.map_err(|error| failed("list the keys", error))?;
        Ok(Response::new(pb::ListMachinesResponse { machines: machines.into_iter().map(shown).collect() }))
    }

    async fn replace_machine(&self, request: Request<pb::ReplaceMachineRequest>) -> Answer<pb::ReplaceMachineResponse> {
        let recorder: RecorderId = wire::id("recorder_id", &request.get_ref().recorder_id)?;
        let asking = Asking::of(&request)?;
        asking.about(Thing::Recorder(recorder), recorder).await?;
        let request = request.into_inner();
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let token = (!request.for_good).then(|| Token::generate("lhr", &*self.archive.random));
        let act = Act::new(asking.principal(), self.archive.clock.now());
        let digest = token.as_ref().map(Token::sha256);
        let written = self.archive.records.replace_machine(&act, recorder, digest, reason).await;
        let written = written.map_err(|error| failed("replace the recorder's key", error))?;
        let token = token.map(|token| token.reveal().to_owned()).unwrap_or_default();
        Ok(Response::new(pb::ReplaceMachineResponse { token, receipt: Some(receipt(&written.receipt)) }))
    }
}

fn shown(machine: Machine) -> pb::Machine {
    pb::Machine {
        key: machine.key.to_string(),
        recorder_id: machine.recorder.to_string(),
        version: machine.version,
        serial: machine.serial,
        until_us: machine.until.as_micros(),
        revoked_us: machine.revoked.map(Timestamp::as_micros),
    }
}
