//! Why something is missing, as far as is known. A judgement about now; what was known earlier stands in
//! the gap and is kept until something better is known.

use liuhen_proto::ids::StreamId;
use liuhen_proto::{Interval, Span, Timestamp};

use super::lacking::Missing;
use crate::live::{CameraState, Live, PendingRange, RecorderHealth, RunEnded};
use crate::records::{EndReason, Gap, GapCause};

/// A recorder speaks every second. When it was not heard for so long, the centre does not hear it.
pub(super) const HEARD_WITHIN: Span = Span::from_secs(3);
/// The end of a run and the start of a gap are the same event when they are no further apart.
const SAME_EVENT: Span = Span::from_secs(5);

/// Why a stretch of a viewpoint that cameras with these streams record is missing; `old` is the gap that stands for it.
pub(super) fn of(live: &Live, streams: &[StreamId], missing: Missing, old: Option<&Gap>, now: Timestamp) -> GapCause {
    let known = streams.iter().find_map(|&stream| {
        let recorder = live.recorder_of(stream).map(|(_, health)| health);
        of_stream(stream, recorder.as_ref(), &live.ended_runs(stream), missing, now)
    });
    // That footage waits at the site holds only while it does; everything else was so once, and explains it.
    let kept = old.map(|gap| gap.cause).filter(|cause| *cause != GapCause::UploadPending);
    match (known, kept) {
        (Some(known), Some(kept)) if is_weaker(known, kept, missing) => kept,
        (Some(known), _) => known,
        (None, kept) => kept.unwrap_or(GapCause::Unknown),
    }
}

/// Of a stretch that is over, the recorder's silence now explains nothing if something else did then.
fn is_weaker(known: GapCause, kept: GapCause, missing: Missing) -> bool {
    known == GapCause::RecorderUnreachable && !missing.ongoing && kept != GapCause::Unknown
}

fn of_stream(
    stream: StreamId,
    recorder: Option<&RecorderHealth>,
    ended: &[RunEnded],
    missing: Missing,
    now: Timestamp,
) -> Option<GapCause> {
    let Some(recorder) = recorder else { return Some(GapCause::RecorderUnreachable) };
    let heard = recorder.connected && now.since(recorder.heard) <= HEARD_WITHIN;
    if heard && is_pending(stream, recorder, missing.interval) {
        return Some(GapCause::UploadPending);
    }
    if heard && is_lost(stream, recorder, missing.interval) {
        return Some(GapCause::Lost);
    }
    let then = ended.iter().rev().find(|ended| ended.at.is_some_and(|at| is_near(at, missing.interval.start())));
    let then = then.and_then(|ended| of_end(ended.reason));
    let stepped = recorder.stepped.is_some_and(|at| at >= missing.interval.start().before(SAME_EVENT));
    if !missing.ongoing {
        let stepped = stepped && recorder.stepped.is_some_and(|at| at <= missing.interval.end().after(SAME_EVENT));
        return then.or(stepped.then_some(GapCause::ClockStep));
    }
    if !heard {
        return Some(GapCause::RecorderUnreachable);
    }
    if recorder.status.spool_full {
        return Some(GapCause::DiskFull);
    }
    let state = recorder.status.streams.iter().find(|status| status.stream == stream).map(|status| status.state);
    match state {
        Some(CameraState::Stopped) => Some(GapCause::StoppedOnPurpose),
        // A camera whose pictures cannot be read gives none.
        Some(CameraState::Unreachable | CameraState::Unreadable) => Some(GapCause::CameraUnreachable),
        // A recorder that has just come connects; that explains nothing of the time before it came.
        Some(CameraState::Connecting | CameraState::Recording) | None => then.or(stepped.then_some(GapCause::ClockStep)),
    }
}

/// Whether most of the stretch waits at the site.
fn is_pending(stream: StreamId, recorder: &RecorderHealth, missing: Interval) -> bool {
    is_most(stream, &recorder.pending, missing)
}

/// Whether most of the stretch was announced once and, by all that the recorder says, waits no more. It is missing here
/// already.
fn is_lost(stream: StreamId, recorder: &RecorderHealth, missing: Interval) -> bool {
    recorder.whole && is_most(stream, &recorder.announced, missing)
}

fn is_most(stream: StreamId, ranges: &[PendingRange], missing: Interval) -> bool {
    let ranges = ranges.iter().filter(|range| range.stream == stream);
    let waiting = ranges.filter_map(|range| range.interval.intersect(missing)).map(|both| both.span());
    waiting.fold(Span::ZERO, Span::plus).times(2) >= missing.span()
}

fn is_near(a: Timestamp, b: Timestamp) -> bool {
    a.since(b).max(b.since(a)) <= SAME_EVENT
}

/// What the end of a run says about what is missing after it.
const fn of_end(reason: EndReason) -> Option<GapCause> {
    match reason {
        EndReason::CameraClosed | EndReason::CameraSilent | EndReason::MediaInvalid | EndReason::SourceEnded => {
            Some(GapCause::CameraUnreachable)
        }
        EndReason::DiskBehind | EndReason::DiskFull => Some(GapCause::DiskFull),
        EndReason::Stopped => Some(GapCause::StoppedOnPurpose),
        EndReason::RecorderCrashed => Some(GapCause::RecorderUnreachable),
        // The next run follows at once, so what is missing is missing for another reason.
        EndReason::CodecChanged | EndReason::TimeJumped | EndReason::Divided => None,
    }
}
