//! `liuhen.session.v1.SupervisionService`: who looks after what is handed out.
//!
//! In: requests of people. Out: what is handed out for sessions in their reach; and sessions that are handed out again.

use liuhen_archive::Archive;
use liuhen_archive::records::{Act, MAX_ROWS, Report, SupervisionState, Thing};
use liuhen_proto::ids::SessionId;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::supervision_service_server::SupervisionService;
use liuhen_proto::{Timestamp, wire};
use tonic::{Request, Response, Status};

use crate::auth::Asking;
use crate::error::records as failed;
use crate::session::check;

type Answer<T> = Result<Response<T>, Status>;

/// The service.
#[derive(Clone)]
pub(crate) struct Reports {
    archive: Archive,
}

impl Reports {
    pub(crate) const fn new(archive: Archive) -> Self {
        Self { archive }
    }
}

#[tonic::async_trait]
impl SupervisionService for Reports {
    async fn list_reports(&self, request: Request<pb::ListReportsRequest>) -> Answer<pb::ListReportsResponse> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let limit = check::limit(request.limit, MAX_ROWS)?;
        let found = self.archive.records.reports(SupervisionState::from_wire(request.state), limit).await;
        let mut reports = Vec::new();
        for it in found.map_err(|error| failed("list what is handed out", error))? {
            if asking.sees(Thing::Session(it.session)).await? {
                reports.push(report(&it));
            }
        }
        Ok(Response::new(pb::ListReportsResponse { reports }))
    }

    async fn get_report(&self, request: Request<pb::GetReportRequest>) -> Answer<pb::GetReportResponse> {
        let asking = Asking::of(&request)?;
        let session: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        asking.about(Thing::Session(session), session).await?;
        let found = self.archive.records.reports_of(session).await;
        let found = found.map_err(|error| failed("read what is handed out", error))?;
        let document = match found.iter().find_map(|it| it.document) {
            Some((document, _)) => {
                let bytes = self.archive.records.report_bytes(document.sha256).await;
                bytes.map_err(|error| failed("read what is handed out", error))?.unwrap_or_default()
            }
            None => Vec::new(),
        };
        Ok(Response::new(pb::GetReportResponse { reports: found.iter().map(report).collect(), document }))
    }

    async fn resend_report(&self, request: Request<pb::ResendReportRequest>) -> Answer<pb::ResendReportResponse> {
        let asking = Asking::of(&request)?;
        let act = Act::new(asking.principal(), self.archive.clock.now());
        let request = request.into_inner();
        let session: SessionId = wire::id("session_id", &request.session_id)?;
        asking.about(Thing::Session(session), session).await?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let found = self.archive.records.report_again(&act, session, reason).await;
        let found = found.map_err(|error| failed("hand the session out again", error))?;
        Ok(Response::new(pb::ResendReportResponse { report: Some(report(&found)) }))
    }
}

fn report(it: &Report) -> pb::SupervisionReport {
    let is_answered = matches!(it.state, SupervisionState::Received | SupervisionState::Refused);
    let us = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    pb::SupervisionReport {
        session_id: it.session.to_string(),
        version: it.version,
        key: it.key(),
        state: pb::SupervisionState::from(it.state).into(),
        since_us: it.since.as_micros(),
        asked_by: it.asked_by.clone().unwrap_or_default(),
        document_sha256: it.document.map_or_else(Vec::new, |(document, _)| document.sha256.as_bytes().to_vec()),
        document_size_bytes: it.document.map_or(0, |(document, _)| document.size_bytes),
        made_us: it.document.map(|(_, made)| made.as_micros()),
        tries: it.tries,
        tried_us: us(it.tried),
        next_us: (!is_answered).then_some(it.next.as_micros()),
        words: it.words.clone(),
        answered_us: us(it.answered),
        reference: it.reference.clone().unwrap_or_default(),
        receipt_sha256: it.receipt.map_or_else(Vec::new, |receipt| receipt.as_bytes().to_vec()),
    }
}
