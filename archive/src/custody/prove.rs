//! Proofs of what is published.
//!
//! In: indexes, and the newest checkpoint of the directory. Out: proofs as texts ([`liuhen_proto::custody::proof_file`]), all
//! under that checkpoint. Always: each was found to hold before it is handed out. Not here: who may ask.

use liuhen_proto::Sha256;
use liuhen_proto::custody::note::VerifierKey;
use liuhen_proto::custody::proof::{continues, includes, includes_many};
use liuhen_proto::custody::proof_file::{Continuation, LeafProof, MAX_LEAVES, ManyProof};
use liuhen_proto::custody::shape::Part;
use liuhen_proto::custody::{Checkpoint, TreeHead, Trust, shape};

use super::tree::Tree;
use super::{LogError, Published, Result, on_disk};

/// Makes proofs of a published log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Prover {
    published: Published,
    key: VerifierKey,
}

/// The newest checkpoint.
#[derive(Debug, Clone)]
pub struct Newest {
    /// The log's tree.
    pub tree: TreeHead,
    /// As it was published.
    pub note: Vec<u8>,
}

impl Prover {
    /// Of what this key signed.
    pub const fn new(published: Published, key: VerifierKey) -> Self {
        Self { published, key }
    }

    /// The key that signs the log.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The newest checkpoint.
    pub async fn newest(&self) -> Result<Newest> {
        self.with(|_, newest| Ok(newest)).await
    }

    /// That an entry, by its index and leaf hash, is in the log.
    pub async fn entry(&self, index: u64, leaf: Sha256) -> Result<LeafProof> {
        self.with(move |published, newest| {
            let parts = shape::inclusion(index, newest.tree.size);
            let parts = parts.ok_or(LogError::PastEnd { size: newest.tree.size, asked: index })?;
            let hashes = Tree::new(published, newest.tree.size).parts(&parts)?;
            sound(includes(newest.tree, index, leaf, &hashes))?;
            Ok(LeafProof { index, hashes, checkpoint: newest.note })
        })
        .await
    }

    /// That entries, by their ascending indexes and leaf hashes, are in the log; at most [`MAX_LEAVES`].
    pub async fn entries(&self, leaves: Vec<(u64, Sha256)>) -> Result<ManyProof> {
        self.with(move |published, newest| {
            let size = newest.tree.size;
            let indexes: Vec<_> = leaves.iter().map(|(index, _)| *index).collect();
            let past_end = || LogError::PastEnd { size, asked: indexes.last().copied().unwrap_or_default() };
            let parts = shape::many(&indexes, size).filter(|_| indexes.len() <= MAX_LEAVES).ok_or_else(past_end)?;
            let hashes = Tree::new(published, size).parts(&parts)?;
            sound(includes_many(newest.tree, &leaves, &hashes))?;
            Ok(ManyProof { indexes, hashes, checkpoint: newest.note })
        })
        .await
    }

    /// That the log only grew since it had so many entries.
    pub async fn continuation(&self, old_size: u64) -> Result<Continuation> {
        self.with(move |published, newest| {
            let size = newest.tree.size;
            let parts = shape::consistency(old_size, size).ok_or(LogError::PastEnd { size, asked: old_size })?;
            let mut tree = Tree::new(published, size);
            let hashes = tree.parts(&parts)?;
            // From the tiles of the newest tree: those of the old one may never have been published.
            let old = TreeHead { size: old_size, root: tree.part(Part::whole(old_size))? };
            sound(continues(old, newest.tree, &hashes))?;
            Ok(Continuation { old_size, hashes, checkpoint: newest.note })
        })
        .await
    }

    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Published, Newest) -> Result<T> + Send + 'static) -> Result<T> {
        let (published, key) = (self.published.clone(), self.key.clone());
        on_disk(move || {
            let note = published.checkpoint()?.ok_or(LogError::NotPublished)?;
            let trust = Trust { logs: vec![key], witnesses: Vec::new() };
            let Ok(opened) = Checkpoint::open(&note, &trust) else { return Err(broken("signed by another key, or altered")) };
            work(&published, Newest { tree: opened.checkpoint.tree, note })
        })
        .await
    }
}

fn sound(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(broken("not what its checkpoint says")) }
}

fn broken(why: &'static str) -> LogError {
    LogError::Broken { path: std::path::PathBuf::from("the published log"), why }
}
