//! Alarms: raised, changed, acknowledged, closed; and what is told of them.

use std::collections::HashMap;

use liuhen_proto::ids::AlarmId;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Timestamp, wire};
use prost::Message as _;
use sqlx::{query, query_as};

use super::custody::{append, frontier, receipt};
use super::{Conn, Db, LOCK_ALARM, LOCK_HEAD};
use crate::records::alarm::MAX_ACKNOWLEDGEMENTS;
use crate::records::convert::{alarm_state, count, failed, number, packed_alarm_state, word};
use crate::records::draft::{self, Draft};
use crate::records::scan::DraftPage;
use crate::records::{
    Acknowledgement, Act, Alarm, AlarmChange, AlarmEvent, AlarmEventKind, AlarmQuery, AlarmState, Condition, Written, check, sql,
};
use crate::{Error, Result};

type AlarmRow = (String, String, String, Option<String>, Option<String>, i64, i64, String, i64, Vec<u8>, i64, Option<i64>, i64);
type EventRow = (i64, String, i64, String, i64, Vec<u8>);
type SaidRow = (String, String, String, i64);

/// An alarm, and whose chain its entries stand in.
struct Kept {
    alarm: Alarm,
    subject: String,
}

pub(super) async fn change(tx: &mut Conn, act: &Act, changes: &[AlarmChange], random: &dyn Randomness) -> Result<Vec<Alarm>> {
    in_order(tx).await?;
    let (mut alarms, mut drafts) = (Vec::with_capacity(changes.len()), Vec::new());
    for change in changes {
        let alarm = match change {
            AlarmChange::Open(condition) => match standing(tx, &condition.key).await? {
                Some(kept) => restate(tx, act, kept, &condition.state).await?,
                None => open(tx, act, condition, &mut drafts, random).await?,
            },
            AlarmChange::Change { alarm, state } => {
                let kept = locked(tx, *alarm).await?;
                restate(tx, act, kept, state).await?
            }
            AlarmChange::Close { alarm } => {
                let kept = locked(tx, *alarm).await?;
                close(tx, act, kept, &mut drafts).await?
            }
        };
        alarms.push(alarm);
    }
    append(tx, act, drafts, random).await?;
    Ok(alarms)
}

async fn open(
    tx: &mut Conn,
    act: &Act,
    condition: &Condition,
    drafts: &mut Vec<Draft>,
    random: &dyn Randomness,
) -> Result<Alarm> {
    let Condition { key, kind, site, recorder, since, state } = condition.clone();
    let subject = site.map_or_else(|| act.by.to_string(), |site| site.to_string());
    let alarm = Alarm {
        id: AlarmId::mint(act.at, random),
        condition: key,
        kind,
        site,
        recorder,
        since,
        opened: act.at,
        version: 1,
        state,
        changed: act.at,
        closed: None,
        acknowledgements: Vec::new(),
    };
    let row = query::<Db>(sql::INSERT_ALARM).bind(alarm.id.to_string()).bind(alarm.condition.clone()).bind(kind.as_str());
    let row = row.bind(site.map(|site| site.to_string())).bind(recorder.map(|recorder| recorder.to_string()));
    let row = row.bind(since.as_micros()).bind(act.at.as_micros()).bind(subject.clone());
    let row = row.bind(packed_alarm_state(&alarm.state));
    row.execute(&mut *tx).await.map_err(failed("raise alarm"))?;
    drafts.push(draft::alarm::opened(&alarm, &subject));
    tell(tx, &alarm, AlarmEventKind::Opened).await?;
    Ok(alarm)
}

async fn restate(tx: &mut Conn, act: &Act, kept: Kept, state: &AlarmState) -> Result<Alarm> {
    if kept.alarm.closed.is_some() || kept.alarm.state == *state {
        return Ok(kept.alarm);
    }
    let alarm = Alarm { state: state.clone(), ..next(kept.alarm, act) };
    write(tx, &alarm).await?;
    tell(tx, &alarm, AlarmEventKind::Changed).await?;
    Ok(alarm)
}

