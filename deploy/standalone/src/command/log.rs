//! `liuhen log`: the newest checkpoint, and proofs under it, as files for whoever verifies them. `liuhen-verify` does, and
//! so do others: docs/ref/log.md.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::read_proof_request::Of;
use serde_json::json;

use super::{Voice, hex, show_size};
use crate::arguments::{LogAction, LogOf, Remote};
use crate::client::{Client, refused};
use crate::data::write_whole;
use crate::say::sayln;

pub(crate) async fn run(arguments: &LogOf, voice: Voice) -> Result<()> {
    match &arguments.action {
        LogAction::Checkpoint { output, remote } => checkpoint(remote, output.as_deref(), voice).await,
        LogAction::Prove { of, output, remote } => {
            let of = match (of.entry, &of.subject, of.since) {
                (Some(index), ..) => Of::EntryIndex(index),
                (None, Some(subject), _) => Of::Subject(subject.clone()),
                (None, None, Some(size)) => Of::OldSize(size),
                (None, None, None) => bail!("say what to prove: --entry, --subject or --since"),
            };
            prove(remote, of, output, voice).await
        }
    }
}

async fn checkpoint(remote: &Remote, output: Option<&Path>, voice: Voice) -> Result<()> {
    let mut client = Client::connect(remote).await?;
    let answer = client.log.get_checkpoint(pb::GetCheckpointRequest {}).await;
    let answer = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
    let text = std::str::from_utf8(&answer.checkpoint).context("a checkpoint that is no text")?;
    if let Some(path) = output {
        write_whole(path, &answer.checkpoint, 0o644)?;
    }
    if voice.json {
        let (size, root) = (answer.tree_size, hex(&answer.root_hash));
        voice.line(&json!({ "checkpoint": text, "key": answer.key, "tree_size": size, "root_hash": root }));
        return Ok(());
    }
    // Apart from the checkpoint, so that it can be piped into a file byte for byte.
    eprintln!("{}  {}", voice.pick("公钥（请另行核对）", "key (compare it with what you have from elsewhere)"), answer.key);
    eprintln!("{}", voice.pick("本地封存, 未经外部见证", "sealed locally, seen by no outside witness"));
    match output {
        Some(path) => sayln!("{} {}  {}", answer.tree_size, voice.pick("条", "entries"), path.display()),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(&answer.checkpoint).and_then(|()| out.flush()).context("print the checkpoint")?;
        }
    }
    Ok(())
}

async fn prove(remote: &Remote, of: Of, output: &Path, voice: Voice) -> Result<()> {
    if output.exists() {
        bail!("{} exists already: it is not overwritten · 文件已存在，不会覆盖", output.display());
    }
    let mut client = Client::connect(remote).await?;
    let answer = client.log.read_proof(pb::ReadProofRequest { of: Some(of) }).await;
    let mut pieces = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
    let mut proof = Vec::new();
    while let Some(piece) = pieces.message().await.map_err(|status| refused(&status, voice.language))? {
        proof.extend_from_slice(&piece.data);
    }
    let write = || OpenOptions::new().write(true).create_new(true).open(output)?.write_all(&proof);
    write().with_context(|| format!("write {}", output.display()))?;
    if voice.json {
        voice.line(&json!({ "output": output, "bytes": proof.len() }));
    } else {
        sayln!("{}  {}", output.display(), show_size(proof.len() as u64));
    }
    Ok(())
}
