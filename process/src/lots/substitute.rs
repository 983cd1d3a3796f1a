//! Somebody is absent: a reserve serves in their place. That is recorded, and is no new draw.

use std::collections::BTreeSet;

use liuhen_proto::Sha256;
use liuhen_proto::ids::{RoomId, StaffId};
use serde::{Deserialize, Serialize};

use super::{DrawRecord, Lottery, PhysicalDraw, Reason, Seat};

/// Who serves in whose place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitution {
    /// Of which draw, as [`super::Held::digest`] names it.
    pub draw: Sha256,
    /// Where: the room.
    pub room: RoomId,
    /// Where: the place in it, from 1.
    pub place: u16,
    /// Who does not serve.
    pub absent: StaffId,
    /// Who serves instead.
    pub substitute: StaffId,
    /// Why.
    pub reason: Reason,
}

/// Why nobody takes a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// Who is said to be absent has no place.
    #[error("{staff} serves nowhere in this draw: name somebody who has a place now")]
    NotServing {
        /// Who.
        staff: StaffId,
    },
    /// All reserves serve already or may not serve there.
    #[error(
        "no reserve is left for room {room}: {used} serve or served already, {excluded} are excluded there; \
             record who serves instead as a fact in breach, with the name of the site head"
    )]
    NobodyLeft {
        /// Where.
        room: RoomId,
        /// Reserves that were called in already.
        used: usize,
        /// Other reserves who may not serve in this room.
        excluded: usize,
    },
    /// What was recorded earlier does not follow from the draw.
    #[error("substitution {line} does not follow from the draw and those before it: give all of them, in order")]
    Earlier {
        /// From 1.
        line: usize,
    },
}

impl SubstituteError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::NotServing { staff } => format!("{staff} 在本次抽签中没有监考名额，请指明现任监考人员"),
            Self::NobodyLeft { room, used, excluded } => {
                format!(
                    "考场 {room} 已无候补：{used} 人已递补，{excluded} 人须回避；请由考点负责人具名，将实际监考人员按违规事实记录"
                )
            }
            Self::Earlier { line } => format!("第 {line} 次递补与抽签及此前的递补不符，请按顺序提供全部递补记录"),
        }
    }
}

/// A draw as far as it matters for who serves: computed or with paper.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    draw: Sha256,
    lottery: &'a Lottery,
    result: &'a [Seat],
    reserves: &'a [StaffId],
}

impl DrawRecord {
    /// Who serves, and who may be called in.
    pub fn drawn(&self) -> Drawn<'_> {
        Drawn { draw: self.held().digest, lottery: &self.lottery, result: &self.result, reserves: &self.reserves }
    }
}

impl PhysicalDraw {
    /// Who serves, and who may be called in.
    pub fn drawn(&self) -> Drawn<'_> {
        Drawn { draw: self.held().digest, lottery: &self.lottery, result: &self.result, reserves: &self.reserves }
    }
}

