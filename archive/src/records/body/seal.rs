//! Sealing: segments and late signatures, with their entries.

use liuhen_proto::ids::{ImportId, StreamId};
use liuhen_proto::index::{self, IndexedFragment};
use liuhen_proto::segment::MAX_FRAGMENTS;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Interval, Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::{Conn, LOCK_CLOCKS, LOCK_RUN, corrected, lease, runs};
use crate::records::convert::{blob, failed, number, word};
use crate::records::draft::{self, Draft};
use crate::records::{Act, ClockName, Fence, LateSignature, NewSegment, Receipt, Sealed, Segment, sql};
use crate::{Error, Result, names};

type SealedRow = (i64, i64, String, Vec<u8>, Vec<u8>, String);

/// What became of one segment of a batch, before the log is locked.
pub(super) struct Prepared {
    /// Name of its first entry.
    idem: String,
    /// Its entries; none where it had been sealed before.
    pub(super) drafts: Vec<Draft>,
}

pub(super) async fn segments(
    tx: &mut Conn,
    act: &Act,
    segments: &[(NewSegment, Option<Fence>)],
    random: &dyn Randomness,
) -> Result<Vec<Result<Sealed>>> {
    // In one order everywhere, so that two writers who lock runs never wait for each other.
    let mut order: Vec<usize> = (0..segments.len()).collect();
    order.sort_by_key(|&place| {
        let (segment, _) = &segments[place];
        (segment.run, segment.fragments.first().map(|fragment| fragment.sequence))
    });
    let mut prepared: Vec<Option<Result<(String, bool)>>> = segments.iter().map(|_| None).collect();
    let mut drafts = Vec::new();
    for place in order {
        let (segment, fence) = &segments[place];
        let outcome = match prepare(tx, segment, None, fence.as_ref()).await {
            Err(error @ Error::Database { .. }) => return Err(error),
            outcome => outcome,
        };
        prepared[place] = Some(outcome.map(|segment| {
            let repeated = segment.drafts.is_empty();
            drafts.extend(segment.drafts);
            (segment.idem, repeated)
        }));
    }
    append(tx, act, drafts, random).await?;
    let mut sealed = Vec::with_capacity(segments.len());
    for ((segment, _), outcome) in segments.iter().zip(prepared) {
        sealed.push(match outcome.expect("every place was visited") {
            Err(error) => Err(error),
            Ok((idem, repeated)) => Ok(Sealed {
                run: segment.run,
                first: first(segment).sequence,
                last: last(segment).sequence,
                receipt: receipt(tx, &idem).await?,
                repeated,
            }),
        });
    }
    Ok(sealed)
}

fn first(segment: &NewSegment) -> &IndexedFragment {
    segment.fragments.first().expect("it was checked to have fragments")
}

fn last(segment: &NewSegment) -> &IndexedFragment {
    segment.fragments.last().expect("it was checked to have fragments")
}

fn check(segment: &NewSegment) -> Result<()> {
    let refuse = |why: String| Err(Error::Invalid { field: "segment", why: format!("of {}: {why}", segment.run) });
    if segment.fragments.is_empty() || segment.fragments.len() > MAX_FRAGMENTS {
        return refuse(format!("it must have 1 to {MAX_FRAGMENTS} fragments"));
    }
    if segment.fragments.iter().any(|fragment| fragment.tracks.is_empty()) {
        return refuse("a fragment has no track".to_owned());
    }
    if segment.fragments.windows(2).any(|pair| pair[0].sequence.next() != pair[1].sequence) {
        return refuse("its fragments have holes".to_owned());
    }
    if segment.object_name.len() > 256 || i64::try_from(segment.object.size_bytes).is_err() {
        return refuse("its object has an absurd name or size".to_owned());
    }
    Ok(())
}

