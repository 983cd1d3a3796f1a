//! Every proof of every tree up to 130 leaves holds, and none holds for anything else.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use proptest::prelude::*;

use super::super::shape::{self, Part};
use super::super::tree::{leaf_hash, node_hash};
use super::*;

/// Leaves, and the hashes of their ranges that were asked for before.
struct Leaves {
    hashes: Vec<Sha256>,
    known: RefCell<HashMap<Range<usize>, Sha256>>,
}

impl Leaves {
    fn new(count: u64) -> Self {
        let hashes = (0..count).map(|n| leaf_hash(format!("entry {n}").as_bytes())).collect();
        Self { hashes, known: RefCell::default() }
    }

    /// `MTH(D[n])`: the definition of RFC 6962 section 2.1, read off the page.
    fn mth(&self, d: Range<usize>) -> Sha256 {
        if let Some(known) = self.known.borrow().get(&d) {
            return *known;
        }
        let hash = match d.len() {
            0 => Sha256::of(b""),
            1 => self.hashes[d.start],
            n => {
                let k = d.start + n.next_power_of_two() / 2;
                node_hash(&self.mth(d.start..k), &self.mth(k..d.end))
            }
        };
        self.known.borrow_mut().insert(d, hash);
        hash
    }

    /// `PATH(m, D[n])` of section 2.1.1, read off the page; `m` counted from the first of all leaves.
    fn path(&self, m: usize, d: Range<usize>) -> Vec<Sha256> {
        if d.len() == 1 {
            return Vec::new();
        }
        let k = d.start + d.len().next_power_of_two() / 2;
        let (inside, beside) = if m < k { (d.start..k, k..d.end) } else { (k..d.end, d.start..k) };
        let mut proof = self.path(m, inside);
        proof.push(self.mth(beside));
        proof
    }

    /// `SUBPROOF(m, D[n], b)` of section 2.1.2, read off the page; `m` counted from the first of all leaves.
    fn subproof(&self, m: usize, d: Range<usize>, whole: bool) -> Vec<Sha256> {
        if m == d.end {
            return if whole { Vec::new() } else { vec![self.mth(d)] };
        }
        let k = d.start + d.len().next_power_of_two() / 2;
        let (inside, beside, whole) = if m <= k { (d.start..k, k..d.end, whole) } else { (k..d.end, d.start..k, false) };
        let mut proof = self.subproof(m, inside, whole);
        proof.push(self.mth(beside));
        proof
    }

    fn head(&self, size: usize) -> TreeHead {
        TreeHead { size: size as u64, root: self.mth(0..size) }
    }

    /// The hashes of what `shape` says, from perfect subtrees alone.
    fn hashes(&self, parts: Option<Vec<Part>>) -> Vec<Sha256> {
        let place = |index: u64| usize::try_from(index).unwrap();
        let subtree = |it: shape::Subtree| self.mth(place(it.index << it.level)..place((it.index + 1) << it.level));
        let part = |part: &Part| shape::join(&part.subtrees().into_iter().map(subtree).collect::<Vec<_>>());
        parts.unwrap().iter().map(part).collect()
    }
}

fn flipped(hash: Sha256, bit: usize) -> Sha256 {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Sha256::from_bytes(bytes)
}

#[test]
fn every_leaf_of_every_tree_to_130_has_its_proof_and_no_other_place() {
    let all = Leaves::new(130);
    for size in 1..=130 {
        for (index, leaf) in all.hashes.iter().enumerate().take(size) {
            let proof = all.hashes(shape::inclusion(index as u64, size as u64));
            assert_eq!(proof, all.path(index, 0..size), "leaf {index} of {size}");
            assert!(includes(all.head(size), index as u64, *leaf, &proof), "leaf {index} of {size}");
            for other in (0..8).map(|bit| index as u64 ^ 1 << bit).chain([size as u64]) {
                assert!(!includes(all.head(size), other, *leaf, &proof), "leaf {index} of {size} at {other}");
            }
        }
    }
}

