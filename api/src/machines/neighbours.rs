//! `liuhen.machine.v1.NeighbourService`: which systems are let in, and what each may.
//!
//! In: what those who look after neighbours want. Out: neighbours, and one-time tokens. Always: nobody invites, changes or
//! sees one whose scope does not lie within their own; what is a person's to tell is permitted to none. Not here: how a
//! neighbour enrols ([`super::Machines`]), and what it then does ([`crate::auth::neighbour`]).

use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Neighbour, NeighbourKey, NewNeighbour, Permits};
use liuhen_process::fact::FactKind;
use liuhen_proto::ids::NeighbourId;
use liuhen_proto::scope::{Scope, ScopeError};
use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::neighbour_service_server::NeighbourService;
use liuhen_proto::{Problem, Timestamp, wire};
use tonic::{Request, Response};

use super::Answer;
use crate::auth::neighbour::can_tell;
use crate::auth::{Asking, Token};
use crate::error::records as failed;
use crate::session::check;
use crate::session::convert::receipt;

/// The most kinds of facts that one call names.
const MAX_PUSHES: usize = 200;
/// As long as the source of a fact may be, in bytes.
const MAX_SYSTEM_BYTES: usize = 60;

/// The service.
#[derive(Clone)]
pub(crate) struct Neighbours {
    archive: Archive,
}

impl Neighbours {
    pub(crate) const fn new(archive: Archive) -> Self {
        Self { archive }
    }

    fn act(&self, asking: &Asking) -> Act {
        Act::new(asking.principal(), self.archive.clock.now())
    }

    fn token(&self) -> Token {
        Token::generate("lhn", &*self.archive.random)
    }

    /// A neighbour whose scope lies within the caller's.
    async fn in_reach(&self, asking: &Asking, id: &str) -> Result<Neighbour, Problem> {
        let id: NeighbourId = wire::id("neighbour_id", id)?;
        let found = self.archive.records.neighbour(id).await.map_err(|error| failed("read the neighbour", error))?;
        if let Some(found) = found
            && asking.holds(found.what.scope).await?
        {
            return Ok(found);
        }
        asking.item_by_item();
        Err(Problem::not_found(id))
    }

    async fn shown(&self, it: Neighbour) -> Result<pb::Neighbour, Problem> {
        let keys = self.archive.records.neighbour_keys(it.id).await.map_err(|error| failed("list the keys", error))?;
        let pushes = it.what.permits.pushes.iter().map(ToString::to_string).collect();
        Ok(pb::Neighbour {
            neighbour_id: it.id.to_string(),
            system: it.what.system,
            name: it.what.name,
            scope: it.what.scope.to_string(),
            permits: Some(pb::Permits { pushes, reads: it.what.permits.reads }),
            keys: keys.into_iter().map(key).collect(),
        })
    }

    async fn invite(&self, asking: &Asking, it: pb::InviteNeighbourRequest) -> Result<pb::InviteNeighbourResponse, Problem> {
        let scope: Scope = it.scope.parse().map_err(|error: ScopeError| Problem::field("scope", error.to_string()))?;
        if !asking.holds(scope).await? {
            return Err(Problem::field("scope", format!("{scope} does not exist, or is not yours to give")));
        }
        let (system, name) = (check::text("system", &it.system, MAX_SYSTEM_BYTES)?, check::name(&it.name)?);
        let new = NewNeighbour { system, name, scope, permits: permits(it.permits)? };
        let token = self.token();
        let written = self.archive.records.invite_neighbour(&self.act(asking), new, token.sha256()).await;
        let written = written.map_err(|error| failed("invite the neighbour", error))?;
        let (neighbour, receipt) = (Some(self.shown(written.value).await?), Some(receipt(&written.receipt)));
        Ok(pb::InviteNeighbourResponse { neighbour, token: token.reveal().to_owned(), receipt })
    }

