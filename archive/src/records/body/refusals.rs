//! Refusals: noted, listed.

use async_trait::async_trait;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::RefusalId;
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::declare::written;
use super::{Conn, Db, Driver};
use crate::records::convert::{count, failed, word};
use crate::records::draft::refusal as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::refusal as sql;
use crate::records::transaction::transaction;
use crate::records::{Act, MAX_ROWS, NewRefusal, Refusal, RefusalRecords, Written, check};
use crate::{Error, Result};

type RefusalRow = (String, String, String, Option<String>, Option<String>, i64, i64);

#[async_trait]
impl RefusalRecords for Driver {
    async fn note_refusal(&self, act: &Act, new: NewRefusal) -> Result<Written<Refusal>> {
        transaction!(self, |tx| note(tx, act, &new, self.random()))
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<Refusal>> {
        let rows = query_as(sql::NEWEST_REFUSALS).bind(i64::from(limit.min(MAX_ROWS)));
        let rows = rows.fetch_all(&mut *self.reader().await?).await.map_err(failed("list refusals"))?;
        rows.into_iter().map(to_refusal).collect()
    }
}

async fn note(tx: &mut Conn, act: &Act, new: &NewRefusal, random: &dyn Randomness) -> Result<Written<Refusal>> {
    check::refusal(new)?;
    let subject = new.at.clone().unwrap_or_else(|| act.by.to_string());
    let what = NewRefusal { at: Some(subject.clone()), ..new.clone() };
    let it = Refusal { id: RefusalId::mint(act.at, random), what, refused: act.at };
    let row = query::<Db>(sql::INSERT_REFUSAL).bind(it.id.to_string()).bind(new.kind.as_str()).bind(subject.clone());
    let row = row.bind(new.whose.clone()).bind(new.origin.clone()).bind(i64::from(new.tries)).bind(act.at.as_micros());
    row.execute(&mut *tx).await.map_err(failed("note a refusal"))?;
    let entry = draft::refusal(&it, &subject);
    written(tx, act, it, vec![entry], random).await
}

fn to_refusal((id, kind, subject, whose, origin, tries, at): RefusalRow) -> Result<Refusal> {
    let tries = u32::try_from(count("refusal.tries", tries)?).map_err(|error| Error::inconsistent("refusal.tries", error))?;
    let what = NewRefusal { kind: word("refusal.kind", &kind)?, at: Some(subject), whose, origin, tries };
    Ok(Refusal { id: word("refusal.id", &id)?, what, refused: Timestamp::from_micros(at) })
}

/// What the entries of refusals must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as(sql::REFUSALS).bind(after.to_owned()).bind(i64::from(limit));
    let rows = rows.fetch_all(conn).await.map_err(failed("read refusals"))?;
    let refusals: Vec<Refusal> = rows.into_iter().map(to_refusal).collect::<Result<_>>()?;
    let next = refusals.last().map(|it| it.id.to_string());
    let entry = |it: &Refusal| draft::refusal(it, it.what.at.as_deref().unwrap_or_default());
    Ok(DraftPage { drafts: refusals.iter().map(entry).collect(), next })
}
