//! What proves a segment: the range that the recorder signed, and the manifest that lies beside the
//! object. RFC 8785 JSON both, see docs/ref/formats.md.
//!
//! The recorder signs *ranges* of fragments, not objects, so the centre may cut objects as it must.

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::digest::Sha256;
use crate::fragment::{FragmentHeader, Sequence};
use crate::ids::{RecorderId, RunId, StreamId};
use crate::signing::{PublicKey, Signature};

/// The most fragments that one statement or manifest may list.
pub const MAX_FRAGMENTS: usize = 4096;
/// The largest statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 512 * 1024;
/// The largest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 32 * 1024 * 1024;
/// The largest init segment, in bytes.
pub const MAX_INIT_BYTES: usize = 64 * 1024;

/// What a recorder signs: these fragments, in this order, are what it captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeStatement {
    /// Version of the format: 1.
    pub v: u32,
    /// Always `range`, so that no other signed thing can be taken for one.
    pub r#type: String,
    /// Who signs.
    pub recorder: RecorderId,
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// SHA-256 of the run's init segment.
    pub init: Sha256,
    /// First fragment of the range.
    pub first: Sequence,
    /// Digests of all fragments of the range, in order.
    pub fragments: Vec<Sha256>,
}

/// Why a statement or a manifest is none.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Not the canonical form.
    #[error("read {what}")]
    Form {
        /// `range statement` or `manifest`.
        what: &'static str,
        /// Why.
        #[source]
        source: CanonicalError,
    },
    /// A value that cannot be.
    #[error("{what}: {why}")]
    Value {
        /// `range statement` or `manifest`.
        what: &'static str,
        /// Why.
        why: &'static str,
    },
}

impl RangeStatement {
    /// The canonical bytes, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a statement.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SegmentError> {
        const WHAT: &str = "range statement";
        let statement: Self =
            canonical::from_bytes(bytes, MAX_STATEMENT_BYTES).map_err(|source| SegmentError::Form { what: WHAT, source })?;
        let refuse = |why| Err(SegmentError::Value { what: WHAT, why });
        if statement.v != 1 || statement.r#type != "range" {
            return refuse("version must be 1 and type `range`");
        }
        if statement.fragments.is_empty() || statement.fragments.len() > MAX_FRAGMENTS {
            return refuse("there must be 1 to 4096 fragments");
        }
        if Sequence::new(statement.first.get().saturating_add(statement.fragments.len() as u64)).is_none() {
            return refuse("the sequence is absurd");
        }
        Ok(statement)
    }

    /// Last fragment of the range, included.
    pub fn last(&self) -> Sequence {
        let last = self.first.get() + self.fragments.len() as u64 - 1;
        Sequence::new(last).expect("a checked statement has no absurd sequence")
    }
}

/// A statement with its signature, as the manifest keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRange {
    /// The exact text that was signed.
    pub statement: String,
    /// Over the statement's bytes.
    pub signature: Signature,
    /// The recorder's key at that time.
    pub key: PublicKey,
}

impl SignedRange {
    /// The statement, if the signature holds.
    pub fn verify(&self) -> Option<RangeStatement> {
        let bytes = self.statement.as_bytes();
        if self.key.verifies(bytes, &self.signature) { RangeStatement::from_bytes(bytes).ok() } else { None }
    }
}

/// Bytes with a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sized256 {
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
}

/// One fragment of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFragment {
    /// Where it begins in the object.
    pub offset_bytes: u64,
    /// Its length.
    pub size_bytes: u32,
    /// Its digest.
    pub sha256: Sha256,
    /// Its header, as it stands in its own box.
    pub header: FragmentHeader,
}

/// What lies beside an object and says what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format: 1.
    pub v: u32,
    /// Always `manifest`.
    pub r#type: String,
    /// Digest algorithm of all digests: `sha256`.
    pub alg: String,
    /// The stream.
    pub stream: StreamId,
    /// The run.
    pub run: RunId,
    /// The init segment, which the object begins with.
    pub init: Sized256,
    /// The whole object.
    pub object: Sized256,
    /// In the order of the object; their sequences have no holes.
    pub fragments: Vec<ManifestFragment>,
    /// What the recorder signed about these fragments, as far as it was known when the segment was sealed.
    pub signatures: Vec<SignedRange>,
    /// True where the last fragment is covered by no signature.
    pub unsigned_tail: bool,
}

impl Manifest {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a manifest: all but the signatures and the object's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SegmentError> {
        const WHAT: &str = "manifest";
        let manifest: Self =
            canonical::from_bytes(bytes, MAX_MANIFEST_BYTES).map_err(|source| SegmentError::Form { what: WHAT, source })?;
        manifest.check().map_err(|why| SegmentError::Value { what: WHAT, why })?;
        Ok(manifest)
    }

    /// First fragment.
    pub fn first(&self) -> Sequence {
        self.fragments.first().expect("a checked manifest has a fragment").header.sequence
    }

    /// Last fragment, included.
    pub fn last(&self) -> Sequence {
        self.fragments.last().expect("a checked manifest has a fragment").header.sequence
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.v != 1 || self.r#type != "manifest" || self.alg != "sha256" {
            return Err("version must be 1, type `manifest`, alg `sha256`");
        }
        if self.fragments.is_empty() || self.fragments.len() > MAX_FRAGMENTS {
            return Err("there must be 1 to 4096 fragments");
        }
        let mut end = self.init.size_bytes;
        let mut expected = self.fragments[0].header.sequence;
        for fragment in &self.fragments {
            fragment.header.check().map_err(|_| "a fragment's header is invalid")?;
            if fragment.header.run != self.run || fragment.header.stream != self.stream {
                return Err("a fragment belongs to another run");
            }
            if fragment.header.sequence != expected || fragment.offset_bytes < end {
                return Err("fragments must follow each other without holes or overlap");
            }
            expected = expected.next();
            end = fragment.offset_bytes.checked_add(fragment.size_bytes.into()).ok_or("an offset is absurd")?;
        }
        if end > self.object.size_bytes { Err("a fragment reaches past the object") } else { Ok(()) }
    }
}
