//! The Upload call, again and again until everything is sealed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::segment::RangeStatement;
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{
    AckStep, EndReason, EndRun, ErrorAction, FragmentChunk, FragmentHead, OpenRun, RangeSignature, RunOpened, UploadRequest,
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Endpoint;

use super::footage::Footage;
use super::{Identity, Promises, Rhythm};
use crate::world::Bearer;

/// After a refusal that asks for a repeat; the reason for it may last.
const PAUSE: Duration = Duration::from_millis(500);

/// A broken connection is what the test is about; anything else ends it.
enum Broken {
    Connection,
    /// The centre could not take something for now: everything comes again, over another connection.
    Repeat,
    Promise(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::Promise(error.into())
    }
}

/// What was heard, and whether anything is heard now.
pub(super) struct Heard {
    pub(super) promises: Arc<Mutex<Promises>>,
    pub(super) deaf: Arc<AtomicBool>,
}

/// Where the run stands, across connections.
struct Progress {
    rhythm: Rhythm,
    /// Fragments made so far.
    made: u64,
    /// Known once the run was told to end.
    total: Option<u64>,
}

pub(super) async fn until_sealed(
    identity: Identity,
    rhythm: Rhythm,
    mut footage: Footage,
    heard: Heard,
    finish: watch::Receiver<bool>,
) -> Result<()> {
    let mut progress = Progress { rhythm, made: 0, total: rhythm.fragments };
    loop {
        match one_call(&identity, &mut footage, &heard, &finish, &mut progress).await {
            Ok(()) => return Ok(()),
            Err(Broken::Connection) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(Broken::Repeat) => tokio::time::sleep(PAUSE).await,
            Err(Broken::Promise(error)) => return Err(error),
        }
    }
}

async fn one_call(
    identity: &Identity,
    footage: &mut Footage,
    heard: &Heard,
    finish: &watch::Receiver<bool>,
    progress: &mut Progress,
) -> Result<(), Broken> {
    let promises = &heard.promises;
    let (send, mut answers) = open(identity).await?;
    let init_sha256 = Sha256::of(&footage.init).as_bytes().to_vec();
    let opening = OpenRun {
        run_id: footage.run.to_string(),
        stream_id: footage.stream.to_string(),
        boot_id: footage.boot.to_string(),
        init: footage.init.clone(),
        init_sha256,
    };
    say(&send, Step::OpenRun(opening)).await?;
    let range = progress.rhythm.range;
    let mut next = 0;
    let mut opened = false;
    let mut ended = false;
    loop {
        tokio::select! {
            answer = answers.message() => {
                let Ok(Some(answer)) = answer else { return Err(Broken::Connection) };
                match answer.answer {
                    // What is held already is sent again all the same: a repeat gets the same answer. So a promise that
                    // was broken would be mended by that, and must be looked for here.
                    Some(Answer::RunOpened(held)) => {
                        still_held(&held, promises)?;
                        opened = true;
                    }
                    Some(_) if heard.deaf.load(Ordering::SeqCst) => {}
                    Some(Answer::Error(error)) if error.action() == ErrorAction::Repeat => return Err(Broken::Repeat),
                    Some(other) => note(other, promises)?,
                    None => return Err(anyhow::anyhow!("an answer without content").into()),
                }
            }
            () = tokio::time::sleep(if next < progress.made { Duration::ZERO } else { progress.rhythm.pace }), if opened && !ended => {
                if *finish.borrow() && progress.total.is_none() {
                    progress.total = Some(progress.made);
                }
                if progress.total == Some(next) {
                    sign(identity, footage, &send, next / range * range, next).await?;
                    let (run_id, reason) = (footage.run.to_string(), EndReason::SourceEnded.into());
                    say(&send, Step::EndRun(EndRun { run_id, fragments: next, reason })).await?;
                    ended = true;
                } else {
                    hand_in(footage, &send, promises, next).await?;
                    next += 1;
                    progress.made = progress.made.max(next);
                    if next.is_multiple_of(range) {
                        sign(identity, footage, &send, next - range, next).await?;
                    }
                }
            }
        }
        if ended && all_sealed(promises, next) {
            return Ok(());
        }
    }
}

async fn open(
    identity: &Identity,
) -> Result<(mpsc::Sender<UploadRequest>, Streaming<liuhen_proto::wire::ingest::v1::UploadResponse>), Broken> {
    let endpoint = Endpoint::from_shared(identity.address.clone())?;
    let channel = endpoint.connect().await.map_err(|_| Broken::Connection)?;
    let mut client = IngestServiceClient::with_interceptor(channel, Bearer::new(&identity.token)?);
    let (send, receive) = mpsc::channel(16);
    let call = client.upload(ReceiverStream::new(receive)).await.map_err(|_| Broken::Connection)?;
    Ok((send, call.into_inner()))
}

async fn say(send: &mpsc::Sender<UploadRequest>, step: Step) -> Result<(), Broken> {
    send.send(UploadRequest { step: Some(step) }).await.map_err(|_| Broken::Connection)
}

async fn hand_in(
    footage: &mut Footage,
    send: &mpsc::Sender<UploadRequest>,
    promises: &Mutex<Promises>,
    sequence: u64,
) -> Result<(), Broken> {
    let data: Bytes = footage.fragment(sequence)?;
    let sha256 = Sha256::of(&data);
    promises.lock().expect("no one panics while holding the promises").entry(sequence).or_insert((sha256, 0));
    let run_id = footage.run.to_string();
    let size_bytes = u32::try_from(data.len())?;
    let head = FragmentHead { run_id: run_id.clone(), sequence, size_bytes, sha256: sha256.as_bytes().to_vec() };
    say(send, Step::FragmentHead(head)).await?;
    say(send, Step::FragmentChunk(FragmentChunk { run_id, sequence, offset_bytes: 0, data })).await
}

/// Signs the fragments from `first` up to, and without, `end`.
async fn sign(
    identity: &Identity,
    footage: &mut Footage,
    send: &mpsc::Sender<UploadRequest>,
    first: u64,
    end: u64,
) -> Result<(), Broken> {
    if first == end {
        return Ok(());
    }
    let digests = (first..end).map(|sequence| footage.fragment(sequence).map(|bytes| Sha256::of(&bytes)));
    let digests = digests.collect::<Result<_>>()?;
    let statement = RangeStatement {
        v: 1,
        r#type: "range".to_owned(),
        recorder: identity.recorder,
        stream: footage.stream,
        run: footage.run,
        init: Sha256::of(&footage.init),
        first: Sequence::new(first).context("a sequence")?,
        fragments: digests,
    };
    let statement = statement.to_bytes();
    let signature = identity.key.sign(&statement).as_bytes().to_vec();
    let run_id = footage.run.to_string();
    let signed = RangeSignature { run_id, first_sequence: first, last_sequence: end - 1, statement, signature };
    say(send, Step::RangeSignature(signed)).await
}

fn note(answer: Answer, promises: &Mutex<Promises>) -> Result<()> {
    match answer {
        Answer::FragmentAck(ack) => raise(promises, ack.first_sequence, ack.last_sequence, ack.step),
        Answer::SegmentSealed(sealed) => raise(promises, sealed.first_sequence, sealed.last_sequence, AckStep::Sealed.into()),
        Answer::Error(error) => {
            bail!("refused {:?}: {} ({})", error.sequence, error.message, error.code)
        }
        _ => Ok(()),
    }
}

/// What was promised to be STORED is held when the run is opened anew, whatever happened in between.
fn still_held(opened: &RunOpened, promises: &Mutex<Promises>) -> Result<()> {
    let promises = promises.lock().expect("no one panics while holding the promises");
    let stored = promises.iter().filter(|(_, (_, step))| *step >= i32::from(AckStep::Stored)).map(|(sequence, _)| *sequence);
    let held = |sequence: &u64| opened.held.iter().any(|held| (held.first_sequence..=held.last_sequence).contains(sequence));
    let gone: Vec<_> = stored.filter(|sequence| !held(sequence)).collect();
    ensure!(gone.is_empty(), "fragments {gone:?} were promised and are held no more; held: {:?}", opened.held);
    Ok(())
}

fn raise(promises: &Mutex<Promises>, first: u64, last: u64, step: i32) -> Result<()> {
    let mut promises = promises.lock().expect("no one panics while holding the promises");
    ensure!(promises.contains_key(&first) && promises.contains_key(&last), "{first}..={last} was never handed in");
    for (_, (_, highest)) in promises.range_mut(first..=last) {
        *highest = (*highest).max(step);
    }
    Ok(())
}

fn all_sealed(promises: &Mutex<Promises>, total: u64) -> bool {
    let promises = promises.lock().expect("no one panics while holding the promises");
    let sealed = promises.values().filter(|(_, step)| *step == i32::from(AckStep::Sealed)).count();
    sealed as u64 == total
}
