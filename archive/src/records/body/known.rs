//! What is known about a case: its facts put together, with what belongs to it.

use std::collections::BTreeMap;

use liuhen_process::case::{CaseId, Room, State, View};
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_process::pack::Pack;
use liuhen_proto::ids::{BatchId, CameraId, OrganizationId, RoomId, SessionId, SiteId};
use liuhen_proto::scope::Region;
use sqlx::query_as;

use super::{Conn, Db, LOCK_ORGANIZATION, calendars, facts, keys, lookup, process};
use crate::records::Known;
use crate::records::cases::Cases;
use crate::records::convert::{count, failed, word};
use crate::records::sql::process as sql;
use crate::{Error, Result};

/// Facts are read so many at a time.
const PAGE: u32 = 1000;

/// The case as so many facts make it, or more, where more came in the meantime; with their number.
async fn state(conn: &mut Conn, case: CaseId, facts: u64, cases: &Cases) -> Result<(u64, State)> {
    loop {
        // One look: between two of them it may be put away for others.
        let (have, state) = cases.get(case);
        if have >= facts {
            return Ok((have, state));
        }
        drop(state);
        let limit = u32::try_from(facts - have).unwrap_or(PAGE).min(PAGE);
        let page = facts::of(conn, case, have, limit).await?;
        if page.is_empty() {
            return Err(Error::inconsistent(case.to_string(), format!("it has {facts} facts, and {have} are there")));
        }
        cases.take(case, have, &page)?;
    }
}

/// The case whose row is locked: nobody can have told more of it.
async fn locked(conn: &mut Conn, case: CaseId, facts: u64, cases: &Cases) -> Result<State> {
    let (have, own) = state(conn, case, facts, cases).await?;
    if have == facts {
        return Ok(own);
    }
    // The database was put back to an older state.
    cases.forget(case);
    Ok(state(conn, case, facts, cases).await?.1)
}

async fn newest(conn: &mut Conn, case: CaseId, cases: &Cases) -> Result<(u64, State)> {
    let facts = facts_of(conn, case).await?;
    state(conn, case, facts, cases).await
}

pub(super) async fn facts_of(conn: &mut Conn, case: CaseId) -> Result<u64> {
    let row = query_as::<Db, _>(sql::CASE_FACTS).bind(case.to_string()).fetch_optional(conn).await;
    let row: Option<(i64,)> = row.map_err(failed("read the case"))?;
    row.map_or(Ok(0), |(facts,)| count("case_file.facts", facts))
}

/// What is known about a case; with its first so many facts where its row is locked. `fact` may say to which batch a
/// session belongs.
pub(super) async fn about(
    conn: &mut Conn,
    (case, fact): (CaseId, Option<&Fact>),
    is_locked_at: Option<u64>,
    cases: &Cases,
) -> Result<Option<Known>> {
    let (facts, own) = match is_locked_at {
        Some(facts) => (facts, locked(conn, case, facts, cases).await?),
        None => newest(conn, case, cases).await?,
    };
    let (mut site, mut batch) = (None, None);
    let mut organization = match case {
        CaseId::Organization(id) => Some(id),
        CaseId::Site(id) => {
            site = Some(id);
            lookup::site(conn, &id.to_string()).await?.map(|site| site.organization)
        }
        CaseId::Batch(id) => organization_of(conn, id).await?,
        CaseId::Session(id) => {
            let Some(row) = lookup::session(conn, &id.to_string()).await? else { return Ok(None) };
            site = Some(row.site);
            batch = match (&own, fact) {
                (State::Session(session), Some(Fact::SessionPlanned(it))) if session.plan.is_none() => Some(it.batch),
                (State::Session(session), _) => session.plan.as_ref().map(|plan| plan.batch),
                _ => None,
            };
            lookup::site(conn, &row.site.to_string()).await?.map(|site| site.organization)
        }
    };
    if let Some(batch) = batch {
        let found = organization_of(conn, batch).await?;
        let why = || Error::Invalid { field: "session_planned.batch_id", why: format!("{batch} does not exist") };
        organization = Some(found.ok_or_else(why)?);
    }
    let Some(organization) = organization else { return Ok(None) };
    let Some(row) = lookup::organization(conn, &organization.to_string()).await? else { return Ok(None) };
    let mut view = View::new(row.kind);
    view.region = region(conn, site, organization).await?;
    if !matches!(case, CaseId::Organization(_)) {
        put(&mut view, newest(conn, CaseId::Organization(organization), cases).await?.1);
    }
    if let Some(site) = site.filter(|_| !matches!(case, CaseId::Site(_))) {
        put(&mut view, newest(conn, CaseId::Site(site), cases).await?.1);
        view.rooms = rooms(conn, site).await?;
    }
    if let Some(batch) = batch {
        put(&mut view, newest(conn, CaseId::Batch(batch), cases).await?.1);
    }
    if is_locked_at.is_some() && fact.is_some_and(|fact| fact.kind().looks_across_batches()) {
        lock(conn, organization).await?;
    }
    look_beyond(conn, (case, fact), organization, &mut view, cases).await?;
    put(&mut view, own);
    let calendar = calendars::all(conn).await?;
    Ok(Some(Known { pack: pack(&view)?, view, facts, calendar }))
}

