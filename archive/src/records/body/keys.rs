//! What facts name, and facts by what they name.

use liuhen_process::case::CaseId;
use liuhen_process::fact::key::Key;
use sqlx::{QueryBuilder, query_as};

use super::facts::{self, FactRow};
use super::{Conn, Db};
use crate::Result;
use crate::records::Recorded;
use crate::records::convert::{failed, number};
use crate::records::scan::KeyPage;
use crate::records::sql::process as sql;

/// So many rows a statement: each has three values, and SQLite takes 32766.
const ROWS: usize = 5000;

/// Writes down what a fact names.
pub(super) async fn insert(tx: &mut Conn, it: &Recorded) -> Result<()> {
    let keys: Vec<_> = it.fact.keys().into_iter().collect();
    for keys in keys.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(sql::INSERT_FACT_KEYS);
        insert.push_values(keys, |mut row, key| {
            row.push_bind(key.to_string()).push_bind(it.case.to_string()).push_bind(number(it.number));
        });
        insert.build().execute(&mut *tx).await.map_err(failed("write what a fact names"))?;
    }
    Ok(())
}

/// Facts that name something, of one case or of all, by case and number.
pub(super) async fn naming(conn: &mut Conn, key: &Key, case: Option<CaseId>, limit: u32) -> Result<Vec<Recorded>> {
    let rows = query_as::<Db, _>(sql::FACTS_NAMING).bind(key.to_string()).bind(case.map(|case| case.to_string()));
    let rows: Vec<FactRow> = rows.bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("read what names it"))?;
    rows.into_iter().map(facts::to_recorded).collect()
}

/// Facts whose names are not written down as they are, page by page.
pub(super) async fn wrong(conn: &mut Conn, after: &str, limit: u32) -> Result<KeyPage> {
    let rows = query_as::<Db, _>(sql::FACTS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    let rows: Vec<FactRow> = rows.map_err(failed("read facts"))?;
    let mut page = KeyPage::default();
    for row in rows {
        let it = facts::to_recorded(row)?;
        let kept = query_as::<Db, _>(sql::KEYS_OF_FACT).bind(it.case.to_string()).bind(number(it.number));
        let kept: Vec<(String,)> = kept.fetch_all(&mut *conn).await.map_err(failed("read what a fact names"))?;
        let mut kept: Vec<String> = kept.into_iter().map(|(key,)| key).collect();
        let mut named: Vec<String> = it.fact.keys().iter().map(Key::to_string).collect();
        // Databases sort text each in their own way.
        kept.sort_unstable();
        named.sort_unstable();
        if kept != named {
            page.wrong.push(it.telling.id.to_string());
        }
        page.next = Some(it.telling.id.to_string());
    }
    Ok(page)
}
