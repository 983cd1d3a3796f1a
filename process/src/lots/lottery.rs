//! What is to be drawn: rooms with places, people, and who may not serve where. Published before the draw.

use liuhen_proto::canonical;
use liuhen_proto::ids::{RoomId, SessionId, StaffId};
use serde::{Deserialize, Serialize};

use super::{Again, Counted, Exclusion, LotteryError, MAX_PEOPLE, MAX_PLACES, MAX_ROOMS, Recusal, Turn, VERSION};

/// A room, and how many invigilators serve in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomPlaces {
    /// The room.
    pub room: RoomId,
    /// At least 1. S wants exactly 2, T and E at least 2 (P2); that is the rule pack's to say.
    pub places: u16,
}

/// Somebody who may be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who.
    pub staff: StaffId,
    /// Where not.
    pub excluded_rooms: Vec<Exclusion>,
}

/// What is to be drawn. Rooms, people and exclusions stand in the order of their ids, so there is one way to write it.
///
/// That every place can be filled is not part of its form: see [`Lottery::fillable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Lottery {
    version: Version,
    session: SessionId,
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<Again>,
    rooms: Vec<RoomPlaces>,
    pool: Vec<Member>,
}

impl Lottery {
    /// Checks the form and sorts; the order in which things are given does not matter.
    pub fn new(turn: Turn, mut rooms: Vec<RoomPlaces>, mut pool: Vec<Member>) -> Result<Self, LotteryError> {
        within(Counted::Rooms, rooms.len(), MAX_ROOMS)?;
        within(Counted::People, pool.len(), MAX_PEOPLE)?;
        rooms.sort_by_key(|it| it.room);
        pool.sort_by_key(|it| it.staff);
        check_rooms(&rooms)?;
        check_people(&pool)?;
        for member in &mut pool {
            check_exclusions(member, &rooms)?;
        }
        let Turn { session, number, again } = turn;
        Ok(Self { version: Version, session, number, again, rooms, pool })
    }

    /// For which session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Which draw of the session, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Why there is another draw; nothing for the first one.
    pub fn again(&self) -> Option<&Again> {
        self.again.as_ref()
    }

    /// The rooms, by id.
    pub fn rooms(&self) -> &[RoomPlaces] {
        &self.rooms
    }

    /// The people, by id.
    pub fn pool(&self) -> &[Member] {
        &self.pool
    }

    /// Why this person may not serve in this room, if so.
    pub fn excluded(&self, staff: StaffId, room: RoomId) -> Option<Recusal> {
        let member = &self.pool[self.pool.binary_search_by_key(&staff, |it| it.staff).ok()?];
        let found = member.excluded_rooms.binary_search_by_key(&room, |it| it.room).ok()?;
        Some(member.excluded_rooms[found].reason)
    }

    /// The bytes that are published and committed to.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }
}

fn within(what: Counted, found: usize, limit: usize) -> Result<(), LotteryError> {
    match found {
        0 => Err(LotteryError::None { what }),
        _ if found > limit => Err(LotteryError::TooMany { what, found, limit }),
        _ => Ok(()),
    }
}

fn check_rooms(rooms: &[RoomPlaces]) -> Result<(), LotteryError> {
    if let Some(twice) = rooms.windows(2).find(|pair| pair[0].room == pair[1].room) {
        return Err(LotteryError::RoomTwice { room: twice[0].room });
    }
    if let Some(empty) = rooms.iter().find(|it| it.places == 0) {
        return Err(LotteryError::NoPlaces { room: empty.room });
    }
    within(Counted::Places, rooms.iter().map(|it| usize::from(it.places)).sum(), MAX_PLACES)
}

fn check_people(pool: &[Member]) -> Result<(), LotteryError> {
    let twice = pool.windows(2).find(|pair| pair[0].staff == pair[1].staff);
    twice.map_or(Ok(()), |pair| Err(LotteryError::StaffTwice { staff: pair[0].staff }))
}

fn check_exclusions(member: &mut Member, rooms: &[RoomPlaces]) -> Result<(), LotteryError> {
    let staff = member.staff;
    member.excluded_rooms.sort_by_key(|it| it.room);
    let unknown = |it: &&Exclusion| rooms.binary_search_by_key(&it.room, |known| known.room).is_err();
    if let Some(it) = member.excluded_rooms.iter().find(unknown) {
        return Err(LotteryError::UnknownRoom { staff, room: it.room });
    }
    let twice = member.excluded_rooms.windows(2).find(|pair| pair[0].room == pair[1].room);
    twice.map_or(Ok(()), |pair| Err(LotteryError::ExclusionTwice { staff, room: pair[0].room }))
}

/// [`VERSION`], as it stands in the lottery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
struct Version;

impl From<Version> for &'static str {
    fn from(_: Version) -> Self {
        VERSION
    }
}

impl TryFrom<String> for Version {
    type Error = LotteryError;
    fn try_from(found: String) -> Result<Self, LotteryError> {
        let unknown = || LotteryError::Version { found: found.chars().take(64).collect() };
        (found == VERSION).then_some(Self).ok_or_else(unknown)
    }
}

/// A lottery as it is read, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: Version,
    session: SessionId,
    number: u32,
    #[serde(default)]
    again: Option<Again>,
    rooms: Vec<RoomPlaces>,
    pool: Vec<Member>,
}

impl TryFrom<Written> for Lottery {
    type Error = LotteryError;
    fn try_from(it: Written) -> Result<Self, LotteryError> {
        let Version = it.version;
        if it.number == 0 || (it.number == 1) != it.again.is_none() {
            return Err(LotteryError::Number { number: it.number });
        }
        Self::new(Turn { session: it.session, number: it.number, again: it.again }, it.rooms, it.pool)
    }
}
