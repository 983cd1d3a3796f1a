//! `liuhen.session.v1.ProcessService`: what happened, told as facts, judged by the rules of the guidelines.
//!
//! In: facts of people and of neighbouring systems. Out: what the rules found, and cases as they stand. Always: who may
//! tell which kind of fact is decided for each ([`crate::auth::action::of_fact`]); names and numbers are masked, unless
//! they are asked for with a purpose and the access is in the log. Not here: the rules (`liuhen_process`).

mod answer;
mod candidates;
mod deadlines;
mod describe;
mod events;
mod lots;
mod record;
mod results;
pub(crate) mod sheets;
mod staff;
mod state;
mod wire;

pub(crate) use answer::summary;

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Known, Thing};
use liuhen_process::calendar::YearTable;
use liuhen_process::case::CaseId;
use liuhen_proto::ids::OrganizationId;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::process_service_server::ProcessService;
use liuhen_proto::{Problem, wire as words};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::auth::Asking;
use crate::error::records as failed;
use crate::refusals::Refusals;
use crate::session::{check, convert};
use crate::vault::Vault;

/// The service.
#[derive(Clone)]
pub(crate) struct Process {
    archive: Archive,
    vault: Arc<Vault>,
    refusals: Arc<Refusals>,
    /// Sheets that may be read at once.
    sheets: Arc<Semaphore>,
    stop: CancellationToken,
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The thing that a case is about, as scopes know it.
fn thing(case: CaseId) -> Thing {
    match case {
        CaseId::Organization(id) => Thing::Organization(id),
        CaseId::Site(id) => Thing::Site(id),
        CaseId::Batch(id) => Thing::Batch(id),
        CaseId::Session(id) => Thing::Session(id),
    }
}

impl Process {
    pub(crate) fn new(archive: Archive, vault: Arc<Vault>, refusals: Arc<Refusals>, stop: CancellationToken) -> Self {
        Self { archive, vault, refusals, sheets: Arc::new(Semaphore::new(sheets::MAX_AT_ONCE)), stop }
    }

    fn act(&self, asking: &Asking, key: &str) -> Result<Act, Problem> {
        Ok(Act { by: asking.principal(), at: self.archive.clock.now(), key: check::key(key)? })
    }

    /// A case that is in the caller's reach.
    async fn known(&self, asking: &Asking, case: CaseId) -> Result<Known, Problem> {
        asking.about(thing(case), case).await?;
        let known = self.archive.records.known(case).await.map_err(|error| failed("read the case", error))?;
        known.ok_or_else(|| Problem::not_found(case))
    }
}

#[tonic::async_trait]
impl ProcessService for Process {
    type PushFactsStream = Answers<pb::PushFactsResponse>;
    type WatchEventsStream = Answers<pb::WatchEventsResponse>;

    async fn create_batch(&self, request: Request<pb::CreateBatchRequest>) -> Answer<pb::CreateBatchResponse> {
        let asking = Asking::of(&request)?;
        let request = request.into_inner();
        let act = self.act(&asking, &request.idempotency_key)?;
        let organization: OrganizationId = words::id("organization_id", &request.organization_id)?;
        asking.about(Thing::Organization(organization), organization).await?;
        let written = self.archive.records.create_batch(&act, organization).await;
        let written = written.map_err(|error| failed("make the batch", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateBatchResponse { batch_id: written.value.to_string(), receipt }))
    }

    async fn list_batches(&self, request: Request<pb::ListBatchesRequest>) -> Answer<pb::ListBatchesResponse> {
        let asking = Asking::of(&request)?;
        let organization: OrganizationId = words::id("organization_id", &request.get_ref().organization_id)?;
        asking.about(Thing::Organization(organization), organization).await?;
        let batches = self.archive.records.batches_of(organization).await.map_err(|error| failed("list batches", error))?;
        Ok(Response::new(pb::ListBatchesResponse { batch_ids: batches.iter().map(ToString::to_string).collect() }))
    }

