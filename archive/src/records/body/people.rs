//! People and their roles: made, changed, found.

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{GrantId, LoginId, PersonId};
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::declare::{again, claim, require, written};
use super::{Conn, Db};
use crate::records::convert::{failed, word};
use crate::records::draft::people as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::people as sql;
use crate::records::{Act, Grant, MAX_GRANTS, NewGrant, NewPerson, Person, Receipt, SecretHash, Written, check};
use crate::{Error, Result};

type PersonRow = (String, Option<String>, String, bool, bool, i64, i64, Option<String>);
type GrantRow = (String, String, String, i64, Option<i64>, Option<i64>, String);

/// A person with what only entries and logins need to know of them.
pub(super) struct Kept {
    pub(super) person: Person,
    standing: i64,
    password_version: i64,
    pub(super) password: Option<SecretHash>,
}

pub(super) async fn set_up(tx: &mut Conn, act: &Act, new: &NewPerson, random: &dyn Randomness) -> Result<Written<Person>> {
    if has_people(tx).await? {
        return Err(Error::AlreadyExists { what: "the first account".to_owned() });
    }
    create(tx, act, new, random).await
}

pub(super) async fn create(tx: &mut Conn, act: &Act, new: &NewPerson, random: &dyn Randomness) -> Result<Written<Person>> {
    check::person(new)?;
    let id = PersonId::mint(act.at, random);
    let grants = new.grants.iter().map(|grant| mint(act, grant, random)).collect();
    let person = Person {
        id,
        account: Some(new.account.clone()),
        name: new.name.clone(),
        suspended: false,
        must_change: new.must_change,
        grants,
    };
    let told = draft::person(&person);
    if let Some(known) = claim(tx, act, &told, id).await? {
        let found = kept(tx, &known).await?.map(|kept| kept.person);
        return again(tx, found, &format!("person/{known}")).await;
    }
    if by_account(tx, &new.account).await?.is_some() {
        return Err(Error::AlreadyExists { what: format!("the account {:?}", new.account) });
    }
    insert(tx, &person, Some(&new.password)).await?;
    let mut drafts = vec![told, draft::password(id, 1)];
    for grant in &person.grants {
        insert_grant(tx, id, grant).await?;
        drafts.push(draft::grant(id, grant));
    }
    written(tx, act, person, drafts, random).await
}

/// The row of a person, with the first password or without an account.
pub(super) async fn insert(tx: &mut Conn, person: &Person, password: Option<&SecretHash>) -> Result<()> {
    let row = query::<Db>(sql::INSERT_PERSON).bind(person.id.to_string()).bind(person.account.clone()).bind(person.name.clone());
    let row = row.bind(password.map(|password| password.0.clone())).bind(person.must_change);
    row.bind(i64::from(password.is_some())).execute(tx).await.map_err(failed("write person"))?;
    Ok(())
}

fn mint(act: &Act, new: &NewGrant, random: &dyn Randomness) -> Grant {
    let NewGrant { role, scope, from, until } = *new;
    Grant { id: GrantId::mint(act.at, random), role, scope, from, until, revoked: None }
}

async fn insert_grant(tx: &mut Conn, person: PersonId, it: &Grant) -> Result<()> {
    let row = query::<Db>(sql::INSERT_GRANT).bind(it.id.to_string()).bind(person.to_string()).bind(it.role.as_str());
    let row = row.bind(it.scope.to_string()).bind(it.from.as_micros()).bind(it.until.map(Timestamp::as_micros));
    row.execute(tx).await.map_err(failed("write grant"))?;
    Ok(())
}

pub(super) async fn set_password(
    tx: &mut Conn,
    act: &Act,
    person: PersonId,
    (password, must_change, keep): (&SecretHash, bool, Option<LoginId>),
    random: &dyn Randomness,
) -> Result<Receipt> {
    let set = query::<Db>(sql::SET_PASSWORD).bind(person.to_string()).bind(password.0.clone()).bind(must_change);
    if set.execute(&mut *tx).await.map_err(failed("set password"))?.rows_affected() != 1 {
        return Err(Error::NotFound(person.to_string()));
    }
    end_logins(tx, act, person, keep).await?;
    let version = require(kept(tx, &person.to_string()).await?, person)?.password_version;
    Ok(append(tx, act, vec![draft::password(person, version)], random).await?[0])
}

/// All logins of a person but `keep` end. Their ends have no entry of their own: what ended them has.
pub(super) async fn end_logins(tx: &mut Conn, act: &Act, person: PersonId, keep: Option<LoginId>) -> Result<()> {
    let keep = keep.map(|keep| keep.to_string()).unwrap_or_default();
    let end = query::<Db>(sql::END_LOGINS_OF).bind(person.to_string()).bind(act.at.as_micros()).bind(keep);
    end.execute(tx).await.map_err(failed("end logins"))?;
    Ok(())
}

pub(super) async fn set_suspended(
    tx: &mut Conn,
    act: &Act,
    id: PersonId,
    (suspended, reason): (bool, &str),
    random: &dyn Randomness,
) -> Result<Written<Person>> {
    check::reason(reason)?;
    let set = query::<Db>(sql::SET_SUSPENDED).bind(id.to_string()).bind(suspended);
    let changed = set.execute(&mut *tx).await.map_err(failed("set a person's standing"))?.rows_affected() == 1;
    let Kept { person, standing, .. } = require(kept(tx, &id.to_string()).await?, id)?;
    let told = draft::standing(id, standing, Some(reason));
    if changed {
        end_logins(tx, act, id, None).await?;
        return written(tx, act, person, vec![told], random).await;
    }
    if standing == 0 {
        return Err(Error::Invalid { field: "suspended", why: format!("{id} is let in already") });
    }
    let receipt = receipt(tx, &told.idem).await?;
    Ok(Written { value: person, receipt, repeated: true })
}

