//! A recorder's end of Upload, which does exactly what it is told.

use std::time::Duration;

use bytes::Bytes;
use liuhen_proto::Sha256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::wire::ingest::v1::{self as pb, AckStep, ErrorAction};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};

use crate::footage::Run;
use crate::world::Site;

/// The longest wait for an answer that must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An Upload call.
pub(crate) struct Upload {
    say: Option<mpsc::Sender<pb::UploadRequest>>,
    hear: Streaming<pb::UploadResponse>,
}

/// With a token in its metadata.
pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    if !token.is_empty() {
        request.metadata_mut().insert("token", token.parse().unwrap());
    }
    request
}

/// A connection of its own.
pub(crate) async fn connect(address: &str) -> Channel {
    Endpoint::from_shared(address.to_owned()).unwrap().connect().await.unwrap()
}

impl Upload {
    pub(crate) async fn call(address: &str, token: &str) -> Result<Self, Status> {
        let mut client = IngestServiceClient::new(connect(address).await);
        let (say, steps) = mpsc::channel(64);
        let hear = client.upload(with_token(ReceiverStream::new(steps), token)).await?.into_inner();
        Ok(Self { say: Some(say), hear })
    }

    pub(crate) async fn say(&self, step: Step) {
        let say = self.say.as_ref().expect("the call is open");
        say.send(pb::UploadRequest { step: Some(step) }).await.expect("the centre takes requests");
    }

    /// Sends a step; false where the centre has hung up.
    pub(crate) async fn try_say(&self, step: Step) -> bool {
        let say = self.say.as_ref().expect("the call is open");
        say.send(pb::UploadRequest { step: Some(step) }).await.is_ok()
    }

    /// Sends no more, and reads on.
    pub(crate) fn half_close(&mut self) {
        self.say = None;
    }

    /// The next answer; none where the call has ended.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        let next = tokio::time::timeout(PATIENCE, self.hear.message()).await.expect("an answer comes in time");
        next.ok().flatten().map(|response| response.answer.expect("an answer is always set"))
    }

    /// How the centre ends the call.
    pub(crate) async fn ended(&mut self) -> Status {
        loop {
            match tokio::time::timeout(PATIENCE, self.hear.message()).await.expect("the call ends in time") {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the call ended without a word"),
                Err(status) => return status,
            }
        }
    }

    /// Waits for the answer that the choice takes; others are passed over.
    pub(crate) async fn until<T>(&mut self, choose: impl Fn(&Answer) -> Option<T>) -> T {
        loop {
            let answer = self.answer().await.expect("the call goes on");
            if let Some(chosen) = choose(&answer) {
                return chosen;
            }
        }
    }

    /// Opens the run and gives what is held of it.
    pub(crate) async fn open(&mut self, run: &Run) -> Vec<(u64, u64, AckStep)> {
        self.say(Step::OpenRun(open_run(run))).await;
        let opened = self.until(|answer| match answer {
            Answer::RunOpened(opened) if opened.run_id == run.run.to_string() => Some(opened.clone()),
            Answer::Error(error) => panic!("{}", error.message),
            _ => None,
        });
        opened.await.held.iter().map(|held| (held.first_sequence, held.last_sequence, held.step())).collect()
    }

    /// Sends bytes as a fragment of the run, in chunks.
    pub(crate) async fn send_bytes(&self, run: &Run, sequence: u64, bytes: &Bytes) {
        self.say(Step::FragmentHead(head(run, sequence, bytes))).await;
        for chunk in chunks(run, sequence, bytes) {
            self.say(Step::FragmentChunk(chunk)).await;
        }
    }

    /// Sends a fragment.
    pub(crate) async fn send(&self, run: &Run, sequence: u64) {
        self.send_bytes(run, sequence, &run.fragment(sequence)).await;
    }

    /// Sends fragments and waits until they are STORED.
    pub(crate) async fn store(&mut self, run: &Run, sequences: std::ops::Range<u64>) {
        for sequence in sequences.clone() {
            self.send(run, sequence).await;
        }
        for sequence in sequences {
            self.acked(run, sequence, AckStep::Stored).await;
        }
    }

    /// Waits until the fragment has reached the step.
    pub(crate) async fn acked(&mut self, run: &Run, sequence: u64, step: AckStep) {
        let id = run.run.to_string();
        self.until(|answer| match answer {
            Answer::FragmentAck(ack) if ack.run_id == id && ack.step() == step => {
                (ack.first_sequence <= sequence && sequence <= ack.last_sequence).then_some(())
            }
            Answer::Error(error) => panic!("{}", error.message),
            _ => None,
        })
        .await;
    }

    /// Signs a range by the site's key.
    pub(crate) async fn sign(&self, site: &Site, run: &Run, first: u64, last: u64) {
        self.say(Step::RangeSignature(signature(site, &site.key, run, first, last))).await;
    }

    /// Waits until a segment of the run is sealed.
    pub(crate) async fn sealed(&mut self, run: &Run) -> pb::SegmentSealed {
        let id = run.run.to_string();
        self.until(|answer| match answer {
            Answer::SegmentSealed(sealed) if sealed.run_id == id => Some(sealed.clone()),
            Answer::Error(error) => panic!("{}", error.message),
            _ => None,
        })
        .await
    }

    /// Waits for an error.
    pub(crate) async fn error(&mut self) -> pb::UploadError {
        self.until(|answer| match answer {
            Answer::Error(error) => Some(error.clone()),
            _ => None,
        })
        .await
    }

    /// The fragment is refused, and was not said to be STORED before.
    pub(crate) async fn refused_unstored(&mut self, run: &Run, sequence: u64, code: &str) -> pb::UploadError {
        let id = run.run.to_string();
        let error = self.until(|answer| match answer {
            Answer::FragmentAck(ack) if ack.run_id == id && ack.step() == AckStep::Stored => {
                assert!(!(ack.first_sequence..=ack.last_sequence).contains(&sequence), "{sequence} was STORED, and then refused");
                None
            }
            Answer::Error(error) => Some(error.clone()),
            _ => None,
        });
        let error = error.await;
        assert_eq!((error.code.as_str(), error.run_id.clone(), error.sequence), (code, id, Some(sequence)), "{}", error.message);
        error
    }

    /// Waits for an error about the fragment, with this code and action, that names it in both languages.
    pub(crate) async fn refused(&mut self, run: &Run, sequence: Option<u64>, code: &str, action: ErrorAction) -> pb::UploadError {
        let error = self.error().await;
        assert_eq!((error.code.as_str(), error.action()), (code, action), "{}", error.message);
        assert_eq!((error.run_id.clone(), error.sequence), (run.run.to_string(), sequence), "{}", error.message);
        assert!(error.message.contains(&error.run_id) && error.message_zh.contains(&error.run_id));
        assert!(!error.message_zh.is_ascii());
        error
    }
}

