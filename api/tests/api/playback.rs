//! Footage over HTTP.

use liuhen_proto::wire::review::v1 as pb;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::film::{Film, ffmpeg};
use crate::http::{ask, get};
use crate::world::{Site, World, between, pass};

async fn open(world: &World, site: &Site, start: i64, end: i64) -> pb::OpenPlaybackResponse {
    let stream_id = site.camera.evidence_stream_id.clone();
    let request = pb::OpenPlaybackRequest { stream_id, interval: between(start, end), purpose: "a test".to_owned() };
    world.review().await.open_playback(request).await.unwrap().into_inner()
}

/// What FFmpeg says of what it plays from an address: nothing, or it is not right.
fn played(world: &World, path: &str) -> String {
    ffmpeg(&["-xerror", "-i", &format!("http://{}{path}", world.address), "-f", "null", "-"])
}

/// Names of the files that a playlist lists.
fn listed(playlist: &str) -> Vec<&str> {
    playlist.lines().filter(|line| !line.starts_with('#')).collect()
}

fn beside(hls_path: &str, file: &str) -> String {
    hls_path.replace("index.m3u8", file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_interval_plays_as_hls_and_as_one_file() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let mut run = world.run(&site, &film, 0).await;
    run.store(3);
    run.seal().await;
    run.store(usize::MAX);
    run.seal().await;
    run.end().await;
    world.recorded(&site, &film, 20).await;
    pass(&world, 600);
    let opened = open(&world, &site, 0, 60).await;
    let playlist = get(world.address, &opened.hls_path).await;
    assert_eq!((playlist.status, playlist.header("content-type")), (200, "application/vnd.apple.mpegurl"));
    assert_eq!(playlist.header("cache-control"), "private, no-cache");
    let text = playlist.text();
    assert!(text.contains("#EXT-X-ENDLIST") && !text.contains("EXT-X-GAP"), "{text}");
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{text}");
    assert!(text.contains("#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:00"), "{text}");
    assert!(listed(text).iter().all(|name| !name.contains('/')), "addresses are relative: {text}");
    assert_eq!(played(&world, &opened.hls_path), "");
    assert_eq!(played(&world, &opened.mp4_path), "");

    let first = get(world.address, &beside(&opened.hls_path, listed(text)[0])).await;
    assert_eq!((first.status, first.header("content-type")), (200, "video/iso.segment"));
    assert!(first.header("cache-control").contains("immutable"));
    assert_eq!(first.header("access-control-allow-origin"), "*");
    assert_eq!(&first.body[4..8], b"uuid", "a fragment begins with its own header box");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_range_of_the_file_is_that_part_of_it() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "320x180");
    let mut run = world.run(&site, &film, 0).await;
    run.store(2);
    run.seal().await;
    // One half lies in an object, the other in the journal; and another run follows.
    run.store(usize::MAX);
    world.recorded(&site, &film, 20).await;
    let path = open(&world, &site, 1, 60).await.mp4_path;
    let whole = get(world.address, &path).await;
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    let (len, etag) = (whole.body.len(), whole.header("etag").to_owned());
    let mut runner = TestRunner::new(Config { cases: 60, ..Config::default() });
    let address = world.address;
    let ranges = (0..len).prop_flat_map(move |start| (Just(start), start..len));
    let asked = runner.run(&ranges, |(start, last)| {
        let asked = async {
            let headers = [("range", format!("bytes={start}-{last}")), ("if-range", etag.clone())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            ask(address, "GET", &path, &headers).await
        };
        let part = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
        prop_assert_eq!(part.status, 206);
        prop_assert_eq!(part.header("content-range"), format!("bytes {start}-{last}/{len}"));
        prop_assert_eq!(&part.body[..], &whole.body[start..=last]);
        Ok(())
    });
    asked.unwrap();
}

#[tokio::test]
async fn conditions_and_methods_are_answered_by_the_book() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 4, "160x90");
    world.recorded(&site, &film, 0).await;
    let path = open(&world, &site, 0, 60).await.mp4_path;
    let whole = get(world.address, &path).await;
    let (len, etag) = (whole.body.len(), whole.header("etag").to_owned());
    let with = async |name: &str, value: &str| ask(world.address, "GET", &path, &[(name, value)]).await;

    let head = ask(world.address, "HEAD", &path, &[]).await;
    assert_eq!((head.status, head.header("content-length"), head.header("etag")), (200, len.to_string().as_str(), etag.as_str()));
    let unchanged = with("if-none-match", &etag).await;
    assert_eq!((unchanged.status, unchanged.header("etag")), (304, etag.as_str()));
    assert_eq!(with("if-match", "\"other\"").await.status, 412);
    let outside = with("range", &format!("bytes={len}-")).await;
    assert_eq!((outside.status, outside.header("content-range")), (416, format!("bytes */{len}").as_str()));
    assert_eq!(with("range", "bytes=-10").await.body, whole.body[len - 10..]);
    assert_eq!(with("range", "bytes=0-1,5-6").await.status, 200);
    let stale = ask(world.address, "GET", &path, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
    assert_eq!((stale.status, stale.body.len()), (200, len));
    let preflight =
        ask(world.address, "OPTIONS", &path, &[("origin", "http://elsewhere"), ("access-control-request-method", "GET")]).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, "GET, HEAD"));
    assert!(preflight.header("access-control-allow-headers").contains("Range"));
    let wrong = ask(world.address, "DELETE", &path, &[]).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD, OPTIONS"));
    for exposed in ["ETag", "Content-Range"] {
        assert!(whole.header("access-control-expose-headers").contains(exposed));
    }
}

