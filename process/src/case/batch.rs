//! What is known of a batch: the plan, its papers, its candidates.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::{CandidateId, SessionId, StaffId};
use liuhen_proto::{Sha256, Timestamp};

use super::applied::Applied;
use super::certificate::{self, Certificates};
use super::notice::{self, Notices};
use super::record::{self, Records};
use super::score::{self, Scores};
use super::{Telling, Unfit, View, Waived, result};
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::batch::{BatchPlanned, CandidateCorrected, CandidateEnrolled, DocumentFiled, RelationDeclared};
use crate::fact::parts::DateRange;
use crate::fact::words::{DocumentSlot, ReviewOutcome};
use crate::finding::Finding;

/// A batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The plan; nothing before it was made.
    pub plan: Option<BatchPlanned>,
    /// The pack that binds it, for good.
    pub pack: Option<String>,
    /// What is on file, newest last.
    pub documents: BTreeMap<DocumentSlot, Vec<DocumentFiled>>,
    /// When the plan was handed in.
    pub filed_on: Option<Date>,
    /// When the authority confirmed it.
    pub confirmed_on: Option<Date>,
    /// When people could apply.
    pub registration: Option<DateRange>,
    /// When all applications were reviewed.
    pub reviewed_on: Option<Date>,
    /// When tickets could be had.
    pub tickets_on: Option<Date>,
    /// Who applied.
    pub candidates: BTreeMap<CandidateId, Candidate>,
    /// Whose a ticket and a document are: follows from `candidates`.
    pub applied: Applied,
    /// The roster as it was confirmed; nothing before.
    pub frozen: Option<Frozen>,
    /// What stands between staff and candidates.
    pub relations: Vec<RelationDeclared>,
    /// Which paper is meant for which session.
    pub papers: BTreeMap<String, BTreeSet<SessionId>>,
    /// What rules found.
    pub findings: Vec<Finding>,
    /// Findings that were let pass.
    pub waived: Waived,
    /// Marking and scores.
    pub scores: Scores,
    /// Public notices, objections, uploads.
    pub notices: Notices,
    /// Certificates.
    pub certificates: Certificates,
    /// The volume.
    pub records: Records,
}

/// A roster that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// When.
    pub at: Timestamp,
    /// Of its canonical form.
    pub sha256: Sha256,
    /// Corrections since.
    pub version: u32,
}

/// Somebody who applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As enrolled, with what was corrected since.
    pub enrolled: CandidateEnrolled,
    /// Whether the person may sit; nothing before the review.
    pub review: Option<ReviewOutcome>,
    /// Whether the authority found the employment true; nothing before it looked.
    pub employment: Option<bool>,
    /// Counts what was told of the person, from 1.
    pub version: u32,
}

/// Whether a fact fits: what it names must be known beyond the batch as well.
pub(super) fn fits(view: &View, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
    if let Fact::RelationDeclared(it) = fact {
        known_staff(view, it.staff, "relation_declared.staff_id")?;
    }
    if matches!(fact, Fact::BatchPlanned(_)) {
        return view.batch.can_be_planned(fact);
    }
    result::known_staff(view, fact)?;
    record::known_sessions(view, fact)?;
    view.batch.check(fact, telling)
}

pub(super) fn known_staff(view: &View, staff: StaffId, field: &str) -> Result<(), Unfit> {
    match view.organization.staff.contains_key(&staff) {
        true => Ok(()),
        false => Err(Unfit::unknown(field, staff, "the staff of the organisation")),
    }
}

impl Batch {
    fn can_be_planned(&self, fact: &Fact) -> Result<(), Unfit> {
        let Fact::BatchPlanned(it) = fact else { return Ok(()) };
        if self.plan.is_some() {
            return Err(Unfit::wrong("case_id", "this batch is planned: make another one", "该批次已有计划，请另建批次"));
        }
        it.held.check("batch_planned.held")?;
        if it.levels.is_empty() || it.subjects.is_empty() {
            return Err(Unfit::wrong(
                "batch_planned.subjects",
                "a plan names its levels and its subjects",
                "计划须写明等级和考核科目",
            ));
        }
        Ok(())
    }

