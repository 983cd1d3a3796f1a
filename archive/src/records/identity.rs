//! Identities at an outside provider, and which person each of them is.
//!
//! In: what those who look after people say, and identities that somebody else has verified. Out: persons, logins. Always:
//! one identity is one person's at a time; what was linked and unlinked has its entries; a token lets in once. Not here:
//! how a token is verified (`liuhen_api`).

use async_trait::async_trait;
use liuhen_proto::ids::{IdentityId, PersonId};
use liuhen_proto::{Sha256, Timestamp};

use super::{Act, Login, LoginTokens, Person, Written};

/// The most identities that a person ever has.
pub const MAX_IDENTITIES: usize = 100;

/// That somebody is known elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// What it is.
    pub what: NewIdentity,
    /// Since when.
    pub linked: Timestamp,
    /// Until when.
    pub unlinked: Option<Timestamp>,
}

/// An identity that shall be a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentity {
    /// Whose; one with an account.
    pub person: PersonId,
    /// Who vouches: 1 to 255 printable characters of ASCII.
    pub issuer: String,
    /// What they call the person: the same. In the body of the entry, with the issuer.
    pub subject: String,
}

/// A token that was verified, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownToken {
    /// Digest of what was signed.
    pub sha256: Sha256,
    /// Until when it would let in, not included.
    pub until: Timestamp,
}

/// What is known of identities.
#[async_trait]
pub trait IdentityRecords: Send + Sync + 'static {
    /// Says that an identity is a person's. What is so already: nothing happens. Where it is somebody else's:
    /// [`crate::Error::AlreadyExists`].
    async fn link_identity(&self, act: &Act, new: NewIdentity) -> crate::Result<Written<Identity>>;
    /// Says that it is so no longer; logins by it end. Repeated: nothing happens.
    async fn unlink_identity(&self, act: &Act, id: IdentityId, reason: String) -> crate::Result<Written<Identity>>;
    /// An identity.
    async fn identity(&self, id: IdentityId) -> crate::Result<Option<Identity>>;
    /// All that a person ever had, in the order of their ids.
    async fn identities_of(&self, person: PersonId) -> crate::Result<Vec<Identity>>;
    /// Whose an identity is now.
    async fn person_by_identity(&self, issuer: &str, subject: &str) -> crate::Result<Option<(Identity, Person)>>;
    /// Notes that a person was let in by an identity. Nothing where the token was shown before, or where it is the person's no
    /// longer.
    async fn open_login_by_identity(
        &self,
        act: &Act,
        identity: IdentityId,
        shown: ShownToken,
        tokens: LoginTokens,
    ) -> crate::Result<Option<Login>>;
}
