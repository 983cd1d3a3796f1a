//! Keys of persons, and lookups of imports.

use liuhen_proto::custody::{Body, Envelope};
use liuhen_proto::ids::{ImportId, KeyId, ViewpointId};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::{KeyError, PublicKey};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::declare::{again, claim, written};
use super::{Conn, Db, custody};
use crate::records::convert::{count, digest, failed, interval, lines, word};
use crate::records::draft::{self, imported};
use crate::records::scan::DraftPage;
use crate::records::{Act, Import, ImportRevision, Key, NewKey, Written, check, sql};
use crate::{Error, Result};

type KeyRow = (String, String, Vec<u8>);
type ImportRow = (String, String, String, String, String, i64, Vec<u8>, Option<i64>, Option<i64>, i64);
type RevisionRow = (i64, i64, i64, Vec<u8>, Vec<u8>, String, String, Vec<u8>, Option<i64>, Option<Vec<u8>>, i64);

/// An import with what only entries need to know of it.
pub(super) struct Kept {
    /// `interval` is as the fragments say; `shift_us` is how far it has moved.
    pub(super) import: Import,
    pub(super) shift_us: i64,
    /// For each revision the digest of its statement, and the sessions in whose chains it stands.
    pub(super) told: Vec<(Sha256, Vec<String>)>,
}

pub(super) async fn register_key(tx: &mut Conn, act: &Act, new: &NewKey, random: &dyn Randomness) -> Result<Written<Key>> {
    check::name(&new.name)?;
    let it = Key { id: KeyId::mint(act.at, random), name: new.name.clone(), public_key: new.public_key };
    let draft = imported::person_key(&it);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = key(tx, &known).await?;
        return again(tx, found, &format!("key/{known}")).await;
    }
    if let Some(known) = key_by_public(tx, new.public_key).await? {
        if known.name != new.name {
            return Err(Error::AlreadyExists { what: format!("the key {}", new.public_key) });
        }
        let idem = imported::person_key(&known).idem;
        return again(tx, Some(known), &idem).await;
    }
    let insert = query(sql::INSERT_KEY).bind(it.id.to_string()).bind(&it.name).bind(it.public_key.to_bytes().to_vec());
    insert.execute(&mut *tx).await.map_err(failed("write key"))?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn key(conn: &mut Conn, id: &str) -> Result<Option<Key>> {
    let row = query_as(sql::KEY).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read key"))?;
    row.map(to_key).transpose()
}

pub(super) async fn key_by_public(conn: &mut Conn, public_key: PublicKey) -> Result<Option<Key>> {
    let row = query_as(sql::KEY_BY_PUBLIC).bind(public_key.to_bytes().to_vec()).fetch_optional(conn).await;
    row.map_err(failed("read key"))?.map(to_key).transpose()
}

fn to_key((id, name, public_key): KeyRow) -> Result<Key> {
    let public_key = public_key.as_slice().try_into();
    let public_key = public_key.map_err(|error: KeyError| Error::inconsistent("person_key.public_key", error))?;
    Ok(Key { id: word("person_key.id", &id)?, name, public_key })
}

/// What the entries of keys must say, page by page.
pub(super) async fn key_drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::KEYS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let keys = rows.map_err(failed("read keys"))?.into_iter().map(to_key).collect::<Result<Vec<_>>>()?;
    let next = keys.last().map(|key| key.id.to_string());
    Ok(DraftPage { drafts: keys.iter().map(imported::person_key).collect(), next })
}

pub(super) async fn import(conn: &mut Conn, id: ImportId) -> Result<Option<Import>> {
    Ok(kept(conn, id).await?.map(|kept| kept.stands()))
}

