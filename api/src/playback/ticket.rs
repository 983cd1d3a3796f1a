//! Tickets: addresses that let a player reach one stream in one interval, for a while.
//!
//! In: what a caller may watch. Out: 128 random bits as text, which stand in the address and are the
//! proof. Always: at most [`MAX_TICKETS`] at once, the oldest goes first; an expired ticket is none;
//! a ticket never appears in a log. Kept in memory only: after a restart the caller asks again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liuhen_archive::records::TrustLevel;
use liuhen_proto::ids::StreamId;
use liuhen_proto::world::{Clock, Randomness};
use liuhen_proto::{Interval, Principal, Span, Timestamp};

use crate::auth::Question;
use crate::peer::Peer;

/// The most tickets at once.
const MAX_TICKETS: usize = 4096;

/// What a ticket lets its holder see.
#[derive(Clone)]
pub(crate) struct Grant {
    /// To whom it was given.
    pub(crate) principal: Principal,
    /// From where they asked for it.
    pub(crate) peer: Option<Peer>,
    /// Whether they may still watch.
    pub(crate) still: Question,
    /// Which stream.
    pub(crate) stream: StreamId,
    /// Which time.
    pub(crate) interval: Interval,
    /// Where the stream's footage comes from. It never changes.
    pub(crate) trust: TrustLevel,
    /// Until when it holds, by the centre's clock.
    pub(crate) expires: Timestamp,
}

impl Grant {
    /// Whether its time is not over.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}

/// The 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket([u8; 16]);

impl Ticket {
    /// As it stands in an address: 22 characters.
    pub(crate) fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// From an address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 22 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// All tickets that hold.
#[derive(Default)]
pub(crate) struct Tickets {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    grants: HashMap<Ticket, Arc<Grant>>,
    by_age: VecDeque<Ticket>,
}

impl Tickets {
    /// Gives a ticket that holds for `lifetime`.
    pub(crate) fn issue(
        &self,
        (clock, random): (&dyn Clock, &dyn Randomness),
        (principal, peer, still): (Principal, Option<Peer>, Question),
        (stream, interval, trust): (StreamId, Interval, TrustLevel),
        lifetime: Span,
    ) -> (Ticket, Timestamp) {
        let mut bits = [0; 16];
        random.fill(&mut bits);
        let (ticket, now) = (Ticket(bits), clock.now());
        let expires = now.after(lifetime);
        let mut inner = self.lock();
        inner.forget_expired(now);
        if inner.by_age.len() >= MAX_TICKETS {
            inner.forget_oldest();
        }
        inner.grants.insert(ticket, Arc::new(Grant { principal, peer, still, stream, interval, trust, expires }));
        inner.by_age.push_back(ticket);
        (ticket, expires)
    }

    /// What the ticket grants, or did; nothing where it was never given, or is forgotten.
    pub(crate) fn grant(&self, ticket: Ticket) -> Option<Arc<Grant>> {
        self.lock().grants.get(&ticket).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no one panics while holding the tickets")
    }
}

impl Inner {
    fn forget_oldest(&mut self) {
        if let Some(ticket) = self.by_age.pop_front() {
            self.grants.remove(&ticket);
        }
    }

    /// All lifetimes are the same, so the oldest expire first.
    fn forget_expired(&mut self, now: Timestamp) {
        while let Some(oldest) = self.by_age.front() {
            if self.grants.get(oldest).is_some_and(|grant| now < grant.expires) {
                return;
            }
            self.forget_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::ids::PersonId;
    use liuhen_proto::world::{ManualClock, SeededRandom};

    fn world() -> (ManualClock, SeededRandom, Tickets) {
        (ManualClock::at(Timestamp::from_micros(1_000_000)), SeededRandom::new(3), Tickets::default())
    }

    fn issue(clock: &ManualClock, random: &SeededRandom, tickets: &Tickets) -> Ticket {
        let now = clock.now();
        let principal = Principal::Person(PersonId::mint(now, random));
        let what =
            (StreamId::mint(now, random), Interval::new(now, now.after(Span::from_secs(60))).unwrap(), TrustLevel::Captured);
        tickets
            .issue(
                (clock, random),
                (principal, None, std::sync::Arc::new(|| Box::pin(async { true }))),
                what,
                Span::from_secs(10),
            )
            .0
    }

    #[test]
    fn a_ticket_holds_until_it_expires() {
        let (clock, random, tickets) = world();
        let ticket = issue(&clock, &random, &tickets);
        assert_eq!(Ticket::parse(&ticket.to_text()), Some(ticket));
        assert!(tickets.grant(ticket).unwrap().holds(clock.now()));
        clock.advance(Span::from_secs(10));
        assert!(!tickets.grant(ticket).unwrap().holds(clock.now()));
        // And is forgotten when the next one is given.
        issue(&clock, &random, &tickets);
        assert!(tickets.grant(ticket).is_none());
    }

    #[test]
    fn the_number_of_tickets_is_bounded_and_the_oldest_goes_first() {
        let (clock, random, tickets) = world();
        let first = issue(&clock, &random, &tickets);
        let rest: Vec<_> = (0..MAX_TICKETS).map(|_| issue(&clock, &random, &tickets)).collect();
        assert!(tickets.grant(first).is_none());
        assert!(rest.iter().all(|&ticket| tickets.grant(ticket).is_some()));
        assert_eq!(tickets.lock().by_age.len(), MAX_TICKETS);
    }

    #[test]
    fn rubbish_is_no_ticket_and_none_is_printed() {
        for text in ["", "abc", &"a".repeat(23), "aaaaaaaaaaaaaaaaaaaaa/", "考考考考考考考考"] {
            assert_eq!(Ticket::parse(text), None, "{text}");
        }
        let (clock, random, tickets) = world();
        let ticket = issue(&clock, &random, &tickets);
        assert!(!format!("{ticket:?}").contains(&ticket.to_text()));
    }
}
