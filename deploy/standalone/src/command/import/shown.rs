//! Imports for people and for programs; what a dry run would do; corrections.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use liuhen_proto::Span;
use liuhen_proto::digest::hex;
use liuhen_proto::import::{CorrectionStatement, ImportStatement};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::common::v1::TrackKind;
use serde_json::{Value, json};

use super::Looked;
use super::filled::Missing;
use crate::client::{Client, refused};
use crate::command::{Voice, at, json_interval, show_interval, show_size};
use crate::moment::{Zone, show_span};
use crate::say::sayln;

/// Imports that are listed.
const LISTED: u32 = 1000;

/// `liuhen import list`.
pub(super) async fn list(mut client: Client, viewpoint: &str, zone: Zone, voice: Voice) -> Result<ExitCode> {
    let request = pb::ListImportsRequest { viewpoint_id: viewpoint.to_owned(), limit: LISTED };
    let answer = client.imports.list_imports(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        voice.line(&answer.imports.iter().map(value).collect());
        return Ok(ExitCode::SUCCESS);
    }
    for import in &answer.imports {
        let first = import.revisions.first().and_then(statement);
        let name = first.map(|first| first.file_name).unwrap_or_default();
        let when = import.interval.as_ref().map(|interval| show_interval(zone, interval));
        let when = when.unwrap_or_else(|| voice.pick("仅保存", "only kept").to_owned());
        let revision = import.revisions.last().map_or(0, |last| last.revision);
        let corrected = if revision > 1 { voice.pick("  已更正", "  corrected") } else { "" };
        sayln!("{}  {when}  {}  {name}{corrected}", import.import_id, show_size(import.original_size_bytes));
    }
    Ok(ExitCode::SUCCESS)
}

/// `liuhen import show`.
pub(super) async fn show(mut client: Client, import: &str, zone: Zone, voice: Voice) -> Result<ExitCode> {
    print(&get(&mut client, import, voice).await?, zone, voice);
    Ok(ExitCode::SUCCESS)
}

async fn get(client: &mut Client, import: &str, voice: Voice) -> Result<pb::Import> {
    let request = pb::GetImportRequest { import_id: import.to_owned() };
    let answer = client.imports.get_import(request).await.map_err(|status| refused(&status, voice.language))?;
    answer.into_inner().import.context("the server's answer lacks the import")
}

fn print(import: &pb::Import, zone: Zone, voice: Voice) {
    if voice.json {
        return voice.line(&value(import));
    }
    sayln!("{}  {}", import.import_id, voice.pick("导入录像（非采集时封存）", "imported (not sealed at capture)"));
    sayln!("  {}  {}  {}", import.viewpoint_id, import.camera_id, import.stream_id);
    match &import.interval {
        Some(interval) => sayln!("  {} {}", voice.pick("起止", "covers"), show_interval(zone, interval)),
        None => sayln!("  {}", voice.pick("仅保存原文件，不能播放", "only kept: nothing of it plays")),
    }
    let (size, digest) = (show_size(import.original_size_bytes), hex(&import.original_sha256));
    sayln!("  {} {}\n    {size}  sha256:{digest}", voice.pick("原文件", "original"), import.original_object_name);
    for revision in &import.revisions {
        let offset = show_offset(revision.clock_offset_us);
        let when = zone.show(at(revision.at_us));
        sayln!("  #{}  {when}  {} {offset}  {}", revision.leaf_index, voice.pick("时钟偏差", "clock offset"), revision.key_id);
        for (name, text) in told(revision, zone, voice) {
            sayln!("      {name}: {text}");
        }
    }
}

/// What a statement says, in words.
fn told(revision: &pb::ImportRevision, zone: Zone, voice: Voice) -> Vec<(&'static str, String)> {
    if let Some(first) = statement(revision) {
        let mut told = vec![
            (voice.language.pick("文件", "file"), first.file_name),
            (voice.language.pick("设备", "device"), first.device),
            (voice.language.pick("保管人", "custodian"), first.custodian),
            (voice.language.pick("设备时钟开始", "device's clock at the start"), zone.show(first.device_start)),
            (voice.language.pick("偏差依据", "offset known by"), first.offset_reason),
        ];
        if !first.left_out.is_empty() {
            told.push((voice.language.pick("未导入", "left out"), first.left_out.join(", ")));
        }
        return told;
    }
    match CorrectionStatement::from_bytes(&revision.statement) {
        Ok(correction) => vec![(voice.language.pick("更正原因", "corrected because"), correction.reason)],
        Err(_) => vec![(voice.language.pick("声明", "statement"), voice.pick("已销毁", "destroyed").to_owned())],
    }
}

