//! What was recorded, and what is missing.

use liuhen_proto::custody::{Chain, Envelope, Frontier, tree};
use liuhen_proto::wire::common::v1::TrackKind;
use liuhen_proto::wire::review::v1::read_clip_response::Part;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use liuhen_proto::wire::{review::v1 as pb, session::v1 as session};
use tonic::Code;

use crate::film::Film;
use crate::world::{Connection, Site, World, at, between, pass};

/// A session of the site's viewpoint from so many seconds after nine to so many.
pub(crate) async fn declare(world: &World, site: &Site, start: i64, end: i64) -> String {
    let viewpoint_id = site.viewpoint.viewpoint_id.clone();
    let request = session::CreateSessionRequest {
        site_id: site.site.site_id.clone(),
        name: "上午场".to_owned(),
        exam: between(start, end),
        windows: vec![session::ExpectedWindow { viewpoint_id, interval: between(start, end) }],
        ..Default::default()
    };
    world.sessions().await.create_session(request).await.unwrap().into_inner().session.unwrap().session_id
}

/// A clip, its description first.
async fn clip(review: &mut ReviewServiceClient<Connection>, request: pb::ReadClipRequest) -> (pb::ClipInfo, Vec<u8>) {
    let mut messages = review.read_clip(request).await.unwrap().into_inner();
    let Some(Part::Info(info)) = messages.message().await.unwrap().unwrap().part else { panic!("the description comes first") };
    let mut bytes = Vec::new();
    while let Some(message) = messages.message().await.unwrap() {
        let Some(Part::Data(data)) = message.part else { panic!("the description comes once") };
        assert!(!data.is_empty() && data.len() <= 64 * 1024);
        bytes.extend_from_slice(&data);
    }
    (info, bytes)
}

#[tokio::test]
async fn coverage_tells_what_is_stored_open_or_sealed_and_what_is_missing() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let session_id = declare(&world, &site, 0, 60).await;
    world.recorded(&site, &film, 0).await;
    let mut run = world.run(&site, &film, 30).await;
    run.store(usize::MAX);
    assert!(run.is_over());
    pass(&world, 60);

    let mut review = world.review().await;
    let request = pb::GetCoverageRequest { session_id: session_id.clone() };
    let coverage = review.get_coverage(request).await.unwrap().into_inner().coverage.unwrap();
    assert_eq!((coverage.session_id.as_str(), coverage.as_of_us), (session_id.as_str(), at(60).as_micros()));
    let viewpoint = &coverage.viewpoints[0];
    assert_eq!(viewpoint.tolerance_us, 5_000_000);
    let kinds: Vec<_> = viewpoint.tracks.iter().map(|track| track.kind()).collect();
    assert_eq!(kinds, [TrackKind::Video, TrackKind::Audio]);
    for track in &viewpoint.tracks {
        assert!(track.required);
        let near = |us: i64, seconds: i64| (us - at(seconds).as_micros()).abs() < 200_000;
        let [first, second] = &track.covered[..] else { panic!("{track:?}") };
        assert!(near(first.start_us, 0) && near(first.end_us, 12) && near(second.start_us, 30) && near(second.end_us, 42));
        let [hole, tail] = &track.missing[..] else { panic!("{track:?}") };
        assert!(near(hole.start_us, 12) && near(hole.end_us, 30) && near(tail.start_us, 42) && near(tail.end_us, 60));
    }
}

#[tokio::test]
async fn whoever_watches_is_told_at_once_and_at_each_change_until_the_server_stops() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 4, "160x90");
    let session_id = declare(&world, &site, 0, 60).await;
    let mut review = world.review().await;
    let mut answers = review.watch_coverage(pb::WatchCoverageRequest { session_id }).await.unwrap().into_inner();
    let first = answers.message().await.unwrap().unwrap().coverage.unwrap();
    assert!(first.viewpoints[0].tracks[0].covered.is_empty());
    let mut run = world.run(&site, &film, 0).await;
    run.store(1);
    let second = answers.message().await.unwrap().unwrap().coverage.unwrap();
    assert_eq!(second.viewpoints[0].tracks[0].covered.len(), 1);
    world.stop();
    while let Ok(Some(_)) = answers.message().await {}
}

#[tokio::test]
async fn segments_are_listed_and_a_limit_says_that_there_are_more() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let mut run = world.run(&site, &film, 0).await;
    while !run.is_over() {
        run.store(2);
        run.seal().await;
    }
    let mut review = world.review().await;
    let mut list = async |limit| {
        let stream_id = site.camera.evidence_stream_id.clone();
        let request = pb::ListSegmentsRequest { stream_id, interval: between(0, 60), limit };
        review.list_segments(request).await.unwrap().into_inner()
    };
    let all = list(0).await;
    assert!(all.segments.len() >= 3 && !all.truncated);
    assert!(all.segments.is_sorted_by_key(|segment| segment.first_sequence));
    let segment = &all.segments[0];
    assert_eq!((segment.run_id.as_str(), segment.first_sequence, segment.last_sequence), (run.run.to_string().as_str(), 0, 1));
    assert!(segment.unsigned_tail && segment.object_name.starts_with("media/2026/11/22/"));
    let some = list(2).await;
    assert!(some.truncated);
    assert_eq!(some.segments, all.segments[..2]);
    assert!(!list(u32::try_from(all.segments.len()).unwrap()).await.truncated);
}

