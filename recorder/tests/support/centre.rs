//! A centre that is strict about the contract, keeps everything in memory, and can be told to misbehave.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_util::Stream;
use liuhen_media::reader::read_fragment;
use liuhen_proto::Sha256;
use liuhen_proto::segment::RangeStatement;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::ingest_service_server::{IngestService, IngestServiceServer};
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use liuhen_proto::wire::ingest::v1::observe_response::Outcome;
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

pub const WINDOW: u32 = 256 * 1024;

/// How a centre misbehaves.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// Breaks the call after so many fragments.
    pub breaks_after: Option<usize>,
    /// Answers the first arrival of this sequence with the action.
    pub refuses: Option<(u64, pb::ErrorAction)>,
    /// Acknowledges nothing beyond RECEIVED.
    pub never_stores: bool,
    /// Stores, and seals nothing.
    pub never_seals: bool,
    /// Answers the first flag with a refusal; true: it may come again.
    pub refuses_flag: Option<bool>,
    /// Takes observations, and says nothing.
    pub never_keeps: bool,
    /// Breaks each `Observe` call after so many observations.
    pub observe_breaks_after: Option<usize>,
    /// What it sends after Welcome.
    pub settings: Option<pb::Settings>,
    /// How far its clock is behind, microseconds.
    pub behind_us: i64,
    /// What it tells of sessions; told again when it is changed.
    pub schedule: Option<pb::Schedule>,
}

/// One run as the centre has it.
#[derive(Debug, Default, Clone)]
pub struct Run {
    pub init: Vec<u8>,
    pub fragments: BTreeMap<u64, Vec<u8>>,
    pub sealed: Vec<(u64, u64)>,
    pub end: Option<(u64, pb::EndReason)>,
}

#[derive(Debug, Default)]
pub struct State {
    pub runs: BTreeMap<String, Run>,
    pub received: usize,
    pub calls: usize,
    pub probes: usize,
    pub statuses: Vec<pb::RecorderStatus>,
    pub inventories: Vec<pb::Inventory>,
    pub clock_words: Vec<pb::ClockCorrection>,
    pub wrong: Vec<String>,
    pub manners: Manners,
    /// Order in which fragments came: run, sequence.
    pub order: Vec<(String, u64)>,
    /// Stream of each run.
    pub streams: BTreeMap<String, String>,
    pub observe_calls: usize,
    /// All that was kept, in the order in which it came.
    pub flags: Vec<pb::Flag>,
    pub stills: Vec<pb::Still>,
    pub levels: Vec<pb::SoundLevels>,
}

#[derive(Clone, Default)]
pub struct Centre(pub Arc<Mutex<State>>);

impl Centre {
    pub async fn start(manners: Manners) -> (Self, SocketAddr) {
        let centre = Self::default();
        centre.0.lock().unwrap().manners = manners;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        centre.serve(listener);
        (centre, address)
    }

    pub fn serve(&self, listener: tokio::net::TcpListener) -> tokio::task::JoinHandle<()> {
        let service = IngestServiceServer::new(self.clone());
        tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
        })
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn wrong(&self, what: impl Into<String>) {
        self.with(|state| state.wrong.push(what.into()));
    }

    /// Keeps an observation that the contract allows.
    fn observed(&self, observation: Observation) -> Outcome {
        let kept = Outcome::Kept(pb::Kept { receipt: None });
        match observation {
            Observation::Flag(flag) => {
                let refused = self.with(|state| state.manners.refuses_flag.take());
                if let Some(repeat) = refused {
                    return Outcome::Refused(pb::Refused { repeat, ..Default::default() });
                }
                let before = self.with(|state| state.flags.iter().rev().find(|f| f.flag_id == flag.flag_id).cloned());
                let rises =
                    before.is_none_or(|before| before.version <= flag.version && before.end_us.is_none_or(|_| before == flag));
                let sane = flag.end_us.is_none_or(|end| end > flag.start_us) && flag.seen_us >= flag.start_us && flag.version > 0;
                if !rises || !sane || flag.detector.is_empty() || flag.run_id.is_empty() {
                    self.wrong(format!("{flag:?}"));
                }
                self.with(|state| state.flags.push(flag));
            }
            Observation::Still(still) => {
                if !still.jpeg.starts_with(&[0xff, 0xd8]) || still.jpeg.len() > 256 << 10 || still.width == 0 || still.height == 0
                {
                    self.wrong(format!("still {}", still.still_id));
                }
                self.with(|state| state.stills.push(still));
            }
            Observation::Levels(levels) => {
                if levels.rms.is_empty() || levels.rms.len() != levels.peak.len() || levels.rms.len() > 3_000 {
                    self.wrong(format!("{levels:?}"));
                }
                self.with(|state| state.levels.push(levels));
            }
        }
        kept
    }
}

