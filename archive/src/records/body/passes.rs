//! Passes: issued, revoked, found.

use liuhen_proto::ids::{PassId, PersonId, SessionId};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::declare::{require, written};
use super::{Conn, Db, lookup, people};
use crate::records::convert::{blob, failed, word};
use crate::records::draft::people as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::people as sql;
use crate::records::{Act, NewPass, Pass, Person, SecretHash, Written, check};
use crate::{Error, Result};

type PassRow = (String, String, String, String, String, String, i64, Option<i64>, Option<i64>, String, Option<i64>);

/// A pass with what only logging in needs to know of it.
pub(super) struct Kept {
    pub(super) pass: Pass,
    pub(super) pin: SecretHash,
    pub(super) sealed: Option<Timestamp>,
}

pub(super) async fn issue(
    tx: &mut Conn,
    act: &Act,
    (session, until): (SessionId, Timestamp),
    new: &[NewPass],
    random: &dyn Randomness,
) -> Result<Vec<Pass>> {
    check::passes(new)?;
    let of = require(lookup::session(tx, &session.to_string()).await?, session)?;
    if of.sealed.is_some() {
        return Err(Error::Invalid {
            field: "session_id",
            why: format!("the papers of {session} are sealed: its passes have ended"),
        });
    }
    let (mut passes, mut drafts) = (Vec::with_capacity(new.len()), Vec::with_capacity(2 * new.len()));
    for new in new {
        let room = require(lookup::room(tx, &new.room.to_string()).await?, new.room)?;
        if room.site != of.site {
            let why = format!("{} belongs to {}, and the session to {}", room.id, room.site, of.site);
            return Err(Error::Invalid { field: "passes.room_id", why });
        }
        let person = PersonId::mint(act.at, random);
        let person = Person {
            id: person,
            account: None,
            name: new.name.clone(),
            suspended: false,
            must_change: false,
            grants: Vec::new(),
        };
        people::insert(tx, &person, None).await?;
        let pass = Pass {
            id: PassId::mint(act.at, random),
            person: person.id,
            name: new.name.clone(),
            role: new.role,
            session,
            room: new.room,
            until,
            revoked: None,
            used: None,
        };
        insert(tx, &pass, new).await?;
        drafts.extend([draft::person(&person), draft::pass(&pass)]);
        passes.push(pass);
    }
    append(tx, act, drafts, random).await?;
    Ok(passes)
}

async fn insert(tx: &mut Conn, pass: &Pass, new: &NewPass) -> Result<()> {
    let row = query::<Db>(sql::INSERT_PASS).bind(pass.id.to_string()).bind(pass.person.to_string()).bind(pass.role.as_str());
    let row = row.bind(pass.session.to_string()).bind(pass.room.to_string()).bind(pass.until.as_micros());
    let row = row.bind(blob(new.badge)).bind(new.pin.0.clone());
    row.execute(tx).await.map_err(failed("write pass"))?;
    Ok(())
}

pub(super) async fn revoke(tx: &mut Conn, act: &Act, id: PassId, reason: &str, random: &dyn Randomness) -> Result<Written<Pass>> {
    check::reason(reason)?;
    let revoke = query::<Db>(sql::REVOKE_PASS).bind(id.to_string()).bind(act.at.as_micros());
    let changed = revoke.execute(&mut *tx).await.map_err(failed("revoke pass"))?.rows_affected() == 1;
    let pass = require(kept(tx, &id.to_string()).await?, id)?.pass;
    let told = draft::pass_revoked(&pass, Some(reason));
    let told = told.ok_or_else(|| Error::inconsistent("pass.revoked_us", "it was set and is not there"))?;
    if changed {
        people::end_logins(tx, act, pass.person, None).await?;
        return written(tx, act, pass, vec![told], random).await;
    }
    let receipt = receipt(tx, &told.idem).await?;
    Ok(Written { value: pass, receipt, repeated: true })
}

pub(super) async fn kept(conn: &mut Conn, id: &str) -> Result<Option<Kept>> {
    let row = query_as(sql::PASS).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read pass"))?;
    row.map(to_kept).transpose()
}

pub(super) async fn by_badge(conn: &mut Conn, badge: Sha256) -> Result<Option<Kept>> {
    let row = query_as(sql::PASS_BY_BADGE).bind(blob(badge)).fetch_optional(conn).await.map_err(failed("read pass"))?;
    row.map(to_kept).transpose()
}

pub(super) async fn of(conn: &mut Conn, session: SessionId) -> Result<Vec<Pass>> {
    let rows =
        query_as::<Db, _>(sql::PASSES_OF).bind(session.to_string()).fetch_all(conn).await.map_err(failed("read passes"))?;
    rows.into_iter().map(|row| to_kept(row).map(|kept| kept.pass)).collect()
}

fn to_kept((id, person, name, role, session, room, until, revoked, used, pin, sealed): PassRow) -> Result<Kept> {
    let pass = Pass {
        id: word("pass.id", &id)?,
        person: word("pass.person", &person)?,
        name,
        role: word("pass.role", &role)?,
        session: word("pass.session", &session)?,
        room: word("pass.room", &room)?,
        until: Timestamp::from_micros(until),
        revoked: revoked.map(Timestamp::from_micros),
        used: used.map(Timestamp::from_micros),
    };
    Ok(Kept { pass, pin: SecretHash(pin), sealed: sealed.map(Timestamp::from_micros) })
}

/// What the entries of passes must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as(sql::PASSES).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows: Vec<PassRow> = rows.map_err(failed("read passes"))?;
    let mut page = DraftPage::default();
    for row in rows {
        let pass = to_kept(row)?.pass;
        page.next = Some(pass.id.to_string());
        page.drafts.push(draft::pass(&pass));
        page.drafts.extend(draft::pass_revoked(&pass, None));
    }
    Ok(page)
}
