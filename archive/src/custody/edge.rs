//! The right edge of the tree: the tiles that are not full yet, as leaves come. Pure.
//!
//! Always: `rows[l]` holds the hashes of the open tile of level `l`, fewer than 256; so a tree of any size needs 8 such rows.

use liuhen_proto::Sha256;
use liuhen_proto::custody::tile::{Content, MAX_TILE_LEVELS, TILE_WIDTH, Tile, perfect_root};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    size: u64,
    rows: Vec<Vec<Sha256>>,
}

impl Edge {
    /// Of a tree of so many leaves; `rows` are its open tiles from the leaves up.
    pub(super) fn new(size: u64, mut rows: Vec<Vec<Sha256>>) -> Self {
        rows.resize(usize::from(MAX_TILE_LEVELS), Vec::new());
        Self { size, rows }
    }

    /// The open tiles of a tree of so many leaves, from the leaves up; none of those that are empty.
    pub(super) fn open_tiles(size: u64) -> impl Iterator<Item = Tile> {
        (0..MAX_TILE_LEVELS).filter_map(move |level| {
            let held = size >> (8 * level);
            let width = u16::try_from(held % u64::from(TILE_WIDTH)).expect("a tile is 256 wide at most");
            (width > 0).then_some(Tile { content: Content::Hashes { level }, index: held / u64::from(TILE_WIDTH), width })
        })
    }

    /// Number of leaves.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The leaves of the open tile.
    pub(super) fn leaves(&self) -> &[Sha256] {
        &self.rows[0]
    }

    /// The hashes of an open tile.
    pub(super) fn row(&self, level: u8) -> &[Sha256] {
        &self.rows[usize::from(level)]
    }

    /// Adds a leaf; gives the tiles that it makes full, with their hashes, from the leaves up.
    pub(super) fn push(&mut self, leaf: Sha256) -> Vec<(Tile, Vec<Sha256>)> {
        self.size += 1;
        let (mut hash, mut full) = (leaf, Vec::new());
        for (row, level) in self.rows.iter_mut().zip(0_u8..) {
            row.push(hash);
            if row.len() < usize::from(TILE_WIDTH) {
                break;
            }
            let hashes = std::mem::take(row);
            hash = perfect_root(&hashes);
            let index = (self.size >> (8 * level)) / u64::from(TILE_WIDTH) - 1;
            full.push((Tile { content: Content::Hashes { level }, index, width: TILE_WIDTH }, hashes));
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::custody::tile::tiles_between;

    #[test]
    fn what_grows_leaf_by_leaf_has_the_tiles_of_its_size() {
        let (mut edge, mut found) = (Edge::new(0, Vec::new()), Vec::new());
        for n in 0..66_000_u32 {
            found.extend(edge.push(Sha256::of(&n.to_be_bytes())).into_iter().map(|(tile, _)| tile));
        }
        found.extend(Edge::open_tiles(edge.size()));
        for tile in found.iter().filter(|tile| !tile.is_full()) {
            let Content::Hashes { level } = tile.content else { unreachable!("only hashes are made") };
            assert_eq!(edge.row(level).len(), usize::from(tile.width));
        }
        assert_eq!(edge.leaves().len(), 66_000 % 256);
        let expected: Vec<_> = tiles_between(0, 66_000).collect();
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|tile| found.contains(tile)));
    }
}
