//! What is told of the candidates of an answer, read at once.
//!
//! Always: a fact that names many of them is read once; a batch that is out of the caller's reach is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use liuhen_archive::records::{MAX_NAMING, MAX_ROWS, Recorded, Thing};
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_proto::Problem;
use liuhen_proto::ids::CandidateId;

use super::{Trace, Traced};
use crate::auth::Asking;
use crate::error::records as failed;

impl Trace {
    pub(super) async fn naming(&self, key: &Key, case: Option<CaseId>) -> Result<Vec<Recorded>, Problem> {
        let found = self.shared.archive.records.facts_naming(key, case, MAX_ROWS).await;
        found.map_err(|error| failed("look up what names it", error))
    }

    /// What names each of the candidates, of one case or of all, by case and number.
    pub(super) async fn naming_each(
        &self,
        candidates: &BTreeSet<CandidateId>,
        case: Option<CaseId>,
    ) -> Result<BTreeMap<CandidateId, Vec<Arc<Recorded>>>, Problem> {
        let keys: Vec<_> = candidates.iter().copied().map(Key::Candidate).collect();
        let facts = self.shared.archive.records.facts_naming_any(&keys, case, MAX_NAMING).await;
        let mut told: BTreeMap<CandidateId, Vec<Arc<Recorded>>> = BTreeMap::new();
        for fact in facts.map_err(|error| failed("look up what names them", error))? {
            let fact = Arc::new(fact);
            for key in fact.fact.keys() {
                if let Key::Candidate(candidate) = key
                    && candidates.contains(&candidate)
                {
                    told.entry(candidate).or_default().push(Arc::clone(&fact));
                }
            }
        }
        Ok(told)
    }

    /// What is told of candidates whose batches are in the caller's reach, with the milestones of batches and sessions.
    pub(super) async fn gathered(&self, asking: &Asking, candidates: &BTreeSet<CandidateId>) -> Result<Vec<Traced>, Problem> {
        let (mut gathered, mut reach) = (Vec::with_capacity(candidates.len()), BTreeMap::new());
        let mut milestones: BTreeMap<CaseId, Vec<Arc<Recorded>>> = BTreeMap::new();
        for (candidate, mut facts) in self.naming_each(candidates, None).await? {
            let of_batch = facts.iter().find_map(|it| match (it.case, &it.fact) {
                (CaseId::Batch(batch), Fact::CandidateEnrolled(_)) => Some(batch),
                _ => None,
            });
            let Some(batch) = of_batch else { continue };
            let is_seen = match reach.get(&batch) {
                Some(is_seen) => *is_seen,
                None => asking.sees(Thing::Batch(batch)).await?,
            };
            reach.insert(batch, is_seen);
            if !is_seen {
                continue;
            }
            let cases: BTreeSet<CaseId> = facts.iter().map(|it| it.case).collect();
            for case in cases {
                let told = match milestones.get(&case) {
                    Some(told) => told.clone(),
                    None => self.naming(&Key::Milestone, Some(case)).await?.into_iter().map(Arc::new).collect(),
                };
                facts.extend(told.iter().cloned());
                milestones.insert(case, told);
            }
            gathered.push(Traced { candidate, batch, facts });
        }
        Ok(gathered)
    }
}
