//! Observations of the wire as words of this room. Form is checked here, once: every number is bounded, and
//! every refusal names its field.
//!
//! Not here: whose stream it is, and whether its run is of that stream ([`super`]).

use bytes::Bytes;
use liuhen_archive::records::{FlagReport, Levels, MAX_LEVELS};
use liuhen_proto::ids::{RunId, StillId, StreamId};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::wire::id;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Problem, Span, Timestamp};

use super::jpeg;
use crate::refusal::Reason;

/// The largest still, in bytes.
pub(super) const MAX_JPEG_BYTES: usize = 256 * 1024;
/// The longest name of a detector, in bytes.
const MAX_DETECTOR: usize = 64;
/// No detector measures more, in thousandths: so every number is exact in JSON, and sums do not overflow.
const MAX_MILLI: i64 = 1_000_000_000_000;
/// How far an observation may stand before the birth of its run, or after the centre's time: clocks of
/// recorders may be wrong, but not by more and be taken at their word.
const SLACK: Span = Span::from_secs(24 * 3600);

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Observation {
    Flag(FlagReport),
    Still(Picture),
    Levels(Levels),
}

/// A still that has no place in the object store yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) still: StillId,
    pub(super) stream: StreamId,
    pub(super) run: RunId,
    pub(super) taken: Timestamp,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) jpeg: Bytes,
}

impl Observation {
    /// Whose it is.
    pub(super) fn stream(&self) -> StreamId {
        match self {
            Self::Flag(flag) => flag.stream,
            Self::Still(still) => still.stream,
            Self::Levels(levels) => levels.stream,
        }
    }

    /// During which run.
    pub(super) fn run(&self) -> RunId {
        match self {
            Self::Flag(flag) => flag.run,
            Self::Still(still) => still.run,
            Self::Levels(levels) => levels.run,
        }
    }
}

/// Bytes of a message that matter for what is held in memory.
pub(crate) fn size(request: &pb::ObserveRequest) -> usize {
    use pb::observe_request::Observation as Wire;
    match &request.observation {
        Some(Wire::Still(still)) => still.jpeg.len(),
        Some(Wire::Levels(levels)) => levels.rms.len() + levels.peak.len(),
        Some(Wire::Flag(_)) | None => 0,
    }
}

/// Of what a message speaks, as far as it can be told: for refusals.
pub(super) fn name(request: &pb::ObserveRequest) -> String {
    use pb::observe_request::Observation as Wire;
    let name = match &request.observation {
        Some(Wire::Flag(flag)) => &flag.flag_id,
        Some(Wire::Still(still)) => &still.still_id,
        Some(Wire::Levels(levels)) => return format!("sound levels of {:.40}", levels.stream_id),
        None => return "observation".to_owned(),
    };
    format!("{name:.40}")
}

/// Reads a message; `now` is the centre's time.
pub(super) fn observation(request: pb::ObserveRequest, now: Timestamp) -> Result<Observation, Reason> {
    use pb::observe_request::Observation as Wire;
    match request.observation.ok_or_else(|| Reason::Form(Problem::field("observation", "is required")))? {
        Wire::Flag(read) => Ok(Observation::Flag(flag(read, now).map_err(Reason::Form)?)),
        Wire::Still(read) => still(read, now).map(Observation::Still),
        Wire::Levels(read) => Ok(Observation::Levels(levels(read, now).map_err(Reason::Form)?)),
    }
}

