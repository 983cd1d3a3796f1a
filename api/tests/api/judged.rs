//! What was judged: thresholds and reference, flags, stills, levels; and the keys of those who declare.

use bytes::Bytes;
use liuhen_archive::names;
use liuhen_archive::records::{FlagReport, Levels, NewStill};
use liuhen_proto::ids::{FlagId, RunId, SessionId, StillId, StreamId, ViewpointId};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::{review::v1 as pb, session::v1 as session};
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{Sha256, Span};
use tonic::Code;

use crate::film::Film;
use crate::review::declare;
use crate::session::field;
use crate::world::{Site, World, at, between, pass};

/// A still of the site's camera, so many seconds after nine.
async fn still(world: &World, site: &Site, seconds: i64) -> NewStill {
    let (archive, taken, stream) = (&world.archive, at(seconds), site.stream());
    let jpeg = Bytes::from(format!("a picture {seconds} s after nine"));
    let object = Sized256 { sha256: Sha256::of(&jpeg), size_bytes: jpeg.len() as u64 };
    let place = archive.records.stream_place(stream).await.unwrap().unwrap();
    let object_name = names::still(&place, taken, &object.sha256);
    archive.objects.put(&object_name, jpeg).await.unwrap();
    let (still, run) = (StillId::mint(taken, &*archive.random), RunId::mint(taken, &*archive.random));
    let new = NewStill { still, stream, run, taken, width: 640, height: 360, object_name, object };
    archive.records.add_still(new).await.unwrap()
}

/// A flag of the site's camera from so many seconds after nine to so many.
async fn flag(world: &World, site: &Site, kind: FlagKind, start: i64, end: Option<i64>) -> FlagReport {
    let random = &*world.archive.random;
    let report = FlagReport {
        flag: FlagId::mint(at(start), random),
        stream: site.stream(),
        run: RunId::mint(at(start), random),
        kind,
        start: at(start),
        end: end.map(at),
        seen: at(end.unwrap_or(start + 5)),
        version: 1,
        measured_milli: -71_500,
        threshold_milli: -60_000,
        detector: format!("{kind}/1"),
    };
    world.archive.records.report_flags(&world.act(), vec![report.clone()]).await.unwrap().remove(0).unwrap();
    report
}

fn threshold(kind: common::FlagKind, milli: Option<i64>) -> common::Threshold {
    common::Threshold { kind: kind.into(), off: milli.is_none(), milli }
}

