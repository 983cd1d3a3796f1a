//! The seam for outside providers of identities, OpenID Connect for instance: who somebody is, as somebody else has verified it.
//!
//! In: a token that a provider has signed. Out: who vouches, and what they call the person. Always: none is configured by
//! default, and then nobody logs in so; which person of ours it is, the records say (`archive`, `identity`), and their
//! roles are ours alone. Not here: a provider; it comes later, behind this trait.

use async_trait::async_trait;
use liuhen_proto::{Sha256, Timestamp};

/// Somebody, as an outside provider knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// Who vouches: `iss`.
    pub issuer: String,
    /// What they call the person, and nobody else ever: `sub`.
    pub subject: String,
    /// Until when the token says so, not included: `exp`. It lets in once in that time.
    pub until: Timestamp,
    /// By what the token is known again: the digest of what was signed. Not of the token: of one signature anybody can make
    /// others that hold as well, by other spellings, and with ECDSA by arithmetic.
    pub signed: Sha256,
}

/// A subject may tell who somebody is.
impl std::fmt::Debug for VerifiedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedIdentity").field("issuer", &self.issuer).field("until", &self.until).finish_non_exhaustive()
    }
}

/// Why a token says nothing. The reason is for our log; it holds nothing of the token.
#[derive(Debug, thiserror::Error)]
pub enum NotVerified {
    /// It lets nobody in, and never will.
    #[error("the token is not in order: {0}")]
    Refused(&'static str),
    /// Whether it does, cannot be found out now: the provider's keys cannot be had, for instance.
    #[error("it cannot be verified now: {0}")]
    Unavailable(String),
}

/// Knows the tokens of one provider.
///
/// Whoever builds one takes a token only where the signature is the provider's, by a key and an algorithm that it was told
/// and not by what the token says of itself; where issuer and audience are those that it was told; and where `now`, by the
/// centre's clock, lies within the token's time. The server asks once more for issuer and time, lets a token in once, and
/// waits ten seconds at most.
#[async_trait]
pub trait IdentityVerifier: std::fmt::Debug + Send + Sync + 'static {
    /// Who vouches, as it stands in tokens and in links.
    fn issuer(&self) -> &str;

    /// Who somebody is, by their token of at most 16 KiB.
    async fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedIdentity, NotVerified>;
}