#[tokio::test]
async fn a_change_of_codec_is_told_by_its_parts_and_each_part_plays() {
    let world = World::new().await;
    let site = world.site().await;
    let (small, large) = (Film::shoot(world.directory.path(), 6, "160x90"), Film::shoot(world.directory.path(), 6, "320x180"));
    world.recorded(&site, &small, 0).await;
    world.recorded(&site, &large, 6).await;
    let path = open(&world, &site, 0, 60).await.mp4_path;
    let mixed = get(world.address, &path).await;
    assert_eq!(mixed.status, 409);
    let json = mixed.json();
    assert_eq!(json["code"], "failed_precondition");
    let parts = json["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2);
    assert_ne!(parts[0]["init_sha256"], parts[1]["init_sha256"]);
    for part in parts {
        let interval = liuhen_proto::wire::common::v1::Interval {
            start_us: part["start_us"].as_i64().unwrap(),
            end_us: part["end_us"].as_i64().unwrap(),
        };
        let request = pb::OpenPlaybackRequest {
            stream_id: site.camera.evidence_stream_id.clone(),
            interval: Some(interval),
            purpose: "a test".to_owned(),
        };
        let opened = world.review().await.open_playback(request).await.unwrap().into_inner();
        assert_eq!(get(world.address, &opened.mp4_path).await.status, 200, "{part}");
    }
    let stream_id = site.camera.evidence_stream_id.clone();
    let clip = world
        .review()
        .await
        .read_clip(pb::ReadClipRequest { stream_id, interval: between(0, 60), purpose: "a test".to_owned() })
        .await;
    assert_eq!(clip.unwrap_err().code(), tonic::Code::FailedPrecondition);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_recorded_is_seen_before_it_is_sealed_and_stays_the_same_after() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let mut run = world.run(&site, &film, 0).await;
    run.store(3);
    pass(&world, 7);
    let opened = open(&world, &site, 0, 60).await;
    let playlist = get(world.address, &opened.hls_path).await.text().to_owned();
    assert!(playlist.contains("#EXT-X-PLAYLIST-TYPE:EVENT") && !playlist.contains("ENDLIST"), "{playlist}");
    let names: Vec<_> = listed(&playlist).into_iter().map(str::to_owned).collect();
    assert_eq!(names.len(), 2, "the last group may still grow: {playlist}");
    let clip = get(world.address, &opened.mp4_path).await;
    let from_journal = get(world.address, &beside(&opened.hls_path, &names[1])).await;
    assert_eq!(from_journal.status, 200);

    // Sealed between plan and read: the journal's file is gone, the object answers.
    run.seal().await;
    let from_object = get(world.address, &beside(&opened.hls_path, &names[1])).await;
    assert_eq!(from_object.body, from_journal.body);
    assert_eq!(from_object.header("etag"), from_journal.header("etag"));
    let again = get(world.address, &opened.mp4_path).await;
    assert_eq!((again.body == clip.body, again.header("etag")), (true, clip.header("etag")));

    // A playlist only grows.
    run.store(usize::MAX);
    let grown = get(world.address, &opened.hls_path).await.text().to_owned();
    assert!(listed(&grown).len() > names.len());
    assert!(names.iter().zip(listed(&grown)).all(|(before, now)| before == now), "{playlist}\n{grown}");
    // The file under the same address is the one that was first asked for; under a new one it is longer.
    assert_eq!(get(world.address, &opened.mp4_path).await.body, clip.body);
    let newer = open(&world, &site, 0, 60).await;
    assert!(get(world.address, &newer.mp4_path).await.body.len() > clip.body.len());
    assert_eq!(played(&world, &newer.mp4_path), "");
}

#[tokio::test]
async fn a_ticket_is_for_its_holder_its_stream_its_time_and_not_for_ever() {
    let world = World::new().await;
    let site = world.site().await;
    let other = world.site().await;
    let film = Film::shoot(world.directory.path(), 4, "160x90");
    let run = world.recorded(&site, &film, 0).await;
    let late = world.recorded(&site, &film, 1000).await;
    let path = open(&world, &site, 0, 60).await.hls_path;
    let of_other = open(&world, &other, 0, 60).await.hls_path;

    let token = format!("Bearer {}", world.token);
    assert_eq!(ask(world.address, "GET", &path, &[("authorization", &token)]).await.status, 200);
    let recorder = format!("Bearer {}", site.token);
    assert_eq!(ask(world.address, "GET", &path, &[("authorization", &recorder)]).await.status, 403);
    assert_eq!(ask(world.address, "GET", &path, &[("authorization", "Bearer wrong")]).await.status, 401);

    let media = |run| format!("{run}-0-0.m4s");
    assert_eq!(get(world.address, &beside(&path, &media(run))).await.status, 200);
    assert_eq!(get(world.address, &beside(&path, &format!("init-{run}.mp4"))).await.status, 200);
    assert_eq!(get(world.address, &beside(&path, &media(late))).await.status, 403, "another time");
    assert_eq!(get(world.address, &beside(&of_other, &media(run))).await.status, 403, "another stream");
    assert_eq!(get(world.address, &beside(&of_other, &format!("init-{run}.mp4"))).await.status, 403, "another stream");
    let missing = get(world.address, &beside(&path, &format!("{run}-0-900.m4s"))).await;
    assert_eq!((missing.status, missing.json()["code"].as_str()), (404, Some("not_found")));
    for file in [format!("{run}-5-4.m4s"), "x".to_owned(), "..%2fliuhen.db".to_owned()] {
        let reply = get(world.address, &beside(&path, &file)).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (403, Some("permission_denied")), "{file}");
    }
    assert_eq!(get(world.address, &of_other.replace("index.m3u8", "clip.mp4")).await.status, 404, "nothing is stored");
    assert_eq!(get(world.address, "/v1/play/AAAAAAAAAAAAAAAAAAAAAA/index.m3u8").await.status, 403);
    assert_eq!(get(world.address, "/v1/play/rubbish/index.m3u8").await.status, 403);

    pass(&world, 12 * 3600);
    let expired = get(world.address, &path).await;
    assert_eq!(expired.status, 403);
    assert!(expired.json()["message_zh"].as_str().unwrap().contains("过期"));
}

#[tokio::test]
async fn an_object_that_is_gone_is_told_and_breaks_the_answer_off() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 4, "160x90");
    world.recorded(&site, &film, 0).await;
    std::fs::remove_dir_all(world.path("objects/media")).unwrap();
    let stream_id = site.camera.evidence_stream_id.clone();
    let mut review = world.review().await;
    let clip = review.read_clip(pb::ReadClipRequest { stream_id, interval: between(0, 60), purpose: "a test".to_owned() }).await;
    let mut clip = clip.unwrap().into_inner();
    clip.message().await.unwrap();
    let mut end = clip.message().await;
    while let Ok(Some(_)) = end {
        end = clip.message().await;
    }
    assert!(end.is_err(), "a clip that lacks bytes never looks whole");
}
