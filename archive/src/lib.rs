//! WHAT WE HOLD. Records, objects, the custody log, and what of it is missing.
//!
//! In: declarations and queries from `api`, sealed segments from `ingest`. Out: what is held, as types of
//! `liuhen_proto` and of this room. In the order data meets them:
//! - [`live`]: what the journals hold and the records do not yet, and how the recorders are; in memory;
//! - [`names`], [`objects`]: segments as objects, with readable names that never collide;
//! - [`records`]: all else that is known, on SQLite or PostgreSQL; each change with its custody entry;
//! - [`coverage`]: what was stored against what should have been, as pure functions;
//! - [`watcher`]: puts gaps on the board, every second;
//! - [`alarms`]: raises alarms for what is wrong, every second;
//! - [`fsck`]: reads everything again, and says whether it still agrees;
//! - [`custody`]: the log as signed checkpoints and tiles, and proofs from these.
//!
//! Always: no state changes without its entry in the log, in the same transaction. Not here: who may do
//! what (`liuhen_api`), journals (`liuhen_ingest`), boxes of fMP4 (`liuhen_media`).

#![expect(clippy::duplicate_mod, reason = "one body of the records is compiled for each of the two databases")]

pub mod alarms;
pub mod coverage;
pub mod custody;
mod error;
pub mod fsck;
pub mod live;
pub mod names;
pub mod objects;
pub mod records;
pub mod watcher;

use std::sync::Arc;

use liuhen_proto::world::{Clock, Randomness};

pub use error::Error;
pub use fsck::fsck;
pub use live::Live;
pub use objects::Objects;
pub use records::Records;

/// What this room's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// All that is held, and the world it is held in. Handed to `ingest` and `api`; cheap to clone.
#[derive(Clone)]
pub struct Archive {
    /// What is known.
    pub records: Arc<dyn Records>,
    /// What was recorded.
    pub objects: Objects,
    /// What is not in the records yet.
    pub live: Arc<Live>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Randomness>,
}
