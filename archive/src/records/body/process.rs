//! What is told about the process: a case is locked, put together, asked, and grows by one fact.

use liuhen_process::case::{CaseId, Telling, View};
use liuhen_process::fact::Fact;
use liuhen_process::fact::incident::IncidentRecorded;
use liuhen_process::fact::words::{IncidentKind, IncidentSource};
use liuhen_process::finding::Severity;
use liuhen_process::rule::{Moment, judge};
use liuhen_process::text::Text;
use liuhen_process::window;
use liuhen_proto::custody::Body;
use liuhen_proto::ids::{BatchId, FactId, IncidentId, OrganizationId, RoomId, SessionId, SiteId, ViewpointId};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{QueryBuilder, query, query_as};

use super::custody::receipt;
use super::declare::{claim, require, revise, written};
use super::{Conn, Db, board, facts, keys, known, lookup, schedule, supervision};
use crate::records::cases::Cases;
use crate::records::convert::{blob, count, failed, number, word};
use crate::records::draft::{Draft, process as draft};
use crate::records::scan::DraftPage;
use crate::records::sql::process as sql;
use crate::records::{Act, ExpectedWindow, Gap, MAX_FACTS, MAX_PUSHED_FACTS, NewFact, Recorded, Source, Written};
use crate::{Error, Result};

pub(super) async fn create_batch(
    tx: &mut Conn,
    act: &Act,
    organization: OrganizationId,
    random: &dyn Randomness,
) -> Result<Written<BatchId>> {
    require(lookup::organization(tx, &organization.to_string()).await?, organization)?;
    let id = BatchId::mint(act.at, random);
    let told = draft::batch(id, organization);
    if let Some(known) = claim(tx, act, &told, id).await? {
        let receipt = receipt(tx, &format!("batch/{known}")).await?;
        return Ok(Written { value: word("batch.id", &known)?, receipt, repeated: true });
    }
    let insert = query::<Db>(sql::INSERT_BATCH).bind(id.to_string()).bind(organization.to_string());
    insert.execute(&mut *tx).await.map_err(failed("write batch"))?;
    written(tx, act, id, vec![told], random).await
}

