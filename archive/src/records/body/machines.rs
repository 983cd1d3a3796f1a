//! Recorders as machines: enrolled, renewed, revoked, found.

use async_trait::async_trait;
use liuhen_proto::ids::RecorderId;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::append;
use super::declare::{require, written};
use super::{Conn, Db, Driver, lookup, neighbours};
use crate::records::convert::{blob, count, digest, failed, word};
use crate::records::draft::machine as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::machine as sql;
use crate::records::transaction::transaction;
use crate::records::{Act, Machine, MachineRecords, NewCertificate, Recorder, Written, check};
use crate::{Error, Result};

type MachineRow = (Vec<u8>, String, String, i64, String, i64, Option<i64>);
type TokenRow = (String, String, i64, Option<Vec<u8>>);

#[async_trait]
impl MachineRecords for Driver {
    async fn enrol(&self, act: &Act, token: Sha256, new: NewCertificate) -> Result<Option<Machine>> {
        transaction!(self, |tx| enrol(tx, act, token, &new, self.random()))
    }

    async fn renew_certificate(&self, act: &Act, new: NewCertificate) -> Result<Option<Machine>> {
        transaction!(self, |tx| renew(tx, act, &new, self.random()))
    }

    async fn machine(&self, key: Sha256) -> Result<Option<Machine>> {
        by(&mut *self.reader().await?, sql::MACHINE, key).await
    }

    async fn machines_of(&self, recorder: RecorderId) -> Result<Vec<Machine>> {
        of(&mut *self.reader().await?, recorder).await
    }

    async fn replace_machine(
        &self,
        act: &Act,
        recorder: RecorderId,
        token: Option<Sha256>,
        reason: String,
    ) -> Result<Written<Recorder>> {
        transaction!(self, |tx| replace(tx, act, (recorder, token), &reason, self.random()))
    }
}

async fn enrol(
    tx: &mut Conn,
    act: &Act,
    token: Sha256,
    new: &NewCertificate,
    random: &dyn Randomness,
) -> Result<Option<Machine>> {
    check::certificate(new)?;
    let row = query_as(sql::RECORDER_BY_ENROLMENT).bind(blob(token)).fetch_optional(&mut *tx).await;
    let recorder: Option<(String,)> = row.map_err(failed("look a token up"))?;
    let Some((recorder,)) = recorder else { return Ok(None) };
    if let Some(known) = by(tx, sql::MACHINE_BY_TOKEN, token).await? {
        return if known.key == new.key { renew(tx, act, new, random).await } else { Ok(None) };
    }
    // A key that is known already is somebody else's, or was revoked: it is no new one's.
    if is_known(tx, new.key).await? || neighbours::is_known(tx, new.key).await? {
        return Ok(None);
    }
    let row = query::<Db>(sql::INSERT_MACHINE).bind(blob(new.key)).bind(recorder).bind(blob(token));
    let row = row.bind(new.serial.clone()).bind(new.until.as_micros());
    row.execute(&mut *tx).await.map_err(failed("write the key of a machine"))?;
    let machine = require(by(tx, sql::MACHINE, new.key).await?, new.key)?;
    append(tx, act, vec![draft::certificate(&machine)], random).await?;
    Ok(Some(machine))
}

async fn renew(tx: &mut Conn, act: &Act, new: &NewCertificate, random: &dyn Randomness) -> Result<Option<Machine>> {
    check::certificate(new)?;
    let row = query::<Db>(sql::RENEW_MACHINE).bind(blob(new.key)).bind(new.serial.clone()).bind(new.until.as_micros());
    if row.execute(&mut *tx).await.map_err(failed("renew a certificate"))?.rows_affected() != 1 {
        return Ok(None);
    }
    let machine = require(by(tx, sql::MACHINE, new.key).await?, new.key)?;
    append(tx, act, vec![draft::certificate(&machine)], random).await?;
    Ok(Some(machine))
}

