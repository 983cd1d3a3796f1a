//! Neighbouring systems: under which name each speaks, what it may, by which key it is known, and what lets a new one in.
//!
//! Always: one system name for each, for ever; one key for each one-time token, and one token at a time; a key that was
//! revoked never comes back, and is no recorder's. Not here: what a neighbour can be permitted at all (`liuhen_api`).

use std::collections::BTreeSet;

use async_trait::async_trait;
use liuhen_process::fact::FactKind;
use liuhen_proto::ids::NeighbourId;
use liuhen_proto::scope::Scope;
use liuhen_proto::{Sha256, Timestamp};

use super::{Act, NewCertificate, Written};

/// The most neighbours that there ever are.
pub const MAX_NEIGHBOURS: usize = 1000;

/// Another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub id: NeighbourId,
    /// What it was invited as.
    pub what: NewNeighbour,
    /// Counts what it was permitted, from 1.
    pub version: u32,
}

/// A system that shall be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNeighbour {
    /// As it names itself in the source of each fact: 1 to 60 of a-z 0-9 . _ -
    pub system: String,
    /// For people; at most 200 bytes.
    pub name: String,
    /// Where it may.
    pub scope: Scope,
    /// What it may; of a [`Neighbour`], what it may now.
    pub permits: Permits,
}

/// What a neighbour may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permits {
    /// Kinds of facts that it tells.
    pub pushes: BTreeSet<FactKind>,
    /// Whether it reads cases as they stand.
    pub reads: bool,
}

/// A key by which a neighbour is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighbourKey {
    /// SHA-256 of its SubjectPublicKeyInfo (RFC 5280).
    pub key: Sha256,
    /// Whose.
    pub neighbour: NeighbourId,
    /// Counts its certificates, from 1.
    pub version: u32,
    /// Of the newest certificate: 40 hex digits.
    pub serial: String,
    /// Until when that holds, not included.
    pub until: Timestamp,
    /// Since when it lets nobody in.
    pub revoked: Option<Timestamp>,
}

/// What is known of neighbours.
#[async_trait]
pub trait NeighbourRecords: Send + Sync + 'static {
    /// Makes a neighbour that enrols by this token. Where its system name was ever given: [`crate::Error::AlreadyExists`].
    async fn invite_neighbour(&self, act: &Act, new: NewNeighbour, token: Sha256) -> crate::Result<Written<Neighbour>>;
    /// Says what a neighbour may from now on. What is so already: nothing happens.
    async fn permit_neighbour(
        &self,
        act: &Act,
        id: NeighbourId,
        permits: Permits,
        reason: String,
    ) -> crate::Result<Written<Neighbour>>;
    /// Revokes all keys of a neighbour, and lets it enrol by this token from now on, or not at all.
    async fn replace_neighbour(
        &self,
        act: &Act,
        id: NeighbourId,
        token: Option<Sha256>,
        reason: String,
    ) -> crate::Result<Written<Neighbour>>;
    /// Lets a neighbour in by its one-time token. Nothing where the token lets nobody in: it is unknown, was replaced, or
    /// was used by another key. With the same key it may be used again: the answer may have been lost.
    async fn enrol_neighbour(&self, act: &Act, token: Sha256, new: NewCertificate) -> crate::Result<Option<NeighbourKey>>;
    /// Notes a new certificate for a key. Nothing where the key is unknown or revoked.
    async fn renew_neighbour(&self, act: &Act, new: NewCertificate) -> crate::Result<Option<NeighbourKey>>;
    /// A neighbour.
    async fn neighbour(&self, id: NeighbourId) -> crate::Result<Option<Neighbour>>;
    /// All of them, in the order of their ids.
    async fn neighbours(&self) -> crate::Result<Vec<Neighbour>>;
    /// The neighbour of a key, revoked or not.
    async fn neighbour_by_key(&self, key: Sha256) -> crate::Result<Option<(Neighbour, NeighbourKey)>>;
    /// All keys of a neighbour, in the order of their digests.
    async fn neighbour_keys(&self, id: NeighbourId) -> crate::Result<Vec<NeighbourKey>>;
}
