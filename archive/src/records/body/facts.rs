//! Facts as they are kept: rows, with the bodies of their entries.

use liuhen_process::case::{Breach, CaseId, Telling};
use liuhen_process::fact::Fact;
use liuhen_process::finding::Finding;
use liuhen_process::text::Text;
use liuhen_proto::Timestamp;
use liuhen_proto::custody::Body;
use serde::Deserialize;
use sqlx::query_as;

use super::{Conn, Db};
use crate::records::convert::{count, failed, number, word};
use crate::records::draft::process as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::process as sql;
use crate::records::{Recorded, Source};
use crate::{Error, Result};

pub(super) type FactRow =
    (String, i64, String, String, i64, i64, i64, String, String, Option<String>, Option<String>, Option<Vec<u8>>);

pub(super) async fn of(conn: &mut Conn, case: CaseId, after: u64, limit: u32) -> Result<Vec<Recorded>> {
    let rows = query_as::<Db, _>(sql::FACTS_OF).bind(case.to_string()).bind(number(after)).bind(i64::from(limit));
    let rows: Vec<FactRow> = rows.fetch_all(conn).await.map_err(failed("read facts"))?;
    rows.into_iter().map(to_recorded).collect()
}

/// What the body of a fact's entry says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    fact: Fact,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    breach: Option<Breach>,
    /// It stands in the row as well.
    #[serde(default, rename = "source")]
    _source: serde::de::IgnoredAny,
}

pub(super) fn to_recorded(row: FactRow) -> Result<Recorded> {
    let (case, place, id, kind, at, occurred, provisional, by, pack, source, source_id, body) = row;
    let body = body.ok_or_else(|| Error::inconsistent(&id, "the body of its entry is not there"))?;
    let body = Body::from_bytes(&body).map_err(|error| Error::inconsistent(&id, error))?;
    let said = Said::deserialize(serde_json::Value::Object(body.data)).map_err(|error| Error::inconsistent(&id, error))?;
    if said.fact.kind().as_str() != kind {
        return Err(Error::inconsistent(&id, format!("it is a {kind}, and its body a {}", said.fact.kind())));
    }
    let text = |text: String| Text::new(text).map_err(|error| Error::inconsistent(&id, error));
    let source = match (source, source_id) {
        (Some(system), Some(name)) => {
            Some(Source { system: text(system)?, id: Text::new(name).map_err(|error| Error::inconsistent(&id, error))? })
        }
        _ => None,
    };
    let telling = Telling {
        id: word("fact.id", &id)?,
        // Others than persons have no login.
        by: by.parse().ok(),
        at: Timestamp::from_micros(at),
        occurred: Timestamp::from_micros(occurred),
        provisional: provisional != 0,
        breach: said.breach,
        pack,
    };
    let number = count("fact.number", place)?;
    Ok(Recorded { case: word("fact.case_file", &case)?, number, telling, by, fact: said.fact, findings: said.findings, source })
}

/// What the entries of facts must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::FACTS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows: Vec<FactRow> = rows.map_err(failed("read facts"))?;
    let mut page = DraftPage::default();
    for row in rows {
        let it = to_recorded(row)?;
        page.next = Some(it.telling.id.to_string());
        page.drafts.push(draft::fact(&it));
    }
    Ok(page)
}
