//! Why something is no lottery.

use liuhen_proto::ids::{RoomId, StaffId};

/// What there can be too many of, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Rooms.
    Rooms,
    /// People in the pool.
    People,
    /// Places in all rooms together.
    Places,
}

impl Counted {
    /// In Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Rooms => "考场",
            Self::People => "人员",
            Self::Places => "名额",
        }
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rooms => "rooms",
            Self::People => "people",
            Self::Places => "places",
        })
    }
}

/// What is wrong with the form of a lottery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotteryError {
    /// Written by another version.
    #[error(
        "the lottery is written as {found:?}, and this program reads {:?}: read it with the version that wrote it",
        super::VERSION
    )]
    Version {
        /// The version that it names.
        found: String,
    },
    /// The first draw has no draw before it, and every other has.
    #[error("draw number {number}: the first is 1 and has no reason, every later one has a reason and names the one before")]
    Number {
        /// The number it has.
        number: u32,
    },
    /// Nothing to draw.
    #[error("the lottery has no {what}: add at least one")]
    None {
        /// Of what.
        what: Counted,
    },
    /// More than one lottery may have.
    #[error("the lottery has {found} {what}, and at most {limit} are allowed: draw for each site by itself")]
    TooMany {
        /// Of what.
        what: Counted,
        /// How many.
        found: usize,
        /// How many at most.
        limit: usize,
    },
    /// A room without places.
    #[error("room {room} has no places: give it at least one, or leave the room out")]
    NoPlaces {
        /// Which room.
        room: RoomId,
    },
    /// A room that is listed twice.
    #[error("room {room} is listed twice: list it once, with all its places")]
    RoomTwice {
        /// Which room.
        room: RoomId,
    },
    /// A person who is listed twice.
    #[error("{staff} is in the pool twice: list everybody once, with all their exclusions")]
    StaffTwice {
        /// Who.
        staff: StaffId,
    },
    /// The same exclusion twice.
    #[error("{staff} is excluded from room {room} twice: name one reason")]
    ExclusionTwice {
        /// Who.
        staff: StaffId,
        /// From where.
        room: RoomId,
    },
    /// An exclusion from a room that is not drawn.
    #[error("{staff} is excluded from room {room}, which is not in the lottery: add the room or drop the exclusion")]
    UnknownRoom {
        /// Who.
        staff: StaffId,
        /// From where.
        room: RoomId,
    },
}

impl LotteryError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Version { found } => {
                format!("抽签方案的版本为 {found:?}，本程序只能读取 {}，请使用生成它的版本", super::VERSION)
            }
            Self::Number { number } => {
                format!("抽签次数为 {number}：首次抽签为 1 且无原因，此后每次须写明原因并指明上一次抽签")
            }
            Self::None { what } => format!("抽签方案中没有{}，请添加", what.zh()),
            Self::TooMany { what, found, limit } => {
                format!("抽签方案的{}数为 {found}，最多 {limit}，请按考点分别抽签", what.zh())
            }
            Self::NoPlaces { room } => format!("考场 {room} 没有监考名额，请至少设 1 个，或移除该考场"),
            Self::RoomTwice { room } => format!("考场 {room} 重复列出，请合并为一项并写明全部名额"),
            Self::StaffTwice { staff } => format!("人员 {staff} 重复列出，请合并为一项并写明全部回避考场"),
            Self::ExclusionTwice { staff, room } => format!("人员 {staff} 对考场 {room} 的回避重复列出，请只保留一个原因"),
            Self::UnknownRoom { staff, room } => {
                format!("人员 {staff} 需回避的考场 {room} 不在抽签方案中，请添加该考场或移除该回避")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story::{member, room, staff, turn};
    use crate::lots::{Exclusion, Lottery, MAX_PEOPLE, MAX_PLACES, MAX_ROOMS, Recusal, RoomPlaces};

    fn rooms(places: &[u16]) -> Vec<RoomPlaces> {
        (1..).zip(places).map(|(n, &places)| RoomPlaces { room: room(n), places }).collect()
    }

    fn refused(rooms: Vec<RoomPlaces>, pool: Vec<super::super::Member>) -> LotteryError {
        let error = Lottery::new(turn(), rooms, pool).unwrap_err();
        assert!(!error.zh().is_empty());
        error
    }

    #[test]
    fn too_much_and_nothing_are_told_with_what_and_how_many() {
        let (pool, place) = (|n| (1..=n).map(member).collect::<Vec<_>>(), rooms(&[2]));
        assert_eq!(refused(vec![], pool(3)).to_string(), "the lottery has no rooms: add at least one");
        assert_eq!(refused(place.clone(), vec![]).zh(), "抽签方案中没有人员，请添加");
        let (what, limit) = (Counted::People, MAX_PEOPLE);
        assert_eq!(refused(place, pool(501)), LotteryError::TooMany { what, found: 501, limit });
        let (what, limit) = (Counted::Rooms, MAX_ROOMS);
        assert_eq!(refused(rooms(&[1; 201]), pool(3)), LotteryError::TooMany { what, found: 201, limit });
        let (what, limit) = (Counted::Places, MAX_PLACES);
        assert_eq!(refused(rooms(&[2_000, 1]), pool(3)), LotteryError::TooMany { what, found: 2_001, limit });
        assert_eq!(refused(rooms(&[2, 0]), pool(3)), LotteryError::NoPlaces { room: room(2) });
    }

    #[test]
    fn what_is_listed_twice_or_unknown_is_named() {
        let twice = [rooms(&[1]), rooms(&[1])].concat();
        assert_eq!(refused(twice, vec![member(1)]), LotteryError::RoomTwice { room: room(1) });
        assert_eq!(refused(rooms(&[1]), vec![member(7), member(7)]), LotteryError::StaffTwice { staff: staff(7) });
        let excluded = |n| Exclusion { room: room(n), reason: Recusal::Kin };
        let mut person = member(1);
        person.excluded_rooms = vec![excluded(9)];
        assert_eq!(refused(rooms(&[1]), vec![person.clone()]), LotteryError::UnknownRoom { staff: staff(1), room: room(9) });
        person.excluded_rooms = vec![excluded(1), excluded(1)];
        assert_eq!(refused(rooms(&[1]), vec![person]), LotteryError::ExclusionTwice { staff: staff(1), room: room(1) });
    }
}
