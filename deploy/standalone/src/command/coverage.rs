//! `liuhen coverage`: what a session should hold, holds, and lacks.

use std::collections::HashMap;
use std::io::IsTerminal as _;

use anyhow::Result;
use liuhen_proto::Span;
use liuhen_proto::wire::common::v1::TrackKind;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::session::v1 as session;
use serde_json::{Value, json};

use super::{Voice, at, json_interval, show_interval, span_of};
use crate::arguments::Coverage;
use crate::client::{Client, refused};
use crate::moment::{Zone, show_span};
use crate::say::{say, sayln};

pub(crate) async fn run(arguments: &Coverage, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let names = if voice.json { HashMap::new() } else { names(&mut client, &arguments.session, voice).await? };
    let board = Board { names, zone: arguments.times.zone, voice };
    let session_id = arguments.session.clone();
    if !arguments.watch {
        let answer = client.review.get_coverage(pb::GetCoverageRequest { session_id }).await;
        let answer = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
        board.show(&answer.coverage.unwrap_or_default());
        return Ok(());
    }
    let answers = client.review.watch_coverage(pb::WatchCoverageRequest { session_id }).await;
    let mut answers = answers.map_err(|status| refused(&status, voice.language))?.into_inner();
    while let Some(answer) = answers.message().await.map_err(|status| refused(&status, voice.language))? {
        if !voice.json && std::io::stdout().is_terminal() {
            // Clears the screen and goes to its corner (ECMA-48 ED, CUP).
            say(format_args!("\x1b[2J\x1b[H"));
        }
        board.show(&answer.coverage.unwrap_or_default());
    }
    Ok(())
}

/// Names of rooms and viewpoints, by their ids.
async fn names(client: &mut Client, session: &str, voice: Voice) -> Result<HashMap<String, String>> {
    let failed = |status| refused(&status, voice.language);
    let request = session::GetSessionRequest { session_id: session.to_owned() };
    let session = client.sessions.get_session(request).await.map_err(failed)?.into_inner().session.unwrap_or_default();
    let request = session::GetSiteRequest { site_id: session.site_id };
    let site = client.sessions.get_site(request).await.map_err(failed)?.into_inner();
    let rooms = site.rooms.into_iter().map(|room| (room.room_id, room.name));
    Ok(rooms.chain(site.viewpoints.into_iter().map(|view| (view.viewpoint_id, view.name))).collect())
}

struct Board {
    names: HashMap<String, String>,
    zone: Zone,
    voice: Voice,
}

