//! Many facts of one case, told at once: all of them or none.
//!
//! Always: each is judged with those before it already known, as if they had been told one by one; their entries follow
//! each other in the log. Not here: facts that move windows, which are told one by one.

use liuhen_process::case::CaseId;
use liuhen_process::finding::Finding;
use liuhen_process::rule::{Moment, judge};
use liuhen_proto::ids::FactId;
use liuhen_proto::world::Randomness;
use sqlx::query_as;

use super::custody::append;
use super::declare::require;
use super::process::{insert_rows, moves_windows, open_case, recorded};
use super::{Conn, Db, facts, known};
use crate::records::cases::Cases;
use crate::records::convert::failed;
use crate::records::sql::process as sql;
use crate::records::{Act, MAX_FACTS, MAX_PUSHED_FACTS, ManyFacts, NewFact, Recorded, Source};
use crate::{Error, Result};

/// What was recorded under this name of this source.
pub(super) async fn of_source(conn: &mut Conn, source: &Source) -> Result<Option<Recorded>> {
    let row = query_as::<Db, _>(sql::FACT_OF_SOURCE).bind(source.system.as_str()).bind(source.id.as_str());
    let row = row.fetch_optional(conn).await.map_err(failed("look a fact up"))?;
    row.map(facts::to_recorded).transpose()
}

pub(super) async fn record(
    tx: &mut Conn,
    act: &Act,
    (case, many): (CaseId, &[NewFact]),
    (cases, random): (&Cases, &dyn Randomness),
) -> Result<ManyFacts> {
    let Some(first) = many.first() else {
        return Err(Error::Invalid { field: "facts", why: "there is none".into() });
    };
    if let Some(wrong) = many.iter().find(|new| new.fact.kind().case() != case.kind() || moves_windows(&new.fact)) {
        let why = format!("a {} is not told of {case} together with others", wrong.fact.kind());
        return Err(Error::Invalid { field: "case_id", why });
    }
    if let Some(source) = &first.source
        && let Some(before) = of_source(tx, source).await?
    {
        return repeated(case, before, many.len());
    }
    let place = open_case(tx, case, many.len() as u64).await?;
    let most = if first.source.is_some() { MAX_PUSHED_FACTS } else { MAX_FACTS };
    if place + many.len() as u64 > most + 1 {
        return Err(Error::Full { what: case.to_string(), most });
    }
    if let Some(seen) = first.seen.filter(|seen| seen + 1 != place) {
        let (seen, found) = (u32::try_from(seen).unwrap_or(u32::MAX), u32::try_from(place - 1).unwrap_or(u32::MAX));
        return Err(Error::Conflict { what: case.to_string(), seen, found });
    }
    let mut known = require(known::about(tx, (case, Some(&first.fact)), Some(place - 1), cases).await?, case)?;
    let (mut told, mut findings) = (Vec::with_capacity(many.len()), Vec::<Finding>::new());
    for (number, new) in (place..).zip(many) {
        let id = FactId::mint(act.at, random);
        let mut it = Recorded { number, ..recorded(case, new, act, id, known.pack.name.clone()) };
        if number > place {
            known::look_number_up(tx, case, &it.fact, &mut known.view).await?;
        }
        let moment =
            Moment { view: &known.view, pack: &known.pack, calendar: &known.calendar, telling: &it.telling, fact: &it.fact };
        it.findings = judge(&moment)?;
        let taken = known.view.take(&it.fact, &it.telling, &it.findings);
        taken.map_err(|error| Error::inconsistent(case.to_string(), error))?;
        findings.extend_from_slice(&it.findings);
        told.push(it);
    }
    let drafts = insert_rows(tx, &told, random).await?;
    let receipts = append(tx, act, drafts, random).await?;
    let receipt = *receipts.last().expect("there is at least one fact");
    Ok(ManyFacts { facts: many.len() as u64, findings, receipt: Some(receipt), repeated: false })
}

/// They were told before, all of them, for they were told at once.
fn repeated(case: CaseId, before: Recorded, facts: usize) -> Result<ManyFacts> {
    if before.case != case {
        return Err(Error::AlreadyExists { what: "the first of the facts".into() });
    }
    Ok(ManyFacts { facts: facts as u64, findings: Vec::new(), receipt: None, repeated: true })
}
