//! Passes for the day of an exam: issued, listed, revoked.

use liuhen_archive::records::{Act, MAX_PASSES, NewPass, Role, Thing};
use liuhen_proto::ids::{PassId, SessionId};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Code, Problem, Sha256, Span, wire};

use super::{People, convert};
use crate::auth::{Asking, Token};
use crate::error::records as failed;
use crate::session::check;
use crate::session::convert::receipt;

/// So long after the last expected window a pass ends, though nobody has sealed the papers: as long as a recorder that
/// was cut off goes on.
const AFTER: Span = Span::from_secs(4 * 3600);

impl People {
    pub(super) async fn issue(
        &self,
        asking: &Asking,
        request: pb::IssuePassesRequest,
    ) -> Result<pb::IssuePassesResponse, Problem> {
        let id: SessionId = wire::id("session_id", &request.session_id)?;
        asking.about(Thing::Session(id), id).await?;
        if request.passes.is_empty() || request.passes.len() > MAX_PASSES {
            return Err(Problem::field("passes", format!("must be 1 to {MAX_PASSES}")));
        }
        let session = self.archive.records.session(id).await.map_err(|error| failed("read the session", error))?;
        let session = session.ok_or_else(|| Problem::not_found(id))?;
        let end = session.windows.iter().map(|window| window.interval.end()).max().unwrap_or(session.exam.end());
        let until = end.after(AFTER);
        if until <= self.now() {
            let message = format!("{id} was over long ago: there is nothing to be let into");
            return Err(Problem::new(Code::FailedPrecondition, message, format!("场次 {id} 早已结束，无法签发通行证")));
        }
        let (mut new, mut told) = (Vec::new(), Vec::new());
        for (place, pass) in request.passes.iter().enumerate() {
            let (pass, badge, pin) = self.new_pass(&format!("passes[{place}]"), pass).await?;
            new.push(pass);
            told.push((badge, pin));
        }
        let act = Act::new(asking.principal(), self.now());
        let passes = self.archive.records.issue_passes(&act, id, until, new).await;
        let passes = passes.map_err(|error| failed("issue the passes", error))?;
        let issued = passes.iter().zip(told).map(|(pass, (badge, pin))| pb::IssuedPass {
            pass: Some(convert::pass(pass)),
            badge: badge.reveal().to_owned(),
            pin,
        });
        Ok(pb::IssuePassesResponse { passes: issued.collect() })
    }

    async fn new_pass(&self, field: &str, pass: &pb::NewPass) -> Result<(NewPass, Token, String), Problem> {
        let role = match pb::Role::try_from(pass.role) {
            Ok(pb::Role::Unspecified | pb::Role::Invigilator) => Role::Invigilator,
            Ok(pb::Role::Examiner) => Role::Examiner,
            _ => {
                return Err(Problem::field(format!("{field}.role"), "must be invigilator or examiner: all others have accounts"));
            }
        };
        let (badge, pin) = (Token::generate("lhb", &*self.archive.random), self.secrets.pin());
        let new = NewPass {
            name: check::text(&format!("{field}.name"), &pass.name, check::MAX_NAME_BYTES)?,
            role,
            room: wire::id(&format!("{field}.room_id"), &pass.room_id)?,
            badge: Sha256::of(badge.reveal().as_bytes()),
            pin: self.secrets.digest(pin.clone()).await?,
        };
        Ok((new, badge, pin))
    }

    pub(super) async fn revoke(
        &self,
        asking: &Asking,
        request: pb::RevokePassRequest,
    ) -> Result<pb::RevokePassResponse, Problem> {
        let id: PassId = wire::id("pass_id", &request.pass_id)?;
        let pass = self.archive.records.pass(id).await.map_err(|error| failed("read the pass", error))?;
        let pass = pass.ok_or_else(|| Problem::not_found(id))?;
        asking.about(Thing::Session(pass.session), id).await?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let act = Act::new(asking.principal(), self.now());
        let written = self.archive.records.revoke_pass(&act, id, reason).await;
        let written = written.map_err(|error| failed("revoke the pass", error))?;
        Ok(pb::RevokePassResponse { pass: Some(convert::pass(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn passes(&self, asking: &Asking, session: &str) -> Result<pb::ListPassesResponse, Problem> {
        let id: SessionId = wire::id("session_id", session)?;
        asking.about(Thing::Session(id), id).await?;
        let passes = self.archive.records.passes_of(id).await.map_err(|error| failed("list passes", error))?;
        Ok(pb::ListPassesResponse { passes: passes.iter().map(convert::pass).collect() })
    }
}
