use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_proto::fragment::{Sequence, TrackKind};
use liuhen_proto::ids::{FlagId, NodeId, RecorderId, RunId};
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock as _, ManualClock, SeededRandom};
use liuhen_proto::{Sha256, Timestamp};

use super::*;
use crate::live::{CameraState, OpenPlace, PendingRange, RecorderStatus, StreamStatus};
use crate::records::{
    CameraKind, EndReason, ExpectedWindow, FlagReport, Gap, GapCause, GapKind, NewCamera, NewOrganization, NewRecorder, NewRoom,
    NewSession, NewSite, NewViewpoint, OrganizationKind, RoomKind, Sqlite,
};
use crate::{Live, Objects};

const TEN_O_CLOCK: i64 = 1_795_341_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((TEN_O_CLOCK + seconds) * 1_000_000)
}

fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// One room, one camera, one recorder; a session from ten o'clock for ten minutes; a time of our own.
struct Site {
    archive: Archive,
    watcher: Watcher,
    clock: Arc<ManualClock>,
    session: Session,
    stream: StreamId,
    recorder: RecorderId,
    run: RunId,
    next: u64,
    state: CameraState,
    status: RecorderStatus,
    _directory: tempfile::TempDir,
}

impl Site {
    async fn new(sound_required: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let random = Arc::new(SeededRandom::new(7));
        let clock = Arc::new(ManualClock::at(at(0)));
        let records = Arc::new(Sqlite::open(&directory.path().join("liuhen.db"), random.clone()).await.unwrap());
        let archive = Archive {
            records,
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
        let room = records.create_room(&act, NewRoom { site, name: name(), kind: RoomKind::Theory }).await.unwrap().value.id;
        let new = NewViewpoint { room, name: name(), required: true, sound_required, sound_only: false, seats: Vec::new() };
        let viewpoint = records.create_viewpoint(&act, new).await.unwrap().value.id;
        let new = NewCamera { viewpoint, name: name(), has_viewing_stream: false, kind: CameraKind::Camera };
        let stream = records.create_camera(&act, new).await.unwrap().value.evidence;
        let public_key = SigningKey::generate(&*random).public();
        let new = NewRecorder { site, name: name(), public_key, token_sha256: Sha256::of(b"t") };
        let recorder = records.create_recorder(&act, new).await.unwrap().value.id;
        let windows = vec![ExpectedWindow { viewpoint, interval: between(0, 600) }];
        let new = NewSession { site, name: name(), exam: between(0, 600), windows };
        let session = records.create_session(&act, new).await.unwrap().value;
        Self {
            watcher: Watcher::new(archive.clone(), by),
            run: RunId::mint(at(0), &*random),
            archive,
            clock,
            session,
            stream,
            recorder,
            next: 0,
            state: CameraState::Recording,
            status: RecorderStatus::default(),
            _directory: directory,
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().as_micros() / 1_000_000 - TEN_O_CLOCK
    }

    /// A fragment of two seconds with these kinds of tracks is STORED.
    fn store(&mut self, start: i64, kinds: &[TrackKind]) {
        self.store_with_loss(start, kinds, 0);
    }

    /// The same, and so many packets of each track did not arrive.
    fn store_with_loss(&mut self, start: i64, kinds: &[TrackKind], lost_packets: u32) {
        let track = |&kind| IndexedTrack {
            track: 1,
            kind,
            interval: between(start, start + 2),
            media_start: 0,
            media_end: 1,
            decode_time_offset_bytes: 0,
            lost_packets,
            damaged: false,
        };
        let fragment = IndexedFragment {
            sequence: Sequence::new(self.next).unwrap(),
            offset_bytes: 0,
            size_bytes: 1,
            sha256: Sha256::of(b""),
            starts_with_sync: true,
            tracks: kinds.iter().map(track).collect(),
        };
        self.next += 1;
        let place = OpenPlace { path: PathBuf::from("journal"), init: Bytes::new(), clock: None };
        self.archive.live.fragment_stored(self.stream, self.run, &place, fragment);
    }

    /// The recorder speaks, and the watcher looks, every second until then.
    async fn silent_until(&mut self, until: i64) {
        while self.now() < until {
            self.second().await;
        }
    }

    /// The same, and a fragment is stored as soon as it is whole.
    async fn records_until(&mut self, until: i64) {
        while self.now() < until {
            if self.now() % 2 == 0 && self.now() > 0 {
                self.store(self.now() - 2, &[TrackKind::Video]);
            }
            self.second().await;
        }
    }

    async fn second(&mut self) {
        let streams = vec![StreamStatus {
            stream: self.stream,
            state: self.state,
            since: at(0),
            detail: String::new(),
            last_fragment: None,
            bits_per_second: 0,
            camera_offset_us: None,
            camera_drift_ppb: None,
        }];
        let status = RecorderStatus { streams, ..self.status.clone() };
        self.archive.live.recorder_heard(self.recorder, self.clock.now(), status);
        self.watcher.look().await.unwrap();
        self.clock.advance(Span::from_secs(1));
    }

    async fn gaps(&self) -> Vec<Gap> {
        self.archive.records.gaps_of(self.session.id).await.unwrap()
    }

    async fn entries(&self) -> u64 {
        self.archive.records.head().await.unwrap().size
    }

    /// A detector reports, as the recorder would send it on.
    async fn flag(&self, report: FlagReport) {
        let act = Act::new(self.watcher.by, self.clock.now());
        let stream = report.stream;
        self.archive.records.report_flags(&act, vec![report]).await.unwrap().pop().unwrap().unwrap();
        self.archive.live.flag_reported(stream);
    }

    fn covered(&self, start: i64) -> FlagReport {
        FlagReport {
            flag: FlagId::mint(at(start), &*self.archive.random),
            stream: self.stream,
            run: self.run,
            kind: FlagKind::Covered,
            start: at(start),
            end: None,
            seen: at(start),
            version: 1,
            measured_milli: 3_000,
            threshold_milli: 10_000,
            detector: "covered/1".to_owned(),
        }
    }

    fn pending(&self, start: i64, end: i64) -> PendingRange {
        let (first, last) = (Sequence::FIRST, Sequence::new(9).unwrap());
        PendingRange { stream: self.stream, run: self.run, first, last, interval: between(start, end) }
    }
}

fn ends(gaps: &[Gap]) -> Vec<(Timestamp, Option<Timestamp>)> {
    gaps.iter().map(|gap| (gap.start, gap.end)).collect()
}

#[tokio::test]
async fn a_camera_that_is_cut_off_is_on_the_board_in_time_and_with_its_ends() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    assert_eq!(site.gaps().await, []);
    site.state = CameraState::Unreachable;
    site.archive.live.run_ended(site.stream, site.run, EndReason::CameraClosed);
    site.silent_until(105).await;
    assert_eq!(site.gaps().await, [], "five seconds after the last fragment are within the tolerance");
    site.silent_until(107).await;
    let open = site.gaps().await;
    assert_eq!(ends(&open), [(at(100), None)]);
    assert_eq!((open[0].cause, open[0].kind, open[0].opened), (GapCause::CameraUnreachable, GapKind::NoPicture, at(106)));
    let entries = site.entries().await;
    site.silent_until(120).await;
    assert_eq!(site.entries().await, entries, "the same look again writes nothing");

    site.state = CameraState::Recording;
    site.silent_until(122).await;
    assert_eq!(
        site.gaps().await[0].cause,
        GapCause::CameraUnreachable,
        "it is not unknown while the first fragment is on its way"
    );
    site.records_until(140).await;
    let closed = site.gaps().await;
    assert_eq!(ends(&closed), [(at(100), Some(at(120)))]);
    assert_eq!((closed[0].cause, closed[0].closed), (GapCause::CameraUnreachable, Some(at(122))));
    assert_eq!(site.entries().await, entries + 1);
}

/// What counts is what is stored, not what a device says of itself.
#[tokio::test]
async fn a_camera_that_is_said_to_record_and_of_which_nothing_comes_is_on_the_board() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    site.state = CameraState::Recording;
    site.silent_until(110).await;
    assert_eq!(ends(&site.gaps().await), [(at(100), None)]);
}