    /// What a fact needs of the batch.
    fn check(&self, fact: &Fact, _: &Telling) -> Result<(), Unfit> {
        if self.plan.is_none() {
            return Err(Unfit::state("the batch", "new", "tell of its plan first (batch_planned)", "请先登记计划 batch_planned"));
        }
        record::check(self, fact)?;
        score::check(self, fact)?;
        notice::check(self, fact)?;
        certificate::check(self, fact)?;
        match fact {
            Fact::CandidateEnrolled(it) => self.can_enrol(it),
            Fact::CandidateReviewed(it) if it.outcome == ReviewOutcome::Refused && it.reason.is_none() => {
                Err(Unfit::wrong("candidate_reviewed.reason", "a refusal needs its reason", "审核不通过须写明原因"))
            }
            Fact::CandidateReviewed(it) => self.known(it.candidate, "candidate_reviewed.candidate_id"),
            Fact::EmploymentVerified(it) => self.known(it.candidate, "employment_verified.candidate_id"),
            Fact::CandidateCorrected(it) => self.known(it.candidate, "candidate_corrected.candidate_id"),
            Fact::RelationDeclared(it) => match (it.candidate, &it.unit) {
                (Some(candidate), None) => self.known(candidate, "relation_declared.candidate_id"),
                (None, Some(_)) => Ok(()),
                _ => {
                    Err(Unfit::wrong("relation_declared", "names a candidate or a unit, one of the two", "须写明考生或单位之一"))
                }
            },
            Fact::RosterFrozen(it) => self.can_freeze(it.roster_sha256),
            Fact::BatchFindingWaived(_) => Waived::check(&self.findings, fact),
            Fact::RegistrationHeld(it) => {
                DateRange { first: it.opened_on, last: it.closed_on }.check("registration_held.closed_on")
            }
            Fact::ProcessEventHeld(it) => {
                it.candidates.iter().try_for_each(|candidate| self.known(*candidate, "process_event_held.candidate_ids"))
            }
            _ => Ok(()),
        }
    }

    fn can_enrol(&self, it: &CandidateEnrolled) -> Result<(), Unfit> {
        if self.frozen.is_some() {
            let english = "the roster is confirmed: nobody can be added, make another batch";
            return Err(Unfit::state("the roster", "frozen", english, "名单已确认，不能再增加考生"));
        }
        if self.candidates.contains_key(&it.candidate) {
            return Err(Unfit::wrong("candidate_enrolled.candidate_id", "was enrolled before", "该考生已报名"));
        }
        if it.ticket.as_ref().is_some_and(|ticket| self.applied.with_ticket(ticket).is_some()) {
            return Err(Unfit::wrong("candidate_enrolled.ticket", "another candidate has this ticket", "准考证号重复"));
        }
        Ok(())
    }

