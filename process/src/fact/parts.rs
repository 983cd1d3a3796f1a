//! Parts of facts.

use liuhen_proto::ids::{CameraId, CandidateId, RoomId, StaffId};
use liuhen_proto::{Interval, Sha256};
use serde::{Deserialize, Serialize};

use super::words::{Answer, Level, Subject};
use crate::calendar::Date;
use crate::text::Text;

/// Who stands for it: electronically, or on a scanned page that two persons attest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// As on that day.
    pub name: Text<200>,
    /// As on that day.
    pub post: Text<200>,
    /// The scanned page; without it the signature is electronic: the caller’s own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_sha256: Option<Sha256>,
    /// Two persons who attest the scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attested_by: Vec<StaffId>,
}

/// An occupation (职业, 工种).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occupation {
    /// As in the national classification.
    pub code: Text<40>,
    /// With the job type, where there is one.
    pub name: Text<200>,
}

/// From a day to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// The first day.
    pub first: Date,
    /// The last day, not before the first.
    pub last: Date,
}

/// What an announcement promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnouncedItem {
    /// Its code.
    pub occupation: Text<40>,
    /// At which levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// In which months, 1 to 12; empty where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u32>,
}

/// A card or certificate of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualification {
    /// 考评员证卡 for instance.
    pub kind: Text<60>,
    /// As printed.
    pub number: Text<60>,
    /// Its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

/// How a subject counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectPlan {
    /// Which.
    pub subject: Subject,
    /// Its part of the whole, in thousandths (B15).
    pub weight_permille: u32,
    /// How long it lasts.
    pub minutes: u32,
    /// 智能化考试
    pub by_computer: bool,
}

/// A turn (轮次) of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// From 1.
    pub number: u32,
    /// What is examined.
    pub subject: Subject,
    /// From its start to its end.
    pub interval: Interval,
}

/// A room of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomPlan {
    /// Which.
    pub room: RoomId,
    /// Building, floor, room number (B12).
    pub location: Text<200>,
}

/// Where a candidate sits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Who.
    pub candidate: CandidateId,
    /// In which turn.
    pub turn: u32,
    /// Where.
    pub room: RoomId,
    /// Label of the seat or workstation.
    pub seat: Text<32>,
}

/// Examiners of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Where.
    pub room: RoomId,
    /// Who.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examiners: Vec<StaffId>,
    /// 考评组长
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<StaffId>,
}

/// Who invigilates where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnPlace {
    /// Who.
    pub staff: StaffId,
    /// Where.
    pub room: RoomId,
}

/// A stretch of footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipReference {
    /// Which camera.
    pub camera: CameraId,
    /// From when to when.
    pub interval: Interval,
}

/// An answer on a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormAnswer {
    /// Of the template.
    pub item: Text<60>,
    /// What was found.
    pub answer: Answer,
    /// Needed with a no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text<1000>>,
    /// Photos and scans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_sha256: Vec<Sha256>,
    /// Where the item asks for a grade: from 1, which is the worst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<u32>,
    /// Where the item asks for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Where the item asks for words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<1000>>,
}

/// Minutes given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensation {
    /// To whom.
    pub candidate: CandidateId,
    /// How many, 1 to 480.
    pub minutes: u32,
}