#[tokio::test]
async fn a_silent_recorder_then_its_backlog_fills_the_gap() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    site.archive.live.recorder_gone(site.recorder);
    while site.now() < 130 {
        site.watcher.look().await.unwrap();
        site.clock.advance(Span::from_secs(1));
    }
    assert_eq!(site.gaps().await[0].cause, GapCause::RecorderUnreachable);
    // It is back: what is live goes first, and 100 to 130 waits.
    site.archive.live.inventory(site.recorder, site.clock.now(), vec![site.pending(100, 130)], false);
    site.silent_until(132).await;
    assert_eq!(site.gaps().await[0].cause, GapCause::UploadPending);
    site.records_until(140).await;
    let closed = site.gaps().await;
    assert_eq!((ends(&closed), closed[0].cause), (vec![(at(100), Some(at(130)))], GapCause::UploadPending));
    // The oldest comes first: the gap shrinks from its start, and keeps its id.
    for start in (100..120).step_by(2) {
        site.store(start, &[TrackKind::Video]);
    }
    site.records_until(142).await;
    let shrunk = site.gaps().await;
    assert_eq!((ends(&shrunk), shrunk[0].id), (vec![(at(120), Some(at(130)))], closed[0].id));
    for start in (120..130).step_by(2) {
        site.store(start, &[TrackKind::Video]);
    }
    site.records_until(144).await;
    let filled = site.gaps().await;
    assert!(filled.len() == 1 && filled[0].is_filled());
    let entries = site.entries().await;
    site.records_until(160).await;
    assert_eq!(site.entries().await, entries);
}

