//! What is known of public notices, objections and the upload of results.
//!
//! Always: a result stands on one notice at a time; what is amended, or objected to with right, leaves it and has to be
//! posted again. Not here: whether the notice has lasted ([`crate::rule`]).

use std::collections::BTreeMap;

use liuhen_proto::ids::CandidateId;

use super::Unfit;
use super::batch::Batch;
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::score::{NoticePosted, ObjectionRaised};

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// As it was raised.
    pub raised: ObjectionRaised,
    /// Whether it was right; nothing before it was decided.
    pub upheld: Option<bool>,
}

/// Notices of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// All of them, by name.
    pub posted: BTreeMap<String, NoticePosted>,
    /// Whose result stands on which.
    pub of: BTreeMap<CandidateId, String>,
    /// Objections, by name.
    pub objections: BTreeMap<String, Objection>,
    /// Whose result is on the platform, and since when.
    pub uploaded: BTreeMap<CandidateId, Date>,
}

impl Notices {
    /// Objections that nobody has decided and that concern a candidate on a notice.
    pub fn open_against(&self, notice: &str, candidate: CandidateId) -> impl Iterator<Item = &str> {
        let open = self.objections.iter().filter(move |(_, it)| it.upheld.is_none() && it.raised.notice.as_str() == notice);
        let about = open.filter(move |(_, it)| it.raised.candidate.is_none_or(|whose| whose == candidate));
        about.map(|(name, _)| name.as_str())
    }

    /// Objections that nobody has decided.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.objections.iter().filter(|(_, it)| it.upheld.is_none()).map(|(name, _)| name.as_str())
    }

    fn withdraw(&mut self, candidate: CandidateId) {
        self.of.remove(&candidate);
        self.uploaded.remove(&candidate);
    }
}

/// Whether a fact of notices fits the batch.
pub(super) fn check(batch: &Batch, fact: &Fact) -> Result<(), Unfit> {
    let notices = &batch.notices;
    match fact {
        Fact::NoticePosted(it) if notices.posted.contains_key(it.notice.as_str()) => {
            Err(Unfit::wrong("notice_posted.notice", "a notice of that name was posted", "该公示编号已使用"))
        }
        Fact::NoticePosted(it) => all_known(batch, &it.candidates, "notice_posted"),
        Fact::ObjectionRaised(it) => {
            let Some(notice) = notices.posted.get(it.notice.as_str()) else {
                return Err(Unfit::unknown("objection_raised.notice", &it.notice, "the notices of the batch"));
            };
            if notices.objections.contains_key(it.objection.as_str()) {
                return Err(Unfit::wrong("objection_raised.objection", "was raised before", "该异议编号已使用"));
            }
            match it.candidate.is_none_or(|whose| notice.candidates.contains(&whose)) {
                true => Ok(()),
                false => Err(Unfit::unknown("objection_raised.candidate_id", "the candidate", "that notice")),
            }
        }
        Fact::ObjectionDecided(it) => match notices.objections.get(it.objection.as_str()).map(|it| it.upheld) {
            None => Err(Unfit::unknown("objection_decided.objection", &it.objection, "the objections of the batch")),
            Some(Some(_)) => Err(Unfit::state(&it.objection, "decided", "it was decided before", "该异议已有处理决定")),
            Some(None) => Ok(()),
        },
        Fact::ResultsUploaded(it) => match notices.posted.contains_key(it.notice.as_str()) {
            true => all_known(batch, &it.candidates, "results_uploaded"),
            false => Err(Unfit::unknown("results_uploaded.notice", &it.notice, "the notices of the batch")),
        },
        _ => Ok(()),
    }
}

pub(super) fn all_known(batch: &Batch, candidates: &[CandidateId], fact: &str) -> Result<(), Unfit> {
    let mut places = candidates.iter().enumerate();
    places.try_for_each(|(place, candidate)| batch.known(*candidate, &format!("{fact}.candidate_ids[{place}]")))
}

pub(super) fn apply(batch: &mut Batch, fact: &Fact) {
    let notices = &mut batch.notices;
    match fact {
        Fact::NoticePosted(it) => {
            notices.of.extend(it.candidates.iter().map(|candidate| (*candidate, it.notice.to_string())));
            notices.posted.insert(it.notice.to_string(), it.clone());
        }
        Fact::ObjectionRaised(it) => {
            notices.objections.insert(it.objection.to_string(), Objection { raised: it.clone(), upheld: None });
        }
        Fact::ObjectionDecided(it) => {
            let Some(objection) = notices.objections.get_mut(it.objection.as_str()) else { return };
            objection.upheld = Some(it.upheld);
            let (notice, candidate) = (objection.raised.notice.to_string(), objection.raised.candidate);
            if it.upheld {
                uphold(batch, &notice, candidate);
            }
        }
        Fact::ResultsUploaded(it) => {
            notices.uploaded.extend(it.candidates.iter().map(|candidate| (*candidate, it.uploaded_on)));
        }
        Fact::ScoreAmended(it) => notices.withdraw(it.candidate),
        _ => {}
    }
}

/// Who objected with right is scored anew; where all of a notice is wrong, it is released and posted again.
fn uphold(batch: &mut Batch, notice: &str, candidate: Option<CandidateId>) {
    let on_it = batch.notices.of.iter().filter(|(_, name)| *name == notice).map(|(whose, _)| *whose);
    let whose: Vec<_> = candidate.map_or_else(|| on_it.collect(), |candidate| vec![candidate]);
    for one in whose {
        batch.notices.withdraw(one);
        batch.scores.released.remove(&one);
    }
    batch.scores.disputed.extend(candidate);
}
