//! What moves a session on, and what is kept beside it.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{ExemptionId, RoomId, StaffId};
use serde::{Deserialize, Serialize};

use super::parts::Signature;
use super::words::{OutsideEventKind, TraceKind};
use crate::text::Text;

/// A room may begin. Story 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomReady {
    /// Which.
    pub room: RoomId,
    /// What replaces what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute: Option<Text<500>>,
}

/// A turn begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnStarted {
    /// Which.
    pub turn: u32,
}

/// It is interrupted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnPaused {
    /// Which.
    pub turn: u32,
    /// Why.
    pub reason: Text<500>,
}

/// It goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnResumed {
    /// Which.
    pub turn: u32,
}

/// It is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnEnded {
    /// Which.
    pub turn: u32,
}

/// The papers are sealed (封存). I1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSealed {
    /// By whom.
    pub signature: Signature,
}

/// A trace that is kept instead of a recording. C7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceKept {
    /// By which leave.
    pub exemption: ExemptionId,
    /// Where.
    pub room: RoomId,
    /// What.
    pub trace: TraceKind,
    /// At least one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
}

/// Somebody who does not belong to the exam was there. C4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitorNoted {
    /// Who.
    pub name: Text<200>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<200>>,
    /// Why.
    pub reason: Text<500>,
    /// By whom.
    pub escorted_by: StaffId,
}

/// Another system tells of an event of the session. H1, D3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideEventSeen {
    /// What.
    pub event: OutsideEventKind,
    /// Its own name for it.
    pub reference: Text<200>,
    /// What it hands over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}

/// A finding is let pass. Who may is in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingWaived {
    /// Which rule.
    pub rule: Text<60>,
    /// What it is about, as the finding says.
    pub about: Text<200>,
    /// Why.
    pub reason: Text<1000>,
    /// By whom.
    pub signature: Signature,
}