async fn close(tx: &mut Conn, act: &Act, kept: Kept, drafts: &mut Vec<Draft>) -> Result<Alarm> {
    if kept.alarm.closed.is_some() {
        return Ok(kept.alarm);
    }
    let alarm = Alarm { closed: Some(act.at), ..next(kept.alarm, act) };
    write(tx, &alarm).await?;
    drafts.extend(draft::alarm::closed(&alarm, &kept.subject));
    tell(tx, &alarm, AlarmEventKind::Closed).await?;
    Ok(alarm)
}

pub(super) async fn acknowledge(
    tx: &mut Conn,
    act: &Act,
    alarm: AlarmId,
    (name, note): (&str, &str),
    random: &dyn Randomness,
) -> Result<Written<Alarm>> {
    check::acknowledgement(name, note)?;
    in_order(tx).await?;
    let kept = locked(tx, alarm).await?;
    let said = Acknowledgement { by: act.by.to_string(), name: name.to_owned(), note: note.to_owned(), at: act.at };
    let same = |old: &&Acknowledgement| (&old.by, &old.name, &old.note) == (&said.by, &said.name, &said.note);
    if let Some(place) = kept.alarm.acknowledgements.iter().position(|old| same(&old)) {
        let told = draft::alarm::acknowledged(&kept.alarm, &kept.subject, place + 1, &kept.alarm.acknowledgements[place]);
        let receipt = receipt(tx, &told.idem).await?;
        return Ok(Written { value: kept.alarm, receipt, repeated: true });
    }
    let number = kept.alarm.acknowledgements.len() + 1;
    if number > MAX_ACKNOWLEDGEMENTS as usize {
        return Err(Error::Invalid { field: "alarm_id", why: format!("has {MAX_ACKNOWLEDGEMENTS} acknowledgements already") });
    }
    let row = query::<Db>(sql::INSERT_ACKNOWLEDGEMENT).bind(alarm.to_string()).bind(i64::try_from(number).unwrap_or(i64::MAX));
    let row = row.bind(said.by.clone()).bind(said.name.clone()).bind(said.note.clone()).bind(said.at.as_micros());
    row.execute(&mut *tx).await.map_err(failed("acknowledge alarm"))?;
    let told = draft::alarm::acknowledged(&kept.alarm, &kept.subject, number, &said);
    let mut alarm = next(kept.alarm, act);
    alarm.acknowledgements.push(said);
    write(tx, &alarm).await?;
    tell(tx, &alarm, AlarmEventKind::Acknowledged).await?;
    let receipt = append(tx, act, vec![told], random).await?[0];
    Ok(Written { value: alarm, receipt, repeated: false })
}

fn next(alarm: Alarm, act: &Act) -> Alarm {
    Alarm { version: alarm.version.saturating_add(1), changed: act.at, ..alarm }
}

async fn write(tx: &mut Conn, alarm: &Alarm) -> Result<()> {
    let row = query::<Db>(sql::UPDATE_ALARM).bind(alarm.id.to_string()).bind(i64::from(alarm.version));
    let row = row.bind(packed_alarm_state(&alarm.state)).bind(alarm.changed.as_micros());
    let row = row.bind(alarm.closed.map(Timestamp::as_micros)).bind(number(alarm.acknowledgements.len() as u64));
    row.execute(tx).await.map_err(failed("change alarm"))?;
    Ok(())
}

/// Alarms are changed one writer after the other, so that events are numbered in the order of their transactions: the
/// head of the log is locked first, and not last.
async fn in_order(tx: &mut Conn) -> Result<()> {
    frontier(tx, LOCK_HEAD).await.map(|_| ())
}

