//! Looks at names and numbers of candidates.

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{AccessId, BatchId, CandidateId};
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::append;
use super::declare::written;
use super::{Conn, Db};
use crate::records::convert::{failed, word};
use crate::records::draft::process as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::process as sql;
use crate::records::{Act, Receipt, Reveal, Written, check};
use crate::{Error, Result};

type RevealRow = (String, String, String, String, String, i64);

fn to_reveal((id, by, batch, candidate, purpose, at): RevealRow) -> Result<Reveal> {
    Ok(Reveal {
        id: word("reveal.id", &id)?,
        by,
        batch: word("reveal.batch", &batch)?,
        candidate: word("reveal.candidate", &candidate)?,
        purpose,
        at: Timestamp::from_micros(at),
    })
}

pub(super) async fn note(
    tx: &mut Conn,
    act: &Act,
    (batch, candidate, purpose): (BatchId, CandidateId, &str),
    random: &dyn Randomness,
) -> Result<Written<Reveal>> {
    let it = insert(tx, act, (batch, candidate, purpose), random).await?;
    let told = vec![draft::reveal(&it)];
    written(tx, act, it, told, random).await
}

/// Looks at many candidates; gives the entry of the last one.
pub(super) async fn note_all(
    tx: &mut Conn,
    act: &Act,
    (batch, candidates, purpose): (BatchId, &[CandidateId], &str),
    random: &dyn Randomness,
) -> Result<Receipt> {
    let mut told = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        told.push(draft::reveal(&insert(tx, act, (batch, *candidate, purpose), random).await?));
    }
    let receipts = append(tx, act, told, random).await?;
    receipts.last().copied().ok_or_else(|| Error::NotFound(format!("a candidate of {batch}")))
}

async fn insert(
    tx: &mut Conn,
    act: &Act,
    (batch, candidate, purpose): (BatchId, CandidateId, &str),
    random: &dyn Randomness,
) -> Result<Reveal> {
    check::purpose(purpose)?;
    let id = AccessId::mint(act.at, random);
    let it = Reveal { id, by: act.by.to_string(), batch, candidate, purpose: purpose.to_owned(), at: act.at };
    let row = query::<Db>(sql::INSERT_REVEAL).bind(id.to_string()).bind(it.by.clone()).bind(batch.to_string());
    let row = row.bind(candidate.to_string()).bind(it.purpose.clone()).bind(act.at.as_micros());
    row.execute(&mut *tx).await.map_err(failed("note a look"))?;
    Ok(it)
}

pub(super) async fn of(conn: &mut Conn, batch: BatchId, candidate: Option<CandidateId>, limit: u32) -> Result<Vec<Reveal>> {
    let rows = query_as::<Db, _>(sql::REVEALS_OF).bind(batch.to_string()).bind(candidate.map(|it| it.to_string()));
    let rows: Vec<RevealRow> = rows.bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("list looks"))?;
    rows.into_iter().map(to_reveal).collect()
}

/// What the entries of looks at persons must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::REVEALS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows: Vec<RevealRow> = rows.map_err(failed("read looks"))?;
    let mut page = DraftPage::default();
    for row in rows {
        let it = to_reveal(row)?;
        page.next = Some(it.id.to_string());
        page.drafts.push(draft::reveal(&it));
    }
    Ok(page)
}
