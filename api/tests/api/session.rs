//! Declaring what is to be recorded.

use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::world::{World, at, between};

/// The field that a refusal names.
pub(crate) fn field(status: Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    assert!(details.localized_message().is_some_and(|message| message.locale == "zh-CN"));
    details.bad_request().unwrap().field_violations[0].field.clone()
}

#[tokio::test]
async fn what_is_declared_is_read_back() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let sites = sessions.list_sites(pb::ListSitesRequest {}).await.unwrap().into_inner().sites;
    assert_eq!(sites, vec![site.site.clone()]);
    assert_eq!(site.site.organization_id, site.organization.organization_id);
    let layout = sessions.get_site(pb::GetSiteRequest { site_id: site.site.site_id.clone() }).await.unwrap().into_inner();
    assert_eq!(layout.rooms, vec![site.room.clone()]);
    assert_eq!(layout.viewpoints, vec![site.viewpoint.clone()]);
    assert_eq!(layout.cameras, vec![site.camera.clone()]);
    assert_eq!(layout.recorders, vec![site.recorder.clone()]);
    assert!(site.camera.viewing_stream_id.is_empty());
    assert!(site.token.starts_with("lhr_") && site.token.len() > 40);
}

fn new_session(world_site: &crate::world::Site) -> pb::CreateSessionRequest {
    pb::CreateSessionRequest {
        site_id: world_site.site.site_id.clone(),
        name: "上午场".to_owned(),
        exam: between(0, 7200),
        windows: Vec::new(),
        room_ids: vec![world_site.room.room_id.clone()],
        idempotency_key: "morning".to_owned(),
    }
}

#[tokio::test]
async fn the_papers_of_a_session_are_sealed_once() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let created = sessions.create_session(new_session(&site)).await.unwrap().into_inner().session.unwrap();
    assert_eq!(created.sealed_us, None);
    let request = pb::SealSessionRequest { session_id: created.session_id.clone() };
    let sealed = sessions.seal_session(request.clone()).await.unwrap().into_inner();
    assert!(sealed.session.as_ref().unwrap().sealed_us.is_some() && sealed.receipt.is_some());
    assert_eq!(sessions.seal_session(request).await.unwrap().into_inner(), sealed);
    assert_eq!(field(sessions.seal_session(pb::SealSessionRequest::default()).await.unwrap_err()), "session_id");
    let read = sessions.get_session(pb::GetSessionRequest { session_id: created.session_id }).await.unwrap().into_inner();
    assert_eq!(read.session, sealed.session);
}

#[tokio::test]
async fn a_session_without_windows_gets_those_of_the_rule_and_can_be_revised() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let created = sessions.create_session(new_session(&site)).await.unwrap().into_inner();
    let (session, receipt) = (created.session.unwrap(), created.receipt.unwrap());
    assert_eq!(receipt.tree_size, receipt.leaf_index + 1);
    assert_eq!((receipt.leaf_hash.len(), receipt.root_hash.len()), (32, 32));
    assert_eq!(session.windows.len(), 1);
    assert_eq!(session.windows[0].interval, between(-45 * 60, 7200 + 30 * 60));
    let id = session.session_id.clone();

    let windows = vec![pb::ExpectedWindow { viewpoint_id: site.viewpoint.viewpoint_id.clone(), interval: between(0, 9000) }];
    let revise = |revision, reason: &str| pb::ReviseSessionRequest {
        session_id: id.clone(),
        revision,
        windows: windows.clone(),
        reason: reason.to_owned(),
    };
    assert_eq!(field(sessions.revise_session(revise(0, "late")).await.unwrap_err()), "revision");
    assert_eq!(field(sessions.revise_session(revise(1, "")).await.unwrap_err()), "reason");
    let revised = sessions.revise_session(revise(1, "考试延时")).await.unwrap().into_inner().session.unwrap();
    assert_eq!((revised.revision, &revised.windows), (2, &windows));
    assert_eq!(sessions.revise_session(revise(1, "late")).await.unwrap_err().code(), Code::Aborted);
    let read = sessions.get_session(pb::GetSessionRequest { session_id: id.clone() }).await.unwrap().into_inner();
    assert_eq!(read.session.unwrap(), revised);
}

#[tokio::test]
async fn sessions_are_listed_by_interval_and_site() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let created = sessions.create_session(new_session(&site)).await.unwrap().into_inner().session.unwrap();
    let mut listed = async |interval, site_id: &str| {
        let request = pb::ListSessionsRequest { interval, site_id: site_id.to_owned(), limit: 0 };
        sessions.list_sessions(request).await.map(|answer| answer.into_inner().sessions)
    };
    assert_eq!(listed(None, "").await.unwrap(), vec![created.clone()]);
    assert_eq!(listed(between(-2000, -1000), &site.site.site_id).await.unwrap(), [created]);
    assert!(listed(between(100_000, 100_001), "").await.unwrap().is_empty());
    assert_eq!(field(listed(between(5, 5), "").await.unwrap_err()), "interval");
    assert_eq!(field(listed(None, "site").await.unwrap_err()), "site_id");
    let request = pb::ListSessionsRequest { limit: 1001, ..pb::ListSessionsRequest::default() };
    assert_eq!(field(sessions.list_sessions(request).await.unwrap_err()), "limit");
}

