//! What is wrong, given the facts. Pure.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::fragment::ClockSource;
use liuhen_proto::{Span, Timestamp};

use super::facts::{Facts, RecorderFacts, SiteFacts, StreamFacts};
use crate::live::{CameraState, RecorderHealth};
use crate::records::alarm::MAX_SUBJECTS;
use crate::records::{AlarmKind, AlarmSeverity, AlarmState, Condition, Gap, GapCause};

/// A spool that is full sooner is told of.
pub(super) const SPOOL_WARNING: Span = Span::from_secs(12 * 3600);
/// A spool that is full sooner is urgent.
pub(super) const SPOOL_URGENT: Span = Span::from_secs(2 * 3600);
/// Clocks that differ by more, beyond what the measurement leaves open.
const CLOCK_OFF_US: i64 = 1_000_000;
/// Footage that is older and waits, and how much of it is worth a word.
const BEHIND: Span = Span::from_secs(60);

/// All that is wrong.
pub(super) fn of(facts: &Facts) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for site in &facts.sites {
        conditions.extend(site.streams.iter().filter_map(|stream| silent(site, stream, facts.now)));
        conditions.extend(gap(site, facts.now));
        conditions.extend(lost(site));
        for recorder in &site.recorders {
            conditions.extend(unreachable(site, recorder, facts));
            if let Some(health) = recorder.heard(facts.now) {
                conditions.extend(of_recorder(site, recorder, health, facts.now));
            }
        }
    }
    conditions.extend(facts.storage.iter().map(|failure| Condition {
        key: format!("storage_failed/{}", failure.place),
        kind: AlarmKind::StorageFailed,
        site: None,
        recorder: None,
        since: failure.since,
        state: AlarmState { detail: failure.why.clone(), ..AlarmState::new(AlarmSeverity::Urgent) },
    }));
    conditions
}

/// Urgent while a session expects the site.
fn severity(site: &SiteFacts, otherwise: AlarmSeverity) -> AlarmSeverity {
    if site.is_open() { AlarmSeverity::Urgent } else { otherwise }
}

/// A camera that its recorder knows, and that has produced nothing. Where the recorder itself is not heard, that is told.
fn silent(site: &SiteFacts, stream: &StreamFacts, now: Timestamp) -> Option<Condition> {
    let recorder = site.recorder(stream.recorder?)?;
    let health = recorder.heard(now)?;
    let state = stream.state.filter(|state| *state != CameraState::Stopped)?;
    let until = stream.produced.until();
    let silence = now.since(until);
    if silence <= stream.produced.patience() {
        return None;
    }
    let cause = match state {
        CameraState::Unreachable | CameraState::Unreadable => GapCause::CameraUnreachable,
        _ if health.status.spool_full => GapCause::DiskFull,
        _ if health.pending.iter().any(|range| range.stream == stream.stream) => GapCause::UploadPending,
        _ => GapCause::Unknown,
    };
    let severity = if stream.required { AlarmSeverity::Urgent } else { AlarmSeverity::Notice };
    let state = AlarmState { cause: Some(cause), missing: silence, ..about(&[stream], severity) };
    let (kind, key) = (AlarmKind::NoFragments, stream.stream.to_string());
    Some(condition(kind, key, site, Some(recorder), until, state))
}

fn condition(
    kind: AlarmKind,
    key: impl std::fmt::Display,
    site: &SiteFacts,
    recorder: Option<&RecorderFacts>,
    since: Timestamp,
    state: AlarmState,
) -> Condition {
    let recorder = recorder.map(|recorder| recorder.recorder);
    Condition { key: format!("{kind}/{key}"), kind, site: Some(site.site), recorder, since, state }
}

fn about(streams: &[&StreamFacts], severity: AlarmSeverity) -> AlarmState {
    let rooms: BTreeSet<_> = streams.iter().map(|stream| stream.room).collect();
    let viewpoints: BTreeSet<_> = streams.iter().map(|stream| stream.viewpoint).collect();
    let of: BTreeSet<_> = streams.iter().map(|stream| stream.stream).collect();
    AlarmState {
        room_count: u32::try_from(rooms.len()).unwrap_or(u32::MAX),
        rooms: rooms.into_iter().take(MAX_SUBJECTS).collect(),
        viewpoints: viewpoints.into_iter().take(MAX_SUBJECTS).collect(),
        streams: of.into_iter().take(MAX_SUBJECTS).collect(),
        ..AlarmState::new(severity)
    }
}

/// Of gaps: picture and sound that are missing together at a viewpoint count once.
fn about_gaps(gaps: &[&(Gap, liuhen_proto::ids::RoomId)], until: Option<Timestamp>, severity: AlarmSeverity) -> AlarmState {
    let mut longest = BTreeMap::new();
    for (gap, room) in gaps {
        let span = gap.end.or(until).map_or(Span::ZERO, |end| end.since(gap.start));
        let (_, known) = longest.entry(gap.viewpoint).or_insert((*room, Span::ZERO));
        *known = span.max(*known);
    }
    let rooms: BTreeSet<_> = longest.values().map(|(room, _)| *room).collect();
    // The longest explains most of what is missing.
    let worst = gaps.iter().min_by_key(|(gap, _)| gap.start).map(|(gap, _)| gap.cause);
    AlarmState {
        cause: worst,
        missing: longest.values().map(|(_, span)| *span).fold(Span::ZERO, Span::plus),
        room_count: u32::try_from(rooms.len()).unwrap_or(u32::MAX),
        rooms: rooms.into_iter().take(MAX_SUBJECTS).collect(),
        viewpoints: longest.keys().copied().take(MAX_SUBJECTS).collect(),
        ..AlarmState::new(severity)
    }
}