fn authorized<T>(request: &Request<T>) -> Result<(), Status> {
    match request.metadata().get("authorization") {
        Some(token) if token == "Bearer t0ken" => Ok(()),
        _ => Err(Status::unauthenticated("token")),
    }
}

/// A fragment that is coming in.
struct Incoming {
    size: usize,
    sha256: Vec<u8>,
    bytes: Vec<u8>,
}

struct Call {
    centre: Centre,
    answers: mpsc::Sender<Result<pb::UploadResponse, Status>>,
    incoming: BTreeMap<(String, u64), Incoming>,
    fragments: usize,
}

impl Call {
    async fn say(&self, answer: Answer) {
        let _ = self.answers.send(Ok(pb::UploadResponse { answer: Some(answer) })).await;
    }

    async fn step(&mut self, step: Step) -> Result<(), Status> {
        match step {
            Step::OpenRun(open) => self.open(open).await,
            Step::FragmentHead(head) => self.head(head),
            Step::FragmentChunk(chunk) => return self.chunk(chunk).await,
            Step::RangeSignature(signature) => self.signature(signature).await,
            Step::EndRun(end) => {
                let reason = end.reason();
                self.centre.with(|state| state.runs.entry(end.run_id.clone()).or_default().end = Some((end.fragments, reason)));
                self.say(Answer::RunEnded(pb::RunEnded { run_id: end.run_id })).await;
            }
            Step::ClockProbe(probe) => {
                let behind_us = self.centre.with(|state| {
                    state.probes += 1;
                    state.manners.behind_us
                });
                let now_us = probe.sent_us - behind_us;
                let reply = pb::ClockReply { sent_us: probe.sent_us, centre_received_us: now_us, centre_sent_us: now_us };
                self.say(Answer::ClockReply(reply)).await;
            }
        }
        Ok(())
    }

    async fn open(&self, open: pb::OpenRun) {
        if Sha256::of(&open.init).as_bytes()[..] != open.init_sha256 {
            self.centre.wrong("init digest");
        }
        let held = self.centre.with(|state| {
            state.streams.insert(open.run_id.clone(), open.stream_id);
            let run = state.runs.entry(open.run_id.clone()).or_default();
            run.init = open.init;
            let held = run.fragments.keys().map(|&n| pb::HeldRange {
                first_sequence: n,
                last_sequence: n,
                step: pb::AckStep::Stored.into(),
            });
            let sealed = run.sealed.iter().map(|&(a, b)| pb::HeldRange {
                first_sequence: a,
                last_sequence: b,
                step: pb::AckStep::Sealed.into(),
            });
            held.chain(sealed).collect()
        });
        self.say(Answer::RunOpened(pb::RunOpened {
            run_id: open.run_id,
            held,
            window_bytes: WINDOW,
            max_fragment_bytes: 8 << 20,
            max_chunk_bytes: 64 << 10,
        }))
        .await;
    }

    fn head(&mut self, head: pb::FragmentHead) {
        let under_way: usize = self.incoming.iter().filter(|((run, _), _)| *run == head.run_id).map(|(_, i)| i.size).sum();
        if under_way > 0 && under_way + head.size_bytes as usize > WINDOW as usize {
            self.centre.wrong("window");
        }
        let incoming = Incoming { size: head.size_bytes as usize, sha256: head.sha256, bytes: Vec::new() };
        self.incoming.insert((head.run_id, head.sequence), incoming);
    }

