//! What is handed out to the supervision service platform: put in the outbox, kept, tried, answered, asked for again.

use async_trait::async_trait;
use liuhen_process::case::CaseId;
use liuhen_process::fact::record::SessionReceived;
use liuhen_process::pack::Pack;
use liuhen_proto::ids::SessionId;
use liuhen_proto::segment::Sized256;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Sha256, Timestamp};
use sqlx::{query, query_as};

use super::custody::append;
use super::declare::require;
use super::{Conn, Db, Driver, known, lookup, process};
use crate::records::cases::Cases;
use crate::records::convert::{blob, count, digest, failed, number, word};
use crate::records::draft::supervision as draft;
use crate::records::scan::DraftPage;
use crate::records::sql::supervision as sql;
use crate::records::transaction::transaction;
use crate::records::{
    Act, HandedOut, MAX_DOCUMENT_BYTES, MAX_RECEIPT_BYTES, MAX_ROWS, MAX_WORDS_BYTES, NewFact, PlatformAnswer, Report, SETTLES,
    Source, SupervisionRecords, SupervisionState, check,
};
use crate::{Error, Result};

/// The rule that asks for the platform's receipt: who is not bound by it hands nothing out.
const RULE: &str = "H2.platform";

type Row = (
    String,
    i64,
    String,
    i64,
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    Option<i64>,
    i64,
    Option<i64>,
    i64,
    String,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
);

#[async_trait]
impl SupervisionRecords for Driver {
    async fn reports_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Report>> {
        let rows = query_as::<Db, Row>(sql::REPORTS_DUE).bind(now.as_micros()).bind(i64::from(limit.min(MAX_ROWS)));
        let rows = rows.fetch_all(&mut *self.reader().await?).await.map_err(failed("read what is to be handed out"))?;
        rows.into_iter().map(to_report).collect()
    }

    async fn reports_of(&self, session: SessionId) -> Result<Vec<Report>> {
        of(&mut *self.reader().await?, session).await
    }

    async fn reports(&self, state: Option<SupervisionState>, limit: u32) -> Result<Vec<Report>> {
        let rows = query_as::<Db, Row>(sql::NEWEST_REPORTS).bind(state.map(SupervisionState::as_str));
        let rows = rows.bind(i64::from(limit.min(MAX_ROWS))).fetch_all(&mut *self.reader().await?).await;
        rows.map_err(failed("list what is handed out"))?.into_iter().map(to_report).collect()
    }

    async fn report_bytes(&self, sha256: Sha256) -> Result<Option<Vec<u8>>> {
        bytes(&mut *self.reader().await?, sha256).await
    }

    async fn keep_document(&self, act: &Act, session: SessionId, version: u32, bytes: Vec<u8>) -> Result<Report> {
        transaction!(self, |tx| keep(tx, act, (session, version), &bytes, self.random()))
    }

    async fn note_handed_out(&self, act: &Act, session: SessionId, version: u32, how: HandedOut) -> Result<Report> {
        transaction!(self, |tx| note(tx, act, (session, version), &how))
    }

    async fn take_answer(&self, act: &Act, session: SessionId, version: u32, answer: PlatformAnswer) -> Result<Report> {
        transaction!(self, |tx| answered(tx, act, (session, version), &answer, (&self.cases, self.random())))
    }

    async fn report_again(&self, act: &Act, session: SessionId, reason: String) -> Result<Report> {
        transaction!(self, |tx| again(tx, act, (session, &reason), (&self.cases, self.random())))
    }
}

/// A session is sealed: it is to be handed out where the pack that judged that asks for the platform, once its last window
/// is over.
pub(super) async fn hand_in(tx: &mut Conn, act: &Act, session: SessionId, pack: &str) -> Result<()> {
    let asks = Pack::named(pack).is_some_and(|pack| pack.weight(RULE).is_some());
    if !asks {
        return Ok(());
    }
    let row = require(lookup::session(tx, &session.to_string()).await?, session)?;
    let over = row.windows.iter().map(|window| window.interval.end()).max();
    let next = over.map_or(act.at, |over| over.max(act.at)).after(SETTLES);
    insert(tx, (session, 1), None, (act.at, next)).await
}

/// The receipt of a session is on record, whoever told it: nothing of it waits any more.
pub(super) async fn received(tx: &mut Conn, act: &Act, session: SessionId) -> Result<()> {
    let row = query::<Db>(sql::RECEIVE_REPORTS).bind(session.to_string()).bind(act.at.as_micros());
    row.execute(tx).await.map_err(failed("note a receipt"))?;
    Ok(())
}

