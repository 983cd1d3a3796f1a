//! Checks proofs: that a leaf is in a tree, that a tree continues another, that many leaves are in a tree.
//!
//! In: leaf hashes, trees that somebody vouches for, and hashes from anybody. Out: yes or no; a proof that says too much is
//! as wrong as one that says too little. The first two are the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2, which go
//! from the leaf upwards, while proofs are made from the root downwards ([`super::shape`]).

use super::shape::{MAX_TREE_SIZE, Part};
use super::tree::{TreeHead, node_hash};
use crate::digest::Sha256;

/// The most hashes of a proof about one leaf or about two trees (C2SP tlog-witness).
pub const MAX_PROOF_HASHES: usize = 63;

/// Whether the leaf is the `index`-th of the tree.
pub fn includes(tree: TreeHead, index: u64, leaf: Sha256, proof: &[Sha256]) -> bool {
    if index >= tree.size || tree.size > MAX_TREE_SIZE {
        return false;
    }
    let (mut at, mut last, mut root) = (index, tree.size - 1, leaf);
    for hash in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            root = node_hash(hash, &root);
            // The rightmost node has no sibling for so many levels.
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            root = node_hash(&root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && root == tree.root
}

/// Whether `new` holds all leaves of `old`, in their places, and perhaps more after them.
pub fn continues(old: TreeHead, new: TreeHead, proof: &[Sha256]) -> bool {
    if old.size > new.size || new.size > MAX_TREE_SIZE {
        return false;
    }
    if old.size == 0 {
        return proof.is_empty() && old == TreeHead::empty() && (new.size > 0 || new == old);
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    // Where the old tree is perfect it is a node of the new one, and whoever asks knows it.
    let (first, rest) = match proof.split_first() {
        Some(_) if old.size.is_power_of_two() => (old.root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old_root, mut new_root) = (first, first);
    for hash in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            (old_root, new_root) = (node_hash(hash, &old_root), node_hash(hash, &new_root));
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new_root = node_hash(&new_root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_root == old.root && new_root == new.root
}

/// Whether all these leaves, of ascending indexes, are in the tree. The proof has a hash for each of the largest parts of the
/// tree that hold none of them, from left to right; so for no leaf it is the root itself.
pub fn includes_many(tree: TreeHead, leaves: &[(u64, Sha256)], proof: &[Sha256]) -> bool {
    let ascending = leaves.is_sorted_by(|(one, _), (next, _)| one < next);
    if !ascending || leaves.last().is_some_and(|(last, _)| *last >= tree.size) || tree.size > MAX_TREE_SIZE {
        return false;
    }
    if tree.size == 0 {
        return proof.is_empty() && tree == TreeHead::empty();
    }
    let mut left = proof.iter();
    let root = climb(Part::whole(tree.size), leaves, &mut left);
    root == Some(tree.root) && left.next().is_none()
}

/// The hash of a part, from its leaves that are known and the proof for the rest. At most 63 calls deep.
fn climb(at: Part, leaves: &[(u64, Sha256)], proof: &mut std::slice::Iter<'_, Sha256>) -> Option<Sha256> {
    match leaves {
        [] => proof.next().copied(),
        [(_, leaf)] if at.size() == 1 => Some(*leaf),
        _ => {
            let (left, right) = at.halves();
            let (before, after) = leaves.split_at(leaves.partition_point(|(index, _)| *index < left.end));
            let left = climb(left, before, proof)?;
            Some(node_hash(&left, &climb(right, after, proof)?))
        }
    }
}

#[cfg(test)]
mod tests;
