//! What players report as watched stands beside the look that it was of, and nowhere else.

use liuhen_archive::records::Role;
use liuhen_proto::Span;
use liuhen_proto::ids::AccessId;
use liuhen_proto::wire::review::v1 as pb;
use tonic::{Code, Status};

use crate::film::Film;
use crate::people::{logged_in, session_of};
use crate::world::{Site, World, at, between};

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

fn watched(site: &Site, start: i64, end: i64, speed_milli: u32) -> pb::Watched {
    pb::Watched { stream_id: site.camera.evidence_stream_id.clone(), interval: between(start, end), speed_milli }
}

fn report(access_id: &str, watched: Vec<pb::Watched>) -> pb::ReportWatchedRequest {
    pb::ReportWatchedRequest { access_id: access_id.to_owned(), watched }
}

/// A site with footage of twenty seconds, and its session.
async fn filmed(world: &World) -> (Site, String) {
    let site = world.site().await;
    let session = session_of(world, &site).await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    world.recorded(&site, &film, 0).await;
    (site, session)
}

#[tokio::test]
async fn what_a_player_reports_stands_beside_the_look_and_not_in_the_log() {
    let world = World::new().await;
    let (site, session_id) = filmed(&world).await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let mut review = supervisor.review(&world).await;
    let (stream_id, interval) = (site.camera.evidence_stream_id.clone(), between(0, 20));
    let play = pb::OpenPlaybackRequest { stream_id: stream_id.clone(), interval, purpose: "巡查".to_owned() };
    let played = review.open_playback(play).await.unwrap().into_inner().access_id;
    let clip = pb::ReadClipRequest { stream_id: stream_id.clone(), interval, purpose: "复核".to_owned() };
    let first = review.read_clip(clip).await.unwrap().into_inner().message().await.unwrap().unwrap();
    let Some(pb::read_clip_response::Part::Info(info)) = first.part else { panic!("it is described first") };
    assert!(!info.access_id.is_empty() && info.access_id != played);

    let before = world.archive.records.head().await.unwrap();
    world.clock.advance(Span::from_secs(5));
    review.report_watched(report(&played, vec![watched(&site, 0, 3, 1000), watched(&site, 3, 5, 1000)])).await.unwrap();
    world.clock.advance(Span::from_secs(5));
    review.report_watched(report(&played, vec![watched(&site, 4, 12, 4000)])).await.unwrap();
    assert_eq!(world.archive.records.head().await.unwrap(), before, "the log does not hear of it");

    let auditor = logged_in(&world, Role::Auditor, "everything").await;
    let list = pb::ListAccessesRequest { session_id, purpose: "倒查".to_owned(), ..Default::default() };
    let seen = auditor.review(&world).await.list_accesses(list).await.unwrap().into_inner().accesses;
    let of = |id: &str| seen.iter().find(|look| look.access_id == id).unwrap().reported.clone();
    let told = pb::WatchedReport {
        watched: vec![watched(&site, 0, 5, 1000), watched(&site, 4, 12, 4000)],
        total_us: 12_000_000,
        reported_us: at(10).as_micros(),
        truncated: false,
    };
    assert_eq!((of(&played), of(&info.access_id)), (Some(told), None));
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(!report.findings.iter().any(|finding| finding.thing.contains("access")), "{report:?}");
}

#[tokio::test]
async fn only_what_was_handed_to_oneself_is_reported() {
    let world = World::new().await;
    let (site, _) = filmed(&world).await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let mut review = supervisor.review(&world).await;
    let (stream_id, interval) = (site.camera.evidence_stream_id.clone(), between(0, 20));
    let play = pb::OpenPlaybackRequest { stream_id: stream_id.clone(), interval, purpose: "巡查".to_owned() };
    let played = review.open_playback(play).await.unwrap().into_inner().access_id;
    let sound = watched(&site, 0, 3, 1000);
    let elsewhere = pb::Watched { stream_id: world.site().await.camera.evidence_stream_id, ..sound.clone() };
    let absurd = [
        report("", vec![sound.clone()]),
        report(&played, vec![]),
        report(&played, vec![sound.clone(); 101]),
        report(&played, vec![elsewhere]),
        report(&played, vec![watched(&site, 0, 21, 1000)]),
        report(&played, vec![watched(&site, -1, 2, 1000)]),
        report(&played, vec![watched(&site, 0, 2, 99)]),
        report(&played, vec![watched(&site, 0, 2, 16_001)]),
        report(&played, vec![sound.clone(), pb::Watched { interval: None, ..sound.clone() }]),
    ];
    for refused in absurd {
        assert_eq!(code(review.report_watched(refused).await), Code::InvalidArgument);
    }
    // Another's look is answered word for word like none, whoever asks.
    let nobodys = AccessId::mint(at(0), &*world.archive.random).to_string();
    for role in [Role::SupervisorExternal, Role::Auditor] {
        let other = logged_in(&world, role, "everything").await;
        let mut answers = Vec::new();
        for id in [&played, &nobodys] {
            let refused = other.review(&world).await.report_watched(report(id, vec![sound.clone()])).await.unwrap_err();
            answers.push((refused.code(), refused.message().replace(id.as_str(), "…")));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].0, Code::NotFound);
    }
    assert_eq!(world.archive.records.watched_of(played.parse().unwrap()).await.unwrap(), []);
    review.report_watched(report(&played, vec![sound])).await.unwrap();
    assert_eq!(world.archive.records.watched_of(played.parse().unwrap()).await.unwrap().len(), 1);
}
