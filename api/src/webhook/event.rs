//! An event as a receiver reads it: JSON, with words in both languages.

use bytes::Bytes;
use liuhen_archive::Archive;
use liuhen_archive::records::AlarmEvent;
use liuhen_proto::Problem;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::{Value, json};

use crate::alarm::convert;
use crate::alarm::names::Names;

/// Its id, the same each time it is sent, and its body.
pub(super) async fn message(archive: &Archive, event: &AlarmEvent) -> Result<(String, Bytes), Problem> {
    let mut names = Names::new(archive);
    let alarm = convert::alarm(&event.alarm, names.of(&event.alarm).await?);
    let id = format!("{}_{}", alarm.alarm_id, alarm.version);
    let body = json!({
        "type": format!("alarm.{}", event.kind),
        "timestamp_us": event.alarm.changed.as_micros(),
        "event_number": event.number,
        "data": alarm_json(&alarm),
    });
    Ok((id, Bytes::from(body.to_string())))
}

/// An alarm as JSON: words of closed lists in lower case, times in microseconds UTC.
pub fn alarm_json(alarm: &pb::Alarm) -> Value {
    let state = alarm.state.clone().unwrap_or_default();
    let word = |name: &str, prefix: &str| name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    let words = |words: &Option<pb::AlarmWords>| {
        let words = words.clone().unwrap_or_default();
        json!({ "what": words.what, "cause": words.cause, "first_step": words.first_step })
    };
    let said = |said: &pb::Acknowledgement| json!({ "by": said.by, "name": said.name, "note": said.note, "at_us": said.at_us });
    json!({
        "alarm_id": alarm.alarm_id,
        "kind": word(alarm.kind().as_str_name(), "ALARM_KIND_"),
        "severity": word(state.severity().as_str_name(), "ALARM_SEVERITY_"),
        "cause": Some(state.cause()).filter(|cause| *cause != pb::GapCause::Unspecified)
            .map(|cause| word(cause.as_str_name(), "GAP_CAUSE_")),
        "site_id": Some(&alarm.site_id).filter(|id| !id.is_empty()),
        "recorder_id": Some(&alarm.recorder_id).filter(|id| !id.is_empty()),
        "since_us": alarm.since_us,
        "opened_us": alarm.opened_us,
        "changed_us": alarm.changed_us,
        "closed_us": alarm.closed_us,
        "version": alarm.version,
        "missing_us": state.missing_us,
        "fillable_us": state.fillable_us,
        "spool_left_us": state.spool_left_us,
        "offset_us": state.offset_us,
        "backlog_bytes": state.backlog_bytes,
        "detail": Some(&state.detail).filter(|detail| !detail.is_empty()),
        "rooms": state.rooms,
        "room_ids": state.room_ids,
        "viewpoint_ids": state.viewpoint_ids,
        "stream_ids": state.stream_ids,
        "acknowledgements": alarm.acknowledgements.iter().map(said).collect::<Vec<_>>(),
        "chinese": words(&alarm.chinese),
        "english": words(&alarm.english),
    })
}
