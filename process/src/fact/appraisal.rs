//! What is told of comprehensive appraisals (综合评审).

use liuhen_proto::ids::{CandidateId, StaffId};
use liuhen_proto::{Interval, Sha256};
use serde::{Deserialize, Serialize};

use super::words::AppraisalMethod;
use crate::text::Text;

/// A candidate is heard at a comprehensive appraisal (综合评审). H6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefenceHeld {
    /// Who.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
    /// How.
    pub method: AppraisalMethod,
    /// Who heard and appraised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examiners: Vec<StaffId>,
    /// When it began and ended.
    pub interval: Interval,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Text<500>>,
    /// The record (评审记录), with what was handed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
}
