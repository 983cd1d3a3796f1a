//! What must change, so that the alarms say what is wrong. Pure, but for what it remembers of health.

use std::collections::HashMap;

use liuhen_proto::ids::AlarmId;
use liuhen_proto::{BootTime, Span};

use super::HEALTH;
use super::facts::Facts;
use crate::records::{Alarm, AlarmChange, AlarmKind, AlarmState, Condition};

/// The changes. `healthy` says since when what an open alarm is about has been well.
pub(super) fn changes(
    conditions: Vec<Condition>,
    open: &[Alarm],
    facts: &Facts,
    healthy: &mut HashMap<AlarmId, BootTime>,
    boot: BootTime,
) -> Vec<AlarmChange> {
    healthy.retain(|id, _| open.iter().any(|alarm| alarm.id == *id));
    let over = open.iter().filter(|alarm| !conditions.iter().any(|condition| condition.key == alarm.condition));
    let mut changes = Vec::new();
    for alarm in over {
        if is_unknown(alarm, facts) {
            healthy.remove(&alarm.id);
        } else if boot.since(*healthy.entry(alarm.id).or_insert(boot)) >= HEALTH {
            changes.push(AlarmChange::Close { alarm: alarm.id });
        }
    }
    for condition in conditions {
        match open.iter().find(|alarm| alarm.condition == condition.key) {
            None => changes.push(AlarmChange::Open(condition)),
            Some(alarm) => {
                healthy.remove(&alarm.id);
                if is_news(&alarm.state, &condition.state) {
                    changes.push(AlarmChange::Change { alarm: alarm.id, state: condition.state });
                }
            }
        }
    }
    changes
}

/// Whether nothing is known of what the alarm is about: its recorder is not heard.
fn is_unknown(alarm: &Alarm, facts: &Facts) -> bool {
    let Some(recorder) = alarm.recorder.filter(|_| alarm.kind != AlarmKind::RecorderUnreachable) else { return false };
    let known = facts.sites.iter().find_map(|site| site.recorder(recorder));
    known.is_some_and(|recorder| recorder.heard(facts.now).is_none())
}

/// Whether it says something of another weight; a second more is none.
fn is_news(old: &AlarmState, new: &AlarmState) -> bool {
    let words = |state: &AlarmState| {
        let (rooms, viewpoints, streams) = (state.rooms.clone(), state.viewpoints.clone(), state.streams.clone());
        (state.severity, state.cause, state.detail.clone(), rooms, viewpoints, streams, state.room_count)
    };
    let figures = |state: &AlarmState| {
        let offset = state.offset_us.map(|us| (us < 0, step(Span::from_micros(us.saturating_abs()))));
        (step(state.missing), step(state.fillable), state.spool_left.map(step), offset)
    };
    words(old) != words(new) || figures(old) != figures(new)
}

/// Steps in which a span has weight: 20 s in a minute, minutes in ten, five minutes in an hour, then half hours.
fn step(span: Span) -> i64 {
    match span.as_micros() / 1_000_000 {
        seconds @ ..60 => seconds / 20,
        seconds @ 60..600 => 100 + seconds / 60,
        seconds @ 600..3600 => 200 + seconds / 300,
        seconds => 300 + seconds / 1800,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_in_steps_of_weight() {
        let at = |seconds| step(Span::from_secs(seconds));
        assert_eq!((at(11), at(19)), (0, 0));
        assert!(at(59) < at(60) && at(599) < at(600) && at(3599) < at(3600));
        assert_eq!((at(134), at(170)), (at(120), at(120)));
        assert_eq!(at(3_600), at(5_000));
    }
}
