//! On duty: whoever has a duty in a room looks at it live without saying why, since the duty is why.
//!
//! In: who looks at what, and when. Out: their duty, and one entry for each room and ten minutes, which names it. Always:
//! live is what is not older than ten minutes; what was opened by a duty ends with it; without an entry on the disk nothing
//! is shown. Not here: whether somebody may look at all ([`crate::auth`]), what a duty is (`liuhen_process`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use liuhen_archive::Archive;
use liuhen_archive::records::{AccessKind, Looked, MAX_ROWS, NewAccess, StreamPlace};
use liuhen_process::case::CaseId;
use liuhen_process::case::session::Held;
use liuhen_proto::ids::{AccessId, PersonId, RoomId, SessionId, StreamId};
use liuhen_proto::{BootTime, Interval, Principal, Problem, Span};

use crate::access;
use crate::auth::{Asking, Question};
use crate::error::records as failed;

/// What is older is no live view; and for so long an entry stands for further live views of the room.
const LIVE: Span = Span::from_secs(600);
/// A session whose expected windows ended longer ago, or begin later, is not that of now.
const BEFORE: Span = Span::from_secs(4 * 3600);
const AFTER: Span = Span::from_secs(3600);
/// The most rooms that are remembered.
const MOST: usize = 10_000;

/// A duty that somebody has now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Duty {
    person: PersonId,
    room: RoomId,
    session: SessionId,
    held: Held,
}

/// The duty by which the caller looks live at a stream; nothing where there is none, or where it is no live view.
pub(crate) async fn of(
    archive: &Archive,
    asking: &Asking,
    place: &StreamPlace,
    interval: Interval,
) -> Result<Option<Duty>, Problem> {
    let (Principal::Person(person), now) = (asking.principal(), archive.clock.now()) else { return Ok(None) };
    if interval.start() < now.before(LIVE) {
        return Ok(None);
    }
    let around = Interval::new(now.before(BEFORE), now.after(AFTER));
    let around = around.map_err(|error| crate::error::fault("find the sessions of now", &error))?;
    let sessions = archive.records.sessions_in(Some(around), Some(place.site), MAX_ROWS).await;
    for session in sessions.map_err(|error| failed("find the sessions of now", error))? {
        if let Some(held) = held(archive, session.id, person, place.room).await? {
            return Ok(Some(Duty { person, room: place.room, session: session.id, held }));
        }
    }
    Ok(None)
}

async fn held(archive: &Archive, session: SessionId, person: PersonId, room: RoomId) -> Result<Option<Held>, Problem> {
    let row = archive.records.session(session).await.map_err(|error| failed("read the session", error))?;
    if row.is_none_or(|row| row.sealed.is_some()) {
        return Ok(None);
    }
    let known = archive.records.known(CaseId::Session(session)).await.map_err(|error| failed("read the session", error))?;
    Ok(known.and_then(|known| known.view.duty_of(person, room)))
}

impl Duty {
    /// As it stands in the entry.
    fn purpose(&self) -> String {
        let Held { staff, duty, .. } = self.held;
        format!("值守 on duty: {duty} {staff} {} {}", self.room, self.session)
    }

    /// The question, with that whether the duty goes on.
    pub(crate) fn question(self, archive: &Archive, question: Question) -> Question {
        let archive = archive.clone();
        Arc::new(move || {
            let (archive, may) = (archive.clone(), question());
            Box::pin(async move {
                let goes_on = may.await && matches!(held(&archive, self.session, self.person, self.room).await, Ok(Some(_)));
                if !goes_on {
                    tracing::info!(person = %self.person, room = %self.room, "a live view by a duty is over");
                }
                goes_on
            })
        })
    }
}

/// The entry of a live view, and of what.
#[derive(Debug, Clone, Copy)]
struct Noted {
    access: AccessId,
    stream: StreamId,
    at: BootTime,
}

/// Live views that have their entry.
#[derive(Debug, Default)]
pub(crate) struct Duties {
    noted: Mutex<HashMap<(PersonId, RoomId, SessionId), Noted>>,
}

impl Duties {
    /// Writes the entry, where none of the last ten minutes stands for it. Gives its name where it is of this stream; an
    /// error means that nothing may be shown.
    pub(crate) async fn note(
        &self,
        archive: &Archive,
        asking: &Asking,
        duty: &Duty,
        (stream, interval): (StreamId, Interval),
    ) -> Result<Option<AccessId>, Problem> {
        let (of, at) = ((duty.person, duty.room, duty.session), archive.clock.boot_now());
        if let Some(noted) = self.stands(of, at) {
            return Ok((noted.stream == stream).then_some(noted.access));
        }
        let new = NewAccess { kind: AccessKind::Playback, at: Looked::At(stream, interval), purpose: duty.purpose() };
        let access = access::note(archive, asking, new).await?;
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, noted| at.since(noted.at) < LIVE);
            if all.len() >= MOST {
                all.clear();
            }
        }
        all.insert(of, Noted { access, stream, at });
        Ok(Some(access))
    }

    fn stands(&self, of: (PersonId, RoomId, SessionId), now: BootTime) -> Option<Noted> {
        self.lock().get(&of).copied().filter(|noted| now.since(noted.at) < LIVE)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(PersonId, RoomId, SessionId), Noted>> {
        self.noted.lock().expect("no one panics while noting duties")
    }
}
