//! `liuhen flags`: what detectors have found. A flag is never a verdict: a person looks.

use anyhow::{Result, bail};
use liuhen_proto::Span;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, at, judgement, read_interval};
use crate::arguments::Flags;
use crate::client::{Client, refused};
use crate::moment::{Zone, show_span};
use crate::say::sayln;

pub(crate) async fn run(arguments: &Flags, voice: Voice) -> Result<()> {
    let request = request(arguments)?;
    let mut client = Client::connect(&arguments.remote).await?;
    let answer = client.review.list_flags(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let flags: Vec<_> = answer.flags.iter().map(as_json).collect();
        voice.line(&json!({ "flags": flags, "truncated": answer.truncated }));
        return Ok(());
    }
    answer.flags.iter().for_each(|flag| show(flag, arguments.times.zone, voice));
    sayln!(
        "{} {}",
        answer.flags.len(),
        voice.pick("条提示；提示不是结论，请人工查看", "flags; a flag is no verdict, a person decides")
    );
    if answer.truncated {
        sayln!("{}", voice.pick("还有更多：请缩短时间段", "there are more: ask for a shorter time"));
    }
    Ok(())
}

fn request(arguments: &Flags) -> Result<pb::ListFlagsRequest> {
    let of = arguments.of.clone();
    match (&arguments.from, &arguments.to) {
        (Some(from), Some(to)) if of.starts_with("vp_") => {
            let interval = read_interval(arguments.times.zone, from, to)?;
            Ok(pb::ListFlagsRequest { viewpoint_id: of, interval: Some(interval.into()), ..Default::default() })
        }
        (None, None) if of.starts_with("ses_") => Ok(pb::ListFlagsRequest { session_id: of, ..Default::default() }),
        _ => bail!(
            "give a session, `ses_…`, or a viewpoint, `vp_…`, with --from and --to · 请给出场次编号，或机位编号与 --from、--to"
        ),
    }
}

fn show(flag: &pb::Flag, zone: Zone, voice: Voice) {
    let start = zone.show(at(flag.start_us));
    let (until, lasts) = match flag.end_us {
        Some(end) => (zone.show_time(at(end)), ""),
        None => (zone.show_time(at(flag.seen_us)), voice.pick(" 仍在持续", " goes on")),
    };
    let long = show_span(Span::from_micros(flag.end_us.unwrap_or(flag.seen_us).saturating_sub(flag.start_us)));
    let kind = judgement::kind(flag.kind, voice);
    let (measured, limit) = (judgement::value(flag.kind, flag.measured_milli), judgement::number(flag.threshold_milli));
    let held = voice.pick("阈值", "threshold");
    sayln!("{start} – {until} ({long}{lasts})  {kind}  {measured} ({held} {limit})");
    sayln!("    {}  {}  {}  {}", flag.viewpoint_id, flag.stream_id, flag.detector, flag.flag_id);
}

pub(super) fn as_json(flag: &pb::Flag) -> serde_json::Value {
    json!({
        "flag_id": flag.flag_id,
        "viewpoint_id": flag.viewpoint_id,
        "camera_id": flag.camera_id,
        "stream_id": flag.stream_id,
        "kind": judgement::word(flag.kind),
        "start_us": flag.start_us,
        "end_us": flag.end_us,
        "seen_us": flag.seen_us,
        "measured_milli": flag.measured_milli,
        "threshold_milli": flag.threshold_milli,
        "detector": flag.detector,
    })
}
