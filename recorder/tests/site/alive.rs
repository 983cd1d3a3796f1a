//! What is recorded is told by what lies on the disk, not by what a camera says of itself.

use crate::support::camera::{Act, Camera};
use crate::support::centre::{Centre, Manners};
use crate::support::{self, Settings, until};
use liuhen_proto::wire::ingest::v1 as pb;

fn last(centre: &Centre) -> Option<pb::StreamStatus> {
    centre.with(|state| state.statuses.last().and_then(|status| status.streams.first().cloned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_tells_up_to_when_fragments_lie_on_the_disk_and_how_fast_they_come() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), ..Settings::default() };
    let recorder = settings.source("synthetic:width=64,height=64,fps=25,gop=25,audio=pcma").start(directory.path());
    until("fragments come", || last(&centre).is_some_and(|status| status.last_fragment_us.is_some())).await;
    let first = last(&centre).unwrap();
    until("more fragments come", || last(&centre).is_some_and(|status| status.last_fragment_us > first.last_fragment_us)).await;
    until("for ten seconds", || last(&centre).is_some_and(|status| (60_000..400_000).contains(&status.bits_per_second))).await;
    let headers = support::headers_of(directory.path(), &support::evidence_id(0));
    let ends = headers.iter().filter_map(|header| header.tracks.iter().map(|track| track.wall_end.as_micros()).max());
    let told = first.last_fragment_us.unwrap();
    let known = ends.collect::<Vec<_>>().contains(&told) || centre.with(|state| state.received > 0);
    assert!(known, "{told} is the end of a fragment");
    recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_connected_and_gives_no_fragment_is_connected_anew_and_says_so() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let camera = Camera::start(vec![
        vec![Act::Frames(100), Act::Creep(2_000)],
        vec![Act::Frames(100), Act::Pause(1_000), Act::Frames(50), Act::Silence],
    ])
    .await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), ..Settings::default() };
    let recorder = settings.source(camera.url()).start(directory.path());
    // Frames come all the time, so only the watch over fragments ends the run.
    let ended = |state: &support::centre::State| {
        state.runs.values().any(|run| run.end.is_some_and(|(_, reason)| reason == pb::EndReason::CameraSilent))
    };
    until("the run is ended", || centre.with(|state| ended(state))).await;
    until("it records again", || centre.with(|state| state.runs.len() >= 2)).await;
    recorder.stop().await;
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        let first = state.runs.values().next().unwrap();
        assert_eq!(first.end.map(|(_, reason)| reason), Some(pb::EndReason::CameraSilent));
    });
}
