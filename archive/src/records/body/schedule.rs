//! What recorders are told of sessions, and that the papers of a session are sealed.

use liuhen_proto::ids::{SessionId, SiteId};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Span, Timestamp};
use sqlx::{query, query_as};

use super::declare::{again, require, written};
use super::{Conn, lookup};
use crate::Result;
use crate::records::convert::{failed, interval, word};
use crate::records::draft;
use crate::records::{Act, ScheduledSession, Session, Written, check, sql};

/// The most sessions that a recorder is told of; the newest where there are more.
const MAX_SESSIONS: i64 = 1000;
/// Sessions to come are told so long before.
const AHEAD: Span = Span::from_secs(7 * 24 * 3600);

/// A row of the schedule: id, name, when it was sealed, and its window.
type Row = (String, String, Option<i64>, i64, i64);

pub(super) async fn seal(tx: &mut Conn, act: &Act, id: SessionId, random: &dyn Randomness) -> Result<Written<Session>> {
    check::act(act)?;
    let update = query(sql::SEAL_SESSION).bind(id.to_string()).bind(act.at.as_micros());
    let sealed = update.execute(&mut *tx).await.map_err(failed("seal session"))?.rows_affected() == 1;
    let it = require(lookup::session(tx, &id.to_string()).await?, id)?;
    let Some(at) = it.sealed else { return again(tx, None, &format!("session/{id}/sealed")).await };
    let draft = draft::session_sealed(id, at);
    if !sealed {
        return again(tx, Some(it), &draft.idem).await;
    }
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn of_site(conn: &mut Conn, site: SiteId, now: Timestamp) -> Result<Vec<ScheduledSession>> {
    let rows: Vec<Row> = query_as(sql::SCHEDULE_OF_SITE)
        .bind(site.to_string())
        .bind(now.as_micros())
        .bind(now.after(AHEAD).as_micros())
        .bind(MAX_SESSIONS)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed("read the schedule"))?;
    let mut sessions = Vec::with_capacity(rows.len());
    for (id, name, sealed, start, end) in rows.into_iter().rev() {
        let streams: Vec<(String,)> =
            query_as(sql::STREAMS_OF_SESSION).bind(&id).fetch_all(&mut *conn).await.map_err(failed("read streams"))?;
        sessions.push(ScheduledSession {
            session: word("session.id", &id)?,
            name,
            window: interval("expected_window", start, end)?,
            streams: streams.iter().map(|(stream,)| word("stream.id", stream)).collect::<Result<_>>()?,
            sealed: sealed.is_some(),
        });
    }
    Ok(sessions)
}
