//! Alarms at the API: user stories 6, 7 and 14, and what persons say to them. The watchers look when the test lets a
//! second pass; footage is real, and comes as ingest would bring it.

use futures_util::StreamExt as _;
use liuhen_archive::alarms::Alarms;
use liuhen_archive::live::{CameraState, PendingRange, RecorderStatus, StreamStatus};
use liuhen_archive::watcher::Watcher;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::NodeId;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::alarm_service_client::AlarmServiceClient;
use liuhen_proto::wire::session::v1 as session;
use liuhen_proto::{Interval, Principal, Timestamp};

use crate::film::Film;
use crate::world::{Connection, Run, Site, World, at, between, pass};

/// A world whose watchers look, and what the recorder says.
struct Watched<'w> {
    world: &'w World,
    site: &'w Site,
    gaps: Watcher,
    alarms: Alarms,
    state: CameraState,
    speaks: bool,
}

impl<'w> Watched<'w> {
    fn new(world: &'w World, site: &'w Site) -> Self {
        let node = Principal::Node(NodeId::mint(at(0), &*world.archive.random));
        let (gaps, alarms) = (Watcher::new(world.archive.clone(), node), Alarms::new(world.archive.clone(), node));
        Self { world, site, gaps, alarms, state: CameraState::Recording, speaks: true }
    }

    /// So many seconds pass. What is filmed of `run` is stored as time goes.
    async fn pass(&mut self, seconds: u32, mut run: Option<&mut Run<'_>>) {
        for _ in 0..seconds {
            pass(self.world, 1);
            if let Some(run) = run.as_deref_mut() {
                while run.next_end().is_some_and(|end| end <= self.world.archive.clock.now()) {
                    run.store(1);
                }
            }
            self.look().await;
        }
    }

    async fn look(&mut self) {
        if self.speaks {
            let stream = StreamStatus {
                stream: self.site.stream(),
                state: self.state,
                since: at(0),
                detail: String::new(),
                last_fragment: None,
                bits_per_second: 0,
                camera_offset_us: None,
                camera_drift_ppb: None,
            };
            let status = RecorderStatus { streams: vec![stream], ..RecorderStatus::default() };
            self.world.archive.live.recorder_heard(self.recorder(), self.world.archive.clock.now(), status);
        }
        self.gaps.look().await.unwrap();
        self.alarms.look().await.unwrap();
    }

    fn recorder(&self) -> liuhen_proto::ids::RecorderId {
        self.site.recorder.recorder_id.parse().unwrap()
    }
}

async fn session(world: &World, site: &Site, seconds: i64) -> String {
    let window = session::ExpectedWindow { viewpoint_id: site.viewpoint.viewpoint_id.clone(), interval: between(0, seconds) };
    let request = session::CreateSessionRequest {
        site_id: site.site.site_id.clone(),
        name: "morning".into(),
        exam: between(0, seconds),
        windows: vec![window],
        room_ids: Vec::new(),
        idempotency_key: String::new(),
    };
    world.sessions().await.create_session(request).await.unwrap().into_inner().session.unwrap().session_id
}

async fn client(world: &World) -> AlarmServiceClient<Connection> {
    AlarmServiceClient::new(world.channel(Some(&world.token)).await)
}

async fn open(world: &World) -> Vec<pb::Alarm> {
    let request = pb::ListAlarmsRequest { open_only: true, ..Default::default() };
    client(world).await.list_alarms(request).await.unwrap().into_inner().alarms
}

async fn gaps(world: &World, session_id: &str) -> Vec<pb::Gap> {
    let request = pb::ListGapsRequest { session_id: session_id.to_owned() };
    world.review().await.list_gaps(request).await.unwrap().into_inner().gaps
}

fn kind(alarms: &[pb::Alarm], kind: pb::AlarmKind) -> &pb::Alarm {
    alarms.iter().find(|alarm| alarm.kind() == kind).unwrap_or_else(|| panic!("no {kind:?} in {alarms:#?}"))
}

