//! Entries of what was judged: flags, and how a viewpoint is judged.

use liuhen_proto::custody::EntryType;
use liuhen_proto::judgement::Limit;
use serde_json::{Map, json};

use super::{Draft, draft};
use crate::records::{FlagReport, Viewpoint};

/// How a viewpoint is judged from now on. The reason stands in the log only.
pub(in crate::records) fn judgement(it: &Viewpoint, site: impl ToString, reason: Option<&str>) -> Draft {
    let idem = format!("judgement/{}/{}", it.id, it.judgement_revision);
    let draft = draft(EntryType::Record, site, idem).with("kind", "viewpoint.judge");
    let draft = draft.with("viewpoint", it.id.to_string()).with("revision", i64::from(it.judgement_revision));
    let draft = it.reference.iter().fold(draft, |draft, reference| {
        draft.with("reference", reference.still.to_string()).with("reference_sha256", reference.sha256)
    });
    let thresholds = it.thresholds.iter().map(|(kind, limit)| {
        let limit = match limit {
            Limit::Off => "off".into(),
            Limit::Milli(milli) => milli.into(),
        };
        (kind.as_str().to_owned(), limit)
    });
    let mut body = json!({ "thresholds": thresholds.collect::<Map<_, _>>() });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    draft.body(body)
}

/// A report that said something new. Up to when it was seen is no news, and is not in it.
pub(in crate::records) fn flag(it: &FlagReport, version: u32, subject: &str) -> Draft {
    let draft = draft(EntryType::Flag, subject, format!("flag/{}/{version}/{subject}", it.flag));
    let draft = draft.with("flag", it.flag.to_string()).with("version", i64::from(version));
    let draft = draft.with("stream", it.stream.to_string()).with("run", it.run.to_string());
    let draft = draft.with("kind", it.kind.as_str()).with("detector", it.detector.as_str());
    let draft = draft.with("state", if it.end.is_some() { "closed" } else { "open" }).with("start_us", it.start);
    let draft = it.end.into_iter().fold(draft, |draft, end| draft.with("end_us", end));
    draft.with("measured_milli", it.measured_milli).with("threshold_milli", it.threshold_milli)
}