/// `import` is what the segment comes with, `fence` under which lease it was taken in.
pub(super) async fn prepare(
    tx: &mut Conn,
    new: &NewSegment,
    import: Option<ImportId>,
    fence: Option<&Fence>,
) -> Result<Prepared> {
    check(new)?;
    let locked: Option<(String, Option<String>, String)> =
        query_as(LOCK_RUN).bind(new.run.to_string()).fetch_optional(&mut *tx).await.map_err(failed("lock run"))?;
    let (stream, recorder, boot) = locked.ok_or_else(|| Error::NotFound(new.run.to_string()))?;
    if stream != new.stream.to_string() {
        return Err(Error::Invalid { field: "segment", why: format!("{} is a run of {stream}, not of {}", new.run, new.stream) });
    }
    if let Some(known) = sealed_before(tx, new).await? {
        return Ok(Prepared { idem: known, drafts: Vec::new() });
    }
    if let Some(fence) = fence {
        lease::check(tx, fence).await?;
    }
    let interval = new.fragments.iter().map(IndexedFragment::interval).reduce(Interval::hull).expect("it has fragments");
    let sealed_shift_us = match (recorder, new.clock_mapping) {
        (Some(recorder), Some(mapping)) => known_shift(tx, &recorder, &boot, mapping).await?,
        _ => 0,
    };
    let subjects = subjects(tx, new.stream, interval.moved(sealed_shift_us)).await?;
    let segment = Segment {
        stream: new.stream,
        run: new.run,
        first: first(new).sequence,
        last: last(new).sequence,
        interval,
        object_name: new.object_name.clone(),
        object: new.object,
        manifest_sha256: new.manifest_sha256,
        unsigned_tail: new.unsigned_tail,
        leaf_index: 0,
        import,
        stored: new.stored,
        clock_mapping: new.clock_mapping,
        shift_us: sealed_shift_us,
    };
    insert(tx, &segment, &subjects[0], &new.fragments).await?;
    let drafts: Vec<_> = subjects.iter().map(|subject| draft::segment(&segment, sealed_shift_us, subject)).collect();
    Ok(Prepared { idem: drafts[0].idem.clone(), drafts })
}

/// How much later than it says a segment is by what is known when it is sealed. A correction that comes after that finds
/// its row.
async fn known_shift(tx: &mut Conn, recorder: &str, boot: &str, mapping: u32) -> Result<i64> {
    query(LOCK_CLOCKS).bind(recorder.to_owned()).execute(&mut *tx).await.map_err(failed("lock the clocks of a recorder"))?;
    let clock = ClockName { recorder: word("run.recorder", recorder)?, boot: word("run.boot", boot)?, mapping };
    corrected::shift_of(tx, clock).await
}

/// Name of the first entry of the same segment, where it was sealed before. Another one in its place, or
/// one that overlaps it, is an error.
async fn sealed_before(tx: &mut Conn, new: &NewSegment) -> Result<Option<String>> {
    let (first, last) = (first(new).sequence.get(), last(new).sequence.get());
    let row: Option<SealedRow> = query_as(sql::SEALED_AT)
        .bind(names::month(new.run))
        .bind(new.run.to_string())
        .bind(number(last))
        .fetch_optional(tx)
        .await
        .map_err(failed("look for segment"))?;
    let Some((known_first, known_last, name, object, manifest, subject)) = row else { return Ok(None) };
    if known_last < number(first) {
        return Ok(None);
    }
    let content = (name, object, manifest) == (new.object_name.clone(), blob(new.object.sha256), blob(new.manifest_sha256));
    if (known_first, known_last) == (number(first), number(last)) && content {
        return Ok(Some(draft::segment_idem(new.run, first, &subject)));
    }
    let what = format!("a segment with fragments {known_first} to {known_last} of {}", new.run);
    Err(Error::AlreadyExists { what })
}

/// Whose chains what is found in a stream belongs to: sessions whose windows it touches, or the stream.
pub(super) async fn subjects(tx: &mut Conn, stream: StreamId, interval: Interval) -> Result<Vec<String>> {
    let sessions = sessions(tx, stream, interval).await?;
    Ok(if sessions.is_empty() { vec![stream.to_string()] } else { sessions })
}

