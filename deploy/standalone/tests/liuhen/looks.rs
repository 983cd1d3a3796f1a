//! Who has looked, and what their players say that they showed.

use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;

use crate::server::{SITE, text, world_of};

#[tokio::test]
async fn what_a_player_reports_is_told_beside_the_look_as_its_own_word() {
    let (_directory, server) = world_of(SITE);
    let declared = server.json(&["declare", "site.toml"]);
    let session = declared["sessions"][0]["session_id"].as_str().unwrap();
    let stream = declared["cameras"][0]["evidence_stream_id"].as_str().unwrap();
    let opened = server.json(&["play", stream, "--from", "2026-11-22 09:00", "--to", "2026-11-22 09:10"]);
    let access_id = opened["access_id"].as_str().unwrap().to_owned();

    let token = std::fs::read_to_string(server.data.join("admin.token")).unwrap();
    let channel = tonic::transport::Endpoint::from_shared(server.address.clone()).unwrap().connect().await.unwrap();
    let mut player = ReviewServiceClient::new(channel);
    // 2026-11-22T09:01:00+08:00, in microseconds.
    let minute = |n: i64| 1_795_309_200_000_000 + n * 60_000_000;
    let interval = Some(Interval { start_us: minute(1), end_us: minute(5) });
    let watched = vec![pb::Watched { stream_id: stream.to_owned(), interval, speed_milli: 2000 }];
    let mut request = tonic::Request::new(pb::ReportWatchedRequest { access_id: access_id.clone(), watched });
    request.metadata_mut().insert("authorization", format!("Bearer {}", token.trim()).parse().unwrap());
    player.report_watched(request).await.unwrap();

    let looks = server.json(&["looks", session]);
    let look = looks["looks"].as_array().unwrap().iter().find(|look| look["access_id"] == access_id.as_str()).unwrap();
    assert_eq!((&look["reported"]["total_us"], &look["reported"]["truncated"]), (&240_000_000.into(), &false.into()), "{look}");
    assert_eq!(look["reported"]["watched"][0]["speed_milli"], 2000);
    let english = text(&server.ask(&["looks", session]).stdout);
    assert!(
        english.contains("reported as watched, by the player") && english.contains("09:01:00.000 – 09:05:00.000  ×2"),
        "{english}"
    );
    assert!(text(&server.ask(&["looks", session, "--lang", "zh"]).stdout).contains("播放器上报的观看时段"));
}
