//! The entry of a look, before anything is shown; and who has looked.
//!
//! In: who looks, at what, and why. Out: leave to show it. Always: without an entry on the disk nothing is shown; who
//! goes through the stills of a stretch within ten minutes has one entry for all of them, which covers each.
//! Not here: whether somebody may look ([`crate::auth`]).

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use liuhen_archive::Archive;
use liuhen_archive::records::{Access, AccessKind, Act, Looked, NewAccess};
use liuhen_proto::ids::{AccessId, PersonId, StreamId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{BootTime, Interval, Principal, Problem, Span};

use crate::auth::Asking;
use crate::error::records as failed;
use crate::people::mask;
use crate::session::check;
use crate::watched;

/// For so long an entry stands for further looks at what it covers (H2: one entry per room and 10 minutes).
const STANDS: Span = Span::from_secs(600);
/// The most looks that are remembered.
const MOST: usize = 10_000;
/// The longest purpose, in bytes.
const MAX_PURPOSE_BYTES: usize = 200;

/// A look that has its entry.
type Look = (Principal, AccessKind, StreamId, String);

/// Looks that have their entry.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    noted: Mutex<HashMap<Look, (Interval, BootTime)>>,
}

/// Why somebody looks, as they say.
pub(crate) fn purpose(purpose: &str) -> Result<String, Problem> {
    check::text("purpose", purpose, MAX_PURPOSE_BYTES)
}

/// Writes the entry, and gives its name; an error means that nothing may be shown.
pub(crate) async fn note(archive: &Archive, asking: &Asking, new: NewAccess) -> Result<AccessId, Problem> {
    let act = Act::new(asking.principal(), archive.clock.now());
    let written = archive.records.note_access(&act, new).await;
    written.map(|written| written.value.id).map_err(|error| failed("note that somebody looks, so nothing is shown", error))
}

impl Looks {
    /// The same, save where an entry of the last ten minutes covers it.
    pub(crate) async fn note(
        &self,
        archive: &Archive,
        asking: &Asking,
        (kind, stream, interval, purpose): (AccessKind, StreamId, Interval, String),
    ) -> Result<(), Problem> {
        let (look, now) = ((asking.principal(), kind, stream, purpose.clone()), archive.clock.boot_now());
        if self.covers(&look, interval, now) {
            return Ok(());
        }
        note(archive, asking, NewAccess { kind, at: Looked::At(stream, interval), purpose }).await?;
        let mut noted = self.lock();
        if noted.len() >= MOST {
            noted.retain(|_, (_, at)| now.since(*at) < STANDS);
            if noted.len() >= MOST {
                noted.clear();
            }
        }
        noted.insert(look, (interval, now));
        Ok(())
    }

    fn covers(&self, look: &Look, interval: Interval, now: BootTime) -> bool {
        let is_within = |of: Interval| of.start() <= interval.start() && interval.end() <= of.end();
        self.lock().get(look).is_some_and(|(of, at)| now.since(*at) < STANDS && is_within(*of))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Look, (Interval, BootTime)>> {
        self.noted.lock().expect("no one panics while noting looks")
    }
}

/// Masked names of those of these ids who are people, by id.
pub(crate) async fn names_of(archive: &Archive, ids: impl Iterator<Item = &str>) -> Result<HashMap<String, String>, Problem> {
    let people: HashSet<PersonId> = ids.filter_map(|id| id.parse().ok()).collect();
    let mut names = HashMap::new();
    for id in people {
        let person = archive.records.person(id).await.map_err(|error| failed("read a name", error))?;
        names.extend(person.map(|person| (id.to_string(), mask::name(&person.name))));
    }
    Ok(names)
}

/// Looks as others see them: with masked names, and with what their players reported.
pub(crate) async fn shown(archive: &Archive, looks: &[Access]) -> Result<Vec<pb::Access>, Problem> {
    let names = names_of(archive, looks.iter().map(|look| look.by.as_str())).await?;
    let mut reports = HashMap::new();
    for look in looks {
        reports.extend(watched::of(archive, look).await?.map(|report| (look.id, report)));
    }
    let mut shown = |look: &Access| {
        let (stream_id, interval, session_id) = match look.what.at {
            Looked::At(stream, interval) => (stream.to_string(), Some(interval.into()), String::new()),
            Looked::Session(session) => (String::new(), None, session.to_string()),
        };
        pb::Access {
            access_id: look.id.to_string(),
            by: look.by.clone(),
            name: names.get(&look.by).cloned().unwrap_or_default(),
            kind: pb::AccessKind::from(look.what.kind).into(),
            stream_id,
            interval,
            session_id,
            purpose: look.what.purpose.clone(),
            at_us: look.at.as_micros(),
            reported: reports.remove(&look.id),
        }
    };
    Ok(looks.iter().map(&mut shown).collect())
}