/// Sessions whose windows an interval of a stream touches.
pub(super) async fn sessions(tx: &mut Conn, stream: StreamId, interval: Interval) -> Result<Vec<String>> {
    let sessions: Vec<(String,)> = query_as(sql::SESSIONS_OF_STREAM)
        .bind(stream.to_string())
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .fetch_all(tx)
        .await
        .map_err(failed("look for sessions"))?;
    Ok(sessions.into_iter().map(|(session,)| session).collect())
}

/// `segment.interval` is what its fragments say.
async fn insert(tx: &mut Conn, segment: &Segment, subject: &str, fragments: &[IndexedFragment]) -> Result<()> {
    let (month, run, first) = (names::month(segment.run), segment.run.to_string(), number(segment.first.get()));
    let interval = segment.interval.moved(segment.shift_us);
    let coverage = index::coverage_of(fragments).into_iter().map(|kind| kind.moved(segment.shift_us));
    let coverage = index::pack_coverage(&coverage.collect::<Vec<_>>());
    let row = query(sql::INSERT_SEGMENT).bind(month).bind(&run).bind(first).bind(number(segment.last.get()));
    let row = row.bind(segment.stream.to_string());
    let row = row.bind(interval.start().as_micros()).bind(interval.end().as_micros()).bind(coverage);
    let row = row.bind(&segment.object_name).bind(number(segment.object.size_bytes)).bind(blob(segment.object.sha256));
    let row = row.bind(blob(segment.manifest_sha256)).bind(segment.unsigned_tail).bind(subject.to_owned());
    let row = row.bind(segment.stored.map(Timestamp::as_micros));
    let row = row.bind(segment.clock_mapping.map(i64::from)).bind(segment.shift_us);
    row.execute(&mut *tx).await.map_err(failed("write segment"))?;
    let row = query(sql::INSERT_SEGMENT_INDEX).bind(month).bind(&run).bind(first).bind(index::pack(fragments));
    row.execute(tx).await.map_err(failed("write segment index"))?;
    Ok(())
}

pub(super) async fn signature(tx: &mut Conn, act: &Act, late: &LateSignature, random: &dyn Randomness) -> Result<Receipt> {
    let run = runs::run(tx, late.run).await?.ok_or_else(|| Error::NotFound(late.run.to_string()))?;
    let subjects: Vec<(String,)> = query_as(sql::SUBJECTS_OF_RANGE)
        .bind(names::month(run.run))
        .bind(run.run.to_string())
        .bind(number(late.first.get()))
        .bind(number(late.last.get()))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("look for segments of the signature"))?;
    let Some((subject,)) = subjects.first() else {
        return Err(Error::NotFound(format!("a segment with fragments {} to {} of {}", late.first, late.last, late.run)));
    };
    let row = query(sql::INSERT_SIGNATURE).bind(late.run.to_string()).bind(number(late.first.get()));
    let row = row.bind(number(late.last.get())).bind(late.signed.statement.as_bytes().to_vec());
    let row = row.bind(late.signed.signature.as_bytes().to_vec()).bind(late.signed.key.to_bytes().to_vec());
    let inserted = row.bind(subject).execute(&mut *tx).await.map_err(failed("write signature"))?.rows_affected() == 1;
    if inserted {
        let drafts = subjects.iter().map(|(subject,)| draft::late_signature(late, subject)).collect();
        return Ok(append(tx, act, drafts, random).await?[0]);
    }
    let (known, subject) = super::segments::signature_at(tx, late).await?;
    if Sha256::of(known.signed.statement.as_bytes()) != Sha256::of(late.signed.statement.as_bytes()) {
        let what = format!("a signature of fragments {} to {} of {}", late.first, late.last, late.run);
        return Err(Error::AlreadyExists { what });
    }
    receipt(tx, &draft::late_signature(&known, &subject).idem).await
}
