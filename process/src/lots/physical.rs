//! A draw with paper, recorded instead of a computed one, and held against the same rules.

use std::collections::BTreeSet;

use liuhen_proto::Sha256;
use liuhen_proto::canonical::{self, CanonicalError};
use liuhen_proto::ids::StaffId;
use serde::{Deserialize, Serialize};

use super::{Breach, Lottery, MAX_BYTES, Seat, WITNESSES};

/// What was drawn with paper, as the site head records it. It has happened: where it breaks a rule it can still be
/// recorded, as a fact in breach, with [`PhysicalDraw::breaches`] as what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhysicalDraw {
    /// What was to be drawn.
    pub lottery: Lottery,
    /// Who serves where.
    pub result: Vec<Seat>,
    /// Who may be called in, in the order drawn; not everybody without a place need be there.
    pub reserves: Vec<StaffId>,
    /// Who saw it.
    pub witnesses: Vec<StaffId>,
    /// The photo of the slips or of the board.
    pub photo: Sha256,
}

impl PhysicalDraw {
    /// The bytes that are kept and whose digest names the draw.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads a record; [`PhysicalDraw::breaches`] is for afterwards.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::from_bytes(bytes, MAX_BYTES)
    }

    /// Everything that it breaks; nothing if it is as good as a computed one.
    pub fn breaches(&self) -> Vec<Breach> {
        [self.of_people(), self.of_places(), self.of_witnesses()].concat()
    }

    fn in_pool(&self, staff: StaffId) -> bool {
        self.lottery.pool().binary_search_by_key(&staff, |it| it.staff).is_ok()
    }

    fn of_people(&self) -> Vec<Breach> {
        let (mut seen, mut breaches) = (BTreeSet::new(), Vec::new());
        for &staff in self.result.iter().map(|it| &it.staff).chain(&self.reserves) {
            if !self.in_pool(staff) {
                breaches.push(Breach::Stranger { staff });
            }
            if !seen.insert(staff) {
                breaches.push(Breach::Twice { staff });
            }
        }
        breaches
    }

    fn of_places(&self) -> Vec<Breach> {
        let rooms = self.lottery.rooms();
        let mut empty: BTreeSet<_> = rooms.iter().flat_map(|it| (1..=it.places).map(|place| (it.room, place))).collect();
        let known = empty.clone();
        let mut breaches = Vec::new();
        for &Seat { room, place, staff } in &self.result {
            if !known.contains(&(room, place)) {
                breaches.push(Breach::NoSuchPlace { room, place });
            } else if !empty.remove(&(room, place)) {
                breaches.push(Breach::PlaceTwice { room, place });
            }
            breaches.extend(self.lottery.excluded(staff, room).map(|reason| Breach::Excluded { staff, room, reason }));
        }
        breaches.extend(empty.into_iter().map(|(room, place)| Breach::Empty { room, place }));
        breaches
    }

    /// Who was in the pool may watch too, but does not count: they have something to win. Even the smallest site has the
    /// site head and an internal supervisor.
    fn of_witnesses(&self) -> Vec<Breach> {
        let outside: BTreeSet<_> = self.witnesses.iter().filter(|it| !self.in_pool(**it)).collect();
        let few = outside.len() < WITNESSES.0;
        few.then_some(Breach::Witnesses { found: outside.len() }).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::Recusal;
    use crate::lots::story::{self, room, staff};

    /// Two rooms of one place, three people; 2 may not serve in room 2.
    fn drawn(change: impl Fn(&mut PhysicalDraw)) -> Vec<Breach> {
        let seat = |n| Seat { room: room(n), place: 1, staff: staff(n) };
        let result = vec![seat(1), Seat { staff: staff(3), ..seat(2) }];
        let (witnesses, photo) = (vec![staff(20), staff(21)], Sha256::of(b"photo"));
        let lottery = story::lottery(&[1, 1], 3, &[(2, 2)]);
        let mut draw = PhysicalDraw { lottery, result, reserves: vec![staff(2)], witnesses, photo };
        change(&mut draw);
        let read = PhysicalDraw::from_bytes(&draw.to_bytes()).unwrap();
        assert!(read == draw && draw.breaches().iter().all(|it| !it.zh().is_empty()));
        draw.breaches()
    }

    #[test]
    fn a_draw_with_paper_that_keeps_the_rules_breaks_nothing() {
        assert_eq!(drawn(|_| ()), []);
        assert_eq!(drawn(|it| it.reserves.clear()), []);
        assert_eq!(drawn(|it| it.witnesses.push(staff(1))), []);
    }

    /// P3, P4, G1.
    #[test]
    fn each_breach_is_named() {
        let (staff_1, room_2) = (staff(1), room(2));
        let excluded = Breach::Excluded { staff: staff(2), room: room_2, reason: Recusal::OwnTrainees };
        assert_eq!(drawn(|it| (it.result[1].staff, it.reserves[0]) = (staff(2), staff(3))), [excluded]);
        assert_eq!(drawn(|it| it.result[0].staff = staff(9)), [Breach::Stranger { staff: staff(9) }]);
        assert_eq!(drawn(|it| it.result[1].staff = staff_1), [Breach::Twice { staff: staff_1 }]);
        assert_eq!(drawn(|it| it.result.truncate(1)), [Breach::Empty { room: room_2, place: 1 }]);
        let empty = Breach::Empty { room: room_2, place: 1 };
        assert_eq!(drawn(|it| it.result[1].place = 2), [Breach::NoSuchPlace { room: room_2, place: 2 }, empty]);
        assert_eq!(drawn(|it| it.result[1].room = room(1)), [Breach::PlaceTwice { room: room(1), place: 1 }, empty]);
    }

    #[test]
    fn two_different_witnesses_come_from_outside_the_pool() {
        for witnesses in [vec![], vec![staff(20), staff(20)], vec![staff(20), staff(2)]] {
            let few = drawn(|it| it.witnesses = witnesses.clone());
            assert!(matches!(few[..], [Breach::Witnesses { found: 0 | 1 }]), "{few:?}");
        }
    }
}
