//! The draw itself: what a key makes of a lottery.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{RoomId, StaffId};
use serde::{Deserialize, Serialize};

use super::assign::assign;
use super::numbers::Numbers;
use super::{Lottery, Shortage};

/// Who serves at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The room.
    pub room: RoomId,
    /// The place in it, from 1.
    pub place: u16,
    /// Who.
    pub staff: StaffId,
}

impl std::fmt::Display for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at place {} of {}", self.staff, self.place, self.room)
    }
}

impl Seat {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        format!("考场 {} 第 {} 个名额 {}", self.room, self.place, self.staff)
    }
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// By room, then place.
    pub(super) result: Vec<Seat>,
    /// Who has no place, in the order drawn.
    pub(super) reserves: Vec<StaffId>,
}

/// Draws the people and then the places out of a hat, and fills the places in the order in which both came.
pub(super) fn deal(lottery: &Lottery, key: Sha256) -> Result<Outcome, Shortage> {
    let mut numbers = Numbers::new(key);
    let people = numbers.drawn((0..lottery.pool().len()).collect());
    let places = numbers.drawn(lottery.places());
    let seated = assign(lottery, &places, &people)?;
    let staff = |person: usize| lottery.pool()[person].staff;
    let seat = |(&(room, place), &person): (&(usize, u16), &usize)| Seat {
        room: lottery.rooms()[room].room,
        place,
        staff: staff(person),
    };
    let mut result: Vec<_> = places.iter().zip(&seated).map(seat).collect();
    result.sort_unstable();
    let mut free = vec![true; people.len()];
    seated.iter().for_each(|person| free[*person] = false);
    let reserves = people.into_iter().filter(|person| free[*person]).map(staff).collect();
    Ok(Outcome { result, reserves })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lots::story::{self, lottery, room, staff};

    fn outcomes(lottery: &Lottery, seeds: u32) -> impl Iterator<Item = Outcome> {
        (0..seeds).map(|seed| deal(lottery, Sha256::of(&seed.to_be_bytes())).unwrap())
    }

    fn pairs(lottery: &Lottery, seeds: u32) -> BTreeMap<(StaffId, RoomId), u32> {
        let mut pairs = BTreeMap::new();
        for seat in outcomes(lottery, seeds).flat_map(|it| it.result) {
            *pairs.entry((seat.staff, seat.room)).or_insert(0) += 1;
        }
        pairs
    }

    #[test]
    fn without_exclusions_everybody_comes_to_every_room_equally_often() {
        let counts = pairs(&lottery(&[2; 5], 12, &[]), 6_000);
        assert_eq!(counts.len(), 12 * 5);
        // Expected 1000 each, with a standard deviation of 29.
        assert!(counts.values().all(|n| (880..=1_120).contains(n)), "{counts:?}");
    }

    /// P3, P4.
    #[test]
    fn recusals_starve_nobody_of_a_room_where_they_may_serve() {
        let counts = pairs(&story::lots(), 6_000);
        assert_eq!(counts.len(), 12 * 5 - 2, "the two excluded pairs never come");
        // 1000 each without exclusions; the five rooms share what the excluded pairs lose.
        assert!(counts.values().all(|n| (880..=1_400).contains(n)), "{counts:?}");
    }

    /// The bound of docs/ref/draw.md: (n − p)!/n!, here one in 24, for each assignment of 3 places among 4 people.
    #[test]
    fn no_possible_assignment_is_rarer_than_if_there_were_no_exclusions() {
        let lottery = lottery(&[1, 1, 1], 4, &[(1, 1), (2, 1), (2, 2), (3, 3)]);
        let mut seen = BTreeMap::new();
        for it in outcomes(&lottery, 24_000) {
            *seen.entry(it.result.iter().map(|seat| seat.staff).collect::<Vec<_>>()).or_insert(0) += 1;
        }
        let everybody: Vec<_> = (1..=4).map(staff).collect();
        let possible = |line: &[StaffId; 3]| (1..).zip(line).all(|(n, it)| lottery.excluded(*it, room(n)).is_none());
        let mut expected = 0;
        for [a, b, c] in (0..64).map(|n| [everybody[n / 16], everybody[n / 4 % 4], everybody[n % 4]]) {
            if a != b && b != c && a != c && possible(&[a, b, c]) {
                expected += 1;
                assert!(seen.get(&vec![a, b, c]).is_some_and(|n| *n > 900), "{a} {b} {c}");
            }
        }
        assert_eq!(seen.len(), expected, "and nothing else comes");
    }

    #[test]
    fn reserves_are_those_without_a_place_and_everybody_is_one_or_the_other() {
        let lottery = story::lots();
        let Outcome { result, reserves } = deal(&lottery, Sha256::of(b"any")).unwrap();
        let mut all: Vec<_> = result.iter().map(|seat| seat.staff).chain(reserves).collect();
        all.sort_unstable();
        assert_eq!(all, lottery.pool().iter().map(|it| it.staff).collect::<Vec<_>>());
    }
}
