//! What is told of a session before its day: turns, rooms, seats, people, lots.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{BatchId, RoomId, StaffId};
use serde::{Deserialize, Serialize};

use super::parts::{DrawnPlace, Panel, RoomPlan, Seat, Turn};
use super::words::Duty;
use crate::text::Text;

/// What a session is: its turns and rooms. B12, C11, C12, H2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionPlanned {
    /// Under which plan.
    pub batch: BatchId,
    /// In order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// Where candidates sit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomPlan>,
    /// 应急考场
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standby_rooms: Vec<RoomId>,
    /// Where papers lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secure_rooms: Vec<RoomId>,
}

/// Who sits where. B9, C12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatsAssigned {
    /// All or none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Seat>,
}

/// Who does what. P1, P3, P4, P7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyAssigned {
    /// Who.
    pub staff: StaffId,
    /// What.
    pub duty: Duty,
    /// Where; the whole session where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// Somebody does it no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyEnded {
    /// Who.
    pub staff: StaffId,
    /// What.
    pub duty: Duty,
    /// Why.
    pub reason: Text<500>,
}

/// Examiners are sent. P5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExaminersDispatched {
    /// Number of the platform’s order.
    pub dispatch: Text<100>,
    /// 随机派遣
    pub at_random: bool,
    /// Who, by room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
}

/// What will be drawn, with the promise of a seed. G1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotsCommitted {
    /// Of lottery and seed.
    pub commitment_sha256: Sha256,
    /// Canonical JSON of the lottery.
    pub lottery: Text<60000>,
}

/// The lots are drawn, and can be drawn again. G1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotsDrawn {
    /// Canonical JSON of the record.
    pub record: Text<60000>,
    /// Needed from the second draw on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// Lots of paper were drawn. G1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotsDrawnByHand {
    /// What came out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<DrawnPlace>,
    /// Who is left, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserves: Vec<StaffId>,
    /// At least two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<StaffId>,
    /// Of the lots.
    pub photo_sha256: Sha256,
    /// Needed from the second draw on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// A reserve takes the place of somebody absent. G1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveTaken {
    /// Who is not there.
    pub absent: StaffId,
    /// Who comes instead.
    pub reserve: StaffId,
    /// Why.
    pub reason: Text<500>,
}
