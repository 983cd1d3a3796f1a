//! Entries of clocks that were corrected.

use liuhen_proto::Sha256;
use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::{Draft, draft};
use crate::records::{ClockCorrection, ClockName};

/// In the chain of the recorder, with the statement as body; then in those of the sessions whose footage it moved.
pub(in crate::records) fn all(it: &ClockCorrection, sessions: &[String]) -> Vec<Draft> {
    let sessions = sessions.iter().map(|session| one(it, Some(session)));
    std::iter::once(one(it, None)).chain(sessions).collect()
}

fn one(it: &ClockCorrection, session: Option<&str>) -> Draft {
    let ClockName { recorder, boot, mapping } = it.clock;
    let own = recorder.to_string();
    let idem = session.map_or_else(|| idem(it), |session| format!("{}/{session}", idem(it)));
    let draft = draft(EntryType::ClockCorrected, session.unwrap_or(&own), idem).with("recorder", own.as_str());
    let draft = draft.with("boot", boot.to_string()).with("clock", i64::from(mapping)).with("revision", i64::from(it.revision));
    let draft = draft.with("shift_us", it.shift_us).with("error_us", it.error_us).with("basis", it.basis.as_str());
    let draft = draft.with("statement_sha256", Sha256::of(it.statement.as_bytes()));
    let draft = draft.with("signature", it.signature.to_string()).with("key", it.key.to_string());
    if session.is_none() { draft.body(json!({ "statement": it.statement })) } else { draft }
}

/// Name of the entry in the chain of the recorder.
pub(in crate::records) fn idem(it: &ClockCorrection) -> String {
    let ClockName { recorder, boot, mapping } = it.clock;
    format!("clock/{recorder}/{boot}/{mapping}/{}", it.revision)
}
