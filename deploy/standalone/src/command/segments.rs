//! `liuhen segments`: what is sealed of a stream.

use anyhow::Result;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, hex, interval, json_interval, show_interval, show_size};
use crate::arguments::Segments;
use crate::client::{Client, refused};
use crate::say::sayln;

pub(crate) async fn run(arguments: &Segments, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let asked: Interval = interval(&arguments.span)?.into();
    let mut from = asked;
    let mut listed: Vec<pb::Segment> = Vec::new();
    loop {
        let request = pb::ListSegmentsRequest { stream_id: arguments.stream.clone(), interval: Some(from), limit: 1000 };
        let page = client.review.list_segments(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
        let before = listed.len();
        // Segments that touch the new start stood in the page before.
        let known: std::collections::HashSet<_> = listed.iter().map(key).collect();
        listed.extend(page.segments.into_iter().filter(|segment| !known.contains(&key(segment))));
        match listed.last().and_then(|last| last.interval) {
            Some(last) if page.truncated && listed.len() > before => from.start_us = last.start_us,
            _ => break,
        }
    }
    print(arguments, voice, &listed);
    Ok(())
}

fn key(segment: &pb::Segment) -> (String, u64) {
    (segment.run_id.clone(), segment.first_sequence)
}

fn print(arguments: &Segments, voice: Voice, segments: &[pb::Segment]) {
    if voice.json {
        return voice.line(&json!({ "segments": segments.iter().map(as_json).collect::<Vec<_>>() }));
    }
    let zone = arguments.span.times.zone;
    for segment in segments {
        let when = segment.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
        let tail = if segment.unsigned_tail { voice.pick("  末尾未签名", "  unsigned tail") } else { "" };
        let (first, last, size) = (segment.first_sequence, segment.last_sequence, show_size(segment.object_size_bytes));
        let trust = super::show_trust(segment.trust(), voice);
        let late = if segment.late_upload { voice.pick("  补传", "  late upload") } else { "" };
        sayln!("{when}  {} {first}-{last}  {size}  #{}{tail}{trust}{late}", segment.run_id, segment.leaf_index);
        sayln!("    {}", segment.object_name);
    }
    let total: u64 = segments.iter().map(|segment| segment.object_size_bytes).sum();
    let words = voice.pick("个已封存片段", "sealed segments");
    sayln!("{} {words}, {}", segments.len(), show_size(total));
    if segments.is_empty() {
        sayln!("{}", voice.pick("片段在录制约一分钟后封存", "a segment is sealed about a minute after it begins"));
    }
}

fn as_json(segment: &pb::Segment) -> serde_json::Value {
    json!({
        "stream_id": segment.stream_id,
        "run_id": segment.run_id,
        "first_sequence": segment.first_sequence,
        "last_sequence": segment.last_sequence,
        "interval": segment.interval.as_ref().map(json_interval),
        "object_name": segment.object_name,
        "object_size_bytes": segment.object_size_bytes,
        "object_sha256": hex(&segment.object_sha256),
        "manifest_sha256": hex(&segment.manifest_sha256),
        "unsigned_tail": segment.unsigned_tail,
        "leaf_index": segment.leaf_index,
        "trust": super::json_trust(segment.trust()),
        "late_upload": segment.late_upload,
        "import_id": Some(&segment.import_id).filter(|id| !id.is_empty()),
    })
}
