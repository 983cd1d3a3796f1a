//! Clocks of recorders: which of them a fragment used, and what recorders say of those that had been wrong.
//!
//! - A recorder speaks of its own clocks only, under its own key; the records check that.
//! - Whoever reads open segments sees them at corrected times from the moment the records know of it.
//! - Not here: what a correction does to what is sealed (the records).

use liuhen_archive::records::{Act, ClockName, NewClockCorrection, Run};
use liuhen_archive::{Archive, Result};
use liuhen_proto::fragment::FragmentHeader;
use liuhen_proto::wire::id;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Code, Principal, Problem, Timestamp};

use crate::gate::Caller;
use crate::run::Shared;
use crate::run::held::Stored;

/// The clock that a fragment of the run used.
pub(crate) fn clock_name(run: &Run, header: &FragmentHeader) -> Option<ClockName> {
    Some(ClockName { recorder: run.recorder?, boot: run.boot, mapping: header.clock.version })
}

/// The mapping that all of the fragments used; nothing where there are several, as in a journal of an earlier version.
pub(crate) fn mapping_of(fragments: &[Stored]) -> Option<u32> {
    let first = fragments.first()?.header.clock.version;
    fragments.iter().all(|stored| stored.header.clock.version == first).then_some(first)
}

/// The clock that all of the fragments used.
pub(crate) fn clock_of(run: &Run, fragments: &[Stored]) -> Option<ClockName> {
    mapping_of(fragments)?;
    clock_name(run, &fragments.first()?.header)
}

/// Before anything of the run is open: what is known of its boot's clocks.
pub(crate) async fn know_clocks(shared: &Shared, run: &Run) -> Result<()> {
    let Some(recorder) = run.recorder else { return Ok(()) };
    for (clock, shift_us) in shared.archive.records.clock_shifts(recorder, run.boot).await? {
        shared.archive.live.clock_known(clock, shift_us);
    }
    Ok(())
}

/// Takes a correction. What can never be taken is answered so; what may pass is an error, and the recorder says it again.
pub(crate) async fn correct(
    archive: &Archive,
    caller: Caller,
    word: pb::ClockCorrection,
    at: Timestamp,
) -> std::result::Result<pb::ClockCorrected, Problem> {
    let (boot_id, clock_mapping) = (word.boot_id.clone(), word.clock_mapping);
    let answer = |refused: Option<Problem>| pb::ClockCorrected {
        boot_id,
        clock_mapping,
        refused: refused.is_some(),
        message: refused.map(|problem| problem.message().to_owned()).unwrap_or_default(),
    };
    match take(archive, caller, word, at).await {
        Ok(()) => Ok(answer(None)),
        Err(problem) => match problem.code() {
            Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::Conflict => {
                tracing::warn!(recorder = %caller.recorder, problem = problem.message(), "a correction of a clock is refused");
                Ok(answer(Some(problem)))
            }
            _ => Err(problem),
        },
    }
}

async fn take(archive: &Archive, caller: Caller, word: pb::ClockCorrection, at: Timestamp) -> std::result::Result<(), Problem> {
    let signature = word.signature.as_slice().try_into();
    let signature = signature.map_err(|_| Problem::field("clock_correction.signature", "must be 64 bytes"))?;
    let boot = id("clock_correction.boot_id", &word.boot_id)?;
    let clock = ClockName { recorder: caller.recorder, boot, mapping: word.clock_mapping };
    let by = Principal::Recorder { recorder: caller.recorder, site: caller.site };
    let new = NewClockCorrection { clock, statement: word.statement, signature };
    let written = archive.records.correct_clock(&Act::new(by, at), new).await.map_err(Problem::from)?;
    let (corrected, clock) = (written.value, clock);
    if !written.repeated {
        tracing::warn!(recorder = %clock.recorder, boot = %clock.boot, mapping = clock.mapping,
            shift_us = corrected.correction.shift_us, streams = corrected.streams.len(), "a clock was corrected");
        archive.live.clock_corrected(clock, corrected.correction.shift_us, &corrected.streams);
    }
    Ok(())
}
