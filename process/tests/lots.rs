//! Lots, from outside: what holds for any lottery and any seed, and the bytes that are for ever.

use liuhen_process::lots;
use liuhen_process::lots::{Announcement, Contributions, DrawRecord, Lottery, Seat, Seed, Shortage};
use liuhen_proto::Sha256;
use proptest::prelude::*;

mod any;
#[path = "../src/lots/story.rs"]
mod story;

fn drawn(lottery: Lottery, seed: [u8; 32]) -> Result<DrawRecord, Shortage> {
    let seed = Seed::from_bytes(seed);
    Ok(Announcement::new(lottery, &seed)?.open(seed, Contributions::default()).unwrap())
}

/// Every place in turn, everybody who is free and may serve there: all that can be tried.
fn some_assignment_exists(lottery: &Lottery, places: &[usize], taken: &mut Vec<bool>) -> bool {
    let Some((room, rest)) = places.split_first() else { return true };
    (0..taken.len()).any(|person| {
        let barred = lottery.excluded(lottery.pool()[person].staff, lottery.rooms()[*room].room).is_some();
        if taken[person] || barred {
            return false;
        }
        taken[person] = true;
        let found = some_assignment_exists(lottery, rest, taken);
        taken[person] = false;
        found
    })
}

fn places(lottery: &Lottery) -> Vec<usize> {
    lottery.rooms().iter().enumerate().flat_map(|(room, it)| vec![room; it.places.into()]).collect()
}

