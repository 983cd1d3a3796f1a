//! Observe: what recorders judge is kept before it is answered, and what is wrong with it harms nothing else.

use std::time::Duration;

use liuhen_archive::records::{Act, FlagReport, NewImport, NewKey, TrustLevel};
use liuhen_proto::ids::{CameraId, FlagId, ImportId, PersonId, RunId, StillId, StreamId, ViewpointId};
use liuhen_proto::import::{ImportStatement, SignedStatement};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use liuhen_proto::wire::ingest::v1::observe_response::Outcome;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_proto::{Interval, Principal, Sha256, Span, Timestamp};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::client::{connect, with_token};
use crate::footage::{Footage, Run};
use crate::world::World;

/// An Observe call.
struct Observe {
    say: mpsc::Sender<pb::ObserveRequest>,
    hear: Streaming<pb::ObserveResponse>,
    place: u64,
}

impl Observe {
    async fn call(world: &World, token: &str) -> Result<Self, Status> {
        let mut client = IngestServiceClient::new(connect(&world.address()).await);
        let (say, words) = mpsc::channel(1000);
        let hear = client.observe(with_token(ReceiverStream::new(words), token)).await?.into_inner();
        Ok(Self { say, hear, place: 0 })
    }

    async fn say(&self, observation: Observation) {
        self.say.send(pb::ObserveRequest { observation: Some(observation) }).await.expect("the centre takes requests");
    }

    /// The next answer; answers are in order and leave none out.
    async fn answer(&mut self) -> Outcome {
        let answer = tokio::time::timeout(Duration::from_secs(10), self.hear.message()).await.expect("an answer comes in time");
        let answer = answer.unwrap().expect("the call goes on");
        assert_eq!(answer.place, self.place);
        self.place += 1;
        answer.outcome.expect("always set")
    }

    /// Says it and waits until it is kept.
    async fn kept(&mut self, observation: Observation) -> Option<common::LogReceipt> {
        self.say(observation).await;
        match self.answer().await {
            Outcome::Kept(kept) => kept.receipt,
            Outcome::Refused(refused) => panic!("{}", refused.message),
        }
    }

