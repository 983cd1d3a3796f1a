//! Control: who the recorder is taken for, and what is seen of it.

use std::collections::BTreeSet;
use std::time::Duration;

use liuhen_archive::live::CameraState;
use liuhen_archive::records::{ExpectedWindow, NewSession, NewStill};
use liuhen_ingest::Limits;
use liuhen_proto::ids::{RunId, StillId};
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::control_request::Word;
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::world::{OsRandom, SystemClock};
use liuhen_proto::{Interval, Sha256, Span};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::client::{connect, with_token};
use crate::footage::{Footage, Run};
use crate::world::{World, quick};

pub(crate) struct Control {
    say: mpsc::Sender<pb::ControlRequest>,
    hear: Streaming<pb::ControlResponse>,
    welcome: pb::Welcome,
    /// As they were told at the beginning.
    settings: pb::Settings,
}

impl Control {
    pub(crate) async fn call(world: &World) -> Self {
        let mut client = IngestServiceClient::new(connect(&world.address()).await);
        let (say, words) = mpsc::channel(8);
        let request = with_token(ReceiverStream::new(words), "ours");
        let mut hear = client.control(request).await.unwrap().into_inner();
        let first = hear.message().await.unwrap().expect("a first word");
        let Some(pb::control_response::Word::Welcome(welcome)) = first.word else { panic!("no welcome") };
        let mut control = Self { say, hear, welcome, settings: pb::Settings::default() };
        control.settings = control.settings().await;
        control
    }

    /// The next word of the kind that is picked; others are passed over.
    async fn next<T>(&mut self, pick: impl Fn(pb::control_response::Word) -> Option<T>) -> T {
        loop {
            let word = tokio::time::timeout(Duration::from_secs(10), self.hear.message()).await.expect("a word comes in time");
            let word = word.unwrap().expect("the call goes on").word.expect("a word");
            if let Some(picked) = pick(word) {
                return picked;
            }
        }
    }

    async fn settings(&mut self) -> pb::Settings {
        let settings = |word| if let pb::control_response::Word::Settings(settings) = word { Some(settings) } else { None };
        self.next(settings).await
    }

    /// Why the call ends; words before it are passed over.
    async fn ended(&mut self) -> tonic::Status {
        loop {
            match self.hear.message().await {
                Ok(word) => assert!(word.is_some(), "ended with a reason"),
                Err(status) => return status,
            }
        }
    }

    async fn schedule(&mut self) -> pb::Schedule {
        let schedule = |word| if let pb::control_response::Word::Schedule(schedule) = word { Some(schedule) } else { None };
        self.next(schedule).await
    }

    /// The next answer to a correction of a clock; settings in between are passed over.
    pub(crate) async fn clock_corrected(&mut self) -> pb::ClockCorrected {
        loop {
            let word = tokio::time::timeout(Duration::from_secs(10), self.hear.message()).await.expect("it comes in time");
            if let Some(pb::control_response::Word::ClockCorrected(word)) = word.unwrap().expect("the call goes on").word {
                return word;
            }
        }
    }

    pub(crate) async fn say(&self, word: Word) {
        self.say.send(pb::ControlRequest { word: Some(word) }).await.unwrap();
    }
}

fn status(world: &World, state: pb::CameraState) -> Word {
    let stream = |stream: String| pb::StreamStatus {
        stream_id: stream,
        state: state.into(),
        since_us: 7,
        detail: "é".repeat(600),
        ..Default::default()
    };
    let streams = vec![stream(world.ours.streams[0].to_string()), stream(world.theirs.streams[0].to_string())];
    Word::Status(pb::RecorderStatus { streams, spool_bytes: 3, spool_quota_bytes: 9, ..Default::default() })
}

/// The welcome names the site's streams; a heartbeat and an inventory are seen, as far as they are about them.
#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_seen_and_other_sites_are_passed_over() {
    let world = World::new().await;
    let control = Control::call(&world).await;
    assert_eq!(control.welcome.recorder_id, world.ours.recorder.to_string());
    assert_eq!(control.welcome.site_id, world.ours.site.to_string());
    let streams: BTreeSet<_> = world.ours.streams.iter().map(ToString::to_string).collect();
    assert_eq!(control.welcome.stream_ids.iter().cloned().collect::<BTreeSet<_>>(), streams);
    control.say(status(&world, pb::CameraState::Unreachable)).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(1, 100));
    let pending = pb::PendingRange {
        stream_id: run.stream.to_string(),
        run_id: run.run.to_string(),
        first_sequence: 3,
        last_sequence: 4,
        interval: Some(run.header(0).interval().into()),
    };
    let theirs = pb::PendingRange { stream_id: world.theirs.streams[0].to_string(), ..pending.clone() };
    control.say(Word::Inventory(pb::Inventory { pending: vec![pending, theirs], whole: true })).await;
    let live = &world.archive().live;
    world
        .until("the inventory is seen", async || live.recorder(world.ours.recorder).is_some_and(|it| !it.pending.is_empty()))
        .await;
    let health = live.recorder(world.ours.recorder).unwrap();
    assert!(health.connected && health.pending.len() == 1 && health.status.streams.len() == 1);
    assert_eq!(health.status.streams[0].state, CameraState::Unreachable);
    assert_eq!(health.status.streams[0].detail, "é".repeat(250));
    assert!(live.recorder_of(world.theirs.streams[0]).is_none());
}

