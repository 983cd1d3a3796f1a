//! Corrections of recorders' clocks: written down, and what was sealed is moved.

use std::collections::BTreeMap;

use liuhen_proto::clock::{ClockStatement, ClockStatementError};
use liuhen_proto::ids::{BootId, RecorderId, RunId, StreamId};
use liuhen_proto::index::{self, KindCoverage};
use liuhen_proto::signing::KeyError;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Interval, Timestamp};
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::declare::require;
use super::{Conn, Db, LOCK_CLOCKS_TO_CHANGE, lookup, seal};
use crate::records::convert::{failed, interval, lines, word};
use crate::records::draft::corrected as draft;
use crate::records::scan::DraftPage;
use crate::records::{Act, ClockCorrected, ClockCorrection, ClockName, NewClockCorrection, Written, sql};
use crate::{Error, Result, names};

type CorrectionRow = (String, String, i64, i64, i64, i64, String, Vec<u8>, Vec<u8>, String);
type SegmentTimes = (i64, i64, i64, i64, Vec<u8>);

fn refuse<T>(field: &'static str, why: impl Into<String>) -> Result<T> {
    Err(Error::Invalid { field, why: why.into() })
}

fn unread(error: ClockStatementError) -> Error {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Error::Invalid { field: "statement", why: format!("{error}{cause}") }
}

/// What is said, where the recorder's own key has signed it.
async fn checked(tx: &mut Conn, act: &Act, new: &NewClockCorrection) -> Result<ClockCorrection> {
    let said = ClockStatement::from_bytes(&new.statement).map_err(unread)?;
    if (ClockName { recorder: said.recorder, boot: said.boot, mapping: said.mapping }) != new.clock {
        return refuse("statement", format!("it is about mapping {} of {} of {}", said.mapping, said.boot, said.recorder));
    }
    let (recorder, _) = require(lookup::recorder(tx, &said.recorder.to_string()).await?, said.recorder)?;
    if !recorder.public_key.verifies(&new.statement, &new.signature) {
        return refuse("signature", "it is not by the recorder's registered key over this statement");
    }
    Ok(ClockCorrection {
        clock: new.clock,
        revision: said.revision,
        shift_us: said.shift_us,
        error_us: said.error_us,
        basis: said.basis,
        at: act.at,
        statement: String::from_utf8(new.statement.clone()).map_err(|error| Error::inconsistent("a statement", error))?,
        signature: new.signature,
        key: recorder.public_key,
    })
}

pub(super) async fn correct(
    tx: &mut Conn,
    act: &Act,
    new: &NewClockCorrection,
    random: &dyn Randomness,
) -> Result<Written<ClockCorrected>> {
    let correction = checked(tx, act, new).await?;
    // Whoever seals a segment of this recorder waits, and sees the correction then.
    let lock = query(LOCK_CLOCKS_TO_CHANGE).bind(correction.clock.recorder.to_string());
    lock.execute(&mut *tx).await.map_err(failed("lock the clocks of a recorder"))?;
    let known = of_mapping(tx, correction.clock).await?;
    if let Some((old, _)) = known.iter().find(|(old, _)| old.revision == correction.revision) {
        if old.statement != correction.statement {
            let what = format!("revision {} of mapping {} of {}", old.revision, old.clock.mapping, old.clock.boot);
            return Err(Error::AlreadyExists { what });
        }
        let receipt = receipt(tx, &draft::idem(old)).await?;
        let value = ClockCorrected { correction: old.clone(), streams: Vec::new() };
        return Ok(Written { value, receipt, repeated: true });
    }
    let found = known.last().map_or(0, |(newest, _)| newest.revision);
    if found > correction.revision {
        return Err(Error::Conflict { what: correction.clock.boot.to_string(), seen: correction.revision, found });
    }
    let moved = shift(tx, correction.clock, correction.shift_us).await?;
    let mut sessions = Vec::new();
    for (stream, times) in &moved {
        for times in times {
            sessions.extend(seal::sessions(tx, *stream, *times).await?);
        }
    }
    sessions.sort_unstable();
    sessions.dedup();
    insert(tx, &correction, &sessions).await?;
    let receipts = append(tx, act, draft::all(&correction, &sessions), random).await?;
    let value = ClockCorrected { correction, streams: moved.into_keys().collect() };
    Ok(Written { value, receipt: receipts[0], repeated: false })
}

async fn insert(tx: &mut Conn, it: &ClockCorrection, sessions: &[String]) -> Result<()> {
    let row = query::<Db>(sql::INSERT_CLOCK_CORRECTION).bind(it.clock.recorder.to_string()).bind(it.clock.boot.to_string());
    let row = row.bind(i64::from(it.clock.mapping)).bind(i64::from(it.revision)).bind(it.shift_us).bind(it.at.as_micros());
    let row = row.bind(&it.statement).bind(it.signature.as_bytes().to_vec()).bind(it.key.to_bytes().to_vec());
    row.bind(sessions.join("\n")).execute(tx).await.map_err(failed("write the correction of a clock"))?;
    Ok(())
}

