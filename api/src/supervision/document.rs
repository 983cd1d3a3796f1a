//! What is handed out for a session: JSON without footage and without personal data (docs/ref/supervision.md).
//!
//! Always: no name, number or free text of a person is in it: what people write is left out, and of findings only what
//! is about a place, an incident or the session is named; canonical (RFC 8785), so that its SHA-256 can be made anew.
//! Not here: what follows from intervals (`archive::coverage`).

mod footage;

use bytes::Bytes;
use liuhen_archive::records::{Act, Known, Report, Session, SiteLayout};
use liuhen_archive::{Archive, coverage};
use liuhen_process::case::CaseId;
use liuhen_process::case::incident::{Incident, Standing};
use liuhen_process::fact::parts::Turn;
use liuhen_process::finding::Finding;
use liuhen_proto::ids::{CameraId, FormId, IncidentId, RoomId, SessionId};
use liuhen_proto::{Interval, Principal, Problem, Timestamp, canonical};
use serde_json::{Value, json};

use crate::error::records as failed;

/// Names the shape. What is added later keeps the name; what is changed gets another.
pub(super) const SCHEMA: &str = "liuhen.supervision.session.v1";

/// The document of a report: the one that is kept, or a new one, kept now.
pub(super) async fn kept(archive: &Archive, report: &Report, by: Principal) -> Result<Bytes, Problem> {
    let records = &archive.records;
    let document = match report.document {
        Some((document, _)) => document,
        None => {
            let bytes = canonical::to_bytes(&written(archive, report).await?);
            let act = Act::new(by, archive.clock.now());
            let kept = records.keep_document(&act, report.session, report.version, bytes).await;
            let kept = kept.map_err(|error| failed("keep what is handed out", error))?;
            let (document, _) = kept.document.ok_or_else(|| Problem::not_found(report.key()))?;
            document
        }
    };
    let bytes = records.report_bytes(document.sha256).await.map_err(|error| failed("read what is handed out", error))?;
    bytes.map(Bytes::from).ok_or_else(|| Problem::not_found(document.sha256))
}

async fn written(archive: &Archive, report: &Report) -> Result<Value, Problem> {
    let (records, id) = (&archive.records, report.session);
    let known = records.known(CaseId::Session(id)).await.map_err(|error| failed("read the case", error))?;
    let known = known.ok_or_else(|| Problem::not_found(id))?;
    // The log first: it may have grown since, and what is told of it still holds.
    let head = records.head().await.map_err(|error| failed("read the head of the log", error))?;
    let found = coverage::read(archive, id).await.map_err(|error| failed("read coverage", error))?;
    let site = found.session.site;
    let layout = records.layout(site).await.map_err(|error| failed("read the site", error))?;
    let layout = layout.ok_or_else(|| Problem::not_found(site))?;
    let organization = records.organization(layout.site.organization).await;
    let organization = organization.map_err(|error| failed("read the organisation", error))?;
    let gaps = records.gaps_of(id).await.map_err(|error| failed("list gaps", error))?;
    Ok(json!({
        "schema": SCHEMA,
        "key": report.key(),
        "version": report.version,
        "as_of_us": found.as_of.as_micros(),
        "pack": known.pack.name,
        "organization": organization.map(|it| json!({ "organization_id": it.id, "name": it.name, "kind": it.kind })),
        "batch": batch(&known),
        "site": { "site_id": site, "name": layout.site.name, "region": layout.site.region.as_ref().map(ToString::to_string) },
        "session": session(&found.session, &layout, &known),
        "viewpoints": footage::viewpoints(archive, &found, &layout).await?,
        "gaps": gaps.iter().map(footage::gap).collect::<Vec<_>>(),
        "incidents": known.view.session.papers.incidents.iter().map(incident).collect::<Vec<_>>(),
        "findings": findings(&known),
        "log": { "tree_size": head.size, "root_sha256": head.root },
    }))
}

fn batch(known: &Known) -> Value {
    let id = known.view.session.plan.as_ref().map(|plan| plan.batch);
    let plan = known.view.batch.plan.as_ref();
    json!({
        "batch_id": id,
        "name": plan.map(|it| &it.name),
        "platform_plan": plan.and_then(|it| it.platform_plan.as_ref()),
        "occupation": plan.map(|it| json!({ "code": it.occupation.code, "name": it.occupation.name })),
        "levels": plan.map(|it| &it.levels),
        "first": plan.map(|it| it.held.first),
        "last": plan.map(|it| it.held.last),
    })
}

fn session(it: &Session, layout: &SiteLayout, known: &Known) -> Value {
    let session = &known.view.session;
    let turns = session.plan.iter().flat_map(|plan| &plan.turns).map(|it| turn(it, known)).collect::<Vec<_>>();
    let room = |id: RoomId| {
        let room = layout.rooms.iter().find(|room| room.id == id);
        json!({ "room_id": id, "name": room.map(|room| &room.name), "kind": room.map(|room| room.kind) })
    };
    json!({
        "session_id": it.id,
        "exam": interval(it.exam),
        "sealed_us": session.sealed.map(Timestamp::as_micros),
        "rooms": session.rooms().map(room).collect::<Vec<_>>(),
        "turns": turns,
    })
}

fn turn(it: &Turn, known: &Known) -> Value {
    let state = known.view.session.turn(it.number);
    let us = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    json!({
        "number": it.number,
        "subject": it.subject,
        "planned": interval(it.interval),
        "started_us": us(state.started),
        "ended_us": us(state.ended),
    })
}

/// What happened, not to whom.
fn incident((id, it): (&IncidentId, &Incident)) -> Value {
    let standing = match it.standing() {
        Standing::Suspected => "suspected",
        Standing::Confirmed => "confirmed",
        Standing::Dismissed => "dismissed",
        Standing::Appealed => "appealed",
    };
    json!({
        "incident_id": id,
        "kind": it.about,
        "source": it.source,
        "room_id": it.room,
        "recorded_us": it.recorded.as_micros(),
        "acknowledged_us": it.acknowledged.map(Timestamp::as_micros),
        "standing": standing,
        "catalogue_item": it.catalogue_item,
        "reported": it.reported,
    })
}

fn findings(known: &Known) -> Vec<Value> {
    let session = &known.view.session;
    let finding = |(it, waived): (&Finding, bool)| {
        let about = Some(&it.about).filter(|about| is_no_person(about));
        json!({ "rule": it.rule, "clause": it.clause, "severity": it.severity, "about": about, "waived": waived })
    };
    session.waived.mark(&session.findings).map(finding).collect()
}

/// Whether a finding is about one of these; what else it may be about could lead to a person.
fn is_no_person(about: &str) -> bool {
    about.parse::<RoomId>().is_ok()
        || about.parse::<IncidentId>().is_ok()
        || about.parse::<SessionId>().is_ok()
        || about.parse::<CameraId>().is_ok()
        || about.parse::<FormId>().is_ok()
}

fn interval(it: Interval) -> Value {
    json!({ "start_us": it.start().as_micros(), "end_us": it.end().as_micros() })
}
