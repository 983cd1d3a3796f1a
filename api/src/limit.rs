//! How often something may be done: some times at once, then at a pace.
//!
//! In: a time since boot. Out: a turn, or how long to wait. Always: a refusal costs nothing; what was long ago does not
//! count. [`Limits`] holds each person to it who looks for people, takes footage out, or reports what was watched: one who does so by the thousand is
//! slowed, and the log says what they took. Kept in memory: a restart forgives.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_proto::{BootTime, Code, Principal, Problem, Span};

/// The most principals that are remembered.
const MOST: usize = 10_000;

/// How often the same may be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Turns that need not wait.
    pub(crate) free: u32,
    /// Then one each.
    pub(crate) each: Span,
}

/// Turns of the latest time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    /// Of the free ones.
    used: u32,
    /// Up to when `used` is right.
    at: BootTime,
    limit: Limit,
}

impl Turns {
    /// Of one who has taken none.
    pub(crate) const fn none(limit: Limit, now: BootTime) -> Self {
        Self { used: 0, at: now, limit }
    }

    /// With what has become free since.
    pub(crate) fn left(self, now: BootTime) -> Self {
        let each = self.limit.each.as_micros();
        let passed = now.since(self.at).as_micros() / each;
        let freed = u32::try_from(passed).unwrap_or(u32::MAX);
        let at = if freed >= self.used { now } else { self.at.after(Span::from_micros(each * passed)) };
        Self { used: self.used.saturating_sub(freed), at, ..self }
    }

    /// How many seconds to wait for the next; nothing where one is free.
    pub(crate) fn wait(self, now: BootTime) -> Option<i64> {
        let wait = self.limit.each.as_micros() - now.since(self.at).as_micros();
        (self.used >= self.limit.free).then(|| wait.div_euclid(1_000_000) + 1)
    }

    /// With one more taken.
    pub(crate) const fn taken(self) -> Self {
        Self { used: self.used.saturating_add(1), ..self }
    }

    /// With one given back.
    pub(crate) const fn given_back(self) -> Self {
        Self { used: self.used.saturating_sub(1), ..self }
    }

    /// Whether none is taken any more.
    pub(crate) const fn is_fresh(self) -> bool {
        self.used == 0
    }
}

/// What is done often only by one who takes more than their work needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Often {
    /// Looking for people.
    Search,
    /// Taking footage out: a clip, or an address to play from.
    Export,
    /// Saying what a player has shown.
    Report,
}

impl Often {
    const fn limit(self) -> Limit {
        match self {
            // A page of five hundred each: nobody reads faster.
            Self::Search => Limit { free: 60, each: Span::from_secs(2) },
            // A review of forty rooms opens some hundreds in an hour.
            Self::Export => Limit { free: 300, each: Span::from_secs(5) },
            // A wall of sixteen players that each report each five seconds stays below.
            Self::Report => Limit { free: 600, each: Span::from_millis(250) },
        }
    }
}

/// Who has done what how often.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    turns: Mutex<HashMap<(Principal, Often), Turns>>,
}

impl Limits {
    /// Takes a turn, or says when to come again.
    pub(crate) fn take(&self, who: Principal, what: Often, now: BootTime) -> Result<(), Problem> {
        let mut turns = self.turns.lock().expect("no one panics while counting turns");
        if turns.len() >= MOST {
            turns.retain(|_, turns| !turns.left(now).is_fresh());
            if turns.len() >= MOST {
                turns.clear();
            }
        }
        let of = turns.entry((who, what)).or_insert(Turns::none(what.limit(), now));
        *of = of.left(now);
        match of.wait(now) {
            None => *of = of.taken(),
            Some(seconds) => {
                tracing::warn!(%who, ?what, "somebody does this more often than any work needs");
                return Err(later(seconds));
            }
        }
        Ok(())
    }
}

/// Says when to come again.
pub(crate) fn later(seconds: i64) -> Problem {
    Problem::new(
        Code::ResourceExhausted,
        format!("too many tries: the next one may come in {seconds} s"),
        format!("尝试次数过多，请在 {seconds} 秒后重试"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::ids::PersonId;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn who_takes_footage_by_the_hundred_is_slowed_and_nobody_else() {
        let random = SeededRandom::new(1);
        let [one, other] = [0, 1].map(|at| Principal::Person(PersonId::mint(Timestamp::from_micros(at), &random)));
        let (limits, at) = (Limits::default(), |seconds: u64| BootTime::from_micros(seconds * 1_000_000));
        for _ in 0..300 {
            limits.take(one, Often::Export, at(10)).unwrap();
        }
        let refused = limits.take(one, Often::Export, at(11)).unwrap_err();
        assert_eq!((refused.code(), refused.message().contains("5 s")), (Code::ResourceExhausted, true), "{refused}");
        assert!(limits.take(one, Often::Search, at(11)).is_ok() && limits.take(other, Often::Export, at(11)).is_ok());
        assert!(limits.take(one, Often::Export, at(15)).is_ok());
        assert!(limits.take(one, Often::Export, at(16)).is_err());
        assert!((0..300).all(|_| limits.take(one, Often::Export, at(10_000)).is_ok()), "long ago");
    }
}
