//! Everything, page by page, for `fsck`.

use liuhen_proto::Sha256;
use liuhen_proto::segment::Sized256;
use sqlx::{Database, FromRow as _, Row as _, query, query_as};

use super::{
    Conn, Db, access, alarms, board, calendars, corrected, derived, facts, flags, identities, imports, logins, lookup, machines,
    neighbours, passes, people, process, refusals, reveals, runs, segments, supervision,
};
use crate::Result;
use crate::names;
use crate::records::convert::{count, digest, failed, interval, number, sequence, word};
use crate::records::draft::{self, Draft};
use crate::records::scan::{ChainHead, DraftPage, Leaf, LogState, ObjectKind, RowKind, StoredObject, StoredSegment};
use crate::records::sql::process as process_sql;
use crate::records::{Import, Segment, Still, sql};

type LeafRow = (i64, Vec<u8>, String, i64, Vec<u8>, String);
type StoredRow = (String, String, i64, i64, i64, i64, String, i64, Vec<u8>, Vec<u8>, bool, String, Vec<u8>, Option<String>);
/// What stands after these columns: the clock's mapping, the shift when it was sealed, now, and by its corrections.
const CLOCK_COLUMN: usize = 14;
type Row = <Db as Database>::Row;

pub(super) async fn leaves(conn: &mut Conn, from: u64, limit: u32) -> Result<Vec<Leaf>> {
    let rows: Vec<LeafRow> =
        query_as(sql::LEAVES).bind(number(from)).bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("read leaves"))?;
    let leaf = |(idx, hash, subject, seq, envelope, idem): LeafRow| {
        let (index, subject_seq) = (count("leaf.idx", idx)?, count("leaf.subject_seq", seq)?);
        Ok(Leaf { index, hash: digest("leaf.hash", &hash)?, subject, subject_seq, envelope, idem })
    };
    rows.into_iter().map(leaf).collect()
}

pub(super) async fn leaf_by_idem(conn: &mut Conn, idem: &str) -> Result<Option<(u64, Vec<u8>)>> {
    let row: Option<(i64, Vec<u8>)> =
        query_as(sql::LEAF_BY_IDEM).bind(idem.to_owned()).fetch_optional(conn).await.map_err(failed("read leaf"))?;
    row.map(|(idx, envelope)| Ok((count("leaf.idx", idx)?, envelope))).transpose()
}

pub(super) async fn miscounted(conn: &mut Conn, limit: u32) -> Result<Vec<(String, u64, u64)>> {
    let rows: Vec<(String, i64, i64)> =
        query_as(process_sql::MISCOUNTED_CASES).bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("count facts"))?;
    let row = |(case, kept, found)| Ok((case, count("case_file.facts", kept)?, count("facts of a case", found)?));
    rows.into_iter().map(row).collect()
}

pub(super) async fn unjoined(conn: &mut Conn, limit: u32) -> Result<Vec<String>> {
    let rows = query_as(process_sql::UNJOINED_SESSIONS).bind(i64::from(limit)).fetch_all(conn).await;
    let rows: Vec<(String,)> = rows.map_err(failed("look for sessions without a batch"))?;
    Ok(rows.into_iter().map(|(session,)| session).collect())
}