fn gap(site: &SiteFacts, now: Timestamp) -> Option<Condition> {
    let open: Vec<_> = site.gaps.iter().filter(|(gap, _)| gap.end.is_none()).collect();
    let since = open.iter().map(|(gap, _)| gap.start).min()?;
    let comes = open.iter().all(|(gap, _)| gap.cause == GapCause::UploadPending);
    let severity = if comes { AlarmSeverity::Warning } else { AlarmSeverity::Urgent };
    let state = AlarmState { fillable: site.waiting(), ..about_gaps(&open, Some(now), severity) };
    Some(condition(AlarmKind::Gap, site.site, site, None, since, state))
}

fn lost(site: &SiteFacts) -> Option<Condition> {
    let lost: Vec<_> = site.gaps.iter().filter(|(gap, _)| gap.cause == GapCause::Lost && gap.end.is_some()).collect();
    let since = lost.iter().map(|(gap, _)| gap.start).min()?;
    Some(condition(AlarmKind::Lost, site.site, site, None, since, about_gaps(&lost, None, AlarmSeverity::Urgent)))
}

fn unreachable(site: &SiteFacts, recorder: &RecorderFacts, facts: &Facts) -> Option<Condition> {
    let since = match &recorder.health {
        Some(health) if facts.now.since(health.heard) > super::UNHEARD_AFTER => health.heard,
        Some(_) => return None,
        // It may never have been put up; when a session expects it, it should be there.
        None if facts.patient && site.is_open() => facts.began,
        None => return None,
    };
    let streams: Vec<_> = site.streams.iter().filter(|stream| stream.recorder == Some(recorder.recorder)).collect();
    let state =
        AlarmState { cause: Some(GapCause::RecorderUnreachable), ..about(&streams, severity(site, AlarmSeverity::Warning)) };
    let state = AlarmState { fillable: site.waiting(), ..state };
    Some(condition(AlarmKind::RecorderUnreachable, recorder.recorder, site, Some(recorder), since, state))
}

/// What a recorder that is heard says of itself.
fn of_recorder(site: &SiteFacts, recorder: &RecorderFacts, health: &RecorderHealth, now: Timestamp) -> Vec<Condition> {
    let status = &health.status;
    let of = |kind, since, state| condition(kind, recorder.recorder, site, Some(recorder), since, state);
    let state = AlarmState::new;
    let mut conditions = Vec::new();
    if status.spool_full {
        let state = AlarmState { cause: Some(GapCause::DiskFull), ..state(AlarmSeverity::Urgent) };
        conditions.push(of(AlarmKind::SpoolFull, now, AlarmState { backlog_bytes: status.backlog_bytes, ..state }));
    } else if let Some(left) = status.spool_left.filter(|left| *left < SPOOL_WARNING) {
        let severity = if left < SPOOL_URGENT { AlarmSeverity::Urgent } else { AlarmSeverity::Warning };
        let state = AlarmState { spool_left: Some(left), backlog_bytes: status.backlog_bytes, ..state(severity) };
        conditions.push(of(AlarmKind::SpoolFilling, now, state));
    }
    if status.clock_source == Some(ClockSource::TimeUnproven) {
        conditions.push(of(AlarmKind::ClockUnproven, now, state(severity(site, AlarmSeverity::Warning))));
    }
    if let Some(offset) = status.centre_offset_us
        && offset.saturating_abs().saturating_sub(status.centre_error_us.unwrap_or(0)) > CLOCK_OFF_US
    {
        let state = AlarmState { offset_us: Some(offset), ..state(severity(site, AlarmSeverity::Warning)) };
        conditions.push(of(AlarmKind::ClockOff, now, state));
    }
    conditions.extend(behind(site, recorder, health, now));
    conditions
}

fn behind(site: &SiteFacts, recorder: &RecorderFacts, health: &RecorderHealth, now: Timestamp) -> Option<Condition> {
    let old: Vec<_> = health.pending.iter().filter(|range| now.since(range.interval.start()) > BEHIND).collect();
    let waiting = old.iter().map(|range| range.interval.span()).fold(Span::ZERO, Span::plus);
    if waiting < BEHIND {
        return None;
    }
    let since = old.iter().map(|range| range.interval.start()).min()?;
    let streams: Vec<_> = site.streams.iter().filter(|stream| old.iter().any(|range| range.stream == stream.stream)).collect();
    let state = AlarmState {
        cause: Some(GapCause::UploadPending),
        fillable: waiting,
        backlog_bytes: health.status.backlog_bytes,
        ..about(&streams, AlarmSeverity::Warning)
    };
    Some(condition(AlarmKind::UploadBehind, recorder.recorder, site, Some(recorder), since, state))
}
