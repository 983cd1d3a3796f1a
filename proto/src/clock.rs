//! What a recorder signs when it has learned that the clock of one of its boots had been wrong.
//! RFC 8785 JSON, see docs/ref/formats.md.
//!
//! Always: what fragments say of their times stays as it is; a statement says by how much it is off. A later
//! statement about the same mapping has a higher revision and supersedes the earlier ones.
//! Not here: when a clock is held to be wrong (the recorder's `clock`).

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::ids::{BootId, RecorderId};
use crate::time::Span;

/// The largest statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 1024;
/// A clock is off by at most so much, either way: sixty years, a machine that woke up in 1970 included.
pub const MAX_SHIFT: Span = Span::from_secs(60 * 60 * 24 * 366 * 60);
/// The most statements about one mapping: a recorder that says more is not taken seriously.
pub const MAX_REVISION: u32 = 10_000;

/// How the better time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockBasis {
    /// The system's clock, while it was synchronised in the same boot.
    Synchronized,
    /// Four time stamps exchanged with the centre.
    Centre,
    /// The system's clock, which nothing disciplines, but which was set: better than a dead one, and no more.
    Unsynchronized,
}

impl ClockBasis {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Synchronized => "synchronized",
            Self::Centre => "centre",
            Self::Unsynchronized => "unsynchronized",
        }
    }
}

/// By how much the wall times of one mapping of a boot are off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockStatement {
    /// Version of the format: 1.
    pub v: u32,
    /// Always `clock.corrected`.
    pub r#type: String,
    /// Who recorded.
    pub recorder: RecorderId,
    /// The boot.
    pub boot: BootId,
    /// Number of the mapping from boot time to wall time that was wrong, from 1.
    pub mapping: u32,
    /// From 1; higher ones supersede lower ones.
    pub revision: u32,
    /// What is to be added to the wall times of the mapping's fragments, microseconds.
    pub shift_us: i64,
    /// How far the shift may be wrong, microseconds, where that is known.
    pub error_us: i64,
    /// How the better time is known.
    pub basis: ClockBasis,
}

/// Why a statement is none.
#[derive(Debug, thiserror::Error)]
pub enum ClockStatementError {
    /// Not the canonical form.
    #[error("read clock statement")]
    Form(#[from] CanonicalError),
    /// A value that cannot be.
    #[error("clock statement: {0}")]
    Value(&'static str),
}

impl ClockStatement {
    /// The canonical bytes, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a statement.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClockStatementError> {
        let statement: Self = canonical::from_bytes(bytes, MAX_STATEMENT_BYTES)?;
        let refuse = |what| Err(ClockStatementError::Value(what));
        if statement.v != 1 || statement.r#type != "clock.corrected" {
            return refuse("version must be 1 and type `clock.corrected`");
        }
        if statement.mapping == 0 || statement.revision == 0 || statement.revision > MAX_REVISION {
            return refuse("mapping and revision count from 1, and there are at most 10000 revisions");
        }
        if statement.shift_us.unsigned_abs() > MAX_SHIFT.as_micros().unsigned_abs() {
            return refuse("the shift is absurd");
        }
        if statement.error_us < 0 || statement.error_us > MAX_SHIFT.as_micros() {
            return refuse("the error is absurd");
        }
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::world::SeededRandom;

    #[test]
    fn a_statement_reads_back_and_nonsense_is_refused() {
        let (now, random) = (Timestamp::from_micros(1_795_312_800_000_000), SeededRandom::new(7));
        let statement = ClockStatement {
            v: 1,
            r#type: "clock.corrected".into(),
            recorder: RecorderId::mint(now, &random),
            boot: BootId::mint(now, &random),
            mapping: 2,
            revision: 1,
            shift_us: -3_600_000_000,
            error_us: 4_000,
            basis: ClockBasis::Centre,
        };
        assert_eq!(ClockStatement::from_bytes(&statement.to_bytes()).unwrap(), statement);
        let wrong: [fn(&mut ClockStatement); 6] = [
            |s| s.v = 2,
            |s| s.mapping = 0,
            |s| s.revision = 0,
            |s| s.revision = MAX_REVISION + 1,
            |s| s.shift_us = MAX_SHIFT.as_micros() + 1,
            |s| s.error_us = -1,
        ];
        for change in wrong {
            let mut statement = statement.clone();
            change(&mut statement);
            assert!(ClockStatement::from_bytes(&statement.to_bytes()).is_err(), "{statement:?}");
        }
    }
}