#[tokio::test]
async fn thresholds_are_set_by_who_has_seen_what_they_were() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let mut changes = world.archive.live.judgements();
    changes.mark_unchanged();
    let set = |revision, thresholds: &[common::Threshold], reason: &str| session::SetThresholdsRequest {
        viewpoint_id: site.viewpoint.viewpoint_id.clone(),
        revision,
        thresholds: thresholds.to_vec(),
        reason: reason.to_owned(),
    };
    let (silent, moved) = (threshold(common::FlagKind::Silent, Some(-55_000)), threshold(common::FlagKind::Moved, None));
    let answer = sessions.set_thresholds(set(0, &[silent, moved], "走廊嘈杂")).await.unwrap().into_inner();
    let viewpoint = answer.viewpoint.unwrap();
    assert!(changes.has_changed().unwrap(), "recorders are told");
    assert_eq!((viewpoint.judgement_revision, viewpoint.thresholds.len()), (1, 2));
    assert!(answer.receipt.unwrap().tree_size > 0);
    let layout = sessions.get_site(session::GetSiteRequest { site_id: site.site.site_id.clone() }).await.unwrap().into_inner();
    assert_eq!(layout.viewpoints, [viewpoint]);

    let late = sessions.set_thresholds(set(0, &[], "none")).await.unwrap_err();
    assert_eq!(late.code(), Code::Aborted, "{late:?}");
    assert_eq!(field(sessions.set_thresholds(set(1, &[], " ")).await.unwrap_err()), "reason");
    assert_eq!(field(sessions.set_thresholds(set(1, &[silent, silent], "twice")).await.unwrap_err()), "thresholds");
    let loud = threshold(common::FlagKind::Silent, Some(1_000));
    assert_eq!(field(sessions.set_thresholds(set(1, &[loud], "above full scale")).await.unwrap_err()), "thresholds");
    let unknown = ViewpointId::mint(at(0), &SeededRandom::new(9)).to_string();
    let nowhere = session::SetThresholdsRequest { viewpoint_id: unknown, ..set(0, &[], "x") };
    assert_eq!(sessions.set_thresholds(nowhere).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_still_of_the_viewpoint_becomes_its_reference() {
    let world = World::new().await;
    let (site, other) = (world.site().await, world.site().await);
    let mut sessions = world.sessions().await;
    let (ours, theirs) = (still(&world, &site, 5).await, still(&world, &other, 5).await);
    let accept = |still: StillId, revision| session::AcceptReferenceStillRequest {
        viewpoint_id: site.viewpoint.viewpoint_id.clone(),
        still_id: still.to_string(),
        revision,
    };
    assert_eq!(field(sessions.accept_reference_still(accept(theirs.still, 0)).await.unwrap_err()), "still_id");
    let answer = sessions.accept_reference_still(accept(ours.still, 0)).await.unwrap().into_inner();
    let viewpoint = answer.viewpoint.unwrap();
    assert_eq!((viewpoint.reference_still_id, viewpoint.judgement_revision), (ours.still.to_string(), 1));
    assert_eq!(sessions.accept_reference_still(accept(ours.still, 0)).await.unwrap_err().code(), Code::Aborted);
    let unknown = StillId::mint(at(0), &SeededRandom::new(9));
    assert_eq!(sessions.accept_reference_still(accept(unknown, 1)).await.unwrap_err().code(), Code::NotFound);
    let place = answer.receipt.unwrap().leaf_index;
    let request = pb::ListEntriesRequest { from_index: place, limit: 1, ..Default::default() };
    let entries = world.review().await.list_entries(request).await.unwrap().into_inner().entries;
    let told = String::from_utf8(entries[0].envelope.clone()).unwrap();
    assert!(told.contains(&ours.object.sha256.to_string()), "the entry holds the digest of the picture: {told}");
}

#[tokio::test]
async fn a_key_is_registered_once() {
    let world = World::new().await;
    let mut sessions = world.sessions().await;
    let public_key = SigningKey::from_seed(&[3; 32]).public().to_bytes().to_vec();
    let request = |name: &str| session::RegisterKeyRequest {
        name: name.to_owned(),
        public_key: public_key.clone(),
        idempotency_key: String::new(),
    };
    let key = sessions.register_key(request("李雷")).await.unwrap().into_inner().key.unwrap();
    assert_eq!((key.name.as_str(), &key.public_key), ("李雷", &public_key));
    assert_eq!(sessions.register_key(request("李雷")).await.unwrap().into_inner().key.unwrap(), key);
    assert_eq!(sessions.register_key(request("韩梅梅")).await.unwrap_err().code(), Code::AlreadyExists);
    let short = session::RegisterKeyRequest { public_key: vec![1; 31], ..request("李雷") };
    assert_eq!(field(sessions.register_key(short).await.unwrap_err()), "public_key");
}

#[tokio::test]
async fn flags_are_listed_by_viewpoint_and_by_session() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = declare(&world, &site, 0, 60).await;
    let late = flag(&world, &site, FlagKind::Frozen, 40, None).await;
    let early = flag(&world, &site, FlagKind::Silent, 10, Some(20)).await;
    let outside = flag(&world, &site, FlagKind::Black, 70, Some(80)).await;
    let mut review = world.review().await;
    let of_session = pb::ListFlagsRequest { session_id: session_id.clone(), ..Default::default() };
    let listed = review.list_flags(of_session.clone()).await.unwrap().into_inner();
    let ids = |listed: &pb::ListFlagsResponse| listed.flags.iter().map(|flag| flag.flag_id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&listed), listed.truncated), (vec![early.flag.to_string(), late.flag.to_string()], false));
    let first = &listed.flags[0];
    assert_eq!(
        (first.kind(), first.end_us, first.detector.as_str()),
        (common::FlagKind::Silent, Some(at(20).as_micros()), "silent/1")
    );
    assert_eq!((first.measured_milli, first.threshold_milli), (-71_500, -60_000));
    assert_eq!((&first.viewpoint_id, &first.camera_id), (&site.viewpoint.viewpoint_id, &site.camera.camera_id));
    assert_eq!((listed.flags[1].end_us, listed.flags[1].seen_us), (None, at(45).as_micros()));
    let one = review.list_flags(pb::ListFlagsRequest { limit: 1, ..of_session.clone() }).await.unwrap().into_inner();
    assert_eq!((ids(&one), one.truncated), (vec![early.flag.to_string()], true));

    let of_viewpoint = pb::ListFlagsRequest {
        viewpoint_id: site.viewpoint.viewpoint_id.clone(),
        interval: between(42, 100),
        ..Default::default()
    };
    let listed = review.list_flags(of_viewpoint.clone()).await.unwrap().into_inner();
    assert_eq!(ids(&listed), [late.flag.to_string(), outside.flag.to_string()]);

    let refused = async |request| field(world.review().await.list_flags(request).await.unwrap_err());
    assert_eq!(refused(pb::ListFlagsRequest::default()).await, "session_id");
    assert_eq!(refused(pb::ListFlagsRequest { session_id, ..of_viewpoint.clone() }).await, "session_id");
    assert_eq!(refused(pb::ListFlagsRequest { interval: None, ..of_viewpoint.clone() }).await, "interval");
    assert_eq!(refused(pb::ListFlagsRequest { interval: between(0, 60), ..of_session }).await, "interval");
    assert_eq!(refused(pb::ListFlagsRequest { limit: 1001, ..of_viewpoint.clone() }).await, "limit");
    let unknown = SessionId::mint(at(0), &SeededRandom::new(9)).to_string();
    let nowhere = pb::ListFlagsRequest { session_id: unknown, ..Default::default() };
    assert_eq!(review.list_flags(nowhere).await.unwrap_err().code(), Code::NotFound);
    let unknown = ViewpointId::mint(at(0), &SeededRandom::new(9)).to_string();
    let nowhere = pb::ListFlagsRequest { viewpoint_id: unknown, ..of_viewpoint };
    assert_eq!(review.list_flags(nowhere).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_flag_within_a_window_becomes_a_gap_of_its_kind() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = declare(&world, &site, 0, 12).await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    world.recorded(&site, &film, 0).await;
    flag(&world, &site, FlagKind::Frozen, 2, Some(10)).await;
    pass(&world, 60);
    let by = liuhen_proto::Principal::Node(liuhen_proto::ids::NodeId::mint(at(0), &*world.archive.random));
    liuhen_archive::watcher::Watcher::new(world.archive.clone(), by).look().await.unwrap();
    let request = pb::GetCoverageRequest { session_id };
    let coverage = world.review().await.get_coverage(request).await.unwrap().into_inner().coverage.unwrap();
    let gaps: Vec<_> = coverage.gaps.iter().map(|gap| (gap.kind(), gap.cause(), gap.start_us, gap.end_us)).collect();
    let frozen = (pb::GapKind::Frozen, pb::GapCause::Judged, at(2).as_micros(), Some(at(10).as_micros()));
    assert_eq!(gaps, [frozen]);
    assert!(coverage.viewpoints[0].tracks.iter().all(|track| track.missing.is_empty()), "the footage is there all the same");
}

