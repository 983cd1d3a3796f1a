//! What witnesses add to the seed after it was committed to, so that not even who runs the server chose the result.

use liuhen_proto::ids::StaffId;
use serde::{Deserialize, Serialize};

use super::{Entropy, MAX_CONTRIBUTIONS};

/// What one witness said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Who. Anybody who serves at the exam, also somebody who is drawn: they have the most to watch over.
    pub staff: StaffId,
    /// What.
    pub entropy: Entropy,
}

/// Why contributions cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContributionError {
    /// Somebody spoke twice.
    #[error("{staff} contributes twice: keep what was said first")]
    Twice {
        /// Who.
        staff: StaffId,
    },
    /// More than a draw may have.
    #[error("{found} contributions, and at most {MAX_CONTRIBUTIONS} are allowed: choose fewer witnesses")]
    TooMany {
        /// How many.
        found: usize,
    },
}

impl ContributionError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Twice { staff } => format!("见证人 {staff} 重复提供内容，请保留其首次所述"),
            Self::TooMany { found } => format!("见证人提供的内容共 {found} 条，最多 {MAX_CONTRIBUTIONS} 条，请减少见证人"),
        }
    }
}

/// Contributions by the ids of the witnesses, each once. Their order is thus nobody's choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Contribution>")]
pub struct Contributions(Vec<Contribution>);

impl Contributions {
    /// Sorts what was said, in whichever order it was.
    pub fn new(mut said: Vec<Contribution>) -> Result<Self, ContributionError> {
        if said.len() > MAX_CONTRIBUTIONS {
            return Err(ContributionError::TooMany { found: said.len() });
        }
        said.sort_by_key(|it| it.staff);
        let twice = said.windows(2).find(|pair| pair[0].staff == pair[1].staff).map(|pair| pair[0].staff);
        twice.map_or(Ok(Self(said)), |staff| Err(ContributionError::Twice { staff }))
    }

    /// They, by witness.
    pub fn as_slice(&self) -> &[Contribution] {
        &self.0
    }
}

impl TryFrom<Vec<Contribution>> for Contributions {
    type Error = ContributionError;
    fn try_from(said: Vec<Contribution>) -> Result<Self, ContributionError> {
        Self::new(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story::staff;

    fn says(n: u32, word: &str) -> Contribution {
        Contribution { staff: staff(n), entropy: Entropy::new(word).unwrap() }
    }

    #[test]
    fn contributions_stand_by_witness_whoever_spoke_first() {
        let (a, b) = (says(1, "雨"), says(2, "42"));
        assert_eq!(Contributions::new(vec![b.clone(), a.clone()]), Contributions::new(vec![a, b]));
    }

    #[test]
    fn nobody_speaks_twice_and_there_is_a_limit() {
        let error = Contributions::new(vec![says(1, "a"), says(2, "b"), says(1, "c")]).unwrap_err();
        assert_eq!(error, ContributionError::Twice { staff: staff(1) });
        let crowd = Contributions::new((0..101).map(|n| says(n, "x")).collect()).unwrap_err();
        assert!(crowd.to_string().starts_with("101 contributions") && crowd.zh().contains("101"));
    }
}
