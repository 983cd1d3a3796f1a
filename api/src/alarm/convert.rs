//! From what the archive holds to what goes over the wire.

use liuhen_archive::records::{Acknowledgement, Alarm, AlarmEvent, SiteLayout};
use liuhen_proto::Timestamp;
use liuhen_proto::wire::review::v1 as pb;

use super::words;

pub(crate) fn alarm(alarm: &Alarm, layout: Option<&SiteLayout>) -> pb::Alarm {
    let (chinese, english) = words::of(alarm, layout);
    pb::Alarm {
        alarm_id: alarm.id.to_string(),
        kind: pb::AlarmKind::from(alarm.kind).into(),
        site_id: alarm.site.map(|site| site.to_string()).unwrap_or_default(),
        recorder_id: alarm.recorder.map(|recorder| recorder.to_string()).unwrap_or_default(),
        since_us: alarm.since.as_micros(),
        opened_us: alarm.opened.as_micros(),
        closed_us: alarm.closed.map(Timestamp::as_micros),
        version: alarm.version,
        state: Some((&alarm.state).into()),
        changed_us: alarm.changed.as_micros(),
        acknowledgements: alarm.acknowledgements.iter().map(acknowledgement).collect(),
        chinese: Some(chinese),
        english: Some(english),
    }
}

fn acknowledgement(said: &Acknowledgement) -> pb::Acknowledgement {
    pb::Acknowledgement { by: said.by.clone(), name: said.name.clone(), note: said.note.clone(), at_us: said.at.as_micros() }
}

pub(super) fn event(event: &AlarmEvent, layout: Option<&SiteLayout>) -> pb::WatchAlarmsResponse {
    pb::WatchAlarmsResponse {
        event: pb::AlarmEventKind::from(event.kind).into(),
        alarm: Some(alarm(&event.alarm, layout)),
        event_number: event.number,
        caught_up: false,
    }
}