#[tokio::test]
async fn stills_are_listed_and_given_as_they_were_stored() {
    let world = World::new().await;
    let site = world.site().await;
    let mut stills = Vec::new();
    for seconds in [30, 10, 20] {
        stills.push(still(&world, &site, seconds).await);
    }
    let mut review = world.review().await;
    let stream_id = site.camera.evidence_stream_id.clone();
    let mut list = async |interval, limit| {
        let request = pb::ListStillsRequest { stream_id: stream_id.clone(), interval, limit, purpose: "a test".to_owned() };
        let listed = review.list_stills(request).await.unwrap().into_inner();
        (listed.stills.iter().map(|still| still.still_id.clone()).collect::<Vec<_>>(), listed.truncated)
    };
    let ids: Vec<_> = [1, 2, 0].iter().map(|&place: &usize| stills[place].still.to_string()).collect();
    assert_eq!(list(between(0, 60), 0).await, (ids.clone(), false));
    assert_eq!(list(between(0, 60), 3).await, (ids.clone(), false));
    assert_eq!(list(between(0, 60), 2).await, (ids[..2].to_vec(), true));
    assert_eq!(list(between(11, 30), 0).await, (ids[1..2].to_vec(), false));

    let get = async |id: String| {
        world.review().await.get_still(pb::GetStillRequest { still_id: id, purpose: "a test".to_owned() }).await
    };
    let answer = get(ids[0].clone()).await.unwrap().into_inner();
    let still = answer.still.unwrap();
    assert_eq!(Sha256::of(&answer.jpeg).as_bytes()[..], still.sha256[..]);
    assert_eq!((still.size_bytes as usize, still.width, still.height), (answer.jpeg.len(), 640, 360));
    assert_eq!(still.taken_us, at(10).as_micros());
    let unknown = StillId::mint(at(0), &SeededRandom::new(9)).to_string();
    assert_eq!(get(unknown).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(field(get("str_1".to_owned()).await.unwrap_err()), "still_id");
    std::fs::write(world.path("objects").join(&stills[1].object_name), b"another picture").unwrap();
    assert_eq!(get(ids[0].clone()).await.unwrap_err().code(), Code::DataLoss, "what is not what was stored is not shown");
}

#[tokio::test]
async fn sound_levels_are_cut_to_what_was_asked_for() {
    let world = World::new().await;
    let site = world.site().await;
    let (stream, run) = (site.stream(), RunId::mint(at(0), &*world.archive.random));
    for (start, loud) in [(0, 40), (10, 90)] {
        let levels = Levels { stream, run, start: at(start), rms: vec![loud; 100], peak: vec![loud - 10; 100] };
        world.archive.records.add_levels(levels).await.unwrap();
    }
    let mut review = world.review().await;
    let stream_id = site.camera.evidence_stream_id.clone();
    let request = pb::GetSoundLevelsRequest { stream_id, interval: between(8, 11), purpose: "a test".to_owned() };
    let levels = review.get_sound_levels(request.clone()).await.unwrap().into_inner().levels;
    let [before, after] = &levels[..] else { panic!("{levels:?}") };
    assert_eq!((before.start_us, &before.rms), (at(8).as_micros(), &vec![40; 20]));
    assert_eq!((after.start_us, &after.peak), (at(10).as_micros(), &vec![80; 10]));
    let long = pb::GetSoundLevelsRequest { interval: between(0, 90_000), ..request.clone() };
    assert_eq!(field(review.get_sound_levels(long).await.unwrap_err()), "interval");
    let unknown = StreamId::mint(at(0), &SeededRandom::new(9)).to_string();
    let nowhere = pb::GetSoundLevelsRequest { stream_id: unknown, ..request };
    assert_eq!(review.get_sound_levels(nowhere).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_pickup_gives_sound_only_and_its_viewpoint_misses_no_picture() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let viewpoint = session::CreateViewpointRequest {
        room_id: site.room.room_id.clone(),
        name: "pickup".to_owned(),
        required: true,
        sound_required: true,
        sound_only: true,
        ..Default::default()
    };
    let without = session::CreateViewpointRequest { sound_required: false, ..viewpoint.clone() };
    assert_eq!(field(sessions.create_viewpoint(without).await.unwrap_err()), "sound_only");
    let viewpoint = sessions.create_viewpoint(viewpoint).await.unwrap().into_inner().viewpoint.unwrap();
    assert!(viewpoint.sound_only);
    let camera = session::CreateCameraRequest {
        viewpoint_id: viewpoint.viewpoint_id.clone(),
        name: "pickup".to_owned(),
        kind: session::CameraKind::Pickup.into(),
        ..Default::default()
    };
    let refused = async |request| field(world.sessions().await.create_camera(request).await.unwrap_err());
    let viewing = session::CreateCameraRequest { has_viewing_stream: true, ..camera.clone() };
    assert_eq!(refused(viewing).await, "has_viewing_stream");
    let import = session::CreateCameraRequest { kind: session::CameraKind::Import.into(), ..camera.clone() };
    assert_eq!(refused(import).await, "kind");
    let pickup = sessions.create_camera(camera).await.unwrap().into_inner().camera.unwrap();
    assert_eq!(pickup.kind(), session::CameraKind::Pickup);
    let site = Site { viewpoint, camera: pickup, ..site };
    let session_id = declare(&world, &site, 0, 60).await;
    pass(&world, 30);
    let request = pb::GetCoverageRequest { session_id };
    let coverage = world.review().await.get_coverage(request).await.unwrap().into_inner().coverage.unwrap();
    let tracks: Vec<_> = coverage.viewpoints[0].tracks.iter().map(|track| (track.kind(), track.required)).collect();
    assert_eq!(tracks, [(common::TrackKind::Audio, true)]);
    assert_eq!(Span::from_micros(coverage.viewpoints[0].tracks[0].missing[0].end_us - at(0).as_micros()), Span::from_secs(30));
}
