//! Guessing, altering, sharing and re-using an address to play from: 403, and an entry.

use liuhen_archive::records::{RefusalKind, Role};
use liuhen_proto::Span;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use sqlx::{Connection as _, Executor as _};
use tonic::Code;

use crate::film::Film;
use crate::http::{ask, ask_from, get};
use crate::people::{log_in, logged_in};
use crate::world::{Connection, Site, World, between};

async fn opened(review: &mut ReviewServiceClient<Connection>, site: &Site) -> String {
    let stream_id = site.camera.evidence_stream_id.clone();
    let request = pb::OpenPlaybackRequest { stream_id, interval: between(0, 20), purpose: "巡查".to_owned() };
    review.open_playback(request).await.unwrap().into_inner().hls_path
}

#[tokio::test]
async fn an_address_that_is_not_ones_own_shows_nothing_and_leaves_an_entry() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 10, "160x96");
    world.recorded(&site, &film, 0).await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let path = opened(&mut supervisor.review(&world).await, &site).await;
    assert_eq!(get(world.address, &path).await.status, 200);
    let own = format!("Bearer {}", supervisor.access);
    assert_eq!(
        ask_from("127.0.0.2", world.address, "GET", &path, &[("authorization", &own)]).await.status,
        200,
        "by their token"
    );

    // Guessed, and altered in one place.
    let mut altered = path.clone().into_bytes();
    altered[12] = if altered[12] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for guessed in [altered.as_str(), "/v1/play/x/index.m3u8", "/v1/play/AAAAAAAAAAAAAAAAAAAAAA/clip.mp4"] {
        assert_eq!(get(world.address, guessed).await.status, 403, "{guessed}");
    }
    // For something else than it was given for.
    assert_eq!(get(world.address, &path.replace("index.m3u8", "other.mp4")).await.status, 403);
    // Shared: with another place, and with another person.
    assert_eq!(ask_from("127.0.0.2", world.address, "GET", &path, &[]).await.status, 403);
    let other = logged_in(&world, Role::SupervisorExternal, &site.site.site_id).await;
    let others = format!("Bearer {}", other.access);
    let reply = ask(world.address, "GET", &path, &[("authorization", &others)]).await;
    assert_eq!((reply.status, reply.json()["code"].as_str()), (403, Some("permission_denied")));
    // Used again when its time was over.
    world.clock.advance(Span::from_secs(13 * 3600));
    assert_eq!(get(world.address, &path).await.status, 403);

    let (stream, whose) = (site.camera.evidence_stream_id.clone(), supervisor.id.clone());
    let mut told: Vec<_> = world.archive.records.refusals(10).await.unwrap().into_iter().map(|refusal| refusal.what).collect();
    told.sort_by_key(|what| (what.kind, what.origin.clone()));
    let of = |kind, origin: &str| (kind, Some(stream.clone()), Some(whose.clone()), Some(origin.to_owned()), 1);
    let what: Vec<_> =
        told[1..].iter().map(|it| (it.kind, it.at.clone(), it.whose.clone(), it.origin.clone(), it.tries)).collect();
    let expected = [
        of(RefusalKind::EndedAddress, "127.0.0.1/32"),
        of(RefusalKind::SharedAddress, "127.0.0.1/32"),
        of(RefusalKind::SharedAddress, "127.0.0.2/32"),
        of(RefusalKind::AlteredAddress, "127.0.0.1/32"),
    ];
    assert_eq!(what, expected);
    assert_eq!((told[0].kind, told[0].whose.as_deref()), (RefusalKind::UnknownAddress, None));
    // In the chain of the stream, without an address of anybody.
    let entries = world.archive.records.entries(0, Some(&stream), 100).await.unwrap();
    let refusals: Vec<_> = entries.iter().map(|entry| String::from_utf8_lossy(&entry.envelope)).collect();
    assert_eq!(refusals.iter().filter(|entry| entry.contains(r#""type":"refusal""#)).count(), 4, "{refusals:?}");
    assert!(!refusals.iter().any(|entry| entry.contains("127.0.0")));
}

/// Who guesses for hours neither fills the log nor is forgotten.
#[tokio::test]
async fn guessing_goes_on_and_is_counted() {
    let world = World::new().await;
    for _ in 0..40 {
        assert_eq!(get(world.address, "/v1/play/AAAAAAAAAAAAAAAAAAAAAA/clip.mp4").await.status, 403);
    }
    world.clock.advance(Span::from_secs(600));
    assert_eq!(get(world.address, "/v1/play/x/clip.mp4").await.status, 403);
    let told: Vec<_> = world.archive.records.refusals(10).await.unwrap().iter().map(|refusal| refusal.what.tries).collect();
    assert_eq!(told, [40, 1]);
}

/// Where not even that can be noted, it is refused all the same.
#[tokio::test]
async fn without_a_log_it_is_refused_as_well() {
    let world = World::new().await;
    let database = format!("sqlite://{}", world.path("liuhen.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&database).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON leaf BEGIN SELECT RAISE(ABORT, 'the log refuses'); END";
    connection.execute(refuse).await.unwrap();
    assert_eq!(get(world.address, "/v1/play/AAAAAAAAAAAAAAAAAAAAAA/clip.mp4").await.status, 403);
    assert!(world.archive.records.refusals(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_auditor_sees_who_was_refused() {
    let world = World::new().await;
    let site = world.site().await;
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    for _ in 0..2 {
        assert!(log_in(&world, &someone.account, "not the password").await.is_err());
    }
    assert!(log_in(&world, "nobody", "x").await.is_err());
    let auditor = logged_in(&world, Role::Auditor, "everything").await;
    let listed = auditor.review(&world).await.list_refusals(pb::ListRefusalsRequest { limit: 0 }).await.unwrap().into_inner();
    let told = |it: &pb::Refusal| (it.kind(), it.whose.clone(), it.name.clone(), it.origin.clone(), it.tries);
    let mut all: Vec<_> = listed.refusals.iter().map(told).collect();
    all.sort_by_key(|it| it.1.clone());
    let (login, origin) = (pb::RefusalKind::Login, "127.0.0.1/32".to_owned());
    let expected =
        [(login, String::new(), String::new(), origin.clone(), 1), (login, someone.id.clone(), "王*".to_owned(), origin, 1)];
    assert_eq!(all, expected);
    let of_site = logged_in(&world, Role::Auditor, &site.site.site_id).await;
    let refused = of_site.review(&world).await.list_refusals(pb::ListRefusalsRequest { limit: 0 }).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "who looks at one site sees not what is tried elsewhere");
}
