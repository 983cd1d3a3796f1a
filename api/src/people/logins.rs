//! Logins of others: which are alive, and ending them.
//!
//! Always: of people only whom the caller looks after; what is told of a login holds nothing that lets in.

use liuhen_archive::records::{Act, Login, MAX_BATCH, MAX_ROWS};
use liuhen_proto::ids::{LoginId, PersonId};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Problem, Timestamp, wire};

use super::People;
use crate::auth::Asking;
use crate::error::records as failed;
use crate::session::check;
use crate::session::convert::receipt;

/// Whoever has more logins than these batches hold goes on opening them: suspending helps against that.
const MOST_BATCHES: usize = 10;

impl People {
    pub(super) async fn logins(
        &self,
        asking: &Asking,
        request: pb::ListLoginsRequest,
    ) -> Result<pb::ListLoginsResponse, Problem> {
        let person: PersonId = wire::id("person_id", &request.person_id)?;
        let limit = check::limit(request.limit, MAX_ROWS)?;
        self.in_reach(asking, person).await?;
        let found = self.archive.records.logins_of(person, self.now(), limit).await;
        let found = found.map_err(|error| failed("list logins", error))?;
        let truncated = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(pb::ListLoginsResponse { logins: found.iter().map(shown).collect(), truncated })
    }

    pub(super) async fn revoke_logins_of(
        &self,
        asking: &Asking,
        request: pb::RevokeLoginsRequest,
    ) -> Result<pb::RevokeLoginsResponse, Problem> {
        let person: PersonId = wire::id("person_id", &request.person_id)?;
        let only = match request.login_id.as_str() {
            "" => None,
            id => Some(wire::id::<LoginId>("login_id", id)?),
        };
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        self.in_reach(asking, person).await?;
        let mut answer = pb::RevokeLoginsResponse::default();
        for _ in 0..MOST_BATCHES {
            let act = Act::new(asking.principal(), self.now());
            let revoked = self.archive.records.revoke_logins(&act, person, only, reason.clone()).await;
            let (ended, first) = revoked.map_err(|error| failed("end the logins", error))?;
            answer.receipt = answer.receipt.or_else(|| first.as_ref().map(receipt));
            answer.login_ids.extend(ended.iter().map(ToString::to_string));
            if ended.len() < MAX_BATCH {
                break;
            }
        }
        Ok(answer)
    }
}

fn shown(it: &Login) -> pb::OpenLogin {
    pb::OpenLogin {
        id: it.id.to_string(),
        opened_us: it.opened.as_micros(),
        renewed_us: it.renewed.map(Timestamp::as_micros),
        until_us: it.tokens.refresh_until.as_micros(),
        identity_id: it.identity.map(|identity| identity.to_string()).unwrap_or_default(),
    }
}
