//! Taking files in, and correcting what was declared about their clocks.

use liuhen_proto::ids::KeyId;
use liuhen_proto::import::{CorrectionStatement, ImportStatement, SignedStatement, StatementError};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::MAX_INIT_BYTES;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Interval, Sha256, Timestamp};
use sqlx::query;

use super::custody::{append, receipt};
use super::declare::{insert_camera, require};
use super::imports::{self, Kept};
use super::{Conn, Db, lookup, runs, seal};
use crate::records::convert::{blob, failed, number};
use crate::records::draft::{self, Draft, imported};
use crate::records::{
    Act, Camera, CameraKind, EndReason, Import, ImportRevision, MAX_IMPORT_SEGMENTS, NewImport, RunEnd, Written, check, sql,
};
use crate::{Error, Result};

fn refuse<T>(field: &'static str, why: impl Into<String>) -> Result<T> {
    Err(Error::Invalid { field, why: why.into() })
}

fn unread(error: StatementError) -> Error {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Error::Invalid { field: "statement", why: format!("{error}{cause}") }
}

/// Whose signature it is, where it holds.
async fn signer(tx: &mut Conn, signed: &SignedStatement) -> Result<KeyId> {
    if !signed.holds() {
        return refuse("signature", "it is not the key's signature over this statement");
    }
    let key = imports::key_by_public(tx, signed.key).await?;
    key.map(|key| key.id).ok_or_else(|| Error::NotFound(format!("a registered key {}", signed.key)))
}

pub(super) async fn take(tx: &mut Conn, act: &Act, new: &NewImport, random: &dyn Randomness) -> Result<Written<Import>> {
    check::name(&new.camera_name)?;
    let said = ImportStatement::from_bytes(new.signed.statement.as_bytes()).map_err(unread)?;
    let key = signer(tx, &new.signed).await?;
    if let Some(known) = imports::kept(tx, said.import).await? {
        return again(tx, known, 1, &new.signed).await;
    }
    let interval = check_footage(&said, new)?;
    let site = require(lookup::site_of_viewpoint(tx, said.viewpoint).await?, said.viewpoint)?;
    let taken = lookup::camera(tx, &said.camera.to_string()).await?.is_some()
        || lookup::stream_place(tx, &said.stream.to_string()).await?.is_some();
    if taken {
        // Another writer may have taken the same import in since it was looked for.
        if let Some(known) = imports::kept(tx, said.import).await? {
            return again(tx, known, 1, &new.signed).await;
        }
        return Err(Error::AlreadyExists { what: format!("{} or {}", said.camera, said.stream) });
    }
    let camera = Camera {
        id: said.camera,
        viewpoint: said.viewpoint,
        name: new.camera_name.clone(),
        evidence: said.stream,
        viewing: None,
        kind: CameraKind::Import,
    };
    insert_camera(tx, &camera, Some(said.import)).await?;
    let mut drafts = vec![draft::camera(&camera, site)];
    drafts.extend(footage(tx, act, &said, new).await?);
    let import = Import {
        id: said.import,
        viewpoint: said.viewpoint,
        camera: said.camera,
        stream: said.stream,
        original_name: new.original_name.clone(),
        original: said.original,
        interval,
        segments: u32::try_from(new.segments.len()).unwrap_or(u32::MAX),
        revisions: Vec::new(),
    };
    insert(tx, &import).await?;
    let sessions = sessions(tx, &import, &[interval]).await?;
    let revision = revision(act, 1, said.clock_offset_us, &new.signed, key);
    let kept = Kept { import, shift_us: 0, told: Vec::new() };
    declare(tx, act, kept, revision, sessions, drafts, random).await
}

/// The same statement again is no error, another one in its place is.
async fn again(tx: &mut Conn, known: Kept, revision: u32, signed: &SignedStatement) -> Result<Written<Import>> {
    let place = usize::try_from(revision - 1).unwrap_or(usize::MAX);
    if known.told.get(place).map(|(sha256, _)| *sha256) != Some(Sha256::of(signed.statement.as_bytes())) {
        return Err(Error::AlreadyExists { what: format!("revision {revision} of {}", known.import.id) });
    }
    let receipt = receipt(tx, &imported::revision_idem(&known.import, revision)).await?;
    Ok(Written { value: known.stands(), receipt, repeated: true })
}