pub(super) async fn kept(conn: &mut Conn, id: ImportId) -> Result<Option<Kept>> {
    let row = query_as(sql::IMPORT).bind(id.to_string()).fetch_optional(&mut *conn).await.map_err(failed("read import"))?;
    match row {
        Some(row) => to_kept(conn, row).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn newest(conn: &mut Conn, viewpoint: Option<ViewpointId>, limit: u32) -> Result<Vec<Import>> {
    let statement = if viewpoint.is_some() { sql::IMPORTS_OF } else { sql::IMPORTS };
    let mut found = query_as::<Db, _>(statement).bind(i64::from(limit));
    if let Some(viewpoint) = viewpoint {
        found = found.bind(viewpoint.to_string());
    }
    let rows = found.fetch_all(&mut *conn).await.map_err(failed("read imports"))?;
    Ok(all(conn, rows).await?.into_iter().map(|kept| kept.stands()).collect())
}

/// All imports, page by page.
pub(super) async fn after(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Import>> {
    Ok(page(conn, after, limit).await?.into_iter().map(|kept| kept.import).collect())
}

async fn page(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Kept>> {
    let rows = query_as(sql::IMPORTS_AFTER).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    all(conn, rows.map_err(failed("read imports"))?).await
}

async fn all(conn: &mut Conn, rows: Vec<ImportRow>) -> Result<Vec<Kept>> {
    let mut imports = Vec::with_capacity(rows.len());
    for row in rows {
        imports.push(to_kept(conn, row).await?);
    }
    Ok(imports)
}

async fn to_kept(conn: &mut Conn, row: ImportRow) -> Result<Kept> {
    let (id, viewpoint, camera, stream, original_name, size, sha256, start, end, segments) = row;
    let rows: Vec<RevisionRow> = query_as(sql::IMPORT_REVISIONS)
        .bind(id.clone())
        .fetch_all(&mut *conn)
        .await
        .map_err(failed("read what was declared of an import"))?;
    let shift_us = rows.last().map_or(0, |row| row.10);
    let (mut revisions, mut told) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows {
        let (revision, sha256, sessions) = to_revision(conn, row).await?;
        revisions.push(revision);
        told.push((sha256, sessions));
    }
    let said = start.zip(end).map(|(start, end)| interval("import", start, end)).transpose()?;
    let import = Import {
        id: word("import.id", &id)?,
        viewpoint: word("import.viewpoint", &viewpoint)?,
        camera: word("import.camera", &camera)?,
        stream: word("import.stream", &stream)?,
        original_name,
        original: Sized256 {
            sha256: digest("import.original_sha256", &sha256)?,
            size_bytes: count("import.original_size", size)?,
        },
        interval: said,
        segments: u32::try_from(segments).map_err(|error| Error::inconsistent("import.segments", error))?,
        revisions,
    };
    Ok(Kept { import, shift_us, told })
}

async fn to_revision(conn: &mut Conn, row: RevisionRow) -> Result<(ImportRevision, Sha256, Vec<String>)> {
    let (revision, clock_offset_us, at_us, sha256, signature, key, sessions, public_key, leaf, envelope, _) = row;
    let wrong = |error: KeyError| Error::inconsistent("import_revision.signature or key", error);
    let entry = leaf.zip(envelope).ok_or_else(|| Error::inconsistent("a revision of an import", "it has no entry in the log"));
    let (leaf, envelope) = entry?;
    let revision = ImportRevision {
        revision: u32::try_from(revision).map_err(|error| Error::inconsistent("import_revision.revision", error))?,
        clock_offset_us,
        at: Timestamp::from_micros(at_us),
        statement: statement(conn, &envelope).await?,
        signature: signature.as_slice().try_into().map_err(wrong)?,
        key: word("import_revision.signed_by", &key)?,
        public_key: public_key.as_slice().try_into().map_err(wrong)?,
        leaf_index: count("leaf.idx", leaf)?,
    };
    Ok((revision, digest("import_revision.statement_sha256", &sha256)?, lines(&sessions)))
}

/// The statement in the body of an entry, while it is there as it was written.
async fn statement(conn: &mut Conn, envelope: &[u8]) -> Result<Option<String>> {
    let envelope = Envelope::from_bytes(envelope).map_err(|error| Error::inconsistent("the entry of an import", error))?;
    let Some(sha256) = envelope.body else { return Ok(None) };
    let body = custody::body(conn, sha256).await?.filter(|body| Sha256::of(body) == sha256);
    let Some(Ok(body)) = body.map(|body| Body::from_bytes(&body)) else { return Ok(None) };
    Ok(body.data.get("statement").and_then(|statement| statement.as_str()).map(str::to_owned))
}

impl Kept {
    /// The import at the times that are declared now.
    pub(super) fn stands(self) -> Import {
        let interval = self.import.interval.map(|said| said.moved(self.shift_us));
        Import { interval, ..self.import }
    }

    /// What the entries of a revision must say; that of the import's own chain first.
    pub(super) fn drafts(&self, revision: &ImportRevision, told: &(Sha256, Vec<String>)) -> Vec<draft::Draft> {
        let first = self.import.revisions.first().map_or(0, |first| first.clock_offset_us);
        let newest = self.import.revisions.last().is_some_and(|last| last.revision == revision.revision);
        // Of the newest revision the shift that is kept is what counts, so that another one is noticed.
        let shift_us = if newest { self.shift_us } else { first.saturating_sub(revision.clock_offset_us) };
        let interval = self.import.interval.map(|said| said.moved(shift_us));
        let it = Import { interval, ..self.import.clone() };
        let (sha256, sessions) = told;
        let sessions = sessions.iter().map(|session| Some(session.as_str()));
        std::iter::once(None).chain(sessions).map(|session| imported::revision(&it, revision, *sha256, session)).collect()
    }
}

/// What the entries of imports must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let imports = page(conn, after, limit).await?;
    let next = imports.last().map(|kept| kept.import.id.to_string());
    let of = |kept: &Kept| -> Vec<_> {
        kept.import.revisions.iter().zip(&kept.told).flat_map(|(revision, told)| kept.drafts(revision, told)).collect()
    };
    Ok(DraftPage { drafts: imports.iter().flat_map(of).collect(), next })
}
