//! Declarations, lookups, idempotency keys, revisions.

use liuhen_archive::Error;
use liuhen_archive::records::{Act, NewRoom, RoomKind, StreamRole, TrustLevel};

use crate::world::{World, at, between, token};

pub(crate) async fn what_was_declared_is_found(world: &World) {
    let layout = world.records.layout(world.site.id).await.unwrap().unwrap();
    assert_eq!(layout.site, world.site);
    assert_eq!(layout.viewpoints, std::slice::from_ref(&world.viewpoint));
    assert_eq!(layout.cameras, std::slice::from_ref(&world.camera));
    assert_eq!(layout.recorders, std::slice::from_ref(&world.recorder));
    assert_eq!(layout.rooms.len(), 1);
    assert_eq!(world.records.sites().await.unwrap(), std::slice::from_ref(&world.site));
    assert_eq!(world.records.recorder_by_token(token()).await.unwrap(), Some(world.recorder.clone()));
    assert_eq!(world.records.recorder_by_token(liuhen_proto::Sha256::of(b"x")).await.unwrap(), None);
    let place = world.records.stream_place(world.camera.viewing.unwrap()).await.unwrap().unwrap();
    assert_eq!((place.role, place.camera, place.site), (StreamRole::Viewing, world.camera.id, world.site.id));
    assert_eq!(world.records.streams_of_site(world.site.id).await.unwrap().len(), 2);
    let organization = world.records.organization(world.site.organization).await.unwrap().unwrap();
    assert_eq!(organization.name, "评价机构");
    assert_eq!(world.log_is_whole().await, 7);
}

pub(crate) async fn the_same_key_gives_the_same_answer_and_other_content_is_refused(world: &World) {
    let keyed = Act { key: Some("k-1".to_owned()), ..world.act(1) };
    let new = |name: &str| NewRoom { site: world.site.id, name: name.to_owned(), kind: RoomKind::Theory };
    let first = world.records.create_room(&keyed, new("102")).await.unwrap();
    let later = Act { at: at(60), ..keyed.clone() };
    let again = world.records.create_room(&later, new("102")).await.unwrap();
    assert_eq!((first.value, first.receipt, true), (again.value, again.receipt, again.repeated));
    let size = world.records.head().await.unwrap().size;
    assert!(matches!(world.records.create_room(&keyed, new("103")).await, Err(Error::AlreadyExists { .. })));
    let session = Act { key: Some("k-1".to_owned()), ..world.act(1) };
    assert!(world.records.create_session(&session, world.new_session(0, 60)).await.is_err(), "a key is for one call");
    assert_eq!(world.log_is_whole().await, size);
}

pub(crate) async fn what_stands_nowhere_or_elsewhere_is_refused(world: &World) {
    let nowhere = liuhen_proto::ids::SiteId::mint(at(0), &world.random);
    let room = NewRoom { site: nowhere, name: "x".to_owned(), kind: RoomKind::Theory };
    assert!(matches!(world.records.create_room(&world.act(0), room).await, Err(Error::NotFound(_))));
    let room = NewRoom { site: world.site.id, name: " ".to_owned(), kind: RoomKind::Theory };
    assert!(matches!(world.records.create_room(&world.act(0), room).await, Err(Error::Invalid { field: "name", .. })));
    let mut session = world.new_session(0, 60);
    session.windows.push(world.window(59, 70));
    assert!(matches!(world.records.create_session(&world.act(0), session).await, Err(Error::Invalid { .. })));
    let mut session = world.new_session(0, 60);
    session.windows.clear();
    assert!(world.records.create_session(&world.act(0), session).await.is_err());
    assert_eq!(world.log_is_whole().await, 7);
}

