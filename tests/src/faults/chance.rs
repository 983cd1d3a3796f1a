//! Chance with a seed.

use std::time::Duration;

use liuhen_proto::world::{OsRandom, Randomness, SeededRandom};

/// Numbers that look random and are the same for the same seed.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    random: SeededRandom,
}

impl Chance {
    /// From `LIUHEN_TEST_SEED`, or a new one; it is printed.
    pub fn of_the_day() -> Self {
        let given = std::env::var("LIUHEN_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let mut bytes = [0; 8];
            OsRandom.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        });
        println!("LIUHEN_TEST_SEED={seed}");
        Self::seeded(seed)
    }

    /// From this seed.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, random: SeededRandom::new(seed) }
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below the limit.
    pub fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }

    /// A span between two others.
    pub fn between(&self, least: Duration, most: Duration) -> Duration {
        let range = u64::try_from((most - least).as_micros()).expect("a span of a test");
        least + Duration::from_micros(self.below(range.max(1)))
    }
}
