//! Looks: noted, found.
//!
//! Not here: what their players report (`watched`).

use liuhen_proto::ids::{AccessId, SessionId, StreamId};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Interval, Timestamp};
use sqlx::{query, query_as};

use super::declare::{require, written};
use super::{Conn, Db, LOCK_ACCESS, lookup};
use crate::records::convert::{failed, interval, word};
use crate::records::draft::access as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::{self, access as statements};
use crate::records::{Access, Act, Looked, NewAccess, Written, check};
use crate::{Error, Result};

type AccessRow = (String, String, String, Option<String>, Option<i64>, Option<i64>, Option<String>, String, i64);

pub(super) async fn note(tx: &mut Conn, act: &Act, new: &NewAccess, random: &dyn Randomness) -> Result<Written<Access>> {
    check::purpose(&new.purpose)?;
    let subjects = subjects(tx, new.at).await?;
    let it = Access { id: AccessId::mint(act.at, random), by: act.by.to_string(), what: new.clone(), at: act.at, subjects };
    let (stream, interval, session) = match new.at {
        Looked::At(stream, interval) => (Some(stream.to_string()), Some(interval), None),
        Looked::Session(session) => (None, None, Some(session.to_string())),
    };
    let row = query::<Db>(statements::INSERT_ACCESS).bind(it.id.to_string()).bind(it.by.clone()).bind(new.kind.as_str());
    let row = row.bind(stream).bind(interval.map(|interval| interval.start().as_micros()));
    let row = row.bind(interval.map(|interval| interval.end().as_micros())).bind(session);
    let row = row.bind(new.purpose.clone()).bind(act.at.as_micros());
    row.execute(&mut *tx).await.map_err(failed("note a look"))?;
    for subject in &it.subjects {
        let row = query::<Db>(statements::INSERT_ACCESS_SUBJECT).bind(subject.clone()).bind(it.id.to_string());
        row.execute(&mut *tx).await.map_err(failed("note a look"))?;
    }
    let drafts = it.subjects.iter().map(|subject| draft::access(&it, subject)).collect();
    written(tx, act, it, drafts, random).await
}

/// The sessions that a look touches, else the stream.
async fn subjects(tx: &mut Conn, looked: Looked) -> Result<Vec<String>> {
    let (stream, interval) = match looked {
        Looked::At(stream, interval) => (stream, interval),
        Looked::Session(session) => {
            require(lookup::session(tx, &session.to_string()).await?, session)?;
            return Ok(vec![session.to_string()]);
        }
    };
    let id = stream.to_string();
    require(lookup::stream_place(tx, &id).await?, stream)?;
    let (start, end) = (interval.start().as_micros(), interval.end().as_micros());
    let touched = query_as::<Db, _>(sql::SESSIONS_OF_STREAM).bind(&id).bind(start).bind(end).fetch_all(tx).await;
    let touched: Vec<(String,)> = touched.map_err(failed("find the sessions of a look"))?;
    let sessions: Vec<_> = touched.into_iter().map(|(session,)| session).collect();
    Ok(if sessions.is_empty() { vec![id] } else { sessions })
}

pub(super) async fn of(conn: &mut Conn, stream: StreamId, within: Interval, limit: u32) -> Result<Vec<Access>> {
    let rows = query_as::<Db, _>(statements::ACCESSES_OF).bind(stream.to_string()).bind(within.start().as_micros());
    let rows = rows.bind(within.end().as_micros()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    all(conn, rows.map_err(failed("list looks"))?).await
}

pub(super) async fn of_session(conn: &mut Conn, session: SessionId, limit: u32) -> Result<Vec<Access>> {
    let rows = query_as::<Db, _>(statements::ACCESSES_OF_SESSION).bind(session.to_string()).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *conn).await.map_err(failed("list looks"))?;
    all(conn, rows).await
}

pub(super) async fn by_id(conn: &mut Conn, id: AccessId) -> Result<Option<Access>> {
    by(conn, statements::ACCESS, id).await
}

/// The same, held until the transaction ends: what belongs to it is changed by one at a time.
pub(super) async fn locked(tx: &mut Conn, id: AccessId) -> Result<Option<Access>> {
    by(tx, LOCK_ACCESS, id).await
}

async fn by(conn: &mut Conn, statement: &'static str, id: AccessId) -> Result<Option<Access>> {
    let row = query_as::<Db, _>(statement).bind(id.to_string()).fetch_optional(&mut *conn).await;
    let rows = row.map_err(failed("read a look"))?.into_iter().collect();
    Ok(all(conn, rows).await?.pop())
}

async fn all(conn: &mut Conn, rows: Vec<AccessRow>) -> Result<Vec<Access>> {
    let mut looks = Vec::with_capacity(rows.len());
    for row in rows {
        let subjects = query_as::<Db, _>(statements::ACCESS_SUBJECTS).bind(row.0.clone()).fetch_all(&mut *conn).await;
        let subjects: Vec<(String,)> = subjects.map_err(failed("read a look"))?;
        looks.push(to_access(row, subjects.into_iter().map(|(subject,)| subject).collect())?);
    }
    Ok(looks)
}

fn to_access(row: AccessRow, subjects: Vec<String>) -> Result<Access> {
    let (id, by, kind, stream, start, end, session, purpose, at) = row;
    let at_what = match (stream, start.zip(end), session) {
        (Some(stream), Some((start, end)), None) => Looked::At(word("access.stream", &stream)?, interval("access", start, end)?),
        (None, None, Some(session)) => Looked::Session(word("access.session", &session)?),
        _ => return Err(Error::inconsistent("access", "it is about neither a stream nor a session")),
    };
    let what = NewAccess { kind: word("access.kind", &kind)?, at: at_what, purpose };
    Ok(Access { id: word("access.id", &id)?, by, what, at: Timestamp::from_micros(at), subjects })
}

/// What the entries of looks must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(statements::ACCESSES).bind(after.to_owned()).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *conn).await.map_err(failed("read looks"))?;
    let looks = all(conn, rows).await?;
    let next = looks.last().map(|it| it.id.to_string());
    let of = |it: &Access| it.subjects.iter().map(|subject| draft::access(it, subject)).collect::<Vec<_>>();
    Ok(DraftPage { drafts: looks.iter().flat_map(of).collect(), next })
}
