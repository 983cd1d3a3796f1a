//! What is told of certificates: numbers, issue, reports.

use liuhen_proto::Sha256;
use liuhen_proto::ids::CandidateId;
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::text::Text;

/// The platform gives a certificate its number (赋码): it is taken in, and never made here. J3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateNumbered {
    /// Whose.
    pub candidate: CandidateId,
    /// 22 characters, as the platform has it.
    pub number: Text<40>,
    /// The platform’s own name for the assignment.
    pub reference: Text<200>,
}

/// The authority confirms numbers and results (确认发证). J3, B4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificatesConfirmed {
    /// Which.
    pub authority: Text<200>,
    /// Its own number.
    pub reference: Text<100>,
    /// When.
    pub confirmed_on: Date,
    /// Whose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// A certificate is printed and handed out. J4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateIssued {
    /// Whose.
    pub candidate: CandidateId,
    /// As printed.
    pub number: Text<40>,
    /// 职业名称, as printed.
    pub occupation: Text<200>,
    /// 工种/职业方向, as printed: —— where there is none.
    pub job_type: Text<200>,
    /// 职业技能等级, as printed: 一级/高级技师 for instance.
    pub level: Text<60>,
    /// 发证日期
    pub issued_on: Date,
    /// Characters of the name that cannot be printed were written by hand.
    pub handwritten: bool,
    /// What was written by hand bears the seal.
    pub hand_sealed: bool,
    /// A scan of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}

/// A certificate is issued again, with the number that it had (补办). J5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateReissued {
    /// Whose.
    pub candidate: CandidateId,
    /// The original number.
    pub number: Text<40>,
    /// When it was asked for.
    pub applied_on: Date,
    /// When it was issued.
    pub issued_on: Date,
    /// Why.
    pub reason: Text<500>,
    /// What was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}

/// Data of certificates are reported to the authority (数据上报). J6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataReported {
    /// When.
    pub reported_on: Date,
    /// The authority’s own number.
    pub reference: Text<200>,
    /// Whose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// The authority sends data back to be put right (审核退回). J7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataReturned {
    /// Names it within the batch.
    pub returning: Text<60>,
    /// When.
    pub returned_on: Date,
    /// What is wrong.
    pub reason: Text<1000>,
    /// Whose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// Data that were sent back are put right and reported again. J7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCorrected {
    /// Which.
    pub returning: Text<60>,
    /// When.
    pub reported_on: Date,
    /// The authority’s own number.
    pub reference: Text<200>,
}
