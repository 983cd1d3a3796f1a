//! How far the results of a batch are, and its volume.

use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::word;
use crate::command::Voice;
use crate::say::sayln;

pub(super) fn json(results: &pb::BatchResults) -> Value {
    let notice = |it: &pb::NoticeState| {
        json!({
            "notice": it.notice, "posted_on": it.posted_on, "upload_opens_on": it.upload_opens_on,
            "provisional": it.provisional, "open_objections": it.open_objections,
        })
    };
    let line =
        |it: &pb::VolumeLine| json!({ "category": category(it), "wanted": it.wanted, "filed": it.filed, "missing": it.missing });
    json!({
        "judged": results.judged, "released": results.released, "passed": results.passed, "on_notice": results.on_notice,
        "uploaded": results.uploaded, "numbered": results.numbered, "confirmed": results.confirmed, "issued": results.issued,
        "notices": results.notices.iter().map(notice).collect::<Vec<_>>(),
        "volume": results.volume.iter().map(line).collect::<Vec<_>>(), "closed": results.closed,
    })
}

fn category(line: &pb::VolumeLine) -> String {
    word(line.category().as_str_name(), "RECORD_CATEGORY_")
}

/// Nothing of what has not begun.
pub(super) fn show(results: &pb::BatchResults, voice: Voice) {
    if results.judged > 0 {
        let names = voice.pick(
            "已评分、已发布、合格、公示、上传、赋码、确认、发证",
            "judged, released, passed, on notice, uploaded, numbered, confirmed, issued",
        );
        let scores = [results.judged, results.released, results.passed, results.on_notice];
        let certificates = [results.uploaded, results.numbered, results.confirmed, results.issued];
        let counts: Vec<_> = scores.iter().chain(&certificates).map(u32::to_string).collect();
        sayln!("{names}: {}", counts.join(", "));
    }
    for it in &results.notices {
        let provisional = if it.provisional { voice.pick("（暂定）", " (provisional)") } else { "" };
        let opens = voice.pick("可上传", "upload opens");
        let open = voice.pick("未处理异议", "objections open");
        sayln!("  {}  {}  {opens} {}{provisional}  {open} {}", it.notice, it.posted_on, it.upload_opens_on, it.open_objections);
    }
    let missing: Vec<_> = results.volume.iter().filter(|line| line.missing).map(category).collect();
    if results.judged > 0 && !missing.is_empty() {
        sayln!("{}: {}", voice.pick("案卷缺少", "the volume lacks"), missing.join(", "));
    }
    if results.closed {
        sayln!("{}", voice.pick("已结卷", "closed"));
    }
}