#[test]
fn every_tree_to_130_continues_every_smaller_one_and_no_other() {
    let all = Leaves::new(130);
    for new in 0..=130 {
        for old in 0..=new {
            let (small, large) = (all.head(old), all.head(new));
            let proof = all.hashes(shape::consistency(old as u64, new as u64));
            if old > 0 {
                assert_eq!(proof, all.subproof(old, 0..new, true), "{old} to {new}");
                assert!(
                    !continues(TreeHead { root: flipped(small.root, new), ..small }, large, &proof),
                    "a fork at {old}, to {new}"
                );
            }
            assert!(continues(small, large, &proof), "{old} to {new}");
            let mut longer = proof.clone();
            longer.push(Sha256::of(b"more"));
            assert!(!continues(small, large, &longer), "{old} to {new}");
            assert!(proof.is_empty() || !continues(small, large, &proof[..proof.len() - 1]), "{old} to {new}");
        }
    }
    assert!(!continues(all.head(8), all.head(7), &[]));
}

#[test]
fn every_changed_bit_of_a_leaf_a_root_or_a_proof_is_refused() {
    let all = Leaves::new(21);
    let (place, leaf, tree) = (19, all.hashes[19], all.head(21));
    let proof = all.hashes(shape::inclusion(place, 21));
    let (old, between) = (all.head(13), all.hashes(shape::consistency(13, 21)));
    for bit in 0..256 {
        assert!(!includes(tree, place, flipped(leaf, bit), &proof));
        assert!(!includes(TreeHead { root: flipped(tree.root, bit), ..tree }, place, leaf, &proof));
        assert!(!continues(TreeHead { root: flipped(old.root, bit), ..old }, tree, &between));
        assert!(!continues(old, TreeHead { root: flipped(tree.root, bit), ..tree }, &between));
        for at in 0..proof.len() {
            let mut changed = proof.clone();
            changed[at] = flipped(changed[at], bit);
            assert!(!includes(tree, place, leaf, &changed));
        }
        for at in 0..between.len() {
            let mut changed = between.clone();
            changed[at] = flipped(changed[at], bit);
            assert!(!continues(old, tree, &changed));
        }
    }
}

#[test]
fn no_proof_is_needed_only_where_nothing_is_to_be_proved() {
    let (none, one) = (TreeHead::empty(), Leaves::new(1).head(1));
    assert!(continues(none, none, &[]) && continues(none, one, &[]) && continues(one, one, &[]));
    assert!(!continues(TreeHead { root: one.root, ..none }, one, &[]), "an empty tree has one root");
    assert!(!continues(none, TreeHead { size: 0, root: one.root }, &[]));
    assert!(!includes(none, 0, one.root, &[]));
    assert!(includes_many(none, &[], &[]) && includes_many(one, &[], &[one.root]) && !includes_many(one, &[], &[]));
    let huge = TreeHead { size: u64::MAX, root: one.root };
    assert!(!includes(huge, 0, one.root, &[]) && !continues(one, huge, &[]) && !includes_many(huge, &[], &[one.root]));
}

proptest! {
    #[test]
    fn any_leaves_of_any_tree_are_proved_at_once(size in 1_u64..131, chosen in prop::collection::btree_set(0_u64..130, 0..40),
        bit in 0_usize..256, turn in any::<prop::sample::Index>()) {
        let all = Leaves::new(size);
        let tree = all.head(all.hashes.len());
        let indexes: Vec<u64> = chosen.into_iter().filter(|index| *index < size).collect();
        let known: Vec<_> = indexes.iter().map(|index| (*index, all.hashes[usize::try_from(*index).unwrap()])).collect();
        let proof = all.hashes(shape::many(&indexes, size));
        prop_assert!(includes_many(tree, &known, &proof));
        let mut more = proof.clone();
        more.push(tree.root);
        prop_assert!(!includes_many(tree, &known, &more));
        if !known.is_empty() {
            let mut changed = known.clone();
            let at = turn.index(known.len());
            changed[at].1 = flipped(changed[at].1, bit);
            prop_assert!(!includes_many(tree, &changed, &proof));
            changed.remove(at);
            prop_assert!(!includes_many(tree, &changed, &proof), "a leaf less needs another proof");
        }
        if !proof.is_empty() {
            let mut changed = proof.clone();
            let at = turn.index(proof.len());
            changed[at] = flipped(changed[at], bit);
            prop_assert!(!includes_many(tree, &known, &changed));
            changed.remove(at);
            prop_assert!(!includes_many(tree, &known, &changed));
        }
    }
}
