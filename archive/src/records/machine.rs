//! Recorders as machines: by which key each is known, and what lets a new one in.
//!
//! Always: one key for each one-time token, and one token at a time for each recorder; a key that was revoked never
//! comes back. Not here: certificates themselves, and how long they hold (`liuhen_api`).

use async_trait::async_trait;
use liuhen_proto::ids::{RecorderId, SiteId};
use liuhen_proto::{Sha256, Timestamp};

use super::{Act, Recorder, Written};

/// A key by which a recorder is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// SHA-256 of its SubjectPublicKeyInfo (RFC 5280).
    pub key: Sha256,
    /// Of which recorder.
    pub recorder: RecorderId,
    /// Where that stands.
    pub site: SiteId,
    /// Counts its certificates, from 1.
    pub version: u32,
    /// Of the newest certificate: 40 hex digits.
    pub serial: String,
    /// Until when that holds, not included.
    pub until: Timestamp,
    /// Since when it lets nobody in.
    pub revoked: Option<Timestamp>,
}

/// A certificate that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub key: Sha256,
    /// 40 hex digits.
    pub serial: String,
    /// Until when it holds.
    pub until: Timestamp,
}

/// What is known of recorders as machines.
#[async_trait]
pub trait MachineRecords: Send + Sync + 'static {
    /// Lets a recorder in by its one-time token. Nothing where the token lets nobody in: it is unknown, was replaced, or
    /// was used by another key. With the same key it may be used again: the answer may have been lost.
    async fn enrol(&self, act: &Act, token: Sha256, new: NewCertificate) -> crate::Result<Option<Machine>>;
    /// Notes a new certificate for a key. Nothing where the key is unknown or revoked.
    async fn renew_certificate(&self, act: &Act, new: NewCertificate) -> crate::Result<Option<Machine>>;
    /// The machine of a key, revoked or not.
    async fn machine(&self, key: Sha256) -> crate::Result<Option<Machine>>;
    /// All keys of a recorder, in no order.
    async fn machines_of(&self, recorder: RecorderId) -> crate::Result<Vec<Machine>>;
    /// Revokes all keys of a recorder, and lets it enrol by this token from now on, or not at all. Its first token lets
    /// nobody in any more.
    async fn replace_machine(
        &self,
        act: &Act,
        recorder: RecorderId,
        token: Option<Sha256>,
        reason: String,
    ) -> crate::Result<Written<Recorder>>;
}
