//! How far a session is: its phase, turns and rooms, how many have come, what happened, and what was found.

use anyhow::Result;
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::{json_findings, show_findings, word};
use crate::client::{Client, refused};
use crate::command::{Voice, at, json_interval, show_interval};
use crate::moment::Zone;
use crate::say::sayln;

pub(super) async fn run(client: &mut Client, session_id: &str, zone: Zone, voice: Voice) -> Result<()> {
    let session_id = session_id.to_owned();
    let request = pb::GetSessionStateRequest { session_id: session_id.clone() };
    let state = client.process.get_session_state(request).await.map_err(|status| refused(&status, voice.language))?;
    let request = pb::GetReadinessRequest { session_id: session_id.clone() };
    let rooms = client.process.get_readiness(request).await.map_err(|status| refused(&status, voice.language))?;
    let (state, rooms) = (state.into_inner(), rooms.into_inner().rooms);
    if voice.json {
        voice.line(&json(&session_id, &state, &rooms));
    } else {
        show(&session_id, &state, &rooms, zone, voice);
    }
    Ok(())
}

/// How many of the seats of a turn are taken so far, and how many have handed in.
#[derive(Default)]
struct Count {
    seats: usize,
    checked_in: usize,
    left: usize,
}

impl Count {
    fn of(turn: u32, state: &pb::GetSessionStateResponse) -> Self {
        let in_turn = |it: &&pb::SeatState| it.seat.as_ref().is_some_and(|seat| seat.turn == turn);
        state.seats.iter().filter(in_turn).fold(Self::default(), |count, it| Self {
            seats: count.seats + 1,
            checked_in: count.checked_in + usize::from(it.checked_in_us.is_some()),
            left: count.left + usize::from(it.left),
        })
    }
}

fn json(session_id: &str, state: &pb::GetSessionStateResponse, rooms: &[pb::RoomReadiness]) -> Value {
    let turn = |it: &pb::TurnState| {
        let turn = it.turn.unwrap_or_default();
        let count = Count::of(turn.number, state);
        json!({
            "number": turn.number, "subject": word(turn.subject().as_str_name(), "SUBJECT_"),
            "interval": turn.interval.as_ref().map(json_interval), "started_us": it.started_us, "ended_us": it.ended_us,
            "paused": it.paused, "seats": count.seats, "checked_in": count.checked_in, "left": count.left,
        })
    };
    let room = |it: &pb::RoomReadiness| {
        json!({
            "room_id": it.room_id, "ready": it.ready, "may_begin": it.may_begin, "exempt": it.exempt,
            "findings": json_findings(&it.findings),
        })
    };
    let incident = |it: &pb::IncidentState| {
        json!({
            "incident_id": it.incident_id, "kind": kind(it), "source": word(it.source().as_str_name(), "INCIDENT_SOURCE_"),
            "room_id": it.room_id, "candidate_id": it.candidate_id, "recorded_us": it.recorded_us, "standing": it.standing,
            "acknowledged_us": it.acknowledged_us, "escalated": it.escalated, "catalogue_item": it.catalogue_item,
        })
    };
    json!({
        "session_id": session_id, "batch_id": state.batch_id, "phase": state.phase, "facts": state.facts,
        "turns": state.turns.iter().map(turn).collect::<Vec<_>>(), "rooms": rooms.iter().map(room).collect::<Vec<_>>(),
        "incidents": state.incidents.iter().map(incident).collect::<Vec<_>>(), "findings": json_findings(&state.findings),
    })
}

fn kind(incident: &pb::IncidentState) -> String {
    word(incident.about().as_str_name(), "INCIDENT_KIND_")
}

fn show(session_id: &str, state: &pb::GetSessionStateResponse, rooms: &[pb::RoomReadiness], zone: Zone, voice: Voice) {
    sayln!("{session_id}  {}  {}", phase(&state.phase, voice), state.batch_id);
    for it in &state.turns {
        let turn = it.turn.unwrap_or_default();
        let when = turn.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
        let (name, count) = (voice.pick("第", "turn "), Count::of(turn.number, state));
        let subject = word(turn.subject().as_str_name(), "SUBJECT_");
        let come = voice.pick("已签到/应到，已离场", "checked in of, left");
        let (number, unit) = (turn.number, voice.pick("场", ""));
        sayln!("  {name}{number}{unit}  {when}  {subject}  {come}: {}/{}, {}", count.checked_in, count.seats, count.left);
    }
    for room in rooms {
        let how = match (room.ready, room.may_begin) {
            (true, _) => voice.pick("已就绪", "ready"),
            (false, true) => voice.pick("可以开考", "may begin"),
            (false, false) => voice.pick("尚不能开考", "may not begin yet"),
        };
        let exempt = if room.exempt { voice.pick("，豁免录像", ", exempt from recording") } else { "" };
        sayln!("  {}  {how}{exempt}", room.room_id);
        show_findings(&room.findings, voice);
    }
    for it in &state.incidents {
        let escalated = if it.escalated { voice.pick("  超时未确认", "  nobody has seen it in time") } else { "" };
        let (when, place) = (zone.show(at(it.recorded_us)), &it.room_id);
        sayln!("  {when}  {}  {}  {place}  {}{escalated}", it.incident_id, kind(it), it.standing);
    }
    show_findings(&state.findings, voice);
}

fn phase(phase: &str, voice: Voice) -> &str {
    let chinese = match phase {
        "planned" => "已计划",
        "ready" => "已就绪",
        "checked_in" => "已签到",
        "running" => "考试中",
        "paused" => "暂停",
        "ended" => "已结束",
        "sealed" => "已封存",
        _ => "未计划",
    };
    voice.pick(chinese, phase)
}
