//! What is told of a batch: an assessment plan and its candidates.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{CandidateId, OrganizationId, SessionId, StaffId};
use serde::{Deserialize, Serialize};

use super::IdNumber;
use super::parts::{DateRange, Occupation, Signature, SubjectPlan};
use super::words::{Assessment, DocumentSlot, IdDocumentType, Level, OutsideEventKind, RelationKind, ReviewOutcome};
use crate::calendar::Date;
use crate::text::Text;

/// A plan (认定计划) is made. A1, A3, A7, A8, A10, B2, B12, B15.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchPlanned {
    /// Whose.
    pub organization: OrganizationId,
    /// As on the platform.
    pub name: Text<200>,
    /// Its id on the provincial platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_plan: Option<Text<100>>,
    /// Who is responsible.
    pub responsible: Text<200>,
    /// What is certified.
    pub occupation: Occupation,
    /// At which levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// How.
    pub assessment: Assessment,
    /// What is examined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectPlan>,
    /// From the first to the last day.
    pub held: DateRange,
    /// How many are expected.
    pub headcount: u32,
}

/// A document is put on file. B1, B7, B11 to B14, F3, F7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFiled {
    /// What it is for.
    pub slot: DocumentSlot,
    /// Its title.
    pub title: Text<200>,
    /// The file.
    pub document_sha256: Sha256,
    /// Its own date.
    pub dated: Date,
    /// 盖章
    pub stamped: bool,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// The plan is handed in to the authority. B2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFiled {
    /// When.
    pub filed_on: Date,
}

/// The authority confirms the plan. B2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanConfirmed {
    /// Which.
    pub authority: Text<200>,
    /// Its own number.
    pub reference: Text<100>,
    /// When.
    pub confirmed_on: Date,
}

/// Registration (报名). B3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationHeld {
    /// First day.
    pub opened_on: Date,
    /// Last day.
    pub closed_on: Date,
}

/// All applications are reviewed. B3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewFinished {
    /// When.
    pub finished_on: Date,
}

/// Admission tickets can be had, or were handed out. B3, C13.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketsReady {
    /// When.
    pub ready_on: Date,
}

/// Somebody applies. B5, B6, B8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateEnrolled {
    /// Names the person here.
    pub candidate: CandidateId,
    /// In any script.
    pub name: Text<200>,
    /// Which document.
    pub id_type: IdDocumentType,
    /// Its number, sealed.
    pub id_number: IdNumber,
    /// 准考证号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Text<40>>,
    /// 工作单位
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employer: Option<Text<200>>,
    /// Reference of the identity check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_sha256: Option<Sha256>,
    /// Its size.
    pub photo_bytes: u32,
    /// Applied for.
    pub level: Level,
}

/// Whether somebody may sit. B8, B9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateReviewed {
    /// Who.
    pub candidate: CandidateId,
    /// What became of it.
    pub outcome: ReviewOutcome,
    /// Needed with a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// The district authority checked employer and social insurance. A5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmploymentVerified {
    /// Whose.
    pub candidate: CandidateId,
    /// Which.
    pub authority: Text<200>,
    /// Whether it is as the candidate said.
    pub true_as_said: bool,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<500>>,
}

/// From here on the candidates’ data are confirmed. B10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterFrozen {
    /// What the caller believes the roster to be; refused where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster_sha256: Option<Sha256>,
}

/// Confirmed data are corrected, as a new version. B10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateCorrected {
    /// Whose.
    pub candidate: CandidateId,
    /// The right name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    /// The right number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<IdNumber>,
    /// The right ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Text<40>>,
    /// Why.
    pub reason: Text<500>,
}

/// What stands between a member of staff and a candidate or all of a unit. P3, P4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationDeclared {
    /// Who.
    pub staff: StaffId,
    /// What.
    pub relation: RelationKind,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// Or to all of this employer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<200>>,
}

/// A dated event of a process assessment. B16.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessEventHeld {
    /// What.
    pub title: Text<200>,
    /// When.
    pub held_on: Date,
    /// Who took part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
}

/// A paper is meant for a session. D1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PapersAssigned {
    /// Its id in the item bank.
    pub paper: Text<100>,
    /// Which.
    pub session: SessionId,
}

/// Another system tells of an event of the batch. A3, D4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideEventTold {
    /// What.
    pub event: OutsideEventKind,
    /// Its own name for it.
    pub reference: Text<200>,
    /// What it hands over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}
