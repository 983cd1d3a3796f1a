//! Every cell of the table of permissions, over the wire; and the page that shows it.

use bytes::Bytes;
use liuhen_api::auth::action::{Action, RPCS, of_path};
use liuhen_api::auth::neighbour::can_tell;
use liuhen_api::auth::table::may;
use liuhen_archive::records::Role;
use liuhen_process::fact::FactKind;
use liuhen_proto::wire::people::v1 as people;
use tonic::Code;

use crate::people::{Someone, logged_in};
use crate::world::{Site, World};

/// A bare call of a path with these bytes, as any gRPC client could send it; its status.
pub(crate) async fn call(world: &World, path: &str, token: Option<&str>, message: Bytes) -> Code {
    answered(tonic::client::Grpc::new(world.channel(token).await), path, message).await
}

/// The same over a channel of any kind, with nothing in it.
pub(crate) async fn status_of(channel: tonic::transport::Channel, path: &str) -> Code {
    answered(tonic::client::Grpc::new(channel), path, Bytes::new()).await
}

async fn answered<C>(mut client: tonic::client::Grpc<C>, path: &str, message: Bytes) -> Code
where
    C: tonic::client::GrpcService<tonic::body::Body>,
    C::ResponseBody: tonic::codegen::Body<Data = Bytes> + Send + 'static,
    <C::ResponseBody as tonic::codegen::Body>::Error: Into<tonic::codegen::StdError>,
    C::Error: std::fmt::Debug,
{
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<Raw, Raw>::default();
    let path = path.parse().unwrap();
    match client.server_streaming(tonic::Request::new(Raw::of(&message)), path, codec).await {
        Err(status) => status.code(),
        Ok(answer) => match answer.into_inner().message().await {
            Err(status) => status.code(),
            Ok(_) => Code::Ok,
        },
    }
}

/// A message with up to two texts in its first fields, which is how ids are named.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Raw {
    #[prost(string, optional, tag = "1")]
    first: Option<String>,
    #[prost(string, optional, tag = "2")]
    second: Option<String>,
}

impl Raw {
    fn of(bytes: &[u8]) -> Self {
        prost::Message::decode(bytes).unwrap()
    }

    fn naming(field: u32, id: &str) -> Bytes {
        let text = Some(id.to_owned());
        let raw = if field == 1 { Self { first: text, second: None } } else { Self { first: None, second: text } };
        prost::Message::encode_to_vec(&raw).into()
    }
}

/// What an RPC names in its first or second field, of this site.
fn named(path: &str, site: &Site) -> Option<(u32, String)> {
    let method = path.rsplit('/').next().unwrap();
    let first = |id: &str| Some((1, id.to_owned()));
    match method {
        "CreateSite" => first(&site.organization.organization_id),
        "CreateRoom" | "CreateRecorder" | "CreateSession" | "GetSite" => first(&site.site.site_id),
        "CreateViewpoint" => first(&site.room.room_id),
        "CreateCamera" | "SetThresholds" | "AcceptReferenceStill" => first(&site.viewpoint.viewpoint_id),
        "ListSegments" | "ReadClip" | "OpenPlayback" | "ListStills" | "GetSoundLevels" => first(&site.camera.evidence_stream_id),
        _ => None,
    }
}

