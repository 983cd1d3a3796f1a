//! Entries of refusals. From where somebody tried may lead to a person, and is in the body.

use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::{Draft, draft};
use crate::records::Refusal;

/// In the chain of what was tried at.
pub(in crate::records) fn refusal(it: &Refusal, subject: &str) -> Draft {
    let draft = draft(EntryType::Refusal, subject, format!("refusal/{}", it.id)).with("id", it.id.to_string());
    let draft = draft.with("kind", it.what.kind.as_str()).with("tries", i64::from(it.what.tries));
    let draft = it.what.whose.iter().fold(draft, |draft, whose| draft.with("whose", whose.clone()));
    match &it.what.origin {
        Some(origin) => draft.body(json!({ "origin": origin })),
        None => draft,
    }
}
