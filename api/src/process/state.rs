//! Batches and sessions as they stand, with names masked.

use liuhen_archive::records::Known;
use liuhen_process::calendar::Date;
use liuhen_process::case::incident::Standing;
use liuhen_process::case::presence::{Identity, Presence};
use liuhen_process::case::{CaseId, Waived};
use liuhen_process::deadline::{overdue, unreported};
use liuhen_process::fact::parts::Seat;
use liuhen_process::fact::state::RoomReady;
use liuhen_process::fact::words::ReviewOutcome;
use liuhen_process::fact::{CaseKind, Fact};
use liuhen_process::finding::Finding;
use liuhen_proto::ids::{BatchId, SessionId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Span, Timestamp};

use super::{answer, deadlines, record, results};
use crate::people::mask;

/// An incident that no supervisor has acknowledged for so long is told to the next in charge (story 8).
const ESCALATES: Span = Span::from_secs(5 * 60);

pub(super) fn batch(id: BatchId, known: &Known, now: Timestamp) -> pb::GetBatchStateResponse {
    let batch = &known.view.batch;
    let late = not_reported(CaseId::Batch(id), known, now);
    let approved = batch.candidates.values().filter(|it| it.review == Some(ReviewOutcome::Approved)).count();
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let slot = |slot: &liuhen_process::fact::words::DocumentSlot| i32::from(pb::DocumentSlot::from(*slot));
    let missing = known.pack.parameters.documents.iter().filter(|slot| !batch.documents.contains_key(slot));
    pb::GetBatchStateResponse {
        facts: known.facts,
        name: batch.plan.as_ref().map_or_else(String::new, |plan| plan.name.to_string()),
        pack: known.pack.name.clone(),
        plan_filed_on: day(batch.filed_on),
        plan_confirmed_on: day(batch.confirmed_on),
        documents: batch.documents.keys().map(slot).collect(),
        documents_missing: missing.map(slot).collect(),
        candidates: u32::try_from(batch.candidates.len()).unwrap_or(u32::MAX),
        candidates_approved: u32::try_from(approved).unwrap_or(u32::MAX),
        roster_sha256: batch.frozen.as_ref().map_or_else(Vec::new, |frozen| frozen.sha256.as_bytes().to_vec()),
        roster_version: batch.frozen.as_ref().map_or(0, |frozen| frozen.version),
        findings: [findings(CaseKind::Batch, (&batch.waived, &batch.findings), known, Date::of(now)), late].concat(),
        deadlines: deadlines::of(known, Date::of(now)),
        results: Some(results::of(known)),
    }
}

/// What stands in the case, and what follows from the day alone.
fn findings(case: CaseKind, (waived, found): (&Waived, &[Finding]), known: &Known, today: Date) -> Vec<pb::Finding> {
    let overdue = overdue(case, (&known.view, &known.pack), &known.calendar, today);
    answer::marked(waived, found).into_iter().chain(overdue.iter().map(answer::overdue)).collect()
}

/// Sessions that the supervision service platform has not taken in, and should have by now.
fn not_reported(case: CaseId, known: &Known, now: Timestamp) -> Vec<pb::Finding> {
    unreported(case, (&known.view, &known.pack), now).iter().map(answer::overdue).collect()
}

/// All that stands against a case.
pub(super) fn of_case(case: CaseId, known: &Known, now: Timestamp) -> pb::ListFindingsResponse {
    let (view, today) = (&known.view, Date::of(now));
    let (waived, found) = match case {
        CaseId::Organization(_) => (&view.organization.waived, &view.organization.findings),
        CaseId::Site(_) => (&view.site.waived, &view.site.findings),
        CaseId::Batch(_) => (&view.batch.waived, &view.batch.findings),
        CaseId::Session(_) => (&view.session.waived, &view.session.findings),
    };
    let findings = [findings(case.kind(), (waived, found), known, today), not_reported(case, known, now)].concat();
    pb::ListFindingsResponse { as_of: today.to_string(), findings }
}

pub(super) fn readiness(known: &Known, now: Timestamp) -> pb::GetReadinessResponse {
    let session = &known.view.session;
    let room = |room| {
        let opening = Fact::from(RoomReady { room, substitute: None });
        let (findings, blocked) = record::would_find(known, &opening, now);
        pb::RoomReadiness {
            room_id: room.to_string(),
            ready: session.ready.contains(&room),
            may_begin: !blocked,
            exempt: known.view.exempt(room, Date::of(now)).is_some(),
            findings,
        }
    };
    pb::GetReadinessResponse { rooms: session.rooms().map(room).collect() }
}

