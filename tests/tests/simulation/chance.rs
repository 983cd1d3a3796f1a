//! What a seed decides.

use std::time::Duration;

use liuhen_proto::world::{Randomness as _, SeededRandom};

/// Decides by a seed.
pub(crate) struct Chance(SeededRandom);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed))
    }

    /// From 0 up to `limit`, which is not in it.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }

    /// One time in so many.
    pub(crate) fn one_in(&self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn millis_below(&self, limit: u64) -> Duration {
        Duration::from_millis(self.below(limit))
    }
}