    /// Says it and waits until it is refused for good, in both languages.
    async fn refused(&mut self, observation: Observation) -> (String, String) {
        self.say(observation).await;
        let Outcome::Refused(refused) = self.answer().await else { panic!("it was kept") };
        assert!(!refused.repeat && !refused.message_zh.is_ascii(), "{refused:?}");
        (refused.code, refused.message)
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn flag(stream: StreamId, version: u32) -> pb::Flag {
    let (start, random) = (now().before(Span::from_secs(60)), OsRandom);
    pb::Flag {
        flag_id: FlagId::mint(start, &random).to_string(),
        stream_id: stream.to_string(),
        run_id: RunId::mint(start, &random).to_string(),
        kind: common::FlagKind::Silent.into(),
        start_us: start.as_micros(),
        end_us: None,
        seen_us: start.as_micros() + 5_000_000,
        version,
        measured_milli: -71_500,
        threshold_milli: -60_000,
        detector: "silent/1".to_owned(),
    }
}

/// The smallest picture that looks like one; `mark` makes it another.
fn jpeg(mark: u8) -> Vec<u8> {
    let frame = [0xff, 0xc0, 0, 11, 8, 1, 0x68, 2, 0x80, 1, 1, 0x11, 0];
    [&[0xff, 0xd8][..], &frame, &[0xff, 0xda, 0, 2, mark, 0xff, 0xd9]].concat()
}

fn still(stream: StreamId, taken: Timestamp, mark: u8) -> pb::Still {
    pb::Still {
        still_id: StillId::mint(taken, &OsRandom).to_string(),
        stream_id: stream.to_string(),
        run_id: RunId::mint(taken, &OsRandom).to_string(),
        taken_us: taken.as_micros(),
        jpeg: jpeg(mark),
        width: 640,
        height: 360,
    }
}

fn levels(stream: StreamId, start: Timestamp) -> pb::SoundLevels {
    pb::SoundLevels {
        stream_id: stream.to_string(),
        run_id: RunId::mint(start, &OsRandom).to_string(),
        start_us: start.as_micros(),
        rms: vec![90; 100],
        peak: vec![60; 100],
    }
}

fn lately() -> Interval {
    Interval::new(now().before(Span::from_secs(3600)), now().after(Span::from_secs(3600))).unwrap()
}

async fn viewpoint(world: &World, stream: StreamId) -> ViewpointId {
    world.archive().records.stream_place(stream).await.unwrap().unwrap().viewpoint
}

async fn flags(world: &World, stream: StreamId) -> Vec<FlagReport> {
    let viewpoint = viewpoint(world, stream).await;
    let flags = world.archive().records.flags_in(viewpoint, lately(), 100).await.unwrap();
    flags.into_iter().map(|flag| flag.report).collect()
}

/// All three kinds are there after a crash that follows the answer; said again, nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_crash_and_may_be_said_again() {
    let mut world = World::new().await;
    let stream = world.ours.streams[0];
    let (flag, taken) = (flag(stream, 1), now());
    let (still, levels) = (still(stream, taken, 7), levels(stream, taken));
    for round in 0..2 {
        let mut observe = Observe::call(&world, "ours").await.unwrap();
        let entry = observe.kept(Observation::Flag(flag.clone())).await;
        assert_eq!(entry.is_some(), round == 0, "only what is new is told in the log");
        assert_eq!(observe.kept(Observation::Still(still.clone())).await, None);
        assert_eq!(observe.kept(Observation::Levels(levels.clone())).await, None);
        world.restart().await;
        let records = &world.archive().records;
        let kept = flags(&world, stream).await;
        let [kept] = &kept[..] else { panic!("{kept:?}") };
        assert_eq!((kept.flag.to_string(), kept.kind, kept.version), (flag.flag_id.clone(), FlagKind::Silent, 1));
        let stills = records.stills_in(stream, lately(), 10).await.unwrap();
        let [kept] = &stills[..] else { panic!("{stills:?}") };
        assert_eq!((kept.still.to_string(), kept.width, kept.height), (still.still_id.clone(), 640, 360));
        assert_eq!(world.archive().objects.get(&kept.object_name).await.unwrap(), still.jpeg);
        let heard = records.levels_in(stream, lately()).await.unwrap();
        assert_eq!(heard.iter().map(|levels| levels.rms.len()).sum::<usize>(), 100);
    }
}

/// A flag grows by its versions; that it is only seen for longer is no news for the log, and what is old changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_flag_goes_on_and_ends() {
    let world = World::new().await;
    let stream = world.ours.streams[0];
    let first = flag(stream, 1);
    let seen = pb::Flag { version: 2, seen_us: first.seen_us + 10_000_000, ..first.clone() };
    let ended = pb::Flag { version: 3, end_us: Some(seen.seen_us), measured_milli: -90_000, ..seen.clone() };
    let mut observe = Observe::call(&world, "ours").await.unwrap();
    let mut changes = world.archive().live.subscribe();
    changes.mark_unchanged();
    assert!(observe.kept(Observation::Flag(first.clone())).await.is_some());
    assert!(changes.has_changed().unwrap(), "whoever watches the board is woken");
    assert!(observe.kept(Observation::Flag(seen)).await.is_none());
    assert!(observe.kept(Observation::Flag(ended.clone())).await.is_some());
    assert!(observe.kept(Observation::Flag(first.clone())).await.is_none(), "an old report");
    let kept = flags(&world, stream).await;
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!((kept.version, kept.end, kept.measured_milli), (3, Some(Timestamp::from_micros(ended.seen_us)), -90_000));
    let (code, message) = observe.refused(Observation::Flag(pb::Flag { measured_milli: 0, ..ended })).await;
    assert!(code == "already_exists" && message.contains(&first.flag_id), "{code}: {message}");
}

/// What is refused names its thing, and the others around it are kept, in order.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_harms_nothing_else() {
    let world = World::new().await;
    let (ours, theirs) = (world.ours.streams[0], world.theirs.streams[0]);
    let unknown = StreamId::mint(now(), &OsRandom);
    let mut observe = Observe::call(&world, "ours").await.unwrap();
    let (good, taken) = (flag(ours, 1), now());
    let said = [
        Observation::Flag(good.clone()),
        Observation::Flag(flag(theirs, 1)),
        Observation::Still(still(theirs, taken, 1)),
        Observation::Levels(levels(unknown, taken)),
        Observation::Still(pb::Still { jpeg: b"GIF89a".to_vec(), ..still(ours, taken, 1) }),
        Observation::Still(pb::Still { width: 641, ..still(ours, taken, 1) }),
        Observation::Still(pb::Still { jpeg: vec![0; 256 * 1024 + 1], ..still(ours, taken, 1) }),
        Observation::Flag(flag(ours, 1)),
        Observation::Flag(flag(ours, 0)),
        Observation::Still(still(ours, taken, 1)),
    ];
    for observation in said {
        observe.say(observation).await;
    }
    let mut outcomes = Vec::new();
    for _ in 0..10 {
        outcomes.push(match observe.answer().await {
            Outcome::Kept(_) => "kept".to_owned(),
            Outcome::Refused(refused) => refused.code,
        });
    }
    let (form, size, foreign) = ("invalid_argument", "too_large", "permission_denied");
    assert_eq!(outcomes, ["kept", foreign, foreign, "not_found", form, form, size, "kept", form, "kept"]);
    assert_eq!(flags(&world, ours).await.len(), 2);
    assert!(flags(&world, theirs).await.is_empty());
    assert_eq!(world.archive().records.stills_in(ours, lately(), 10).await.unwrap().len(), 1);
    let (_, message) = observe.refused(Observation::Flag(pb::Flag { kind: 0, ..good.clone() })).await;
    assert!(message.contains(&good.flag_id) && message.contains("flag.kind"), "{message}");
}