pub(super) async fn batches_of(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<BatchId>> {
    let rows = query_as::<Db, _>(sql::BATCHES_OF).bind(organization.to_string()).fetch_all(conn).await;
    let rows: Vec<(String,)> = rows.map_err(failed("read batches"))?;
    rows.iter().map(|(id,)| word("batch.id", id)).collect()
}

/// What was recorded before under the same name of the same source, or the same idempotency key.
async fn before(tx: &mut Conn, act: &Act, case: CaseId, new: &NewFact, id: FactId) -> Result<Option<Written<Recorded>>> {
    let mut found = None;
    if let Some(source) = &new.source {
        let row = query_as::<Db, _>(sql::FACT_OF_SOURCE).bind(source.system.as_str()).bind(source.id.as_str());
        found = row.fetch_optional(&mut *tx).await.map_err(failed("look a fact up"))?;
    }
    if found.is_none() {
        let asked = Recorded { number: 0, ..recorded(case, new, act, id, String::new()) };
        let mut asked = draft::fact(&asked);
        // What the centre adds is another thing at each call.
        asked.data.retain(|name, _| name == "kind");
        if let Some(known) = claim(tx, act, &asked, id).await? {
            let row = query_as::<Db, _>(sql::FACT).bind(known).fetch_optional(&mut *tx).await;
            found = row.map_err(failed("look a fact up"))?;
        }
    }
    let Some(row) = found else { return Ok(None) };
    let known = facts::to_recorded(row)?;
    let what = new.source.as_ref().map_or_else(|| "the fact".to_owned(), |it| format!("{} of {}", it.id, it.system));
    if (&known.fact, known.case) != (&new.fact, case) {
        return Err(Error::AlreadyExists { what });
    }
    let receipt = receipt(tx, &format!("fact/{}", known.telling.id)).await?;
    Ok(Some(Written { value: known, receipt, repeated: true }))
}

pub(super) fn recorded(case: CaseId, new: &NewFact, act: &Act, id: FactId, pack: String) -> Recorded {
    let elsewhere = new.elsewhere.map(|it| Timestamp::from_micros(it.device_time.as_micros().saturating_sub(it.ahead_us)));
    let telling = Telling {
        id,
        by: act.by.person(),
        at: act.at,
        // What a device says cannot have happened later than it was told.
        occurred: elsewhere.map_or(act.at, |at| at.min(act.at)),
        provisional: elsewhere.is_some(),
        breach: new.breach.clone(),
        pack,
    };
    let (fact, source) = (new.fact.clone(), new.source.clone());
    Recorded { case, number: 0, telling, by: act.by.to_string(), fact, findings: Vec::new(), source }
}

/// Records a fact. Gaps that had opened before anything was told of a session are told with its plan.
pub(super) async fn record_with_gaps(
    tx: &mut Conn,
    act: &Act,
    (case, new): (CaseId, &NewFact),
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<Written<Recorded>> {
    let written = record(tx, act, (case, new), (cases, random)).await?;
    if let (CaseId::Session(session), Fact::SessionPlanned(_), false) = (case, &new.fact, written.repeated) {
        // The plan is not committed yet: the memory that all share must not know it.
        let own = Cases::default();
        for gap in board::of(tx, session).await?.iter().filter(|gap| !gap.is_filled()) {
            tell_of_gap(tx, &Act::new(act.by, act.at), gap, (&own, random)).await?;
        }
    }
    Ok(written)
}

async fn record(
    tx: &mut Conn,
    act: &Act,
    (case, new): (CaseId, &NewFact),
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<Written<Recorded>> {
    let id = FactId::mint(act.at, random);
    if new.fact.kind().case() != case.kind() {
        let why = format!("a {} is told of another kind of case than {case}", new.fact.kind());
        return Err(Error::Invalid { field: "case_id", why });
    }
    if let Some(before) = before(tx, act, case, new, id).await? {
        return Ok(before);
    }
    let place = open_case(tx, case, 1).await?;
    let most = if new.source.is_some() { MAX_PUSHED_FACTS } else { MAX_FACTS };
    if place > most {
        return Err(Error::Full { what: case.to_string(), most });
    }
    if let Some(seen) = new.seen.filter(|seen| seen + 1 != place) {
        let (seen, found) = (u32::try_from(seen).unwrap_or(u32::MAX), u32::try_from(place - 1).unwrap_or(u32::MAX));
        return Err(Error::Conflict { what: case.to_string(), seen, found });
    }
    let mut known = require(known::about(tx, (case, Some(&new.fact)), Some(place - 1), cases).await?, case)?;
    let mut it = Recorded { number: place, ..recorded(case, new, act, id, known.pack.name.clone()) };
    let moment = Moment { view: &known.view, pack: &known.pack, calendar: &known.calendar, telling: &it.telling, fact: &it.fact };
    it.findings = judge(&moment)?;
    // Windows follow from what is known with the fact; nothing else needs it here.
    if moves_windows(&it.fact) {
        let taken = known.view.take(&it.fact, &it.telling, &it.findings);
        taken.map_err(|error| Error::inconsistent(case.to_string(), error))?;
    }
    insert_fact(tx, act, it, &known.view, random).await
}

/// The case, locked, with one more fact; gives its place.
pub(super) async fn open_case(tx: &mut Conn, case: CaseId, facts: u64) -> Result<u64> {
    let insert = query::<Db>(sql::INSERT_CASE).bind(case.to_string());
    insert.execute(&mut *tx).await.map_err(failed("open the case"))?;
    let lock = query_as::<Db, _>(sql::LOCK_CASE).bind(case.to_string()).bind(number(facts)).fetch_one(&mut *tx).await;
    let (grown,): (i64,) = lock.map_err(failed("lock the case"))?;
    Ok(count("case_file.facts", grown)? + 1 - facts)
}

/// So many rows a statement: each has fourteen values, and SQLite takes 32766.
const ROWS: usize = 1000;

/// Writes the rows of facts; gives the entries that have to follow.
pub(super) async fn insert_rows(tx: &mut Conn, many: &[Recorded], random: &dyn Randomness) -> Result<Vec<Draft>> {
    let mut drafts = Vec::with_capacity(many.len());
    for many in many.chunks(ROWS) {
        let bodies: Vec<_> = many.iter().map(|it| Body::new(draft::body(it), random).to_bytes()).collect();
        let mut insert = QueryBuilder::<Db>::new(sql::INSERT_FACTS);
        insert.push_values(many.iter().zip(&bodies), |mut row, (it, body)| {
            let blocking = it.findings.iter().filter(|finding| finding.severity == Severity::Block).count();
            row.push_bind(it.case.to_string()).push_bind(number(it.number)).push_bind(it.telling.id.to_string());
            row.push_bind(it.fact.kind().as_str()).push_bind(it.telling.at.as_micros());
            row.push_bind(it.telling.occurred.as_micros()).push_bind(i64::from(it.telling.provisional));
            row.push_bind(it.by.as_str()).push_bind(it.telling.pack.as_str());
            row.push_bind(it.source.as_ref().map(|source| source.system.to_string()));
            row.push_bind(it.source.as_ref().map(|source| source.id.to_string()));
            row.push_bind(number(it.findings.len() as u64)).push_bind(number(blocking as u64));
            row.push_bind(blob(Sha256::of(body)));
        });
        insert.build().execute(&mut *tx).await.map_err(failed("write facts"))?;
        keys::insert(tx, many).await?;
        drafts.extend(many.iter().zip(bodies).map(|(it, body)| Draft { salted: Some(body), ..draft::fact(it) }));
    }
    Ok(drafts)
}

async fn insert_fact(tx: &mut Conn, act: &Act, it: Recorded, view: &View, random: &dyn Randomness) -> Result<Written<Recorded>> {
    let told = insert_rows(tx, std::slice::from_ref(&it), random).await?;
    if let CaseId::Session(session) = it.case {
        follow(tx, act, (session, &it), view, random).await?;
    }
    if let (CaseId::Session(session), Fact::SessionPlanned(planned)) = (it.case, &it.fact) {
        let join = query::<Db>(sql::INSERT_BATCH_SESSION).bind(session.to_string()).bind(planned.batch.to_string());
        join.execute(&mut *tx).await.map_err(failed("join session and batch"))?;
    }
    written(tx, act, it, told, random).await
}

/// Tells that part of a session was not recorded, where something was told of it and its papers are not sealed.
pub(super) async fn tell_of_gap(tx: &mut Conn, act: &Act, gap: &Gap, (cases, random): (&Cases, &dyn Randomness)) -> Result<()> {
    let case = CaseId::Session(gap.session);
    let facts = known::facts_of(tx, case).await?;
    let Some(viewpoint) = lookup::viewpoint(tx, &gap.viewpoint.to_string()).await?.filter(|_| (1..MAX_FACTS).contains(&facts))
    else {
        return Ok(());
    };
    let incident = IncidentRecorded {
        incident: IncidentId::mint(act.at, random),
        about: IncidentKind::Technical,
        source: IncidentSource::System,
        room: Some(viewpoint.room),
        candidate: None,
        staff: None,
        catalogue_item: None,
        description: text(format!("录像缺口 {}：{}，机位 {}", gap.id, gap.kind, gap.viewpoint))?,
        clips: Vec::new(),
        evidence_sha256: Vec::new(),
        catalogue: None,
    };
    let source = Source { system: text("liuhen".to_owned())?, id: text(gap.id.to_string())? };
    let new = NewFact { fact: incident.into(), elsewhere: None, breach: None, source: Some(source), seen: None };
    let it = recorded(case, &new, act, FactId::mint(act.at, random), String::new());
    let known = known::about(tx, (case, None), None, cases).await?;
    if known.is_some_and(|known| known.view.fits(&it.fact, &it.telling).is_ok()) {
        record(tx, act, (case, &new), (cases, random)).await?;
    }
    Ok(())
}

pub(super) fn text<const MAX: usize>(text: String) -> Result<Text<MAX>> {
    Text::new(text).map_err(|error| Error::inconsistent("text of ours", error))
}

/// Whether a fact says when viewpoints must be recorded.
pub(super) const fn moves_windows(fact: &Fact) -> bool {
    matches!(fact, Fact::SessionPlanned(_) | Fact::EquipmentFailed(_) | Fact::TurnEnded(_) | Fact::SessionSealed(_))
}

/// What follows from a fact of a session: when its viewpoints must be recorded, and that recording may stop.
async fn follow(
    tx: &mut Conn,
    act: &Act,
    (session, it): (SessionId, &Recorded),
    view: &View,
    random: &dyn Randomness,
) -> Result<()> {
    if moves_windows(&it.fact) {
        let row = require(lookup::session(tx, &session.to_string()).await?, session)?;
        let mut windows = windows(tx, row.site, view).await?;
        windows.sort_by_key(|window| (window.viewpoint, window.interval));
        if !windows.is_empty() && windows != row.windows {
            let reason = format!("{} {}", it.fact.kind(), it.telling.id);
            revise(tx, act, (session, row.revision), &windows, &reason, random).await?;
        }
    }
    match it.fact {
        Fact::SessionSealed(_) => supervision::hand_in(tx, act, session, &it.telling.pack).await?,
        Fact::SessionReceived(_) => supervision::received(tx, act, session).await?,
        _ => {}
    }
    if matches!(it.fact, Fact::SessionSealed(_)) {
        schedule::seal(tx, &Act::new(act.by, act.at), session, random).await?;
    }
    Ok(())
}

async fn windows(tx: &mut Conn, site: SiteId, view: &View) -> Result<Vec<ExpectedWindow>> {
    let rooms = window::rooms(view);
    let rows = query_as::<Db, _>(sql::VIEWPOINTS_OF).bind(site.to_string()).fetch_all(tx).await;
    let rows: Vec<(String, String)> = rows.map_err(failed("read viewpoints"))?;
    let mut windows = Vec::new();
    for (room, viewpoint) in rows {
        let room: RoomId = word("viewpoint.room", &room)?;
        let viewpoint: ViewpointId = word("viewpoint.id", &viewpoint)?;
        windows.extend(rooms.get(&room).map(|interval| ExpectedWindow { viewpoint, interval: *interval }));
    }
    Ok(windows)
}

/// What the entries of batches must say, page by page.
pub(super) async fn batch_drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, _>(sql::BATCHES).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    let rows: Vec<(String, String)> = rows.map_err(failed("read batches"))?;
    let mut page = DraftPage::default();
    for (id, organization) in rows {
        page.drafts.push(draft::batch(word("batch.id", &id)?, word("batch.organization", &organization)?));
        page.next = Some(id);
    }
    Ok(page)
}