#[tokio::test]
async fn a_gap_whose_middle_is_filled_becomes_two() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    site.state = CameraState::Stopped;
    site.silent_until(150).await;
    site.state = CameraState::Recording;
    site.records_until(160).await;
    assert_eq!(ends(&site.gaps().await), [(at(100), Some(at(148)))]);
    site.store(120, &[TrackKind::Video]);
    site.records_until(162).await;
    let gaps = site.gaps().await;
    assert_eq!(ends(&gaps), [(at(100), Some(at(120))), (at(122), Some(at(148)))]);
    assert!(gaps.iter().all(|gap| gap.cause == GapCause::StoppedOnPurpose), "{gaps:?}");
}

#[tokio::test]
async fn a_window_that_ends_closes_its_gap_and_late_footage_still_fills_it() {
    let mut site = Site::new(false).await;
    site.records_until(591).await;
    site.state = CameraState::Unreachable;
    site.silent_until(605).await;
    assert_eq!(ends(&site.gaps().await), [(at(590), Some(at(600)))]);
    let entries = site.entries().await;
    site.silent_until(700).await;
    assert_eq!(site.entries().await, entries);
    for start in (590..600).step_by(2) {
        site.store(start, &[TrackKind::Video]);
    }
    site.silent_until(702).await;
    assert!(site.gaps().await[0].is_filled());
}

#[tokio::test]
async fn a_longer_window_opens_a_gap_again_that_its_end_had_closed() {
    let mut site = Site::new(false).await;
    site.records_until(591).await;
    site.silent_until(603).await;
    let closed = site.gaps().await;
    let windows = vec![ExpectedWindow { interval: between(0, 700), ..site.session.windows[0] }];
    let act = Act::new(Principal::Node(NodeId::mint(at(0), &SeededRandom::new(1))), at(603));
    site.archive.records.revise_session(&act, site.session.id, 1, windows, "补时".to_owned()).await.unwrap();
    site.silent_until(606).await;
    let open = site.gaps().await;
    assert_eq!((ends(&open), open[0].id), (vec![(at(590), None)], closed[0].id));
}

#[tokio::test]
async fn sound_is_missed_by_itself() {
    let mut site = Site::new(true).await;
    for start in (0..20).step_by(2) {
        site.store(start, &[TrackKind::Video, TrackKind::Audio]);
    }
    site.clock.advance(Span::from_secs(20));
    site.records_until(40).await;
    let gaps = site.gaps().await;
    assert_eq!((ends(&gaps), gaps[0].kind), (vec![(at(20), None)], GapKind::NoSound));
}

#[tokio::test]
async fn the_cause_is_what_the_recorder_says_of_itself() {
    for (full, stepped, cause) in
        [(true, 0, GapCause::DiskFull), (false, 9_000_000, GapCause::ClockStep), (false, 0, GapCause::Unknown)]
    {
        let mut site = Site::new(false).await;
        site.records_until(101).await;
        site.status = RecorderStatus { spool_full: full, clock_step_us: stepped, ..RecorderStatus::default() };
        site.silent_until(110).await;
        assert_eq!(site.gaps().await[0].cause, cause);
    }
}

