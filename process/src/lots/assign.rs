//! Fills every place with somebody who may serve there, or says which rooms cannot be filled.
//! Augmenting paths (H. W. Kuhn's), so an assignment is found wherever one exists.

use std::collections::BTreeSet;

use liuhen_proto::ids::RoomId;

use super::Lottery;

/// Why not every place can be filled. It does not depend on chance: no order of drawing would help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shortage {
    /// Fewer people than places.
    #[error("{people} people for {places} places: add people or leave rooms out")]
    People {
        /// In the pool.
        people: usize,
        /// In all rooms.
        places: usize,
    },
    /// Rooms that together have more places than people who may serve in any of them (P. Hall's condition).
    #[error(
        "rooms {} have {places} places, and only {people} people may serve in any of them: add people without recusal there",
        list(rooms)
    )]
    Rooms {
        /// Which rooms, by id.
        rooms: Vec<RoomId>,
        /// Their places.
        places: usize,
        /// How many people are not excluded from all of them.
        people: usize,
    },
}

fn list(rooms: &[RoomId]) -> String {
    rooms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Shortage {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::People { people, places } => format!("{places} 个名额只有 {people} 人，请增加人员或减少考场"),
            Self::Rooms { rooms, places, people } => {
                format!("考场 {} 共 {places} 个名额，可在其中监考的只有 {people} 人，请增加无需回避的人员", list(rooms))
            }
        }
    }
}

impl Lottery {
    /// Checks that some assignment fills every place without anybody where they are excluded.
    pub fn fillable(&self) -> Result<(), Shortage> {
        let people: Vec<_> = (0..self.pool().len()).collect();
        assign(self, &self.places(), &people).map(|_| ())
    }

    /// Every place as the position of its room and its number there, from 1; by room, then number.
    pub(super) fn places(&self) -> Vec<(usize, u16)> {
        self.rooms().iter().enumerate().flat_map(|(room, it)| (1..=it.places).map(move |place| (room, place))).collect()
    }
}

/// Fills the places in this order, asking people in this order. Returns for each place the position of its person.
///
/// A place takes the first who is free and may serve there. If there is none, those who sit already are asked in
/// order whether their place finds somebody else, in the same way; nobody is asked twice for one place.
pub(super) fn assign(lottery: &Lottery, places: &[(usize, u16)], people: &[usize]) -> Result<Vec<usize>, Shortage> {
    if people.len() < places.len() {
        return Err(Shortage::People { people: people.len(), places: places.len() });
    }
    let mut search = Search { barred: barred(lottery), places, people, holds: vec![None; people.len()] };
    for place in 0..places.len() {
        let mut asked = vec![false; people.len()];
        if !search.seat(place, &mut asked) {
            return Err(search.shortage(lottery, place, &asked));
        }
    }
    let mut seated = vec![0; places.len()];
    for (person, place) in search.holds.iter().enumerate() {
        if let Some(place) = place {
            seated[*place] = person;
        }
    }
    Ok(seated)
}

/// For each person and room, by position, whether they are excluded.
fn barred(lottery: &Lottery) -> Vec<Vec<bool>> {
    let row = |staff| lottery.rooms().iter().map(|it| lottery.excluded(staff, it.room).is_some()).collect();
    lottery.pool().iter().map(|it| row(it.staff)).collect()
}

struct Search<'a> {
    barred: Vec<Vec<bool>>,
    places: &'a [(usize, u16)],
    people: &'a [usize],
    /// For each person the place they hold, as a position in `places`.
    holds: Vec<Option<usize>>,
}

impl Search<'_> {
    /// At most as deep as people sit, 500.
    fn seat(&mut self, place: usize, asked: &mut [bool]) -> bool {
        let (people, (room, _)) = (self.people, self.places[place]);
        let free = |&&it: &&usize| self.holds[it].is_none() && !self.barred[it][room];
        if let Some(&person) = people.iter().find(free) {
            self.holds[person] = Some(place);
            return true;
        }
        for &person in people {
            if asked[person] || self.barred[person][room] {
                continue;
            }
            asked[person] = true;
            if self.holds[person].is_some_and(|held| self.seat(held, asked)) {
                self.holds[person] = Some(place);
                return true;
            }
        }
        false
    }

    /// The rooms of the place that found nobody and of all whom it asked: nobody else may serve in any of them.
    fn shortage(&self, lottery: &Lottery, place: usize, asked: &[bool]) -> Shortage {
        let held = (0..asked.len()).filter(|it| asked[*it]).filter_map(|it| self.holds[it]);
        let rooms: BTreeSet<_> = held.chain([place]).map(|it| self.places[it].0).collect();
        let rooms: Vec<_> = rooms.into_iter().map(|it| lottery.rooms()[it]).collect();
        let places = rooms.iter().map(|it| usize::from(it.places)).sum();
        let people = asked.iter().filter(|it| **it).count();
        Shortage::Rooms { rooms: rooms.iter().map(|it| it.room).collect(), places, people }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story::{lottery, room};

    #[test]
    fn too_few_people_are_counted() {
        let shortage = lottery(&[2, 2], 3, &[]).fillable().unwrap_err();
        assert_eq!(shortage, Shortage::People { people: 3, places: 4 });
        assert_eq!(shortage.zh(), "4 个名额只有 3 人，请增加人员或减少考场");
    }

    #[test]
    fn rooms_that_cannot_be_filled_are_named_and_no_others() {
        // Six people; of them only 1 may serve in room 2 or 3.
        let barred: Vec<_> = (2..=6).flat_map(|person| [(person, 2), (person, 3)]).collect();
        let shortage = lottery(&[2, 1, 1], 6, &barred).fillable().unwrap_err();
        assert_eq!(shortage, Shortage::Rooms { rooms: vec![room(2), room(3)], places: 2, people: 1 });
        assert!(shortage.to_string().starts_with("rooms room_00000000000000000000000002, room_0"));
    }

    #[test]
    fn somebody_who_sits_gives_way_where_another_may_serve_only_there() {
        assert_eq!(lottery(&[1, 1], 2, &[(2, 2)]).fillable(), Ok(()));
        assert_eq!(lottery(&[1, 1, 1], 3, &[(2, 3), (3, 3), (3, 2)]).fillable(), Ok(()));
    }
}