/// User story 6.
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_silent_for_twenty_seconds_is_on_the_board_within_thirty() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    let session_id = session(&world, &site, 3_600).await;
    let mut watched = Watched::new(&world, &site);
    let mut watch = client(&world).await.watch_alarms(pb::WatchAlarmsRequest::default()).await.unwrap().into_inner();
    assert!(watch.message().await.unwrap().unwrap().caught_up, "nothing stands");

    let mut before = world.run(&site, &film, 0).await;
    watched.pass(12, Some(&mut before)).await;
    assert_eq!(open(&world).await, []);
    assert!(before.is_over());
    let last_frame = before.stored_until().unwrap();
    let mut seconds = 0;
    while !open(&world).await.iter().any(|alarm| alarm.kind() == pb::AlarmKind::NoFragments) {
        assert!(seconds < 20, "it has been silent for long");
        watched.pass(1, None).await;
        seconds += 1;
    }
    let first = watch.message().await.unwrap().unwrap();
    assert_eq!((first.event(), first.event_number), (pb::AlarmEventKind::Opened, 1), "the watcher is told at once");
    let alarms = open(&world).await;
    let silent = kind(&alarms, pb::AlarmKind::NoFragments);
    assert_eq!(silent.since_us, last_frame.as_micros());
    assert!(silent.opened_us - silent.since_us <= 15_000_000, "{silent:#?}");
    let gap = kind(&alarms, pb::AlarmKind::Gap);
    let words = gap.chinese.as_ref().unwrap();
    assert!(words.what.starts_with("第一考点 1 个考场 已缺 "), "{words:?}");
    assert!(!words.first_step.is_empty() && gap.english.as_ref().unwrap().what.contains("1 room"), "{gap:#?}");

    watched.pass(20u32.saturating_sub(seconds), None).await;
    let back = world.archive.clock.now();
    let start = (back.as_micros() - at(0).as_micros()) / 1_000_000;
    let mut after = world.run(&site, &film, start).await;
    watched.pass(10, Some(&mut after)).await;
    let no_picture: Vec<_> =
        gaps(&world, &session_id).await.into_iter().filter(|gap| gap.kind() == pb::GapKind::NoPicture).collect();
    assert_eq!(no_picture.len(), 1);
    let near = |us: i64, at: Timestamp| (us - at.as_micros()).abs() < 250_000;
    assert!(near(no_picture[0].start_us, last_frame), "from the last frame: {no_picture:?}");
    assert!(near(no_picture[0].end_us.unwrap(), at(start)), "to the first: {no_picture:?}");
    watched.pass(8, None).await;
    // Ten seconds of health, and it is over.
    let over = open(&world).await;
    assert!(
        !over.iter().any(|alarm| alarm.kind() == pb::AlarmKind::NoFragments && alarm.since_us == silent.since_us),
        "{over:#?}"
    );
}

/// User story 6, second half.
#[tokio::test(flavor = "multi_thread")]
async fn sound_that_is_missing_with_the_picture_there_is_a_gap_of_its_own() {
    let world = World::new().await;
    let site = world.site().await;
    let mute = Film::shoot_mute(world.directory.path(), 10);
    let session_id = session(&world, &site, 3_600).await;
    let mut watched = Watched::new(&world, &site);
    let mut run = world.run(&site, &mute, 0).await;
    watched.pass(10, Some(&mut run)).await;
    let gaps = gaps(&world, &session_id).await;
    assert_eq!(gaps.iter().map(pb::Gap::kind).collect::<Vec<_>>(), [pb::GapKind::NoSound]);
    let alarms = open(&world).await;
    assert_eq!(alarms.len(), 1, "{alarms:#?}");
    assert_eq!(kind(&alarms, pb::AlarmKind::Gap).state.as_ref().unwrap().rooms, 1);
}

/// User story 7.
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_online_and_stored_its_last_segment_three_minutes_ago_is_red() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    world.recorded(&site, &film, 0).await;
    session(&world, &site, 3_600).await;
    pass(&world, 190);
    // The centre begins anew: what it knows comes from the records.
    let mut watched = Watched::new(&world, &site);
    watched.look().await;
    let alarms = open(&world).await;
    let red = kind(&alarms, pb::AlarmKind::NoFragments);
    assert_eq!(red.state.as_ref().unwrap().severity(), pb::AlarmSeverity::Urgent);
    assert!(red.state.as_ref().unwrap().missing_us >= 175_000_000, "{red:#?}");
    let camera = &site.camera.name;
    assert!(red.chinese.as_ref().unwrap().what.contains(camera), "{red:#?}");
}

