//! Lookups of segments.

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{ImportId, RunId, StreamId};
use liuhen_proto::segment::{SignedRange, Sized256};
use liuhen_proto::{Interval, Problem, Timestamp, index};
use sqlx::{Database, FromRow as _, Row as _, query, query_as};

use super::{Conn, Db};
use crate::records::convert::{count, digest, failed, interval, number, sequence, word};
use crate::records::{CoveredSegment, IndexedSegment, LateSignature, Segment, sql};
use crate::{Error, Result, names};

type SegmentRow =
    (String, String, i64, i64, i64, i64, String, i64, Vec<u8>, Vec<u8>, bool, Option<i64>, Option<i64>, Option<i64>, i64);
type Row = <Db as Database>::Row;
/// Where the packed fragments stand, after the columns of the segment.
const FRAGMENTS_COLUMN: usize = 15;
type SignatureRow = (String, i64, i64, Vec<u8>, Vec<u8>, Vec<u8>, String);

/// Where a stream's footage comes from, and when.
pub(super) struct Footage {
    /// The import that all of it came with.
    pub(super) import: Option<ImportId>,
    /// How much later it was taken than its fragments say.
    pub(super) shift_us: i64,
}

/// Looked up once for each lookup of segments, so that their rows and indexes stay as they were sealed.
pub(super) async fn footage(conn: &mut Conn, stream: StreamId) -> Result<Option<Footage>> {
    let row: Option<(Option<String>, i64)> =
        query_as(sql::STREAM_FOOTAGE).bind(stream.to_string()).fetch_optional(conn).await.map_err(failed("read stream"))?;
    let footage = |(import, shift_us): (Option<String>, i64)| {
        let import = import.map(|import| word("stream.import", &import)).transpose()?;
        Ok(Footage { import, shift_us })
    };
    row.map(footage).transpose()
}

impl Footage {
    /// What fragments say of an interval that is asked for.
    fn said(&self, interval: Interval) -> Interval {
        interval.moved(self.shift_us.saturating_neg())
    }

    fn of(&self, segment: Segment) -> Segment {
        Segment {
            interval: segment.interval.moved(self.shift_us),
            shift_us: segment.shift_us.saturating_add(self.shift_us),
            import: self.import,
            ..segment
        }
    }

    fn of_indexed(&self, indexed: IndexedSegment) -> IndexedSegment {
        let IndexedSegment { segment, fragments } = indexed;
        let segment = self.of(segment);
        let fragments = fragments.into_iter().map(|fragment| fragment.moved(segment.shift_us)).collect();
        IndexedSegment { segment, fragments }
    }
}

pub(super) fn clock_mapping(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|error| Error::inconsistent("segment.clock_mapping", error))
}

fn to_segment(row: SegmentRow) -> Result<Segment> {
    let (stream, run, first, last, start, end, object_name, size, object, manifest, unsigned_tail, leaf, stored, clock, shift_us) =
        row;
    let leaf = leaf.ok_or_else(|| Error::inconsistent(format!("segment {run}/{first}"), "it has no entry in the log"))?;
    Ok(Segment {
        stream: word("segment.stream", &stream)?,
        run: word("segment.run", &run)?,
        first: sequence("segment.first_sequence", first)?,
        last: sequence("segment.last_sequence", last)?,
        interval: interval("segment", start, end)?,
        object_name,
        object: Sized256 { sha256: digest("segment.object_sha256", &object)?, size_bytes: count("segment.object_size", size)? },
        manifest_sha256: digest("segment.manifest_sha256", &manifest)?,
        unsigned_tail,
        leaf_index: count("leaf.idx", leaf)?,
        import: None,
        stored: stored.map(Timestamp::from_micros),
        clock_mapping: clock.map(clock_mapping).transpose()?,
        shift_us,
    })
}

