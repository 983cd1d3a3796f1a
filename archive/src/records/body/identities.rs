//! Identities at an outside provider: linked, unlinked, found, and let in by.

use async_trait::async_trait;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{IdentityId, PersonId};
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::receipt;
use super::declare::{again, require, written};
use super::logins::Way;
use super::{Conn, Db, Driver, logins, people};
use crate::records::convert::{blob, failed, word};
use crate::records::draft::identity as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::identity as sql;
use crate::records::transaction::transaction;
use crate::records::{
    Act, Identity, IdentityRecords, Login, LoginTokens, MAX_IDENTITIES, NewIdentity, Person, ShownToken, Written, check,
};
use crate::{Error, Result};

type IdentityRow = (String, String, String, String, i64, Option<i64>);

#[async_trait]
impl IdentityRecords for Driver {
    async fn link_identity(&self, act: &Act, new: NewIdentity) -> Result<Written<Identity>> {
        transaction!(self, |tx| link(tx, act, &new, self.random()))
    }

    async fn unlink_identity(&self, act: &Act, id: IdentityId, reason: String) -> Result<Written<Identity>> {
        transaction!(self, |tx| unlink(tx, act, id, &reason, self.random()))
    }

    async fn identity(&self, id: IdentityId) -> Result<Option<Identity>> {
        by_id(&mut *self.reader().await?, id).await
    }

    async fn identities_of(&self, person: PersonId) -> Result<Vec<Identity>> {
        of(&mut *self.reader().await?, person).await
    }

    async fn person_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<(Identity, Person)>> {
        let mut reader = self.reader().await?;
        let Some(identity) = that_holds(&mut reader, issuer, subject).await? else { return Ok(None) };
        let id = identity.what.person;
        let person = require(people::kept(&mut reader, &id.to_string()).await?, id)?.person;
        Ok(Some((identity, person)))
    }

    async fn open_login_by_identity(
        &self,
        act: &Act,
        identity: IdentityId,
        shown: ShownToken,
        tokens: LoginTokens,
    ) -> Result<Option<Login>> {
        transaction!(self, |tx| open_login(tx, act, (identity, shown), tokens, self.random()))
    }
}

async fn link(tx: &mut Conn, act: &Act, new: &NewIdentity, random: &dyn Randomness) -> Result<Written<Identity>> {
    check::identity(new)?;
    let person = require(people::kept(tx, &new.person.to_string()).await?, new.person)?.person;
    if person.account.is_none() {
        return Err(Error::Invalid { field: "person_id", why: format!("{} has no account, only passes", person.id) });
    }
    if let Some(known) = that_holds(tx, &new.issuer, &new.subject).await? {
        if known.what.person != new.person {
            return Err(Error::AlreadyExists { what: "a link of this identity".to_owned() });
        }
        let idem = draft::identity(&known).idem;
        return again(tx, Some(known), &idem).await;
    }
    if of(tx, new.person).await?.len() >= MAX_IDENTITIES {
        let why = format!("{} was linked to {MAX_IDENTITIES} identities already", new.person);
        return Err(Error::Invalid { field: "person_id", why });
    }
    let it = Identity { id: IdentityId::mint(act.at, random), what: new.clone(), linked: act.at, unlinked: None };
    let row = query::<Db>(sql::INSERT_IDENTITY).bind(it.id.to_string()).bind(new.person.to_string());
    let row = row.bind(new.issuer.clone()).bind(new.subject.clone()).bind(act.at.as_micros());
    row.execute(&mut *tx).await.map_err(failed("link an identity"))?;
    let told = draft::identity(&it);
    written(tx, act, it, vec![told], random).await
}

async fn unlink(tx: &mut Conn, act: &Act, id: IdentityId, reason: &str, random: &dyn Randomness) -> Result<Written<Identity>> {
    check::reason(reason)?;
    let set = query::<Db>(sql::UNLINK_IDENTITY).bind(id.to_string()).bind(act.at.as_micros());
    let changed = set.execute(&mut *tx).await.map_err(failed("unlink an identity"))?.rows_affected() == 1;
    let it = require(by_id(tx, id).await?, id)?;
    let told = draft::unlinked(&it, Some(reason));
    let told = told.ok_or_else(|| Error::inconsistent("identity.unlinked_us", "it was set and is not there"))?;
    if !changed {
        let receipt = receipt(tx, &told.idem).await?;
        return Ok(Written { value: it, receipt, repeated: true });
    }
    // Their ends have no entry of their own: what ended them has.
    let end = query::<Db>(sql::END_LOGINS_BY_IDENTITY).bind(id.to_string()).bind(act.at.as_micros());
    end.execute(&mut *tx).await.map_err(failed("end logins"))?;
    written(tx, act, it, vec![told], random).await
}

async fn open_login(
    tx: &mut Conn,
    act: &Act,
    (identity, shown): (IdentityId, ShownToken),
    tokens: LoginTokens,
    random: &dyn Randomness,
) -> Result<Option<Login>> {
    let Some(found) = by_id(tx, identity).await?.filter(|identity| identity.unlinked.is_none()) else { return Ok(None) };
    let over = query::<Db>(sql::DELETE_TOKENS).bind(act.at.as_micros());
    over.execute(&mut *tx).await.map_err(failed("forget tokens whose time is over"))?;
    let spent = query::<Db>(sql::INSERT_TOKEN).bind(blob(shown.sha256)).bind(shown.until.as_micros());
    if spent.execute(&mut *tx).await.map_err(failed("take a token"))?.rows_affected() != 1 {
        return Ok(None);
    }
    logins::open(tx, act, (found.what.person, Way::Identity(identity)), tokens, random).await.map(Some)
}

async fn by_id(conn: &mut Conn, id: IdentityId) -> Result<Option<Identity>> {
    let row = query_as::<Db, _>(sql::IDENTITY).bind(id.to_string()).fetch_optional(conn).await;
    row.map_err(failed("read an identity"))?.map(to_identity).transpose()
}

async fn that_holds(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Option<Identity>> {
    let row = query_as::<Db, _>(sql::IDENTITY_THAT_HOLDS).bind(issuer.to_owned()).bind(subject.to_owned());
    row.fetch_optional(conn).await.map_err(failed("read an identity"))?.map(to_identity).transpose()
}

async fn of(conn: &mut Conn, person: PersonId) -> Result<Vec<Identity>> {
    let rows = query_as::<Db, _>(sql::IDENTITIES_OF).bind(person.to_string()).fetch_all(conn).await;
    rows.map_err(failed("list identities"))?.into_iter().map(to_identity).collect()
}

fn to_identity((id, person, issuer, subject, linked, unlinked): IdentityRow) -> Result<Identity> {
    Ok(Identity {
        id: word("identity.id", &id)?,
        what: NewIdentity { person: word("identity.person", &person)?, issuer, subject },
        linked: Timestamp::from_micros(linked),
        unlinked: unlinked.map(Timestamp::from_micros),
    })
}

/// What the entries of identities must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::IDENTITIES).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows = rows.map_err(failed("read identities"))?.into_iter().map(to_identity).collect::<Result<Vec<_>>>()?;
    let next = rows.last().map(|it| it.id.to_string());
    let of = |it: &Identity| std::iter::once(draft::identity(it)).chain(draft::unlinked(it, None)).collect::<Vec<_>>();
    Ok(DraftPage { drafts: rows.iter().flat_map(of).collect(), next })
}