pub(super) async fn chains(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<ChainHead>> {
    let rows: Vec<(String, i64, Vec<u8>)> = query_as(sql::SUBJECTS)
        .bind(after.to_owned())
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await
        .map_err(failed("read chains"))?;
    let chain = |(subject, entries, head): (String, i64, Vec<u8>)| {
        Ok(ChainHead { subject, entries: count("subject.entries", entries)?, head: digest("subject.head", &head)? })
    };
    rows.into_iter().map(chain).collect()
}

pub(super) async fn log(conn: &mut Conn) -> Result<LogState> {
    let (size, frontier): (i64, Vec<u8>) =
        query_as::<Db, _>(sql::READ_HEAD).fetch_one(&mut *conn).await.map_err(failed("read the head of the log"))?;
    let tree: Option<(i64, Vec<u8>)> =
        query_as(sql::NEWEST_TREE).fetch_optional(conn).await.map_err(failed("read the newest root"))?;
    let newest_tree =
        tree.map(|(size, root)| Ok::<_, crate::Error>((count("tree.size", size)?, digest("tree.root", &root)?))).transpose()?;
    Ok(LogState { size: count("head.size", size)?, frontier, newest_tree })
}

pub(super) async fn trees(conn: &mut Conn, after: u64, limit: u32) -> Result<Vec<(u64, Sha256)>> {
    let rows: Vec<(i64, Vec<u8>)> =
        query_as(sql::TREES).bind(number(after)).bind(i64::from(limit)).fetch_all(conn).await.map_err(failed("read roots"))?;
    rows.into_iter().map(|(size, root)| Ok((count("tree.size", size)?, digest("tree.root", &root)?))).collect()
}

pub(super) async fn drafts(conn: &mut Conn, kind: RowKind, after: &str, limit: u32) -> Result<DraftPage> {
    match kind {
        RowKind::Organizations => {
            let rows = lookup::organizations(conn, after, limit).await?;
            let next = rows.last().map(|row| row.id.to_string());
            Ok(DraftPage { drafts: rows.iter().map(draft::organization).collect(), next })
        }
        RowKind::Sites => site(conn, after).await,
        RowKind::Sessions => sessions(conn, after, limit).await,
        RowKind::Runs => {
            let rows = runs::runs(conn, after, limit).await?;
            let next = rows.last().map(|run| run.run.to_string());
            let ends = rows.iter().filter_map(|run| run.end.map(|end| draft::run_end(run, end)));
            Ok(DraftPage { drafts: rows.iter().map(draft::run_open).chain(ends).collect(), next })
        }
        RowKind::Signatures => signatures(conn, after, limit).await,
        RowKind::Gaps => {
            let rows = board::all(conn, after, limit).await?;
            let next = rows.last().map(|(gap, _)| gap.id.to_string());
            Ok(DraftPage { drafts: rows.iter().map(|(gap, version)| draft::gap(gap, *version)).collect(), next })
        }
        RowKind::Flags => flags::drafts(conn, after, limit).await,
        RowKind::Keys => imports::key_drafts(conn, after, limit).await,
        RowKind::Imports => imports::drafts(conn, after, limit).await,
        RowKind::Alarms => alarms::drafts(conn, after, limit).await,
        RowKind::ClockCorrections => corrected::drafts(conn, after, limit).await,
        RowKind::People => people::drafts(conn, after, limit).await,
        RowKind::Passes => passes::drafts(conn, after, limit).await,
        RowKind::Logins => logins::drafts(conn, after, limit).await,
        RowKind::Accesses => access::drafts(conn, after, limit).await,
        RowKind::Refusals => refusals::drafts(conn, after, limit).await,
        RowKind::Machines => machines::drafts(conn, after).await,
        RowKind::Neighbours => neighbours::drafts(conn, after).await,
        RowKind::Identities => identities::drafts(conn, after, limit).await,
        RowKind::Batches => process::batch_drafts(conn, after, limit).await,
        RowKind::Facts => facts::drafts(conn, after, limit).await,
        RowKind::Reveals => reveals::drafts(conn, after, limit).await,
        RowKind::Calendars => calendars::drafts(conn).await,
        RowKind::Reports => supervision::drafts(conn, after, limit).await,
    }
}

/// One site a page.
async fn site(conn: &mut Conn, after: &str) -> Result<DraftPage> {
    let Some(site) = lookup::sites(conn).await?.into_iter().find(|site| site.id.to_string().as_str() > after) else {
        return Ok(DraftPage::default());
    };
    let Some(layout) = lookup::layout(conn, site.id).await? else { return Ok(DraftPage::default()) };
    let mut drafts = vec![draft::site(&site)];
    drafts.extend(layout.rooms.iter().map(draft::room));
    drafts.extend(layout.viewpoints.iter().map(|viewpoint| draft::viewpoint(viewpoint, site.id)));
    let judged = layout.viewpoints.iter().filter(|viewpoint| viewpoint.judgement_revision > 0);
    drafts.extend(judged.map(|viewpoint| draft::judged::judgement(viewpoint, site.id, None)));
    drafts.extend(layout.cameras.iter().map(|camera| draft::camera(camera, site.id)));
    for (recorder, token) in lookup::recorders(conn, &site.id.to_string()).await? {
        drafts.extend([draft::recorder(&recorder, token), draft::key(&recorder)]);
    }
    Ok(DraftPage { drafts, next: Some(site.id.to_string()) })
}

async fn sessions(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let ids: Vec<(String,)> = query_as(sql::SESSION_IDS)
        .bind(after.to_owned())
        .bind(i64::from(limit))
        .fetch_all(&mut *conn)
        .await
        .map_err(failed("read sessions"))?;
    let mut page = DraftPage::default();
    for (id,) in ids {
        let Some(session) = lookup::session(conn, &id).await? else { continue };
        let mut declared = draft::session(&session);
        if session.revision > 1 {
            // The first windows stand in the log only; the present ones stand in the newest revision.
            declared.body.as_mut().and_then(|body| body.remove("windows"));
            page.drafts.push(draft::session_revised(&session, None));
        }
        page.drafts.push(declared);
        page.drafts.extend(session.sealed.map(|at| draft::session_sealed(session.id, at)));
        page.next = Some(id);
    }
    Ok(page)
}

async fn signatures(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let mut cursor = after.split('/');
    let run = cursor.next().unwrap_or("").to_owned();
    let mut place = || cursor.next().and_then(|place| place.parse::<i64>().ok()).unwrap_or(-1);
    let rows = query_as(sql::SIGNATURES).bind(run).bind(place()).bind(place()).bind(i64::from(limit));
    let rows = rows.fetch_all(conn).await.map_err(failed("read signatures"))?;
    let rows: Vec<_> = rows.into_iter().map(segments::to_signature).collect::<Result<_>>()?;
    let next = rows.last().map(|(late, _)| format!("{}/{}/{}", late.run, late.first, late.last));
    let drafts: Vec<Draft> = rows.iter().map(|(late, subject)| draft::late_signature(late, subject)).collect();
    Ok(DraftPage { drafts, next })
}

/// Objects that are no segments, in the order of what they belong to.
pub(super) async fn objects(conn: &mut Conn, kind: ObjectKind, after: &str, limit: u32) -> Result<Vec<StoredObject>> {
    match kind {
        ObjectKind::Originals => {
            let imports = imports::after(conn, after, limit).await?;
            let original = |it: Import| StoredObject { id: it.id.to_string(), name: it.original_name, object: it.original };
            Ok(imports.into_iter().map(original).collect())
        }
        ObjectKind::Stills => {
            let stills = derived::after(conn, after, limit).await?;
            let still = |it: Still| StoredObject { id: it.still.to_string(), name: it.object_name, object: it.object };
            Ok(stills.into_iter().map(still).collect())
        }
    }
}

/// All segments in the order of their keys, from the one after `after` on.
pub(super) async fn stored(conn: &mut Conn, after: Option<&StoredSegment>, limit: u32) -> Result<Vec<StoredSegment>> {
    let (month, run, first) = after.map_or((0, String::new(), -1), |after| {
        let Segment { run, first, .. } = after.segment;
        (names::month(run), run.to_string(), number(first.get()))
    });
    let rows = query(sql::SEGMENTS).bind(month).bind(run).bind(first).bind(i64::from(limit));
    let rows: Vec<Row> = rows.fetch_all(&mut *conn).await.map_err(failed("read segments"))?;
    let mut page = Vec::with_capacity(rows.len());
    for row in rows {
        let mut stored = to_stored(row)?;
        let Segment { run, first, .. } = stored.segment;
        let index: Option<(Vec<u8>,)> = query_as(sql::SEGMENT_INDEX)
            .bind(names::month(run))
            .bind(run.to_string())
            .bind(number(first.get()))
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed("read segment index"))?;
        stored.index = index.map(|(bytes,)| bytes);
        page.push(stored);
    }
    Ok(page)
}

