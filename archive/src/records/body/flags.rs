//! Flags: reported again and again while they go on, and looked up.

use liuhen_proto::ids::ViewpointId;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Interval, Span, Timestamp};
use sqlx::{FromRow as _, Row as _, query, query_as};

use super::custody::append;
use super::{Conn, Db, LOCK_FLAG, seal, segments};
use crate::records::convert::{failed, lines, word};
use crate::records::draft::{self, Draft};
use crate::records::scan::DraftPage;
use crate::records::{Act, Flag, FlagReport, Receipt, check, sql};
use crate::{Error, Result};

type FlagRow = (String, String, String, String, i64, Option<i64>, i64, i64, i64, i64, String, i64, String);
type Row = <Db as sqlx::Database>::Row;
/// Where camera and viewpoint stand, after the columns of the report.
const PLACE_COLUMNS: (usize, usize) = (13, 14);

/// A flag as it is kept: the newest report, and the newest version that has entries.
struct Kept {
    report: FlagReport,
    told: u32,
    subjects: Vec<String>,
}

pub(super) async fn report(
    tx: &mut Conn,
    act: &Act,
    reports: &[FlagReport],
    random: &dyn Randomness,
) -> Result<Vec<Result<Option<Receipt>>>> {
    let (mut outcomes, mut drafts) = (Vec::with_capacity(reports.len()), Vec::new());
    for report in reports {
        let outcome = match take(tx, report).await {
            Err(error @ Error::Database { .. }) => return Err(error),
            outcome => outcome,
        };
        outcomes.push(outcome.map(|told: Vec<Draft>| {
            let first = (!told.is_empty()).then_some(drafts.len());
            drafts.extend(told);
            first
        }));
    }
    let receipts = append(tx, act, drafts, random).await?;
    Ok(outcomes.into_iter().map(|outcome| outcome.map(|first| first.map(|first| receipts[first]))).collect())
}

/// Keeps one report; its entries, where it says something new.
async fn take(tx: &mut Conn, new: &FlagReport) -> Result<Vec<Draft>> {
    check::flag(new)?;
    let row = query_as(LOCK_FLAG).bind(new.flag.to_string()).fetch_optional(&mut *tx).await.map_err(failed("read flag"))?;
    let known = row.map(to_kept).transpose()?;
    if let Some(Kept { report: old, .. }) = &known {
        let other = (old.stream, old.run, old.kind, &old.detector) != (new.stream, new.run, new.kind, &new.detector);
        if other || (old.version == new.version && old != new) {
            return Err(Error::AlreadyExists { what: new.flag.to_string() });
        }
        if new.version <= old.version {
            return Ok(Vec::new());
        }
    } else {
        segments::footage(tx, new.stream).await?.ok_or_else(|| Error::NotFound(new.stream.to_string()))?;
    }
    // A flag that was seen at one moment only is of that moment.
    let touched = Interval::new(new.start, new.until().max(new.start.after(Span::from_micros(1))));
    let touched = touched.map_err(|error| Error::Invalid { field: "start_us", why: error.to_string() })?;
    let subjects = seal::subjects(tx, new.stream, touched).await?;
    let news = known.as_ref().is_none_or(|known| {
        let seen_only = FlagReport { seen: new.seen, version: new.version, ..known.report.clone() };
        seen_only != *new || known.subjects != subjects
    });
    let (told, subjects) = match known.as_ref() {
        Some(known) if !news => (known.told, known.subjects.clone()),
        _ => (new.version, subjects),
    };
    write(tx, new, known.is_some(), told, &subjects).await?;
    Ok(if news { told_by(new, told, &subjects) } else { Vec::new() })
}

async fn write(tx: &mut Conn, new: &FlagReport, known: bool, told: u32, subjects: &[String]) -> Result<()> {
    let (start, end) = (new.start.as_micros(), new.end.map(Timestamp::as_micros));
    let (seen, until) = (new.seen.as_micros(), new.until().as_micros());
    let row = query::<Db>(if known { sql::UPDATE_FLAG } else { sql::INSERT_FLAG }).bind(new.flag.to_string());
    let row = if known { row } else { row.bind(new.stream.to_string()).bind(new.run.to_string()).bind(new.kind.as_str()) };
    let row = row.bind(start).bind(end).bind(seen).bind(until).bind(i64::from(new.version));
    let row = row.bind(new.measured_milli).bind(new.threshold_milli);
    let row = if known { row } else { row.bind(new.detector.as_str()) };
    let row = row.bind(i64::from(told)).bind(subjects.join("\n"));
    row.execute(tx).await.map_err(failed("write flag"))?;
    Ok(())
}

fn told_by(report: &FlagReport, told: u32, subjects: &[String]) -> Vec<Draft> {
    subjects.iter().map(|subject| draft::judged::flag(report, told, subject)).collect()
}

fn to_kept(row: FlagRow) -> Result<Kept> {
    let (id, stream, run, kind, start, end, seen, version, measured, threshold, detector, told, subjects) = row;
    let version_of = |number: i64| u32::try_from(number).map_err(|error| Error::inconsistent("flag.version", error));
    let report = FlagReport {
        flag: word("flag.id", &id)?,
        stream: word("flag.stream", &stream)?,
        run: word("flag.run", &run)?,
        kind: word("flag.kind", &kind)?,
        start: Timestamp::from_micros(start),
        end: end.map(Timestamp::from_micros),
        seen: Timestamp::from_micros(seen),
        version: version_of(version)?,
        measured_milli: measured,
        threshold_milli: threshold,
        detector,
    };
    Ok(Kept { report, told: version_of(told)?, subjects: lines(&subjects) })
}

pub(super) async fn within(conn: &mut Conn, viewpoint: ViewpointId, interval: Interval, limit: u32) -> Result<Vec<Flag>> {
    let found = query(sql::FLAGS_IN).bind(viewpoint.to_string());
    let found = found.bind(interval.start().as_micros()).bind(interval.end().as_micros()).bind(i64::from(limit));
    let rows = found.fetch_all(conn).await.map_err(failed("read flags"))?;
    let flag = |row: Row| {
        let report = to_kept(FlagRow::from_row(&row).map_err(failed("read flag"))?)?.report;
        let camera: String = row.try_get(PLACE_COLUMNS.0).map_err(failed("read flag"))?;
        let viewpoint: String = row.try_get(PLACE_COLUMNS.1).map_err(failed("read flag"))?;
        Ok(Flag { report, camera: word("camera.id", &camera)?, viewpoint: word("camera.viewpoint", &viewpoint)? })
    };
    rows.into_iter().map(flag).collect()
}

/// What the newest entries of flags must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::FLAGS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows = rows.map_err(failed("read flags"))?.into_iter().map(to_kept).collect::<Result<Vec<_>>>()?;
    let next = rows.last().map(|kept| kept.report.flag.to_string());
    Ok(DraftPage { drafts: rows.iter().flat_map(|kept| told_by(&kept.report, kept.told, &kept.subjects)).collect(), next })
}
