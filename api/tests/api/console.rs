//! The page of the console, and the calls of a browser: gRPC-Web by cookie, and the stream of the wall.

use std::time::Duration;

use liuhen_archive::records::Role;
use liuhen_proto::wire::people::v1 as people;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::status_service_client::StatusServiceClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::film::Film;
use crate::http::{ask, ask_with, get};
use crate::people::{Someone, logged_in, who_am_i};
use crate::review::declare;
use crate::world::{World, at, between, pass};

const PASSWORD: &str = "correct horse battery";
const STATUS: &str = "/liuhen.review.v1.StatusService/WatchStatus";
const ME: &str = "/liuhen.people.v1.PeopleService/GetMe";

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_needs_no_login() {
    let world = World::new().await;
    let page = get(world.address, "/").await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
        assert_eq!(page.header(name), value);
    }
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    let text = page.text();
    if page.status == 503 {
        // Built without Node: the page says so, in both languages.
        assert!(text.contains("./dev setup") && text.contains("没有控制台页面"), "{text}");
        return;
    }
    assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"));
    let assets: Vec<_> = text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(assets.len() >= 2 && !text.contains("<style") && !text.contains("://"), "{text}");
    for asset in assets {
        let file = get(world.address, asset).await;
        assert_eq!(file.status, 200, "{asset}");
        assert!(file.header("cache-control").ends_with("immutable") && file.has("content-security-policy"), "{asset}");
    }
}

#[tokio::test]
async fn what_is_no_file_of_the_page_is_not_there() {
    let world = World::new().await;
    for path in
        ["/assets/", "/assets/index.html", "/assets/none.js", "/assets/../index.html", "/assets/a/b.js", "/index.html", "/.env"]
    {
        assert_eq!(get(world.address, path).await.status, 404, "{path}");
    }
    assert_eq!(ask(world.address, "POST", "/", &[]).await.status, 405);
}

/// Cookie and `csrf` of a login as a page has it.
async fn page_of(world: &World, someone: &Someone) -> (String, String) {
    let body = serde_json::json!({ "account": someone.account, "password": PASSWORD }).to_string();
    let reply = ask_with(world.address, "/v1/login", &[("x-liuhen-csrf", "1")], &body).await;
    let cookies: Vec<_> = reply.all("set-cookie").iter().filter_map(|cookie| cookie.split(';').next()).collect();
    (cookies.join("; "), reply.json()["csrf"].as_str().unwrap().to_owned())
}

