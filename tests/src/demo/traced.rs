//! From the certificate to the minute of video, and from the minute back to the certificate, by `liuhen trace`.
//!
//! In: a site whose exam is settled. Out: the tree on the terminal, and a [`TraceSummary`]. Always: what is said to be there
//! is fetched: a clip of the candidate's own minutes is decoded.

use anyhow::{Context as _, Result};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::people::v1::Role;
use serde_json::Value;

use super::board;
use super::exam::{LOSING, Settled};
use super::people::{Person, centre_of};
use super::summary::TraceSummary;
use super::{Truth, now_us};
use crate::world::{Site, ffmpeg_decodes};

/// A clip of so much.
const CLIP_US: i64 = 4_000_000;

/// Walks from the certificate to the minute and back.
pub(super) async fn walk(site: &Site, people: &[Person], settled: &Settled, truth: Truth) -> Result<TraceSummary> {
    let number = settled.certificate.as_str();
    board::title(&format!("From the certificate to the minute: `liuhen trace {number}` · 由证书倒查到录像"));
    board::text(&site.server.ask_in_words(&["trace", number])?);
    let found = &settled.found;
    board::title("What the certificate does not hide · 证书背后的问题");
    board::text(&format!(
        "A public notice lasts five working days, and a demonstration some minutes: the results went up too early. The rule \
         refused it; the responsible head told it as a breach, and this finding stands:\n  {} [{}] {}\n  {}",
        found.rule, found.clause, found.english, found.chinese
    ));
    let traced = first(site, &["trace", number])?;
    let mut summary = TraceSummary { certificate: number.to_owned(), facts: settled.facts, ..Default::default() };
    let links = traced["links"].as_array().context("links")?;
    summary.links = links.len();
    let is_open = |link: &&Value| link["standing"] != "done" && link["standing"] != "not_needed";
    summary.links_open = links.iter().filter(is_open).map(|link| link["step"].to_string()).collect();
    summary.breaches =
        links.iter().filter_map(|link| link["facts"].as_array()).flatten().filter(|it| it["breach"] == true).count();
    let stays = traced["stays"].as_array().context("stays")?;
    summary.stays = stays.len();
    let stay = stays.iter().find(|stay| stay["turn"] == LOSING).context("the turn in which the camera was lost")?;
    let lost = &site.declared.cameras[truth.camera];
    gap(&mut summary, stay, &traced, &lost.viewpoint_id);

    let room = stay["room_id"].as_str().context("a room")?;
    let minute = minute_of(stay)?;
    let beside = site.declared.cameras.iter().find(|camera| camera.room == lost.room).context("the other camera of the room")?;
    board::title(&format!("The candidate's own minute, by {} · 该考生本人的录像", beside.name));
    let mut centre = centre_of(site, people, Role::SupervisorExternal).await?;
    let (hls, mp4) = centre.playback(&beside.stream_id, minute).await?;
    board::text(&format!("HLS {0}{hls}\nMP4 {0}{mp4}", site.server.address()));
    let clip = centre.clip(&beside.stream_id, minute).await.context("clip of the candidate's minute")?;
    let file = site.directory().join("from-the-certificate.mp4");
    std::fs::write(&file, clip.bytes).context("write the clip")?;
    summary.clip_frames = ffmpeg_decodes(file.to_str().context("a path of text")?)?.frames;

    let ago_ms = (now_us() - minute.start_us) / 1_000;
    let at = format!("-{ago_ms}ms");
    board::title(&format!("And back: `liuhen trace --room {room} --at {at}` · 由时刻查到证书"));
    let there = site.server.ask(&["trace", "--room", room, "--at", &at])?.remove(0);
    let there = there["candidates"].as_array().context("who was there")?;
    for candidate in there {
        let word = |field: &str| candidate[field].as_str().unwrap_or("?").to_owned();
        board::text(&format!("{}  {}  {}", word("name_masked"), word("ticket"), word("certificate_number")));
    }
    summary.back_again = there.contains(&traced);
    Ok(summary)
}

fn first(site: &Site, arguments: &[&str]) -> Result<Value> {
    let answer = site.server.ask(arguments)?.remove(0);
    answer["candidates"].get(0).cloned().context("a candidate")
}

/// The hole in the candidate's own stay, and the incident that tells of it.
fn gap(summary: &mut TraceSummary, stay: &Value, traced: &Value, viewpoint: &str) {
    let viewpoints = stay["viewpoints"].as_array().into_iter().flatten();
    summary.cover_the_seat = viewpoints.clone().filter(|it| it["covers_seat"] == true).count();
    let missing = |it: &Value| it["missing"].as_array().map_or(0, Vec::len);
    for it in viewpoints {
        let holes = missing(it);
        if it["viewpoint_id"] == viewpoint { summary.holes_of_lost_camera = holes } else { summary.holes_of_others += holes }
    }
    summary.gaps = stay["gap_ids"].as_array().map_or(0, Vec::len);
    let technical = |it: &&Value| it["kind"] == "incident_recorded";
    summary.incidents = traced["incidents"].as_array().into_iter().flatten().filter(technical).count();
}

/// Some seconds from the middle of a stay.
fn minute_of(stay: &Value) -> Result<Interval> {
    let at = |end: &str| stay["interval"][end].as_i64().with_context(|| format!("{end} of {stay}"));
    let middle_us = i64::midpoint(at("start_us")?, at("end_us")?);
    Ok(Interval { start_us: middle_us - CLIP_US / 2, end_us: middle_us + CLIP_US / 2 })
}