/// Gone is a recorder whose last call has ended, not one that called again before the old call was missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_is_gone_when_its_last_call_ends() {
    let world = World::new().await;
    let live = world.archive().live.clone();
    let connected = || live.recorder(world.ours.recorder).is_some_and(|health| health.connected);
    let old = Control::call(&world).await;
    old.say(status(&world, pb::CameraState::Recording)).await;
    world.until("it is heard", async || connected()).await;
    let new = Control::call(&world).await;
    new.say(status(&world, pb::CameraState::Recording)).await;
    drop(old);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(connected());
    drop(new);
    world.until("it is gone", async || !connected()).await;
}

/// A call that stands and says nothing, as after a pulled cable, is ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_recorder_is_taken_for_gone() {
    let limits = Limits { silent_after: Duration::from_millis(200), ..quick() };
    let world = World::with(limits, std::sync::Arc::new(SystemClock)).await;
    let mut control = Control::call(&world).await;
    control.say(status(&world, pb::CameraState::Recording)).await;
    let ended = control.ended().await;
    assert_eq!(ended.code(), tonic::Code::Unavailable);
    let live = &world.archive().live;
    world.until("it is gone", async || live.recorder(world.ours.recorder).is_some_and(|health| !health.connected)).await;
}

/// More than may be told at once ends the call with the field's name.
#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_heartbeat_ends_the_call() {
    let world = World::new().await;
    let mut control = Control::call(&world).await;
    let streams = vec![pb::StreamStatus::default(); 1001];
    control.say(Word::Status(pb::RecorderStatus { streams, ..Default::default() })).await;
    let ended = control.ended().await;
    assert_eq!(ended.code(), tonic::Code::InvalidArgument);
    assert!(ended.message().contains("status.streams"), "{}", ended.message());
}

/// Sessions are told at the beginning, and again after each change.
#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_is_told_at_once_and_at_each_change() {
    let world = World::new().await;
    let mut control = Control::call(&world).await;
    let (archive, act) = (world.archive(), world.administrator());
    let place = archive.records.stream_place(world.ours.streams[0]).await.unwrap().unwrap();
    let now = archive.clock.now();
    let exam = Interval::new(now, now.after(Span::from_secs(3600))).unwrap();
    let windows = vec![ExpectedWindow { viewpoint: place.viewpoint, interval: exam }];
    let new = NewSession { site: place.site, name: "morning".to_owned(), exam, windows };
    let session = archive.records.create_session(&act, new).await.unwrap().value;
    archive.live.sessions_changed();
    let find = |schedule: &pb::Schedule| schedule.sessions.iter().find(|told| told.session_id == session.id.to_string()).cloned();
    let told = loop {
        if let Some(told) = find(&control.schedule().await) {
            break told;
        }
    };
    assert_eq!((told.name.as_str(), told.window, told.sealed), ("morning", Some(exam.into()), false));
    assert!(told.stream_ids.contains(&world.ours.streams[0].to_string()));
    archive.records.seal_session(&act, session.id).await.unwrap();
    archive.live.sessions_changed();
    assert!(find(&control.schedule().await).unwrap().sealed);
}

/// How streams are judged is told at the beginning, and again after each change; nothing is told of other sites.
#[tokio::test(flavor = "multi_thread")]
async fn settings_are_told_at_once_and_at_each_change() {
    let world = World::new().await;
    let mut control = Control::call(&world).await;
    let ours: BTreeSet<_> = world.ours.streams.iter().map(ToString::to_string).collect();
    let of = |settings: &pb::Settings| settings.streams.iter().map(|stream| stream.stream_id.clone()).collect::<BTreeSet<_>>();
    assert_eq!(of(&control.settings), ours);
    assert!(control.settings.streams.iter().all(|stream| stream.thresholds.is_empty() && stream.reference_jpeg.is_empty()));

    let (archive, act, stream) = (world.archive(), world.administrator(), world.ours.streams[0]);
    let place = archive.records.stream_place(stream).await.unwrap().unwrap();
    let mut thresholds = Thresholds::default();
    thresholds.set(FlagKind::Silent, Limit::Milli(-55_000)).unwrap();
    archive.records.set_thresholds(&act, place.viewpoint, 0, thresholds.clone(), "loud room".to_owned()).await.unwrap();
    archive.live.judgement_changed();
    let changed = control.settings().await;
    assert_eq!(of(&changed), ours);
    let told =
        |settings: &pb::Settings| settings.streams.iter().find(|told| told.stream_id == stream.to_string()).cloned().unwrap();
    assert_eq!(told(&changed).thresholds, thresholds.to_wire());

    let (jpeg, taken) = (bytes::Bytes::from_static(b"a picture"), archive.clock.now());
    let object = Sized256 { sha256: Sha256::of(&jpeg), size_bytes: jpeg.len() as u64 };
    let object_name = liuhen_archive::names::still(&place, taken, &object.sha256);
    archive.objects.put(&object_name, jpeg.clone()).await.unwrap();
    let (still, run) = (StillId::mint(taken, &OsRandom), RunId::mint(taken, &OsRandom));
    let new = NewStill { still, stream, run, taken, width: 4, height: 3, object_name, object };
    archive.records.add_still(new).await.unwrap();
    archive.records.accept_reference(&act, place.viewpoint, 1, still).await.unwrap();
    archive.live.judgement_changed();
    let changed = told(&control.settings().await);
    assert_eq!((&changed.reference_jpeg[..], &changed.reference_sha256[..]), (&jpeg[..], &object.sha256.as_bytes()[..]));
    assert_eq!(changed.thresholds, thresholds.to_wire());
}
