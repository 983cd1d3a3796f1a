//! Which parts of the tree a proof is made of: arithmetic alone, no hash is read here.
//!
//! In: sizes and indexes. Out: [`Part`]s, whose hashes make up the proof, in its order. Whoever keeps the tree takes each
//! part apart into perfect subtrees, whose hashes never change once all their leaves are there.
//! Always: at most 63 parts for a leaf, 64 for two trees. Not here: checking a proof, which must not rest on this
//! ([`super::proof`]).

use super::tree::node_hash;
use crate::digest::Sha256;

/// The largest tree: more leaves have no index in the records.
pub const MAX_TREE_SIZE: u64 = i64::MAX as u64;

/// Leaves `start` to `end`, without the last, that are one node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The first.
    pub start: u64,
    /// One after the last.
    pub end: u64,
}

/// A subtree of `2^level` leaves, the `index`-th of this level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subtree {
    /// 0 for a leaf.
    pub level: u8,
    /// From 0.
    pub index: u64,
}

impl Part {
    /// Of a whole tree.
    pub const fn whole(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// Number of leaves.
    pub const fn size(self) -> u64 {
        self.end - self.start
    }

    /// The two below it: the left one holds the largest power of two that is smaller than its size (RFC 6962 section 2.1).
    pub(super) const fn halves(self) -> (Self, Self) {
        let middle = self.start + (1 << (self.size() - 1).ilog2());
        (Self { end: middle, ..self }, Self { start: middle, ..self })
    }

    /// The perfect subtrees that it is made of, largest first.
    pub fn subtrees(self) -> Vec<Subtree> {
        let (mut from, mut found) = (self.start, Vec::new());
        while from < self.end {
            let level = (self.end - from).ilog2();
            found.push(Subtree { level: u8::try_from(level).expect("a size has 64 bits"), index: from >> level });
            from += 1 << level;
        }
        found
    }
}

/// The hash of a part from those of its perfect subtrees, largest first; of nothing the hash of the empty tree.
pub fn join(subtrees: &[Sha256]) -> Sha256 {
    let mut from_right = subtrees.iter().rev();
    let Some(last) = from_right.next() else { return Sha256::of(b"") };
    from_right.fold(*last, |right, left| node_hash(left, &right))
}

/// What proves that the leaf is in the tree, its sibling first (RFC 6962 section 2.1.1). Nothing where there is no such leaf.
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Part>> {
    if index >= size || size > MAX_TREE_SIZE {
        return None;
    }
    let (mut at, mut parts) = (Part::whole(size), Vec::new());
    while at.size() > 1 {
        let (left, right) = at.halves();
        let (inside, beside) = if index < left.end { (left, right) } else { (right, left) };
        parts.push(beside);
        at = inside;
    }
    parts.reverse();
    Some(parts)
}

/// What proves that the tree of `new` leaves continues that of `old` (RFC 6962 section 2.1.2). Nothing where it is smaller.
/// Every tree continues the empty one and itself: no part is needed then.
pub fn consistency(old: u64, new: u64) -> Option<Vec<Part>> {
    if old > new || new > MAX_TREE_SIZE {
        return None;
    }
    if old == 0 {
        return Some(Vec::new());
    }
    let (mut at, mut whole, mut parts) = (Part::whole(new), true, Vec::new());
    while at.end != old {
        let (left, right) = at.halves();
        if old <= left.end {
            parts.push(right);
            at = left;
        } else {
            parts.push(left);
            (at, whole) = (right, false);
        }
    }
    // The old tree itself is known to whoever asks.
    if !whole {
        parts.push(at);
    }
    parts.reverse();
    Some(parts)
}

/// What proves that all these leaves are in the tree, from left to right: the largest parts that hold none of them.
/// `indexes` ascend. Nothing where they do not, or where there is no such leaf.
pub fn many(indexes: &[u64], size: u64) -> Option<Vec<Part>> {
    let ascending = indexes.is_sorted_by(|one, next| one < next);
    if !ascending || indexes.last().is_some_and(|last| *last >= size) || size > MAX_TREE_SIZE {
        return None;
    }
    let mut parts = Vec::new();
    if size > 0 {
        without(Part::whole(size), indexes, &mut parts);
    }
    Some(parts)
}

fn without(at: Part, indexes: &[u64], parts: &mut Vec<Part>) {
    if indexes.is_empty() {
        parts.push(at);
    } else if at.size() > 1 {
        let (left, right) = at.halves();
        let (before, after) = indexes.split_at(indexes.partition_point(|index| *index < left.end));
        without(left, before, parts);
        without(right, after, parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_made_of_perfect_subtrees_without_a_hole() {
        for size in 0..130 {
            let mut next = 0;
            for subtree in Part::whole(size).subtrees() {
                assert_eq!(subtree.index << subtree.level, next);
                next += 1 << subtree.level;
            }
            assert_eq!(next, size);
        }
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_proof() {
        assert_eq!(inclusion(0, 0), None);
        assert_eq!(inclusion(7, 7), None);
        assert_eq!(consistency(8, 7), None);
        assert_eq!(many(&[3, 3], 7), None);
        assert_eq!(many(&[4, 3], 7), None);
        assert_eq!(many(&[3, 7], 7), None);
        assert_eq!(inclusion(0, u64::MAX), None);
        assert_eq!(consistency(0, u64::MAX), None);
    }

    #[test]
    fn the_largest_tree_is_taken_apart_without_overflow() {
        assert_eq!(inclusion(MAX_TREE_SIZE - 1, MAX_TREE_SIZE).map(|parts| parts.len()), Some(62));
        assert!(consistency(MAX_TREE_SIZE - 1, MAX_TREE_SIZE).is_some_and(|parts| parts.len() <= 64));
        assert!(many(&[0, MAX_TREE_SIZE - 1], MAX_TREE_SIZE).is_some());
    }
}
