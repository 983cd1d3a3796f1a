use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::{ClockSource, Sequence, TrackKind};
use liuhen_proto::ids::{NodeId, RecorderId, RunId};
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock as _, ManualClock, SeededRandom};
use liuhen_proto::{Interval, Principal, Span, Timestamp};

use super::*;
use crate::live::{CameraState, OpenPlace, PendingRange, RecorderStatus, StreamStatus};
use crate::records::{
    Alarm, AlarmKind, AlarmQuery, AlarmSeverity, CameraKind, ExpectedWindow, GapCause, NewCamera, NewOrganization, NewRecorder,
    NewRoom, NewSession, NewSite, NewViewpoint, OrganizationKind, RoomKind, Sqlite,
};
use crate::watcher::Watcher;
use crate::{Live, Objects};

const TEN_O_CLOCK: i64 = 1_795_341_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((TEN_O_CLOCK + seconds) * 1_000_000)
}

fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// Three rooms with a camera each, one recorder; a time of our own.
struct Site {
    archive: Archive,
    alarms: Alarms,
    watcher: Watcher,
    clock: Arc<ManualClock>,
    site: SiteId,
    views: Vec<(liuhen_proto::ids::ViewpointId, StreamId, RunId)>,
    recorder: RecorderId,
    /// Which cameras produce, and what the recorder says of them.
    films: [bool; 3],
    states: [CameraState; 3],
    status: RecorderStatus,
    speaks: bool,
    next: u64,
    _directory: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let random = Arc::new(SeededRandom::new(7));
        let clock = Arc::new(ManualClock::at(at(0)));
        let archive = Archive {
            records: Arc::new(Sqlite::open(&directory.path().join("liuhen.db"), random.clone()).await.unwrap()),
            objects: Objects::open(&directory.path().join("objects")).unwrap(),
            live: Live::new(at(0)),
            clock: clock.clone(),
            random: random.clone(),
        };
        let by = Principal::Node(NodeId::mint(at(0), &*random));
        let (act, records) = (Act::new(by, at(0)), &archive.records);
        let name = || "x".to_owned();
        let new = NewOrganization { name: name(), kind: OrganizationKind::Enterprise };
        let organization = records.create_organization(&act, new).await.unwrap().value.id;
        let site = records.create_site(&act, NewSite { organization, name: name(), region: None }).await.unwrap().value.id;
        let mut views = Vec::new();
        for _ in 0..3 {
            let room = NewRoom { site, name: name(), kind: RoomKind::Theory };
            let room = records.create_room(&act, room).await.unwrap().value.id;
            let (required, sound_required, sound_only, seats) = (true, false, false, Vec::new());
            let new = NewViewpoint { room, name: name(), required, sound_required, sound_only, seats };
            let viewpoint = records.create_viewpoint(&act, new).await.unwrap().value.id;
            let new = NewCamera { viewpoint, name: name(), has_viewing_stream: false, kind: CameraKind::Camera };
            let stream = records.create_camera(&act, new).await.unwrap().value.evidence;
            views.push((viewpoint, stream, RunId::mint(at(0), &*random)));
        }
        let public_key = SigningKey::generate(&*random).public();
        let new = NewRecorder { site, name: name(), public_key, token_sha256: Sha256::of(b"t") };
        let recorder = records.create_recorder(&act, new).await.unwrap().value.id;
        Self {
            alarms: Alarms::new(archive.clone(), by),
            watcher: Watcher::new(archive.clone(), by),
            archive,
            clock,
            site,
            views,
            recorder,
            films: [true; 3],
            states: [CameraState::Recording; 3],
            status: RecorderStatus::default(),
            speaks: true,
            next: 0,
            _directory: directory,
        }
    }

    async fn session(&self, start: i64, end: i64) {
        let windows =
            self.views.iter().map(|(viewpoint, ..)| ExpectedWindow { viewpoint: *viewpoint, interval: between(start, end) });
        let new = NewSession { site: self.site, name: "x".into(), exam: between(start, end), windows: windows.collect() };
        self.archive.records.create_session(&Act::new(self.alarms.by, at(0)), new).await.unwrap();
    }

    fn now(&self) -> i64 {
        self.clock.now().as_micros() / 1_000_000 - TEN_O_CLOCK
    }

    fn store(&mut self, camera: usize, start: i64) {
        let track = IndexedTrack {
            track: 1,
            kind: TrackKind::Video,
            interval: between(start, start + 2),
            media_start: 0,
            media_end: 1,
            decode_time_offset_bytes: 0,
            lost_packets: 0,
            damaged: false,
        };
        let fragment = IndexedFragment {
            sequence: Sequence::new(self.next).unwrap(),
            offset_bytes: 0,
            size_bytes: 1,
            sha256: Sha256::of(b""),
            starts_with_sync: true,
            tracks: vec![track],
        };
        self.next += 1;
        let (_, stream, run) = self.views[camera];
        let place = OpenPlace { path: PathBuf::from(format!("{camera}")), init: Bytes::new(), clock: None };
        self.archive.live.fragment_stored(stream, run, &place, fragment);
    }

    /// Every second until then the recorder speaks, cameras that film produce, and both watchers look.
    async fn until(&mut self, until: i64) {
        while self.now() < until {
            let now = self.now();
            if self.speaks {
                let stream = |camera: usize| StreamStatus {
                    stream: self.views[camera].1,
                    state: self.states[camera],
                    since: at(0),
                    detail: String::new(),
                    last_fragment: None,
                    bits_per_second: 0,
                    camera_offset_us: None,
                    camera_drift_ppb: None,
                };
                let status = RecorderStatus { streams: (0..3).map(stream).collect(), ..self.status.clone() };
                self.archive.live.recorder_heard(self.recorder, at(now), status);
                for camera in 0..3 {
                    if now % 2 == 0 && now > 0 && self.films[camera] {
                        self.store(camera, now - 2);
                    }
                }
            }
            self.watcher.look().await.unwrap();
            self.alarms.look().await.unwrap();
            self.clock.advance(Span::from_secs(1));
        }
    }

    async fn open(&self) -> Vec<Alarm> {
        self.archive.records.open_alarms().await.unwrap()
    }

    async fn kinds(&self) -> Vec<(AlarmKind, AlarmSeverity)> {
        self.open().await.iter().map(|alarm| (alarm.kind, alarm.state.severity)).collect()
    }

    async fn all(&self) -> Vec<Alarm> {
        self.archive.records.alarms(AlarmQuery::default(), 100).await.unwrap()
    }
}

