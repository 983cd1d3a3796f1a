//! How viewpoints are judged: thresholds, and stills that a person accepted as the view from there.

use liuhen_proto::ids::{SiteId, StillId, ViewpointId};
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::declare::{require, written};
use super::{Conn, derived, lookup};
use crate::records::convert::{blob, failed, thresholds as unpacked, thresholds_text, word};
use crate::records::draft::judged::judgement;
use crate::records::{Act, Reference, StreamJudgement, Viewpoint, Written, check, sql};
use crate::{Error, Result};

pub(super) async fn thresholds(
    tx: &mut Conn,
    act: &Act,
    (id, seen): (ViewpointId, u32),
    thresholds: &Thresholds,
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Viewpoint>> {
    check::reason(reason)?;
    let it = require(lookup::viewpoint(tx, &id.to_string()).await?, id)?;
    let changed = Viewpoint { thresholds: thresholds.clone(), ..it };
    set(tx, act, seen, changed, Some(reason), random).await
}

pub(super) async fn reference(
    tx: &mut Conn,
    act: &Act,
    (id, seen): (ViewpointId, u32),
    still: StillId,
    random: &dyn Randomness,
) -> Result<Written<Viewpoint>> {
    let it = require(lookup::viewpoint(tx, &id.to_string()).await?, id)?;
    let still = require(derived::still(tx, still).await?, still)?;
    let place = require(lookup::stream_place(tx, &still.stream.to_string()).await?, still.stream)?;
    if place.viewpoint != id {
        let why = format!("{} was taken at {}, not at {id}", still.still, place.viewpoint);
        return Err(Error::Invalid { field: "still_id", why });
    }
    let reference = Some(Reference { still: still.still, sha256: still.object.sha256 });
    set(tx, act, seen, Viewpoint { reference, ..it }, None, random).await
}

/// Writes how a viewpoint is judged from now on, where the caller has seen how it was.
async fn set(
    tx: &mut Conn,
    act: &Act,
    seen: u32,
    it: Viewpoint,
    reason: Option<&str>,
    random: &dyn Randomness,
) -> Result<Written<Viewpoint>> {
    // What is not changed is written as it was read, so it must have been read at the revision that was seen.
    if it.judgement_revision != seen {
        return Err(Error::Conflict { what: it.id.to_string(), seen, found: it.judgement_revision });
    }
    let site = require(lookup::site_of_viewpoint(tx, it.id).await?, it.id)?;
    let update = query(sql::SET_JUDGEMENT).bind(it.id.to_string()).bind(i64::from(seen)).bind(thresholds_text(&it.thresholds));
    let update = update.bind(it.reference.map(|reference| reference.still.to_string()));
    let update = update.bind(it.reference.map(|reference| blob(reference.sha256)));
    let updated = update.execute(&mut *tx).await.map_err(failed("set how a viewpoint is judged"))?.rows_affected();
    if updated != 1 {
        let found = require(lookup::viewpoint(tx, &it.id.to_string()).await?, it.id)?.judgement_revision;
        return Err(Error::Conflict { what: it.id.to_string(), seen, found });
    }
    let it = Viewpoint { judgement_revision: seen.saturating_add(1), ..it };
    let draft = judgement(&it, site, reason);
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn of_site(conn: &mut Conn, site: SiteId) -> Result<Vec<StreamJudgement>> {
    let rows: Vec<(String, String, String, Option<String>)> = query_as(sql::JUDGEMENT_OF_SITE)
        .bind(site.to_string())
        .fetch_all(&mut *conn)
        .await
        .map_err(failed("read how streams are judged"))?;
    let mut judgements = Vec::with_capacity(rows.len());
    for (stream, viewpoint, thresholds, still) in rows {
        let reference = match still {
            Some(still) => derived::still(conn, word("viewpoint.reference", &still)?).await?,
            None => None,
        };
        judgements.push(StreamJudgement {
            stream: word("stream.id", &stream)?,
            viewpoint: word("viewpoint.id", &viewpoint)?,
            thresholds: unpacked(&thresholds)?,
            reference,
        });
    }
    Ok(judgements)
}
