//! Every look at footage has its entry, before anything is shown.

use liuhen_archive::records::{AccessKind, Looked, Role};
use liuhen_proto::Span;
use liuhen_proto::wire::review::v1 as pb;
use sqlx::{Connection as _, Executor as _};
use tonic::{Code, Status};

use crate::film::Film;
use crate::http::get;
use crate::people::{logged_in, session_of};
use crate::world::{Site, World, at, between};

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

fn clip(site: &Site, purpose: &str) -> pb::ReadClipRequest {
    let stream_id = site.camera.evidence_stream_id.clone();
    pb::ReadClipRequest { stream_id, interval: between(0, 20), purpose: purpose.to_owned() }
}

fn play(site: &Site, purpose: &str) -> pb::OpenPlaybackRequest {
    let stream_id = site.camera.evidence_stream_id.clone();
    pb::OpenPlaybackRequest { stream_id, interval: between(0, 20), purpose: purpose.to_owned() }
}

fn levels(site: &Site, purpose: &str) -> pb::GetSoundLevelsRequest {
    let stream_id = site.camera.evidence_stream_id.clone();
    pb::GetSoundLevelsRequest { stream_id, interval: between(0, 20), purpose: purpose.to_owned() }
}

fn stills(site: &Site, from: i64, to: i64) -> pb::ListStillsRequest {
    let stream_id = site.camera.evidence_stream_id.clone();
    pb::ListStillsRequest { stream_id, interval: between(from, to), limit: 0, purpose: "复核".to_owned() }
}

#[tokio::test]
async fn without_a_purpose_nothing_is_shown_and_nothing_is_noted() {
    let world = World::new().await;
    let site = world.site().await;
    let mut review = world.review().await;
    for purpose in ["", "   ", "a\nb", &"x".repeat(201)] {
        assert_eq!(code(review.read_clip(clip(&site, purpose)).await.map(drop)), Code::InvalidArgument);
        assert_eq!(code(review.open_playback(play(&site, purpose)).await), Code::InvalidArgument);
        assert_eq!(code(review.get_sound_levels(levels(&site, purpose)).await), Code::InvalidArgument);
    }
    let noted = world.archive.records.accesses_of(site.stream(), crate::world::interval(0, 20), 10).await.unwrap();
    assert_eq!(noted, []);
}

