//! From an end of the chain to whose it is.

use std::collections::BTreeSet;

use liuhen_archive::records::{MAX_ROWS, Recorded, Thing};
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_process::text::Text;
use liuhen_process::trace;
use liuhen_proto::ids::{CandidateId, RoomId, SessionId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::trace_request::From;
use liuhen_proto::{Interval, Problem, Span, Timestamp, wire};

use super::Trace;
use crate::auth::Asking;
use crate::error::records as failed;

impl Trace {
    /// Whom it may be about; whether that is in the caller's reach is asked of each.
    pub(super) async fn start(&self, asking: &Asking, from: From) -> Result<BTreeSet<CandidateId>, Problem> {
        match from {
            From::CertificateNumber(number) => self.named(Key::Certificate(text("certificate_number", &number)?)).await,
            From::Ticket(ticket) => self.named(Key::Ticket(text("ticket", &ticket)?)).await,
            From::CandidateId(id) => Ok([wire::id("candidate_id", &id)?].into()),
            From::Seat(seat) => self.seated(asking, &seat).await,
            From::Minute(minute) => self.present(asking, &minute).await,
        }
    }

    async fn named(&self, key: Key) -> Result<BTreeSet<CandidateId>, Problem> {
        let facts = self.naming(&key, None).await?;
        let whose = |it: &Recorded| match &it.fact {
            Fact::CandidateEnrolled(it) => Some(it.candidate),
            Fact::CandidateCorrected(it) => Some(it.candidate),
            Fact::CertificateNumbered(it) => Some(it.candidate),
            _ => None,
        };
        Ok(facts.iter().filter_map(whose).collect())
    }

    /// Who sits on a seat; where seats were changed, whoever was ever told to.
    async fn seated(&self, asking: &Asking, it: &pb::TraceSeat) -> Result<BTreeSet<CandidateId>, Problem> {
        let session: SessionId = wire::id("seat.session_id", &it.session_id)?;
        let room: RoomId = wire::id("seat.room_id", &it.room_id)?;
        asking.about(Thing::Session(session), session).await?;
        let facts = self.naming(&Key::Room(room), Some(CaseId::Session(session))).await?;
        let seats = facts.iter().filter_map(|told| match &told.fact {
            Fact::SeatsAssigned(assigned) => Some(&assigned.seats),
            _ => None,
        });
        let is_it = |turn: u32, label: &str| (it.turn == 0 || it.turn == turn) && label == it.seat;
        let found = seats.flatten().filter(|seat| seat.room == room && is_it(seat.turn, seat.seat.as_str()));
        Ok(found.map(|seat| seat.candidate).collect())
    }

    /// Who was in a room at a moment.
    async fn present(&self, asking: &Asking, it: &pb::TraceMinute) -> Result<BTreeSet<CandidateId>, Problem> {
        let room: RoomId = wire::id("minute.room_id", &it.room_id)?;
        let at = Timestamp::from_micros(it.at_us);
        let moment = Interval::new(at, at.after(Span::from_micros(1)));
        let moment = moment.map_err(|_| Problem::field("minute.at_us", "is no time that we know"))?;
        let records = &self.shared.archive.records;
        let place = asking.about(Thing::Room(room), room).await?;
        let sessions = records.sessions_in(Some(moment), place.site, MAX_ROWS).await;
        let mut found = BTreeSet::new();
        for session in sessions.map_err(|error| failed("look for sessions at that time", error))? {
            let case = CaseId::Session(session.id);
            let came = self.naming(&Key::Room(room), Some(case)).await?;
            let came: BTreeSet<_> = came.iter().filter_map(comes).collect();
            for (candidate, facts) in self.naming_each(&came, Some(case)).await? {
                let told = facts.iter().map(|it| (it.case, &it.telling, &it.fact));
                let stays = trace::stays(candidate, told, self.shared.archive.clock.now());
                if stays.iter().any(|stay| stay.room == room && stay.interval.contains(at)) {
                    found.insert(candidate);
                }
            }
        }
        Ok(found)
    }
}

/// Who came to the room.
fn comes(it: &Recorded) -> Option<CandidateId> {
    match &it.fact {
        Fact::Entered(it) => Some(it.candidate),
        Fact::Moved(it) => Some(it.candidate),
        _ => None,
    }
}

fn text(field: &str, text: &str) -> Result<Text<40>, Problem> {
    Text::new(text).map_err(|error| Problem::field(field, error.to_string()))
}