    async fn list(&self, asking: &Asking) -> Result<pb::ListNeighboursResponse, Problem> {
        asking.item_by_item();
        let all = self.archive.records.neighbours().await.map_err(|error| failed("list neighbours", error))?;
        let mut neighbours = Vec::new();
        for it in all {
            if asking.holds(it.what.scope).await? {
                neighbours.push(self.shown(it).await?);
            }
        }
        Ok(pb::ListNeighboursResponse { neighbours })
    }

    async fn permit(&self, asking: &Asking, it: pb::PermitNeighbourRequest) -> Result<pb::PermitNeighbourResponse, Problem> {
        let known = self.in_reach(asking, &it.neighbour_id).await?;
        let reason = check::text("reason", &it.reason, check::MAX_REASON_BYTES)?;
        let permits = permits(Some(it.permits.ok_or_else(|| Problem::field("permits", "is required"))?))?;
        let written = self.archive.records.permit_neighbour(&self.act(asking), known.id, permits, reason).await;
        let written = written.map_err(|error| failed("say what the neighbour may", error))?;
        let (neighbour, receipt) = (Some(self.shown(written.value).await?), Some(receipt(&written.receipt)));
        Ok(pb::PermitNeighbourResponse { neighbour, receipt })
    }

    async fn replace(&self, asking: &Asking, it: pb::ReplaceNeighbourRequest) -> Result<pb::ReplaceNeighbourResponse, Problem> {
        let known = self.in_reach(asking, &it.neighbour_id).await?;
        let reason = check::text("reason", &it.reason, check::MAX_REASON_BYTES)?;
        let token = (!it.for_good).then(|| self.token());
        let digest = token.as_ref().map(Token::sha256);
        let written = self.archive.records.replace_neighbour(&self.act(asking), known.id, digest, reason).await;
        let written = written.map_err(|error| failed("replace the neighbour's key", error))?;
        let token = token.map(|token| token.reveal().to_owned()).unwrap_or_default();
        Ok(pb::ReplaceNeighbourResponse { token, receipt: Some(receipt(&written.receipt)) })
    }
}

/// What can be permitted at all.
fn permits(it: Option<pb::Permits>) -> Result<Permits, Problem> {
    let it = it.unwrap_or_default();
    if it.pushes.len() > MAX_PUSHES {
        return Err(Problem::field("permits.pushes", format!("must be at most {MAX_PUSHES}")));
    }
    let kind = |(place, kind): (usize, &String)| {
        let field = format!("permits.pushes[{place}]");
        let kind: FactKind = match kind.parse() {
            Ok(kind) => kind,
            Err(_) => return Err(Problem::field(field, format!("{kind:.60?} is no kind of fact: docs/ref/facts.md"))),
        };
        if can_tell(kind) {
            return Ok(kind);
        }
        let english = format!("{kind} is a person's to tell, and no system's");
        Err(Problem::field_in_both(field, english, format!("{kind} 须由人员办理，系统不得代报")))
    };
    Ok(Permits { pushes: it.pushes.iter().enumerate().map(kind).collect::<Result<_, _>>()?, reads: it.reads })
}

fn key(it: NeighbourKey) -> pb::NeighbourKey {
    pb::NeighbourKey {
        key: it.key.to_string(),
        version: it.version,
        serial: it.serial,
        until_us: it.until.as_micros(),
        revoked_us: it.revoked.map(Timestamp::as_micros),
    }
}

#[tonic::async_trait]
impl NeighbourService for Neighbours {
    async fn invite_neighbour(&self, request: Request<pb::InviteNeighbourRequest>) -> Answer<pb::InviteNeighbourResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.invite(&asking, request.into_inner()).await?))
    }

    async fn list_neighbours(&self, request: Request<pb::ListNeighboursRequest>) -> Answer<pb::ListNeighboursResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.list(&asking).await?))
    }

    async fn permit_neighbour(&self, request: Request<pb::PermitNeighbourRequest>) -> Answer<pb::PermitNeighbourResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.permit(&asking, request.into_inner()).await?))
    }

    async fn replace_neighbour(&self, request: Request<pb::ReplaceNeighbourRequest>) -> Answer<pb::ReplaceNeighbourResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.replace(&asking, request.into_inner()).await?))
    }
}