    async fn chunk(&mut self, chunk: pb::FragmentChunk) -> Result<(), Status> {
        let key = (chunk.run_id, chunk.sequence);
        let Some(incoming) = self.incoming.get_mut(&key) else {
            self.centre.wrong("chunk without head");
            return Ok(());
        };
        if chunk.offset_bytes as usize != incoming.bytes.len() || chunk.data.is_empty() || chunk.data.len() > 64 << 10 {
            self.centre.wrong("chunk");
        }
        incoming.bytes.extend_from_slice(&chunk.data);
        if incoming.bytes.len() < incoming.size {
            return Ok(());
        }
        let incoming = self.incoming.remove(&key).unwrap();
        self.whole(key, incoming).await
    }

    async fn whole(&mut self, (run_id, sequence): (String, u64), incoming: Incoming) -> Result<(), Status> {
        let refused = self.centre.with(|state| match state.manners.refuses {
            Some((refused, action)) if refused == sequence => {
                state.manners.refuses = None;
                Some(action)
            }
            _ => None,
        });
        if let Some(action) = refused {
            let error = pb::UploadError { run_id, sequence: Some(sequence), action: action.into(), ..Default::default() };
            self.say(Answer::Error(error)).await;
            return Ok(());
        }
        if Sha256::of(&incoming.bytes).as_bytes()[..] != incoming.sha256 {
            self.centre.wrong("digest");
        }
        match read_fragment(&incoming.bytes) {
            Ok(read) if read.header.run.to_string() == run_id && read.header.sequence.get() == sequence => {}
            other => self.centre.wrong(format!("fragment {sequence}: {other:?}")),
        }
        self.fragments += 1;
        let manners = self.centre.with(|state| {
            state.received += 1;
            state.order.push((run_id.clone(), sequence));
            state.manners.clone()
        });
        if manners.breaks_after.is_some_and(|most| self.fragments > most) {
            return Err(Status::unavailable("told to break"));
        }
        let ack = |step: pb::AckStep| pb::FragmentAck {
            run_id: run_id.clone(),
            first_sequence: sequence,
            last_sequence: sequence,
            step: step.into(),
        };
        self.say(Answer::FragmentAck(ack(pb::AckStep::Received))).await;
        if !manners.never_stores {
            let before = self.centre.with(|state| {
                let run = state.runs.entry(run_id.clone()).or_default();
                run.fragments.insert(sequence, incoming.bytes.clone())
            });
            if before.is_some_and(|before| before != incoming.bytes) {
                self.centre.wrong("the same name with other bytes");
            }
            self.say(Answer::FragmentAck(ack(pb::AckStep::Stored))).await;
        }
        Ok(())
    }