async fn tell(tx: &mut Conn, alarm: &Alarm, event: AlarmEventKind) -> Result<()> {
    let row = query::<Db>(sql::INSERT_ALARM_EVENT).bind(alarm.id.to_string()).bind(i64::from(alarm.version));
    let row = row.bind(event.as_str()).bind(alarm.changed.as_micros()).bind(packed_alarm_state(&alarm.state));
    row.execute(tx).await.map_err(failed("note what happened to the alarm"))?;
    Ok(())
}

async fn locked(tx: &mut Conn, alarm: AlarmId) -> Result<Kept> {
    let row = query_as::<Db, AlarmRow>(LOCK_ALARM).bind(alarm.to_string()).fetch_optional(&mut *tx).await;
    let row = row.map_err(failed("read alarm"))?.ok_or_else(|| Error::NotFound(alarm.to_string()))?;
    with_words(tx, row).await
}

async fn standing(tx: &mut Conn, condition: &str) -> Result<Option<Kept>> {
    let row = query_as::<Db, AlarmRow>(sql::ALARM_STANDING).bind(condition.to_owned()).fetch_optional(&mut *tx).await;
    match row.map_err(failed("read alarm"))? {
        Some(row) => Ok(Some(with_words(tx, row).await?)),
        None => Ok(None),
    }
}

/// Reads a row, and what persons said where they did.
async fn with_words(conn: &mut Conn, row: AlarmRow) -> Result<Kept> {
    let (id, condition, kind, site, recorder, since, opened, subject, version, state, changed, closed, acknowledged) = row;
    let acknowledgements = if acknowledged == 0 { Vec::new() } else { said(conn, &id).await? };
    let alarm = Alarm {
        id: word("alarm.id", &id)?,
        condition,
        kind: word("alarm.kind", &kind)?,
        site: site.map(|site| word("alarm.site", &site)).transpose()?,
        recorder: recorder.map(|recorder| word("alarm.recorder", &recorder)).transpose()?,
        since: Timestamp::from_micros(since),
        opened: Timestamp::from_micros(opened),
        version: version_of(version)?,
        state: read_state(&state)?,
        changed: Timestamp::from_micros(changed),
        closed: closed.map(Timestamp::from_micros),
        acknowledgements,
    };
    Ok(Kept { alarm, subject })
}

fn version_of(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|error| Error::inconsistent("alarm.version", error))
}

fn read_state(bytes: &[u8]) -> Result<AlarmState> {
    let state = wire::review::v1::AlarmState::decode(bytes).map_err(|error| Error::inconsistent("alarm.state", error))?;
    alarm_state(&state)
}

async fn said(conn: &mut Conn, alarm: &str) -> Result<Vec<Acknowledgement>> {
    let rows = query_as::<Db, SaidRow>(sql::ACKNOWLEDGEMENTS).bind(alarm.to_owned()).fetch_all(conn).await;
    let said = |(by, name, note, at): SaidRow| Acknowledgement { by, name, note, at: Timestamp::from_micros(at) };
    Ok(rows.map_err(failed("read acknowledgements"))?.into_iter().map(said).collect())
}

async fn all_of(conn: &mut Conn, rows: Vec<AlarmRow>) -> Result<Vec<Kept>> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        kept.push(with_words(conn, row).await?);
    }
    Ok(kept)
}

pub(super) async fn alarm(conn: &mut Conn, id: AlarmId) -> Result<Option<Alarm>> {
    let row = query_as::<Db, AlarmRow>(sql::ALARM).bind(id.to_string()).fetch_optional(&mut *conn).await;
    match row.map_err(failed("read alarm"))? {
        Some(row) => Ok(Some(with_words(conn, row).await?.alarm)),
        None => Ok(None),
    }
}

pub(super) async fn all_open(conn: &mut Conn) -> Result<Vec<Alarm>> {
    let rows = query_as::<Db, AlarmRow>(sql::ALARMS_OPEN).fetch_all(&mut *conn).await.map_err(failed("read alarms"))?;
    Ok(all_of(conn, rows).await?.into_iter().map(|kept| kept.alarm).collect())
}