#[tokio::test]
async fn footage_that_lost_packets_for_longer_than_the_tolerance_is_on_the_board_as_damaged() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    for start in (100..120).step_by(2) {
        site.clock.advance(Span::from_secs(2));
        // Three damaged fragments are a gap; one is within the tolerance.
        site.store_with_loss(start, &[TrackKind::Video], u32::from(start < 106 || start == 110));
        site.watcher.look().await.unwrap();
        if start == 104 {
            assert_eq!(ends(&site.gaps().await), [(at(100), None)], "it may go on");
        }
    }
    let gaps = site.gaps().await;
    assert_eq!((ends(&gaps), gaps[0].kind), (vec![(at(100), Some(at(106)))], GapKind::Damaged));
    assert_eq!(gaps[0].cause, GapCause::PacketsLost);
    let entries = site.entries().await;
    site.watcher.look().await.unwrap();
    assert_eq!(site.entries().await, entries);
}

#[tokio::test]
async fn what_a_detector_flags_is_on_the_board_while_it_goes_on() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    let first = site.covered(95);
    site.flag(first.clone()).await;
    site.records_until(103).await;
    let open = site.gaps().await;
    assert_eq!((ends(&open), open[0].kind, open[0].cause), (vec![(at(95), None)], GapKind::Covered, GapCause::Judged));
    let entries = site.entries().await;
    site.records_until(121).await;
    // Still so: neither the flag nor the gap has a new entry.
    site.flag(FlagReport { version: 2, seen: at(120), ..first.clone() }).await;
    site.records_until(140).await;
    assert_eq!(site.entries().await, entries);
    // Another camera's view, or another detector's flag, that overlaps it is the same gap.
    let second = site.covered(130);
    site.flag(second.clone()).await;
    site.flag(FlagReport { version: 3, end: Some(at(135)), seen: at(135), ..first.clone() }).await;
    site.records_until(143).await;
    assert_eq!(ends(&site.gaps().await), [(at(95), None)]);
    site.flag(FlagReport { version: 2, end: Some(at(141)), seen: at(141), ..second }).await;
    site.records_until(146).await;
    let closed = site.gaps().await;
    assert_eq!((ends(&closed), closed[0].id), (vec![(at(95), Some(at(141)))], open[0].id));
}

#[tokio::test]
async fn a_flag_of_which_nobody_speaks_any_more_ended_where_it_was_seen() {
    let mut site = Site::new(false).await;
    site.records_until(101).await;
    let flag = FlagReport { seen: at(100), ..site.covered(95) };
    site.flag(flag.clone()).await;
    site.records_until(190).await;
    assert_eq!(ends(&site.gaps().await), [(at(95), None)]);
    site.records_until(194).await;
    assert_eq!(ends(&site.gaps().await), [(at(95), Some(at(100)))]);
    site.flag(FlagReport { version: 2, seen: at(193), ..flag.clone() }).await;
    site.records_until(196).await;
    assert_eq!(ends(&site.gaps().await), [(at(95), None)], "it is spoken of again");
    // It goes on to the end of the window, and not beyond.
    site.flag(FlagReport { version: 3, seen: at(590), ..flag.clone() }).await;
    site.records_until(601).await;
    site.flag(FlagReport { version: 4, seen: at(630), ..flag }).await;
    site.silent_until(640).await;
    let gaps = site.gaps().await;
    assert_eq!(ends(&gaps[..1]), [(at(95), Some(at(600)))], "{gaps:?}");
}

#[tokio::test]
async fn a_flag_for_a_window_that_is_over_still_comes_on_the_board() {
    let mut site = Site::new(false).await;
    site.records_until(610).await;
    let entries = site.entries().await;
    let flag = FlagReport { end: Some(at(200)), seen: at(200), ..site.covered(100) };
    site.flag(flag).await;
    site.silent_until(612).await;
    assert_eq!(ends(&site.gaps().await)[..1], [(at(100), Some(at(200)))]);
    assert!(site.entries().await >= entries + 2);
}
