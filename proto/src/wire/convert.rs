//! From the wire to words of this room: one check for each kind of field.

use std::fmt::Display;
use std::str::FromStr;

use super::common::v1 as pb;
use crate::code::Problem;
use crate::digest::Sha256;
use crate::fragment::{Sequence, TrackKind};
use crate::time::{Interval, Timestamp};

/// An id of the kind that the caller expects. `field` is the path that the refusal names.
pub fn id<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::field(field, error.to_string()))
}

/// A digest of 32 bytes.
pub fn digest(field: &str, bytes: &[u8]) -> Result<Sha256, Problem> {
    bytes.try_into().map_err(|error: crate::digest::DigestError| Problem::field(field, error.to_string()))
}

/// A place in a run.
pub fn sequence(field: &str, place: u64) -> Result<Sequence, Problem> {
    Sequence::new(place).ok_or_else(|| Problem::field(field, "is absurdly large"))
}

/// A required interval.
pub fn interval(field: &str, interval: Option<&pb::Interval>) -> Result<Interval, Problem> {
    let interval = interval.ok_or_else(|| Problem::field(field, "is required"))?;
    let (start, end) = (Timestamp::from_micros(interval.start_us), Timestamp::from_micros(interval.end_us));
    Interval::new(start, end).map_err(|error| Problem::field(field, error.to_string()))
}

/// A required kind of track.
pub fn kind(field: &str, kind: i32) -> Result<TrackKind, Problem> {
    match pb::TrackKind::try_from(kind) {
        Ok(pb::TrackKind::Video) => Ok(TrackKind::Video),
        Ok(pb::TrackKind::Audio) => Ok(TrackKind::Audio),
        _ => Err(Problem::field(field, "must be VIDEO or AUDIO")),
    }
}

impl From<Interval> for pb::Interval {
    fn from(interval: Interval) -> Self {
        Self { start_us: interval.start().as_micros(), end_us: interval.end().as_micros() }
    }
}

impl From<TrackKind> for pb::TrackKind {
    fn from(kind: TrackKind) -> Self {
        match kind {
            TrackKind::Video => Self::Video,
            TrackKind::Audio => Self::Audio,
        }
    }
}