#[tokio::test]
async fn a_repeated_call_gives_the_same_answer_and_no_second_token() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let first = sessions.create_session(new_session(&site)).await.unwrap().into_inner();
    let again = sessions.create_session(new_session(&site)).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::CreateSessionRequest { exam: between(0, 7201), ..new_session(&site) };
    assert_eq!(sessions.create_session(other).await.unwrap_err().code(), Code::AlreadyExists);

    let request = pb::CreateRecorderRequest {
        site_id: site.site.site_id.clone(),
        name: "second".to_owned(),
        public_key: site.recorder.public_key.clone(),
        idempotency_key: "second".to_owned(),
    };
    let first = sessions.create_recorder(request.clone()).await.unwrap().into_inner();
    let again = sessions.create_recorder(request).await.unwrap().into_inner();
    assert!(!first.token.is_empty() && again.token.is_empty());
    assert_eq!(first.recorder, again.recorder);
    // The token that was handed out still opens the door.
    let mut client = SessionServiceClient::new(world.channel(Some(&first.token)).await);
    assert_eq!(client.list_sites(pb::ListSitesRequest {}).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn every_refusal_names_its_field() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let organization = |name: &str, kind| pb::CreateOrganizationRequest { name: name.into(), kind, ..Default::default() };
    assert_eq!(field(sessions.create_organization(organization("", 1)).await.unwrap_err()), "name");
    assert_eq!(field(sessions.create_organization(organization("x", 0)).await.unwrap_err()), "kind");
    assert_eq!(field(sessions.create_organization(organization("x", 99)).await.unwrap_err()), "kind");
    let key = pb::CreateOrganizationRequest { idempotency_key: "k".repeat(65), ..organization("x", 1) };
    assert_eq!(field(sessions.create_organization(key).await.unwrap_err()), "idempotency_key");
    let request = pb::CreateSiteRequest { organization_id: site.site.site_id.clone(), name: "x".into(), ..Default::default() };
    assert_eq!(field(sessions.create_site(request).await.unwrap_err()), "organization_id");
    let request = pb::CreateRoomRequest { site_id: site.site.site_id.clone(), name: "x".into(), ..Default::default() };
    assert_eq!(field(sessions.create_room(request).await.unwrap_err()), "kind");
    let request = pb::CreateViewpointRequest {
        room_id: site.room.room_id.clone(),
        name: "x".into(),
        seats: vec!["01".into(), String::new()],
        ..Default::default()
    };
    assert_eq!(field(sessions.create_viewpoint(request).await.unwrap_err()), "seats[1]");
    let request = pb::CreateCameraRequest { viewpoint_id: "vp".into(), name: "x".into(), ..Default::default() };
    assert_eq!(field(sessions.create_camera(request).await.unwrap_err()), "viewpoint_id");
    let request = pb::CreateRecorderRequest { site_id: site.site.site_id.clone(), name: "x".into(), ..Default::default() };
    assert_eq!(field(sessions.create_recorder(request).await.unwrap_err()), "public_key");
    assert_eq!(field(sessions.get_site(pb::GetSiteRequest::default()).await.unwrap_err()), "site_id");
    assert_eq!(field(sessions.get_session(pb::GetSessionRequest::default()).await.unwrap_err()), "session_id");
}

#[tokio::test]
async fn every_refusal_of_a_session_names_its_field() {
    let world = World::new().await;
    let site = world.site().await;
    let mut sessions = world.sessions().await;
    let window = |viewpoint: &str, interval| pb::ExpectedWindow { viewpoint_id: viewpoint.to_owned(), interval };
    let viewpoint = site.viewpoint.viewpoint_id.as_str();
    let twice = vec![window(viewpoint, between(0, 1)), window(viewpoint, between(2, 3))];
    let base = || new_session(&site);
    let cases = [
        (pb::CreateSessionRequest { name: String::new(), ..base() }, "name"),
        (pb::CreateSessionRequest { exam: None, ..base() }, "exam"),
        (pb::CreateSessionRequest { exam: between(0, 8 * 86_400), ..base() }, "exam"),
        (pb::CreateSessionRequest { room_ids: Vec::new(), ..base() }, "windows"),
        (pb::CreateSessionRequest { room_ids: vec!["room".into()], ..base() }, "room_ids[0]"),
        (pb::CreateSessionRequest { room_ids: vec![site.room.room_id.clone(); 2], ..base() }, "room_ids[1]"),
        (pb::CreateSessionRequest { windows: vec![window("x", between(0, 1))], ..base() }, "windows[0].viewpoint_id"),
        (pb::CreateSessionRequest { windows: vec![window(viewpoint, None)], ..base() }, "windows[0].interval"),
        (pb::CreateSessionRequest { windows: twice, ..base() }, "windows[1].viewpoint_id"),
    ];
    for (request, expected) in cases {
        assert_eq!(field(sessions.create_session(request).await.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let mut sessions = world.sessions().await;
    let random = liuhen_proto::world::SeededRandom::new(99);
    let site_id = liuhen_proto::ids::SiteId::mint(at(0), &random).to_string();
    let session_id = liuhen_proto::ids::SessionId::mint(at(0), &random).to_string();
    let get = sessions.get_site(pb::GetSiteRequest { site_id: site_id.clone() }).await;
    assert_eq!(get.unwrap_err().code(), Code::NotFound);
    let get = sessions.get_session(pb::GetSessionRequest { session_id }).await;
    assert_eq!(get.unwrap_err().code(), Code::NotFound);
    let room = pb::CreateRoomRequest { site_id, name: "x".into(), kind: 1, ..Default::default() };
    assert_eq!(sessions.create_room(room).await.unwrap_err().code(), Code::NotFound);
}