/// Of two who tell of different batches at the same time what rules compare across them, one sees the other.
async fn lock(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let row = query_as::<Db, _>(LOCK_ORGANIZATION).bind(organization.to_string()).fetch_optional(conn).await;
    row.map(|_: Option<(String,)>| ()).map_err(failed("lock the organisation"))
}

/// Whose number of a certificate is told: in its own batch that is known; in others it is looked up by the number, however
/// many there are.
pub(super) async fn look_number_up(conn: &mut Conn, case: CaseId, fact: &Fact, view: &mut View) -> Result<()> {
    let (CaseId::Batch(batch), Fact::CertificateNumbered(it)) = (case, fact) else { return Ok(()) };
    for told in keys::naming_beside(conn, &Key::Certificate(it.number.clone()), batch, PAGE).await? {
        if let Fact::CertificateNumbered(other) = told.fact {
            view.numbers_elsewhere.insert(other.number.to_string(), other.candidate);
        }
    }
    Ok(())
}

/// The sessions of a batch, and the other batches of its organisation, where rules about the fact look at them. Who asks
/// without a fact is shown the sessions of a batch, and the batches of an organisation.
async fn look_beyond(
    conn: &mut Conn,
    (case, fact): (CaseId, Option<&Fact>),
    organization: OrganizationId,
    view: &mut View,
    cases: &Cases,
) -> Result<()> {
    let kind = fact.map(Fact::kind);
    let own = match case {
        CaseId::Batch(id) => Some(id),
        CaseId::Organization(_) => None,
        CaseId::Site(_) | CaseId::Session(_) => return Ok(()),
    };
    if let Some(batch) = own.filter(|_| kind.is_none_or(|kind| kind.looks_at_sessions())) {
        let rows = query_as::<Db, _>(sql::SESSIONS_OF_BATCH).bind(batch.to_string()).fetch_all(&mut *conn).await;
        let rows: Vec<(String,)> = rows.map_err(failed("read the sessions of the batch"))?;
        for (id,) in rows {
            let id: SessionId = word("batch_session.session", &id)?;
            if let State::Session(session) = newest(conn, CaseId::Session(id), cases).await?.1 {
                if session.plan.as_ref().is_none_or(|plan| plan.batch != batch) {
                    return Err(Error::inconsistent(
                        id.to_string(),
                        format!("it is no session of {batch}, and batch_session says so"),
                    ));
                }
                view.sessions.insert(id, session);
            }
        }
    }
    if let Some(fact) = fact {
        look_number_up(conn, case, fact, view).await?;
    }
    if kind.map_or(own.is_none(), |kind| kind.looks_at_other_batches()) {
        for id in process::batches_of(conn, organization).await?.into_iter().filter(|id| Some(*id) != own) {
            if let State::Batch(batch) = newest(conn, CaseId::Batch(id), cases).await?.1 {
                view.others.insert(id, batch);
            }
        }
    }
    Ok(())
}

fn put(view: &mut View, state: State) {
    match state {
        State::Organization(it) => view.organization = it,
        State::Site(it) => view.site = it,
        State::Batch(it) => view.batch = it,
        State::Session(it) => view.session = it,
    }
}

/// The pack that was pinned with the plan; the newest for what belongs to no plan.
fn pack(view: &View) -> Result<Pack> {
    match &view.batch.pack {
        Some(name) => Pack::named(name).ok_or_else(|| Error::inconsistent(name, "this version does not know the rule pack")),
        None => Ok(Pack::newest(view.kind, view.region)),
    }
}

async fn organization_of(conn: &mut Conn, batch: BatchId) -> Result<Option<OrganizationId>> {
    let row = query_as::<Db, _>(sql::BATCH).bind(batch.to_string()).fetch_optional(conn).await;
    let row: Option<(String,)> = row.map_err(failed("read batch"))?;
    row.map(|(id,)| word("batch.organization", &id)).transpose()
}

async fn region(conn: &mut Conn, site: Option<SiteId>, organization: OrganizationId) -> Result<Option<Region>> {
    if let Some(site) = site
        && let Some(row) = lookup::site(conn, &site.to_string()).await?
        && row.region.is_some()
    {
        return Ok(row.region);
    }
    let row = query_as::<Db, _>(sql::REGION_OF_ORGANIZATION).bind(organization.to_string()).fetch_optional(conn).await;
    let row: Option<(String,)> = row.map_err(failed("read region"))?;
    row.map(|(region,)| word("site.region", &region)).transpose()
}

async fn rooms(conn: &mut Conn, site: SiteId) -> Result<BTreeMap<RoomId, Room>> {
    let rows = query_as::<Db, _>(sql::ROOMS_OF).bind(site.to_string()).fetch_all(conn).await;
    let rows: Vec<(String, String, Option<String>)> = rows.map_err(failed("read rooms"))?;
    let mut rooms = BTreeMap::new();
    for (id, kind, camera) in rows {
        let kind = word("room.kind", &kind)?;
        let room = rooms.entry(word("room.id", &id)?).or_insert_with(|| Room { kind, cameras: Vec::new() });
        room.cameras.extend(camera.map(|camera| word::<CameraId>("camera.id", &camera)).transpose()?);
    }
    Ok(rooms)
}
