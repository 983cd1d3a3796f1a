//! Tiles (C2SP tlog-tiles): the tree as files of 256 hashes each, and the entries as bundles of 256, which never change once
//! they are full.
//!
//! In: a tree's size; hashes. Out: which tiles it has, their paths and bytes, and where in them the hash of a subtree is.
//! Always: a tile of level `l` holds the roots of perfect subtrees of 256^l leaves. Not here: reading and writing files.

use super::shape::Subtree;
use super::tree::node_hash;
use crate::digest::Sha256;

/// Hashes of a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the tree that one level of tiles holds.
const TILE_HEIGHT: u8 = 8;
/// Levels of tiles that the largest tree has.
pub const MAX_TILE_LEVELS: u8 = 8;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Hashes, of this level of tiles.
    Hashes {
        /// From 0.
        level: u8,
    },
    /// The entries themselves.
    Entries,
}

/// A file of a published log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What it holds.
    pub content: Content,
    /// Place in its level, from 0.
    pub index: u64,
    /// How many hashes or entries it holds: 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Whether it never changes any more.
    pub const fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The first hash or entry, counted in its level.
    pub const fn start(self) -> u64 {
        self.index * TILE_WIDTH as u64
    }

    /// The same tile when it is full.
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Where it lies below the log's directory or address: `tile/0/x001/067.p/12`.
    pub fn path(self) -> String {
        let level = match self.content {
            Content::Hashes { level } => level.to_string(),
            Content::Entries => "entries".to_owned(),
        };
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let part = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{level}/{}{part}", groups.join("/"))
    }
}

/// The tiles of hashes that a tree of `new` leaves has and one of `old` leaves has not, from the leaves up.
pub fn tiles_between(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    (0..MAX_TILE_LEVELS).flat_map(move |level| of_level(Content::Hashes { level }, at_level(old, level), at_level(new, level)))
}

/// The same of the bundles of entries.
pub fn bundles_between(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    of_level(Content::Entries, old, new)
}

fn of_level(content: Content, old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let width = u64::from(TILE_WIDTH);
    let tiles = if new > old { old / width..new.div_ceil(width) } else { 0..0 };
    tiles.map(move |index| {
        let held = (new - index * width).min(width);
        Tile { content, index, width: u16::try_from(held).expect("a tile is 256 wide at most") }
    })
}

/// How many hashes the level of tiles has in a tree of so many leaves.
fn at_level(size: u64, level: u8) -> u64 {
    size >> (TILE_HEIGHT * level)
}

/// The tile of a tree of `size` leaves that holds what the subtree's hash is made of, and where in it. The subtree is one of
/// that tree.
pub fn holding(subtree: Subtree, size: u64) -> (Tile, std::ops::Range<usize>) {
    let (level, height) = (subtree.level / TILE_HEIGHT, subtree.level % TILE_HEIGHT);
    let first = subtree.index << height;
    let index = first / u64::from(TILE_WIDTH);
    let held = (at_level(size, level) - index * u64::from(TILE_WIDTH)).min(u64::from(TILE_WIDTH));
    let width = u16::try_from(held).expect("a tile is 256 wide at most");
    let start = usize::try_from(first % u64::from(TILE_WIDTH)).expect("a tile is 256 wide at most");
    (Tile { content: Content::Hashes { level }, index, width }, start..start + (1 << height))
}

/// The hash of a perfect subtree from the hashes below it: as many as a power of two.
pub fn perfect_root(hashes: &[Sha256]) -> Sha256 {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied().unwrap_or_else(|| Sha256::of(b""))
}

/// The bytes of hashes, one after the other.
pub fn hashes_to_bytes(hashes: &[Sha256]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes of a tile; nothing where the bytes are not those of so many.
pub fn hashes_from_bytes(tile: Tile, bytes: &[u8]) -> Option<Vec<Sha256>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let fits = rest.is_empty() && hashes.len() == usize::from(tile.width);
    fits.then(|| hashes.iter().map(|hash| Sha256::from_bytes(*hash)).collect())
}

/// The bytes of a bundle: before each entry its length, two bytes, big end first. Nothing where an entry is too long.
pub fn bundle_to_bytes<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Some(bytes)
}

/// The entries of a bundle; nothing where the bytes are not those of so many.
pub fn bundle_from_bytes(tile: Tile, mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(usize::from(tile.width));
    while let Some((size, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        entries.push(entry);
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() == usize::from(tile.width)).then_some(entries)
}

#[cfg(test)]
mod tests;
