//! From rows to words of the room. What cannot be read is the database's fault and says so.

use std::fmt::Display;
use std::str::FromStr;

use liuhen_proto::fragment::Sequence;
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::wire::review::v1 as wire;
use liuhen_proto::{Interval, Sha256, Span, Timestamp};
use prost::Message as _;

use super::{AlarmSeverity, AlarmState, GapCause};
use crate::{Error, Result};

pub(super) fn failed(what: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |source| Error::Database { what, source }
}

/// Counts and sizes are far below 2^63; where one is not, the insert's checks refuse it.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn count(what: &str, number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|error| Error::inconsistent(what, error))
}

pub(super) fn digest(what: &str, bytes: &[u8]) -> Result<Sha256> {
    bytes.try_into().map_err(|error: liuhen_proto::digest::DigestError| Error::inconsistent(what, error))
}

/// An id or a word of a closed list.
pub(super) fn word<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error| Error::inconsistent(what, error))
}

pub(super) fn sequence(what: &str, place: i64) -> Result<Sequence> {
    Sequence::new(count(what, place)?).ok_or_else(|| Error::inconsistent(what, "it is absurdly large"))
}

pub(super) fn interval(what: &str, start_us: i64, end_us: i64) -> Result<Interval> {
    let (start, end) = (Timestamp::from_micros(start_us), Timestamp::from_micros(end_us));
    Interval::new(start, end).map_err(|error| Error::inconsistent(what, error))
}

/// One a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// `black 12000` or `moved off`, one a line.
pub(super) fn thresholds(text: &str) -> Result<Thresholds> {
    let mut thresholds = Thresholds::default();
    for line in text.lines() {
        let wrong = |why: &dyn Display| Error::inconsistent("viewpoint.thresholds", format!("{line:?}: {why}"));
        let (kind, limit) = line.split_once(' ').ok_or_else(|| wrong(&"a kind and a limit must be in it"))?;
        let limit = match limit {
            "off" => Limit::Off,
            milli => Limit::Milli(milli.parse().map_err(|error| wrong(&error))?),
        };
        thresholds.set(kind.parse().map_err(|error: String| wrong(&error))?, limit).map_err(|problem| wrong(&problem))?;
    }
    Ok(thresholds)
}

pub(super) fn thresholds_text(thresholds: &Thresholds) -> String {
    let line = |(kind, limit): (FlagKind, Limit)| match limit {
        Limit::Off => format!("{kind} off"),
        Limit::Milli(milli) => format!("{kind} {milli}"),
    };
    thresholds.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn blob(digest: Sha256) -> Vec<u8> {
    digest.as_bytes().to_vec()
}

/// What is kept of what an alarm says, and told of it.
pub(super) fn alarm_state(state: &wire::AlarmState) -> Result<AlarmState> {
    let severity = AlarmSeverity::from_wire(state.severity);
    Ok(AlarmState {
        severity: severity.ok_or_else(|| Error::inconsistent("alarm.state", "it has no severity"))?,
        cause: GapCause::from_wire(state.cause),
        missing: Span::from_micros(state.missing_us),
        fillable: Span::from_micros(state.fillable_us),
        spool_left: state.spool_left_us.map(Span::from_micros),
        offset_us: state.offset_us,
        backlog_bytes: state.backlog_bytes,
        detail: state.detail.clone(),
        rooms: words("alarm.state", &state.room_ids)?,
        viewpoints: words("alarm.state", &state.viewpoint_ids)?,
        streams: words("alarm.state", &state.stream_ids)?,
        room_count: state.rooms,
    })
}

fn words<T: FromStr<Err: Display>>(what: &str, texts: &[String]) -> Result<Vec<T>> {
    texts.iter().map(|text| word(what, text)).collect()
}

impl From<&AlarmState> for wire::AlarmState {
    fn from(state: &AlarmState) -> Self {
        Self {
            severity: wire::AlarmSeverity::from(state.severity).into(),
            cause: state.cause.map_or(wire::GapCause::Unspecified, wire::GapCause::from).into(),
            missing_us: state.missing.as_micros(),
            fillable_us: state.fillable.as_micros(),
            spool_left_us: state.spool_left.map(Span::as_micros),
            offset_us: state.offset_us,
            backlog_bytes: state.backlog_bytes,
            detail: state.detail.clone(),
            room_ids: state.rooms.iter().map(ToString::to_string).collect(),
            viewpoint_ids: state.viewpoints.iter().map(ToString::to_string).collect(),
            stream_ids: state.streams.iter().map(ToString::to_string).collect(),
            rooms: state.room_count,
        }
    }
}

pub(super) fn packed_alarm_state(state: &AlarmState) -> Vec<u8> {
    wire::AlarmState::from(state).encode_to_vec()
}
