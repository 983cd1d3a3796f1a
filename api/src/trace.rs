//! `liuhen.review.v1.TraceService`: from a certificate to the minute of video, and back.
//!
//! In: any end of the chain. Out: all of it, with the source, the time and the state of each link, and what was recorded
//! where the candidate was. Always: the same chain from each end; a link that is not there is shown with who may make it;
//! names are masked; a batch that is out of the caller's reach is not there. Not here: what makes a link
//! (`liuhen_process::trace`), the footage itself ([`crate::review`]).

mod links;
mod start;
mod stays;

use std::sync::Arc;

use liuhen_archive::records::{MAX_ROWS, Recorded, Thing};
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_process::trace::Told;
use liuhen_proto::Problem;
use liuhen_proto::ids::{BatchId, CandidateId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::trace_service_server::TraceService;
use tonic::{Request, Response, Status};

use crate::Shared;
use crate::access;
use crate::auth::Asking;
use crate::error::records as failed;
use crate::people::mask;

/// The most chains of one answer: more than a room seats.
const MOST: usize = 200;

/// The service.
#[derive(Clone)]
pub(crate) struct Trace {
    shared: Arc<Shared>,
}

/// All that is told of a candidate.
struct Traced {
    candidate: CandidateId,
    batch: BatchId,
    facts: Vec<Recorded>,
}

impl Traced {
    fn told(&self) -> Vec<Told<'_>> {
        let facts = self.facts.iter();
        facts.map(|it| Told { case: it.case, number: it.number, telling: &it.telling, fact: &it.fact }).collect()
    }
}

impl Trace {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn naming(&self, key: &Key, case: Option<CaseId>) -> Result<Vec<Recorded>, Problem> {
        let found = self.shared.archive.records.facts_naming(key, case, MAX_ROWS).await;
        found.map_err(|error| failed("look up what names it", error))
    }

    /// What is told of a candidate whose batch is in the caller's reach, with the milestones of the batch and of sessions.
    async fn traced(&self, asking: &Asking, candidate: CandidateId) -> Result<Option<Traced>, Problem> {
        let mut facts = self.naming(&Key::Candidate(candidate), None).await?;
        let of_batch = facts.iter().find_map(|it| match (it.case, &it.fact) {
            (CaseId::Batch(batch), Fact::CandidateEnrolled(_)) => Some(batch),
            _ => None,
        });
        let Some(batch) = of_batch else { return Ok(None) };
        if !asking.sees(Thing::Batch(batch)).await? {
            return Ok(None);
        }
        let mut cases: Vec<CaseId> = facts.iter().map(|it| it.case).collect();
        cases.sort_unstable();
        cases.dedup();
        for case in cases {
            facts.extend(self.naming(&Key::Milestone, Some(case)).await?);
        }
        Ok(Some(Traced { candidate, batch, facts }))
    }

    async fn shown(&self, asking: &Asking, traced: &Traced, purpose: Option<&str>) -> Result<pb::CandidateTrace, Problem> {
        let told = traced.told();
        let who = Who::of(&traced.facts);
        let stays = self.stays(asking, traced, purpose).await?;
        Ok(pb::CandidateTrace {
            candidate_id: traced.candidate.to_string(),
            batch_id: traced.batch.to_string(),
            name_masked: who.name_masked,
            ticket: who.ticket,
            certificate_number: who.certificate,
            links: links::shown(traced, &told)?,
            incidents: self.incidents(traced, &stays).await?,
            stays: stays.into_iter().map(|(_, stay)| stay).collect(),
        })
    }
}

/// Who a candidate is, as everybody may see it.
#[derive(Default)]
struct Who {
    name_masked: String,
    ticket: String,
    certificate: String,
}

impl Who {
    /// The last word holds.
    fn of(facts: &[Recorded]) -> Self {
        let mut who = Self::default();
        let text = |text: &dyn std::fmt::Display| text.to_string();
        for it in facts {
            match &it.fact {
                Fact::CandidateEnrolled(it) => {
                    who.name_masked = mask::name(it.name.as_str());
                    who.ticket = it.ticket.as_ref().map_or_else(String::new, |ticket| text(ticket));
                }
                Fact::CandidateCorrected(it) => {
                    who.name_masked = it.name.as_ref().map_or(who.name_masked, |name| mask::name(name.as_str()));
                    who.ticket = it.ticket.as_ref().map_or(who.ticket, |ticket| text(ticket));
                }
                Fact::CertificateNumbered(it) => who.certificate = text(&it.number),
                _ => {}
            }
        }
        who
    }
}

#[tonic::async_trait]
impl TraceService for Trace {
    async fn trace(&self, request: Request<pb::TraceRequest>) -> Result<Response<pb::TraceResponse>, Status> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let purpose = Some(request.purpose.trim()).filter(|purpose| !purpose.is_empty());
        let purpose = purpose.map(access::purpose).transpose()?;
        let from = request.from.ok_or_else(|| Problem::field("from", "say from where: a certificate, a seat, a minute"))?;
        let found = self.start(&asking, from).await?;
        let truncated = found.len() > MOST;
        let mut candidates = Vec::new();
        for candidate in found.into_iter().take(MOST) {
            if let Some(traced) = self.traced(&asking, candidate).await? {
                candidates.push(self.shown(&asking, &traced, purpose.as_deref()).await?);
            }
        }
        if candidates.is_empty() {
            return Err(Problem::not_found("a candidate there").into());
        }
        Ok(Response::new(pb::TraceResponse { candidates, truncated }))
    }
}
