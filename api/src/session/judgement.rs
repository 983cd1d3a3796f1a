//! How picture and sound are judged at a viewpoint, and whose keys sign what is declared about files.
//!
//! Always: who changes judgement has seen how it was; recorders are told at once ([`Live::judgement_changed`]).
//!
//! [`Live::judgement_changed`]: liuhen_archive::Live::judgement_changed

use liuhen_archive::records::{NewKey, Thing};
use liuhen_proto::ids::{StillId, ViewpointId};
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::signing::PublicKey;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Problem, wire};
use tonic::Request;

use super::{Asking, Sessions, check, convert, failed};

/// The most thresholds that one call may give: some more than there are kinds.
const MAX_THRESHOLDS: usize = 100;

impl Sessions {
    pub(super) async fn judge_by(
        &self,
        request: Request<pb::SetThresholdsRequest>,
    ) -> Result<pb::SetThresholdsResponse, Problem> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, "")?;
        let request = request.into_inner();
        let viewpoint: ViewpointId = wire::id("viewpoint_id", &request.viewpoint_id)?;
        asking.about(Thing::Viewpoint(viewpoint), viewpoint).await?;
        if request.thresholds.len() > MAX_THRESHOLDS {
            return Err(Problem::field("thresholds", format!("has more than {MAX_THRESHOLDS} of them")));
        }
        let thresholds = Thresholds::from_wire(&request.thresholds)?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let written = self.archive.records.set_thresholds(&act, viewpoint, request.revision, thresholds, reason).await;
        let written = written.map_err(|error| failed("set the thresholds", error))?;
        self.archive.live.judgement_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(pb::SetThresholdsResponse { viewpoint: Some(convert::viewpoint(written.value)), receipt })
    }

    pub(super) async fn accept_reference(
        &self,
        request: Request<pb::AcceptReferenceStillRequest>,
    ) -> Result<pb::AcceptReferenceStillResponse, Problem> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, "")?;
        let request = request.into_inner();
        let viewpoint: ViewpointId = wire::id("viewpoint_id", &request.viewpoint_id)?;
        asking.about(Thing::Viewpoint(viewpoint), viewpoint).await?;
        let still: StillId = wire::id("still_id", &request.still_id)?;
        let written = self.archive.records.accept_reference(&act, viewpoint, request.revision, still).await;
        let written = written.map_err(|error| failed("accept the reference still", error))?;
        self.archive.live.judgement_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(pb::AcceptReferenceStillResponse { viewpoint: Some(convert::viewpoint(written.value)), receipt })
    }

    pub(super) async fn keep_key(&self, request: Request<pb::RegisterKeyRequest>) -> Result<pb::RegisterKeyResponse, Problem> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        asking.everywhere()?;
        let public_key = PublicKey::try_from(request.public_key.as_slice());
        let new = NewKey {
            name: check::name(&request.name)?,
            public_key: public_key.map_err(|error| Problem::field("public_key", error.to_string()))?,
        };
        let written = self.archive.records.register_key(&act, new).await;
        let written = written.map_err(|error| failed("register the key", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(pb::RegisterKeyResponse { key: Some(convert::key(written.value)), receipt })
    }
}