pub(crate) async fn a_session_is_revised_by_those_who_have_seen_it(world: &World) {
    let session = world.session(0, 3600).await;
    assert_eq!(world.records.session(session.id).await.unwrap(), Some(session.clone()));
    let expectations = world.records.expectations(session.id).await.unwrap();
    assert_eq!(expectations.len(), 1);
    let streams: Vec<_> = expectations[0].streams.iter().map(|stream| (stream.stream, stream.role, stream.trust)).collect();
    let viewing = (world.camera.viewing.unwrap(), StreamRole::Viewing, TrustLevel::Captured);
    let evidence = (world.camera.evidence, StreamRole::Evidence, TrustLevel::Captured);
    assert!(streams.len() == 2 && streams.contains(&evidence) && streams.contains(&viewing), "{streams:?}");
    let windows = vec![world.window(0, 1800), world.window(2000, 4000)];
    let reason = "补时".to_owned();
    let revised = world.records.revise_session(&world.act(9), session.id, 1, windows.clone(), reason.clone()).await.unwrap();
    assert_eq!((revised.value.revision, &revised.value.windows), (2, &windows));
    assert_eq!(world.records.session(session.id).await.unwrap(), Some(revised.value));
    let stale = world.records.revise_session(&world.act(9), session.id, 1, windows.clone(), reason.clone()).await;
    assert!(matches!(stale, Err(Error::Conflict { seen: 1, found: 2, .. })));
    let unknown = world.records.revise_session(&world.act(9), world.unknown_session(), 1, windows, reason).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))));
    assert_eq!(world.log_is_whole().await, 9);
}

pub(crate) async fn papers_are_sealed_once_and_the_schedule_says_so(world: &World) {
    let (morning, noon) = (world.session(0, 3600).await, world.session(7200, 9000).await);
    let week = 7 * 24 * 3600;
    world.session(week + 5000, week + 9000).await;
    let told = async |now| world.records.schedule_of_site(world.site.id, at(now)).await.unwrap();
    let before = told(4000).await;
    assert_eq!(
        before.iter().map(|told| (told.session, told.sealed)).collect::<Vec<_>>(),
        [(morning.id, false), (noon.id, false)]
    );
    assert_eq!(before[0].window, between(0, 3600));
    let mut streams = vec![world.camera.evidence, world.camera.viewing.unwrap()];
    streams.sort();
    assert_eq!(before[0].streams, streams);
    let sealed = world.records.seal_session(&world.act(4000), morning.id).await.unwrap();
    assert_eq!((sealed.value.sealed, sealed.repeated), (Some(at(4000)), false));
    let again = world.records.seal_session(&world.act(5000), morning.id).await.unwrap();
    assert_eq!((again.value, again.receipt, again.repeated), (sealed.value.clone(), sealed.receipt, true));
    assert_eq!(world.records.session(morning.id).await.unwrap(), Some(sealed.value));
    assert_eq!(told(3000).await.iter().map(|told| told.sealed).collect::<Vec<_>>(), [true, false]);
    assert_eq!(told(4000).await.iter().map(|told| told.session).collect::<Vec<_>>(), [noon.id]);
    assert_eq!(told(20_000).await.len(), 2, "what is over and not sealed, and what comes within a week");
    let unknown = world.records.seal_session(&world.act(9), world.unknown_session()).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))));
    world.log_is_whole().await;
}

pub(crate) async fn sessions_are_found_by_their_windows(world: &World) {
    let morning = world.session(0, 3600).await;
    let noon = world.session(7200, 9000).await;
    let ids = |sessions: Vec<liuhen_archive::records::Session>| sessions.iter().map(|s| s.id).collect::<Vec<_>>();
    let find = async |interval, site| ids(world.records.sessions_in(interval, site, 10).await.unwrap());
    assert_eq!(find(None, None).await, [morning.id, noon.id]);
    assert_eq!(find(Some(between(3599, 7200)), Some(world.site.id)).await, [morning.id]);
    assert_eq!(find(Some(between(3600, 7200)), None).await, []);
    assert_eq!(find(Some(between(3000, 8000)), None).await, [morning.id, noon.id]);
    let other = liuhen_proto::ids::SiteId::mint(at(0), &world.random);
    assert_eq!(find(None, Some(other)).await, []);
}