pub(super) fn session(id: SessionId, known: &Known, now: Timestamp) -> pb::GetSessionStateResponse {
    let session = &known.view.session;
    let late = not_reported(CaseId::Session(id), known, now);
    let plan = session.plan.as_ref();
    pb::GetSessionStateResponse {
        facts: known.facts,
        phase: session.phase().as_str().to_owned(),
        batch_id: plan.map_or_else(String::new, |plan| plan.batch.to_string()),
        turns: plan.iter().flat_map(|plan| &plan.turns).map(|it| turn(known, it)).collect(),
        seats: session.seats.values().map(|it| seat(known, it, now)).collect(),
        duties: session.duties.iter().map(|it| duty(known, it)).collect(),
        incidents: session.papers.incidents.iter().map(|(id, it)| incident(*id, it, now)).collect(),
        forms: session.papers.forms.iter().map(|(id, it)| form(*id, it)).collect(),
        findings: answer::marked(&session.waived, &session.findings).into_iter().chain(late).collect(),
        draws: session.lots.draws,
        reserve_ids: session.lots.reserves.iter().map(ToString::to_string).collect(),
        ready_room_ids: session.ready.iter().map(ToString::to_string).collect(),
    }
}

fn turn(known: &Known, it: &liuhen_process::fact::parts::Turn) -> pb::TurnState {
    let state = known.view.session.turn(it.number);
    let turn = pb::Turn { number: it.number, subject: pb::Subject::from(it.subject).into(), interval: Some(it.interval.into()) };
    let us = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    pb::TurnState { turn: Some(turn), started_us: us(state.started), paused: state.paused, ended_us: us(state.ended) }
}

fn seat(known: &Known, it: &Seat, now: Timestamp) -> pb::SeatState {
    let session = &known.view.session;
    let nobody = Presence::default();
    let presence = session.attendance.of(it.candidate, it.turn).unwrap_or(&nobody);
    let candidate = known.view.batch.candidates.get(&it.candidate).map(|it| &it.enrolled);
    let identity = match presence.identity {
        None => "",
        Some(Identity::Verified) => "verified",
        Some(Identity::Unverified) => "unverified",
        Some(Identity::Refused) => "refused",
    };
    let stay = |(room, interval): (liuhen_proto::ids::RoomId, liuhen_proto::Interval)| pb::Stay {
        room_id: room.to_string(),
        interval: Some(interval.into()),
    };
    let given = session.attendance.compensated.get(&it.candidate).copied().unwrap_or_default();
    pb::SeatState {
        seat: Some(pb::Seat {
            candidate_id: it.candidate.to_string(),
            turn: it.turn,
            room_id: it.room.to_string(),
            seat: it.seat.to_string(),
        }),
        name_masked: candidate.map_or_else(String::new, |it| mask::name(it.name.as_str())),
        ticket: candidate.and_then(|it| it.ticket.as_ref()).map_or_else(String::new, ToString::to_string),
        identity: identity.to_owned(),
        checked_in_us: presence.checked_in.map(Timestamp::as_micros),
        stays: presence.intervals(now).into_iter().map(stay).collect(),
        left: presence.left.is_some(),
        compensated_minutes: u32::try_from(given.as_micros() / 60_000_000).unwrap_or(u32::MAX),
    }
}

fn duty(known: &Known, it: &liuhen_process::case::session::Held) -> pb::DutyState {
    let staff = known.view.organization.staff.get(&it.staff);
    pb::DutyState {
        staff_id: it.staff.to_string(),
        name_masked: staff.map_or_else(String::new, |staff| mask::name(staff.name.as_str())),
        duty: pb::Duty::from(it.duty).into(),
        room_id: it.room.map_or_else(String::new, |room| room.to_string()),
        present_since_us: known.view.session.attendance.staff.get(&it.staff).map(|at| at.as_micros()),
    }
}

fn incident(
    id: liuhen_proto::ids::IncidentId,
    it: &liuhen_process::case::incident::Incident,
    now: Timestamp,
) -> pb::IncidentState {
    let standing = match it.standing() {
        Standing::Suspected => "suspected",
        Standing::Confirmed => "confirmed",
        Standing::Dismissed => "dismissed",
        Standing::Appealed => "appealed",
    };
    pb::IncidentState {
        incident_id: id.to_string(),
        about: pb::IncidentKind::from(it.about).into(),
        source: pb::IncidentSource::from(it.source).into(),
        room_id: it.room.map_or_else(String::new, |room| room.to_string()),
        candidate_id: it.candidate.map_or_else(String::new, |candidate| candidate.to_string()),
        recorded_us: it.recorded.as_micros(),
        acknowledged_us: it.acknowledged.map(Timestamp::as_micros),
        standing: standing.to_owned(),
        catalogue_item: it.catalogue_item.clone().unwrap_or_default(),
        reported: it.reported.iter().map(|to| pb::ReportTo::from(*to).into()).collect(),
        escalated: it.is_open() && it.acknowledged.is_none() && now.since(it.recorded) >= ESCALATES,
    }
}

fn form(id: liuhen_proto::ids::FormId, it: &liuhen_process::case::incident::Form) -> pb::FormState {
    pb::FormState {
        form_id: id.to_string(),
        phase: pb::Phase::from(it.filled.phase).into(),
        supervisor_id: it.filled.supervisor.to_string(),
        open_items: it.open_items().map(str::to_owned).collect(),
        signed_us: it.signed.map(Timestamp::as_micros),
        template: it.filled.template.to_string(),
        missing_items: it.missing_items().into_iter().map(str::to_owned).collect(),
    }
}
