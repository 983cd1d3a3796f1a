//! `liuhen clip` saves footage; `liuhen play` prints where to play it from.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::read_clip_response::Part;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::{Voice, at, interval, json_interval, show_interval, show_size, span_of};
use crate::arguments::{Clip, Play};
use crate::client::{Client, refused};
use crate::moment::show_span;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Clip, voice: Voice) -> Result<()> {
    let output = &arguments.output;
    if output.exists() {
        bail!("{} exists already: it is not overwritten · 文件已存在，不会覆盖", output.display());
    }
    let mut client = Client::connect(&arguments.remote).await?;
    let asked = interval(&arguments.span)?;
    let request = pb::ReadClipRequest {
        stream_id: arguments.stream.clone(),
        interval: Some(asked.into()),
        purpose: arguments.purpose.purpose.clone(),
    };
    let stream = client.review.read_clip(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    let draft = Draft::beside(output);
    let info = save(stream, &draft.0, voice).await?;
    // A link, since it never replaces what another has put there meanwhile.
    std::fs::hard_link(&draft.0, output).with_context(|| format!("write {}", output.display()))?;
    report(arguments, &info, voice);
    Ok(())
}

/// A file that is removed again, whatever happens.
struct Draft(PathBuf);

impl Draft {
    fn beside(output: &Path) -> Self {
        let mut name = output.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        Self(name.into())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Where it was never made, there is nothing to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn save(mut stream: tonic::Streaming<pb::ReadClipResponse>, path: &Path, voice: Voice) -> Result<pb::ClipInfo> {
    let write = || format!("write {}", path.display());
    let first = stream.message().await.map_err(|status| refused(&status, voice.language))?;
    let Some(pb::ReadClipResponse { part: Some(Part::Info(info)) }) = first else { bail!("the server sent no description") };
    let file = tokio::fs::OpenOptions::new().create_new(true).write(true).open(path).await.with_context(write)?;
    let mut file = tokio::io::BufWriter::with_capacity(1 << 20, file);
    let mut progress = Progress::new(info.size_bytes, voice);
    while let Some(message) = stream.message().await.map_err(|status| refused(&status, voice.language))? {
        let Some(Part::Data(data)) = message.part else { bail!("the server sent no footage") };
        file.write_all(&data).await.with_context(write)?;
        progress.add(data.len());
    }
    file.flush().await.with_context(write)?;
    file.get_ref().sync_all().await.with_context(write)?;
    progress.done();
    if progress.have != info.size_bytes {
        bail!("the server sent {} of {} bytes: ask again", progress.have, info.size_bytes);
    }
    Ok(info)
}

/// A line on the terminal, where there is one.
struct Progress {
    have: u64,
    size: u64,
    shown: u64,
    visible: bool,
}

impl Progress {
    fn new(size: u64, voice: Voice) -> Self {
        Self { have: 0, size, shown: u64::MAX, visible: !voice.json && std::io::stderr().is_terminal() }
    }

    fn add(&mut self, bytes: usize) {
        self.have += bytes as u64;
        let percent = self.have * 100 / self.size.max(1);
        if self.visible && percent != self.shown {
            self.shown = percent;
            eprint!("\r{percent:3} %  {} / {}  ", show_size(self.have), show_size(self.size));
            // A progress line that cannot be written is no reason to fail.
            let _ = std::io::stderr().flush();
        }
    }

    fn done(&self) {
        if self.visible {
            eprintln!();
        }
    }
}

fn report(arguments: &Clip, info: &pb::ClipInfo, voice: Voice) {
    if voice.json {
        return voice.line(&json!({
            "file": arguments.output,
            "size_bytes": info.size_bytes,
            "interval": info.interval.as_ref().map(json_interval),
            "missing": info.missing.iter().map(json_interval).collect::<Vec<_>>(),
            "codecs": info.codecs,
            "trust": super::json_trust(info.trust()),
            "access_id": info.access_id,
        }));
    }
    let zone = arguments.span.times.zone;
    let holds = info.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
    let trust = super::show_trust(info.trust(), voice);
    sayln!("{}  {}  {}{trust}", arguments.output.display(), show_size(info.size_bytes), info.codecs);
    sayln!("{} {holds}", voice.pick("实际起止", "holds"));
    for missing in &info.missing {
        let (when, long) = (show_interval(zone, missing), show_span(span_of(missing)));
        sayln!("{} {when} ({long})", voice.pick("其中缺失", "missing"));
    }
}

/// `liuhen play`.
pub(crate) async fn play(arguments: &Play, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let asked = interval(&arguments.span)?;
    let request = pb::OpenPlaybackRequest {
        stream_id: arguments.stream.clone(),
        interval: Some(asked.into()),
        purpose: arguments.purpose.purpose.clone(),
    };
    let opened = client.review.open_playback(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    let (hls, mp4) = (format!("{}{}", client.address, opened.hls_path), format!("{}{}", client.address, opened.mp4_path));
    if voice.json {
        let trust = super::json_trust(opened.trust());
        let (expires_us, access_id) = (opened.expires_us, &opened.access_id);
        voice.line(&json!({ "hls": hls, "mp4": mp4, "expires_us": expires_us, "trust": trust, "access_id": access_id }));
    } else {
        sayln!("HLS  {hls}\nMP4  {mp4}");
        let until = arguments.span.times.zone.show(at(opened.expires_us));
        sayln!("{} {until}{}", voice.pick("有效期至", "hold until"), super::show_trust(opened.trust(), voice));
    }
    Ok(())
}