/// How many people may serve in at least one of the rooms.
fn reach(lottery: &Lottery, rooms: &[liuhen_proto::ids::RoomId]) -> usize {
    let allowed = |staff| rooms.iter().any(|room| lottery.excluded(staff, *room).is_none());
    lottery.pool().iter().filter(|it| allowed(it.staff)).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// P3, P4, G1.
    #[test]
    fn every_place_is_filled_once_and_nobody_serves_twice_or_where_excluded(lottery in any::lottery(), seed: [u8; 32]) {
        let Ok(record) = drawn(lottery.clone(), seed) else { return Ok(()) };
        let filled: Vec<_> = record.result.iter().map(|it| (it.room, it.place)).collect();
        let all = lottery.rooms().iter().flat_map(|it| (1..=it.places).map(|place| (it.room, place)));
        prop_assert_eq!(filled, all.collect::<Vec<_>>());
        let mut people: Vec<_> = record.result.iter().map(|it| it.staff).chain(record.reserves.clone()).collect();
        people.sort_unstable();
        prop_assert_eq!(people, lottery.pool().iter().map(|it| it.staff).collect::<Vec<_>>());
        let sound = |it: &Seat| lottery.excluded(it.staff, it.room).is_none();
        prop_assert!(record.result.iter().all(sound));
    }

    #[test]
    fn the_draw_succeeds_exactly_if_some_assignment_exists(lottery in any::lottery(), seed: [u8; 32]) {
        let exists = some_assignment_exists(&lottery, &places(&lottery), &mut vec![false; lottery.pool().len()]);
        match drawn(lottery.clone(), seed) {
            Ok(_) => prop_assert!(exists),
            Err(Shortage::People { people, places }) => prop_assert!(!exists && people < places),
            Err(Shortage::Rooms { rooms, places, people }) => {
                let named = lottery.rooms().iter().filter(|it| rooms.contains(&it.room));
                prop_assert_eq!(places, named.map(|it| usize::from(it.places)).sum::<usize>());
                prop_assert_eq!(people, reach(&lottery, &rooms));
                prop_assert!(!exists && people < places);
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_and_the_record_says_so(lottery in any::lottery(), seed: [u8; 32]) {
        let Ok(record) = drawn(lottery.clone(), seed) else { return Ok(()) };
        prop_assert_eq!(&record, &drawn(lottery, seed).unwrap());
        let read = DrawRecord::from_bytes(&record.to_bytes()).unwrap();
        prop_assert_eq!(read.verify_announced(record.commitment), Ok(()));
    }

    /// G1: whichever byte of whichever record is changed to whatever.
    #[test]
    fn a_changed_byte_is_found(lottery in any::lottery(), seed: [u8; 32], at: proptest::sample::Index, to in 1..=255_u8) {
        let Ok(record) = drawn(lottery, seed) else { return Ok(()) };
        let mut bytes = record.to_bytes();
        bytes[at.index(record.to_bytes().len())] ^= to;
        prop_assert!(found(&bytes, record.commitment), "{}", String::from_utf8_lossy(&bytes));
    }
}

fn found(bytes: &[u8], announced: Sha256) -> bool {
    DrawRecord::from_bytes(bytes).map_or(true, |record| record.verify_announced(announced).is_err())
}

const GOLDEN: &[u8] = include_bytes!("golden/draw.v1.json");

/// The second draw of session 1, with everything that a record may hold.
fn golden() -> DrawRecord {
    let text = |text| lots::Reason::new(text).unwrap();
    let says = |n, word| lots::Contribution { staff: story::staff(n), entropy: lots::Entropy::new(word).unwrap() };
    let first = drawn(story::lots(), [6; 32]).unwrap();
    let turn = lots::next_draw(story::session(1), &[first.held()], Some(text("第 5 考场停用"))).unwrap();
    let lottery = story::lots();
    let lottery = Lottery::new(turn, lottery.rooms().to_vec(), lottery.pool().to_vec()).unwrap();
    let said = Contributions::new(vec![says(31, "今天下雨"), says(30, "\"42\" \\ ¾ 𐍈")]).unwrap();
    let seed = Seed::from_bytes(std::array::from_fn(|n| u8::try_from(n).unwrap()));
    Announcement::new(lottery, &seed).unwrap().open(seed, said).unwrap()
}

#[test]
fn the_bytes_of_version_1_never_change() {
    assert_eq!(String::from_utf8(golden().to_bytes()).unwrap(), String::from_utf8_lossy(GOLDEN));
    let (read, golden) = (DrawRecord::from_bytes(GOLDEN).unwrap(), golden());
    assert_eq!(read.verify_announced(golden.commitment), Ok(()));
    assert_eq!(Announcement { lottery: golden.lottery.clone(), commitment: golden.commitment }.held(), golden.held());
}

#[test]
fn every_single_byte_of_the_golden_record_counts() {
    for at in 0..GOLDEN.len() {
        for flip in [1, 0x20] {
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= flip;
            assert!(found(&bytes, golden().commitment), "byte {at} ^ {flip}");
        }
    }
}

#[test]
fn another_version_and_a_number_without_its_reason_are_not_read() {
    for (from, to) in [("liuhen-lot-1", "liuhen-lot-2"), ("\"number\":2", "\"number\":1"), ("\"number\":2", "\"number\":0")] {
        let text = String::from_utf8(GOLDEN.to_vec()).unwrap().replace(from, to);
        assert!(DrawRecord::from_bytes(text.as_bytes()).is_err(), "{from} {to}");
    }
}

/// The bounds of a lottery and the bound in bytes fit together, and the largest and tightest one is drawn.
#[test]
fn the_largest_lottery_is_drawn_and_fits() {
    let only = |person: u32| if person <= 200 { person } else { 0 };
    let excluded: Vec<_> =
        (1..=500).flat_map(|it| (1..=200).filter(move |room| *room != only(it)).map(move |room| (it, room))).collect();
    let record = drawn(story::lottery(&[1; 200], 500, &excluded), [1; 32]).unwrap();
    let bytes = record.to_bytes();
    assert!(bytes.len() < lots::MAX_BYTES, "{}", bytes.len());
    assert_eq!(DrawRecord::from_bytes(&bytes).unwrap().verify(), Ok(()));
    assert!(record.result.iter().all(|it| it.staff.to_string()[4..] == it.room.to_string()[5..]));
}
