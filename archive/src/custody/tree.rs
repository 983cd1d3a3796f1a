//! Hashes of a tree from its published tiles.
//!
//! In: parts of a tree of one size. Out: their hashes. Always: each tile is read once; nothing is believed of it but its
//! width, so whoever asks compares the root. Blocks.

use std::collections::HashMap;

use liuhen_proto::Sha256;
use liuhen_proto::custody::TreeHead;
use liuhen_proto::custody::shape::{Part, Subtree, join};
use liuhen_proto::custody::tile::{Tile, holding, perfect_root};

use super::{Published, Result};

/// A tree of so many leaves, as it is published.
pub struct Tree<'a> {
    published: &'a Published,
    size: u64,
    read: HashMap<Tile, Vec<Sha256>>,
}

impl<'a> Tree<'a> {
    /// Of so many leaves.
    pub fn new(published: &'a Published, size: u64) -> Self {
        Self { published, size, read: HashMap::new() }
    }

    /// Size and root.
    pub fn head(&mut self) -> Result<TreeHead> {
        Ok(TreeHead { size: self.size, root: self.part(Part::whole(self.size))? })
    }

    /// The hashes of parts, in their order.
    pub fn parts(&mut self, parts: &[Part]) -> Result<Vec<Sha256>> {
        parts.iter().map(|part| self.part(*part)).collect()
    }

    /// The hash of one.
    pub fn part(&mut self, part: Part) -> Result<Sha256> {
        let subtrees: Result<Vec<_>> = part.subtrees().into_iter().map(|subtree| self.subtree(subtree)).collect();
        Ok(join(&subtrees?))
    }

    fn subtree(&mut self, subtree: Subtree) -> Result<Sha256> {
        let (tile, range) = holding(subtree, self.size);
        if !self.read.contains_key(&tile) {
            self.read.insert(tile, self.published.hashes(tile)?);
        }
        Ok(perfect_root(&self.read[&tile][range]))
    }
}
