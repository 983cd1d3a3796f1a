//! What is told of incidents and supervision.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{CandidateId, FormId, IncidentId, RoomId, StaffId};
use serde::{Deserialize, Serialize};

use super::parts::{ClipReference, FormAnswer, Signature};
use super::words::{IncidentKind, IncidentOutcome, IncidentSource, Phase, ReportTo};
use crate::text::Text;

/// Something happened. H4, H5, H8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentRecorded {
    /// Names it.
    pub incident: IncidentId,
    /// What about.
    pub about: IncidentKind,
    /// Who or what noticed it.
    pub source: IncidentSource,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Whom it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// Or whom of the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Of the violation catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue_item: Option<Text<60>>,
    /// In words.
    pub description: Text<2000>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<ClipReference>,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
    /// Which catalogue, with its version; the one that holds on the day where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Text<60>>,
}

/// A supervisor has seen it. H5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentAcknowledged {
    /// Which.
    pub incident: IncidentId,
}

/// A supervisor decides. H7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentDecided {
    /// Which.
    pub incident: IncidentId,
    /// Who decides.
    pub supervisor: StaffId,
    /// What.
    pub outcome: IncidentOutcome,
    /// Needed where it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue_item: Option<Text<60>>,
    /// Why.
    pub reasons: Text<2000>,
    /// The candidate was told facts and reasons and could answer.
    pub candidate_heard: bool,
    /// Which catalogue, with its version; the one that holds on the day where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Text<60>>,
}

/// Somebody does not accept the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentAppealed {
    /// Which.
    pub incident: IncidentId,
    /// Why.
    pub grounds: Text<2000>,
}

/// The organisation decides about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealDecided {
    /// Which.
    pub incident: IncidentId,
    /// What holds now.
    pub outcome: IncidentOutcome,
    /// Why.
    pub reasons: Text<2000>,
    /// By whom.
    pub signature: Signature,
}

/// It is reported. H4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentReported {
    /// Which.
    pub incident: IncidentId,
    /// To whom.
    pub to: ReportTo,
    /// Their own number, or who took it.
    pub reference: Text<200>,
}

/// A quality supervision form (质量督导表) is filled in. F6, G5, I2, P8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormFilled {
    /// Names it.
    pub form: FormId,
    /// Which template, with its version.
    pub template: Text<60>,
    /// When.
    pub phase: Phase,
    /// By whom.
    pub supervisor: StaffId,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<FormAnswer>,
    /// 问题
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problems: Option<Text<2000>>,
    /// 指导 given (P8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Text<2000>>,
}

/// What a form found wrong is put right. G5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormItemRectified {
    /// Which.
    pub form: FormId,
    /// Which item.
    pub item: Text<60>,
    /// How.
    pub rectification: Text<1000>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
    /// To whom it was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_to: Option<Text<200>>,
}

/// The supervisor signs the form. I2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormSigned {
    /// Which.
    pub form: FormId,
    /// By whom.
    pub signature: Signature,
}
