//! The form of what callers declare: one check for each kind of field; every refusal names the field.
//!
//! Not here: whether what ids name exists and fits together; the records see to that in their transaction.

use liuhen_archive::records::CameraKind;
use liuhen_proto::scope::{Region, ScopeError};
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Interval, Problem, Span, wire};

/// The longest name, in bytes of UTF-8.
pub(crate) const MAX_NAME_BYTES: usize = 200;
/// The longest idempotency key, in bytes.
pub(crate) const MAX_KEY_BYTES: usize = 64;
/// The longest reason, in bytes of UTF-8.
pub(crate) const MAX_REASON_BYTES: usize = 500;
/// The most seats of a viewpoint.
pub(crate) const MAX_SEATS: usize = 500;
/// The longest label of a seat, in bytes of UTF-8.
pub(crate) const MAX_SEAT_BYTES: usize = 32;
/// The longest time that one window or exam may take: what is longer is a slip of the pen.
pub(crate) const MAX_WINDOW: Span = Span::from_secs(7 * 24 * 3600);

/// A text that must be there: not blank, bounded, without control characters.
pub(crate) fn text(field: &str, text: &str, max_bytes: usize) -> Result<String, Problem> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Problem::field(field, "is required"));
    }
    if trimmed.len() > max_bytes {
        return Err(Problem::field(field, format!("has {} bytes, at most {max_bytes} are allowed", trimmed.len())));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(Problem::field(field, "must not hold control characters"));
    }
    Ok(trimmed.to_owned())
}

/// A name.
pub(crate) fn name(name: &str) -> Result<String, Problem> {
    text("name", name, MAX_NAME_BYTES)
}

/// An idempotency key; nothing where it is empty.
pub(crate) fn key(key: &str) -> Result<Option<String>, Problem> {
    if key.is_empty() {
        return Ok(None);
    }
    if !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::field("idempotency_key", "must be printable ASCII without spaces"));
    }
    text("idempotency_key", key, MAX_KEY_BYTES).map(Some)
}

/// A district, where one is given.
pub(crate) fn region(code: &str) -> Result<Option<Region>, Problem> {
    if code.is_empty() {
        return Ok(None);
    }
    let region: Region = code.parse().map_err(|error: ScopeError| Problem::field("region", error.to_string()))?;
    if region.is_district() { Ok(Some(region)) } else { Err(Problem::field("region", "must be a district: six digits")) }
}

/// Labels of seats: bounded, and each once.
pub(crate) fn seats(seats: &[String]) -> Result<Vec<String>, Problem> {
    if seats.len() > MAX_SEATS {
        return Err(Problem::field("seats", format!("has {} labels, at most {MAX_SEATS} are allowed", seats.len())));
    }
    let mut seen = std::collections::HashSet::new();
    let label = |(place, seat): (usize, &String)| {
        let field = format!("seats[{place}]");
        let seat = text(&field, seat, MAX_SEAT_BYTES)?;
        if seen.insert(seat.clone()) { Ok(seat) } else { Err(Problem::field(field, "stands there twice")) }
    };
    seats.iter().enumerate().map(label).collect()
}

/// Whether only sound is expected; then it must be.
pub(crate) fn sound_only(viewpoint: &pb::CreateViewpointRequest) -> Result<bool, Problem> {
    if viewpoint.sound_only && !viewpoint.sound_required {
        return Err(Problem::field("sound_only", "goes with sound_required: where only sound is expected, it is required"));
    }
    Ok(viewpoint.sound_only)
}

/// What a camera is that a person declares.
pub(crate) fn camera_kind(camera: &pb::CreateCameraRequest) -> Result<CameraKind, Problem> {
    match pb::CameraKind::try_from(camera.kind) {
        Ok(pb::CameraKind::Unspecified | pb::CameraKind::Camera) => Ok(CameraKind::Camera),
        Ok(pb::CameraKind::Pickup) if camera.has_viewing_stream => {
            Err(Problem::field("has_viewing_stream", "a pickup gives sound only, so it has no viewing stream"))
        }
        Ok(pb::CameraKind::Pickup) => Ok(CameraKind::Pickup),
        Ok(pb::CameraKind::Import) => {
            Err(Problem::field("kind", "what stands for a file is made when it is imported: ImportService"))
        }
        Err(_) => Err(Problem::field("kind", "is not of the closed list")),
    }
}

