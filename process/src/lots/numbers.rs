//! Numbers out of a key, and a draw from a hat with them. SHA-256 of the key and a counter, nothing else.

use liuhen_proto::Sha256;

/// How many different numbers there are: two bytes' worth. So few that numbers are refused now and then in
/// every larger draw, and the branch that keeps the draw fair is one that is really taken.
const SPAN: usize = 1 << 16;

/// The numbers of a key, one after another.
pub(super) struct Numbers {
    key: Sha256,
    counter: u64,
}

impl Numbers {
    /// From the first one on.
    pub(super) fn new(key: Sha256) -> Self {
        Self { key, counter: 0 }
    }

    /// Number `n` is the first two bytes, big end first, of `SHA-256(key || n as 8 bytes, big end first)`.
    fn next(&mut self) -> usize {
        let digest = Sha256::of_parts(&[self.key.as_bytes(), &self.counter.to_be_bytes()]);
        self.counter += 1;
        let [high, low, ..] = *digest.as_bytes();
        usize::from(u16::from_be_bytes([high, low]))
    }

    /// A number in `0..size`, each as likely as any other; `size` is in `1..=65536`.
    ///
    /// Numbers in the last, incomplete stretch of length `size` are thrown away: they would favour the low ones.
    fn below(&mut self, size: usize) -> usize {
        loop {
            let number = self.next();
            if number < SPAN - SPAN % size {
                return number % size;
            }
        }
    }

    /// Empties the hat: takes one of those that are left, again and again. Every order is as likely as any other
    /// (Fisher and Yates, as they described it).
    pub(super) fn drawn<T>(&mut self, mut hat: Vec<T>) -> Vec<T> {
        (1..=hat.len()).rev().map(|left| hat.remove(self.below(left))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: u32) -> Numbers {
        Numbers::new(Sha256::of(&seed.to_be_bytes()))
    }

    #[test]
    fn numbers_in_the_incomplete_stretch_are_thrown_away() {
        let mut plain = numbers(1);
        let kept: Vec<_> = std::iter::repeat_with(|| plain.next()).take(100).filter(|n| *n < 40_000).collect();
        assert!(kept.len() < 80, "two of five are thrown away");
        let mut bounded = numbers(1);
        assert!(kept.iter().all(|n| bounded.below(40_000) == *n));
    }

    #[test]
    fn every_order_of_four_comes_about_equally_often() {
        let mut seen = std::collections::BTreeMap::new();
        for seed in 0..24_000 {
            *seen.entry(numbers(seed).drawn(vec!['a', 'b', 'c', 'd'])).or_insert(0_i32) += 1;
        }
        assert_eq!(seen.len(), 24);
        // Chi squared with 23 degrees of freedom is above 49.7 once in a thousand; the seeds are fixed.
        let chi_squared: i32 = seen.values().map(|n| (n - 1_000).pow(2)).sum::<i32>() / 1_000;
        assert!(chi_squared < 50, "{chi_squared}");
    }
}
