//! `liuhen looks`: who has looked at footage, when and why; and what their players say that they showed.

use anyhow::{Context as _, Result};
use liuhen_proto::Span;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, at, json_interval, read_interval, show_interval};
use crate::arguments::Looks;
use crate::client::{Client, refused};
use crate::moment::{Zone, show_span};
use crate::say::sayln;

pub(crate) async fn run(arguments: &Looks, voice: Voice) -> Result<()> {
    let zone = arguments.times.zone;
    let of_session = arguments.of.starts_with("ses_");
    let asked = arguments.from.as_ref().zip(arguments.to.as_ref()).map(|(from, to)| read_interval(zone, from, to));
    let interval: Option<Interval> = asked.transpose()?.map(Into::into);
    if !of_session {
        interval.as_ref().context("a stream is asked about with --from and --to · 查询视频流请给出 --from 和 --to")?;
    }
    let (session_id, stream_id) =
        if of_session { (arguments.of.clone(), String::new()) } else { (String::new(), arguments.of.clone()) };
    let purpose = arguments.purpose.purpose.clone();
    let request = pb::ListAccessesRequest { session_id, stream_id, interval, purpose, limit: 0 };
    let mut client = Client::connect(&arguments.remote).await?;
    let answer = client.review.list_accesses(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let looks: Vec<_> = answer.accesses.iter().map(json).collect();
        voice.line(&json!({ "looks": looks, "truncated": answer.truncated }));
        return Ok(());
    }
    answer.accesses.iter().for_each(|look| show(look, zone, voice));
    let more = if answer.truncated { " …" } else { "" };
    sayln!("{} {}{more}", answer.accesses.len(), voice.pick("次调阅", "looks"));
    Ok(())
}

fn kind(look: &pb::Access) -> String {
    look.kind().as_str_name().trim_start_matches("ACCESS_KIND_").to_lowercase()
}

fn json(look: &pb::Access) -> serde_json::Value {
    json!({
        "access_id": look.access_id, "by": look.by, "name": look.name, "kind": kind(look), "stream_id": look.stream_id,
        "session_id": look.session_id, "interval": look.interval.as_ref().map(json_interval), "purpose": look.purpose,
        "at_us": look.at_us, "reported": look.reported.as_ref().map(json_report),
    })
}

fn json_report(report: &pb::WatchedReport) -> serde_json::Value {
    let stretch =
        |it: &pb::Watched| json!({ "interval": it.interval.as_ref().map(json_interval), "speed_milli": it.speed_milli });
    json!({
        "watched": report.watched.iter().map(stretch).collect::<Vec<_>>(), "total_us": report.total_us,
        "reported_us": report.reported_us, "truncated": report.truncated,
    })
}

fn show(look: &pb::Access, zone: Zone, voice: Voice) {
    let (chinese, english) = match look.kind() {
        pb::AccessKind::Clip => ("导出", "clip"),
        pb::AccessKind::Playback => ("播放", "playback"),
        pb::AccessKind::Stills => ("截图", "stills"),
        pb::AccessKind::Levels => ("声音电平", "levels"),
        pb::AccessKind::Accesses => ("调阅记录", "who looked"),
        pb::AccessKind::Unspecified => ("未知", "unknown"),
    };
    let what = match &look.interval {
        Some(interval) => format!("{}  {}", look.stream_id, show_interval(zone, interval)),
        None => look.session_id.clone(),
    };
    let who = if look.name.is_empty() { &look.by } else { &look.name };
    sayln!("{}  {who}  {}  {what}  {}", zone.show(at(look.at_us)), voice.pick(chinese, english), look.purpose);
    if let Some(report) = &look.reported {
        show_report(report, zone, voice);
    }
}

/// By the player's own word, and told as such.
fn show_report(report: &pb::WatchedReport, zone: Zone, voice: Voice) {
    let what = voice.pick("播放器上报的观看时段", "reported as watched, by the player");
    sayln!("    {what}: {}", show_span(Span::from_micros(report.total_us)));
    for it in &report.watched {
        let interval = it.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
        sayln!("      {interval}  ×{}", f64::from(it.speed_milli) / 1e3);
    }
    if report.truncated {
        sayln!("      …");
    }
}