fn statement(revision: &pb::ImportRevision) -> Option<ImportStatement> {
    ImportStatement::from_bytes(&revision.statement).ok()
}

/// All that is known, the exact bytes that were signed included.
fn value(import: &pb::Import) -> Value {
    let revision = |revision: &pb::ImportRevision| {
        json!({
            "revision": revision.revision,
            "clock_offset_us": revision.clock_offset_us,
            "at_us": revision.at_us,
            "statement": String::from_utf8_lossy(&revision.statement),
            "signature": hex(&revision.signature),
            "public_key": hex(&revision.public_key),
            "key_id": revision.key_id,
            "leaf_index": revision.leaf_index,
        })
    };
    json!({
        "import_id": import.import_id,
        "trust": "imported",
        "viewpoint_id": import.viewpoint_id,
        "camera_id": import.camera_id,
        "stream_id": import.stream_id,
        "original_sha256": hex(&import.original_sha256),
        "original_size_bytes": import.original_size_bytes,
        "original_object_name": import.original_object_name,
        "interval": import.interval.as_ref().map(json_interval),
        "segments": import.segments,
        "revisions": import.revisions.iter().map(revision).collect::<Vec<_>>(),
    })
}

fn show_offset(us: i64) -> String {
    let length = humantime::format_duration(std::time::Duration::from_micros(us.unsigned_abs()));
    format!("{}{length}", if us < 0 { "-" } else { "+" })
}

/// What a file would become.
pub(super) fn dry(path: &Path, looked: &Looked, statement: &ImportStatement, zone: Zone, voice: Voice) {
    let interval = looked.film.as_ref().and_then(|film| film.interval(statement.true_start())).map(Into::into);
    if voice.json {
        return voice.line(&json!({
            "file": path,
            "dry_run": true,
            "device_start_us": statement.device_start.as_micros(),
            "start_by": looked.start.by,
            "interval": interval.as_ref().map(json_interval),
            "original_sha256": statement.original.sha256.to_string(),
            "original_size_bytes": statement.original.size_bytes,
            "codecs": looked.film.as_ref().map(|film| &film.codecs),
            "runs": statement.runs.len(),
            "fragments": looked.film.as_ref().map(|film| film.fragments),
            "left_out": statement.left_out,
            "dropped": looked.film.as_ref().map(|film| film.dropped),
            "torn": looked.film.as_ref().and_then(|film| film.torn.as_ref()),
        }));
    }
    sayln!("{}  {}", path.display(), show_size(statement.original.size_bytes));
    sayln!("  sha256:{}", statement.original.sha256);
    let by = match looked.start.by {
        "file" => voice.pick("取自文件", "by the file itself"),
        "name" => voice.pick("取自文件名", "by the file's name"),
        _ => voice.pick("声明", "declared"),
    };
    sayln!("  {} {} ({by})", voice.pick("设备时钟开始", "device's clock at the start"), zone.show(statement.device_start));
    described(looked, interval.as_ref(), zone, voice);
}

fn described(looked: &Looked, interval: Option<&liuhen_proto::wire::common::v1::Interval>, zone: Zone, voice: Voice) {
    let Some(film) = &looked.film else {
        return sayln!("  {}", voice.pick("仅保存原文件，不能播放、不计入覆盖", "only kept: nothing of it plays or covers"));
    };
    let when = interval.map(|interval| show_interval(zone, interval)).unwrap_or_default();
    sayln!("  {} {when} ({})  {}", voice.pick("真实时间", "true time"), show_span(film.length), film.codecs.join(", "));
    if film.runs.len() > 1 {
        sayln!("  {} {}", voice.pick("时间戳跳变，分为若干段：", "its time stamps jump; parts:"), film.runs.len());
    }
    for stream in &looked.left_out {
        sayln!("  {} {stream}", voice.pick("未导入（保留在原文件中）", "left out, and kept in the original:"));
    }
    if film.dropped > 0 {
        sayln!("  {} {}", voice.pick("无法使用的数据包", "packets that could not be used:"), film.dropped);
    }
    if let Some(torn) = &film.torn {
        sayln!("  {}: {torn}", voice.pick("文件不完整", "the file ends before its end"));
    }
}

