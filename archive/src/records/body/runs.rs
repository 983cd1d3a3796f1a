//! Runs: begun, ended, looked up.

use liuhen_proto::ids::{BootId, RecorderId, RunId, StreamId};
use liuhen_proto::segment::MAX_INIT_BYTES;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::{Conn, lookup, segments};
use crate::records::convert::{count, failed, number, sequence, word};
use crate::records::{Act, HeldRange, NewRun, Run, RunEnd, Written, draft, sql};
use crate::{Error, Result, names};

type RunRow = (String, String, Option<String>, String, Vec<u8>, i64, Option<i64>, Option<String>, Option<String>);

pub(super) async fn open(tx: &mut Conn, act: &Act, new: &NewRun, random: &dyn Randomness) -> Result<Written<Run>> {
    if new.init.is_empty() || new.init.len() > MAX_INIT_BYTES {
        return Err(Error::Invalid { field: "init", why: format!("must be 1 to {MAX_INIT_BYTES} bytes") });
    }
    let footage = segments::footage(tx, new.stream).await?.ok_or_else(|| Error::NotFound(new.stream.to_string()))?;
    lookup::recorder(tx, &new.recorder.to_string()).await?.ok_or_else(|| Error::NotFound(new.recorder.to_string()))?;
    if footage.import.is_some() {
        return Err(Error::Invalid {
            field: "stream_id",
            why: format!("{} is imported, and no recorder records it", new.stream),
        });
    }
    let recorder = Some(new.recorder);
    let inserted = insert(tx, act, (new.run, new.stream), recorder, new.boot, &new.init).await?;
    let run = run(tx, new.run).await?.ok_or_else(|| Error::inconsistent(new.run.to_string(), "it vanished"))?;
    if inserted {
        let receipts = append(tx, act, vec![draft::run_open(&run)], random).await?;
        return Ok(Written { value: run, receipt: receipts[0], repeated: false });
    }
    let same = (run.stream, run.recorder, run.boot, &run.init) == (new.stream, recorder, new.boot, &new.init);
    if !same {
        return Err(Error::AlreadyExists { what: new.run.to_string() });
    }
    let receipt = receipt(tx, &draft::run_open(&run).idem).await?;
    Ok(Written { value: run, receipt, repeated: true })
}

/// Writes the row; false where there is one of this name.
pub(super) async fn insert(
    tx: &mut Conn,
    act: &Act,
    (run, stream): (RunId, StreamId),
    recorder: Option<RecorderId>,
    boot: BootId,
    init: &[u8],
) -> Result<bool> {
    let insert = query(sql::INSERT_RUN).bind(run.to_string()).bind(stream.to_string());
    let insert = insert.bind(recorder.map(|recorder| recorder.to_string())).bind(boot.to_string()).bind(init.to_vec());
    let inserted = insert.bind(act.at.as_micros()).execute(tx).await.map_err(failed("open run"))?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn end(tx: &mut Conn, act: &Act, id: RunId, end: RunEnd, random: &dyn Randomness) -> Result<Written<Run>> {
    let mut run = run(tx, id).await?.ok_or_else(|| Error::NotFound(id.to_string()))?;
    let draft = draft::run_end(&run, end);
    let sealed = sealed_ranges(tx, id).await?.last().map_or(0, |range| range.last.get() + 1);
    if run.end.is_none() && sealed > end.fragments {
        let why = format!("{id} is said to have {} fragments, and {sealed} are sealed", end.fragments);
        return Err(Error::Invalid { field: "fragments", why });
    }
    let update = query(sql::END_RUN).bind(id.to_string()).bind(number(end.fragments)).bind(end.reason.as_str());
    let ended = update.execute(&mut *tx).await.map_err(failed("end run"))?.rows_affected() == 1;
    if ended {
        run.end = Some(end);
        let receipts = append(tx, act, vec![draft], random).await?;
        return Ok(Written { value: run, receipt: receipts[0], repeated: false });
    }
    // Another writer may have ended it after it was read above; only the same end is a repeat.
    let run = self::run(tx, id).await?.ok_or_else(|| Error::NotFound(id.to_string()))?;
    if run.end != Some(end) {
        return Err(Error::AlreadyExists { what: format!("end of {id}") });
    }
    let receipt = receipt(tx, &draft.idem).await?;
    Ok(Written { value: run, receipt, repeated: true })
}

pub(super) async fn run(conn: &mut Conn, id: RunId) -> Result<Option<Run>> {
    let row = query_as(sql::RUN).bind(id.to_string()).fetch_optional(conn).await.map_err(failed("read run"))?;
    row.map(to_run).transpose()
}

pub(super) async fn runs(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Run>> {
    let rows = query_as(sql::RUNS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    rows.map_err(failed("read runs"))?.into_iter().map(to_run).collect()
}

fn to_run((id, stream, recorder, boot, init, opened_us, fragments, reason, import): RunRow) -> Result<Run> {
    let end = match (fragments, reason) {
        (Some(fragments), Some(reason)) => {
            Some(RunEnd { fragments: count("run.fragments", fragments)?, reason: word("run.end_reason", &reason)? })
        }
        _ => None,
    };
    Ok(Run {
        run: word("run.id", &id)?,
        stream: word("run.stream", &stream)?,
        recorder: recorder.map(|recorder| word("run.recorder", &recorder)).transpose()?,
        import: import.map(|import| word("stream.import", &import)).transpose()?,
        boot: word("run.boot", &boot)?,
        init_sha256: Sha256::of(&init),
        init: init.into(),
        opened: Timestamp::from_micros(opened_us),
        end,
    })
}

pub(super) async fn sealed_ranges(conn: &mut Conn, run: RunId) -> Result<Vec<HeldRange>> {
    let rows: Vec<(i64, i64)> = query_as(sql::SEALED_RANGES)
        .bind(names::month(run))
        .bind(run.to_string())
        .fetch_all(conn)
        .await
        .map_err(failed("read sealed ranges"))?;
    let mut ranges: Vec<HeldRange> = Vec::new();
    for (first, last) in rows {
        let (first, last) = (sequence("segment.first_sequence", first)?, sequence("segment.last_sequence", last)?);
        match ranges.last_mut() {
            Some(before) if before.last.next() == first => before.last = last,
            _ => ranges.push(HeldRange { first, last }),
        }
    }
    Ok(ranges)
}
