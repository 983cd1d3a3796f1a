//! The custody log's bytes and their check: what an auditor must be able to redo without us.
//!
//! - [`envelope`]: the small permanent record, without any personal data, and the chain of a subject;
//! - [`body`]: what has bulk or personal data, pointed to by a salted digest, and may be destroyed;
//! - [`tree`]: leaf, node, frontier and root of RFC 6962.
//!
//! Not here: where the log is kept (`liuhen_archive`), checkpoints and proofs (they come with the package).

pub mod body;
pub mod envelope;
pub mod tree;

pub use body::Body;
pub use envelope::{Chain, ChainError, EntryType, Envelope, EnvelopeError, Value};
pub use tree::Frontier;
