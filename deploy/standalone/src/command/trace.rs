//! `liuhen trace`: from a certificate to the minute of video, and back, as a tree.

mod json;

use anyhow::{Context as _, Result};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::trace_request::From;
use liuhen_proto::world::{Clock as _, SystemClock};
use serde_json::json;

use super::{Voice, at, show_interval};
use crate::arguments::Trace;
use crate::client::{Client, refused};
use crate::moment::Zone;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Trace, voice: Voice) -> Result<()> {
    let zone = arguments.times.zone;
    let request = pb::TraceRequest { from: Some(from(arguments, zone)?), purpose: arguments.purpose.clone() };
    let mut client = Client::connect(&arguments.remote).await?;
    let answer = client.trace.trace(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let candidates: Vec<_> = answer.candidates.iter().map(json::candidate).collect();
        voice.line(&json!({ "candidates": candidates, "truncated": answer.truncated }));
        return Ok(());
    }
    answer.candidates.iter().for_each(|candidate| show(candidate, zone, voice));
    if answer.truncated {
        sayln!("…");
    }
    Ok(())
}

fn from(arguments: &Trace, zone: Zone) -> Result<From> {
    let room_id = || arguments.room.clone().context("which room? give --room · 请给出 --room");
    if let Some(ticket) = &arguments.ticket {
        return Ok(From::Ticket(ticket.clone()));
    }
    if let Some(seat) = &arguments.seat {
        let session_id = arguments.session.clone().context("of which session? give --session · 请给出 --session")?;
        return Ok(From::Seat(pb::TraceSeat { session_id, room_id: room_id()?, seat: seat.clone(), turn: arguments.turn }));
    }
    if let Some(time) = &arguments.at {
        let at_us = zone.read(time, SystemClock.now())?.as_micros();
        return Ok(From::Minute(pb::TraceMinute { room_id: room_id()?, at_us }));
    }
    let from = arguments.from.clone().context("from where? a certificate or a candidate · 请给出证书编号或考生编号")?;
    Ok(if from.starts_with("cand_") { From::CandidateId(from) } else { From::CertificateNumber(from) })
}

fn show(it: &pb::CandidateTrace, zone: Zone, voice: Voice) {
    let certificate = if it.certificate_number.is_empty() { "—" } else { &it.certificate_number };
    let (ticket, number) = (voice.pick("准考证", "ticket"), voice.pick("证书", "certificate"));
    sayln!("{}  {}  {ticket} {}  {number} {certificate}  {}", it.candidate_id, it.name_masked, it.ticket, it.batch_id);
    it.links.iter().for_each(|link| show_link(link, zone, voice));
    for stay in &it.stays {
        show_stay(stay, zone, voice);
    }
    for incident in &it.incidents {
        let fact = incident.fact.clone().unwrap_or_default();
        sayln!("  !  {}  {}  {}#{}", zone.show(at(fact.occurred_us)), fact.kind, incident.case_id, fact.number);
    }
}

/// A full line for what is there, a dashed one for what is not.
fn show_link(link: &pb::TraceLink, zone: Zone, voice: Voice) {
    let name = voice.pick(&link.chinese, &link.step);
    let turn = if link.turn == 0 { String::new() } else { format!(" {}{}", voice.pick("第", "turn "), link.turn) };
    let subject = json::subject(link).map(|subject| format!(" {subject}")).unwrap_or_default();
    match link.standing.as_str() {
        "done" => {
            sayln!("  ├─ {name}{turn}{subject}");
            for told in &link.facts {
                let fact = told.fact.clone().unwrap_or_default();
                let provisional = if fact.provisional { voice.pick("（设备时间）", " (a device's time)") } else { "" };
                let found = if fact.findings.is_empty() { "" } else { voice.pick("  有问题", "  with findings") };
                let when = zone.show(at(fact.occurred_us));
                sayln!("  │    {when}{provisional}  {}  {}#{}  {}{found}", fact.kind, told.case_id, fact.number, fact.by);
            }
        }
        "not_needed" => sayln!("  ├─ {name}{turn}{subject}  {}", voice.pick("不适用", "not needed")),
        standing => {
            let how = if standing == "missing" { voice.pick("缺失", "missing") } else { voice.pick("待办", "not yet") };
            let whose = voice.pick("责任方", "whose");
            sayln!("  ├┄ {name}{turn}{subject}  {how}  {whose}: {}", link.owners.join(", "));
        }
    }
}

fn show_stay(stay: &pb::TraceStay, zone: Zone, voice: Voice) {
    let when = stay.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
    let (turn, seat) = (voice.pick("第", "turn "), voice.pick("座位", "seat"));
    sayln!("  └─ {turn}{}  {when}  {}  {seat} {}", stay.turn, stay.room_id, stay.seat);
    for viewpoint in &stay.viewpoints {
        let covers = if stay.seat_viewpoint_ids.contains(&viewpoint.viewpoint_id) {
            voice.pick("  覆盖该座位", "  covers the seat")
        } else {
            ""
        };
        let holes: usize = viewpoint.tracks.iter().map(|track| track.missing.len()).sum();
        let streams = viewpoint.stream_ids.join(", ");
        let missing = voice.pick("处缺失", "holes");
        sayln!("       {}  {streams}  {holes} {missing}{covers}", viewpoint.viewpoint_id);
    }
    for look in &stay.accesses {
        let who = if look.name.is_empty() { &look.by } else { &look.name };
        sayln!("       {}  {who}  {}", zone.show(at(look.at_us)), look.purpose);
    }
}