async fn insert(
    tx: &mut Conn,
    (session, version): (SessionId, u32),
    asked_by: Option<String>,
    (since, next): (Timestamp, Timestamp),
) -> Result<()> {
    let row = query::<Db>(sql::INSERT_REPORT).bind(session.to_string()).bind(i64::from(version)).bind(since.as_micros());
    let row = row.bind(asked_by).bind(next.as_micros());
    row.execute(tx).await.map_err(failed("put a session in the outbox"))?;
    Ok(())
}

async fn insert_bytes(tx: &mut Conn, bytes: &[u8]) -> Result<()> {
    let row = query::<Db>(sql::INSERT_REPORT_BYTES).bind(blob(Sha256::of(bytes))).bind(bytes.to_vec());
    row.execute(tx).await.map_err(failed("keep a document"))?;
    Ok(())
}

fn bounded(field: &'static str, bytes: usize, most: usize) -> Result<()> {
    if bytes <= most { Ok(()) } else { Err(Error::Invalid { field, why: format!("has {bytes} bytes, at most {most} are kept") }) }
}

async fn keep(
    tx: &mut Conn,
    act: &Act,
    (session, version): (SessionId, u32),
    bytes: &[u8],
    random: &dyn Randomness,
) -> Result<Report> {
    bounded("document", bytes.len(), MAX_DOCUMENT_BYTES)?;
    let document = Sized256 { sha256: Sha256::of(bytes), size_bytes: bytes.len() as u64 };
    let row = query::<Db>(sql::KEEP_DOCUMENT).bind(session.to_string()).bind(i64::from(version)).bind(blob(document.sha256));
    let row = row.bind(number(document.size_bytes)).bind(act.at.as_micros());
    let kept = row.execute(&mut *tx).await.map_err(failed("keep a document"))?.rows_affected() == 1;
    if kept {
        insert_bytes(tx, bytes).await?;
        append(tx, act, vec![draft::document(session, version, document)], random).await?;
    }
    one(tx, session, version).await
}

async fn note(tx: &mut Conn, act: &Act, (session, version): (SessionId, u32), how: &HandedOut) -> Result<Report> {
    bounded("words", how.words.len(), MAX_WORDS_BYTES)?;
    let row = query::<Db>(sql::NOTE_HANDED_OUT).bind(session.to_string()).bind(i64::from(version)).bind(how.taken);
    let row = row.bind(act.at.as_micros()).bind(how.next.as_micros()).bind(how.words.clone());
    row.execute(&mut *tx).await.map_err(failed("note a try"))?;
    one(tx, session, version).await
}

