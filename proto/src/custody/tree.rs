//! The Merkle tree of RFC 6962 section 2.1, with SHA-256.

use crate::digest::Sha256;

/// `MTH({d})`: the hash of a leaf.
pub fn leaf_hash(entry: &[u8]) -> Sha256 {
    Sha256::of_parts(&[&[0], entry])
}

/// The hash of an inner node.
pub fn node_hash(left: &Sha256, right: &Sha256) -> Sha256 {
    Sha256::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// A tree, told by its size and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// `MTH(D)`.
    pub root: Sha256,
}

impl TreeHead {
    /// The tree without leaves, which every tree continues.
    pub fn empty() -> Self {
        Self { size: 0, root: Sha256::of(b"") }
    }
}

/// The roots of the perfect subtrees that make up a tree, largest first: all that an append needs.
///
/// Always: as many hashes as `size` has ones in binary, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Sha256>,
}

/// The hashes do not fit the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frontier of {size} leaves has {expected} hashes, not {found}")]
pub struct FrontierError {
    size: u64,
    expected: u32,
    found: usize,
}

impl Frontier {
    /// Of a tree with so many leaves.
    pub fn new(size: u64, hashes: Vec<Sha256>) -> Result<Self, FrontierError> {
        let expected = size.count_ones();
        if hashes.len() == expected as usize {
            Ok(Self { size, hashes })
        } else {
            Err(FrontierError { size, expected, found: hashes.len() })
        }
    }

    /// From the bytes of the hashes, one after the other.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let found = hashes.len() + usize::from(!rest.is_empty());
        if !rest.is_empty() {
            return Err(FrontierError { size, expected: size.count_ones(), found });
        }
        Self::new(size, hashes.iter().map(|hash| Sha256::from_bytes(*hash)).collect())
    }

    /// The bytes of the hashes, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf at the right end.
    pub fn push(&mut self, leaf: Sha256) {
        let mut hash = leaf;
        let mut level = self.size;
        while level & 1 == 1 {
            let left = self.hashes.pop().expect("there is a hash for every one of the size");
            hash = node_hash(&left, &hash);
            level >>= 1;
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// `MTH(D)`: the root. Of the empty tree the hash of nothing.
    pub fn root(&self) -> Sha256 {
        let mut hashes = self.hashes.iter().rev();
        let Some(last) = hashes.next() else { return Sha256::of(b"") };
        hashes.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, read off the page.
    fn mth(leaves: &[Vec<u8>]) -> Sha256 {
        match leaves {
            [] => Sha256::of(b""),
            [one] => leaf_hash(one),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition_for_all_sizes_to_130() {
        let mut leaves = Vec::new();
        let mut frontier = Frontier::default();
        for n in 0u32..130 {
            assert_eq!(frontier.root(), mth(&leaves), "{n} leaves");
            assert_eq!(Frontier::from_bytes(frontier.size(), &frontier.to_bytes()), Ok(frontier.clone()));
            leaves.push(n.to_be_bytes().to_vec());
            frontier.push(leaf_hash(&n.to_be_bytes()));
        }
    }

    /// Vectors of Certificate Transparency's reference implementation (merkle tree test, 8 leaves).
    #[test]
    fn the_roots_of_certificate_transparency() {
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.push(leaf_hash(&crate::digest::unhex(leaf).unwrap()));
        }
        assert_eq!(frontier.root().to_string(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn a_frontier_that_does_not_fit_its_size_is_refused() {
        assert!(Frontier::from_bytes(3, &[0; 32]).is_err());
        assert!(Frontier::from_bytes(1, &[0; 33]).is_err());
    }
}
