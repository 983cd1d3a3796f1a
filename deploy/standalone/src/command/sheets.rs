//! `liuhen sheets`: spreadsheets in the shape of the guidelines' annexes, taken in and filled in.
//!
//! Always: what is wrong with a file is told by sheet, row and column, all of it at once; an unmasked file is for its
//! owner's eyes only.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::session::v1 as pb;
use serde_json::json;

use super::{Voice, hex};
use crate::arguments::{FormOf, Sheets, SheetsAction};
use crate::client::{Client, refused};
use crate::say::sayln;

/// The largest file that a server takes.
const MAX_BYTES: u64 = 8 << 20;

pub(crate) async fn run(arguments: &Sheets, voice: Voice) -> Result<ExitCode> {
    match &arguments.action {
        SheetsAction::Import { form, file, sheet, clerk, dry_run, remote } => {
            let request = pb::ImportSheetRequest {
                case_id: form.of.clone(),
                form: pb::SheetForm::from(form.form).into(),
                file: read(file)?,
                sheet: sheet.clone(),
                subject: subject(form),
                clerk_id: clerk.clone(),
                dry_run: *dry_run,
            };
            let mut client = Client::connect(remote).await?;
            let answer = client.sheets.import_sheet(request).await.map_err(|status| refused(&status, voice.language))?;
            Ok(told(&answer.into_inner(), file, *dry_run, voice))
        }
        SheetsAction::Export { form, output, reveal, remote } => {
            let mut client = Client::connect(remote).await?;
            let rows = export(&mut client, form, output, reveal.as_deref(), voice).await?;
            match voice.json {
                true => voice.line(&json!({ "file": output, "rows": rows })),
                false => sayln!("{}  {rows} {}", output.display(), voice.pick("行", "rows")),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn subject(form: &FormOf) -> i32 {
    form.subject.map_or(0, |subject| pb::Subject::from(subject).into())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path).with_context(|| format!("read {}", path.display()))?.len();
    if size > MAX_BYTES {
        bail!("{} is larger than 8 MiB: remove pictures, or split it · 文件超过 8 MiB，请删除图片或拆分", path.display());
    }
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

fn told(it: &pb::ImportSheetResponse, file: &Path, dry_run: bool, voice: Voice) -> ExitCode {
    if voice.json {
        let trouble = |it: &pb::SheetTrouble| json!({ "sheet": it.sheet, "row": it.row, "column": it.column, "english": it.english, "chinese": it.chinese });
        voice.line(&json!({
            "taken": it.taken, "dry_run": dry_run, "repeated": it.repeated, "rows": it.rows, "facts": it.facts,
            "troubles": it.troubles.iter().map(trouble).collect::<Vec<_>>(), "more_troubles": it.more_troubles,
            "not_taken": it.not_taken, "findings": super::case::json_findings(&it.findings),
            "more_findings": it.more_findings, "file_sha256": hex(&it.file_sha256),
        }));
    } else {
        show(it, file, dry_run, voice);
    }
    if it.taken { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(it: &pb::ImportSheetResponse, file: &Path, dry_run: bool, voice: Voice) {
    for trouble in &it.troubles {
        sayln!("  {}", voice.pick(&trouble.chinese, &trouble.english));
    }
    if it.more_troubles > 0 {
        sayln!("  {} {}", voice.pick("其余问题数：", "and more:"), it.more_troubles);
    }
    super::case::show_findings(&it.findings, voice);
    if it.more_findings > 0 {
        sayln!("  {} {}", voice.pick("其余提示数：", "more findings:"), it.more_findings);
    }
    if !it.not_taken.is_empty() {
        sayln!("  {} {}", voice.pick("未导入的列：", "columns that are not taken in:"), it.not_taken.join("、"));
    }
    let state = match (it.taken, dry_run, it.repeated) {
        (false, ..) => voice.pick("未导入，请按提示修改后重试", "nothing was taken in: put it right and try again"),
        (true, _, true) => voice.pick("此前已导入，未重复登记", "was taken in before, nothing happened now"),
        (true, true, _) => voice.pick("可以导入（仅预览）", "can be taken in (dry run)"),
        (true, false, _) => voice.pick("已导入", "taken in"),
    };
    sayln!("{}  {state}  {} {}", file.display(), it.rows, voice.pick("行", "rows"));
}

async fn export(client: &mut Client, form: &FormOf, output: &Path, reveal: Option<&str>, voice: Voice) -> Result<u32> {
    let format = match output.extension().and_then(|extension| extension.to_str()) {
        Some("xlsx") => pb::SheetFormat::Xlsx,
        Some("csv") => pb::SheetFormat::Csv,
        _ => bail!("{} ends neither with .xlsx nor with .csv · 输出文件应以 .xlsx 或 .csv 结尾", output.display()),
    };
    let sheet = pb::ExportSheetRequest {
        case_id: form.of.clone(),
        form: pb::SheetForm::from(form.form).into(),
        format: format.into(),
        subject: subject(form),
    };
    let failed = |status| refused(&status, voice.language);
    let (file, rows) = match reveal {
        Some(purpose) => {
            let request = pb::RevealSheetRequest { sheet: Some(sheet), purpose: purpose.to_owned() };
            let given = client.sheets.reveal_sheet(request).await.map_err(failed)?.into_inner();
            (given.file, given.rows)
        }
        None => {
            let given = client.sheets.export_sheet(sheet).await.map_err(failed)?.into_inner();
            (given.file, given.rows)
        }
    };
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(output);
    let mut made = made.with_context(|| format!("make {}", output.display()))?;
    made.write_all(&file).with_context(|| format!("write {}", output.display()))?;
    Ok(rows)
}
