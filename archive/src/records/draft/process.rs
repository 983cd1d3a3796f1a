//! Entries of facts, batches and calendars.

use liuhen_process::calendar::YearTable;
use liuhen_proto::custody::EntryType;
use liuhen_proto::ids::{BatchId, OrganizationId};
use serde_json::{Map, Value as Json, json};

use super::{Draft, draft, integer, record};
use crate::records::{Recorded, Reveal};

/// A batch that was made.
pub(crate) fn batch(id: BatchId, organization: OrganizationId) -> Draft {
    record("batch", id, id).with("organization", organization.to_string())
}

/// What the body of a fact's entry says.
pub(crate) fn body(it: &Recorded) -> Map<String, Json> {
    let mut body = Map::new();
    body.insert("fact".into(), json!(it.fact));
    if !it.findings.is_empty() {
        body.insert("findings".into(), json!(it.findings));
    }
    if let Some(breach) = &it.telling.breach {
        body.insert("breach".into(), json!(breach));
    }
    if let Some(source) = &it.source {
        body.insert("source".into(), json!({ "system": source.system, "id": source.id }));
    }
    body
}

/// A fact, in the chain of its case. No name and no free text stands in the envelope.
pub(crate) fn fact(it: &Recorded) -> Draft {
    let draft = draft(EntryType::Record, it.case, format!("fact/{}", it.telling.id));
    let draft = draft.with("kind", format!("fact.{}", it.fact.kind())).with("id", it.telling.id.to_string());
    let draft = draft.with("number", integer(it.number)).with("occurred_us", it.telling.occurred);
    let draft = draft.with("pack", it.telling.pack.as_str());
    let draft = if it.telling.provisional { draft.with("provisional", 1_i64) } else { draft };
    let draft = if it.telling.breach.is_some() { draft.with("breach", 1_i64) } else { draft };
    let draft = if it.findings.is_empty() { draft } else { draft.with("findings", integer(it.findings.len() as u64)) };
    Draft { body: Some(body(it)), ..draft }
}

/// Somebody sees name and number of a candidate: in the chain of the batch. Why stands in the body.
pub(crate) fn reveal(it: &Reveal) -> Draft {
    let draft = draft(EntryType::Access, it.batch, format!("reveal/{}", it.id)).with("id", it.id.to_string());
    let draft = draft.with("kind", "personal_data").with("candidate", it.candidate.to_string());
    draft.body(json!({ "purpose": it.purpose }))
}

/// A year's days.
pub(crate) fn calendar(table: &YearTable) -> Draft {
    let idem = format!("calendar/{}/{}", table.year(), table.revision());
    let draft = draft(EntryType::Record, "calendar", idem).with("kind", "calendar");
    let draft = draft.with("year", i64::from(table.year())).with("revision", i64::from(table.revision()));
    draft.body(json!({ "table": table.to_json() }))
}
