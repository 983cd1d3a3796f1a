//! What can be made again from footage: stills and sound levels. Rows without entries.

use liuhen_proto::ids::{StillId, StreamId};
use liuhen_proto::segment::Sized256;
use liuhen_proto::{Interval, Timestamp};
use sqlx::{query, query_as};

use super::{Conn, Db, segments};
use crate::records::convert::{blob, count, digest, failed, number, word};
use crate::records::{Levels, NewStill, Still, check, sql};
use crate::{Error, Result};

type StillRow = (String, String, String, i64, i64, i64, String, i64, Vec<u8>);
type LevelsRow = (String, String, i64, Vec<u8>, Vec<u8>);

pub(super) async fn add_still(tx: &mut Conn, new: &NewStill) -> Result<Still> {
    check::still(new)?;
    segments::footage(tx, new.stream).await?.ok_or_else(|| Error::NotFound(new.stream.to_string()))?;
    let row = query(sql::INSERT_STILL).bind(new.still.to_string()).bind(new.stream.to_string()).bind(new.run.to_string());
    let row = row.bind(new.taken.as_micros()).bind(i64::from(new.width)).bind(i64::from(new.height));
    let row = row.bind(&new.object_name).bind(number(new.object.size_bytes)).bind(blob(new.object.sha256));
    let inserted = row.execute(&mut *tx).await.map_err(failed("write still"))?.rows_affected() == 1;
    if inserted {
        return Ok(new.clone());
    }
    let taken = new.taken.as_micros();
    let first = stills_between(tx, new.stream, (taken, taken.saturating_add(1)), 1).await?.pop();
    // The id is taken by a still of another moment.
    first.ok_or_else(|| Error::AlreadyExists { what: new.still.to_string() })
}

pub(super) async fn still(conn: &mut Conn, id: StillId) -> Result<Option<Still>> {
    let row = query_as(sql::STILL).bind(id.to_string()).fetch_optional(conn).await.map_err(failed("read still"))?;
    row.map(to_still).transpose()
}

pub(super) async fn stills(conn: &mut Conn, stream: StreamId, within: Interval, limit: u32) -> Result<Vec<Still>> {
    stills_between(conn, stream, (within.start().as_micros(), within.end().as_micros()), limit).await
}

async fn stills_between(conn: &mut Conn, stream: StreamId, (from, to): (i64, i64), limit: u32) -> Result<Vec<Still>> {
    let found = query_as(sql::STILLS_IN).bind(stream.to_string()).bind(from).bind(to).bind(i64::from(limit));
    let rows = found.fetch_all(conn).await.map_err(failed("read stills"))?;
    rows.into_iter().map(to_still).collect()
}

/// All stills, page by page.
pub(super) async fn after(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Still>> {
    let rows = query_as::<Db, _>(sql::STILLS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    rows.map_err(failed("read stills"))?.into_iter().map(to_still).collect()
}

fn to_still((id, stream, run, taken, width, height, object_name, size, sha256): StillRow) -> Result<Still> {
    let pixels = |number: i64| u32::try_from(number).map_err(|error| Error::inconsistent("still.width or height", error));
    Ok(Still {
        still: word("still.id", &id)?,
        stream: word("still.stream", &stream)?,
        run: word("still.run", &run)?,
        taken: Timestamp::from_micros(taken),
        width: pixels(width)?,
        height: pixels(height)?,
        object_name,
        object: Sized256 { sha256: digest("still.object_sha256", &sha256)?, size_bytes: count("still.object_size", size)? },
    })
}

pub(super) async fn add_levels(tx: &mut Conn, new: &Levels) -> Result<()> {
    let interval = check::levels(new)?;
    segments::footage(tx, new.stream).await?.ok_or_else(|| Error::NotFound(new.stream.to_string()))?;
    let row = query(sql::INSERT_LEVELS).bind(new.stream.to_string()).bind(interval.start().as_micros());
    let row = row.bind(interval.end().as_micros()).bind(new.run.to_string()).bind(new.rms.clone()).bind(new.peak.clone());
    row.execute(tx).await.map_err(failed("write sound levels"))?;
    Ok(())
}

pub(super) async fn levels(conn: &mut Conn, stream: StreamId, within: Interval) -> Result<Vec<Levels>> {
    let found = query_as::<Db, _>(sql::LEVELS_IN).bind(stream.to_string());
    let found = found.bind(within.start().as_micros()).bind(within.end().as_micros());
    let rows: Vec<LevelsRow> = found.fetch_all(conn).await.map_err(failed("read sound levels"))?;
    let levels = |(stream, run, start, rms, peak): LevelsRow| {
        let (stream, run) = (word("sound_level.stream", &stream)?, word("sound_level.run", &run)?);
        Ok(Levels { stream, run, start: Timestamp::from_micros(start), rms, peak })
    };
    rows.into_iter().map(levels).collect()
}
