//! Statement, original and segment files on their way to the server.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use liuhen_proto::import::SignedStatement;
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::archive::v1::import_request::Step;
use liuhen_proto::wire::archive::v1::import_response::Answer;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::digest;
use crate::client::{Client, refused};
use crate::command::{Voice, show_size};

/// Bytes of a message.
const CHUNK_BYTES: usize = 64 * 1024;

/// Sends everything; gives what the server made of it.
pub(super) async fn upload(
    client: &mut Client,
    signed: &SignedStatement,
    original: &Path,
    content: Sized256,
    segments: &[PathBuf],
    voice: Voice,
) -> Result<pb::Imported> {
    let mut files = vec![(original.to_owned(), content)];
    for path in segments {
        files.push((path.clone(), digest(path.clone()).await?));
    }
    let size = files.iter().map(|(_, content)| content.size_bytes).sum();
    let begin = pb::ImportBegin {
        statement: signed.statement.clone().into_bytes(),
        signature: signed.signature.as_bytes().to_vec(),
        public_key: signed.key.to_bytes().to_vec(),
    };
    let (steps, sent) = mpsc::channel(16);
    let sending = tokio::spawn(send(steps, begin, files));
    let answers = client.imports.import(ReceiverStream::new(sent)).await;
    let mut answers = answers.map_err(|status| refused(&status, voice.language))?.into_inner();
    let mut progress = Progress { size, shown: u64::MAX, visible: !voice.json && std::io::stderr().is_terminal() };
    let answer = loop {
        match answers.message().await {
            Ok(Some(pb::ImportResponse { answer: Some(Answer::StoredBytes(stored)) })) => progress.show(stored),
            Ok(Some(pb::ImportResponse { answer: Some(Answer::Imported(imported)) })) => break Ok(imported),
            Ok(Some(pb::ImportResponse { answer: None })) => {}
            Ok(None) => break Err(None),
            Err(status) => break Err(Some(status)),
        }
    };
    progress.done();
    if let Ok(imported) = answer {
        // Where the server had it already, it reads no further.
        sending.abort();
        return Ok(imported);
    }
    // What went wrong here comes before what the server says of the call that broke off.
    if sending.is_finished() {
        sending.await.context("send the files")??;
    }
    match answer {
        Err(Some(status)) => Err(refused(&status, voice.language)),
        _ => bail!("the server ended the call without an answer: nothing is known; ask `liuhen import list`"),
    }
}

async fn send(steps: mpsc::Sender<pb::ImportRequest>, begin: pb::ImportBegin, files: Vec<(PathBuf, Sized256)>) -> Result<()> {
    let step = |step| pb::ImportRequest { step: Some(step) };
    if steps.send(step(Step::Begin(begin))).await.is_err() {
        return Ok(());
    }
    for (path, content) in files {
        let Sized256 { sha256, size_bytes } = content;
        let announced = pb::ImportFile { size_bytes, sha256: sha256.as_bytes().to_vec() };
        // Where nobody takes it any more, the answer says why.
        if steps.send(step(Step::File(announced))).await.is_err() {
            return Ok(());
        }
        let read = || format!("read {}", path.display());
        let mut file = tokio::fs::File::open(&path).await.with_context(read)?.take(size_bytes);
        loop {
            let mut data = Vec::with_capacity(CHUNK_BYTES);
            while data.len() < CHUNK_BYTES
                && (&mut file).take((CHUNK_BYTES - data.len()) as u64).read_buf(&mut data).await.with_context(read)? > 0
            {
            }
            if data.is_empty() {
                break;
            }
            if steps.send(step(Step::Chunk(pb::ImportChunk { data }))).await.is_err() {
                return Ok(());
            }
        }
        if file.limit() > 0 {
            bail!("{} became shorter while it was read: nothing was taken in", path.display());
        }
    }
    // As above.
    let _ = steps.send(step(Step::Commit(pb::ImportCommit {}))).await;
    Ok(())
}

/// A line on the terminal, where there is one.
struct Progress {
    size: u64,
    shown: u64,
    visible: bool,
}

impl Progress {
    fn show(&mut self, stored: u64) {
        let percent = (stored * 100 / self.size.max(1)).min(100);
        if self.visible && percent != self.shown {
            self.shown = percent;
            eprint!("\r{percent:3} %  {} / {}  ", show_size(stored), show_size(self.size));
            // A progress line that cannot be written is no reason to fail.
            let _ = std::io::stderr().flush();
        }
    }

    fn done(&self) {
        if self.visible && self.shown != u64::MAX {
            eprintln!();
        }
    }
}