/// A call by gRPC-Web over HTTP/1.1: what comes until these bytes do.
async fn call(world: &World, path: &str, headers: &[(&str, &str)], message: &[u8], until: &str) -> String {
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/grpc-web+proto\r\n", world.address);
    head += &format!("accept: application/grpc-web+proto\r\nx-grpc-web: 1\r\ncontent-length: {}\r\n", message.len() + 5);
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut socket = TcpStream::connect(world.address).await.unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0][..], &length, message].concat();
    socket.write_all(&[head.as_bytes(), b"\r\n", &frame].concat()).await.unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    let read = async {
        while !String::from_utf8_lossy(&answer).contains(until) {
            let count = socket.read(&mut piece).await.unwrap();
            assert!(count > 0, "it ended: {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap_or_else(|_| panic!("{until} did not come"));
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_browser_calls_by_grpc_web_with_its_cookie_and_no_other_page_does() {
    let world = World::new().await;
    let someone = logged_in(&world, Role::Inspector, "everything").await;
    let (cookie, csrf) = page_of(&world, &someone).await;
    let own = [("cookie", cookie.as_str()), ("x-liuhen-csrf", csrf.as_str())];
    let answer = call(&world, ME, &own, &[], "grpc-status:0").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("application/grpc-web+proto"), "{answer}");
    assert!(answer.contains(&someone.account) && answer.contains("Asia/Shanghai"), "{answer}");
    // Without the header, from another page, and without a cookie: the same guard.
    let elsewhere = [own[0], own[1], ("origin", "https://evil.example")];
    for (headers, status) in [(&own[..1], "7"), (&elsewhere[..], "7"), (&[][..], "16")] {
        let refused = call(&world, ME, headers, &[], "grpc-status").await;
        assert!(refused.contains(&format!("grpc-status: {status}")), "{headers:?}: {refused}");
        assert!(!refused.to_lowercase().contains("access-control"), "{refused}");
    }
    // A stream speaks again and again without ending.
    let day = between(0, 86_400).unwrap();
    let message = prost::Message::encode_to_vec(&pb::WatchStatusRequest { interval: Some(day), site_id: String::new() });
    let site = world.site().await;
    declare(&world, &site, 0, 600).await;
    let said = call(&world, STATUS, &own, &message, "上午场").await;
    assert!(said.contains("transfer-encoding: chunked") && !said.contains("grpc-status"), "{said}");
}

#[tokio::test]
async fn who_asks_learns_what_they_may_do_and_by_whose_clock() {
    let world = World::new().await;
    let examiner = logged_in(&world, Role::Examiner, "everything").await;
    let me = who_am_i(&world, &examiner.access).await.unwrap();
    assert_eq!((me.zone.as_str(), me.now_us), ("Asia/Shanghai", at(0).as_micros()));
    let may = |me: &people::GetMeResponse, action: &str| me.actions.iter().any(|known| known == action);
    assert!(may(&me, "ReadCases") && may(&me, "Mark") && may(&me, "OwnAccount"), "{:?}", me.actions);
    assert!(!may(&me, "ReadCoverage") && !may(&me, "Watch") && !may(&me, "HandIn") && !may(&me, "LogIn"), "{:?}", me.actions);
}

async fn watch(world: &World, access: &str, site_id: &str) -> tonic::Streaming<pb::WatchStatusResponse> {
    let mut client = StatusServiceClient::new(world.channel(Some(access)).await);
    let request = pb::WatchStatusRequest { interval: between(-3600, 80_000), site_id: site_id.to_owned() };
    client.watch_status(request).await.unwrap().into_inner()
}

async fn next(answers: &mut tonic::Streaming<pb::WatchStatusResponse>) -> pb::WatchStatusResponse {
    let answer = tokio::time::timeout(Duration::from_secs(5), answers.message()).await.expect("it speaks every two seconds");
    answer.unwrap().expect("it goes on")
}

/// The next answer in which the first room stands so.
async fn until(answers: &mut tonic::Streaming<pb::WatchStatusResponse>, standing: pb::Standing) -> pb::ViewpointStatus {
    loop {
        let answer = next(answers).await;
        let room = &answer.sessions[0].rooms[0];
        if room.standing() == standing {
            return room.viewpoints[0].clone();
        }
    }
}

#[tokio::test]
async fn the_wall_tells_of_each_room_how_it_stands_at_once_and_at_each_change() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let session = declare(&world, &site, 10, 60).await;
    let inspector = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    let mut answers = watch(&world, &inspector.access, "").await;
    let first = next(&mut answers).await;
    let told = &first.sessions[0];
    assert_eq!((told.session_id.as_str(), told.name.as_str(), told.site_name.as_str()), (session.as_str(), "上午场", "第一考点"));
    let room = &told.rooms[0];
    assert_eq!(
        (room.name.as_str(), room.standing(), room.viewpoints[0].name.as_str()),
        ("0301", pb::Standing::NotBegun, "front")
    );

    // It is filmed from ten seconds after nine on; and then it is not.
    world.recorded(&site, &film, 10).await;
    pass(&world, 20);
    let well = until(&mut answers, pb::Standing::Normal).await;
    assert!(well.stored_us > 19_000_000 && well.due_us == 20_000_000, "picture and sound: {well:?}");
    pass(&world, 15);
    let lost = until(&mut answers, pb::Standing::Lost).await;
    assert_eq!(lost.kind(), pb::GapKind::NoPicture);
    assert!((lost.since_us.unwrap() - at(22).as_micros()).abs() < 200_000, "{lost:?}");
    pass(&world, 30);
    until(&mut answers, pb::Standing::Over).await;
    world.stop();
    while answers.message().await.unwrap().is_some() {}
}

#[tokio::test]
async fn the_wall_shows_nobody_a_room_that_is_out_of_reach() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let (own, other) = (declare(&world, &ours, 0, 60).await, declare(&world, &theirs, 0, 60).await);
    let shown = async |role, scope: &str, site_id: &str| {
        let someone = logged_in(&world, role, scope).await;
        let answer = next(&mut watch(&world, &someone.access, site_id).await).await;
        answer.sessions.into_iter().map(|session| session.session_id).collect::<Vec<_>>()
    };
    assert_eq!(shown(Role::Auditor, "everything", "").await, [own.clone(), other.clone()]);
    assert_eq!(shown(Role::Auditor, "everything", &theirs.site.site_id).await, [other]);
    assert_eq!(shown(Role::Inspector, &ours.site.site_id, "").await, std::slice::from_ref(&own));
    assert_eq!(shown(Role::Invigilator, &ours.room.room_id, "").await, [own]);
    assert_eq!(shown(Role::Inspector, &ours.site.site_id, &theirs.site.site_id).await, Vec::<String>::new());
    // Nor anything at all where the role may not know.
    let clerk = logged_in(&world, Role::ScoreClerk, "everything").await;
    let mut client = StatusServiceClient::new(world.channel(Some(&clerk.access)).await);
    let refused = client.watch_status(pb::WatchStatusRequest { interval: between(0, 60), ..Default::default() }).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let inspector = logged_in(&world, Role::Inspector, "everything").await;
    let mut client = StatusServiceClient::new(world.channel(Some(&inspector.access)).await);
    for interval in [None, between(0, 200_000)] {
        let refused = client.watch_status(pb::WatchStatusRequest { interval, ..Default::default() }).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument, "{interval:?}");
    }
}
