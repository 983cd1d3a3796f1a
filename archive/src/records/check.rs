//! What a declaration must look like before it is taken.

use std::collections::HashMap;

use liuhen_proto::Interval;
use liuhen_proto::ids::ViewpointId;

use super::{Act, ExpectedWindow};
use crate::{Error, Result};

/// The most windows of a session.
pub(super) const MAX_WINDOWS: usize = 1000;
const MAX_NAME_BYTES: usize = 200;
const MAX_REASON_BYTES: usize = 500;
const MAX_SEATS: usize = 500;
const MAX_SEAT_BYTES: usize = 32;
const MAX_KEY_BYTES: usize = 64;

fn refuse(field: &'static str, why: impl Into<String>) -> Result<()> {
    Err(Error::Invalid { field, why: why.into() })
}

fn text(field: &'static str, text: &str, limit: usize) -> Result<()> {
    if text.trim().is_empty() || text.len() > limit {
        return refuse(field, format!("must be 1 to {limit} bytes and not blank"));
    }
    if text.chars().any(char::is_control) { refuse(field, "must not contain control characters") } else { Ok(()) }
}

pub(super) fn act(act: &Act) -> Result<()> {
    act.key.as_deref().map_or(Ok(()), |key| text("idempotency_key", key, MAX_KEY_BYTES))
}

pub(super) fn name(name: &str) -> Result<()> {
    text("name", name, MAX_NAME_BYTES)
}

pub(super) fn reason(reason: &str) -> Result<()> {
    text("reason", reason, MAX_REASON_BYTES)
}

pub(super) fn seats(seats: &[String]) -> Result<()> {
    if seats.len() > MAX_SEATS {
        return refuse("seats", format!("must be at most {MAX_SEATS}"));
    }
    seats.iter().try_for_each(|seat| text("seats", seat, MAX_SEAT_BYTES))
}

pub(super) fn windows(windows: &[ExpectedWindow]) -> Result<()> {
    if windows.is_empty() || windows.len() > MAX_WINDOWS {
        return refuse("windows", format!("must be 1 to {MAX_WINDOWS}"));
    }
    let mut of: HashMap<ViewpointId, Vec<Interval>> = HashMap::new();
    for window in windows {
        let others = of.entry(window.viewpoint).or_default();
        if others.iter().any(|other| other.intersect(window.interval).is_some()) {
            return refuse("windows", format!("two windows of {} overlap", window.viewpoint));
        }
        others.push(window.interval);
    }
    Ok(())
}