/// A run that the centre knows is of one stream; one that it does not know may still be on its way.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_run_is_of_its_stream() {
    let world = World::new().await;
    let (front, back) = (world.ours.streams[0], world.ours.streams[1]);
    let run = Run::new(front, &Footage::new(1, 100));
    world.upload().await.open(&run).await;
    let of_run = |stream| pb::Flag { run_id: run.run.to_string(), ..flag(stream, 1) };
    let mut observe = Observe::call(&world, "ours").await.unwrap();
    assert!(observe.kept(Observation::Flag(of_run(front))).await.is_some());
    let (code, message) = observe.refused(Observation::Flag(of_run(back))).await;
    assert!(code == "already_exists" && message.contains("stream_id"), "{code}: {message}");
}

/// Two stills of one moment are one, and the object of the other is not left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_moment_has_one_still() {
    let world = World::new().await;
    let (stream, taken) = (world.ours.streams[0], now());
    let mut observe = Observe::call(&world, "ours").await.unwrap();
    observe.kept(Observation::Still(still(stream, taken, 1))).await;
    observe.kept(Observation::Still(still(stream, taken, 2))).await;
    assert_eq!(world.archive().records.stills_in(stream, lately(), 10).await.unwrap().len(), 1);
    let objects = futures_util::StreamExt::count(world.archive().objects.list()).await;
    assert_eq!(objects, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_recorders_observe_and_not_in_too_many_calls() {
    let world = World::new().await;
    let code = async |token| Observe::call(&world, token).await.err().map(|status| status.code());
    assert_eq!((code("").await, code("admin").await), (Some(Code::Unauthenticated), Some(Code::PermissionDenied)));
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(Observe::call(&world, "ours").await.unwrap());
    }
    assert_eq!((code("ours").await, code("theirs").await), (Some(Code::ResourceExhausted), None));
    calls.pop();
    world.until("the place of the call that ended is free", async || code("ours").await.is_none()).await;
}

/// Footage of a file has no recorder: none may add to it, or speak of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_imported_is_nobodys() {
    let world = World::new().await;
    let stream = import(&world).await;
    assert_eq!(world.archive().records.stream_place(stream).await.unwrap().unwrap().trust, TrustLevel::Imported);
    let mut observe = Observe::call(&world, "ours").await.unwrap();
    let (code, message) = observe.refused(Observation::Flag(flag(stream, 1))).await;
    assert!(code == "permission_denied" && message.contains("imported"), "{code}: {message}");
    let run = Run::new(stream, &Footage::new(1, 100));
    let mut upload = world.upload().await;
    upload.say(pb::upload_request::Step::OpenRun(crate::client::open_run(&run))).await;
    let error = upload.refused(&run, None, "permission_denied", pb::ErrorAction::Stop).await;
    assert!(error.message.contains("imported"), "{}", error.message);
}

/// A file that is only kept, at our viewpoint; gives the stream that stands for it.
async fn import(world: &World) -> StreamId {
    let (archive, random, key) = (world.archive(), OsRandom, SigningKey::from_seed(&[9; 32]));
    let act = Act::new(Principal::Person(PersonId::mint(now(), &random)), now());
    archive.records.register_key(&act, NewKey { name: "李雷".to_owned(), public_key: key.public() }).await.unwrap();
    let original = Sized256 { sha256: Sha256::of(b"a file"), size_bytes: 6 };
    let (import, stream) = (ImportId::mint(now(), &random), StreamId::mint(now(), &random));
    let statement = ImportStatement {
        v: 1,
        r#type: "import".to_owned(),
        import,
        viewpoint: viewpoint(world, world.ours.streams[0]).await,
        camera: CameraId::mint(now(), &random),
        stream,
        original,
        file_name: "a.dav".to_owned(),
        device: "NVR".to_owned(),
        custodian: "李雷".to_owned(),
        device_start: now(),
        clock_offset_us: 0,
        offset_reason: "对照北京时间".to_owned(),
        runs: Vec::new(),
        left_out: Vec::new(),
    };
    let bytes = statement.to_bytes();
    let signed = SignedStatement { signature: key.sign(&bytes), statement: String::from_utf8(bytes).unwrap(), key: key.public() };
    let original_name = liuhen_archive::names::original(world.ours.site, import, &original.sha256);
    let new = NewImport { signed, camera_name: "NVR".to_owned(), original_name, runs: Vec::new(), segments: Vec::new() };
    archive.records.take_import(&act, new).await.unwrap();
    stream
}
