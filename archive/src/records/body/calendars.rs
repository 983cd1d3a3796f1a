//! Which days are worked: what came with the program, and what was loaded.

use liuhen_process::calendar::{Calendar, YearTable};
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::{Conn, Db};
use crate::records::convert::failed;
use crate::records::draft::process as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::process as sql;
use crate::records::{Act, Receipt};
use crate::{Error, Result};

/// The days that came with the program, and those that were loaded.
pub(super) async fn all(conn: &mut Conn) -> Result<Calendar> {
    let rows = query_as::<Db, _>(sql::CALENDAR_YEARS).fetch_all(conn).await;
    let rows: Vec<(String,)> = rows.map_err(failed("read the calendar"))?;
    let mut calendar = Calendar::embedded();
    for (days,) in rows {
        let table = YearTable::from_json(&days).map_err(|error| Error::inconsistent("calendar_year.days", error))?;
        // An older revision than the one that came with the program is passed over.
        let _ = calendar.load(table);
    }
    Ok(calendar)
}

pub(super) async fn load(tx: &mut Conn, act: &Act, table: &YearTable, random: &dyn Randomness) -> Result<Receipt> {
    let told = draft::calendar(table);
    let (year, revision) = (i64::from(table.year()), i64::from(table.revision()));
    let mut calendar = all(tx).await?;
    let days = query_as::<Db, _>(sql::CALENDAR_YEAR).bind(year).bind(revision).fetch_optional(&mut *tx).await;
    let days: Option<(String,)> = days.map_err(failed("read the calendar"))?;
    match days {
        Some((days,)) if days == table.to_json() => return receipt(tx, &told.idem).await,
        _ => calendar.load(table.clone()).map_err(|error| Error::Invalid { field: "table", why: error.to_string() })?,
    }
    let insert = query::<Db>(sql::INSERT_CALENDAR).bind(year).bind(revision).bind(table.to_json());
    insert.execute(&mut *tx).await.map_err(failed("write the calendar"))?;
    Ok(append(tx, act, vec![told], random).await?[0])
}

/// What the entries of calendars must say, all at once: there are few.
pub(super) async fn drafts(conn: &mut Conn) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::CALENDAR_YEARS).fetch_all(conn).await;
    let rows: Vec<(String,)> = rows.map_err(failed("read the calendar"))?;
    let table =
        |(days,): &(String,)| YearTable::from_json(days).map_err(|error| Error::inconsistent("calendar_year.days", error));
    let drafts = rows.iter().map(|row| Ok(draft::calendar(&table(row)?))).collect::<Result<_>>()?;
    Ok(DraftPage { drafts, next: None })
}