/// A required interval of a length that can be meant.
pub(crate) fn window(field: &str, interval: Option<&common::Interval>) -> Result<Interval, Problem> {
    bounded(field, interval, MAX_WINDOW, "7 days")
}

/// A required interval, at most so long.
pub(crate) fn bounded(
    field: &str,
    interval: Option<&common::Interval>,
    longest: Span,
    in_words: &str,
) -> Result<Interval, Problem> {
    let interval = wire::interval(field, interval)?;
    if interval.span() > longest {
        return Err(Problem::field(field, format!("is longer than {in_words}; are the times in microseconds?")));
    }
    // Years 1970 to 2255: what stands outside was not given in microseconds, and has no exact number in JSON.
    if interval.start().as_micros() < 0 || interval.end().as_micros() >= 1 << 53 {
        return Err(Problem::field(field, "lies outside the years 1970 to 2255; are the times in microseconds?"));
    }
    Ok(interval)
}

/// How many to give: `asked`, or `most` where nothing was asked.
pub(crate) fn limit(asked: u32, most: u32) -> Result<u32, Problem> {
    match asked {
        0 => Ok(most),
        asked if asked <= most => Ok(asked),
        asked => Err(Problem::field("limit", format!("is {asked}, at most {most} are given at once"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.unwrap_err().violations()[0].0.clone()
    }

    #[test]
    fn every_refusal_names_its_field() {
        assert_eq!(field_of(name("  ")), "name");
        assert_eq!(field_of(name(&"考".repeat(67))), "name");
        assert_eq!(field_of(name("a\nb")), "name");
        assert_eq!(field_of(key(&"k".repeat(65))), "idempotency_key");
        assert_eq!(field_of(key("钥匙")), "idempotency_key");
        assert_eq!(field_of(seats(&["1".to_owned(), "1".to_owned()])), "seats[1]");
        assert_eq!(field_of(seats(&vec![String::new(); 501])), "seats");
        assert_eq!(field_of(limit(1001, 1000)), "limit");
        assert_eq!(field_of(sound_only(&pb::CreateViewpointRequest { sound_only: true, ..Default::default() })), "sound_only");
        let camera =
            |kind, has_viewing_stream| camera_kind(&pb::CreateCameraRequest { kind, has_viewing_stream, ..Default::default() });
        assert_eq!(field_of(camera(pb::CameraKind::Pickup.into(), true)), "has_viewing_stream");
        assert_eq!(field_of(camera(pb::CameraKind::Import.into(), false)), "kind");
        assert_eq!(field_of(camera(77, false)), "kind");
        assert_eq!(camera(0, true), Ok(CameraKind::Camera));
        assert_eq!(field_of(window("exam", None)), "exam");
        assert_eq!(field_of(window("exam", Some(&common::Interval { start_us: 5, end_us: 5 }))), "exam");
        assert_eq!(field_of(window("exam", Some(&common::Interval { start_us: -5, end_us: 5 }))), "exam");
        assert_eq!(field_of(window("exam", Some(&common::Interval { start_us: 0, end_us: 1 << 60 }))), "exam");
    }

    #[test]
    fn what_is_right_passes() {
        assert_eq!(name(" 第一考场 ").unwrap(), "第一考场");
        assert_eq!(key("").unwrap(), None);
        assert_eq!(key("import/2026-11/7").unwrap().as_deref(), Some("import/2026-11/7"));
        assert_eq!(seats(&["01".into(), "02".into()]).unwrap(), ["01", "02"]);
        assert_eq!((limit(0, 1000).unwrap(), limit(7, 1000).unwrap()), (1000, 7));
        assert!(window("exam", Some(&common::Interval { start_us: 1, end_us: 2 })).is_ok());
    }
}
