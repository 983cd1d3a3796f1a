//! RFC 8785 canonical JSON: one value, one sequence of bytes. What is signed or hashed is written so.
//!
//! Always: strings, integers within ±(2^53 − 1), booleans, lists and objects; no fractions, so no two
//! programs can write the same value differently.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest whole number that every JSON reader keeps exactly (RFC 8785, IEEE 754).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Why bytes are not the canonical form of a value.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// More bytes than this kind of record may have.
    #[error("{found} bytes, and at most {limit} are allowed")]
    TooLarge {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not JSON, or not of this shape.
    #[error("read JSON")]
    Json(#[from] serde_json::Error),
    /// JSON of the right shape, but written in another way, or with fields that this version does not know.
    #[error("the bytes are not the canonical form (RFC 8785) of what they say")]
    NotCanonical,
}

/// Writes the value canonically.
///
/// Panics only for a type whose `Serialize` fails, which none of ours does.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("our records are plain data and always serialise")
}

/// Reads a value of at most `limit` bytes, and only from its canonical form.
pub fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, CanonicalError> {
    if bytes.len() > limit {
        return Err(CanonicalError::TooLarge { found: bytes.len(), limit });
    }
    let value: T = serde_json::from_slice(bytes)?;
    if to_bytes(&value) == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_same_value_in_other_bytes_is_refused() {
        type Map = BTreeMap<String, i64>;
        assert!(from_bytes::<Map>(br#"{"a":1,"b":2}"#, 100).is_ok());
        for wrong in [r#"{"b":2,"a":1}"#, r#"{"a": 1,"b":2}"#, r#"{"a":1,"a":1,"b":2}"#, r#"{"a":1,"b":2} "#] {
            assert!(from_bytes::<Map>(wrong.as_bytes(), 100).is_err(), "{wrong}");
        }
        assert!(matches!(from_bytes::<Map>(b"{}", 1), Err(CanonicalError::TooLarge { .. })));
    }
}