#[tokio::test]
async fn a_clip_is_rounded_outwards_says_what_is_missing_and_decodes() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    world.recorded(&site, &film, 0).await;
    world.recorded(&site, &film, 20).await;
    let mut review = world.review().await;
    let stream_id = site.camera.evidence_stream_id.clone();
    let (info, bytes) =
        clip(&mut review, pb::ReadClipRequest { stream_id, interval: between(3, 25), purpose: "a test".to_owned() }).await;
    assert_eq!(info.size_bytes, bytes.len() as u64);
    assert!(info.codecs.starts_with("avc1.") && info.codecs.ends_with(",mp4a.40.2"), "{}", info.codecs);
    let held = info.interval.unwrap();
    assert!(held.start_us <= at(2).as_micros() + 100_000 && held.end_us >= at(25).as_micros());
    let [missing] = &info.missing[..] else { panic!("{info:?}") };
    assert!((missing.start_us - at(12).as_micros()).abs() < 200_000 && (missing.end_us - at(20).as_micros()).abs() < 200_000);
    let path = world.path("clip.mp4");
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(crate::film::ffmpeg(&["-i", path.to_str().unwrap(), "-f", "null", "-"]), "");
}

#[tokio::test]
async fn the_log_is_read_back_whole_and_by_subject() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = declare(&world, &site, 0, 60).await;
    let mut review = world.review().await;
    let mut list = async |subject: &str, from_index, limit| {
        let request = pb::ListEntriesRequest { subject: subject.to_owned(), from_index, limit };
        review.list_entries(request).await.unwrap().into_inner()
    };
    let all = list("", 0, 0).await;
    assert_eq!(all.tree_size, all.entries.len() as u64);
    let mut frontier = Frontier::default();
    for (place, entry) in all.entries.iter().enumerate() {
        assert_eq!(entry.index, place as u64);
        frontier.push(tree::leaf_hash(&entry.envelope));
    }
    assert_eq!(frontier.root().as_bytes()[..], all.root_hash[..]);
    let of_session = list(&session_id, 0, 0).await;
    let mut chain = Chain::default();
    for entry in &of_session.entries {
        let envelope: Envelope = chain.push(&entry.envelope).unwrap();
        assert_eq!(envelope.subject, session_id);
    }
    assert!(!of_session.entries.is_empty());
    assert_eq!(list("", 2, 1).await.entries, all.entries[2..3]);
    assert!(list("", all.tree_size, 0).await.entries.is_empty());
}

#[tokio::test]
async fn what_is_wrong_or_not_there_is_refused() {
    let world = World::new().await;
    let site = world.site().await;
    let mut review = world.review().await;
    let session_id = liuhen_proto::ids::SessionId::mint(at(0), &liuhen_proto::world::SeededRandom::new(99)).to_string();
    let coverage = review.get_coverage(pb::GetCoverageRequest { session_id: session_id.clone() }).await;
    assert_eq!(coverage.unwrap_err().code(), Code::NotFound);
    let watch = review.watch_coverage(pb::WatchCoverageRequest { session_id: session_id.clone() }).await;
    assert_eq!(watch.unwrap_err().code(), Code::NotFound);
    assert_eq!(review.list_gaps(pb::ListGapsRequest { session_id }).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(review.list_gaps(pb::ListGapsRequest::default()).await.unwrap_err().code(), Code::InvalidArgument);
    let stream_id = site.camera.evidence_stream_id.clone();
    let read = |stream_id: &str, interval| pb::ReadClipRequest {
        stream_id: stream_id.to_owned(),
        interval,
        purpose: "a test".to_owned(),
    };
    assert_eq!(review.read_clip(read(&stream_id, between(0, 60))).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(review.read_clip(read(&stream_id, between(0, 90_000))).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(review.read_clip(read(&stream_id, None)).await.unwrap_err().code(), Code::InvalidArgument);
    let unknown = liuhen_proto::ids::StreamId::mint(at(0), &liuhen_proto::world::SeededRandom::new(98)).to_string();
    assert_eq!(review.read_clip(read(&unknown, between(0, 60))).await.unwrap_err().code(), Code::NotFound);
    let open = pb::OpenPlaybackRequest { stream_id: unknown, interval: between(0, 60), purpose: "a test".to_owned() };
    assert_eq!(review.open_playback(open).await.unwrap_err().code(), Code::NotFound);
    let segments = pb::ListSegmentsRequest { stream_id, interval: between(0, 60), limit: 1001 };
    assert_eq!(review.list_segments(segments).await.unwrap_err().code(), Code::InvalidArgument);
    let entries = pb::ListEntriesRequest { limit: 1001, ..Default::default() };
    assert_eq!(review.list_entries(entries).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn gaps_of_the_board_are_listed() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = declare(&world, &site, 0, 60).await;
    pass(&world, 30);
    let by = liuhen_proto::Principal::Node(liuhen_proto::ids::NodeId::mint(at(0), &*world.archive.random));
    liuhen_archive::watcher::Watcher::new(world.archive.clone(), by).look().await.unwrap();
    let mut review = world.review().await;
    let gaps = review.list_gaps(pb::ListGapsRequest { session_id: session_id.clone() }).await.unwrap().into_inner().gaps;
    assert_eq!(gaps.len(), 2);
    assert!(gaps.iter().all(|gap| gap.session_id == session_id && gap.start_us == at(0).as_micros() && gap.end_us.is_none()));
    let coverage = review.get_coverage(pb::GetCoverageRequest { session_id }).await.unwrap().into_inner().coverage.unwrap();
    assert_eq!(coverage.gaps, gaps);
}