pub(crate) fn open_run(run: &Run) -> pb::OpenRun {
    pb::OpenRun {
        run_id: run.run.to_string(),
        stream_id: run.stream.to_string(),
        boot_id: run.boot.to_string(),
        init: run.footage.init.to_vec(),
        init_sha256: Sha256::of(&run.footage.init).as_bytes().to_vec(),
    }
}

pub(crate) fn head(run: &Run, sequence: u64, bytes: &[u8]) -> pb::FragmentHead {
    let (size_bytes, sha256) = (bytes.len() as u32, Sha256::of(bytes).as_bytes().to_vec());
    pb::FragmentHead { run_id: run.run.to_string(), sequence, size_bytes, sha256 }
}

pub(crate) fn chunks(run: &Run, sequence: u64, bytes: &Bytes) -> Vec<pb::FragmentChunk> {
    let starts = (0..bytes.len()).step_by(64 * 1024);
    let chunk = |start: usize| pb::FragmentChunk {
        run_id: run.run.to_string(),
        sequence,
        offset_bytes: start as u32,
        data: bytes.slice(start..bytes.len().min(start + 64 * 1024)),
    };
    starts.map(chunk).collect()
}

pub(crate) fn signature(site: &Site, key: &SigningKey, run: &Run, first: u64, last: u64) -> pb::RangeSignature {
    let statement = run.statement(site.recorder, first, last).to_bytes();
    let signature = key.sign(&statement).as_bytes().to_vec();
    pb::RangeSignature { run_id: run.run.to_string(), first_sequence: first, last_sequence: last, statement, signature }
}

pub(crate) fn end(run: &Run, fragments: u64) -> Step {
    Step::EndRun(pb::EndRun { run_id: run.run.to_string(), fragments, reason: pb::EndReason::Stopped.into() })
}
