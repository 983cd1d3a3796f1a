//! Envelopes: the entries of the log. Small, permanent, and without any personal data: ids, numbers,
//! digests and words of closed lists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tree::leaf_hash;
use crate::canonical::{self, CanonicalError, MAX_INTEGER};
use crate::digest::Sha256;
use crate::time::Timestamp;

/// The largest envelope, in bytes.
pub const MAX_ENVELOPE_BYTES: usize = 2048;

/// What an entry is about. The closed list; words are added, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntryType {
    /// Something was declared, decided or noted; `data.kind` says what.
    #[serde(rename = "record")]
    Record,
    /// A session was declared.
    #[serde(rename = "session.open")]
    SessionOpen,
    /// A segment was sealed.
    #[serde(rename = "segment")]
    Segment,
    /// A recorder's signature came after its segment was sealed.
    #[serde(rename = "segment.signed")]
    SegmentSigned,
    /// A gap was opened, changed or closed.
    #[serde(rename = "gap")]
    Gap,
    /// A key was registered.
    #[serde(rename = "key.add")]
    KeyAdd,
    /// A detector flagged something, said more about it, or said that it was over.
    #[serde(rename = "flag")]
    Flag,
    /// A file of another device was taken in.
    #[serde(rename = "import")]
    Import,
    /// What was declared about an import was superseded.
    #[serde(rename = "import.corrected")]
    ImportCorrected,
    /// An alarm was raised, acknowledged, or over.
    #[serde(rename = "alarm")]
    Alarm,
    /// A recorder said by how much wall times of one of its boots are off.
    #[serde(rename = "clock.corrected")]
    ClockCorrected,
    /// Somebody looked at footage, and why; written before anything was shown.
    #[serde(rename = "access")]
    Access,
    /// Somebody tried what they may not.
    #[serde(rename = "refusal")]
    Refusal,
    /// A certificate was made for the key of a recorder or of a neighbouring system.
    #[serde(rename = "certificate")]
    Certificate,
    /// A key of a recorder or of a neighbouring system lets nobody in any more.
    #[serde(rename = "certificate.revoked")]
    CertificateRevoked,
}

/// A value of `data`: a word or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// At most 256 printable ASCII characters: an id, a digest, a word of a closed list, an object's name.
    Text(String),
    /// Within ±(2^53 − 1).
    Integer(i64),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Integer(at.as_micros())
    }
}

impl From<Sha256> for Value {
    fn from(digest: Sha256) -> Self {
        Self::Text(digest.to_string())
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Digest algorithm: `sha256`.
    pub alg: String,
    /// When the entry was written, by the centre's clock. UTC, microseconds.
    pub at: Timestamp,
    /// Id of who acted.
    pub by: String,
    /// Digest of the body, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Sha256>,
    /// What happened.
    pub data: BTreeMap<String, Value>,
    /// Id of what the entry is about.
    pub subject: String,
    /// Leaf hash of the subject's previous entry; missing in its first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject_prev: Option<Sha256>,
    /// Counts the subject's entries, from 0.
    pub subject_seq: u64,
    /// What kind of thing happened.
    pub r#type: EntryType,
    /// Version of the format: 1.
    pub v: u32,
}

/// Why bytes are no envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not the canonical form.
    #[error("read envelope")]
    Form(#[from] CanonicalError),
    /// A value that must not be in one.
    #[error("envelope: {0}")]
    Value(String),
}

impl Envelope {
    /// The canonical bytes, which are the leaf; refused where they break the format's bounds.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        self.check()?;
        let bytes = canonical::to_bytes(self);
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(CanonicalError::TooLarge { found: bytes.len(), limit: MAX_ENVELOPE_BYTES }.into());
        }
        Ok(bytes)
    }

    /// Reads and checks an envelope.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope: Self = canonical::from_bytes(bytes, MAX_ENVELOPE_BYTES)?;
        envelope.check()?;
        Ok(envelope)
    }

    fn check(&self) -> Result<(), EnvelopeError> {
        let refuse = |what: String| Err(EnvelopeError::Value(what));
        let exact = |n: i64| (-MAX_INTEGER..=MAX_INTEGER).contains(&n);
        let word = |text: &str| text.len() <= 256 && text.bytes().all(|b| (0x20..0x7f).contains(&b));
        if self.v != 1 || self.alg != "sha256" {
            return refuse("version must be 1 and alg sha256".to_owned());
        }
        if !exact(self.at.as_micros()) || self.subject_seq > MAX_INTEGER as u64 {
            return refuse("a number is beyond 2^53".to_owned());
        }
        if !word(&self.by) || !word(&self.subject) || self.by.is_empty() || self.subject.is_empty() {
            return refuse("`by` and `subject` must be ids".to_owned());
        }
        if (self.subject_seq == 0) != self.subject_prev.is_none() {
            return refuse("subject_prev is missing in the first entry and only there".to_owned());
        }
        for (key, value) in &self.data {
            let fits = match value {
                Value::Text(text) => word(text),
                Value::Integer(number) => exact(*number),
            };
            if !fits || !word(key) || key.is_empty() {
                return refuse(format!("data.{key:.40} must be a short ASCII text or a number within 2^53"));
            }
        }
        Ok(())
    }
}