async fn replace(
    tx: &mut Conn,
    act: &Act,
    (id, token): (RecorderId, Option<Sha256>),
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Recorder>> {
    check::reason(reason)?;
    let (recorder, _) = require(lookup::recorder(tx, &id.to_string()).await?, id)?;
    let alive = of(tx, id).await?.into_iter().filter(|machine| machine.revoked.is_none());
    let revoked: Vec<_> = alive.map(|machine| Machine { revoked: Some(act.at), ..machine }).collect();
    let revoke = query::<Db>(sql::REVOKE_MACHINES).bind(id.to_string()).bind(act.at.as_micros());
    revoke.execute(&mut *tx).await.map_err(failed("revoke a machine"))?;
    let next = query_as(sql::NEXT_TOKEN).bind(id.to_string()).fetch_one(&mut *tx).await;
    let (version,): (i64,) = next.map_err(failed("count tokens"))?;
    let row = query::<Db>(sql::INSERT_TOKEN).bind(id.to_string()).bind(version).bind(token.map(blob));
    row.execute(&mut *tx).await.map_err(failed("write the token of a machine"))?;
    let mut drafts = vec![draft::token((id, recorder.site), version, token, Some(reason))];
    drafts.extend(revoked.iter().filter_map(draft::revoked));
    written(tx, act, recorder, drafts, random).await
}

/// Whether the key is, or was, a recorder's.
pub(super) async fn is_known(conn: &mut Conn, key: Sha256) -> Result<bool> {
    Ok(by(conn, sql::MACHINE, key).await?.is_some())
}

async fn by(conn: &mut Conn, statement: &'static str, sha256: Sha256) -> Result<Option<Machine>> {
    let row = query_as(statement).bind(blob(sha256)).fetch_optional(conn).await.map_err(failed("read a machine"))?;
    row.map(to_machine).transpose()
}

async fn of(conn: &mut Conn, recorder: RecorderId) -> Result<Vec<Machine>> {
    let rows = query_as(sql::MACHINES_OF).bind(recorder.to_string()).fetch_all(conn).await.map_err(failed("read machines"))?;
    rows.into_iter().map(to_machine).collect()
}

fn to_machine((key, recorder, site, version, serial, until, revoked): MachineRow) -> Result<Machine> {
    Ok(Machine {
        key: digest("machine_key.key_sha256", &key)?,
        recorder: word("machine_key.recorder", &recorder)?,
        site: word("recorder.site", &site)?,
        version: u32::try_from(count("machine_key.version", version)?)
            .map_err(|error| Error::inconsistent("machine_key.version", error))?,
        serial,
        until: Timestamp::from_micros(until),
        revoked: revoked.map(Timestamp::from_micros),
    })
}

/// What the entries of machines must say. All at once: a site has a handful.
pub(super) async fn drafts(conn: &mut Conn, after: &str) -> Result<DraftPage> {
    let rows = query_as(sql::MACHINES).bind(after.to_owned()).fetch_all(&mut *conn).await.map_err(failed("read machines"))?;
    let machines: Vec<Machine> = rows.into_iter().map(to_machine).collect::<Result<_>>()?;
    let rows = query_as(sql::TOKENS).bind(after.to_owned()).fetch_all(conn).await.map_err(failed("read tokens of machines"))?;
    let tokens = rows.into_iter().map(to_token).collect::<Result<Vec<_>>>()?;
    let last = machines.iter().map(|machine| machine.recorder).chain(tokens.iter().map(|(recorder, ..)| *recorder)).max();
    let mut page = DraftPage { drafts: Vec::new(), next: last.map(|recorder| recorder.to_string()) };
    for machine in &machines {
        page.drafts.push(draft::certificate(machine));
        page.drafts.extend(draft::revoked(machine));
    }
    page.drafts
        .extend(tokens.into_iter().map(|(recorder, site, version, token)| draft::token((recorder, site), version, token, None)));
    Ok(page)
}

fn to_token((recorder, site, version, token): TokenRow) -> Result<(RecorderId, liuhen_proto::ids::SiteId, i64, Option<Sha256>)> {
    let token = token.map(|token| digest("machine_token.token_sha256", &token)).transpose()?;
    Ok((word("machine_token.recorder", &recorder)?, word("recorder.site", &site)?, version, token))
}