/// What was taken, and what it filled.
pub(super) fn taken(
    path: &Path,
    looked: &Looked,
    imported: &pb::Imported,
    filled: &[Missing],
    zone: Zone,
    voice: Voice,
) -> Result<()> {
    let import = imported.import.as_ref().context("the server's answer lacks the import")?;
    if voice.json {
        let mut all = value(import);
        all["file"] = json!(path);
        all["repeated"] = json!(imported.repeated);
        all["left_out"] = json!(looked.left_out);
        all["dropped"] = json!(looked.film.as_ref().map(|film| film.dropped));
        all["torn"] = json!(looked.film.as_ref().and_then(|film| film.torn.as_ref()));
        all["leaf_index"] = json!(imported.receipt.as_ref().map(|receipt| receipt.leaf_index));
        all["filled"] = filled.iter().map(json_filled).collect();
        voice.line(&all);
        return Ok(());
    }
    if imported.repeated {
        let (zh, en) = ("此文件此前已导入，未重复导入：", "this file was taken in before, and is not taken twice:");
        sayln!("{}  {} {}", path.display(), voice.pick(zh, en), import.import_id);
        return Ok(());
    }
    sayln!("{}  {}", path.display(), voice.pick("已导入（非采集时封存）", "imported (not sealed at capture)"));
    sayln!("  {}  {}", import.import_id, import.stream_id);
    described(looked, import.interval.as_ref(), zone, voice);
    for missing in filled {
        let kind = match missing.kind {
            TrackKind::Audio => voice.pick("声音", "sound"),
            _ => voice.pick("画面", "pictures"),
        };
        for interval in &missing.intervals {
            let (when, long) = (show_interval(zone, interval), show_span(length(interval)));
            sayln!("  {} {kind} {when} ({long})  {}", voice.pick("补全", "filled"), missing.name);
        }
    }
    Ok(())
}

fn length(interval: &liuhen_proto::wire::common::v1::Interval) -> Span {
    Span::from_micros(interval.end_us - interval.start_us)
}

fn json_filled(missing: &Missing) -> Value {
    let kind = if missing.kind == TrackKind::Audio { "audio" } else { "video" };
    let intervals: Vec<_> = missing.intervals.iter().map(json_interval).collect();
    json!({ "session_id": missing.session, "kind": kind, "intervals": intervals })
}

/// What is declared instead.
pub(super) struct Correction<'a> {
    pub(super) import: &'a str,
    pub(super) offset_us: i64,
    pub(super) reason: &'a str,
    pub(super) key: &'a SigningKey,
}

/// `liuhen import correct`.
pub(super) async fn correct(mut client: Client, correction: Correction<'_>, zone: Zone, voice: Voice) -> Result<ExitCode> {
    let known = get(&mut client, correction.import, voice).await?;
    let seen = known.revisions.last().map_or(0, |last| last.revision);
    let statement = CorrectionStatement {
        v: 1,
        r#type: "import.corrected".to_owned(),
        import: known.import_id.parse().context("the server's answer lacks the import's id")?,
        revision: seen + 1,
        clock_offset_us: correction.offset_us,
        reason: correction.reason.trim().to_owned(),
    };
    let bytes = statement.to_bytes();
    CorrectionStatement::from_bytes(&bytes)?;
    let request = pb::CorrectImportRequest {
        import_id: known.import_id,
        signature: correction.key.sign(&bytes).as_bytes().to_vec(),
        public_key: correction.key.public().to_bytes().to_vec(),
        statement: bytes,
    };
    let answer = client.imports.correct_import(request).await.map_err(|status| refused(&status, voice.language))?;
    print(&answer.into_inner().import.context("the server's answer lacks the import")?, zone, voice);
    Ok(ExitCode::SUCCESS)
}
