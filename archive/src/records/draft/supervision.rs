//! Entries of what is handed out to the supervision service platform. Its words are in the body: people write them.

use liuhen_proto::custody::EntryType;
use liuhen_proto::ids::SessionId;
use liuhen_proto::segment::Sized256;
use serde_json::json;

use super::{Draft, draft, integer};

fn of(session: SessionId, version: u32, what: &str) -> Draft {
    let draft = draft(EntryType::Record, session, format!("supervision/{session}/{version}/{what}"));
    draft.with("kind", format!("supervision.{what}")).with("version", i64::from(version))
}

/// Somebody asked for it. Why stands in the log only.
pub(in crate::records) fn asked(session: SessionId, version: u32, reason: Option<&str>) -> Draft {
    let draft = of(session, version, "asked");
    reason.into_iter().fold(draft, |draft, reason| draft.body(json!({ "reason": reason })))
}

/// What is handed out is written.
pub(in crate::records) fn document(session: SessionId, version: u32, document: Sized256) -> Draft {
    let draft = of(session, version, "document").with("document_sha256", document.sha256);
    draft.with("document_size", integer(document.size_bytes))
}

/// The platform will not have it.
pub(in crate::records) fn refused(session: SessionId, version: u32, words: &str) -> Draft {
    of(session, version, "refused").body(json!({ "words": words }))
}
