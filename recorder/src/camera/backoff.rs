//! How long to wait before a camera is tried again.

use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::world::Randomness;

const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(5);
/// A connection that held so long was a good one: the next try is quick again.
const GOOD: Span = Span::from_secs(10);

/// Doubles from half a second to five, with a jitter of a quarter, so that the cameras of a site do not
/// all come at once after a power cut.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after a connection that held for `lasted`.
    pub(super) fn next(&mut self, lasted: Span, random: &dyn Randomness) -> Duration {
        if lasted >= GOOD {
            self.failures = 0;
        }
        let pause = FIRST.saturating_mul(1 << self.failures.min(8)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        let mut byte = [0];
        random.fill(&mut byte);
        pause.mul_f64(0.75 + f64::from(byte[0]) / 512.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn the_first_try_is_quick_and_the_pause_stays_bounded() {
        let (mut backoff, random) = (Backoff::default(), SeededRandom::new(3));
        let mut next = |lasted| backoff.next(Span::from_secs(lasted), &random);
        assert!(next(0) <= FIRST.mul_f64(1.25));
        let pauses: Vec<_> = (0..40).map(|_| next(0)).collect();
        assert!(pauses.iter().all(|pause| *pause <= MOST.mul_f64(1.25)) && pauses[30] >= MOST.mul_f64(0.75));
        assert!(next(60) <= FIRST.mul_f64(1.25), "after a good connection it is quick again");
    }
}