fn to_stored(row: Row) -> Result<StoredSegment> {
    let times = |column: usize| row.try_get::<i64, _>(CLOCK_COLUMN + column).map_err(failed("read the clock of a segment"));
    let (sealed_shift_us, shift_us, corrected_us) = (times(1)?, times(2)?, times(3)?);
    let clock: Option<i64> = row.try_get(CLOCK_COLUMN).map_err(failed("read the clock of a segment"))?;
    let (stream, run, first, last, start, end, object_name, size, object, manifest, unsigned_tail, subject, coverage, import) =
        StoredRow::from_row(&row).map_err(failed("read segment"))?;
    let segment = Segment {
        stream: word("segment.stream", &stream)?,
        run: word("segment.run", &run)?,
        first: sequence("segment.first_sequence", first)?,
        last: sequence("segment.last_sequence", last)?,
        interval: interval("segment", start, end)?.moved(shift_us.saturating_neg()),
        object_name,
        object: Sized256 { sha256: digest("segment.object_sha256", &object)?, size_bytes: count("segment.object_size", size)? },
        manifest_sha256: digest("segment.manifest_sha256", &manifest)?,
        unsigned_tail,
        leaf_index: 0,
        import: import.map(|import| word("stream.import", &import)).transpose()?,
        stored: None,
        clock_mapping: clock.map(segments::clock_mapping).transpose()?,
        shift_us,
    };
    Ok(StoredSegment { segment, sealed_shift_us, corrected_us, subject, coverage, index: None })
}
