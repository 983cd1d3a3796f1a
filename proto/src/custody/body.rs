//! Bodies: what has bulk or personal data. The envelope keeps only the digest, and the salt keeps the
//! content from being guessed back from it, so a body can be destroyed or withheld and the proof stays.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::canonical::{self, CanonicalError};
use crate::digest::{Sha256, hex};
use crate::world::Randomness;

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A salted record: `{"data":{…},"salt":"64 hex digits","v":1}`, canonical.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The content.
    pub data: Map<String, Json>,
    /// 32 random bytes in hex.
    salt: String,
    /// Version of the format: 1.
    v: u32,
}

impl Body {
    /// Salts the content.
    pub fn new(data: Map<String, Json>, random: &dyn Randomness) -> Self {
        let mut salt = [0; 32];
        random.fill(&mut salt);
        Self { data, salt: hex(&salt), v: 1 }
    }

    /// The canonical bytes, whose digest stands in the envelope.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// What the envelope points to.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.to_bytes())
    }

    /// Reads a body.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::from_bytes(bytes, MAX_BODY_BYTES)
    }
}
