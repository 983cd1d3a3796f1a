//! Neighbouring systems: invited, permitted, enrolled, renewed, revoked, found.

use async_trait::async_trait;
use liuhen_proto::ids::NeighbourId;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::append;
use super::declare::{again, require, written};
use super::{Conn, Db, Driver, machines};
use crate::records::convert::{blob, count, digest, failed, lines, word};
use crate::records::draft::neighbour as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::neighbour as sql;
use crate::records::transaction::transaction;
use crate::records::{
    Act, MAX_NEIGHBOURS, Neighbour, NeighbourKey, NeighbourRecords, NewCertificate, NewNeighbour, Permits, Written, check,
};
use crate::{Error, Result};

type NeighbourRow = (String, String, String, String, i64, bool, String);
type PermitRow = (String, i64, bool, String);
type TokenRow = (String, i64, Option<Vec<u8>>);
type KeyRow = (Vec<u8>, String, i64, String, i64, Option<i64>);

#[async_trait]
impl NeighbourRecords for Driver {
    async fn invite_neighbour(&self, act: &Act, new: NewNeighbour, token: Sha256) -> Result<Written<Neighbour>> {
        transaction!(self, |tx| invite(tx, act, &new, token, self.random()))
    }

    async fn permit_neighbour(&self, act: &Act, id: NeighbourId, permits: Permits, reason: String) -> Result<Written<Neighbour>> {
        transaction!(self, |tx| permit(tx, act, (id, &permits), &reason, self.random()))
    }

    async fn replace_neighbour(
        &self,
        act: &Act,
        id: NeighbourId,
        token: Option<Sha256>,
        reason: String,
    ) -> Result<Written<Neighbour>> {
        transaction!(self, |tx| replace(tx, act, (id, token), &reason, self.random()))
    }

    async fn enrol_neighbour(&self, act: &Act, token: Sha256, new: NewCertificate) -> Result<Option<NeighbourKey>> {
        transaction!(self, |tx| enrol(tx, act, token, &new, self.random()))
    }

    async fn renew_neighbour(&self, act: &Act, new: NewCertificate) -> Result<Option<NeighbourKey>> {
        transaction!(self, |tx| renew(tx, act, &new, self.random()))
    }

    async fn neighbour(&self, id: NeighbourId) -> Result<Option<Neighbour>> {
        by_id(&mut *self.reader().await?, id).await
    }

    async fn neighbours(&self) -> Result<Vec<Neighbour>> {
        after(&mut *self.reader().await?, "").await
    }

    async fn neighbour_by_key(&self, key: Sha256) -> Result<Option<(Neighbour, NeighbourKey)>> {
        let mut reader = self.reader().await?;
        let Some(key) = by(&mut reader, sql::KEY, key).await? else { return Ok(None) };
        let whose = require(by_id(&mut reader, key.neighbour).await?, key.neighbour)?;
        Ok(Some((whose, key)))
    }

    async fn neighbour_keys(&self, id: NeighbourId) -> Result<Vec<NeighbourKey>> {
        of(&mut *self.reader().await?, id).await
    }
}

async fn invite(
    tx: &mut Conn,
    act: &Act,
    new: &NewNeighbour,
    token: Sha256,
    random: &dyn Randomness,
) -> Result<Written<Neighbour>> {
    check::neighbour(new)?;
    let (many,): (i64,) =
        query_as::<Db, _>(sql::COUNT_NEIGHBOURS).fetch_one(&mut *tx).await.map_err(failed("count neighbours"))?;
    if count("neighbours", many)? >= MAX_NEIGHBOURS as u64 {
        return Err(Error::Invalid { field: "system", why: format!("there are {MAX_NEIGHBOURS} neighbours already") });
    }
    let it = Neighbour { id: NeighbourId::mint(act.at, random), what: new.clone(), version: 1 };
    let row = query::<Db>(sql::INSERT_NEIGHBOUR).bind(it.id.to_string()).bind(new.system.clone());
    let row = row.bind(new.name.clone()).bind(new.scope.to_string());
    if row.execute(&mut *tx).await.map_err(failed("write a neighbour"))?.rows_affected() != 1 {
        return Err(Error::AlreadyExists { what: format!("the system {}", new.system) });
    }
    insert_permits(tx, it.id, 1, &new.permits).await?;
    insert_token(tx, it.id, 1, Some(token)).await?;
    let drafts =
        vec![draft::neighbour(&it), draft::permits(it.id, 1, &new.permits, None), draft::token(it.id, 1, Some(token), None)];
    written(tx, act, it, drafts, random).await
}

