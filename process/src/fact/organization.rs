//! What is told of an organisation.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{PersonId, StaffId};
use serde::{Deserialize, Serialize};

use super::parts::{AnnouncedItem, DateRange, Occupation, Qualification};
use super::words::Level;
use crate::calendar::Date;
use crate::text::Text;

/// The body is on file (备案) with the authority. A9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyFiled {
    /// With which.
    pub authority: Text<200>,
    /// Of the filing.
    pub number: Text<60>,
    /// How long.
    pub valid: DateRange,
}

/// Occupation and levels that it may certify. A7, A9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeFiled {
    /// Which.
    pub occupation: Occupation,
    /// At which levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// How long.
    pub valid: DateRange,
    /// Number of the approval.
    pub approval: Text<60>,
}

/// The annual announcement (年度计划公告). A8, B1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementPublished {
    /// For which year.
    pub year: u32,
    /// By the authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_on: Option<Date>,
    /// For all to see.
    pub published_on: Date,
    /// Where.
    pub channel: Text<200>,
    /// The file.
    pub document_sha256: Sha256,
    /// What it promises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AnnouncedItem>,
}

/// A person who serves at exams. P1, F3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffRegistered {
    /// Who.
    pub staff: StaffId,
    /// As on the card.
    pub name: Text<200>,
    /// 工作单位
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<200>>,
    /// What the person may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualifications: Vec<Qualification>,
    /// The account, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}