/// User story 14, the part of recordings; the real programs do the same in tests/tests.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_link_is_back_has_its_own_times_and_is_marked_late() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    let session_id = session(&world, &site, 3_600).await;
    let mut watched = Watched::new(&world, &site);
    let mut before = world.run(&site, &film, 0).await;
    watched.pass(11, Some(&mut before)).await;
    before.seal().await;
    before.end().await;
    watched.speaks = false;
    world.archive.live.recorder_gone(watched.recorder());
    watched.pass(50, None).await;
    let alarms = open(&world).await;
    kind(&alarms, pb::AlarmKind::RecorderUnreachable);
    pass(&world, 2_340);
    watched.look().await;

    // It is back and says what it has: ten seconds of it, of which the centre has nothing.
    watched.speaks = true;
    let mut late = world.run(&site, &film, 10).await;
    let interval = Interval::new(at(10), at(20)).unwrap();
    let (first, last) = (Sequence::FIRST, Sequence::new(4).unwrap());
    let pending = PendingRange { stream: site.stream(), run: late.run, first, last, interval };
    world.archive.live.inventory(watched.recorder(), world.archive.clock.now(), vec![pending], true);
    watched.pass(1, None).await;
    let alarms = open(&world).await;
    assert_eq!(kind(&alarms, pb::AlarmKind::Gap).state.as_ref().unwrap().fillable_us, 10_000_000);
    late.store(usize::MAX);
    world.archive.live.inventory(watched.recorder(), world.archive.clock.now(), Vec::new(), true);
    watched.pass(1, None).await;
    late.seal().await;
    late.end().await;

    let picture: Vec<_> =
        gaps(&world, &session_id).await.into_iter().filter(|gap| gap.kind() == pb::GapKind::NoPicture).collect();
    assert!(picture.iter().any(|gap| gap.late_upload), "{picture:#?}");
    let request = pb::ListSegmentsRequest { stream_id: site.stream().to_string(), interval: between(0, 3_600), limit: 0 };
    let segments = world.review().await.list_segments(request).await.unwrap().into_inner().segments;
    assert_eq!(segments.iter().map(|segment| segment.late_upload).collect::<Vec<_>>(), [false, true]);
    assert!((segments[1].interval.unwrap().start_us - at(10).as_micros()).abs() < 1_000, "its own time");
    let coverage = world.review().await.get_coverage(pb::GetCoverageRequest { session_id }).await.unwrap().into_inner();
    let video = &coverage.coverage.unwrap().viewpoints[0].tracks[0];
    let covered: i64 = video.covered.iter().map(|one| one.end_us - one.start_us).sum();
    assert!((19_000_000..=20_200_000).contains(&covered), "nothing is doubled: {covered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_acknowledges_and_it_stays_open_and_visible() {
    let world = World::new().await;
    let site = world.site().await;
    session(&world, &site, 3_600).await;
    let mut watched = Watched::new(&world, &site);
    watched.pass(12, None).await;
    let mut calls = client(&world).await;
    let alarm = kind(&open(&world).await, pb::AlarmKind::NoFragments).clone();
    let say = |name: &str, note: &str| pb::AcknowledgeAlarmRequest {
        alarm_id: alarm.alarm_id.clone(),
        name: name.to_owned(),
        note: note.to_owned(),
    };
    let first = calls.acknowledge_alarm(say("王芳", "去看网线")).await.unwrap().into_inner();
    let again = calls.acknowledge_alarm(say("王芳", "去看网线")).await.unwrap().into_inner();
    assert_eq!((first.repeated, again.repeated, &again.receipt), (false, true, &first.receipt));
    calls.acknowledge_alarm(say("李强", "已更换网线")).await.unwrap();
    let seen = kind(&open(&world).await, pb::AlarmKind::NoFragments).clone();
    assert_eq!(seen.acknowledgements.iter().map(|said| said.name.as_str()).collect::<Vec<_>>(), ["王芳", "李强"]);
    assert_eq!(calls.acknowledge_alarm(say("", "")).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    let unknown = pb::AcknowledgeAlarmRequest { alarm_id: alarm.alarm_id.replace("alarm_0", "alarm_1"), ..say("", "x") };
    assert_eq!(calls.acknowledge_alarm(unknown).await.unwrap_err().code(), tonic::Code::NotFound);

    // Who watches again is told what stands, and who was away what they missed.
    let stands = calls.watch_alarms(pb::WatchAlarmsRequest::default()).await.unwrap().into_inner();
    let stands: Vec<_> = stands.map(Result::unwrap).take_while(|answer| std::future::ready(!answer.caught_up)).collect().await;
    assert!(stands.iter().all(|answer| answer.event() == pb::AlarmEventKind::Standing));
    assert_eq!(stands.len(), open(&world).await.len());
    let missed = pb::WatchAlarmsRequest { after_event: Some(0), ..Default::default() };
    let missed = calls.watch_alarms(missed).await.unwrap().into_inner();
    let numbers: Vec<_> = missed.skip(1).map(|answer| answer.unwrap().event_number).take(4).collect().await;
    assert_eq!(numbers, [1, 2, 3, 4]);
    let request = pb::ListEntriesRequest { subject: site.site.site_id.clone(), ..Default::default() };
    let entries = world.review().await.list_entries(request).await.unwrap().into_inner().entries;
    let told = entries.iter().map(|entry| String::from_utf8_lossy(&entry.envelope).into_owned());
    let told: Vec<_> = told.filter(|entry| entry.contains("acknowledged")).collect();
    assert!(told.len() == 2 && told.iter().all(|entry| !entry.contains("王芳")), "names are in the body: {told:?}");
}