/// User story 22: I see who viewed the recordings and why; my own reading is logged too.
#[tokio::test]
async fn an_auditor_sees_who_looked_and_is_seen() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    world.recorded(&site, &film, 0).await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let mut review = supervisor.review(&world).await;
    review.read_clip(clip(&site, "王芳 的申诉")).await.unwrap();
    world.clock.advance(Span::from_secs(1));
    let opened = review.open_playback(play(&site, "巡查")).await.unwrap().into_inner();
    assert_eq!(get(world.address, &opened.hls_path).await.status, 200);

    let list = |purpose: &str| pb::ListAccessesRequest {
        session_id: session_id.clone(),
        purpose: purpose.to_owned(),
        ..Default::default()
    };
    assert_eq!(code(review.list_accesses(list("who")).await), Code::PermissionDenied, "a supervisor may not");
    world.clock.advance(Span::from_secs(1));
    let auditor = logged_in(&world, Role::Auditor, "everything").await;
    let mut reading = auditor.review(&world).await;
    assert_eq!(code(reading.list_accesses(list("")).await), Code::InvalidArgument);
    let seen = reading.list_accesses(list("倒查 2026-11")).await.unwrap().into_inner().accesses;
    let told = |look: &pb::Access| (look.by.clone(), look.name.clone(), look.kind(), look.purpose.clone());
    let (by, name) = (supervisor.id.clone(), "王*".to_owned());
    let expected = [
        (auditor.id.clone(), name.clone(), pb::AccessKind::Accesses, "倒查 2026-11".to_owned()),
        (by.clone(), name.clone(), pb::AccessKind::Playback, "巡查".to_owned()),
        (by, name, pb::AccessKind::Clip, "王芳 的申诉".to_owned()),
    ];
    assert_eq!(seen.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!((seen[1].at_us, seen[1].interval), (at(1).as_micros(), between(0, 20)));

    // In the chain of the session, without a name or a purpose.
    let entries = world.archive.records.entries(0, Some(&session_id), 100).await.unwrap();
    let looks: Vec<_> = entries.iter().map(|entry| String::from_utf8_lossy(&entry.envelope)).collect();
    assert_eq!(looks.iter().filter(|entry| entry.contains(r#""type":"access""#)).count(), 3, "{looks:?}");
    assert!(!looks.iter().any(|entry| entry.contains('王') || entry.contains("倒查")));
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    let other = report.findings.iter().filter(|finding| finding.thing.contains("access")).count();
    assert_eq!(other, 0, "{report:?}");
}

#[tokio::test]
async fn stills_of_a_stretch_have_one_entry_for_ten_minutes() {
    let world = World::new().await;
    let site = world.site().await;
    let mut review = world.review().await;
    for (from, to) in [(0, 600), (10, 20), (0, 600)] {
        review.list_stills(stills(&site, from, to)).await.unwrap();
    }
    let noted = async || {
        let all = world.archive.records.accesses_of(site.stream(), crate::world::interval(0, 10_000), 10).await.unwrap();
        assert!(all.iter().all(|look| look.what.kind == AccessKind::Stills && matches!(look.what.at, Looked::At(..))));
        all.len()
    };
    assert_eq!(noted().await, 1);
    review.list_stills(stills(&site, 0, 601)).await.unwrap();
    assert_eq!(noted().await, 2, "which the first does not cover");
    world.clock.advance(Span::from_secs(600));
    review.list_stills(stills(&site, 0, 601)).await.unwrap();
    assert_eq!(noted().await, 3);
}

/// The log refuses: nobody gets a byte.
#[tokio::test]
async fn without_an_entry_nothing_is_shown() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    world.recorded(&site, &film, 0).await;
    let mut review = world.review().await;
    review.read_clip(clip(&site, "before")).await.unwrap();
    let database = format!("sqlite://{}", world.path("liuhen.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&database).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON leaf BEGIN SELECT RAISE(ABORT, 'the log refuses'); END";
    connection.execute(refuse).await.unwrap();

    let refused = review.read_clip(clip(&site, "after")).await.map(drop).unwrap_err();
    assert_ne!(refused.code(), Code::Ok);
    assert!(review.open_playback(play(&site, "after")).await.is_err());
    assert!(review.get_sound_levels(levels(&site, "after")).await.is_err());
    assert!(review.list_stills(stills(&site, 0, 20)).await.is_err());
    let list = pb::ListAccessesRequest { session_id, purpose: "after".to_owned(), ..Default::default() };
    assert!(review.list_accesses(list.clone()).await.is_err());

    connection.execute("DROP TRIGGER refuse").await.unwrap();
    world.clock.advance(Span::from_secs(1));
    let seen = review.list_accesses(list).await.unwrap().into_inner().accesses;
    assert_eq!(
        seen.iter().map(|look| look.purpose.as_str()).collect::<Vec<_>>(),
        ["after", "before"],
        "of what was refused nothing is left"
    );
}

/// Who takes footage out by the hundred is slowed; each of what they took has its entry.
#[tokio::test]
async fn who_takes_out_more_than_any_work_needs_is_slowed() {
    let world = World::new().await;
    let site = world.site().await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let mut review = supervisor.review(&world).await;
    for _ in 0..300 {
        review.open_playback(play(&site, "巡查")).await.unwrap();
    }
    assert_eq!(code(review.open_playback(play(&site, "巡查")).await), Code::ResourceExhausted);
    assert_eq!(code(review.read_clip(clip(&site, "巡查")).await.map(drop)), Code::ResourceExhausted);
    let noted = world.archive.records.accesses_of(site.stream(), crate::world::interval(0, 20), 1000).await.unwrap();
    assert_eq!(noted.len(), 300);
    world.clock.advance(Span::from_secs(5));
    review.open_playback(play(&site, "巡查")).await.unwrap();
}
