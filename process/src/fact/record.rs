//! What is told of the records of a batch: what is kept, where, and what closes it.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{IncidentId, SessionId};
use serde::{Deserialize, Serialize};

use super::parts::Signature;
use super::words::{Medium, RecordCategory};
use crate::calendar::Date;
use crate::text::Text;

/// A record is put into the volume of the batch (归档). K1, K2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFiled {
    /// Names it within the batch.
    pub record: Text<60>,
    /// What it is.
    pub category: RecordCategory,
    /// As in the list of the volume (卷内目录).
    pub title: Text<200>,
    /// Its own date.
    pub dated: Date,
    /// What it is kept on.
    pub medium: Medium,
    /// From 1; the next one supersedes it.
    pub version: u32,
    /// How many pages, pictures or files.
    pub pages: u32,
    /// The file, or the scan of the paper; needed where it is electronic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
    /// Needed for paper: 盒号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_box: Option<Text<60>>,
    /// Needed for paper: where the box stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<Text<60>>,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Why part of a session was not recorded, signed. H2, K2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingExplained {
    /// Of which session.
    pub session: SessionId,
    /// The incident that tells of the hole.
    pub incident: IncidentId,
    /// Why, and what shows what happened instead.
    pub explanation: Text<2000>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
    /// By whom.
    pub signature: Signature,
}

/// The supervision service platform (监管服务平台) has taken the session’s recordings in. H2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionReceived {
    /// Its receipt.
    pub reference: Text<200>,
    /// When.
    pub received_on: Date,
    /// The receipt itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}

/// All is done, and the volume is complete (结卷). K1, K2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchClosed {
    /// By the responsible head.
    pub signature: Signature,
}

/// The summary of a year is handed in (年度工作总结). K5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryFiled {
    /// Of which.
    pub year: u32,
    /// When.
    pub filed_on: Date,
    /// How many sat.
    pub candidates: u32,
    /// How many passed.
    pub passed: u32,
    /// How many certificates were issued.
    pub certificates: u32,
    /// The summary.
    pub document_sha256: Sha256,
}
