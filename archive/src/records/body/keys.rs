//! What facts name, and facts by what they name.

use liuhen_process::case::CaseId;
use liuhen_process::fact::key::Key;
use liuhen_proto::ids::BatchId;
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

/// Writes down what facts name.
pub(super) async fn insert(tx: &mut Conn, many: &[Recorded]) -> Result<()> {
    let keys: Vec<_> = many.iter().flat_map(|it| it.fact.keys().into_iter().map(move |key| (it, key))).collect();
    for keys in keys.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(sql::INSERT_FACT_KEYS);
        insert.push_values(keys, |mut row, (it, key)| {
            row.push_bind(key.to_string()).push_bind(it.case.to_string()).push_bind(number(it.number));
        });
        insert.build().execute(&mut *tx).await.map_err(failed("write what a fact names"))?;
    }
    Ok(())
}

/// Facts that name something, of one case or of all, by case and number.
pub(super) async fn naming(conn: &mut Conn, key: &Key, case: Option<CaseId>, limit: u32) -> Result<Vec<Recorded>> {
    let rows = match case {
        Some(case) => query_as::<Db, _>(sql::FACTS_NAMING_IN).bind(key.to_string()).bind(case.to_string()),
        None => query_as::<Db, _>(sql::FACTS_NAMING).bind(key.to_string()),
    };
    let rows: Vec<FactRow> = rows.bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("read what names it"))?;
    rows.into_iter().map(facts::to_recorded).collect()
}

/// Facts that name any of some things, each once, of one case or of all, by case and number.
pub(super) async fn naming_any(conn: &mut Conn, keys: &[Key], case: Option<CaseId>, limit: u32) -> Result<Vec<Recorded>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut find = QueryBuilder::<Db>::new(sql::FACTS_NAMING_ANY);
    let mut named = find.separated(", ");
    for key in keys {
        named.push_bind(key.to_string());
    }
    named.push_unseparated(")");
    if let Some(case) = case {
        find.push(sql::OF_CASE).push_bind(case.to_string());
    }
    find.push(sql::EACH_ONCE).push_bind(i64::from(limit));
    let rows = find.build_query_as::<FactRow>().fetch_all(conn).await.map_err(failed("read what names them"))?;
    rows.into_iter().map(facts::to_recorded).collect()
}

/// Facts of other batches of the organisation that name something.
pub(super) async fn naming_beside(conn: &mut Conn, key: &Key, batch: BatchId, limit: u32) -> Result<Vec<Recorded>> {
    let rows = query_as::<Db, _>(sql::FACTS_NAMING_BESIDE).bind(key.to_string()).bind(batch.to_string());
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