/// Whether runs and segments are those of the statement, each run whole; what they cover.
fn check_footage(said: &ImportStatement, new: &NewImport) -> Result<Option<Interval>> {
    if new.original_name.is_empty() || new.original_name.len() > 256 {
        return refuse("original_name", "is absurd");
    }
    if new.segments.len() > MAX_IMPORT_SEGMENTS {
        return refuse("segments", format!("at most {MAX_IMPORT_SEGMENTS} of one import"));
    }
    if said.runs.len() != new.runs.len() {
        return refuse("runs", "are not those of the statement");
    }
    for (stated, run) in said.runs.iter().zip(&new.runs) {
        if run.init.is_empty() || run.init.len() > MAX_INIT_BYTES {
            return refuse("init", format!("must be 1 to {MAX_INIT_BYTES} bytes"));
        }
        if (stated.run, stated.init) != (run.run, Sha256::of(&run.init)) {
            return refuse("runs", format!("{} is not what the statement says", run.run));
        }
        let mut segments: Vec<_> = new.segments.iter().filter(|segment| segment.run == run.run).collect();
        segments.sort_by_key(|segment| segment.fragments.first().map(|fragment| fragment.sequence));
        let places = segments.iter().flat_map(|segment| &segment.fragments).map(|fragment| fragment.sequence.get());
        if !places.eq(0..stated.fragments) {
            return refuse("segments", format!("of {} are not its {} fragments", run.run, stated.fragments));
        }
    }
    let stray = |segment: &&crate::records::NewSegment| {
        segment.stream != said.stream || segment.unsigned_tail || !said.runs.iter().any(|run| run.run == segment.run)
    };
    if let Some(stray) = new.segments.iter().find(stray) {
        return refuse("segments", format!("{} of {} is not in the statement", stray.object_name, stray.run));
    }
    if new.segments.iter().flat_map(|segment| &segment.fragments).any(|fragment| fragment.tracks.is_empty()) {
        return refuse("segments", "a fragment has no track");
    }
    Ok(new.segments.iter().flat_map(|segment| &segment.fragments).map(IndexedFragment::interval).reduce(Interval::hull))
}

/// Runs and segments, with their entries.
async fn footage(tx: &mut Conn, act: &Act, said: &ImportStatement, new: &NewImport) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    for (stated, run) in said.runs.iter().zip(&new.runs) {
        if !runs::insert(tx, act, (run.run, said.stream), None, run.boot, &run.init).await? {
            return Err(Error::AlreadyExists { what: run.run.to_string() });
        }
        let end = RunEnd { fragments: stated.fragments, reason: EndReason::SourceEnded };
        let update = query(sql::END_RUN).bind(run.run.to_string()).bind(number(end.fragments)).bind(end.reason.as_str());
        update.execute(&mut *tx).await.map_err(failed("end run"))?;
        let run = require(runs::run(tx, run.run).await?, run.run)?;
        drafts.extend([draft::run_open(&run), draft::run_end(&run, end)]);
    }
    for segment in &new.segments {
        drafts.extend(seal::prepare(tx, segment, Some(said.import), None).await?.drafts);
    }
    Ok(drafts)
}

async fn insert(tx: &mut Conn, it: &Import) -> Result<()> {
    let row = query::<Db>(sql::INSERT_IMPORT).bind(it.id.to_string()).bind(it.viewpoint.to_string());
    let row = row.bind(it.camera.to_string()).bind(it.stream.to_string()).bind(&it.original_name);
    let row = row.bind(number(it.original.size_bytes)).bind(blob(it.original.sha256));
    let row = row.bind(it.interval.map(|interval| interval.start().as_micros()));
    let row = row.bind(it.interval.map(|interval| interval.end().as_micros())).bind(i64::from(it.segments));
    row.execute(tx).await.map_err(failed("write import"))?;
    Ok(())
}