/// Moves what is sealed; for each stream what it covered before and after.
async fn shift(tx: &mut Conn, clock: ClockName, shift_us: i64) -> Result<BTreeMap<StreamId, [Interval; 2]>> {
    let runs: Vec<(String, String)> = query_as(sql::RUNS_OF_BOOT)
        .bind(clock.recorder.to_string())
        .bind(clock.boot.to_string())
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("read the runs of a boot"))?;
    let mut moved: BTreeMap<StreamId, [Interval; 2]> = BTreeMap::new();
    for (run, stream) in runs {
        let (run, stream): (RunId, StreamId) = (word("run.id", &run)?, word("run.stream", &stream)?);
        let segments: Vec<SegmentTimes> = query_as(sql::SEGMENT_TIMES)
            .bind(names::month(run))
            .bind(run.to_string())
            .bind(i64::from(clock.mapping))
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("read the times of segments"))?;
        for (first, start, end, old_us, coverage) in segments {
            let (before, by_us) = (interval("segment", start, end)?, shift_us.saturating_sub(old_us));
            let after = before.moved(by_us);
            let coverage = index::unpack_coverage(&coverage).map_err(|why| Error::inconsistent("segment.coverage", why))?;
            let coverage: Vec<KindCoverage> = coverage.into_iter().map(|kind| kind.moved(by_us)).collect();
            let row = query(sql::SHIFT_SEGMENT).bind(names::month(run)).bind(run.to_string()).bind(first);
            let row = row.bind(after.start().as_micros()).bind(after.end().as_micros()).bind(shift_us);
            let row = row.bind(index::pack_coverage(&coverage));
            row.execute(&mut *tx).await.map_err(failed("move the times of a segment"))?;
            let hull = moved.entry(stream).or_insert([before, after]);
            *hull = [hull[0].hull(before), hull[1].hull(after)];
        }
    }
    Ok(moved)
}

/// How much later than they say fragments of a clock are.
pub(super) async fn shift_of(conn: &mut Conn, clock: ClockName) -> Result<i64> {
    let row: Option<(i64,)> = query_as(sql::CLOCK_SHIFT)
        .bind(clock.recorder.to_string())
        .bind(clock.boot.to_string())
        .bind(i64::from(clock.mapping))
        .fetch_optional(conn)
        .await
        .map_err(failed("read the correction of a clock"))?;
    Ok(row.map_or(0, |(shift_us,)| shift_us))
}

/// The same of all clocks of a boot that were corrected.
pub(super) async fn shifts(conn: &mut Conn, recorder: RecorderId, boot: BootId) -> Result<Vec<(ClockName, i64)>> {
    let rows: Vec<(i64, i64)> = query_as(sql::CLOCK_SHIFTS)
        .bind(recorder.to_string())
        .bind(boot.to_string())
        .fetch_all(conn)
        .await
        .map_err(failed("read the corrections of a boot"))?;
    let shift = |(mapping, shift_us): (i64, i64)| {
        let mapping = u32::try_from(mapping).map_err(|error| Error::inconsistent("clock_correction.mapping", error))?;
        Ok((ClockName { recorder, boot, mapping }, shift_us))
    };
    rows.into_iter().map(shift).collect()
}

/// Corrections of one mapping, oldest first, with the sessions in whose chains they stand.
async fn of_mapping(conn: &mut Conn, clock: ClockName) -> Result<Vec<(ClockCorrection, Vec<String>)>> {
    let rows = query_as(sql::CORRECTIONS_OF_MAPPING)
        .bind(clock.recorder.to_string())
        .bind(clock.boot.to_string())
        .bind(i64::from(clock.mapping))
        .fetch_all(conn)
        .await;
    rows.map_err(failed("read the corrections of a clock"))?.into_iter().map(to_correction).collect()
}

fn to_correction(row: CorrectionRow) -> Result<(ClockCorrection, Vec<String>)> {
    let (recorder, boot, mapping, revision, shift_us, at_us, statement, signature, key, sessions) = row;
    let what = || format!("correction {revision} of mapping {mapping} of {boot}");
    let wrong = |error: KeyError| Error::inconsistent(what(), error);
    // What the row says itself is what counts; the entry is compared with it.
    let said = ClockStatement::from_bytes(statement.as_bytes()).map_err(|error| Error::inconsistent(what(), error))?;
    let clock = ClockName {
        recorder: word("clock_correction.recorder", &recorder)?,
        boot: word("clock_correction.boot", &boot)?,
        mapping: u32::try_from(mapping).map_err(|error| Error::inconsistent("clock_correction.mapping", error))?,
    };
    let correction = ClockCorrection {
        clock,
        revision: u32::try_from(revision).map_err(|error| Error::inconsistent("clock_correction.revision", error))?,
        shift_us,
        error_us: said.error_us,
        basis: said.basis,
        at: Timestamp::from_micros(at_us),
        signature: signature.as_slice().try_into().map_err(wrong)?,
        key: key.as_slice().try_into().map_err(wrong)?,
        statement,
    };
    Ok((correction, lines(&sessions)))
}

/// What the entries of corrections must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let mut cursor = after.split('/');
    let mut text = || cursor.next().unwrap_or("").to_owned();
    let (recorder, boot) = (text(), text());
    let (mapping, revision) = (text().parse::<i64>().unwrap_or(-1), text().parse::<i64>().unwrap_or(-1));
    let rows = query_as(sql::CLOCK_CORRECTIONS).bind(recorder).bind(boot).bind(mapping).bind(revision).bind(i64::from(limit));
    let rows: Vec<CorrectionRow> = rows.fetch_all(conn).await.map_err(failed("read the corrections of clocks"))?;
    let rows: Vec<_> = rows.into_iter().map(to_correction).collect::<Result<_>>()?;
    let next = rows.last().map(|(it, _)| {
        let ClockName { recorder, boot, mapping } = it.clock;
        format!("{recorder}/{boot}/{mapping}/{}", it.revision)
    });
    Ok(DraftPage { drafts: rows.iter().flat_map(|(it, sessions)| draft::all(it, sessions)).collect(), next })
}