pub(super) async fn within(conn: &mut Conn, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Segment>> {
    let Some(footage) = footage(conn, stream).await? else { return Ok(Vec::new()) };
    let interval = footage.said(interval);
    let found = query_as(sql::SEGMENTS_IN).bind(stream.to_string());
    let found = found.bind(interval.start().as_micros()).bind(interval.end().as_micros()).bind(i64::from(limit));
    let rows = found.fetch_all(conn).await.map_err(failed("read segments"))?;
    rows.into_iter().map(|row| Ok(footage.of(to_segment(row)?))).collect()
}

pub(super) async fn indexed_within(
    conn: &mut Conn,
    stream: StreamId,
    interval: Interval,
    limit: u32,
) -> Result<Vec<IndexedSegment>> {
    let Some(footage) = footage(conn, stream).await? else { return Ok(Vec::new()) };
    let interval = footage.said(interval);
    let found = query(sql::INDEXED_SEGMENTS_IN).bind(stream.to_string());
    let found = found.bind(interval.start().as_micros()).bind(interval.end().as_micros()).bind(i64::from(limit));
    let rows = found.fetch_all(conn).await.map_err(failed("read segments with their fragments"))?;
    let indexed = |row: Row| {
        let segment = SegmentRow::from_row(&row).map_err(failed("read segment"))?;
        let fragments = row.try_get(FRAGMENTS_COLUMN).map_err(failed("read segment index"))?;
        Ok(footage.of_indexed(unpacked(to_segment(segment)?, fragments)?))
    };
    rows.into_iter().map(indexed).collect()
}

pub(super) async fn indexed(conn: &mut Conn, segment: Segment) -> Result<IndexedSegment> {
    let row: Option<(Vec<u8>,)> = query_as(sql::SEGMENT_INDEX)
        .bind(names::month(segment.run))
        .bind(segment.run.to_string())
        .bind(number(segment.first.get()))
        .fetch_optional(conn)
        .await
        .map_err(failed("read segment index"))?;
    unpacked(segment, row.map(|(bytes,)| bytes))
}

fn unpacked(segment: Segment, bytes: Option<Vec<u8>>) -> Result<IndexedSegment> {
    let what = || format!("index of segment {}/{}", segment.run, segment.first);
    let bytes = bytes.ok_or_else(|| Error::inconsistent(what(), "it is missing"))?;
    let fragments = index::unpack(&bytes).map_err(|problem: Problem| Error::inconsistent(what(), problem))?;
    Ok(IndexedSegment { segment, fragments })
}

pub(super) async fn at(conn: &mut Conn, run: RunId, place: Sequence) -> Result<Option<IndexedSegment>> {
    let found = query_as(sql::SEGMENT_AT).bind(names::month(run)).bind(run.to_string()).bind(number(place.get()));
    let row = found.fetch_optional(&mut *conn).await.map_err(failed("read segment"))?;
    let segment = row.map(to_segment).transpose()?.filter(|segment| segment.last >= place);
    match segment {
        Some(segment) => {
            let found = footage(conn, segment.stream).await?;
            let footage = found.ok_or_else(|| Error::inconsistent(segment.stream.to_string(), "segments of it are sealed"))?;
            Ok(Some(footage.of_indexed(indexed(conn, segment).await?)))
        }
        None => Ok(None),
    }
}

pub(super) async fn coverage(conn: &mut Conn, stream: StreamId, within: Interval) -> Result<Vec<CoveredSegment>> {
    let Some(footage) = footage(conn, stream).await? else { return Ok(Vec::new()) };
    let within = footage.said(within);
    let rows: Vec<(String, i64, i64, i64, i64, Vec<u8>)> = query_as::<Db, _>(sql::COVERAGE_IN)
        .bind(stream.to_string())
        .bind(within.start().as_micros())
        .bind(within.end().as_micros())
        .fetch_all(conn)
        .await
        .map_err(failed("read coverage"))?;
    let covered = |(run, first, last, start, end, coverage): (String, i64, i64, i64, i64, Vec<u8>)| {
        let kinds = index::unpack_coverage(&coverage).map_err(|problem| Error::inconsistent("segment.coverage", problem))?;
        Ok(CoveredSegment {
            run: word("segment.run", &run)?,
            first: sequence("segment.first_sequence", first)?,
            last: sequence("segment.last_sequence", last)?,
            interval: interval("segment", start, end)?.moved(footage.shift_us),
            kinds: kinds.into_iter().map(|kind| kind.moved(footage.shift_us)).collect(),
        })
    };
    rows.into_iter().map(covered).collect()
}

pub(super) fn to_signature(row: SignatureRow) -> Result<(LateSignature, String)> {
    let (run, first, last, statement, signature, key, subject) = row;
    let wrong = |error: &dyn std::fmt::Display| Error::inconsistent(format!("late signature of {run}"), error);
    let signed = SignedRange {
        statement: String::from_utf8(statement).map_err(|error| wrong(&error))?,
        signature: signature.as_slice().try_into().map_err(|error: liuhen_proto::signing::KeyError| wrong(&error))?,
        key: key.as_slice().try_into().map_err(|error: liuhen_proto::signing::KeyError| wrong(&error))?,
    };
    let (first, last) = (sequence("late_signature.first", first)?, sequence("late_signature.last", last)?);
    Ok((LateSignature { run: word("late_signature.run", &run)?, first, last, signed }, subject))
}

/// The late signature of the same range, and whose chain its first entry stands in.
pub(super) async fn signature_at(conn: &mut Conn, late: &LateSignature) -> Result<(LateSignature, String)> {
    let row = query_as(sql::SIGNATURE)
        .bind(late.run.to_string())
        .bind(number(late.first.get()))
        .bind(number(late.last.get()))
        .fetch_one(conn)
        .await
        .map_err(failed("read signature"))?;
    to_signature(row)
}
