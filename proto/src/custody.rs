//! The custody log's bytes and their check: what an auditor must be able to redo without us.
//!
//! - [`envelope`]: the small permanent record, without any personal data, and the chain of a subject;
//! - [`body`]: what has bulk or personal data, pointed to by a salted digest, and may be destroyed;
//! - [`tree`]: leaf, node, frontier and root of RFC 6962;
//! - [`shape`]: which parts of the tree a proof is made of; [`proof`]: inclusion, consistency and many leaves at once, checked;
//! - [`tile`]: the tree as files that never change (C2SP tlog-tiles);
//! - [`note`], [`checkpoint`]: a tree that a log signs, and that witnesses cosign;
//! - [`proof_file`]: proofs as texts that hold all that a check needs, besides keys and entries.
//!
//! Always: making a proof and checking it share no code but the two hashes; what comes from outside is bounded before it is
//! taken. Not here: where the log is kept, who signs it and where it is published (`liuhen_archive`).

pub mod body;
pub mod checkpoint;
pub mod envelope;
pub mod note;
pub mod proof;
pub mod proof_file;
pub mod shape;
pub mod tile;
pub mod tree;

pub use body::Body;
pub use checkpoint::{Checkpoint, Trust};
pub use envelope::{Chain, ChainError, EntryType, Envelope, EnvelopeError, Value};
pub use tree::{Frontier, TreeHead};
