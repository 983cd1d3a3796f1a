//! What was refused: tries at what somebody may not see or do, as far as an auditor should know of them.
//!
//! Always: a refusal has an entry in the chain of what was tried at. Where it came from is in the body: an address may
//! lead to a person. Not here: what is refused, and how often that is noted (`liuhen_api`).

use async_trait::async_trait;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::RefusalId;
use liuhen_proto::wire::review::v1 as wire;
use liuhen_proto::words;

use super::{Act, Written};

words! {
    /// What was tried.
    RefusalKind = wire::RefusalKind {
        /// To play from an address that nobody was given: guessed, altered, or forgotten since.
        UnknownAddress = "unknown_address",
        /// To play from an address whose time, or whose owner's right, is over.
        EndedAddress = "ended_address",
        /// To play from somebody else's address.
        SharedAddress = "shared_address",
        /// To play, by one's address, what it was not given for.
        AlteredAddress = "altered_address",
        /// To log in.
        Login = "login",
        /// To be let in as a recorder.
        Machine = "machine",
        /// To tell what is not theirs to tell: a decision of a supervisor, for instance.
        Fact = "fact",
        /// To do something by somebody's cookie from a page that is none of ours.
        CrossSite = "cross_site",
    }
}

/// Tries that are about to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefusal {
    /// What was tried.
    pub kind: RefusalKind,
    /// At what: the id of a stream, a person or a recorder; nothing where nobody knows.
    pub at: Option<String>,
    /// Whose right it would have been: the id of a person.
    pub whose: Option<String>,
    /// From which network.
    pub origin: Option<String>,
    /// How often, since the last entry of the same; at least 1.
    pub tries: u32,
}

/// Tries that were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its id.
    pub id: RefusalId,
    /// What it was; `at` is the node that refused where nothing else was tried at.
    pub what: NewRefusal,
    /// When the last of them was.
    pub refused: Timestamp,
}

/// What is known of refusals.
#[async_trait]
pub trait RefusalRecords: Send + Sync + 'static {
    /// Notes tries that were refused.
    async fn note_refusal(&self, act: &Act, new: NewRefusal) -> crate::Result<Written<Refusal>>;
    /// Those noted last, newest first; at most `limit`.
    async fn refusals(&self, limit: u32) -> crate::Result<Vec<Refusal>>;
}
