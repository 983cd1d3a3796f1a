//! What is told of an exam site.

use liuhen_proto::ids::{ExemptionId, RoomId};
use serde::{Deserialize, Serialize};

use super::parts::{DateRange, Signature};
use super::words::{DeviceKind, ExemptionReason, Facility, TraceKind};
use crate::text::Text;

/// The city authority of the site approves it. C1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteApproved {
    /// Which.
    pub authority: Text<200>,
    /// Of the approval.
    pub number: Text<60>,
    /// How long.
    pub valid: DateRange,
}

/// A facility of the site. C3, C4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacilityDeclared {
    /// Which.
    pub facility: Facility,
    /// Where.
    pub location: Text<200>,
    /// Whether it is there.
    pub present: bool,
}

/// A device of the site or of one room. C5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceDeclared {
    /// What it does.
    pub device: DeviceKind,
    /// Where; the whole site where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// As printed.
    pub serial: Text<100>,
    /// Whether it does.
    pub works: bool,
}

/// How a room is fitted out. C2, C8, C9, C10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomFitted {
    /// Which.
    pub room: RoomId,
    /// Labels of its seats or workstations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Text<32>>,
    /// 单人单桌
    pub single_desk: bool,
    /// 单行
    pub single_row: bool,
    /// The least distance on all sides.
    pub spacing_cm: u32,
    /// How many.
    pub computers: u32,
}

/// The site head signs that the viewpoints cover these rooms. C6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoveragePlanSigned {
    /// Which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomId>,
    /// By whom.
    pub signature: Signature,
}

/// An enterprise’s rooms need not be recorded. C7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptionGranted {
    /// Names it.
    pub exemption: ExemptionId,
    /// Why.
    pub reason: ExemptionReason,
    /// In words.
    pub explanation: Text<1000>,
    /// Where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomId>,
    /// When.
    pub valid: DateRange,
    /// What is done instead.
    pub measures: Text<1000>,
    /// What is kept instead, at least one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceKind>,
    /// By whom.
    pub approver: Signature,
}