pub(super) async fn found(conn: &mut Conn, asked: AlarmQuery, limit: u32) -> Result<Vec<Alarm>> {
    let (start, end) = asked.interval.map_or((i64::MIN, i64::MAX), |all| (all.start().as_micros(), all.end().as_micros()));
    let rows = query_as::<Db, AlarmRow>(sql::ALARMS_IN).bind(asked.site.map(|site| site.to_string()));
    let rows = rows.bind(start).bind(end).bind(asked.open_only).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *conn).await.map_err(failed("read alarms"))?;
    Ok(all_of(conn, rows).await?.into_iter().map(|kept| kept.alarm).collect())
}

pub(super) async fn events(conn: &mut Conn, after: u64, limit: u32) -> Result<Vec<AlarmEvent>> {
    let rows = query_as::<Db, EventRow>(sql::ALARM_EVENTS).bind(number(after)).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *conn).await.map_err(failed("read events of alarms"))?;
    let (mut events, mut known) = (Vec::with_capacity(rows.len()), HashMap::new());
    for (number, id, version, event, at, state) in rows {
        if !known.contains_key(&id) {
            let row = query_as::<Db, AlarmRow>(sql::ALARM).bind(id.clone()).fetch_one(&mut *conn).await;
            let kept = with_words(conn, row.map_err(failed("read alarm"))?).await?;
            known.insert(id.clone(), kept.alarm);
        }
        let kind: AlarmEventKind = word("alarm_event.event", &event)?;
        let at = Timestamp::from_micros(at);
        let alarm = Alarm {
            version: version_of(version)?,
            state: read_state(&state)?,
            changed: at,
            closed: known[&id].closed.filter(|closed| *closed <= at),
            ..known[&id].clone()
        };
        events.push(AlarmEvent { number: count("alarm_event.number", number)?, kind, alarm });
    }
    Ok(events)
}

pub(super) async fn newest_event(conn: &mut Conn) -> Result<u64> {
    let (newest,): (i64,) =
        query_as::<Db, _>(sql::NEWEST_ALARM_EVENT).fetch_one(conn).await.map_err(failed("read events of alarms"))?;
    count("alarm_event.number", newest)
}

pub(super) async fn webhook(conn: &mut Conn, name: &str) -> Result<u64> {
    let known: Option<(i64,)> =
        query_as::<Db, _>(sql::WEBHOOK).bind(name.to_owned()).fetch_optional(&mut *conn).await.map_err(failed("read webhook"))?;
    if let Some((delivered,)) = known {
        return count("webhook.delivered", delivered);
    }
    let (before_open,): (Option<i64>,) =
        query_as::<Db, _>(sql::EVENT_BEFORE_OPEN).fetch_one(&mut *conn).await.map_err(failed("read events of alarms"))?;
    match before_open {
        Some(before) => count("alarm_event.number", before),
        None => newest_event(conn).await,
    }
}

pub(super) async fn move_webhook(tx: &mut Conn, name: &str, delivered: u64) -> Result<()> {
    let row = query::<Db>(sql::MOVE_WEBHOOK).bind(name.to_owned()).bind(number(delivered));
    row.execute(tx).await.map_err(failed("note what the webhook was told"))?;
    Ok(())
}

/// What the entries of alarms must say, page by page.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows = query_as::<Db, AlarmRow>(sql::ALARMS).bind(after.to_owned()).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *conn).await.map_err(failed("read alarms"))?;
    let mut page = DraftPage::default();
    for Kept { alarm, subject } in all_of(conn, rows).await? {
        page.drafts.push(draft::alarm::opened(&alarm, &subject));
        let said = alarm.acknowledgements.iter().enumerate();
        page.drafts.extend(said.map(|(place, said)| draft::alarm::acknowledged(&alarm, &subject, place + 1, said)));
        page.drafts.extend(draft::alarm::closed(&alarm, &subject));
        page.next = Some(alarm.id.to_string());
    }
    Ok(page)
}