#[tokio::test]
async fn a_camera_that_is_online_and_produces_nothing_is_red_in_fifteen_seconds() {
    let mut site = Site::new().await;
    site.session(0, 600).await;
    site.until(101).await;
    assert_eq!(site.open().await, []);
    site.films[1] = false;
    site.until(116).await;
    let open = site.open().await;
    let silent = open.iter().find(|alarm| alarm.kind == AlarmKind::NoFragments).expect("red by now");
    assert_eq!((silent.since, silent.opened, silent.state.severity), (at(100), at(111), AlarmSeverity::Urgent));
    assert_eq!((silent.state.cause, silent.state.streams.as_slice()), (Some(GapCause::Unknown), &[site.views[1].1][..]));
    let gap = open.iter().find(|alarm| alarm.kind == AlarmKind::Gap).expect("a session expects it");
    assert_eq!((gap.since, gap.site, gap.state.room_count), (at(100), Some(site.site), 1));

    // It comes back, is away for a moment, and comes back: one alarm, closed after ten seconds of health.
    site.films[1] = true;
    site.until(125).await;
    assert_eq!(site.open().await.len(), 2);
    site.until(160).await;
    assert_eq!(site.open().await, []);
    let closed = site.all().await;
    assert!(closed.len() == 2 && closed.iter().all(|alarm| alarm.closed.is_some()), "{closed:#?}");
}

#[tokio::test]
async fn outside_sessions_a_silent_camera_is_a_notice_and_one_that_is_switched_off_is_none() {
    let mut site = Site::new().await;
    site.until(21).await;
    (site.films[0], site.films[2], site.states[2]) = (false, false, CameraState::Stopped);
    site.until(60).await;
    let open = site.open().await;
    assert_eq!(site.kinds().await, [(AlarmKind::NoFragments, AlarmSeverity::Notice)]);
    assert_eq!(open[0].state.streams, [site.views[0].1]);
}

#[tokio::test]
async fn a_stream_that_never_produced_is_red_too_and_a_clock_that_is_ahead_hides_nothing() {
    let mut site = Site::new().await;
    site.films = [true, false, false];
    site.store(2, 3_600);
    site.until(15).await;
    let streams: BTreeSet<_> = site.open().await.iter().flat_map(|alarm| alarm.state.streams.clone()).collect();
    assert_eq!(streams, BTreeSet::from([site.views[1].1, site.views[2].1]));
}

#[tokio::test]
async fn figures_are_told_in_steps_of_weight_and_flicker_is_one_alarm() {
    let mut site = Site::new().await;
    site.session(0, 3_600).await;
    site.until(21).await;
    site.films = [false; 3];
    site.until(155).await;
    let gap = site.open().await.into_iter().find(|alarm| alarm.kind == AlarmKind::Gap).unwrap();
    assert_eq!(gap.state.room_count, 3);
    // Three rooms that miss 134 s each, told to within a step.
    let missing = gap.state.missing.as_micros() / 1_000_000;
    assert!((300..=402).contains(&missing), "{missing}");
    assert!(gap.version < 15, "{} events in 134 s", gap.version);
    for _ in 0..3 {
        site.films = [true; 3];
        site.until(site.now() + 6).await;
        site.films = [false; 3];
        site.until(site.now() + 14).await;
    }
    let gaps = site.all().await.into_iter().filter(|alarm| alarm.kind == AlarmKind::Gap).count();
    assert_eq!(gaps, 1, "what flickers is one alarm");
}

