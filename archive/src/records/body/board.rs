//! The board: gaps opened, changed, closed, filled.

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{GapId, SessionId};
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::append;
use super::{Conn, Db, process};
use crate::records::cases::Cases;
use crate::records::convert::{failed, word};
use crate::records::{Act, Gap, GapChange, TrustLevel, draft, sql};
use crate::{Error, Result};

type GapRow = (String, String, String, String, i64, i64, String, i64, Option<i64>, Option<i64>, Option<String>, bool);

/// A gap that opens in a session of which something was told is an incident as well, which accuses nobody (H2).
pub(super) async fn change(
    tx: &mut Conn,
    act: &Act,
    changes: &[GapChange],
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<Vec<Gap>> {
    let (mut gaps, mut drafts) = (Vec::with_capacity(changes.len()), Vec::new());
    // From the second one on the first is read as well, which is not committed: not by the memory that all share.
    let (own, mut told) = (Cases::default(), false);
    for change in changes {
        let (gap, version) = match known(tx, change).await? {
            None => {
                let gap = open(tx, act, change, random).await?;
                let cases = if std::mem::replace(&mut told, true) { &own } else { cases };
                process::tell_of_gap(tx, act, &gap, (cases, random)).await?;
                (gap, Some(1))
            }
            Some((gap, version)) => changed(tx, act, gap, version, change).await?,
        };
        drafts.extend(version.map(|version| draft::gap(&gap, version)));
        gaps.push(gap);
    }
    append(tx, act, drafts, random).await?;
    Ok(gaps)
}

/// The gap that a change is about, and its version; nothing for one that is to be opened.
async fn known(tx: &mut Conn, change: &GapChange) -> Result<Option<(Gap, i64)>> {
    let row = match change {
        GapChange::Change { gap, .. } => {
            let row = query_as(sql::GAP).bind(gap.to_string()).fetch_optional(tx).await.map_err(failed("read gap"))?;
            Some(row.ok_or_else(|| Error::NotFound(gap.to_string()))?)
        }
        GapChange::Open { session, viewpoint, kind, start, .. } => query_as(sql::GAP_AT)
            .bind(session.to_string())
            .bind(viewpoint.to_string())
            .bind(kind.as_str())
            .bind(start.as_micros())
            .fetch_optional(tx)
            .await
            .map_err(failed("read gap"))?,
    };
    row.map(to_gap).transpose()
}

async fn open(tx: &mut Conn, act: &Act, change: &GapChange, random: &dyn Randomness) -> Result<Gap> {
    let GapChange::Open { session, viewpoint, kind, cause, start, end } = change else {
        return Err(Error::inconsistent("gap", "a change of no known gap"));
    };
    let gap = Gap {
        id: GapId::mint(act.at, random),
        session: *session,
        viewpoint: *viewpoint,
        kind: *kind,
        cause: *cause,
        start: *start,
        end: *end,
        opened: act.at,
        closed: end.map(|_| act.at),
        filled_by: None,
        late_upload: false,
    };
    let row = query(sql::INSERT_GAP).bind(gap.id.to_string()).bind(session.to_string()).bind(viewpoint.to_string());
    let row = row.bind(kind.as_str()).bind(gap.opened.as_micros()).bind(1_i64).bind(cause.as_str());
    let row = row.bind(start.as_micros()).bind(end.map(Timestamp::as_micros)).bind(gap.closed.map(Timestamp::as_micros));
    row.execute(tx).await.map_err(failed("open gap"))?;
    Ok(gap)
}

/// The gap as the change makes it; its new version, where anything changed.
async fn changed(tx: &mut Conn, act: &Act, old: Gap, version: i64, change: &GapChange) -> Result<(Gap, Option<i64>)> {
    let (cause, start, end, filled_by, late) = match change {
        // What had filled it is gone.
        GapChange::Open { cause, start, end, .. } => (*cause, *start, *end, old.filled_by.filter(|_| !old.is_filled()), false),
        GapChange::Change { cause, start, end, filled_by, late, .. } => (*cause, *start, *end, *filled_by, *late),
    };
    let late_upload = old.late_upload || late;
    if (old.cause, old.start, old.end, old.filled_by, old.late_upload) == (cause, start, end, filled_by, late_upload) {
        return Ok((old, None));
    }
    let closed = end.map(|_| old.closed.unwrap_or(act.at));
    let gap = Gap { cause, start, end, closed, filled_by, late_upload, ..old };
    let row = query(sql::UPDATE_GAP).bind(gap.id.to_string()).bind(version + 1).bind(gap.cause.as_str());
    let row = row.bind(gap.start.as_micros()).bind(gap.end.map(Timestamp::as_micros));
    let row = row
        .bind(gap.closed.map(Timestamp::as_micros))
        .bind(gap.filled_by.map(TrustLevel::as_str))
        .bind(gap.late_upload)
        .execute(tx)
        .await
        .map_err(failed("change gap"))?;
    if row.rows_affected() != 1 {
        let seen = u32::try_from(version).unwrap_or(u32::MAX);
        return Err(Error::Conflict { what: gap.id.to_string(), seen, found: seen.saturating_add(1) });
    }
    Ok((gap, Some(version + 1)))
}

fn to_gap(row: GapRow) -> Result<(Gap, i64)> {
    let (id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us, filled_by, late_upload) = row;
    let gap = Gap {
        id: word("gap.id", &id)?,
        session: word("gap.session", &session)?,
        viewpoint: word("gap.viewpoint", &viewpoint)?,
        kind: word("gap.kind", &kind)?,
        cause: word("gap.cause", &cause)?,
        start: Timestamp::from_micros(start_us),
        end: end_us.map(Timestamp::from_micros),
        opened: Timestamp::from_micros(opened_us),
        closed: closed_us.map(Timestamp::from_micros),
        filled_by: filled_by.map(|by| word("gap.filled_by", &by)).transpose()?,
        late_upload,
    };
    Ok((gap, version))
}

pub(super) async fn of(conn: &mut Conn, session: SessionId) -> Result<Vec<Gap>> {
    let rows = query_as(sql::GAPS_OF).bind(session.to_string()).fetch_all(conn).await.map_err(failed("read gaps"))?;
    rows.into_iter().map(|row| Ok(to_gap(row)?.0)).collect()
}

/// All gaps with their versions, page by page.
pub(super) async fn all(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<(Gap, i64)>> {
    let rows = query_as::<Db, _>(sql::GAPS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    rows.map_err(failed("read gaps"))?.into_iter().map(to_gap).collect()
}
