//! How subjects make a whole, and what holds a result back.
//!
//! In: a [`View`] of a batch with its sessions. Out: totals by the weights of the plan, who sat, and the incidents of a
//! candidate. Always: what holds one candidate back holds nobody else back.

use liuhen_proto::ids::{CandidateId, IncidentId, SessionId, StaffId};

use super::batch::Batch;
use super::incident::Incident;
use super::presence::Identity;
use super::session::Session;
use super::{Unfit, View, batch};
use crate::fact::Fact;
use crate::fact::words::{Duty, IncidentKind, IncidentOutcome, IncidentSource, Subject};

/// What a candidate comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// By the weights of the plan, rounded half up, in hundredths of a point.
    pub total: u32,
    /// The lowest score of a subject.
    pub least: u32,
}

/// What was done with a batch, for the summary of a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Candidates of whom anything was judged.
    pub candidates: u32,
    /// Those who passed.
    pub passed: u32,
    /// Certificates that were issued.
    pub certificates: u32,
}

impl Batch {
    /// What is examined.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.plan.iter().flat_map(|plan| plan.subjects.iter().map(|subject| subject.subject))
    }

    /// The whole by the weights of the plan, which stand since it was made (B15). A subject without a score counts as
    /// nothing (缺考).
    pub fn whole(&self, candidate: CandidateId) -> Option<Whole> {
        let plan = self.plan.as_ref()?;
        let score = |subject| self.scores.of(candidate, subject).map_or(0, |score| score.centi);
        let weights: u64 = plan.subjects.iter().map(|subject| u64::from(subject.weight_permille)).sum();
        // A plan without weights counts all alike.
        let weight = |permille: u32| if weights == 0 { 1 } else { u64::from(permille) };
        let whole: u64 = plan.subjects.iter().map(|subject| weight(subject.weight_permille)).sum();
        let sum: u64 = plan.subjects.iter().map(|it| weight(it.weight_permille) * u64::from(score(it.subject))).sum();
        let total = u32::try_from((2 * sum + whole) / (2 * whole).max(1)).ok()?;
        Some(Whole { total, least: plan.subjects.iter().map(|it| score(it.subject)).min()? })
    }

    /// Whether the authority has confirmed the certificates of all who passed, so that the next plan may be made (B4).
    pub fn is_certified(&self) -> bool {
        let confirmed = |candidate: &CandidateId| {
            self.certificates.of.get(candidate).is_some_and(|certificate| certificate.confirmed_on.is_some())
        };
        let mut passed = self.notices.uploaded.keys().filter(|candidate| self.has_passed(**candidate));
        self.records.closed.is_some() || !self.notices.uploaded.is_empty() && passed.all(confirmed)
    }

    /// Whether a result that was released says so.
    pub fn has_passed(&self, candidate: CandidateId) -> bool {
        self.scores.released.get(&candidate).is_some_and(|result| result.passed)
    }

    /// What it adds to the summary of its year (K5).
    pub fn figures(&self) -> Figures {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let judged = self.candidates.keys().filter(|candidate| self.scores.any_of(**candidate)).count();
        let passed = self.candidates.keys().filter(|candidate| self.has_passed(**candidate)).count();
        Figures { candidates: count(judged), passed: count(passed), certificates: count(self.certificates.issued().count()) }
    }
}

impl Session {
    /// Whether somebody sat in a turn of that subject.
    pub fn sat(&self, candidate: CandidateId, subject: Subject) -> bool {
        let turns = self.plan.iter().flat_map(|plan| &plan.turns).filter(|turn| turn.subject == subject);
        turns
            .filter_map(|turn| self.attendance.of(candidate, turn.number))
            .any(|presence| presence.checked_in.is_some() && presence.identity != Some(Identity::Refused))
    }

    /// Whether somebody was sent as an examiner.
    pub fn examines(&self, staff: StaffId) -> bool {
        self.duties.iter().any(|held| held.staff == staff && matches!(held.duty, Duty::Examiner | Duty::LeadExaminer))
    }

    /// Holes in the recording that a person has neither decided about nor, in that list, explained.
    pub fn holes(&self) -> impl Iterator<Item = IncidentId> {
        let hole = |it: &Incident| it.about == IncidentKind::Technical && it.source == IncidentSource::System;
        self.papers.incidents.iter().filter(move |(_, it)| hole(it) && it.outcome.is_none()).map(|(id, _)| *id)
    }
}

impl View {
    fn incidents_of(&self, candidate: CandidateId) -> impl Iterator<Item = (SessionId, IncidentId, &Incident)> {
        let all = self
            .sessions
            .iter()
            .flat_map(|(session, it)| it.papers.incidents.iter().map(|(incident, it)| (*session, *incident, it)));
        all.filter(move |(.., it)| it.candidate == Some(candidate))
    }

    /// Incidents about a candidate that wait for somebody (story 15).
    pub fn open_incidents(&self, candidate: CandidateId) -> impl Iterator<Item = (SessionId, IncidentId)> {
        self.incidents_of(candidate).filter(|(.., it)| it.is_open()).map(|(session, incident, _)| (session, incident))
    }

    /// Whether a supervisor decided that the candidate broke the rules of the exam.
    pub fn has_violation(&self, candidate: CandidateId) -> bool {
        self.incidents_of(candidate).any(|(.., it)| it.outcome == Some(IncidentOutcome::Confirmed))
    }

    /// Whether somebody sat in a subject, in whichever session.
    pub fn sat(&self, candidate: CandidateId, subject: Subject) -> bool {
        self.sessions.values().any(|session| session.sat(candidate, subject))
    }

    /// Whether anything is to be settled of a candidate: who never came has no result.
    pub fn took_part(&self, candidate: CandidateId) -> bool {
        self.batch.scores.any_of(candidate) || self.batch.subjects().any(|subject| self.sat(candidate, subject))
    }
}

/// The staff that a fact of marking names must serve at the organisation.
pub(super) fn known_staff(view: &View, fact: &Fact) -> Result<(), Unfit> {
    let named: Vec<(StaffId, &str)> = match fact {
        Fact::MarkingGroupFormed(it) => {
            let markers = it.markers.iter().map(|marker| (*marker, "marking_group_formed.marker_ids"));
            markers.chain([(it.leader, "marking_group_formed.leader_id")]).collect()
        }
        Fact::MarkingMaterialChanged(it) => vec![(it.changed_by, "marking_material_changed.changed_by_id")],
        Fact::MarkingLogged(it) => vec![(it.marker, "marking_logged.marker_id")],
        Fact::ScoreSheetSigned(it) => vec![(it.examiner, "score_sheet_signed.examiner_id")],
        Fact::MachineTotalsConfirmed(it) => vec![(it.marker, "machine_totals_confirmed.marker_id")],
        Fact::ScoreEntered(it) => vec![(it.clerk, "score_entered.clerk_id")],
        Fact::ScoresVerified(it) => vec![(it.verifier, "scores_verified.verifier_id")],
        Fact::ScoreAmended(it) => {
            vec![(it.amended_by, "score_amended.amended_by_id"), (it.approved_by, "score_amended.approved_by_id")]
        }
        _ => Vec::new(),
    };
    named.into_iter().try_for_each(|(staff, field)| batch::known_staff(view, staff, field))
}
