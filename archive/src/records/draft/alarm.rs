//! Entries of alarms: opened, acknowledged, closed. What changes while one is open has none.

use liuhen_proto::custody::EntryType;
use serde_json::json;

use super::{Draft, draft};
use crate::records::{Acknowledgement, Alarm};

pub(in crate::records) fn opened(it: &Alarm, subject: &str) -> Draft {
    let draft = of(it, subject, "opened").with("kind", it.kind.as_str());
    let draft = it.recorder.iter().fold(draft, |draft, recorder| draft.with("recorder", recorder.to_string()));
    draft.with("since_us", it.since).with("opened_us", it.opened)
}

/// The `number`th, from 1. Who it was and what they said is in the body.
pub(in crate::records) fn acknowledged(it: &Alarm, subject: &str, number: usize, said: &Acknowledgement) -> Draft {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let mut draft = of(it, subject, "acknowledged").with("number", number).with("acknowledged_us", said.at);
    draft.idem = format!("alarm/{}/acknowledged/{number}", it.id);
    draft.body(json!({ "name": said.name, "note": said.note }))
}

/// With what it came to.
pub(in crate::records) fn closed(it: &Alarm, subject: &str) -> Option<Draft> {
    let draft = of(it, subject, "closed").with("closed_us", it.closed?).with("severity", it.state.severity.as_str());
    let draft = it.state.cause.iter().fold(draft, |draft, cause| draft.with("cause", cause.as_str()));
    Some(draft.with("missing_us", it.state.missing.as_micros()).with("rooms", i64::from(it.state.room_count)))
}

fn of(it: &Alarm, subject: &str, state: &str) -> Draft {
    let draft = draft(EntryType::Alarm, subject, format!("alarm/{}/{state}", it.id));
    draft.with("alarm", it.id.to_string()).with("state", state)
}
