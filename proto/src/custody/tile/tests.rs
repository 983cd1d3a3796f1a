//! Tiles are those of the specification, and every hash of every proof is found in them.

use std::collections::HashMap;

use super::super::proof::{continues, includes};
use super::super::shape::{self, Part};
use super::super::tree::{Frontier, TreeHead, leaf_hash};
use super::*;

fn tile(level: u8, index: u64, width: u16) -> Tile {
    Tile { content: Content::Hashes { level }, index, width }
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(tile(0, 1_234_067, 256).path(), "tile/0/x001/x234/067");
    assert_eq!(tile(2, 0, 1).path(), "tile/2/000.p/1");
    assert_eq!(Tile { content: Content::Entries, index: 1000, width: 7 }.path(), "tile/entries/x001/000.p/7");
}

/// The examples of C2SP tlog-tiles: trees of 256 and of 70,000 leaves.
#[test]
fn a_tree_has_the_tiles_of_the_specification() {
    assert_eq!(tiles_between(0, 256).collect::<Vec<_>>(), [tile(0, 0, 256), tile(1, 0, 1)]);
    let tiles: Vec<_> = tiles_between(0, 70_000).collect();
    assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
    assert_eq!(tiles[273..], [tile(0, 273, 112), tile(1, 0, 256), tile(1, 1, 17), tile(2, 0, 1)]);
    assert_eq!(tiles_between(69_999, 70_000).collect::<Vec<_>>(), [tile(0, 273, 112)]);
    assert_eq!(tiles_between(70_000, 70_000).count(), 0);
    assert_eq!(bundles_between(250, 513).map(|it| it.width).collect::<Vec<_>>(), [256, 256, 1]);
}

/// Writes the tiles of a growing tree, never one over another, and makes proofs of them alone.
#[test]
fn proofs_of_any_tree_are_found_in_its_tiles() {
    let leaves: Vec<_> = (0..70_000_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let (mut files, mut rows) = (HashMap::new(), vec![leaves]);
    for level in 0..2 {
        let (full, _) = rows[level].as_chunks::<256>();
        rows.push(full.iter().map(|hashes| perfect_root(hashes)).collect());
    }
    let sizes = [1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 69_999, 70_000];
    let mut old = 0;
    for size in sizes {
        for tile in tiles_between(old, size) {
            let Content::Hashes { level } = tile.content else { unreachable!("only hashes were asked for") };
            let start = usize::try_from(tile.start()).unwrap();
            let held = &rows[usize::from(level)][start..start + usize::from(tile.width)];
            assert!(files.insert(tile.path(), hashes_to_bytes(held)).is_none(), "{} is written twice", tile.path());
        }
        old = size;
    }
    let hash = |part: &Part, size: u64| {
        let subtree = |subtree: Subtree| {
            let (tile, range) = holding(subtree, size);
            perfect_root(&hashes_from_bytes(tile, &files[&tile.path()]).unwrap()[range])
        };
        shape::join(&part.subtrees().into_iter().map(subtree).collect::<Vec<_>>())
    };
    let head = |size: u64| TreeHead { size, root: hash(&Part::whole(size), size) };
    let mut frontier = Frontier::default();
    for leaf in &rows[0] {
        frontier.push(*leaf);
        if sizes.contains(&frontier.size()) {
            assert_eq!(frontier.root(), head(frontier.size()).root);
        }
    }
    for size in sizes {
        for index in [0, size / 2, size.saturating_sub(2), size - 1] {
            let proof: Vec<_> = shape::inclusion(index, size).unwrap().iter().map(|part| hash(part, size)).collect();
            assert!(includes(head(size), index, rows[0][usize::try_from(index).unwrap()], &proof), "{index} of {size}");
        }
        for old in sizes.into_iter().filter(|old| *old <= size) {
            let proof: Vec<_> = shape::consistency(old, size).unwrap().iter().map(|part| hash(part, size)).collect();
            assert!(continues(head(old), head(size), &proof), "{old} to {size}");
        }
    }
}

#[test]
fn bundles_are_read_back_and_others_refused() {
    let entries: [&[u8]; 3] = [b"one", b"", b"three"];
    let bytes = bundle_to_bytes(entries).unwrap();
    assert_eq!(bytes, b"\x00\x03one\x00\x00\x00\x05three");
    let three = Tile { content: Content::Entries, index: 0, width: 3 };
    assert_eq!(bundle_from_bytes(three, &bytes).unwrap(), entries);
    assert!(bundle_from_bytes(Tile { width: 2, ..three }, &bytes).is_none());
    assert!((1..bytes.len()).all(|end| bundle_from_bytes(three, &bytes[..end]).is_none()));
    assert!(bundle_to_bytes([&vec![0; 65_536][..]]).is_none());
    assert!(hashes_from_bytes(tile(0, 0, 2), &[0; 63]).is_none() && hashes_from_bytes(tile(0, 0, 2), &[0; 96]).is_none());
}