/// Why entries are not the whole chain of one subject.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// An entry that is none.
    #[error("entry {place} of the chain")]
    Entry {
        /// Place in the chain, from 0.
        place: u64,
        /// Why.
        #[source]
        source: EnvelopeError,
    },
    /// An entry that does not follow the one before it.
    #[error(
        "entry {place} of the chain of {subject} does not follow the one before it: one was removed, added, changed or moved"
    )]
    Broken {
        /// Place in the chain, from 0.
        place: u64,
        /// Whose chain.
        subject: String,
    },
}

/// Checks the chain of one subject, entry by entry, from its first.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    subject: Option<String>,
    next: u64,
    head: Option<Sha256>,
}

impl Chain {
    /// Takes the next entry's bytes; gives it back read.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Envelope, ChainError> {
        let place = self.next;
        let envelope = Envelope::from_bytes(bytes).map_err(|source| ChainError::Entry { place, source })?;
        let subject = self.subject.get_or_insert_with(|| envelope.subject.clone());
        if envelope.subject != *subject || envelope.subject_seq != place || envelope.subject_prev != self.head {
            return Err(ChainError::Broken { place, subject: subject.clone() });
        }
        self.next += 1;
        self.head = Some(leaf_hash(bytes));
        Ok(envelope)
    }

    /// Leaf hash of the newest entry, which pins all the others.
    pub const fn head(&self) -> Option<Sha256> {
        self.head
    }

    /// Number of entries.
    pub const fn len(&self) -> u64 {
        self.next
    }

    /// Whether no entry was taken yet.
    pub const fn is_empty(&self) -> bool {
        self.next == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, prev: Option<Sha256>) -> Vec<u8> {
        let envelope = Envelope {
            alg: "sha256".into(),
            at: Timestamp::from_micros(1_790_000_000_000_000),
            by: "node_01".into(),
            body: None,
            data: BTreeMap::from([("n".into(), Value::Integer(i64::try_from(seq).unwrap()))]),
            subject: "ses_01".into(),
            subject_prev: prev,
            subject_seq: seq,
            r#type: EntryType::Record,
            v: 1,
        };
        envelope.to_bytes().unwrap()
    }

    fn chain(n: u64) -> Vec<Vec<u8>> {
        let mut prev = None;
        (0..n)
            .map(|seq| {
                let bytes = entry(seq, prev);
                prev = Some(leaf_hash(&bytes));
                bytes
            })
            .collect()
    }

    fn holds(entries: &[Vec<u8>]) -> bool {
        let mut chain = Chain::default();
        entries.iter().all(|bytes| chain.push(bytes).is_ok())
    }

    #[test]
    fn a_chain_breaks_when_an_entry_goes_comes_moves_or_changes() {
        let whole = chain(5);
        assert!(holds(&whole));
        let mut removed = whole.clone();
        removed.remove(2);
        let mut moved = whole.clone();
        moved.swap(2, 3);
        let mut doubled = whole.clone();
        doubled.insert(2, whole[2].clone());
        assert!(!holds(&removed) && !holds(&moved) && !holds(&doubled));
        for place in 0..whole[2].len() {
            let mut changed = whole.clone();
            changed[2][place] ^= 1;
            assert!(!holds(&changed), "byte {place}");
        }
    }

    #[test]
    fn names_and_free_text_do_not_fit_in_an_envelope() {
        let text = String::from_utf8(entry(0, None)).unwrap();
        assert!(Envelope::from_bytes(text.replace(r#""n":0"#, r#""n":"张三""#).as_bytes()).is_err());
        assert!(Envelope::from_bytes(text.replace(r#""n":0"#, r#""n":0.5"#).as_bytes()).is_err());
        assert!(Envelope::from_bytes(text.replace(r#""n":0"#, r#""n":9007199254740992"#).as_bytes()).is_err());
    }
}