async fn answered(
    tx: &mut Conn,
    act: &Act,
    (session, version): (SessionId, u32),
    answer: &PlatformAnswer,
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<Report> {
    let (state, words, reference, receipt) = match answer {
        PlatformAnswer::Received { reference, receipt, .. } => {
            (SupervisionState::Received, "", Some(reference.to_string()), receipt)
        }
        PlatformAnswer::Refused { words, receipt } => (SupervisionState::Refused, words.as_str(), None, receipt),
    };
    bounded("words", words.len(), MAX_WORDS_BYTES)?;
    bounded("receipt", receipt.len(), MAX_RECEIPT_BYTES)?;
    let sha256 = Sha256::of(receipt);
    let row = query::<Db>(sql::ANSWER_REPORT).bind(session.to_string()).bind(i64::from(version)).bind(state.as_str());
    let row = row.bind(act.at.as_micros()).bind(words.to_owned()).bind(reference).bind(blob(sha256));
    let is_first = row.execute(&mut *tx).await.map_err(failed("note an answer"))?.rows_affected() == 1;
    let it = one(tx, session, version).await?;
    if !is_first {
        return Ok(it);
    }
    insert_bytes(tx, receipt).await?;
    match answer {
        PlatformAnswer::Refused { words, .. } => {
            append(tx, act, vec![draft::refused(session, version, words)], random).await?;
        }
        PlatformAnswer::Received { reference, received_on, .. } => {
            let (reference, received_on) = (reference.clone(), *received_on);
            let fact = SessionReceived { reference, received_on, document_sha256: Some(sha256) }.into();
            let id = process::text(format!("supervision/{}", it.key()))?;
            let source = Some(Source { system: process::text("liuhen".to_owned())?, id });
            let new = NewFact { fact, elsewhere: None, breach: None, source, seen: None };
            process::record_with_gaps(tx, act, (CaseId::Session(session), &new), (cases, random)).await?;
        }
    }
    Ok(it)
}

async fn again(
    tx: &mut Conn,
    act: &Act,
    (session, reason): (SessionId, &str),
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<Report> {
    check::reason(reason)?;
    let refuse = |why: &str| Err(Error::Invalid { field: "session_id", why: format!("{session} {why}") });
    require(lookup::session(tx, &session.to_string()).await?, session)?;
    let known = require(known::about(tx, (CaseId::Session(session), None), None, cases).await?, session)?;
    if known.pack.weight(RULE).is_none() {
        return refuse("is of an organisation whose rule pack asks for no supervision service platform");
    }
    if known.view.session.sealed.is_none() {
        return refuse("is not sealed: it is handed out once its papers are (session_sealed)");
    }
    let newest = of(tx, session).await?.into_iter().next();
    let waits = |it: &&Report| matches!(it.state, SupervisionState::Waiting | SupervisionState::Sent);
    if let Some(waiting) = newest.as_ref().filter(waits) {
        let row = query::<Db>(sql::HASTEN_REPORT).bind(session.to_string()).bind(i64::from(waiting.version));
        row.bind(act.at.as_micros()).execute(&mut *tx).await.map_err(failed("hand a session out at once"))?;
        return one(tx, session, waiting.version).await;
    }
    let version = newest.map_or(1, |it| it.version + 1);
    insert(tx, (session, version), Some(act.by.to_string()), (act.at, act.at)).await?;
    append(tx, act, vec![draft::asked(session, version, Some(reason))], random).await?;
    one(tx, session, version).await
}

async fn one(conn: &mut Conn, session: SessionId, version: u32) -> Result<Report> {
    let row = query_as::<Db, Row>(sql::REPORT).bind(session.to_string()).bind(i64::from(version));
    let row = row.fetch_optional(conn).await.map_err(failed("read what is handed out"))?;
    to_report(require(row, format!("{session}-{version}"))?)
}

async fn of(conn: &mut Conn, session: SessionId) -> Result<Vec<Report>> {
    let rows = query_as::<Db, Row>(sql::REPORTS_OF).bind(session.to_string()).fetch_all(conn).await;
    rows.map_err(failed("read what is handed out"))?.into_iter().map(to_report).collect()
}

async fn bytes(conn: &mut Conn, sha256: Sha256) -> Result<Option<Vec<u8>>> {
    let row = query_as::<Db, _>(sql::REPORT_BYTES).bind(blob(sha256)).fetch_optional(conn).await;
    let row: Option<(Vec<u8>,)> = row.map_err(failed("read a document"))?;
    Ok(row.map(|(bytes,)| bytes))
}

fn small(what: &'static str, stored: i64) -> Result<u32> {
    u32::try_from(count(what, stored)?).map_err(|error| Error::inconsistent(what, error))
}

fn to_report(row: Row) -> Result<Report> {
    let (session, version, state, since, asked_by, sha256, size, made, tries, tried, next, words, answered, reference, receipt) =
        row;
    let document = match (sha256, size, made) {
        (Some(sha256), Some(size), Some(made)) => {
            let sha256 = digest("supervision_report.document_sha256", &sha256)?;
            let size_bytes = count("supervision_report.document_size", size)?;
            Some((Sized256 { sha256, size_bytes }, Timestamp::from_micros(made)))
        }
        _ => None,
    };
    Ok(Report {
        session: word("supervision_report.session", &session)?,
        version: small("supervision_report.version", version)?,
        state: word("supervision_report.state", &state)?,
        since: Timestamp::from_micros(since),
        asked_by,
        document,
        tries: small("supervision_report.tries", tries)?,
        tried: tried.map(Timestamp::from_micros),
        next: Timestamp::from_micros(next),
        words,
        answered: answered.map(Timestamp::from_micros),
        reference,
        receipt: receipt.map(|sha256| digest("supervision_report.receipt_sha256", &sha256)).transpose()?,
    })
}

/// What the entries of what is handed out must say, page by page. A document is read again: its row and its bytes agree.
pub(super) async fn drafts(conn: &mut Conn, after: &str, limit: u32) -> Result<DraftPage> {
    let rows =
        query_as::<Db, _>(sql::REPORTED_SESSIONS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&mut *conn).await;
    let rows: Vec<(String,)> = rows.map_err(failed("read what is handed out"))?;
    let mut page = DraftPage::default();
    for (session,) in rows {
        for it in of(conn, word("supervision_report.session", &session)?).await? {
            if it.asked_by.is_some() {
                page.drafts.push(draft::asked(it.session, it.version, None));
            }
            if let Some((document, _)) = it.document {
                let kept = bytes(conn, document.sha256).await?.unwrap_or_default();
                let found = Sized256 { sha256: Sha256::of(&kept), size_bytes: document.size_bytes };
                page.drafts.push(draft::document(it.session, it.version, found));
            }
            if it.state == SupervisionState::Refused {
                page.drafts.push(draft::refused(it.session, it.version, &it.words));
            }
        }
        page.next = Some(session);
    }
    Ok(page)
}
