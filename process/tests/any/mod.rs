//! Lotteries of any kind.

use liuhen_process::lots::Lottery;
use proptest::prelude::*;

use crate::story;

/// Lotteries with up to 4 rooms, 7 people and any exclusions; often enough nobody could draw them.
pub(crate) fn lottery() -> impl Strategy<Value = Lottery> {
    let excluded = proptest::collection::btree_set((1..=7_u32, 1..=4_u32), 0..16);
    (proptest::collection::vec(1..=2_u16, 1..=4), 1..=7_u32, excluded).prop_map(|(places, people, excluded)| {
        let known = |it: &(u32, u32)| it.0 <= people && it.1 as usize <= places.len();
        story::lottery(&places, people, &excluded.into_iter().filter(known).collect::<Vec<_>>())
    })
}