/// Sessions whose windows one of the intervals touches, each once.
async fn sessions(tx: &mut Conn, it: &Import, intervals: &[Option<Interval>]) -> Result<Vec<String>> {
    let mut sessions = Vec::new();
    for interval in intervals.iter().flatten() {
        sessions.extend(seal::sessions(tx, it.stream, *interval).await?);
    }
    sessions.sort_unstable();
    sessions.dedup();
    Ok(sessions)
}

fn revision(act: &Act, revision: u32, clock_offset_us: i64, signed: &SignedStatement, key: KeyId) -> ImportRevision {
    ImportRevision {
        revision,
        clock_offset_us,
        at: act.at,
        statement: Some(signed.statement.clone()),
        signature: signed.signature,
        key,
        public_key: signed.key,
        leaf_index: 0,
    }
}

/// Writes a revision with its entries, after those of what it brought along.
async fn declare(
    tx: &mut Conn,
    act: &Act,
    mut kept: Kept,
    revision: ImportRevision,
    sessions: Vec<String>,
    mut drafts: Vec<Draft>,
    random: &dyn Randomness,
) -> Result<Written<Import>> {
    let sha256 = Sha256::of(revision.statement.as_deref().unwrap_or_default().as_bytes());
    let row = query::<Db>(sql::INSERT_IMPORT_REVISION).bind(kept.import.id.to_string()).bind(i64::from(revision.revision));
    let row = row.bind(revision.clock_offset_us).bind(Timestamp::as_micros(act.at)).bind(blob(sha256));
    let row = row.bind(revision.signature.as_bytes().to_vec()).bind(revision.key.to_string()).bind(sessions.join("\n"));
    row.execute(&mut *tx).await.map_err(failed("write what is declared of an import"))?;
    kept.import.revisions.push(revision.clone());
    let place = drafts.len();
    drafts.extend(kept.drafts(&revision, &(sha256, sessions)));
    let receipt = append(tx, act, drafts, random).await?[place];
    if let Some(newest) = kept.import.revisions.last_mut() {
        newest.leaf_index = receipt.leaf_index;
    }
    Ok(Written { value: kept.stands(), receipt, repeated: false })
}

pub(super) async fn correct(
    tx: &mut Conn,
    act: &Act,
    signed: &SignedStatement,
    random: &dyn Randomness,
) -> Result<Written<Import>> {
    let said = CorrectionStatement::from_bytes(signed.statement.as_bytes()).map_err(unread)?;
    let key = signer(tx, signed).await?;
    let kept = require(imports::kept(tx, said.import).await?, said.import)?;
    let (first, found) = match (kept.import.revisions.first(), kept.import.revisions.last()) {
        (Some(first), Some(last)) => (first.clock_offset_us, last.revision),
        _ => return Err(Error::inconsistent(said.import.to_string(), "nothing is declared of it")),
    };
    if said.revision <= found {
        return match again(tx, kept, said.revision, signed).await {
            Err(Error::AlreadyExists { what: _ }) => {
                Err(Error::Conflict { what: said.import.to_string(), seen: said.revision - 1, found })
            }
            repeated => repeated,
        };
    }
    if said.revision != found + 1 {
        return Err(Error::Conflict { what: said.import.to_string(), seen: said.revision - 1, found });
    }
    let shift_us = first - said.clock_offset_us;
    let update = query(sql::SET_SHIFT).bind(kept.import.stream.to_string()).bind(shift_us);
    update.execute(&mut *tx).await.map_err(failed("move the times of an import"))?;
    let times = [kept.shift_us, shift_us].map(|shift_us| kept.import.interval.map(|said| said.moved(shift_us)));
    let sessions = sessions(tx, &kept.import, &times).await?;
    let revision = revision(act, said.revision, said.clock_offset_us, signed, key);
    declare(tx, act, Kept { shift_us, ..kept }, revision, sessions, Vec::new(), random).await
}
