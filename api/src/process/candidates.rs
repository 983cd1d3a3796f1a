//! Candidates: listed and found masked, shown unmasked after the entry that says who looks and why.

use liuhen_archive::records::{Known, MAX_ROWS, Thing};
use liuhen_process::case::{CaseId, batch};
use liuhen_proto::ids::{BatchId, CandidateId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Problem, wire};

use super::Process;
use crate::access;
use crate::auth::Asking;
use crate::error::{self, records as failed};
use crate::people::mask;
use crate::session::{check, convert};

fn candidate(id: CandidateId, it: &batch::Candidate) -> pb::Candidate {
    let enrolled = &it.enrolled;
    pb::Candidate {
        candidate_id: id.to_string(),
        name_masked: mask::name(enrolled.name.as_str()),
        id_type: pb::IdDocumentType::from(enrolled.id_type).into(),
        id_number_masked: enrolled.id_number.masked.to_string(),
        ticket: enrolled.ticket.as_ref().map_or_else(String::new, ToString::to_string),
        level: pb::Level::from(enrolled.level).into(),
        review: it.review.map_or(0, |review| pb::ReviewOutcome::from(review).into()),
        version: it.version,
    }
}

impl Process {
    async fn batch(&self, asking: &Asking, id: &str) -> Result<(BatchId, Known), Problem> {
        let batch: BatchId = wire::id("batch_id", id)?;
        Ok((batch, self.known(asking, CaseId::Batch(batch)).await?))
    }

    pub(super) async fn candidates(
        &self,
        asking: &Asking,
        it: pb::ListCandidatesRequest,
    ) -> Result<pb::ListCandidatesResponse, Problem> {
        let (_, known) = self.batch(asking, &it.batch_id).await?;
        let after: Option<CandidateId> = if it.after.is_empty() { None } else { Some(wire::id("after", &it.after)?) };
        let limit = check::limit(it.limit, MAX_ROWS)? as usize;
        let later = known.view.batch.candidates.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
        Ok(pb::ListCandidatesResponse { candidates: later.take(limit).map(|(id, it)| candidate(*id, it)).collect() })
    }

    pub(super) async fn find(&self, asking: &Asking, it: pb::FindCandidateRequest) -> Result<pb::FindCandidateResponse, Problem> {
        let (_, known) = self.batch(asking, &it.batch_id).await?;
        let hash = self.vault.find(&it.id_number).map_err(|error| Problem::field("id_number", error.to_string()))?;
        let batch = &known.view.batch;
        let found = batch.applied.with_document(&hash).and_then(|id| batch.candidates.get_key_value(&id));
        let (id, it) = found.ok_or_else(|| Problem::not_found("a candidate with this number"))?;
        Ok(pb::FindCandidateResponse { candidate: Some(candidate(*id, it)) })
    }

    /// The entry is on the disk before anything is opened.
    pub(super) async fn reveal(
        &self,
        asking: &Asking,
        it: pb::RevealCandidateRequest,
    ) -> Result<pb::RevealCandidateResponse, Problem> {
        let (batch, known) = self.batch(asking, &it.batch_id).await?;
        let id: CandidateId = wire::id("candidate_id", &it.candidate_id)?;
        let purpose = access::purpose(&it.purpose)?;
        let found = known.view.batch.candidates.get(&id).ok_or_else(|| Problem::not_found(id))?;
        let noted = self.archive.records.note_reveal(&self.act(asking, "")?, batch, id, purpose).await;
        let noted = noted.map_err(|error| failed("note that somebody looks, so nothing is shown", error))?;
        let enrolled = &found.enrolled;
        let number = self.vault.open(&enrolled.id_number);
        Ok(pb::RevealCandidateResponse {
            name: enrolled.name.to_string(),
            id_type: pb::IdDocumentType::from(enrolled.id_type).into(),
            id_number: number.map_err(|error| error::fault("open a number", &error))?,
            receipt: Some(convert::receipt(&noted.receipt)),
        })
    }

    pub(super) async fn reveals(&self, asking: &Asking, it: pb::ListRevealsRequest) -> Result<pb::ListRevealsResponse, Problem> {
        let batch: BatchId = wire::id("batch_id", &it.batch_id)?;
        asking.about(Thing::Batch(batch), batch).await?;
        let of = if it.candidate_id.is_empty() { None } else { Some(wire::id("candidate_id", &it.candidate_id)?) };
        let limit = check::limit(it.limit, MAX_ROWS)?;
        let found = self.archive.records.reveals_of(batch, of, limit).await.map_err(|error| failed("list looks", error))?;
        let names = access::names_of(&self.archive, found.iter().map(|look| look.by.as_str())).await?;
        let shown = |look: &liuhen_archive::records::Reveal| pb::Reveal {
            access_id: look.id.to_string(),
            by: look.by.clone(),
            name_masked: names.get(&look.by).cloned().unwrap_or_default(),
            candidate_id: look.candidate.to_string(),
            purpose: look.purpose.clone(),
            at_us: look.at.as_micros(),
        };
        Ok(pb::ListRevealsResponse { reveals: found.iter().map(shown).collect() })
    }
}
