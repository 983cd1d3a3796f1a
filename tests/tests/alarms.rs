//! Alarms with the real server and recorder: a camera that goes silent is red in time, and over when it is back.

use std::time::Duration;

use liuhen_proto::wire::review::v1::{self as review, AlarmEventKind, AlarmKind, AlarmSeverity};
use liuhen_tests::camera::{Size, Sound, Source, Spec};
use liuhen_tests::world::{CameraPlan, Plan, RoomPlan, Site};

const PATIENCE: Duration = Duration::from_secs(60);

fn camera(path: &str) -> CameraPlan {
    let size = Size { width: 160, height: 96 };
    let source = Source::Synthetic { label: path.to_owned(), sound: Sound::None, size, fps: 10, gop: 20 };
    CameraPlan::of(Spec { path: path.to_owned(), source })
}

/// The next event of the alarm.
async fn next(
    events: &mut tonic::Streaming<review::WatchAlarmsResponse>,
    kind: AlarmKind,
    event: AlarmEventKind,
) -> review::Alarm {
    let wait = async {
        loop {
            let answer = events.message().await.unwrap().expect("the stream goes on");
            if let Some(alarm) = answer.alarm.filter(|alarm| answer.event == i32::from(event) && alarm.kind() == kind) {
                return alarm;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no {event:?} of {kind:?} in {PATIENCE:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_falls_silent_is_red_within_fifteen_seconds_and_over_when_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let plan = Plan::of(vec![RoomPlan::theory("101", vec![camera("front"), camera("back")])]);
    let mut site = Site::start(directory.path(), &plan).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let (session, _) = site.session(Duration::from_secs(1), Duration::from_secs(600)).await.unwrap();
    let recorded = |coverage: &review::Coverage| {
        let whole = |view: &review::ViewpointCoverage| view.tracks.iter().all(|track| track.last_stored_us.is_some());
        coverage.viewpoints.iter().all(whole).then_some(())
    };
    site.until(&session, PATIENCE, "footage of both", recorded).await.unwrap();
    let mut centre = site.server.centre().await.unwrap();
    let mut events = centre.alarms.watch_alarms(review::WatchAlarmsRequest::default()).await.unwrap().into_inner();

    site.cameras[0].cut_off().unwrap();
    let red = next(&mut events, AlarmKind::NoFragments, AlarmEventKind::Opened).await;
    let state = red.state.clone().unwrap();
    assert_eq!((state.severity(), state.stream_ids), (AlarmSeverity::Urgent, vec![site.declared.cameras[0].stream_id.clone()]));
    let took = red.opened_us - red.since_us;
    assert!((10_000_000..=15_000_000).contains(&took), "red {took} µs after the last fragment");
    let request = review::ListAlarmsRequest { open_only: true, ..Default::default() };
    let open = centre.alarms.list_alarms(request).await.unwrap().into_inner().alarms;
    let gap = open.iter().find(|alarm| alarm.kind() == AlarmKind::Gap).expect("the session expects it");
    assert!(gap.chinese.as_ref().unwrap().what.contains("1 个考场 已缺"), "{gap:?}");

    site.cameras[0].restore().await.unwrap();
    let over = next(&mut events, AlarmKind::NoFragments, AlarmEventKind::Closed).await;
    assert_eq!(over.alarm_id, red.alarm_id);
    site.recorder.stop().await.unwrap();
    assert!(site.errors().is_empty(), "{:#?}", site.errors());
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
}