fn flag(flag: pb::Flag, now: Timestamp) -> Result<FlagReport, Problem> {
    let run: RunId = id("flag.run_id", &flag.run_id)?;
    let kind = FlagKind::from_wire(flag.kind);
    let kind = kind.ok_or_else(|| Problem::field("flag.kind", "is required, from the closed list"))?;
    let start = within("flag.start_us", flag.start_us, run, now)?;
    let end = flag.end_us.map(|end| within("flag.end_us", end, run, now)).transpose()?;
    // A flag that ends where it began was taken back.
    if end.is_some_and(|end| end < start) {
        return Err(Problem::field("flag.end_us", "lies before flag.start_us"));
    }
    let seen = match end {
        Some(end) => end,
        None => within("flag.seen_us", flag.seen_us, run, now)?,
    };
    if seen < start {
        return Err(Problem::field("flag.seen_us", "lies before flag.start_us"));
    }
    if flag.version == 0 {
        return Err(Problem::field("flag.version", "counts from 1"));
    }
    let detector = flag.detector;
    if detector.is_empty() || detector.len() > MAX_DETECTOR || !detector.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = format!("must be 1 to {MAX_DETECTOR} bytes of printable ASCII without spaces, as black/1 is");
        return Err(Problem::field("flag.detector", why));
    }
    Ok(FlagReport {
        flag: id("flag.flag_id", &flag.flag_id)?,
        stream: id("flag.stream_id", &flag.stream_id)?,
        run,
        kind,
        start,
        end,
        seen,
        version: flag.version,
        measured_milli: milli("flag.measured_milli", flag.measured_milli)?,
        threshold_milli: milli("flag.threshold_milli", flag.threshold_milli)?,
        detector,
    })
}

fn milli(field: &str, value: i64) -> Result<i64, Problem> {
    if (-MAX_MILLI..=MAX_MILLI).contains(&value) { Ok(value) } else { Err(Problem::field(field, "is absurdly large")) }
}

fn still(still: pb::Still, now: Timestamp) -> Result<Picture, Reason> {
    if still.jpeg.len() > MAX_JPEG_BYTES {
        let (found, limit) = (still.jpeg.len() as u64, MAX_JPEG_BYTES as u64);
        return Err(Reason::TooLarge { what: "still", found, limit });
    }
    picture(still, now).map_err(Reason::Form)
}

fn picture(still: pb::Still, now: Timestamp) -> Result<Picture, Problem> {
    let (width, height) = jpeg::size(&still.jpeg).map_err(|why| Problem::field("still.jpeg", why.to_string()))?;
    for (field, told, found) in [("still.width", still.width, width), ("still.height", still.height, height)] {
        if told != u32::from(found) {
            return Err(Problem::field(field, format!("is {told}, and the JPEG has {found}")));
        }
    }
    let run: RunId = id("still.run_id", &still.run_id)?;
    Ok(Picture {
        still: id("still.still_id", &still.still_id)?,
        stream: id("still.stream_id", &still.stream_id)?,
        run,
        taken: within("still.taken_us", still.taken_us, run, now)?,
        width,
        height,
        jpeg: still.jpeg.into(),
    })
}

fn levels(levels: pb::SoundLevels, now: Timestamp) -> Result<Levels, Problem> {
    let count = levels.rms.len();
    if count == 0 || count > MAX_LEVELS {
        return Err(Problem::field("levels.rms", format!("has {count} levels, 1 to {MAX_LEVELS} are taken")));
    }
    if levels.peak.len() != count {
        return Err(Problem::field("levels.peak", format!("has {} levels, levels.rms has {count}", levels.peak.len())));
    }
    let run: RunId = id("levels.run_id", &levels.run_id)?;
    Ok(Levels {
        stream: id("levels.stream_id", &levels.stream_id)?,
        run,
        start: within("levels.start_us", levels.start_us, run, now)?,
        rms: levels.rms,
        peak: levels.peak,
    })
}

/// A time that can be meant of a run: neither long before it began nor long after now.
fn within(field: &str, micros: i64, run: RunId, now: Timestamp) -> Result<Timestamp, Problem> {
    let at = Timestamp::from_micros(micros);
    if at < run.born().before(SLACK) {
        return Err(Problem::field(field, "lies more than a day before its run began; is it in microseconds?"));
    }
    if at > now.after(SLACK) {
        return Err(Problem::field(field, "lies more than a day ahead of the centre's clock; is it in microseconds?"));
    }
    Ok(at)
}

#[cfg(test)]
mod tests;