pub(super) async fn grant_role(
    tx: &mut Conn,
    act: &Act,
    id: PersonId,
    new: &NewGrant,
    random: &dyn Randomness,
) -> Result<Written<Grant>> {
    check::grant(new)?;
    let person = require(kept(tx, &id.to_string()).await?, id)?.person;
    if person.account.is_none() {
        return Err(Error::Invalid { field: "person_id", why: format!("{id} has no account, only passes") });
    }
    if person.grants.len() >= MAX_GRANTS {
        return Err(Error::Invalid { field: "person_id", why: format!("{id} was given {MAX_GRANTS} roles already") });
    }
    let it = mint(act, new, random);
    let told = draft::grant(id, &it);
    if let Some(known) = claim(tx, act, &told, it.id).await? {
        let found = grant(tx, &known).await?.map(|(_, grant)| grant);
        return again(tx, found, &format!("grant/{known}")).await;
    }
    insert_grant(tx, id, &it).await?;
    written(tx, act, it, vec![told], random).await
}

pub(super) async fn revoke_grant(
    tx: &mut Conn,
    act: &Act,
    id: GrantId,
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Grant>> {
    check::reason(reason)?;
    let revoke = query::<Db>(sql::REVOKE_GRANT).bind(id.to_string()).bind(act.at.as_micros());
    let changed = revoke.execute(&mut *tx).await.map_err(failed("revoke grant"))?.rows_affected() == 1;
    let (person, it) = require(grant(tx, &id.to_string()).await?, id)?;
    let told = draft::grant_revoked(person, &it, Some(reason));
    let told = told.ok_or_else(|| Error::inconsistent("role_grant.revoked_us", "it was set and is not there"))?;
    if changed {
        return written(tx, act, it, vec![told], random).await;
    }
    let receipt = receipt(tx, &told.idem).await?;
    Ok(Written { value: it, receipt, repeated: true })
}

pub(super) async fn grant(conn: &mut Conn, id: &str) -> Result<Option<(PersonId, Grant)>> {
    let row = query_as(sql::GRANT).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read grant"))?;
    row.map(to_grant).transpose()
}

fn to_grant((id, role, scope, from, until, revoked, person): GrantRow) -> Result<(PersonId, Grant)> {
    let grant = Grant {
        id: word("role_grant.id", &id)?,
        role: word("role_grant.role", &role)?,
        scope: word("role_grant.scope", &scope)?,
        from: Timestamp::from_micros(from),
        until: until.map(Timestamp::from_micros),
        revoked: revoked.map(Timestamp::from_micros),
    };
    Ok((word("role_grant.person", &person)?, grant))
}

pub(super) async fn kept(conn: &mut Conn, id: &str) -> Result<Option<Kept>> {
    let row = query_as(sql::PERSON).bind(id.to_owned()).fetch_optional(&mut *conn).await.map_err(failed("read person"))?;
    match row {
        Some(row) => to_kept(conn, row).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn by_account(conn: &mut Conn, account: &str) -> Result<Option<Kept>> {
    let row = query_as(sql::PERSON_BY_ACCOUNT).bind(account.to_owned()).fetch_optional(&mut *conn).await;
    match row.map_err(failed("read person"))? {
        Some(row) => to_kept(conn, row).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn has_people(conn: &mut Conn) -> Result<bool> {
    let row: Option<(String,)> = query_as::<Db, _>(sql::HAS_PEOPLE).fetch_optional(conn).await.map_err(failed("read people"))?;
    Ok(row.is_some())
}

pub(super) async fn all(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Kept>> {
    let rows = query_as(sql::PEOPLE).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    let rows: Vec<PersonRow> = rows.map_err(failed("read people"))?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        people.push(to_kept(conn, row).await?);
    }
    Ok(people)
}

async fn to_kept(conn: &mut Conn, row: PersonRow) -> Result<Kept> {
    let (id, account, name, suspended, must_change, standing, password_version, password) = row;
    let rows = query_as::<Db, _>(sql::GRANTS_OF).bind(id.clone()).fetch_all(conn).await.map_err(failed("read grants"))?;
    let grants = rows.into_iter().map(|row| to_grant(row).map(|(_, grant)| grant)).collect::<Result<_>>()?;
    let person = Person { id: word("person.id", &id)?, account, name, suspended, must_change, grants };
    Ok(Kept { person, standing, password_version, password: password.map(SecretHash) })
}

/// What the entries of people and their roles must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let people = all(conn, after, limit).await?;
    let mut page = DraftPage { drafts: Vec::new(), next: people.last().map(|kept| kept.person.id.to_string()) };
    for Kept { person, standing, password_version, .. } in &people {
        page.drafts.push(draft::person(person));
        page.drafts.extend((1..=*password_version).map(|version| draft::password(person.id, version)));
        page.drafts.extend((1..=*standing).map(|standing| draft::standing(person.id, standing, None)));
        for grant in &person.grants {
            page.drafts.push(draft::grant(person.id, grant));
            page.drafts.extend(draft::grant_revoked(person.id, grant, None));
        }
    }
    Ok(page)
}
