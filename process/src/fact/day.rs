//! What is told of a session on its day: checks, arrivals, entries, material.

use liuhen_proto::ids::{CameraId, CandidateId, RoomId, StaffId};
use liuhen_proto::{Interval, Sha256};
use serde::{Deserialize, Serialize};

use super::parts::{ClipReference, Compensation, FormAnswer};
use super::words::{IdentityMethod, IdentityResult, MaterialKind, MaterialStep, Phase, SealState};
use crate::text::Text;

/// Items of a checklist. C4, C8, C9, F1 to F6, G2 to G4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistAnswered {
    /// When.
    pub phase: Phase,
    /// Where; the whole site where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<FormAnswer>,
    /// Which template, with its version; the newest checklist where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Text<60>>,
}

/// What an item found wrong is put right. G5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemCorrected {
    /// When it was found.
    pub phase: Phase,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Which.
    pub item: Text<60>,
    /// How.
    pub correction: Text<1000>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
    /// To whom it was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_to: Option<Text<200>>,
}

/// A recording of this day was played back. C5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraTested {
    /// Where.
    pub room: RoomId,
    /// Which.
    pub camera: CameraId,
    /// Whether picture and sound were there.
    pub works: bool,
    /// What was played.
    pub played: ClipReference,
}

/// Somebody is on duty. P2, P6, P7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffArrived {
    /// Who.
    pub staff: StaffId,
    /// 佩戴证卡
    pub badge_worn: bool,
}

/// Somebody is on duty no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffLeft {
    /// Who.
    pub staff: StaffId,
}

/// An identity is checked. H5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateCheckedIn {
    /// Who it should be.
    pub candidate: CandidateId,
    /// For which turn.
    pub turn: u32,
    /// How.
    pub method: IdentityMethod,
    /// What came out.
    pub result: IdentityResult,
    /// Taken on the spot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_sha256: Option<Sha256>,
}

/// The site head decides about an identity. H5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityDecided {
    /// Whose.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
    /// Whether it is the candidate.
    pub accepted: bool,
    /// Why.
    pub reason: Text<500>,
}

/// A candidate enters a room. H3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    /// Who.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
    /// Which.
    pub room: RoomId,
}

/// A candidate hands in and leaves. H3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedIn {
    /// Who.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
}

/// A candidate goes on in another room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Who.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
    /// Where to.
    pub room: RoomId,
    /// Why.
    pub reason: Text<500>,
}

/// Papers, workpieces and other material change hands. D1, D2, G3, I1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialHandled {
    /// What.
    pub material: MaterialKind,
    /// Number of the bag or box.
    pub package: Text<100>,
    /// Id of the paper in the item bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Text<100>>,
    /// What happens.
    pub step: MaterialStep,
    /// How many.
    pub count: u32,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// How the seal was found.
    pub seal: SealState,
    /// Two at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_by: Vec<StaffId>,
}

/// Equipment failed, and nobody who sat there is to blame. H6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquipmentFailed {
    /// Where.
    pub room: RoomId,
    /// What failed.
    pub what: Text<500>,
    /// From when to when.
    pub interval: Interval,
    /// What is given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compensations: Vec<Compensation>,
}
