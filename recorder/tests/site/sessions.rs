//! Recording for sessions only: as the centre tells them, and never less.

use crate::support::centre::{Centre, Manners};
use crate::support::{self, Settings, runs_of, until};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::world::{Clock as _, SystemClock};

const HOUR: i64 = 3_600_000_000;

/// A session with the stream, so many hours from now.
fn schedule(from: f64, to: f64, sealed: bool) -> Option<pb::Schedule> {
    let at = |hours: f64| SystemClock.now().as_micros() + (hours * HOUR as f64) as i64;
    let window = Some(Interval { start_us: at(from), end_us: at(to) });
    let (session_id, stream_ids) = ("ses_01J9Z0000000000000000000AA".into(), vec![support::evidence_id(0)]);
    Some(pb::Schedule { sessions: vec![pb::ScheduledSession { session_id, name: "morning".into(), window, stream_ids, sealed }] })
}

fn is(centre: &Centre, state: pb::CameraState, detail: &str) -> bool {
    centre.with(|centre| {
        let status = centre.statuses.last().and_then(|status| status.streams.first());
        status.is_some_and(|status| status.state() == state && status.detail.contains(detail))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_are_recorded_for_sessions_until_the_papers_are_sealed() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let sections = "[record]\nwhen = \"sessions\"\nbefore = \"10m\"\nafter = \"0s\"".into();
    let settings = Settings { centre: Some(address), sections, ..Settings::default() };
    let recorder = settings.source("synthetic:width=64,height=64,fps=25,gop=25").start(directory.path());
    let tell = |schedule| centre.with(|state| state.manners.schedule = schedule);
    until("without a word it records", || is(&centre, pb::CameraState::Recording, "")).await;
    tell(schedule(1.0, 2.0, false));
    until("it stops until the next session", || is(&centre, pb::CameraState::Stopped, "not recorded until")).await;
    let before = runs_of(directory.path(), &support::evidence_id(0)).len();
    tell(schedule(0.1, 2.0, false));
    until("it records before the session", || is(&centre, pb::CameraState::Recording, "")).await;
    tell(schedule(-2.0, -1.0, false));
    until("the next session's fragments", || centre.with(|state| state.runs.len() > before.max(1))).await;
    let received = centre.with(|state| state.received);
    until("it goes on past the end", || centre.with(|state| state.received) > received + 2).await;
    assert!(is(&centre, pb::CameraState::Recording, ""));
    tell(schedule(-2.0, -1.0, true));
    until("the papers are sealed", || is(&centre, pb::CameraState::Stopped, "not recorded")).await;
    recorder.stop().await;
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(state.runs.values().all(|run| run.end.is_none_or(|(_, reason)| reason == pb::EndReason::Stopped)));
    });
}