    fn can_freeze(&self, believed: Option<Sha256>) -> Result<(), Unfit> {
        if self.frozen.is_some() {
            return Err(Unfit::state("the roster", "frozen", "correct single candidates instead", "名单已确认，请逐人更正"));
        }
        let found = self.roster_sha256();
        match believed {
            Some(believed) if believed != found => {
                let english = format!("the roster is {found} now: somebody changed it since you read it");
                Err(Unfit::wrong("roster_frozen.roster_sha256", english, format!("名单摘要现为 {found}，读取后已有变动")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn known(&self, candidate: CandidateId, field: &str) -> Result<(), Unfit> {
        match self.candidates.contains_key(&candidate) {
            true => Ok(()),
            false => Err(Unfit::unknown(field, candidate, "the batch")),
        }
    }

    /// SHA-256 of the roster: one line for each approved candidate, in the order of ids.
    pub fn roster_sha256(&self) -> Sha256 {
        let line = |(id, it): (&CandidateId, &Candidate)| {
            let enrolled = &it.enrolled;
            let ticket = enrolled.ticket.as_ref().map_or("", |ticket| ticket.as_str());
            format!("{id}\t{}\t{}\t{}\t{ticket}\t{}\n", enrolled.name, enrolled.id_type, enrolled.id_number.hash, enrolled.level)
        };
        let approved = self.candidates.iter().filter(|(_, it)| it.review == Some(ReviewOutcome::Approved));
        Sha256::of(approved.map(line).collect::<String>().as_bytes())
    }

    /// Whether somebody may sit.
    pub fn may_sit(&self, candidate: CandidateId) -> bool {
        self.candidates.get(&candidate).is_some_and(|it| it.review == Some(ReviewOutcome::Approved))
    }

    /// The relations of a member of staff to candidates, of this kind or another.
    pub fn relations_of(&self, staff: StaffId) -> impl Iterator<Item = &RelationDeclared> {
        self.relations.iter().filter(move |relation| relation.staff == staff)
    }

    pub(super) fn apply(&mut self, fact: &Fact, telling: &Telling, findings: &[Finding]) -> Result<(), Unfit> {
        match fact {
            Fact::BatchPlanned(it) => {
                self.can_be_planned(fact)?;
                self.plan = Some(it.clone());
                self.pack = Some(telling.pack.clone());
            }
            _ => {
                self.check(fact, telling)?;
                self.apply_planned(fact, telling);
                self.scores.apply(fact, telling);
                notice::apply(self, fact);
                self.certificates.apply(fact);
                self.records.apply(fact, telling);
            }
        }
        self.findings.extend_from_slice(findings);
        Ok(())
    }

    fn apply_planned(&mut self, fact: &Fact, telling: &Telling) {
        match fact {
            Fact::DocumentFiled(it) => self.documents.entry(it.slot).or_default().push(it.clone()),
            Fact::PlanFiled(it) => self.filed_on = Some(it.filed_on),
            Fact::PlanConfirmed(it) => self.confirmed_on = Some(it.confirmed_on),
            Fact::ReviewFinished(it) => self.reviewed_on = Some(it.finished_on),
            Fact::TicketsReady(it) => self.tickets_on = Some(it.ready_on),
            Fact::RegistrationHeld(it) => self.registration = Some(DateRange { first: it.opened_on, last: it.closed_on }),
            Fact::CandidateEnrolled(it) => {
                let candidate = Candidate { enrolled: it.clone(), review: None, employment: None, version: 1 };
                self.applied.add(it);
                self.candidates.insert(it.candidate, candidate);
            }
            Fact::CandidateReviewed(it) => self.change(it.candidate, |candidate| candidate.review = Some(it.outcome)),
            Fact::EmploymentVerified(it) => {
                self.change(it.candidate, |candidate| candidate.employment = Some(it.true_as_said));
            }
            Fact::RosterFrozen(_) => {
                self.frozen = Some(Frozen { at: telling.at, sha256: self.roster_sha256(), version: 1 });
            }
            Fact::CandidateCorrected(it) => self.correct(it),
            Fact::RelationDeclared(it) => self.relations.push(it.clone()),
            Fact::BatchFindingWaived(_) => self.waived.take(&self.findings, fact),
            Fact::PapersAssigned(it) => {
                self.papers.entry(it.paper.to_string()).or_default().insert(it.session);
            }
            _ => {}
        }
    }

    fn correct(&mut self, it: &CandidateCorrected) {
        if let Some(candidate) = self.candidates.get_mut(&it.candidate) {
            candidate.version += 1;
            let enrolled = &mut candidate.enrolled;
            self.applied.remove(enrolled);
            enrolled.name = it.name.clone().unwrap_or_else(|| enrolled.name.clone());
            enrolled.id_number = it.id_number.clone().unwrap_or_else(|| enrolled.id_number.clone());
            enrolled.ticket = it.ticket.clone().or_else(|| enrolled.ticket.clone());
            self.applied.add(enrolled);
        }
        let sha256 = self.roster_sha256();
        if let Some(frozen) = &mut self.frozen {
            (frozen.sha256, frozen.version) = (sha256, frozen.version + 1);
        }
    }

    fn change(&mut self, candidate: CandidateId, change: impl FnOnce(&mut Candidate)) {
        if let Some(candidate) = self.candidates.get_mut(&candidate) {
            candidate.version += 1;
            change(candidate);
        }
    }
}