#[tokio::test]
async fn every_role_may_call_what_the_table_says_and_nothing_else() {
    let world = World::new().await;
    let site = world.site().await;
    let mut tried = 0;
    for &role in Role::ALL {
        let someone = logged_in(&world, role, "everything").await;
        for (path, action) in RPCS.iter().filter(|(path, _)| path.starts_with("/liuhen.") && !path.contains(".ingest.")) {
            if action.is_open() || action.is_of_machines() {
                continue;
            }
            let answered = call(&world, path, Some(&someone.access), Bytes::new()).await;
            let allowed = may(role, *action) || *action == Action::OwnAccount;
            let refused = answered == Code::PermissionDenied;
            assert_eq!(refused, !allowed, "{role} {path}: {answered:?}");
            assert!(
                ![Code::Unauthenticated, Code::Unimplemented, Code::Internal].contains(&answered),
                "{role} {path}: {answered:?}"
            );
            tried += 1;
            if path.ends_with("LogOut") {
                // The next call needs to be let in again.
                assert_eq!(call(&world, path, Some(&someone.access), Bytes::new()).await, Code::Unauthenticated);
                break;
            }
        }
        // The rest, with a login of its own, since the one above has ended.
        let someone = logged_in(&world, role, "everything").await;
        let after = RPCS.iter().skip_while(|(path, _)| !path.ends_with("LogOut")).skip(1);
        for (path, action) in
            after.filter(|(path, action)| path.starts_with("/liuhen.") && !action.is_open() && !action.is_of_machines())
        {
            let answered = call(&world, path, Some(&someone.access), Bytes::new()).await;
            let allowed = may(role, *action) || *action == Action::OwnAccount;
            assert_eq!(answered == Code::PermissionDenied, !allowed, "{role} {path}: {answered:?}");
            tried += 1;
        }
        // Nobody hands footage in but a recorder.
        let upload = "/liuhen.ingest.v1.IngestService/Upload";
        assert_eq!(call(&world, upload, Some(&someone.access), Bytes::new()).await, Code::PermissionDenied);
    }
    assert!(tried > Role::ALL.len() * 40, "{tried} cells");
    drop(site);
}

/// The one route of HTTP: by an address of one's own, where the role may watch; by nobody else's.
#[tokio::test]
async fn every_role_plays_by_its_own_address_if_it_may_watch_and_by_no_other() {
    use liuhen_proto::wire::review::v1::OpenPlaybackRequest;
    let world = World::new().await;
    let site = world.site().await;
    let film = crate::film::Film::shoot(world.directory.path(), 4, "160x96");
    world.recorded(&site, &film, 0).await;
    let request = || OpenPlaybackRequest {
        stream_id: site.camera.evidence_stream_id.clone(),
        interval: crate::world::between(0, 20),
        purpose: "a test".to_owned(),
    };
    let owner = logged_in(&world, Role::Auditor, "everything").await;
    let others = owner.review(&world).await.open_playback(request()).await.unwrap().into_inner().hls_path;
    for &role in Role::ALL {
        let someone = logged_in(&world, role, "everything").await;
        let token = format!("Bearer {}", someone.access);
        let shown = [("authorization", token.as_str())];
        assert_eq!(crate::http::ask(world.address, "GET", &others, &shown).await.status, 403, "{role}");
        match someone.review(&world).await.open_playback(request()).await {
            Ok(opened) => {
                assert!(may(role, Action::Watch), "{role}");
                let path = opened.into_inner().hls_path;
                assert_eq!(crate::http::ask(world.address, "GET", &path, &shown).await.status, 200, "{role}");
            }
            Err(status) => assert_eq!((status.code(), may(role, Action::Watch)), (Code::PermissionDenied, false), "{role}"),
        }
    }
}

