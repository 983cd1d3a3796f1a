//! Entries of looks. Why somebody looked may name persons, and is in the body.

use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::{Draft, draft};
use crate::records::{Access, Looked};

/// In the chain of a session that it touched, or of the stream.
pub(in crate::records) fn access(it: &Access, subject: &str) -> Draft {
    let draft = draft(EntryType::Access, subject, format!("access/{}/{subject}", it.id)).with("id", it.id.to_string());
    let draft = draft.with("kind", it.what.kind.as_str()).body(json!({ "purpose": it.what.purpose }));
    match it.what.at {
        Looked::At(stream, interval) => {
            draft.with("stream", stream.to_string()).with("start_us", interval.start()).with("end_us", interval.end())
        }
        Looked::Session(session) => draft.with("session", session.to_string()),
    }
}
