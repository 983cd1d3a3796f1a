//! `liuhen.ingest.v1.IngestService` on tonic. No rules here: requests to [`Call`], [`Conversation`] and
//! [`observe::Call`], their answers back.
//!
//! The caller's `Principal` stands in the request's extensions; whoever builds the server puts it there.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use liuhen_archive::records::Lease;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::ingest_service_server::IngestService;
use liuhen_proto::{Code, Principal, Problem};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::allowance::{Pace, paced};
use crate::answers::Answers;
use crate::call::Call;
use crate::control::{Conversation, Standing};
use crate::gate::{Caller, Gate};
use crate::{observe, schedule, settings};

/// Words that may wait for a recorder to read them: the welcome, settings, schedule, and how the call ended.
const CONTROL_QUEUE: usize = 4;

type Answered<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(crate) gate: Arc<Gate>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl IngestService for Service {
    type UploadStream = Answered<pb::UploadResponse>;
    type ControlStream = Answered<pb::ControlResponse>;
    type ObserveStream = Answered<pb::ObserveResponse>;

    async fn observe(&self, request: Request<Streaming<pb::ObserveRequest>>) -> Result<Response<Self::ObserveStream>, Status> {
        let call = observe::Call::begin(Arc::clone(&self.gate), caller(&request)?)?;
        let (say, read) = mpsc::channel(observe::BATCH);
        tokio::spawn(observe(call, request.into_inner(), say, self.shutdown.clone()));
        let answers = ReceiverStream::new(read).map(Ok).take_until(self.shutdown.clone().cancelled_owned());
        Ok(Response::new(answers.boxed()))
    }

    async fn upload(&self, request: Request<Streaming<pb::UploadRequest>>) -> Result<Response<Self::UploadStream>, Status> {
        let caller = caller(&request)?;
        let ended = self.shutdown.child_token();
        self.gate.allowance(caller).uploads.enter(ended.clone());
        let (lease, lost) = self.gate.shared.leases.called(caller.recorder).await.map_err(Problem::from)?;
        let (answers, read) = Answers::new();
        let call = Call::new(Arc::clone(&self.gate), caller, lease.epoch, answers.clone());
        let gate = Arc::clone(&self.gate);
        let (requests, end) = (request.into_inner(), ended.clone());
        let ((say, last_word), passed_over) = (oneshot::channel(), CancellationToken::new());
        let over = passed_over.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = upload(call, requests, answers, end) => {}
                now = gate.shared.leases.keep(lease, &lost) => {
                    // The caller may have gone meanwhile; then nobody is left to tell.
                    let _ = say.send(Err(led_elsewhere(lease, now)));
                    over.cancel();
                }
            }
        });
        let last_word = last_word.into_stream().filter_map(|said| std::future::ready(said.ok()));
        let answers = ReceiverStream::new(read)
            .map(Ok)
            .take_until(passed_over.cancelled_owned())
            .chain(last_word)
            .take_until(ended.clone().cancelled_owned());
        // The call stands as long as its answers are read.
        let stands = ended.drop_guard();
        let answers = answers.inspect(move |_| {
            let _stands = &stands;
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn control(&self, request: Request<Streaming<pb::ControlRequest>>) -> Result<Response<Self::ControlStream>, Status> {
        let caller = caller(&request)?;
        let allowance = self.gate.allowance(caller);
        let share = allowance.controls.take(1).ok_or_else(too_many_calls)?;
        let begun = Conversation::begin(self.gate.shared.archive.clone(), Arc::clone(&self.standing), caller).await;
        let (conversation, welcome) = begun?;
        let (say, read) = mpsc::channel(CONTROL_QUEUE);
        let welcome = pb::ControlResponse { word: Some(pb::control_response::Word::Welcome(welcome)) };
        say.try_send(Ok(welcome)).expect("an empty queue has room for one word");
        let silent_after = self.gate.shared.limits.silent_after;
        let (archive, site) = (self.gate.shared.archive.clone(), caller.site);
        let (requests, shutdown) = (request.into_inner(), self.shutdown.clone());
        let reports = allowance.reports;
        tokio::spawn(async move {
            let _share = share;
            tokio::select! {
                () = control((conversation, &reports), requests, &say, silent_after, shutdown) => {}
                () = settings::tell(&archive, site, &say) => {}
                () = schedule::tell(&archive, site, &say) => {}
            }
        });
        let answers = ReceiverStream::new(read).take_until(self.shutdown.clone().cancelled_owned());
        Ok(Response::new(answers.boxed()))
    }
}

/// What a recorder hears whose call another node has answered since.
fn led_elsewhere(was: Lease, now: Option<Lease>) -> Status {
    let node = now.map_or_else(|| "another node".to_owned(), |now| now.node.to_string());
    let message = format!("{node} takes in what {} records since another call; call again", was.recorder);
    let zh = format!("录像机 {} 已改由 {node} 接收；请重新调用", was.recorder);
    Status::from(Problem::new(Code::Unavailable, message, zh))
}

fn too_many_calls() -> Problem {
    let message = "this recorder has more calls open than it needs; end one, or wait until a broken one is missed";
    Problem::new(Code::ResourceExhausted, message, "本录像机已打开的调用过多；请先结束一个，或等待断开的调用超时")
}

/// Only recorders call here: what they hand in is signed in their name.
fn caller<T>(request: &Request<T>) -> Result<Caller, Problem> {
    match request.extensions().get::<Principal>() {
        Some(&Principal::Recorder { recorder, site }) => Ok(Caller { recorder, site }),
        Some(other) => {
            let message = format!("{other} is no recorder; call with a recorder's token");
            Err(Problem::new(Code::PermissionDenied, message, format!("{other} 不是录像机；请使用录像机令牌调用")))
        }
        None => {
            let message = "no token came with the call; send `authorization: Bearer <recorder token>`";
            Err(Problem::new(Code::Unauthenticated, message, "调用未携带令牌；请携带 authorization: Bearer <录像机令牌>"))
        }
    }
}

/// Leads an Upload call until it ends, breaks or the node shuts down.
async fn upload(mut call: Call, mut requests: Streaming<pb::UploadRequest>, answers: Answers, shutdown: CancellationToken) {
    loop {
        let request = tokio::select! {
            request = requests.message() => request,
            () = answers.hung_up() => return call.detach(),
            () = shutdown.cancelled() => return call.detach(),
        };
        match request {
            // It may wait long where the disk is slow, and the caller may go meanwhile.
            Ok(Some(request)) => tokio::select! {
                () = call.take(request) => {}
                () = answers.hung_up() => return call.detach(),
                () = shutdown.cancelled() => return call.detach(),
            },
            Ok(None) => return call.leave(),
            Err(status) => {
                tracing::debug!(%status, "upload call broke");
                return call.detach();
            }
        }
    }
}

/// Leads an Observe call until it ends, breaks or the node shuts down. Who does not read its answers is not
/// asked for more.
async fn observe(
    mut call: observe::Call,
    mut requests: Streaming<pb::ObserveRequest>,
    say: mpsc::Sender<pb::ObserveResponse>,
    shutdown: CancellationToken,
) {
    loop {
        let gathered = tokio::select! {
            gathered = gather(&mut requests) => gathered,
            () = say.closed() => return,
            () = shutdown.cancelled() => return,
        };
        let Gathered { batch, ended } = gathered;
        let answers = tokio::select! {
            answers = call.take(batch) => answers,
            () = shutdown.cancelled() => return,
        };
        for answer in answers {
            if say.send(answer).await.is_err() {
                return;
            }
        }
        if ended {
            return;
        }
    }
}

/// Observations that came together.
struct Gathered {
    batch: Vec<pb::ObserveRequest>,
    /// No more will come.
    ended: bool,
}

/// Waits for an observation, and takes those with it that have come meanwhile.
async fn gather(requests: &mut Streaming<pb::ObserveRequest>) -> Gathered {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut next = Some(requests.message().await);
    while let Some(message) = next {
        match message {
            Ok(Some(request)) => {
                bytes += observe::size(&request);
                batch.push(request);
            }
            Ok(None) => return Gathered { batch, ended: true },
            Err(status) => {
                tracing::debug!(%status, "observe call broke");
                return Gathered { batch, ended: true };
            }
        }
        let full = batch.len() >= observe::BATCH || bytes >= observe::BATCH_BYTES;
        next = if full { None } else { requests.message().now_or_never() };
    }
    Gathered { batch, ended: false }
}

/// Leads a Control call until it ends, breaks, falls silent or the node shuts down.
async fn control(
    (mut conversation, reports): (Conversation, &Pace),
    mut requests: Streaming<pb::ControlRequest>,
    say: &mpsc::Sender<Result<pb::ControlResponse, Status>>,
    silent_after: std::time::Duration,
    shutdown: CancellationToken,
) {
    loop {
        let word = tokio::select! {
            word = tokio::time::timeout(silent_after, requests.message()) => word,
            () = say.closed() => return,
            () = shutdown.cancelled() => return,
        };
        paced(reports, conversation.clock()).await;
        let heard = match word {
            Ok(Ok(Some(request))) => conversation.hear(request).await.map_err(Status::from),
            Ok(Ok(None)) => return,
            Ok(Err(status)) => {
                tracing::debug!(%status, "control call broke");
                return;
            }
            Err(_) => Err(Status::from(silent(silent_after))),
        };
        match heard {
            Ok(None) => {}
            Ok(Some(word)) => {
                if say.send(Ok(pb::ControlResponse { word: Some(word) })).await.is_err() {
                    return;
                }
            }
            Err(status) => {
                // The caller may have gone meanwhile; then nobody is left to tell.
                let _ = say.try_send(Err(status));
                return;
            }
        }
    }
}

fn silent(after: std::time::Duration) -> Problem {
    let message = format!("nothing was heard for {} s; call Control again and send a status every second", after.as_secs());
    Problem::new(Code::Unavailable, message, "录像机久未发送状态；请重新调用 Control，并每秒发送一次状态")
}
