//! How much of the link footage may take: a bucket that fills steadily, and that each piece of footage draws from.
//!
//! - What may be sent at once after a rest is a quarter of a second's worth.
//! - A piece may overdraw it; then nothing goes until it is even again.
//!
//! Not limited: control, observations, and answers of the centre.

use std::sync::Mutex;
use std::time::Duration;

use liuhen_proto::BootTime;

use crate::config::Rate;

/// Shared by all connections, one after the other.
#[derive(Debug)]
pub(super) struct Limit(Option<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    bytes_per_second: i64,
    /// Millionths of a byte.
    credit: i64,
    at: BootTime,
}

impl Limit {
    pub(super) fn new(rate: Option<Rate>, now: BootTime) -> Self {
        let bucket = |rate: Rate| {
            let bytes_per_second = i64::try_from(rate.bytes_per_second()).unwrap_or(i64::MAX / 1_000_000);
            Mutex::new(Bucket { bytes_per_second, credit: 0, at: now })
        };
        Self(rate.map(bucket))
    }

    /// How long nothing may be sent; nothing where it may.
    pub(super) fn wait(&self, now: BootTime) -> Option<Duration> {
        let mut bucket = self.0.as_ref()?.lock().expect("no one panics while holding the bucket");
        bucket.fill(now);
        let missing = u64::try_from(-bucket.credit).ok().filter(|missing| *missing > 0)?;
        Some(Duration::from_micros(missing.div_ceil(bucket.bytes_per_second.unsigned_abs())))
    }

    /// So many bytes were sent.
    pub(super) fn spend(&self, bytes: usize) {
        let Some(bucket) = &self.0 else { return };
        let mut bucket = bucket.lock().expect("no one panics while holding the bucket");
        let spent = i64::try_from(bytes).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        bucket.credit = bucket.credit.saturating_sub(spent);
    }
}

impl Bucket {
    fn fill(&mut self, now: BootTime) {
        let passed = now.since(self.at).as_micros();
        self.at = now;
        let most = self.bytes_per_second.saturating_mul(250_000);
        self.credit = self.credit.saturating_add(passed.saturating_mul(self.bytes_per_second)).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_a_limit_nothing_waits() {
        let limit = Limit::new(None, BootTime::from_micros(0));
        limit.spend(1 << 30);
        assert_eq!(limit.wait(BootTime::from_micros(1)), None);
    }

    proptest! {
        /// Whoever sends whenever it may: never more than the rate, but for one burst and one piece, and never much less.
        #[test]
        fn the_rate_is_kept_and_used(rate in 64u32..100_000, pieces in prop::collection::vec(1usize..65_536, 10..200)) {
            let rate: Rate = format!("{rate} kbit/s").parse().unwrap();
            let limit = Limit::new(Some(rate), BootTime::from_micros(0));
            let (mut now, mut sent) = (0u64, 0u64);
            for piece in pieces {
                while let Some(wait) = limit.wait(BootTime::from_micros(now)) {
                    now += u64::try_from(wait.as_micros()).unwrap();
                }
                let allowed = u128::from(rate.bytes_per_second()) * u128::from(now) / 1_000_000;
                prop_assert!(u128::from(sent) <= allowed + 65_536 + u128::from(rate.bytes_per_second() / 4));
                limit.spend(piece);
                sent += piece as u64;
            }
            let needed = u128::from(sent) * 1_000_000 / u128::from(rate.bytes_per_second());
            prop_assert!(u128::from(now) <= needed + 1_000);
        }
    }
}