impl Drawn<'_> {
    /// The substitution for somebody absent: the first reserve who was not called in yet and is not excluded from the
    /// room. `earlier` is all that was recorded so far. A reserve who is absent as well is called in and substituted in
    /// turn, so that nobody is passed over without a reason on record.
    pub fn substitute(self, earlier: &[Substitution], absent: StaffId, reason: Reason) -> Result<Substitution, SubstituteError> {
        let standing = self.standing(earlier)?;
        self.next(&standing, earlier, absent, reason)
    }

    /// Who serves where after these substitutions. Each must follow from the draw and from those before it.
    pub fn standing(self, substitutions: &[Substitution]) -> Result<Vec<Seat>, SubstituteError> {
        let mut standing = self.result.to_vec();
        for (line, it) in substitutions.iter().enumerate() {
            let expected = self.next(&standing, &substitutions[..line], it.absent, it.reason.clone());
            if expected.as_ref() != Ok(it) {
                return Err(SubstituteError::Earlier { line: line + 1 });
            }
            standing.iter_mut().filter(|seat| seat.staff == it.absent).for_each(|seat| seat.staff = it.substitute);
        }
        Ok(standing)
    }

    fn next(
        self,
        standing: &[Seat],
        earlier: &[Substitution],
        absent: StaffId,
        reason: Reason,
    ) -> Result<Substitution, SubstituteError> {
        let seat = standing.iter().find(|it| it.staff == absent);
        let &Seat { room, place, .. } = seat.ok_or(SubstituteError::NotServing { staff: absent })?;
        let called: BTreeSet<_> = earlier.iter().map(|it| it.substitute).collect();
        let (used, left): (Vec<_>, Vec<_>) = self.reserves.iter().copied().partition(|it| called.contains(it));
        let first = left.iter().copied().find(|it| self.lottery.excluded(*it, room).is_none());
        let nobody = SubstituteError::NobodyLeft { room, used: used.len(), excluded: left.len() };
        first.map(|substitute| Substitution { draw: self.draw, room, place, absent, substitute, reason }).ok_or(nobody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story::{self, room, staff};

    /// Rooms 1 and 2 with persons 1 and 2; reserves 3, 4 and 5, of whom 3 may not serve in room 1, nor 5 in room 2.
    fn paper() -> PhysicalDraw {
        let result = (1..=2).map(|n| Seat { room: room(n), place: 1, staff: staff(n) }).collect();
        let lottery = story::lottery(&[1, 1], 5, &[(3, 1), (5, 2)]);
        let (reserves, witnesses) = (vec![staff(3), staff(4), staff(5)], vec![staff(20), staff(21)]);
        PhysicalDraw { lottery, result, reserves, witnesses, photo: Sha256::of(b"photo") }
    }

    fn ill() -> Reason {
        Reason::new("病假").unwrap()
    }

    #[test]
    fn the_first_reserve_who_may_serve_in_the_room_is_called_in() {
        let paper = paper();
        let first = paper.drawn().substitute(&[], staff(1), ill()).unwrap();
        assert_eq!((first.room, first.absent, first.substitute), (room(1), staff(1), staff(4)));
        let standing = paper.drawn().standing(&[first]).unwrap();
        assert_eq!(standing.iter().map(|it| it.staff).collect::<Vec<_>>(), [staff(4), staff(2)]);
    }

    #[test]
    fn nobody_is_called_in_twice_and_an_absent_reserve_is_substituted_in_turn() {
        let paper = paper();
        let first = paper.drawn().substitute(&[], staff(1), ill()).unwrap();
        let second = paper.drawn().substitute(std::slice::from_ref(&first), staff(4), ill()).unwrap();
        assert_eq!((second.room, second.substitute), (room(1), staff(5)));
        let third = paper.drawn().substitute(&[first.clone(), second.clone()], staff(5), ill());
        assert_eq!(third, Err(SubstituteError::NobodyLeft { room: room(1), used: 2, excluded: 1 }));
        assert!(third.unwrap_err().to_string().contains("2 serve or served already, 1 are excluded"));
        let elsewhere = paper.drawn().substitute(&[first, second], staff(2), ill()).unwrap();
        assert_eq!(elsewhere.substitute, staff(3));
    }

    #[test]
    fn who_has_no_place_is_not_substituted() {
        for nobody in [staff(3), staff(9)] {
            let error = paper().drawn().substitute(&[], nobody, ill()).unwrap_err();
            assert_eq!(error, SubstituteError::NotServing { staff: nobody });
        }
    }

    #[test]
    fn a_substitution_that_does_not_follow_is_noticed() {
        let paper = paper();
        let first = paper.drawn().substitute(&[], staff(1), ill()).unwrap();
        let passed_over = Substitution { substitute: staff(5), ..first.clone() };
        let other_draw = Substitution { draw: Sha256::of(b"other"), ..first.clone() };
        for wrong in [vec![passed_over], vec![other_draw], vec![first.clone(), first]] {
            let line = wrong.len();
            assert_eq!(paper.drawn().standing(&wrong), Err(SubstituteError::Earlier { line }));
        }
    }
}
