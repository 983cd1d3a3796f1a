//! What a declaration must look like before it is taken.

use std::collections::HashMap;

use liuhen_proto::canonical::MAX_INTEGER;
use liuhen_proto::ids::ViewpointId;
use liuhen_proto::{Interval, Timestamp};

use super::judged::MAX_LEVELS;
use super::{
    Act, CameraKind, ExpectedWindow, FlagReport, Levels, MAX_GRANTS, MAX_PASSES, NewCamera, NewCertificate, NewGrant,
    NewIdentity, NewNeighbour, NewPass, NewPerson, NewRefusal, NewStill, NewViewpoint, Role,
};
use crate::{Error, Result};

/// The most windows of a session.
pub(super) const MAX_WINDOWS: usize = 1000;
const MAX_NAME_BYTES: usize = 200;
const MAX_REASON_BYTES: usize = 500;
const MAX_SEATS: usize = 500;
const MAX_SEAT_BYTES: usize = 32;
const MAX_KEY_BYTES: usize = 64;
const MAX_DETECTOR_BYTES: usize = 64;
const MAX_ACCOUNT_BYTES: usize = 64;
/// As long as the source of a fact may be.
const MAX_SYSTEM_BYTES: usize = 60;
const MAX_PURPOSE_BYTES: usize = 200;
const MAX_IDENTITY_BYTES: usize = 255;
/// Of an id or a network.
const MAX_ORIGIN_BYTES: usize = 64;

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

pub(super) fn purpose(purpose: &str) -> Result<()> {
    text("purpose", purpose, MAX_PURPOSE_BYTES)
}

pub(super) fn reason(reason: &str) -> Result<()> {
    text("reason", reason, MAX_REASON_BYTES)
}

/// OpenID Connect Core 1.0 section 2: a subject has at most 255 characters of ASCII.
pub(super) fn identity(new: &NewIdentity) -> Result<()> {
    for (field, text) in [("issuer", &new.issuer), ("subject", &new.subject)] {
        if text.is_empty() || text.len() > MAX_IDENTITY_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse(field, format!("must be 1 to {MAX_IDENTITY_BYTES} printable characters of ASCII, without spaces"));
        }
    }
    Ok(())
}

pub(super) fn refusal(new: &NewRefusal) -> Result<()> {
    let texts = [("at", &new.at), ("whose", &new.whose), ("origin", &new.origin)];
    for (field, it) in texts {
        it.as_ref().map_or(Ok(()), |it| text(field, it, MAX_ORIGIN_BYTES))?;
    }
    if new.tries == 0 { refuse("tries", "must be 1 at least") } else { Ok(()) }
}

pub(super) fn certificate(new: &NewCertificate) -> Result<()> {
    let is_serial = new.serial.len() == 40 && new.serial.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_serial { Ok(()) } else { refuse("serial", "must be 40 hex digits") }
}

pub(super) fn neighbour(new: &NewNeighbour) -> Result<()> {
    name(&new.name)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if new.system.is_empty() || new.system.len() > MAX_SYSTEM_BYTES || !new.system.bytes().all(allowed) {
        return refuse("system", format!("must be 1 to {MAX_SYSTEM_BYTES} of a-z 0-9 . _ -"));
    }
    Ok(())
}

/// A name may be empty: then the account alone says who it was.
pub(super) fn acknowledgement(name: &str, note: &str) -> Result<()> {
    if !name.is_empty() {
        self::name(name)?;
    }
    text("note", note, MAX_REASON_BYTES)
}

pub(super) fn person(new: &NewPerson) -> Result<()> {
    name(&new.name)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if new.account.is_empty() || new.account.len() > MAX_ACCOUNT_BYTES || !new.account.bytes().all(allowed) {
        return refuse("account", format!("must be 1 to {MAX_ACCOUNT_BYTES} of a-z 0-9 . _ -"));
    }
    if new.grants.is_empty() || new.grants.len() > MAX_GRANTS {
        return refuse("grants", format!("must be 1 to {MAX_GRANTS}"));
    }
    new.grants.iter().try_for_each(grant)
}

pub(super) fn grant(new: &NewGrant) -> Result<()> {
    let exact = |at: Timestamp| (0..MAX_INTEGER).contains(&at.as_micros());
    if !exact(new.from) || !new.until.is_none_or(exact) {
        return refuse("grant", "a time lies outside the years 1970 to 2255; are the times in microseconds?");
    }
    if new.until.is_some_and(|until| until <= new.from) { refuse("grant.until_us", "must be after from_us") } else { Ok(()) }
}

/// Only roles that show nobody's footage are given by a badge.
pub(super) fn passes(new: &[NewPass]) -> Result<()> {
    if new.is_empty() || new.len() > MAX_PASSES {
        return refuse("passes", format!("must be 1 to {MAX_PASSES}"));
    }
    if !new.iter().all(|pass| matches!(pass.role, Role::Invigilator | Role::Examiner)) {
        return refuse("passes.role", "must be invigilator or examiner: all others have accounts");
    }
    new.iter().try_for_each(|pass| name(&pass.name))
}

pub(super) fn viewpoint(new: &NewViewpoint) -> Result<()> {
    name(&new.name)?;
    seats(&new.seats)?;
    if new.sound_only && !new.sound_required { refuse("sound_only", "goes with sound_required") } else { Ok(()) }
}

pub(super) fn camera(new: &NewCamera) -> Result<()> {
    name(&new.name)?;
    match new.kind {
        CameraKind::Pickup if new.has_viewing_stream => refuse("has_viewing_stream", "a pickup has no viewing stream"),
        CameraKind::Import => refuse("kind", "what stands for an import is made when a file is imported"),
        CameraKind::Camera | CameraKind::Pickup => Ok(()),
    }
}

pub(super) fn flag(report: &FlagReport) -> Result<()> {
    let exact = |number: i64| (-MAX_INTEGER..=MAX_INTEGER).contains(&number);
    let times = [Some(report.start), report.end, Some(report.seen)];
    let detector = &report.detector;
    if report.version == 0 {
        return refuse("version", "counts from 1");
    }
    if report.end.is_some_and(|end| end < report.start) || report.seen < report.start {
        return refuse("end_us", "a flag ends, and is seen, after its start");
    }
    if !times.iter().flatten().all(|at| exact(at.as_micros())) || !exact(report.measured_milli) || !exact(report.threshold_milli)
    {
        return refuse("flag", "a number is beyond 2^53");
    }
    if detector.is_empty() || detector.len() > MAX_DETECTOR_BYTES || !detector.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("detector", format!("must be 1 to {MAX_DETECTOR_BYTES} bytes of ASCII, `black/1` for instance"));
    }
    Ok(())
}

pub(super) fn still(still: &NewStill) -> Result<()> {
    if still.width == 0 || still.height == 0 || still.object_name.len() > 256 || i64::try_from(still.object.size_bytes).is_err() {
        return refuse("still", "its size or its name is absurd");
    }
    Ok(())
}

pub(super) fn levels(levels: &Levels) -> Result<Interval> {
    if levels.rms.len() > MAX_LEVELS || levels.rms.len() != levels.peak.len() {
        refuse("levels", format!("must be 1 to {MAX_LEVELS}, and as many peaks"))?;
    }
    levels.interval().ok_or_else(|| Error::Invalid { field: "levels", why: "must be of some time".to_owned() })
}

fn seats(seats: &[String]) -> Result<()> {
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