    async fn record_fact(&self, request: Request<pb::RecordFactRequest>) -> Answer<pb::RecordFactResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.record(&asking, request.into_inner()).await?))
    }

    async fn try_fact(&self, request: Request<pb::TryFactRequest>) -> Answer<pb::TryFactResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.judge(&asking, request.into_inner()).await?))
    }

    async fn push_facts(&self, request: Request<Streaming<pb::PushFactsRequest>>) -> Answer<Self::PushFactsStream> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        Ok(Response::new(self.push(asking, request.into_inner())))
    }

    async fn list_facts(&self, request: Request<pb::ListFactsRequest>) -> Answer<pb::ListFactsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.facts(&asking, request.into_inner()).await?))
    }

    async fn get_batch_state(&self, request: Request<pb::GetBatchStateRequest>) -> Answer<pb::GetBatchStateResponse> {
        let asking = Asking::of(&request)?;
        let batch = words::id("batch_id", &request.get_ref().batch_id)?;
        let known = self.known(&asking, CaseId::Batch(batch)).await?;
        Ok(Response::new(state::batch(batch, &known, self.archive.clock.now())))
    }

    async fn list_findings(&self, request: Request<pb::ListFindingsRequest>) -> Answer<pb::ListFindingsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.findings(&asking, request.into_inner()).await?))
    }

    async fn describe_pack(&self, request: Request<pb::DescribePackRequest>) -> Answer<pb::DescribePackResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.describe(&asking, request.into_inner()).await?))
    }

    async fn list_candidates(&self, request: Request<pb::ListCandidatesRequest>) -> Answer<pb::ListCandidatesResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.candidates(&asking, request.into_inner()).await?))
    }

    async fn reveal_candidate(&self, request: Request<pb::RevealCandidateRequest>) -> Answer<pb::RevealCandidateResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.reveal(&asking, request.into_inner()).await?))
    }

    async fn list_reveals(&self, request: Request<pb::ListRevealsRequest>) -> Answer<pb::ListRevealsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.reveals(&asking, request.into_inner()).await?))
    }

    async fn find_candidate(&self, request: Request<pb::FindCandidateRequest>) -> Answer<pb::FindCandidateResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.find(&asking, request.into_inner()).await?))
    }

    async fn get_session_state(&self, request: Request<pb::GetSessionStateRequest>) -> Answer<pb::GetSessionStateResponse> {
        let asking = Asking::of(&request)?;
        let session = words::id("session_id", &request.get_ref().session_id)?;
        let known = self.known(&asking, CaseId::Session(session)).await?;
        Ok(Response::new(state::session(session, &known, self.archive.clock.now())))
    }

    async fn get_readiness(&self, request: Request<pb::GetReadinessRequest>) -> Answer<pb::GetReadinessResponse> {
        let asking = Asking::of(&request)?;
        let session = words::id("session_id", &request.get_ref().session_id)?;
        let known = self.known(&asking, CaseId::Session(session)).await?;
        Ok(Response::new(state::readiness(&known, self.archive.clock.now())))
    }

    async fn announce_lots(&self, request: Request<pb::AnnounceLotsRequest>) -> Answer<pb::AnnounceLotsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.announce(&asking, request.into_inner()).await?))
    }

    async fn draw_lots(&self, request: Request<pb::DrawLotsRequest>) -> Answer<pb::DrawLotsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.draw(&asking, request.into_inner()).await?))
    }

    async fn load_calendar(&self, request: Request<pb::LoadCalendarRequest>) -> Answer<pb::LoadCalendarResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, "")?;
        asking.everywhere()?;
        let table = YearTable::from_json(&request.get_ref().table);
        let table = table.map_err(|error| Problem::field_in_both("table", error.to_string(), error.zh()))?;
        let receipt = self.archive.records.load_calendar(&act, table).await;
        let receipt = receipt.map_err(|error| failed("load the calendar", error))?;
        Ok(Response::new(pb::LoadCalendarResponse { receipt: Some(convert::receipt(&receipt)) }))
    }

    async fn watch_events(&self, request: Request<pb::WatchEventsRequest>) -> Answer<Self::WatchEventsStream> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.events(asking, request.into_inner()).await?))
    }
}
