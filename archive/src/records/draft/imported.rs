//! Entries of what came as a file: keys, imports, corrections.

use liuhen_proto::Sha256;
use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::{Draft, draft, integer};
use crate::records::{Import, ImportRevision, Key, TrustLevel};

/// A key of a person. The name is in the body.
pub(in crate::records) fn person_key(it: &Key) -> Draft {
    let draft = draft(EntryType::KeyAdd, it.id, format!("key/{}", it.id)).with("id", it.id.to_string());
    draft.with("alg", "ed25519").with("key", it.public_key.to_string()).body(json!({ "name": it.name }))
}

/// What a signed statement declared about an import, in the chain of the import or of a session that it touches. The
/// statement itself names persons: it is the body of the entry in the import's own chain.
pub(in crate::records) fn revision(it: &Import, revision: &ImportRevision, sha256: Sha256, session: Option<&str>) -> Draft {
    let (kind, own) = (if revision.revision == 1 { EntryType::Import } else { EntryType::ImportCorrected }, it.id.to_string());
    let idem = revision_idem(it, revision.revision);
    let idem = session.map_or_else(|| idem.clone(), |session| format!("{idem}/{session}"));
    let draft = draft(kind, session.unwrap_or(&own), idem).with("import", it.id.to_string());
    let draft = draft.with("trust", TrustLevel::Imported.as_str()).with("revision", i64::from(revision.revision));
    let draft = draft.with("viewpoint", it.viewpoint.to_string()).with("camera", it.camera.to_string());
    let draft = draft.with("stream", it.stream.to_string()).with("segments", i64::from(it.segments));
    let draft = draft.with("original", it.original_name.as_str()).with("original_sha256", it.original.sha256);
    let draft = draft.with("original_size", integer(it.original.size_bytes));
    let draft = draft.with("clock_offset_us", revision.clock_offset_us).with("statement_sha256", sha256);
    let draft =
        it.interval.iter().fold(draft, |draft, interval| draft.with("start_us", interval.start()).with("end_us", interval.end()));
    let draft = draft.with("key", revision.key.to_string()).with("public_key", revision.public_key.to_string());
    let draft = draft.with("signature", revision.signature.to_string());
    match (session, &revision.statement) {
        (None, Some(statement)) => draft.body(json!({ "statement": statement })),
        _ => draft,
    }
}

/// Name of the entry in the chain of the import.
pub(in crate::records) fn revision_idem(it: &Import, revision: u32) -> String {
    format!("import/{}/{revision}", it.id)
}
