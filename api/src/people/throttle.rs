//! How often somebody may try to log in: slower and slower, and never shut out.
//!
//! In: who is tried, an account or a badge, known or not; and from where. Out: a try, or how long to wait. Always: from one
//! network, the first five tries at one account are free, then one each 10 s; over all accounts a hundred, then one each
//! second; a right secret gives them back. So who guesses takes nobody else's turns: the owner comes from elsewhere, or is
//! let in by the site's head in the meantime. The memory is bounded, and who is forgotten has their tries again: with a
//! hundred thousand names that takes an attacker nowhere.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_proto::{BootTime, Problem, Sha256, Span};

use crate::limit::{Limit, Turns, later};
use crate::peer::Peer;

/// At one account, from one network.
const ACCOUNT: Limit = Limit { free: 5, each: Span::from_secs(10) };
/// At all accounts, from one network: all people of a site may share an address.
const NETWORK: Limit = Limit { free: 100, each: Span::from_secs(1) };
/// The most names that are remembered.
const MOST: usize = 100_000;

/// Tries of the latest time, by the digest of who is tried: what was typed may be a password in the wrong field.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    tried: Mutex<HashMap<Sha256, Turns>>,
}

/// Who is tried, from where.
#[derive(Debug, Clone)]
pub(super) struct Target {
    account: Sha256,
    network: Sha256,
}

impl Target {
    pub(super) fn new(who: &str, from: Option<Peer>) -> Self {
        let network = from.map(Peer::network).unwrap_or_default();
        Self { account: Sha256::of(format!("{network} {who}").as_bytes()), network: Sha256::of(network.as_bytes()) }
    }
}

impl Throttle {
    /// Takes a try. A refusal costs nothing, and says when to come again.
    pub(super) fn try_once(&self, target: &Target, now: BootTime) -> Result<(), Problem> {
        let mut tried = self.tried.lock().expect("no one panics while counting tries");
        if tried.len() >= MOST {
            tried.retain(|_, turns| !turns.left(now).is_fresh());
            if tried.len() >= MOST {
                tried.clear();
            }
        }
        let of = [(target.account, ACCOUNT), (target.network, NETWORK)];
        let turns = of.map(|(key, limit)| (key, tried.get(&key).map_or(Turns::none(limit, now), |turns| turns.left(now))));
        match turns.iter().filter_map(|(_, turns)| turns.wait(now)).max() {
            None => tried.extend(turns.map(|(key, turns)| (key, turns.taken()))),
            Some(seconds) => return Err(later(seconds)),
        }
        Ok(())
    }

    /// Gives one who has shown the right secret their tries back.
    pub(super) fn forget(&self, target: &Target) {
        let mut tried = self.tried.lock().expect("no one panics while counting tries");
        tried.remove(&target.account);
        if let Some(network) = tried.get_mut(&target.network) {
            *network = network.given_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Code;

    fn at(seconds: u64) -> BootTime {
        BootTime::from_micros(seconds * 1_000_000)
    }

    fn target(who: &str, from: &str) -> Target {
        Target::new(who, Some(Peer(from.parse().unwrap())))
    }

    #[test]
    fn five_are_free_then_one_each_ten_seconds_and_nobody_is_shut_out() {
        let throttle = Throttle::default();
        let (wang, li) = (target("wang", "192.0.2.1"), target("li", "192.0.2.1"));
        for _ in 0..5 {
            throttle.try_once(&wang, at(100)).unwrap();
        }
        let refused = throttle.try_once(&wang, at(103)).unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(refused.message().contains("8 s"), "{refused}");
        assert!(throttle.try_once(&li, at(103)).is_ok(), "who is not tried does not wait");
        assert!(throttle.try_once(&target("wang", "192.0.2.2"), at(103)).is_ok(), "the owner comes from elsewhere");
        assert!(throttle.try_once(&wang, at(110)).is_ok());
        assert!(throttle.try_once(&wang, at(111)).is_err());
        assert!(throttle.try_once(&wang, at(120)).is_ok());
        throttle.forget(&wang);
        assert!(throttle.try_once(&wang, at(121)).is_ok());
    }

    #[test]
    fn what_was_long_ago_does_not_count() {
        let (throttle, wang) = (Throttle::default(), target("wang", "192.0.2.1"));
        for seconds in [0, 1_000] {
            for _ in 0..5 {
                throttle.try_once(&wang, at(seconds)).unwrap();
            }
        }
        assert!(throttle.try_once(&wang, at(1_000)).is_err());
    }

    #[test]
    fn one_network_may_not_try_one_word_at_all_accounts() {
        let throttle = Throttle::default();
        let tried = |place: usize, seconds| throttle.try_once(&target(&format!("person {place}"), "2001:db8::1"), at(seconds));
        for place in 0..100 {
            tried(place, 0).unwrap();
        }
        assert!(tried(100, 0).is_err());
        assert!(throttle.try_once(&target("person 100", "2001:db8:0:1::1"), at(0)).is_ok(), "another network");
        assert!(tried(100, 1).is_ok());
        // Who are let in take no turns.
        let invigilator = target("invigilator", "2001:db8::2");
        for _ in 0..200 {
            throttle.try_once(&invigilator, at(2)).unwrap();
            throttle.forget(&invigilator);
        }
    }
}
