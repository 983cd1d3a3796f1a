//! Who may call what.

use bytes::Bytes;
use liuhen_api::auth::action::{Action, of_path};
use liuhen_api::auth::table::may;
use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use prost::Message as _;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServiceResponse};

use crate::http::{ask, get};
use crate::identity::Provider;
use crate::permissions;
use crate::world::World;

/// Every RPC of the descriptors, as a path.
fn rpcs() -> Vec<String> {
    let set = prost_types::FileDescriptorSet::decode(liuhen_proto::wire::DESCRIPTORS).unwrap();
    let services = set.file.iter().flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    let methods = services.flat_map(|(package, service)| service.method.iter().map(move |method| (package, service, method)));
    methods.map(|(package, service, method)| format!("/{package}.{}/{}", service.name(), method.name())).collect()
}

/// A bare call of a path with an empty message; its status.
async fn call(world: &World, path: &str, token: Option<&str>) -> Code {
    permissions::call(world, path, token, Bytes::new()).await
}

#[derive(Clone, PartialEq, prost::Message)]
struct Empty {}

#[tokio::test]
async fn without_a_token_nothing_is_answered_and_a_recorder_may_hand_in_and_nothing_else() {
    // With a provider of identities: without one, that there is none is said to everybody.
    let (_, world) = Provider::with_world().await;
    let site = world.site().await;
    let rpcs = rpcs();
    assert!(rpcs.len() >= 21, "{rpcs:?}");
    for path in &rpcs {
        if matches!(of_path(path), Some(Action::Enrol | Action::RenewCertificate)) {
            // By the door for machines only.
            assert_eq!(call(&world, path, Some(&site.token)).await, Code::Unimplemented, "{path}");
            continue;
        }
        assert_eq!(call(&world, path, None).await, Code::Unauthenticated, "{path}");
        assert_eq!(call(&world, path, Some("lhr_wrong")).await, Code::Unauthenticated, "{path}");
        if of_path(path) == Some(Action::LogIn) {
            // The secret is in the message: a token is of no weight.
            assert_eq!(call(&world, path, Some(&world.token)).await, Code::Unauthenticated, "{path}");
            continue;
        }
        let of_recorder = call(&world, path, Some(&site.token)).await;
        let of_administrator = call(&world, path, Some(&world.token)).await;
        if path.starts_with("/liuhen.ingest.") {
            // There is no ingest in this server: the guard lets the recorder pass, and nobody else.
            assert_eq!((of_recorder, of_administrator), (Code::Unimplemented, Code::PermissionDenied), "{path}");
        } else {
            assert_eq!(of_recorder, Code::PermissionDenied, "{path}");
            assert!(![Code::Unauthenticated, Code::Unimplemented].contains(&of_administrator), "{path}");
            let action = of_path(path).unwrap();
            let is_theirs = may(Role::Administrator, action) || may(Role::ResponsibleHead, action);
            let is_theirs = is_theirs || matches!(action, Action::OwnAccount | Action::Probe);
            assert_eq!(of_administrator == Code::PermissionDenied, !is_theirs, "{path}: {of_administrator:?}");
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_unimplemented_in_grpc_and_not_found_in_http() {
    let world = World::new().await;
    let path = "/liuhen.session.v1.SessionService/DropEverything";
    assert_eq!(call(&world, path, Some(&world.token)).await, Code::Unimplemented);
    let reply = get(world.address, "/etc/passwd").await;
    assert_eq!((reply.status, reply.json()["code"].as_str()), (404, Some("not_found")));
}

#[tokio::test]
async fn refusals_over_http_are_json_in_both_languages_and_ask_for_a_token() {
    let world = World::new().await;
    let reply = ask(world.address, "POST", "/liuhen.session.v1.SessionService/ListSites", &[("content-length", "0")]).await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, "Bearer"));
    let json = reply.json();
    assert!(json["message"].as_str().unwrap().contains("admin.token"));
    assert!(json["message_zh"].as_str().unwrap().contains("令牌"));
    assert!(!reply.has("access-control-allow-origin"));
    assert_eq!((reply.header("referrer-policy"), reply.header("x-content-type-options")), ("no-referrer", "nosniff"));
}

#[tokio::test]
async fn a_token_with_another_scheme_or_in_rubbish_is_no_token() {
    let world = World::new().await;
    let path = "/liuhen.session.v1.SessionService/ListSites";
    for header in
        [format!("Basic {}", world.token), world.token.clone(), "Bearer ".to_owned(), format!("Bearer {}x", world.token)]
    {
        let reply = ask(world.address, "POST", path, &[("authorization", &header), ("content-length", "0")]).await;
        assert_eq!(reply.status, 401, "{header}");
    }
}

#[tokio::test]
async fn everybody_may_ask_for_health_and_for_what_is_served() {
    let world = World::new().await;
    let mut health = HealthClient::new(world.channel(None).await);
    for service in ["", "liuhen.session.v1.SessionService", "liuhen.review.v1.ReviewService"] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
        assert_eq!(health.check(request).await.unwrap().into_inner().status, 1, "{service}");
    }
    let mut reflection = ServerReflectionClient::new(world.channel(None).await);
    let request =
        ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) };
    let mut answers = reflection.server_reflection_info(futures_util::stream::iter([request])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(listed)) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = listed.service.iter().map(|ServiceResponse { name }| name.as_str()).collect();
    assert!(names.contains(&"liuhen.ingest.v1.IngestService") && names.contains(&"liuhen.review.v1.ReviewService"), "{names:?}");
}

#[tokio::test]
async fn a_request_that_is_no_message_is_refused_and_harms_nobody() {
    let world = World::new().await;
    let mut client = tonic::client::Grpc::new(world.channel(Some(&world.token)).await);
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<Bytes, Empty>::default();
    let path = "/liuhen.session.v1.SessionService/GetSite".parse().unwrap();
    let rubbish = tonic::Request::new(Bytes::from_static(b"\xff\xff\xff\xff\xff"));
    assert!(client.unary::<_, Empty, _>(rubbish, path, codec).await.is_err());
    let mut sessions = SessionServiceClient::new(world.channel(Some(&world.token)).await);
    sessions.list_sites(pb::ListSitesRequest {}).await.unwrap();
}
