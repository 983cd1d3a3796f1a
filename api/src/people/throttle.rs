//! How often somebody may try to log in: slower and slower, and never shut out.
//!
//! In: whose turn it is: an account or a badge, known or not. Out: a try, or how long to wait. Always: the first five
//! tries are free; after that one each 10 s; a right password forgets the wrong ones. The memory is bounded, and who is
//! forgotten has five tries again: with a hundred thousand names that takes an attacker nowhere.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_proto::{BootTime, Code, Problem, Sha256, Span};

/// Tries that need not wait.
const FREE: u32 = 5;
/// Then one each.
const EACH: Span = Span::from_secs(10);
/// The most names that are remembered.
const MOST: usize = 100_000;

/// Tries of the latest time, by the digest of who is tried: what was typed may be a password in the wrong field.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    tried: Mutex<HashMap<Sha256, Tried>>,
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    /// Of the free ones.
    used: u32,
    /// Up to when `used` is right.
    at: BootTime,
}

impl Throttle {
    /// Takes a try. A refusal costs nothing, and says when to come again.
    pub(super) fn try_once(&self, who: &str, now: BootTime) -> Result<(), Problem> {
        let mut tried = self.tried.lock().expect("no one panics while counting tries");
        if tried.len() >= MOST {
            tried.retain(|_, tried| tried.left(now).used > 0);
            if tried.len() >= MOST {
                tried.clear();
            }
        }
        let entry = tried.entry(Sha256::of(who.as_bytes())).or_insert(Tried { used: 0, at: now });
        *entry = entry.left(now);
        if entry.used < FREE {
            entry.used += 1;
            return Ok(());
        }
        let wait = EACH.as_micros() - now.since(entry.at).as_micros();
        let seconds = wait.div_euclid(1_000_000) + 1;
        Err(Problem::new(
            Code::ResourceExhausted,
            format!("too many tries: the next one may come in {seconds} s"),
            format!("尝试次数过多，请在 {seconds} 秒后重试"),
        ))
    }

    /// Forgets the tries of one who has shown the right secret.
    pub(super) fn forget(&self, who: &str) {
        self.tried.lock().expect("no one panics while counting tries").remove(&Sha256::of(who.as_bytes()));
    }
}

impl Tried {
    /// With what has become free since.
    fn left(self, now: BootTime) -> Self {
        let passed = now.since(self.at).as_micros() / EACH.as_micros();
        let freed = u32::try_from(passed).unwrap_or(u32::MAX);
        let at = if freed >= self.used { now } else { self.at.after(Span::from_micros(EACH.as_micros() * passed)) };
        Self { used: self.used.saturating_sub(freed), at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> BootTime {
        BootTime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn five_are_free_then_one_each_ten_seconds_and_nobody_is_shut_out() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.try_once("wang", at(100)).unwrap();
        }
        let refused = throttle.try_once("wang", at(103)).unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(refused.message().contains("8 s"), "{refused}");
        assert!(throttle.try_once("li", at(103)).is_ok(), "who is not tried does not wait");
        assert!(throttle.try_once("wang", at(110)).is_ok());
        assert!(throttle.try_once("wang", at(111)).is_err());
        assert!(throttle.try_once("wang", at(120)).is_ok());
        throttle.forget("wang");
        assert!(throttle.try_once("wang", at(121)).is_ok());
    }

    #[test]
    fn what_was_long_ago_does_not_count() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.try_once("wang", at(0)).unwrap();
        }
        for _ in 0..5 {
            throttle.try_once("wang", at(1_000)).unwrap();
        }
        assert!(throttle.try_once("wang", at(1_000)).is_err());
    }
}
