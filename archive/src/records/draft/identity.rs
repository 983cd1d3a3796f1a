//! Entries of identities. Who somebody is elsewhere may say who they are: it is in the body.

use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::people::with_reason;
use super::{Draft, draft};
use crate::records::Identity;

/// In the chain of the person.
pub(in crate::records) fn identity(it: &Identity) -> Draft {
    let draft = draft(EntryType::Record, it.what.person, format!("identity/{}", it.id)).with("kind", "identity");
    let draft = draft.with("id", it.id.to_string()).with("linked_us", it.linked);
    draft.body(json!({ "issuer": it.what.issuer, "subject": it.what.subject }))
}

pub(in crate::records) fn unlinked(it: &Identity, reason: Option<&str>) -> Option<Draft> {
    let idem = format!("identity/{}/unlinked", it.id);
    let draft = draft(EntryType::Record, it.what.person, idem).with("kind", "identity.unlinked");
    Some(with_reason(draft.with("id", it.id.to_string()).with("unlinked_us", it.unlinked?), reason))
}
