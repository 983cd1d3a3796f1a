//! What can be wrong with a draw that was held with paper.

use liuhen_proto::ids::{RoomId, StaffId};

use super::{Recusal, WITNESSES};

/// What a draw with paper breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Somebody serves who was not to be drawn.
    #[error("{staff} was drawn and is not in the pool: correct the record, or add them before another draw")]
    Stranger {
        /// Who.
        staff: StaffId,
    },
    /// Somebody has two places, is reserve twice, or both.
    #[error("{staff} was drawn more than once: keep one of the slips, and draw for the other place")]
    Twice {
        /// Who.
        staff: StaffId,
    },
    /// Somebody serves where they may not (P3, P4).
    #[error("{staff} was drawn for room {room} and is excluded there ({reason}): put another in their place")]
    Excluded {
        /// Who.
        staff: StaffId,
        /// Where.
        room: RoomId,
        /// Why not.
        reason: Recusal,
    },
    /// A place that the lottery does not have.
    #[error("room {room} has no place {place}: correct the record")]
    NoSuchPlace {
        /// Where.
        room: RoomId,
        /// From 1.
        place: u16,
    },
    /// A place with two people.
    #[error("place {place} of room {room} was given twice: keep the slip that was drawn first")]
    PlaceTwice {
        /// Where.
        room: RoomId,
        /// From 1.
        place: u16,
    },
    /// A place without anybody.
    #[error("place {place} of room {room} was given to nobody: draw for it")]
    Empty {
        /// Where.
        room: RoomId,
        /// From 1.
        place: u16,
    },
    /// Not enough people who were not in the pool saw it.
    #[error("{found} witnesses from outside the pool, and {} are needed: name the site head, the internal supervisor or another", WITNESSES.0)]
    Witnesses {
        /// How many different ones.
        found: usize,
    },
}

impl Breach {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Stranger { staff } => format!("抽中的 {staff} 不在抽签人员名单中，请更正记录，或将其加入名单后重新抽签"),
            Self::Twice { staff } => format!("{staff} 被抽中不止一次，请保留其中一签，另一名额重新抽取"),
            Self::Excluded { staff, room, reason } => {
                format!("{staff} 抽中考场 {room}，但应当回避（{}），请更换人员", reason.zh())
            }
            Self::NoSuchPlace { room, place } => format!("考场 {room} 没有第 {place} 个名额，请更正记录"),
            Self::PlaceTwice { room, place } => format!("考场 {room} 的第 {place} 个名额被抽取两次，请保留先抽出的一签"),
            Self::Empty { room, place } => format!("考场 {room} 的第 {place} 个名额无人，请补抽"),
            Self::Witnesses { found } => {
                format!("名单以外的见证人只有 {found} 人，至少需要 {} 人，如考点负责人、内部质量督导员", WITNESSES.0)
            }
        }
    }
}
