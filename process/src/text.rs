//! Text from outside, bounded and clean.

use serde::{Deserialize, Deserializer, Serialize};

/// 1 to `MAX` bytes of UTF-8 in any script, rare characters beyond U+FFFF included; no control characters but line
/// breaks, not only blanks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or blanks only.
    #[error("is empty")]
    Empty,
    /// Longer than it may be.
    #[error("has {found} bytes, at most {max} are allowed")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// Something that nobody can see.
    #[error("contains a control character")]
    Control,
}

impl<const MAX: usize> Text<MAX> {
    /// Checks a text.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > MAX {
            return Err(TextError::TooLong { found: text.len(), max: MAX });
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_are_taken_and_what_nobody_sees_is_not() {
        assert_eq!(Text::<8>::new("𠮷山").unwrap().as_str(), "𠮷山");
        assert_eq!(Text::<8>::new("𠮷𠮷𠮷"), Err(TextError::TooLong { found: 12, max: 8 }));
        assert_eq!(Text::<8>::new(" \n"), Err(TextError::Empty));
        assert_eq!(Text::<8>::new("a\u{7}"), Err(TextError::Control));
        assert!(serde_json::from_str::<Text<3>>("\"four\"").is_err());
    }
}