    async fn signature(&self, signature: pb::RangeSignature) {
        let statement = match RangeStatement::from_bytes(&signature.statement) {
            Ok(statement) => statement,
            Err(error) => return self.centre.wrong(format!("statement: {error}")),
        };
        let right = self.centre.with(|state| {
            let run = state.runs.entry(signature.run_id.clone()).or_default();
            let digests = (signature.first_sequence..=signature.last_sequence)
                .map(|n| run.fragments.get(&n).map(|bytes| Sha256::of(bytes)));
            digests.eq(statement.fragments.iter().copied().map(Some))
        });
        let manners = self.centre.with(|state| state.manners.clone());
        if manners.never_stores || manners.never_seals {
            return;
        }
        if !right {
            let refused = manners.refuses.is_none();
            return if refused {
                self.centre.wrong("statement of other fragments")
            };
        }
        let (first, last) = (signature.first_sequence, signature.last_sequence);
        self.centre.with(|state| state.runs.entry(signature.run_id.clone()).or_default().sealed.push((first, last)));
        self.say(Answer::SegmentSealed(pb::SegmentSealed {
            run_id: signature.run_id,
            first_sequence: first,
            last_sequence: last,
            ..Default::default()
        }))
        .await;
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl IngestService for Centre {
    type UploadStream = Answers<pb::UploadResponse>;
    type ControlStream = Answers<pb::ControlResponse>;
    type ObserveStream = Answers<pb::ObserveResponse>;

    async fn observe(&self, request: Request<Streaming<pb::ObserveRequest>>) -> Result<Response<Self::ObserveStream>, Status> {
        authorized(&request)?;
        self.with(|state| state.observe_calls += 1);
        let (answers, outgoing) = mpsc::channel(64);
        let (centre, mut requests) = (self.clone(), request.into_inner());
        tokio::spawn(async move {
            for place in 0.. {
                let Ok(Some(pb::ObserveRequest { observation: Some(observation) })) = requests.message().await else { return };
                let manners = centre.with(|state| state.manners.clone());
                if manners.never_keeps {
                    continue;
                }
                let answer = if manners.observe_breaks_after.is_some_and(|most| place >= most as u64) {
                    Err(Status::unavailable("told to break"))
                } else {
                    Ok(pb::ObserveResponse { place, outcome: Some(centre.observed(observation)) })
                };
                let broken = answer.is_err();
                if answers.send(answer).await.is_err() || broken {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn upload(&self, request: Request<Streaming<pb::UploadRequest>>) -> Result<Response<Self::UploadStream>, Status> {
        authorized(&request)?;
        self.with(|state| state.calls += 1);
        let (answers, outgoing) = mpsc::channel(64);
        let mut requests = request.into_inner();
        let mut call = Call { centre: self.clone(), answers, incoming: BTreeMap::new(), fragments: 0 };
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                let Some(step) = request.step else { continue };
                if let Err(status) = call.step(step).await {
                    let _ = call.answers.send(Err(status)).await;
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn control(&self, request: Request<Streaming<pb::ControlRequest>>) -> Result<Response<Self::ControlStream>, Status> {
        authorized(&request)?;
        let centre = self.clone();
        let (answers, outgoing) = mpsc::channel(4);
        let mut words = request.into_inner();
        tokio::spawn(async move {
            let welcome = pb::control_response::Word::Welcome(pb::Welcome::default());
            let _ = answers.send(Ok(pb::ControlResponse { word: Some(welcome) })).await;
            if let Some(settings) = centre.with(|state| state.manners.settings.clone()) {
                let settings = pb::control_response::Word::Settings(settings);
                let _ = answers.send(Ok(pb::ControlResponse { word: Some(settings) })).await;
            }
            let mut told = None;
            let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
            loop {
                let word = tokio::select! {
                    word = words.message() => word,
                    _ = look.tick() => {
                        let schedule = centre.with(|state| state.manners.schedule.clone());
                        if let Some(now) = schedule.filter(|now| told.as_ref() != Some(now)) {
                            told = Some(now.clone());
                            let word = Some(pb::control_response::Word::Schedule(now));
                            let _ = answers.send(Ok(pb::ControlResponse { word })).await;
                        }
                        continue;
                    }
                };
                let Ok(Some(word)) = word else { return };
                match word.word {
                    Some(pb::control_request::Word::Status(status)) => centre.with(|state| state.statuses.push(status)),
                    Some(pb::control_request::Word::Inventory(inventory)) => {
                        centre.with(|state| state.inventories.push(inventory))
                    }
                    Some(pb::control_request::Word::ClockCorrection(word)) => {
                        let (boot_id, clock_mapping) = (word.boot_id.clone(), word.clock_mapping);
                        centre.with(|state| state.clock_words.push(word));
                        let answer = pb::ClockCorrected { boot_id, clock_mapping, refused: false, message: String::new() };
                        let answer = pb::control_response::Word::ClockCorrected(answer);
                        let _ = answers.send(Ok(pb::ControlResponse { word: Some(answer) })).await;
                    }
                    None => centre.wrong("empty word"),
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }
}
