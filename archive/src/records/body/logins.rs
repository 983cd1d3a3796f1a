//! Logins: opened, renewed, ended, found.

use liuhen_proto::ids::{IdentityId, LoginId, PassId, PersonId};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::append;
use super::declare::require;
use super::{Conn, Db, passes, people};
use crate::Result;
use crate::records::convert::{blob, digest, failed, word};
use crate::records::draft::people as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::people as sql;
use crate::records::{Act, Login, LoginTokens, MAX_BATCH, Receipt, Renewed, check};

type Id = Option<String>;
type Time = Option<i64>;
type LoginRow = (String, String, Id, i64, Vec<u8>, i64, Vec<u8>, i64, Time, Id, Time, Time, Time);

/// How a person is let in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// By their password.
    Password,
    /// By a pass.
    Pass(PassId),
    /// By somebody who vouches for them.
    Identity(IdentityId),
}

pub(super) async fn open(
    tx: &mut Conn,
    act: &Act,
    (person, way): (PersonId, Way),
    tokens: LoginTokens,
    random: &dyn Randomness,
) -> Result<Login> {
    let id = LoginId::mint(act.at, random);
    let (pass, identity) = match way {
        Way::Password => (None, None),
        Way::Pass(pass) => (Some(pass), None),
        Way::Identity(identity) => (None, Some(identity)),
    };
    let row = query::<Db>(sql::INSERT_LOGIN).bind(id.to_string()).bind(person.to_string());
    let row = row.bind(pass.map(|pass| pass.to_string())).bind(act.at.as_micros());
    let row = row.bind(blob(tokens.access)).bind(tokens.access_until.as_micros());
    let row = row.bind(blob(tokens.refresh)).bind(tokens.refresh_until.as_micros());
    let row = row.bind(identity.map(|identity| identity.to_string()));
    row.execute(&mut *tx).await.map_err(failed("write login"))?;
    let login = require(by_id(tx, id).await?, id)?;
    append(tx, act, vec![draft::login(&login)], random).await?;
    Ok(login)
}

pub(super) async fn renew(tx: &mut Conn, act: &Act, refresh: Sha256, tokens: LoginTokens) -> Result<Renewed> {
    let Some(found) = login_by(tx, sql::LOGIN_BY_REFRESH, refresh).await? else {
        let Some(stolen) = login_by(tx, sql::LOGIN_BY_SPENT, refresh).await? else { return Ok(Renewed::No) };
        end(tx, act, stolen.id).await?;
        return Ok(Renewed::Replayed(stolen.id, stolen.person.id));
    };
    if found.ended.is_some() || found.tokens.refresh_until <= act.at {
        return Ok(Renewed::No);
    }
    let renew = query::<Db>(sql::RENEW_LOGIN).bind(found.id.to_string()).bind(blob(refresh));
    let renew = renew.bind(blob(tokens.access)).bind(tokens.access_until.as_micros());
    let renew = renew.bind(blob(tokens.refresh)).bind(tokens.refresh_until.as_micros());
    let renew = renew.bind(act.at.as_micros());
    if renew.execute(&mut *tx).await.map_err(failed("renew login"))?.rows_affected() != 1 {
        return Ok(Renewed::No);
    }
    Ok(Renewed::Yes(Box::new(Login { tokens, renewed: Some(act.at), ..found })))
}

/// The end of a login has no entry of its own: nobody gained anything by it. That somebody else ended it, has one.
pub(super) async fn end(tx: &mut Conn, act: &Act, id: LoginId) -> Result<()> {
    let end = query::<Db>(sql::END_LOGIN).bind(id.to_string()).bind(act.at.as_micros());
    end.execute(tx).await.map_err(failed("end login"))?;
    Ok(())
}