#[tokio::test]
async fn what_lies_outside_the_scope_is_not_there() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let mut tried = 0;
    for &role in Role::ALL {
        let scoped: Someone = logged_in(&world, role, &ours.site.site_id).await;
        for (path, action) in RPCS.iter().filter(|(_, action)| may(role, *action)) {
            let Some((field, foreign)) = named(path, &theirs) else { continue };
            let outside = call(&world, path, Some(&scoped.access), Raw::naming(field, &foreign)).await;
            let nothing = foreign.get(..foreign.len() - 4).map(|id| format!("{id}0000")).unwrap();
            let absent = call(&world, path, Some(&scoped.access), Raw::naming(field, &nothing)).await;
            assert_eq!((outside, absent), (Code::NotFound, Code::NotFound), "{role} {path} ({action:?}) tells what is there");
            // Of the own site it is refused for what else is missing in the message, or done.
            let (_, own) = named(path, &ours).unwrap();
            let inside = call(&world, path, Some(&scoped.access), Raw::naming(field, &own)).await;
            let about_organization = path.ends_with("CreateSite");
            assert_eq!(inside == Code::NotFound, about_organization, "{role} {path}: {inside:?}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

#[tokio::test]
async fn lists_hold_what_lies_in_the_scope() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let inspector = logged_in(&world, Role::Inspector, &ours.site.site_id).await;
    let mut sessions = inspector.sessions(&world).await;
    let listed = sessions.list_sites(liuhen_proto::wire::session::v1::ListSitesRequest {}).await.unwrap().into_inner().sites;
    assert_eq!(listed.iter().map(|site| &site.site_id).collect::<Vec<_>>(), [&ours.site.site_id]);
    let head = logged_in(&world, Role::SiteHead, &theirs.site.site_id).await;
    let mut people = head.people(&world).await;
    let listed = people.list_people(people::ListPeopleRequest::default()).await.unwrap().into_inner().people;
    assert_eq!(listed.iter().map(|person| &person.id).collect::<Vec<_>>(), [&head.id], "only who has a role there");
}

/// docs/ref/permissions.md says what the table says: `LIUHEN_WRITE_DOCS=1` writes it.
#[test]
fn the_page_shows_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ref/permissions.md");
    let page = page();
    if std::env::var_os("LIUHEN_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/ref/permissions.md is not what the table says: run this test with LIUHEN_WRITE_DOCS=1");
}

fn page() -> String {
    use std::fmt::Write as _;
    let mut page = String::from(
        "# Who may do what\n\nMade from `api/src/auth/table.rs` and `api/src/auth/action.rs` by a test; do not edit.\n\n\
         A role holds within its scope only: everything, a region (GB/T 2260), an organisation, a site, a room or a session; and \
         from when to when it was given. What lies outside the scope looks as if it did not exist. Who was given a password by \
         somebody else may do nothing but change it. Recorders hand in and keep their certificates, and do nothing else. Neighbouring \
         systems tell the kinds of facts that they are permitted to, under their own name, and read cases where they are permitted \
         to, within their scope. Both call by a door of their own, where nobody else is served. The token of the data directory \
         (`admin.token`) is that of the operator of the server: administrator and responsible head, everywhere.\n\n\
         ## Actions\n\n| action | what | who |\n|---|---|---|\n",
    );
    for &action in Action::ALL {
        let who = if action.is_open() {
            "anybody".to_owned()
        } else if action == Action::OwnAccount {
            "everybody who is logged in".to_owned()
        } else if action.is_of_machines() {
            if action == Action::HandIn { "recorders" } else { "recorders, neighbours" }.to_owned()
        } else {
            let roles = Role::ALL.iter().filter(|role| may(**role, action)).map(|role| role.as_str());
            let neighbours = action.is_of_neighbours().then_some("neighbours that are permitted to");
            roles.chain(neighbours).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(page, "| {action:?} | {} | {who} |", action.describe().trim());
    }
    page.push_str("\n## Calls and routes\n\n| call | action |\n|---|---|\n");
    for (path, action) in RPCS {
        assert_eq!(of_path(path), Some(*action));
        let _ = writeln!(page, "| `{path}` | {action:?} |");
    }
    for (path, action) in liuhen_api::auth::action::ROUTES {
        let more = if path.ends_with('/') { "…" } else { "" };
        let _ = writeln!(page, "| `{path}{more}` (HTTP) | {action:?} |");
    }
    page.push_str(
        "\n## What neighbours can be permitted to tell\n\nAll other kinds of facts are a person's to tell: signatures, checks of \
         one's own, draws, permissions, decisions.\n\n",
    );
    for kind in FactKind::ALL.iter().filter(|kind| can_tell(**kind)) {
        let _ = writeln!(page, "- `{kind}`");
    }
    page
}
