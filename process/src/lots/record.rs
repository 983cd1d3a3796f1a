//! What is published after the draw, and its check.

use liuhen_proto::Sha256;
use liuhen_proto::canonical::{self, CanonicalError};
use liuhen_proto::ids::StaffId;
use serde::{Deserialize, Serialize};

use super::{Announcement, Contributions, Difference, Lottery, MAX_BYTES, OpenError, Seat, Seed};

/// A draw with everything that is needed to draw it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawRecord {
    /// What was drawn.
    pub lottery: Lottery,
    /// What was announced before.
    pub commitment: Sha256,
    /// What was committed to.
    pub seed: Seed,
    /// What the witnesses added.
    pub contributions: Contributions,
    /// What came of seed and contributions, and decided the draw.
    pub randomness: Sha256,
    /// Who serves where, by room and place.
    pub result: Vec<Seat>,
    /// Who may be called in, in this order.
    pub reserves: Vec<StaffId>,
}

impl DrawRecord {
    /// The bytes that are published.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads a record; [`DrawRecord::verify`] is for afterwards.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::from_bytes(bytes, MAX_BYTES)
    }

    /// Draws again and compares all of it. That this is what was announced, [`DrawRecord::verify_announced`] checks.
    pub fn verify(&self) -> Result<(), Difference> {
        let computed = self.again()?;
        let (recorded, drawn) = (self.randomness, computed.randomness);
        if recorded != drawn {
            return Err(Difference::Randomness { recorded, computed: drawn });
        }
        if let Some((line, recorded, computed)) = differs(&self.result, &computed.result) {
            let (recorded, computed) = (recorded.map(Box::new), computed.map(Box::new));
            return Err(Difference::Result { line, recorded, computed });
        }
        if let Some((line, recorded, computed)) = differs(&self.reserves, &computed.reserves) {
            return Err(Difference::Reserves { line, recorded, computed });
        }
        Ok(())
    }

    /// [`DrawRecord::verify`], and that the commitment is the one that was published before the draw. Whoever may change
    /// the record alone can make up another draw that is consistent in itself; not one for this commitment.
    pub fn verify_announced(&self, announced: Sha256) -> Result<(), Difference> {
        if self.commitment != announced {
            return Err(Difference::Announced { recorded: self.commitment, announced });
        }
        self.verify()
    }

    fn again(&self) -> Result<Self, Difference> {
        let announced = Announcement { lottery: self.lottery.clone(), commitment: self.commitment };
        announced.open(self.seed.clone(), self.contributions.clone()).map_err(|error| match error {
            OpenError::OtherSeed { announced, found } => Difference::Commitment { recorded: announced, computed: found },
            OpenError::Shortage(shortage) => Difference::Undrawable(shortage),
        })
    }
}

/// The first line, from 1, in which two lists differ.
fn differs<T: Copy + PartialEq>(recorded: &[T], computed: &[T]) -> Option<(usize, Option<T>, Option<T>)> {
    let line = (0..recorded.len().max(computed.len())).find(|line| recorded.get(*line) != computed.get(*line))?;
    Some((line + 1, recorded.get(line).copied(), computed.get(line).copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story;

    fn record() -> DrawRecord {
        let seed = Seed::from_bytes([7; 32]);
        Announcement::new(story::lots(), &seed).unwrap().open(seed, Contributions::default()).unwrap()
    }

    fn tampered(change: impl Fn(&mut DrawRecord)) -> Difference {
        let mut record = record();
        change(&mut record);
        let difference = record.verify().unwrap_err();
        assert!(!difference.zh().is_empty());
        difference
    }

    #[test]
    fn a_record_verifies_and_reads_back() {
        let record = record();
        assert_eq!(record.verify_announced(record.commitment), Ok(()));
        assert_eq!(DrawRecord::from_bytes(&record.to_bytes()).unwrap(), record);
    }

    /// G1.
    #[test]
    fn the_part_that_was_changed_is_named() {
        let other = Sha256::of(b"other");
        assert!(matches!(tampered(|it| it.seed = Seed::from_bytes([8; 32])), Difference::Commitment { .. }));
        assert!(matches!(tampered(|it| it.commitment = other), Difference::Commitment { .. }));
        assert!(matches!(tampered(|it| it.lottery = story::lottery(&[2; 5], 12, &[])), Difference::Commitment { .. }));
        assert!(matches!(tampered(|it| it.randomness = other), Difference::Randomness { .. }));
        assert!(matches!(tampered(|it| it.result.swap(0, 1)), Difference::Result { line: 1, .. }));
        assert!(matches!(tampered(|it| it.result.truncate(9)), Difference::Result { line: 10, recorded: None, .. }));
        assert!(matches!(tampered(|it| it.reserves.swap(0, 1)), Difference::Reserves { line: 1, .. }));
    }

    #[test]
    fn another_draw_consistent_in_itself_is_not_the_announced_one() {
        let seed = Seed::from_bytes([9; 32]);
        let other = Announcement::new(story::lots(), &seed).unwrap().open(seed, Contributions::default()).unwrap();
        assert_eq!(other.verify(), Ok(()));
        assert!(matches!(other.verify_announced(record().commitment), Err(Difference::Announced { .. })));
    }
}
