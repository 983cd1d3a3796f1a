//! What was refused, noted in the custody log: not each try, but that there were some.
//!
//! In: a try that was refused, and from where it came. Out: an entry at once for the first; those that look the same are
//! counted for ten minutes, and the next one after that tells how many there were. Always: whoever tries costs the log
//! [`MOST`] entries in ten minutes at most, then one a minute for all; the refusal itself never waits for more than the
//! entry, and stands where that cannot be written. Not here: what is refused.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_archive::Archive;
use liuhen_archive::records::{Act, MAX_ROWS, NewRefusal, RefusalKind};
use liuhen_proto::ids::NodeId;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{BootTime, Principal, Problem, Span};

use crate::access::names_of;
use crate::error::records as failed;
use crate::peer::Peer;
use crate::session::check;

/// For so long tries that look the same are one.
const STANDS: Span = Span::from_secs(600);
/// Where so many different ones are remembered, the rest is noted without what tells them apart.
const MOST: usize = 200;
/// These are noted so often.
const REST: Span = Span::from_secs(60);

/// What looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Tried {
    pub(crate) kind: RefusalKind,
    /// A stream, a person or a recorder.
    pub(crate) at: Option<String>,
    /// A person.
    pub(crate) whose: Option<String>,
    pub(crate) from: Option<Peer>,
}

/// Remembers what was noted.
#[derive(Debug)]
pub(crate) struct Refusals {
    node: NodeId,
    noted: Mutex<HashMap<Tried, Noted>>,
}

#[derive(Debug, Clone, Copy)]
struct Noted {
    at: BootTime,
    /// Tries since.
    since: u32,
}

impl Refusals {
    pub(crate) fn new(node: NodeId) -> Self {
        Self { node, noted: Mutex::default() }
    }

    /// Who acts where nobody is known.
    pub(crate) const fn principal(&self) -> Principal {
        Principal::Node(self.node)
    }

    /// Notes a try, or counts it.
    pub(crate) async fn note(&self, archive: &Archive, tried: Tried) {
        let Some((tried, tries)) = self.count(tried, archive.clock.boot_now()) else { return };
        let origin = tried.from.map(Peer::network);
        tracing::warn!(kind = tried.kind.as_str(), at = tried.at, whose = tried.whose, tries, "refused");
        let act = Act::new(self.principal(), archive.clock.now());
        let new = NewRefusal { kind: tried.kind, at: tried.at, whose: tried.whose, origin, tries };
        if let Err(error) = archive.records.note_refusal(&act, new).await {
            tracing::error!(error = &error as &dyn std::error::Error, "what was refused could not be noted");
        }
    }

    /// What must be noted now, with how often it was tried; nothing where an entry stands for it.
    fn count(&self, tried: Tried, now: BootTime) -> Option<(Tried, u32)> {
        let mut noted = self.noted.lock().expect("no one panics while counting refusals");
        let tried = match noted.contains_key(&tried) || noted.len() < MOST {
            true => tried,
            false => {
                forget(&mut noted, now);
                if noted.len() < MOST { tried } else { rest(tried.kind) }
            }
        };
        let stands = if tried.from.is_none() && tried.at.is_none() { REST } else { STANDS };
        match noted.get_mut(&tried) {
            Some(noted) if now.since(noted.at) < stands => {
                noted.since = noted.since.saturating_add(1);
                None
            }
            known => {
                let tries = known.map_or(0, |noted| noted.since).saturating_add(1);
                noted.insert(tried.clone(), Noted { at: now, since: 0 });
                Some((tried, tries))
            }
        }
    }
}

/// Tries that nothing tells apart.
const fn rest(kind: RefusalKind) -> Tried {
    Tried { kind, at: None, whose: None, from: None }
}

/// Forgets what is over; what was counted since its entry goes to the rest.
fn forget(noted: &mut HashMap<Tried, Noted>, now: BootTime) {
    let over: Vec<_> = noted.extract_if(|_, noted| now.since(noted.at) >= STANDS).collect();
    for (tried, Noted { at, since }) in over.into_iter().filter(|(_, noted)| noted.since > 0) {
        noted.entry(rest(tried.kind)).or_insert(Noted { at, since: 0 }).since += since;
    }
}

/// Those noted last, with masked names.
pub(crate) async fn list(archive: &Archive, limit: u32) -> Result<pb::ListRefusalsResponse, Problem> {
    let limit = check::limit(limit, MAX_ROWS)?;
    let mut found = archive.records.refusals(limit.saturating_add(1)).await.map_err(|error| failed("list refusals", error))?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    // As many as a lookup may give: there may be more.
    let truncated = found.len() > wanted || found.len() >= MAX_ROWS as usize;
    found.truncate(wanted);
    let names = names_of(archive, found.iter().filter_map(|refusal| refusal.what.whose.as_deref())).await?;
    let refusals = found.into_iter().map(|refusal| pb::Refusal {
        refusal_id: refusal.id.to_string(),
        kind: pb::RefusalKind::from(refusal.what.kind).into(),
        subject: refusal.what.at.unwrap_or_default(),
        name: refusal.what.whose.as_ref().and_then(|whose| names.get(whose).cloned()).unwrap_or_default(),
        whose: refusal.what.whose.unwrap_or_default(),
        origin: refusal.what.origin.unwrap_or_default(),
        tries: refusal.what.tries,
        at_us: refusal.refused.as_micros(),
    });
    Ok(pb::ListRefusalsResponse { refusals: refusals.collect(), truncated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::world::SeededRandom;

    fn tried(place: usize) -> Tried {
        Tried { kind: RefusalKind::Login, at: Some(format!("per_{place}")), whose: None, from: None }
    }

    fn refusals() -> Refusals {
        Refusals::new(NodeId::mint(Timestamp::from_micros(0), &SeededRandom::new(1)))
    }

    fn at(seconds: u64) -> BootTime {
        BootTime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_first_is_noted_and_the_next_after_ten_minutes_tells_how_many() {
        let refusals = refusals();
        assert_eq!(refusals.count(tried(1), at(0)), Some((tried(1), 1)));
        for second in 1..600 {
            assert_eq!(refusals.count(tried(1), at(second)), None);
        }
        assert_eq!(refusals.count(tried(2), at(599)), Some((tried(2), 1)), "which is another");
        assert_eq!(refusals.count(tried(1), at(600)), Some((tried(1), 600)));
        assert_eq!(refusals.count(tried(1), at(601)), None);
    }

    #[test]
    fn who_tries_at_a_thousand_costs_few_entries_and_every_try_is_counted() {
        let refusals = refusals();
        let mut told = 0;
        let mut entries = 0;
        for place in 0..5_000 {
            if let Some((_, tries)) = refusals.count(tried(place), at(place as u64 / 10)) {
                entries += 1;
                told += tries;
            }
        }
        assert!(entries <= MOST + 9, "{entries}");
        assert!(told >= 4_400, "{told}");
        assert!(refusals.noted.lock().unwrap().len() <= MOST + 1);
    }

    #[test]
    fn after_a_while_there_is_room_again() {
        let refusals = refusals();
        for place in 0..MOST {
            refusals.count(tried(place), at(0));
        }
        assert_eq!(refusals.count(tried(9_999), at(601)), Some((tried(9_999), 1)));
    }
}
