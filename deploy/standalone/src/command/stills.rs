//! `liuhen stills`: pictures made from key frames. Derived data, marked as no evidence.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::Sha256;
use liuhen_proto::ids::StillId;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, at, hex, interval, show_size};
use crate::arguments::Stills;
use crate::client::{Client, refused};
use crate::data::write_whole;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Stills, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let stills = list(&mut client, arguments, voice).await?;
    let mut files = Vec::new();
    if let Some(directory) = &arguments.output {
        std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
        for still in &stills {
            files.push(save(&mut client, still, directory, arguments, voice).await?);
        }
    }
    if voice.json {
        let stills: Vec<_> = stills.iter().map(as_json).collect();
        voice.line(&json!({ "stills": stills, "files": files, "evidence": false }));
        return Ok(());
    }
    for still in &stills {
        let when = arguments.span.times.zone.show(at(still.taken_us));
        sayln!("{when}  {}  {} × {}  {}", still.still_id, still.width, still.height, show_size(still.size_bytes.into()));
    }
    files.iter().for_each(|file| sayln!("{file}"));
    sayln!("{} {}", stills.len(), voice.pick("张截图（衍生数据，非证据）", "stills (derived data, no evidence)"));
    Ok(())
}

async fn list(client: &mut Client, arguments: &Stills, voice: Voice) -> Result<Vec<pb::Still>> {
    let mut asked: Interval = interval(&arguments.span)?.into();
    let mut listed: Vec<pb::Still> = Vec::new();
    loop {
        let request = pb::ListStillsRequest {
            stream_id: arguments.stream.clone(),
            interval: Some(asked),
            limit: 1000,
            purpose: arguments.purpose.purpose.clone(),
        };
        let page = client.review.list_stills(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
        listed.extend(page.stills);
        match listed.last() {
            Some(last) if page.truncated && last.taken_us + 1 < asked.end_us => asked.start_us = last.taken_us + 1,
            _ => return Ok(listed),
        }
    }
}

/// Saves one under a name that tells its time; gives the file.
async fn save(client: &mut Client, still: &pb::Still, directory: &Path, arguments: &Stills, voice: Voice) -> Result<String> {
    let id: StillId = still.still_id.parse().context("read the server's answer")?;
    let time = arguments.span.times.zone.show(at(still.taken_us)).replace(' ', "_").replace([':', '.'], "-");
    let path = directory.join(format!("{time}_{id}.jpg"));
    let file = path.display().to_string();
    match std::fs::symlink_metadata(&path) {
        Ok(_) => return Ok(file),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("look for {file}")),
    }
    let request = pb::GetStillRequest { still_id: still.still_id.clone(), purpose: arguments.purpose.purpose.clone() };
    let answer = client.review.get_still(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if Sha256::of(&answer.jpeg).as_bytes()[..] != still.sha256[..] {
        bail!("{}: the server sent another picture than it listed: ask again", still.still_id);
    }
    write_whole(&path, &answer.jpeg, 0o640)?;
    Ok(file)
}

fn as_json(still: &pb::Still) -> serde_json::Value {
    json!({
        "still_id": still.still_id,
        "stream_id": still.stream_id,
        "run_id": still.run_id,
        "taken_us": still.taken_us,
        "width": still.width,
        "height": still.height,
        "size_bytes": still.size_bytes,
        "sha256": hex(&still.sha256),
    })
}
