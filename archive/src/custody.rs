//! The custody log made public: what the records hold as tiles and signed checkpoints, and proofs from these.
//!
//! In: entries that are committed. Out: a directory that anybody may copy (C2SP tlog-tiles), and proofs from it alone. In
//! the order data meets them:
//! - `edge`: the tiles that are not full yet, as entries come; no I/O;
//! - [`published`]: the directory; [`tree`]: hashes of the tree from its tiles;
//! - [`signer`]: signs what continues what it has signed, and nothing else;
//! - [`publisher`]: makes the directory follow the records; [`prove`]: proofs of what is published.
//!
//! Always: the entries in the records are the source, and everything here can be made of them again, save what the signer
//! remembers. Not here: appending (`records`), the bytes of notes, tiles and proofs (`liuhen_proto::custody`).

mod durable;
mod edge;
mod error;
pub mod prove;
pub mod published;
pub mod publisher;
pub mod signer;
pub mod tree;

pub use error::LogError;
pub use prove::Prover;
pub use published::Published;
pub use publisher::Publisher;
pub use signer::Signer;

/// What this module's functions return.
pub type Result<T> = std::result::Result<T, LogError>;

/// Does what blocks on a thread that may.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => {
            let source = std::io::Error::other(error);
            Err(LogError::Disk { what: "work on", path: std::path::PathBuf::from("the log's files"), source })
        }
    }
}
