//! Who looked at footage: read by those who look back, and noted itself.

use liuhen_archive::records::{AccessKind, Looked, MAX_ROWS, NewAccess, Thing};
use liuhen_proto::ids::SessionId;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Problem, wire};

use super::{MAX_LISTED, Review, failed};
use crate::access;
use crate::auth::Asking;
use crate::session::check;

impl Review {
    pub(super) async fn accesses(
        &self,
        asking: &Asking,
        request: pb::ListAccessesRequest,
    ) -> Result<pb::ListAccessesResponse, Problem> {
        let limit = check::limit(request.limit, MAX_ROWS)?;
        let at = match (request.session_id.as_str(), request.stream_id.as_str()) {
            (session, "") if !session.is_empty() => {
                let id: SessionId = wire::id("session_id", session)?;
                asking.about(Thing::Session(id), id).await?;
                Looked::Session(id)
            }
            ("", stream) if !stream.is_empty() => {
                let stream = self.known_stream(asking, stream).await?.stream;
                Looked::At(stream, check::bounded("interval", request.interval.as_ref(), MAX_LISTED, "a year")?)
            }
            _ => return Err(Problem::field("session_id", "give it or stream_id, and not both")),
        };
        let (archive, purpose) = (&self.shared.archive, access::purpose(&request.purpose)?);
        // Noted before it is read, so that it shows itself: whoever looks next sees who looked before.
        access::note(archive, asking, NewAccess { kind: AccessKind::Accesses, at, purpose }).await?;
        let asked = limit.saturating_add(1);
        let found = match at {
            Looked::Session(session) => archive.records.accesses_of_session(session, asked).await,
            Looked::At(stream, interval) => archive.records.accesses_of(stream, interval, asked).await,
        };
        let mut found = found.map_err(|error| failed("list looks", error))?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        // As many as a lookup may give: there may be more.
        let truncated = found.len() > wanted || found.len() >= MAX_ROWS as usize;
        found.truncate(wanted);
        Ok(pb::ListAccessesResponse { accesses: access::shown(archive, &found).await?, truncated })
    }
}