impl Board {
    fn show(&self, coverage: &pb::Coverage) {
        if self.voice.json {
            return self.voice.line(&as_json(coverage));
        }
        sayln!("{}  {}", coverage.session_id, self.zone.show(at(coverage.as_of_us)));
        for viewpoint in &coverage.viewpoints {
            self.show_viewpoint(viewpoint, coverage.as_of_us);
        }
        let open = coverage.gaps.iter().filter(|gap| gap.end_us.is_none()).count();
        let (gaps, still) = (coverage.gaps.len(), self.voice.pick("未结束", "open"));
        sayln!("{} {gaps} ({open} {still})", self.voice.pick("缺口", "gaps"));
        for gap in &coverage.gaps {
            self.show_gap(gap);
        }
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    fn show_viewpoint(&self, viewpoint: &pb::ViewpointCoverage, as_of_us: i64) {
        let expected = viewpoint.expected.unwrap_or_default();
        let tolerance = show_span(Span::from_micros(viewpoint.tolerance_us));
        let (room, name) = (self.name(&viewpoint.room_id), self.name(&viewpoint.viewpoint_id));
        let tolerated = self.voice.pick("容差", "tolerance");
        sayln!("  {room} · {name}  {}  {tolerated} {tolerance}", show_interval(self.zone, &expected));
        for track in &viewpoint.tracks {
            // Up to now, since what is to come cannot be missing yet.
            let due = Span::from_micros(expected.end_us.min(as_of_us).saturating_sub(expected.start_us));
            let have: i64 = track.covered.iter().map(|covered| span_of(covered).as_micros()).sum();
            let percent = if due == Span::ZERO { 100.0 } else { (have as f64 / due.as_micros() as f64 * 100.0).min(100.0) };
            let missing: i64 = track.missing.iter().map(|missing| span_of(missing).as_micros()).sum();
            let mark = if !track.required {
                "·"
            } else if track.missing.is_empty() {
                "✔"
            } else {
                "✖"
            };
            let kind = match track.kind() {
                TrackKind::Audio => self.voice.pick("声音", "sound"),
                _ => self.voice.pick("画面", "picture"),
            };
            let (have, missing) = (show_span(Span::from_micros(have)), show_span(Span::from_micros(missing)));
            let (stored, lacks) = (self.voice.pick("已存", "stored"), self.voice.pick("缺失", "missing"));
            sayln!("    {mark} {kind}  {stored} {have} ({percent:.2} %)  {lacks} {missing}");
        }
    }

    fn show_gap(&self, gap: &pb::Gap) {
        let start = self.zone.show(at(gap.start_us));
        let end = match gap.end_us {
            Some(end) => {
                let long = show_span(Span::from_micros(end.saturating_sub(gap.start_us)));
                format!("{} ({long})", self.zone.show_time(at(end)))
            }
            None => self.voice.pick("至今", "until now").to_owned(),
        };
        let kind = match gap.kind() {
            pb::GapKind::NoSound => self.voice.pick("无声音", "no sound"),
            _ => self.voice.pick("无画面", "no picture"),
        };
        sayln!("  {start} – {end}  {}  {kind}  {}", self.name(&gap.viewpoint_id), cause(gap.cause(), self.voice));
    }
}

fn cause(cause: pb::GapCause, voice: Voice) -> &'static str {
    let (chinese, english) = match cause {
        pb::GapCause::CameraUnreachable => ("摄像机无响应", "camera unreachable"),
        pb::GapCause::RecorderUnreachable => ("录像机失联", "recorder unreachable"),
        pb::GapCause::UploadPending => ("待补传", "upload pending"),
        pb::GapCause::ClockStep => ("录像机时钟跳变", "clock stepped"),
        pb::GapCause::DiskFull => ("录像机磁盘已满", "recorder's disk full"),
        pb::GapCause::StoppedOnPurpose => ("人为停止", "stopped on purpose"),
        pb::GapCause::Judged => ("由检测器判定", "flagged by a detector"),
        pb::GapCause::PacketsLost => ("网络丢包", "packets lost"),
        pb::GapCause::Unknown | pb::GapCause::Unspecified => ("原因未知", "cause unknown"),
    };
    voice.language.pick(chinese, english)
}

/// The last part of an enum's name in protobuf, in small letters: `camera_unreachable`.
fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

fn as_json(coverage: &pb::Coverage) -> Value {
    json!({
        "session_id": coverage.session_id,
        "as_of_us": coverage.as_of_us,
        "epoch": coverage.epoch,
        "viewpoints": coverage.viewpoints.iter().map(json_viewpoint).collect::<Vec<_>>(),
        "gaps": coverage.gaps.iter().map(json_gap).collect::<Vec<_>>(),
    })
}

fn json_viewpoint(viewpoint: &pb::ViewpointCoverage) -> Value {
    let track = |track: &pb::TrackCoverage| {
        json!({
            "kind": word(track.kind().as_str_name(), "TRACK_KIND_"),
            "required": track.required,
            "covered": track.covered.iter().map(json_interval).collect::<Vec<_>>(),
            "missing": track.missing.iter().map(json_interval).collect::<Vec<_>>(),
            "last_stored_us": track.last_stored_us,
            "lost_packets": track.lost_packets,
        })
    };
    json!({
        "viewpoint_id": viewpoint.viewpoint_id,
        "room_id": viewpoint.room_id,
        "expected": viewpoint.expected.as_ref().map(json_interval),
        "tolerance_us": viewpoint.tolerance_us,
        "stream_ids": viewpoint.stream_ids,
        "tracks": viewpoint.tracks.iter().map(track).collect::<Vec<_>>(),
    })
}

fn json_gap(gap: &pb::Gap) -> Value {
    json!({
        "gap_id": gap.gap_id,
        "viewpoint_id": gap.viewpoint_id,
        "kind": word(gap.kind().as_str_name(), "GAP_KIND_"),
        "cause": word(gap.cause().as_str_name(), "GAP_CAUSE_"),
        "start_us": gap.start_us,
        "end_us": gap.end_us,
        "opened_us": gap.opened_us,
        "closed_us": gap.closed_us,
    })
}
