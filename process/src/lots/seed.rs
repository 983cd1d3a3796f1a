//! The seed, the digest that fixes it before the draw, and the key that comes of it.

use liuhen_proto::digest::{hex, unhex};
use liuhen_proto::{Sha256, canonical};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Contributions, DrawRecord, Lottery, Shortage, VERSION, deal};

/// 32 bytes of chance, from the server's randomness. Secret until the draw, then published; used for one lottery only.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `SHA-256("liuhen-lot-1" || 0x00 || seed || canonical JSON of the lottery)`. It tells nothing of the seed, and fits
    /// no other seed and no other lottery.
    pub fn commitment(&self, lottery: &Lottery) -> Sha256 {
        Sha256::of_parts(&[VERSION.as_bytes(), &[0], &self.0, &lottery.to_bytes()])
    }

    /// `SHA-256(commitment || seed || canonical JSON of the contributions)`: two fixed lengths, then a text that tells
    /// where it ends. Without contributions the text is `[]`.
    pub(super) fn randomness(&self, commitment: &Sha256, contributions: &Contributions) -> Sha256 {
        Sha256::of_parts(&[commitment.as_bytes(), &self.0, &canonical::to_bytes(contributions)])
    }
}

impl std::fmt::Debug for Seed {
    /// Without the bytes, which must not come into a log before the draw.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = unhex(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("a seed is 64 lower-case hex digits"))
    }
}

/// What is published before the draw, and kept where its time is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// What will be drawn.
    pub lottery: Lottery,
    /// [`Seed::commitment`].
    pub commitment: Sha256,
}

/// Why an announced draw cannot be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The seed is another one.
    #[error("the seed gives the commitment {found}, and {announced} was announced: open the seed that was committed to")]
    OtherSeed {
        /// What was announced.
        announced: Sha256,
        /// What this seed gives.
        found: Sha256,
    },
    /// No assignment fills every place.
    #[error(transparent)]
    Shortage(#[from] Shortage),
}

impl OpenError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::OtherSeed { announced, found } => {
                format!("该种子的承诺值为 {found}，而公布的是 {announced}；请使用公布承诺值时的种子")
            }
            Self::Shortage(shortage) => shortage.zh(),
        }
    }
}

impl Announcement {
    /// Commits to a seed. A lottery that nobody could fill is refused before anything is published.
    pub fn new(lottery: Lottery, seed: &Seed) -> Result<Self, Shortage> {
        lottery.fillable()?;
        Ok(Self { commitment: seed.commitment(&lottery), lottery })
    }

    /// Holds the draw: opens the seed and mixes in what the witnesses said since the announcement.
    pub fn open(self, seed: Seed, contributions: Contributions) -> Result<DrawRecord, OpenError> {
        let Self { lottery, commitment } = self;
        let found = seed.commitment(&lottery);
        if found != commitment {
            return Err(OpenError::OtherSeed { announced: commitment, found });
        }
        let randomness = seed.randomness(&commitment, &contributions);
        let deal::Outcome { result, reserves } = deal::deal(&lottery, randomness)?;
        Ok(DrawRecord { lottery, commitment, seed, contributions, randomness, result, reserves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story;

    #[test]
    fn only_the_seed_that_was_committed_to_opens_a_draw() {
        let announced = Announcement::new(story::lots(), &Seed::from_bytes([7; 32])).unwrap();
        assert!(announced.clone().open(Seed::from_bytes([7; 32]), Contributions::default()).is_ok());
        let refused = announced.open(Seed::from_bytes([8; 32]), Contributions::default()).unwrap_err();
        assert!(matches!(refused, OpenError::OtherSeed { .. }) && refused.zh().contains("承诺值"));
    }

    #[test]
    fn nothing_is_announced_that_cannot_be_drawn() {
        assert!(Announcement::new(story::lottery(&[2], 1, &[]), &Seed::from_bytes([7; 32])).is_err());
    }

    #[test]
    fn a_seed_does_not_show_itself_in_a_log() {
        assert_eq!(format!("{:?}", Seed::from_bytes([7; 32])), "Seed");
    }
}
