//! `liuhen fsck`: whether objects, manifests, records and custody log agree. Nothing of them is changed,
//! and the server may go on meanwhile.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use liuhen_archive::fsck::{Progress, Report, Stage, fsck};
use liuhen_proto::world::{OsRandom, SystemClock};

use super::{Voice, show_size};
use crate::arguments::Fsck;
use crate::data::Layout;
use crate::language::Language;
use crate::say::sayln;
use crate::serve;

pub(crate) async fn run(arguments: &Fsck, voice: Voice) -> Result<ExitCode> {
    let layout = Layout::of(&arguments.data, arguments.shared.store());
    // Opening makes what is missing; a wrong path must not look like an archive that is empty and sound.
    if layout.shared().is_none() && !layout.database().is_file() || !layout.objects().is_dir() {
        bail!("{} is no data directory of a server · 不是数据目录", arguments.data.display());
    }
    let archive = serve::open(&layout, Arc::new(SystemClock), Arc::new(OsRandom)).await?;
    let mut bar = Bar { shown: None, visible: !voice.json && std::io::stderr().is_terminal(), voice };
    let report = fsck(&archive, &mut |progress| bar.show(progress)).await.context("read the archive")?;
    bar.done();
    if voice.json {
        voice.line(&serde_json::to_value(&report).context("write the report")?);
    } else {
        print(&report, voice);
    }
    Ok(if report.found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line on the terminal, where there is one.
struct Bar {
    shown: Option<(Stage, u64)>,
    visible: bool,
    voice: Voice,
}

impl Bar {
    fn show(&mut self, progress: Progress) {
        let percent = progress.of.map_or(0, |of| progress.done * 100 / of.max(1));
        if !self.visible || self.shown == Some((progress.stage, percent)) {
            return;
        }
        self.shown = Some((progress.stage, percent));
        let stage = match progress.stage {
            Stage::Rows => self.voice.pick("数据库记录", "rows"),
            Stage::Objects => self.voice.pick("存储对象", "objects"),
            Stage::Log => self.voice.pick("存证日志", "log"),
        };
        match progress.of {
            Some(of) => eprint!("\r{stage} {percent:3} % ({} / {of})      ", progress.done),
            None => eprint!("\r{stage} {}      ", progress.done),
        }
    }

    fn done(&self) {
        if self.visible {
            eprintln!();
        }
    }
}

fn print(report: &Report, voice: Voice) {
    for finding in &report.findings {
        let message = match voice.language {
            Language::Chinese => &finding.message_zh,
            Language::English => &finding.message,
        };
        sayln!("✖ {message}\n    {}", finding.detail);
    }
    let checked = report.checked;
    let words = voice.pick("已核验：条目、记录、片段、对象", "checked: entries, rows, segments, objects");
    let (entries, rows, segments, objects) = (checked.entries, checked.rows, checked.segments, checked.objects);
    sayln!("{words} {entries}, {rows}, {segments}, {objects}; {}", show_size(checked.bytes));
    match report.found {
        0 => sayln!("✔ {}", voice.pick("全部一致", "everything agrees")),
        found => sayln!("✖ {found} {}", voice.pick("处不一致", "findings")),
    }
}