async fn permit(
    tx: &mut Conn,
    act: &Act,
    (id, permits): (NeighbourId, &Permits),
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Neighbour>> {
    check::reason(reason)?;
    let mut it = require(by_id(tx, id).await?, id)?;
    if it.what.permits == *permits {
        let idem = draft::permits(id, i64::from(it.version), permits, None).idem;
        return again(tx, Some(it), &idem).await;
    }
    it.version += 1;
    it.what.permits = permits.clone();
    insert_permits(tx, id, it.version, permits).await?;
    let told = draft::permits(id, i64::from(it.version), permits, Some(reason));
    written(tx, act, it, vec![told], random).await
}

async fn replace(
    tx: &mut Conn,
    act: &Act,
    (id, token): (NeighbourId, Option<Sha256>),
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Neighbour>> {
    check::reason(reason)?;
    let it = require(by_id(tx, id).await?, id)?;
    let alive = of(tx, id).await?.into_iter().filter(|key| key.revoked.is_none());
    let revoked: Vec<_> = alive.map(|key| NeighbourKey { revoked: Some(act.at), ..key }).collect();
    let revoke = query::<Db>(sql::REVOKE_KEYS).bind(id.to_string()).bind(act.at.as_micros());
    revoke.execute(&mut *tx).await.map_err(failed("revoke keys of a neighbour"))?;
    let next = query_as(sql::NEXT_TOKEN).bind(id.to_string()).fetch_one(&mut *tx).await;
    let (version,): (i64,) = next.map_err(failed("count tokens"))?;
    insert_token(tx, id, version, token).await?;
    let mut drafts = vec![draft::token(id, version, token, Some(reason))];
    drafts.extend(revoked.iter().filter_map(draft::revoked));
    written(tx, act, it, drafts, random).await
}

async fn enrol(
    tx: &mut Conn,
    act: &Act,
    token: Sha256,
    new: &NewCertificate,
    random: &dyn Randomness,
) -> Result<Option<NeighbourKey>> {
    check::certificate(new)?;
    let row = query_as(sql::NEIGHBOUR_BY_TOKEN).bind(blob(token)).fetch_optional(&mut *tx).await;
    let neighbour: Option<(String,)> = row.map_err(failed("look a token up"))?;
    let Some((neighbour,)) = neighbour else { return Ok(None) };
    if let Some(known) = by(tx, sql::KEY_BY_TOKEN, token).await? {
        return if known.key == new.key { renew(tx, act, new, random).await } else { Ok(None) };
    }
    // A key that is known already is somebody else's, or was revoked: it is no new one's.
    if is_known(tx, new.key).await? || machines::is_known(tx, new.key).await? {
        return Ok(None);
    }
    let row = query::<Db>(sql::INSERT_KEY).bind(blob(new.key)).bind(neighbour).bind(blob(token));
    let row = row.bind(new.serial.clone()).bind(new.until.as_micros());
    row.execute(&mut *tx).await.map_err(failed("write the key of a neighbour"))?;
    let key = require(by(tx, sql::KEY, new.key).await?, new.key)?;
    append(tx, act, vec![draft::certificate(&key)], random).await?;
    Ok(Some(key))
}

async fn renew(tx: &mut Conn, act: &Act, new: &NewCertificate, random: &dyn Randomness) -> Result<Option<NeighbourKey>> {
    check::certificate(new)?;
    let row = query::<Db>(sql::RENEW_KEY).bind(blob(new.key)).bind(new.serial.clone()).bind(new.until.as_micros());
    if row.execute(&mut *tx).await.map_err(failed("renew a certificate"))?.rows_affected() != 1 {
        return Ok(None);
    }
    let key = require(by(tx, sql::KEY, new.key).await?, new.key)?;
    append(tx, act, vec![draft::certificate(&key)], random).await?;
    Ok(Some(key))
}

/// Whether the key is, or was, a neighbour's.
pub(super) async fn is_known(conn: &mut Conn, key: Sha256) -> Result<bool> {
    Ok(by(conn, sql::KEY, key).await?.is_some())
}

async fn insert_permits(tx: &mut Conn, id: NeighbourId, version: u32, permits: &Permits) -> Result<()> {
    let pushes: Vec<_> = permits.pushes.iter().map(|kind| kind.as_str()).collect();
    let row = query::<Db>(sql::INSERT_PERMIT).bind(id.to_string()).bind(i64::from(version));
    let row = row.bind(permits.reads).bind(pushes.join("\n"));
    row.execute(&mut *tx).await.map_err(failed("write what a neighbour may"))?;
    Ok(())
}

async fn insert_token(tx: &mut Conn, id: NeighbourId, version: i64, token: Option<Sha256>) -> Result<()> {
    let row = query::<Db>(sql::INSERT_TOKEN).bind(id.to_string()).bind(version).bind(token.map(blob));
    row.execute(&mut *tx).await.map_err(failed("write the token of a neighbour"))?;
    Ok(())
}

async fn by_id(conn: &mut Conn, id: NeighbourId) -> Result<Option<Neighbour>> {
    let row = query_as::<Db, _>(sql::NEIGHBOUR).bind(id.to_string()).fetch_optional(conn).await;
    row.map_err(failed("read a neighbour"))?.map(to_neighbour).transpose()
}

async fn after(conn: &mut Conn, id: &str) -> Result<Vec<Neighbour>> {
    let rows = query_as::<Db, _>(sql::NEIGHBOURS).bind(id.to_owned()).fetch_all(conn).await;
    rows.map_err(failed("read neighbours"))?.into_iter().map(to_neighbour).collect()
}

async fn by(conn: &mut Conn, statement: &'static str, sha256: Sha256) -> Result<Option<NeighbourKey>> {
    let row = query_as::<Db, _>(statement).bind(blob(sha256)).fetch_optional(conn).await;
    row.map_err(failed("read the key of a neighbour"))?.map(to_key).transpose()
}

async fn of(conn: &mut Conn, id: NeighbourId) -> Result<Vec<NeighbourKey>> {
    let rows = query_as::<Db, _>(sql::KEYS_OF).bind(id.to_string()).fetch_all(conn).await;
    rows.map_err(failed("read keys of a neighbour"))?.into_iter().map(to_key).collect()
}

fn version(what: &'static str, version: i64) -> Result<u32> {
    u32::try_from(count(what, version)?).map_err(|error| Error::inconsistent(what, error))
}

fn to_permits(reads: bool, pushes: &str) -> Result<Permits> {
    let pushes = lines(pushes).iter().map(|kind| word("neighbour_permit.pushes", kind)).collect::<Result<_>>()?;
    Ok(Permits { pushes, reads })
}

fn to_neighbour((id, system, name, scope, number, reads, pushes): NeighbourRow) -> Result<Neighbour> {
    let (scope, permits) = (word("neighbour.scope", &scope)?, to_permits(reads, &pushes)?);
    Ok(Neighbour {
        id: word("neighbour.id", &id)?,
        what: NewNeighbour { system, name, scope, permits },
        version: version("neighbour_permit.version", number)?,
    })
}

fn to_key((key, neighbour, number, serial, until, revoked): KeyRow) -> Result<NeighbourKey> {
    Ok(NeighbourKey {
        key: digest("neighbour_key.key_sha256", &key)?,
        neighbour: word("neighbour_key.neighbour", &neighbour)?,
        version: version("neighbour_key.version", number)?,
        serial,
        until: Timestamp::from_micros(until),
        revoked: revoked.map(Timestamp::from_micros),
    })
}

/// What the entries of neighbours must say. All at once: there are a handful.
pub(super) async fn drafts(conn: &mut Conn, from: &str) -> Result<DraftPage> {
    let neighbours = after(conn, from).await?;
    let mut page = DraftPage { drafts: Vec::new(), next: neighbours.last().map(|it| it.id.to_string()) };
    page.drafts.extend(neighbours.iter().map(draft::neighbour));
    let rows = query_as::<Db, PermitRow>(sql::PERMITS).bind(from.to_owned()).fetch_all(&mut *conn).await;
    for (id, version, reads, pushes) in rows.map_err(failed("read what neighbours may"))? {
        let id = word("neighbour_permit.neighbour", &id)?;
        page.drafts.push(draft::permits(id, version, &to_permits(reads, &pushes)?, None));
    }
    let rows = query_as::<Db, TokenRow>(sql::TOKENS).bind(from.to_owned()).fetch_all(&mut *conn).await;
    for (id, version, token) in rows.map_err(failed("read tokens of neighbours"))? {
        let token = token.map(|token| digest("neighbour_token.token_sha256", &token)).transpose()?;
        page.drafts.push(draft::token(word("neighbour_token.neighbour", &id)?, version, token, None));
    }
    let rows = query_as::<Db, _>(sql::KEYS).bind(from.to_owned()).fetch_all(conn).await;
    for key in rows.map_err(failed("read keys of neighbours"))?.into_iter().map(to_key) {
        let key = key?;
        page.drafts.push(draft::certificate(&key));
        page.drafts.extend(draft::revoked(&key));
    }
    Ok(page)
}