#[tokio::test]
async fn a_recorder_that_is_not_heard_is_told_and_what_it_said_last_stays() {
    let mut site = Site::new().await;
    site.session(0, 3_600).await;
    site.status.spool_left = Some(Span::from_secs(3_600));
    site.until(31).await;
    assert_eq!(site.kinds().await, [(AlarmKind::SpoolFilling, AlarmSeverity::Urgent)]);
    site.speaks = false;
    site.archive.live.recorder_gone(site.recorder);
    site.until(60).await;
    let open = site.kinds().await;
    assert_eq!(open.len(), 3, "the cameras are not told one by one: {open:?}");
    assert!(open.contains(&(AlarmKind::RecorderUnreachable, AlarmSeverity::Urgent)));
    assert!(open.contains(&(AlarmKind::SpoolFilling, AlarmSeverity::Urgent)), "nobody knows better");

    (site.speaks, site.status.spool_left) = (true, None);
    let (first, last) = (Sequence::FIRST, Sequence::new(14).unwrap());
    let (_, stream, run) = site.views[0];
    let pending = PendingRange { stream, run, first, last, interval: between(30, 60) };
    site.archive.live.inventory(site.recorder, at(60), vec![pending], true);
    site.until(90).await;
    assert_eq!(site.open().await, []);
}

#[tokio::test]
async fn what_a_recorder_says_of_itself_is_told() {
    let mut site = Site::new().await;
    let clock = |source, offset| RecorderStatus {
        clock_source: Some(source),
        centre_offset_us: Some(offset),
        centre_error_us: Some(50_000),
        ..RecorderStatus::default()
    };
    let (warning, urgent) = (AlarmSeverity::Warning, AlarmSeverity::Urgent);
    let cases = [
        (RecorderStatus { spool_full: true, ..RecorderStatus::default() }, vec![(AlarmKind::SpoolFull, urgent)]),
        (
            RecorderStatus { spool_left: Some(Span::from_secs(11 * 3600)), ..RecorderStatus::default() },
            vec![(AlarmKind::SpoolFilling, warning)],
        ),
        (clock(ClockSource::TimeUnproven, 0), vec![(AlarmKind::ClockUnproven, warning)]),
        (clock(ClockSource::Synchronized, -1_060_000), vec![(AlarmKind::ClockOff, warning)]),
        (clock(ClockSource::Synchronized, 1_040_000), vec![]),
    ];
    for (status, expected) in cases {
        site.status = status;
        site.until(site.now() + 15).await;
        assert_eq!(site.kinds().await, expected, "{:?}", site.status);
    }
    let (first, last) = (Sequence::FIRST, Sequence::new(99).unwrap());
    let (_, stream, run) = site.views[0];
    let pending = PendingRange { stream, run, first, last, interval: between(-600, -300) };
    site.archive.live.inventory(site.recorder, site.clock.now(), vec![pending], true);
    site.until(site.now() + 2).await;
    let behind = site.open().await.remove(0);
    assert_eq!((behind.kind, behind.state.fillable, behind.since), (AlarmKind::UploadBehind, Span::from_secs(300), at(-600)));
}

#[tokio::test]
async fn what_was_announced_and_is_nowhere_is_lost() {
    let mut site = Site::new().await;
    site.session(0, 600).await;
    site.until(101).await;
    site.speaks = false;
    site.archive.live.recorder_gone(site.recorder);
    site.until(130).await;
    site.speaks = true;
    let (first, last) = (Sequence::FIRST, Sequence::new(14).unwrap());
    let pending = |camera: usize| {
        let (_, stream, run) = site.views[camera];
        PendingRange { stream, run, first, last, interval: between(100, 130) }
    };
    let (one, two) = (pending(0), pending(1));
    site.archive.live.inventory(site.recorder, at(130), vec![one, two], true);
    site.until(140).await;
    site.archive.live.inventory(site.recorder, at(140), vec![two], false);
    site.until(144).await;
    assert!(!site.open().await.iter().any(|alarm| alarm.kind == AlarmKind::Lost), "that was not all that waits");
    site.archive.live.inventory(site.recorder, at(144), vec![two], true);
    site.until(148).await;
    let lost = site.open().await.into_iter().find(|alarm| alarm.kind == AlarmKind::Lost).unwrap();
    assert_eq!((lost.state.viewpoints.as_slice(), lost.since), (&[site.views[0].0][..], at(100)));
    assert!((28..=30).contains(&(lost.state.missing.as_micros() / 1_000_000)), "{:?}", lost.state.missing);
}

#[tokio::test]
async fn storage_that_refuses_is_told_until_it_does_no_more() {
    let mut site = Site::new().await;
    site.archive.live.storage("journal", at(0), Some("no space left".into()));
    site.until(3).await;
    let open = site.open().await;
    assert_eq!((open[0].kind, open[0].site, open[0].state.detail.as_str()), (AlarmKind::StorageFailed, None, "no space left"));
    site.archive.live.storage("journal", at(3), None);
    site.until(15).await;
    assert_eq!(site.open().await, []);
}