pub(super) async fn of(conn: &mut Conn, person: PersonId, now: Timestamp, limit: u32) -> Result<Vec<Login>> {
    let rows = query_as(sql::LOGINS_OF).bind(person.to_string()).bind(now.as_micros()).bind(i64::from(limit));
    let rows: Vec<LoginRow> = rows.fetch_all(&mut *conn).await.map_err(failed("list logins"))?;
    let mut logins = Vec::with_capacity(rows.len());
    for row in rows {
        logins.push(to_login(conn, row).await?);
    }
    Ok(logins)
}

pub(super) async fn revoke(
    tx: &mut Conn,
    act: &Act,
    person: PersonId,
    (only, reason): (Option<LoginId>, &str),
    random: &dyn Randomness,
) -> Result<(Vec<LoginId>, Option<Receipt>)> {
    check::reason(reason)?;
    let found = match only {
        Some(id) => vec![require(by_id(tx, id).await?.filter(|login| login.person.id == person), id)?],
        None => of(tx, person, act.at, MAX_BATCH as u32).await?,
    };
    let (mut ended, mut told) = (Vec::new(), Vec::new());
    for login in found {
        let revoke = query::<Db>(sql::REVOKE_LOGIN).bind(login.id.to_string()).bind(person.to_string());
        let revoke = revoke.bind(act.at.as_micros()).execute(&mut *tx).await.map_err(failed("revoke login"))?;
        if revoke.rows_affected() == 1 {
            ended.push(login.id);
            told.extend(draft::login_revoked(&Login { revoked: Some(act.at), ..login }, Some(reason)));
        }
    }
    let receipts = append(tx, act, told, random).await?;
    Ok((ended, receipts.first().copied()))
}

pub(super) async fn by_access(conn: &mut Conn, access: Sha256) -> Result<Option<Login>> {
    login_by(conn, sql::LOGIN_BY_ACCESS, access).await
}

async fn login_by(conn: &mut Conn, statement: &'static str, sha256: Sha256) -> Result<Option<Login>> {
    let row = query_as(statement).bind(blob(sha256)).fetch_optional(&mut *conn).await.map_err(failed("read login"))?;
    match row {
        Some(row) => to_login(conn, row).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn by_id(conn: &mut Conn, id: LoginId) -> Result<Option<Login>> {
    let row = query_as(sql::LOGIN).bind(id.to_string()).fetch_optional(&mut *conn).await.map_err(failed("read login"))?;
    match row {
        Some(row) => to_login(conn, row).await.map(Some),
        None => Ok(None),
    }
}

async fn to_login(conn: &mut Conn, row: LoginRow) -> Result<Login> {
    let (id, person, pass, opened, access, access_until, refresh, refresh_until, ended, identity, unlinked, renewed, revoked) =
        row;
    let person = require(people::kept(conn, &person).await?, &person)?.person;
    let pass = match pass {
        Some(pass) => Some(require(passes::kept(conn, &pass).await?, &pass)?),
        None => None,
    };
    Ok(Login {
        id: word("login.id", &id)?,
        person,
        pass_sealed: pass.as_ref().and_then(|kept| kept.sealed),
        pass: pass.map(|kept| kept.pass),
        identity: identity.map(|identity| word("login.identity", &identity)).transpose()?,
        identity_unlinked: unlinked.map(Timestamp::from_micros),
        opened: Timestamp::from_micros(opened),
        tokens: LoginTokens {
            access: digest("login.access_sha256", &access)?,
            access_until: Timestamp::from_micros(access_until),
            refresh: digest("login.refresh_sha256", &refresh)?,
            refresh_until: Timestamp::from_micros(refresh_until),
        },
        renewed: renewed.map(Timestamp::from_micros),
        ended: ended.map(Timestamp::from_micros),
        revoked: revoked.map(Timestamp::from_micros),
    })
}

/// What the entries of logins must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as(sql::LOGINS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    let rows: Vec<LoginRow> = rows.map_err(failed("read logins"))?;
    let mut page = DraftPage::default();
    for row in rows {
        let login = to_login(conn, row).await?;
        page.next = Some(login.id.to_string());
        page.drafts.push(draft::login(&login));
        page.drafts.extend(draft::login_revoked(&login, None));
    }
    Ok(page)
}
