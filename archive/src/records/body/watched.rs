//! What players report of looks: kept, found. Rows only.

use liuhen_proto::Timestamp;
use liuhen_proto::ids::AccessId;
use sqlx::{query, query_as};

use super::declare::require;
use super::{Conn, Db, access};
use crate::records::convert::{failed, interval};
use crate::records::sql::access as sql;
use crate::records::watched::{check, merged};
use crate::records::{AccessKind, Act, Looked, Reported, Watched};
use crate::{Error, Result};

pub(super) async fn report(tx: &mut Conn, act: &Act, id: AccessId, new: &[Watched]) -> Result<()> {
    let look = access::locked(tx, id).await?.filter(|look| look.by == act.by.to_string());
    let look = require(look, id)?;
    let within = match (look.what.kind, look.what.at) {
        (AccessKind::Clip | AccessKind::Playback, Looked::At(_, interval)) => interval,
        _ => return Err(Error::Invalid { field: "access_id", why: format!("{id} is of no footage that a player shows") }),
    };
    check(new, within)?;
    let kept = of(tx, id).await?;
    let then = merged(&kept, new, act.at)?;
    for gone in kept.iter().filter(|it| !then.contains(it)) {
        let row = query::<Db>(sql::DELETE_WATCHED).bind(id.to_string()).bind(gone.watched.interval.start().as_micros());
        let row = row.bind(i64::from(gone.watched.speed_milli));
        row.execute(&mut *tx).await.map_err(failed("keep what was watched"))?;
    }
    for it in then.iter().filter(|it| !kept.contains(it)) {
        let row = query::<Db>(sql::INSERT_WATCHED).bind(id.to_string()).bind(it.watched.interval.start().as_micros());
        let row = row.bind(it.watched.interval.end().as_micros()).bind(i64::from(it.watched.speed_milli));
        row.bind(it.at.as_micros()).execute(&mut *tx).await.map_err(failed("keep what was watched"))?;
    }
    Ok(())
}

pub(super) async fn of(conn: &mut Conn, id: AccessId) -> Result<Vec<Reported>> {
    let rows = query_as::<Db, _>(sql::WATCHED_OF).bind(id.to_string()).fetch_all(conn).await;
    rows.map_err(failed("read what was watched"))?.into_iter().map(to_reported).collect()
}

fn to_reported((start, end, speed, at): (i64, i64, i64, i64)) -> Result<Reported> {
    let speed_milli = u32::try_from(speed).map_err(|error| Error::inconsistent("watched.speed_milli", error))?;
    let watched = Watched { interval: interval("watched", start, end)?, speed_milli };
    Ok(Reported { watched, at: Timestamp::from_micros(at) })
}
