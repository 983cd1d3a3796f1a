//! From rows to words of the room. What cannot be read is the database's fault and says so.

use std::fmt::Display;
use std::str::FromStr;

use liuhen_proto::fragment::Sequence;
use liuhen_proto::{Interval, Sha256, Timestamp};

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

pub(super) fn blob(digest: Sha256) -> Vec<u8> {
    digest.as_bytes().to_vec()
}
