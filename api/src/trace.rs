//! `liuhen.review.v1.TraceService`: from a certificate to the minute of video, and back.
//!
//! In: any end of the chain. Out: all of it, with the source, the time and the state of each link, and what was recorded
//! where the candidate was. Always: the same chain from each end; a link that is not there is shown with who may make it;
//! names are masked; a batch that is out of the caller's reach is not there. Not here: what makes a link
//! (`liuhen_process::trace`), the footage itself ([`crate::review`]).

mod gather;
mod links;
mod seen;
mod start;
mod stays;

use std::collections::BTreeSet;
use std::sync::Arc;

use liuhen_archive::records::Recorded;
use liuhen_process::fact::Fact;
use liuhen_process::trace::Told;
use liuhen_proto::Problem;
use liuhen_proto::ids::{BatchId, CandidateId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::trace_service_server::TraceService;
use tonic::{Request, Response, Status};

use self::seen::Seen;
use crate::Shared;
use crate::access;
use crate::auth::Asking;
use crate::people::mask;

/// The most chains of one answer: more than a room seats.
const MOST: usize = 200;

/// The service.
#[derive(Clone)]
pub(crate) struct Trace {
    shared: Arc<Shared>,
}

/// All that is told of a candidate; what is told of many at once is read once for all of them.
struct Traced {
    candidate: CandidateId,
    batch: BatchId,
    facts: Vec<Arc<Recorded>>,
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

    async fn shown(
        &self,
        asking: &Asking,
        (traced, seen): (&Traced, &mut Seen),
        purpose: Option<&str>,
    ) -> Result<pb::CandidateTrace, Problem> {
        let told = traced.told();
        let who = Who::of(&traced.facts);
        let stays = self.stays(asking, (traced, seen), purpose).await?;
        Ok(pb::CandidateTrace {
            candidate_id: traced.candidate.to_string(),
            batch_id: traced.batch.to_string(),
            name_masked: who.name_masked,
            ticket: who.ticket,
            certificate_number: who.certificate,
            links: links::shown(traced, &told)?,
            incidents: self.incidents((traced, seen), &stays).await?,
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
    fn of(facts: &[Arc<Recorded>]) -> Self {
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
        let found: BTreeSet<_> = found.into_iter().take(MOST).collect();
        let (mut candidates, mut seen) = (Vec::with_capacity(found.len()), Seen::default());
        for traced in self.gathered(&asking, &found).await? {
            candidates.push(self.shown(&asking, (&traced, &mut seen), purpose.as_deref()).await?);
        }
        if candidates.is_empty() {
            return Err(Problem::not_found("a candidate there").into());
        }
        Ok(Response::new(pb::TraceResponse { candidates, truncated }))
    }
}
