//! A page of a browser: let in by cookies, and by no other page's request.

use liuhen_archive::records::{RefusalKind, Role};
use liuhen_proto::wire::review::v1 as review;

use crate::http::{Reply, ask_with, get_all};
use crate::people::logged_in;
use crate::world::{World, between, pass};

const PASSWORD: &str = "correct horse battery";
const SITES: &str = "/liuhen.session.v1.SessionService/ListSites";

/// What a page holds of its login.
struct Page {
    access: String,
    refresh: String,
    csrf: String,
}

impl Page {
    fn of(reply: &Reply) -> Self {
        let cookies = reply.all("set-cookie");
        let value = |name: &str| {
            let cookie = cookies.iter().find(|cookie| cookie.starts_with(name)).unwrap();
            assert!(cookie.contains("; Path=/;") && cookie.ends_with("; HttpOnly; SameSite=Strict"), "{cookie}");
            cookie.split_once('=').unwrap().1.split_once(';').unwrap().0.to_owned()
        };
        let csrf = reply.json()["csrf"].as_str().unwrap().to_owned();
        Self { access: value("liuhen-access"), refresh: value("liuhen-refresh"), csrf }
    }

    fn cookie(&self) -> String {
        format!("liuhen-access={}; liuhen-refresh={}", self.access, self.refresh)
    }

    /// A change by cookie, with these headers besides; its status.
    async fn changes(&self, world: &World, more: &[(&str, &str)]) -> u16 {
        let cookie = self.cookie();
        ask_with(world.address, SITES, &[&[("cookie", cookie.as_str())], more].concat(), "").await.status
    }
}

async fn logs_in(world: &World, account: &str, password: &str, more: &[(&str, &str)]) -> Reply {
    let body = serde_json::json!({ "account": account, "password": password }).to_string();
    ask_with(world.address, "/v1/login", &[&[("x-liuhen-csrf", "1")], more].concat(), &body).await
}

async fn page(world: &World, role: Role) -> Page {
    let someone = logged_in(world, role, "everything").await;
    let reply = logs_in(world, &someone.account, PASSWORD, &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store");
    let page = Page::of(&reply);
    assert!(!reply.text().contains(&page.access) && !reply.text().contains(&page.refresh), "a script would read it");
    page
}

/// How a call without a message is answered that came through: the handler wants a frame of gRPC.
fn came_through(status: u16) -> bool {
    ![401, 403].contains(&status)
}

#[tokio::test]
async fn a_page_is_let_in_by_cookies_that_no_script_reads() {
    let world = World::new().await;
    let first = page(&world, Role::Inspector).await;
    assert!(came_through(first.changes(&world, &[("x-liuhen-csrf", &first.csrf)]).await));
    // The access token is over: it renews, with no value of the header to show yet.
    pass(&world, 901);
    assert_eq!(first.changes(&world, &[("x-liuhen-csrf", &first.csrf)]).await, 401);
    let cookie = first.cookie();
    let renewed = ask_with(world.address, "/v1/renew", &[("cookie", &cookie), ("x-liuhen-csrf", "1")], "").await;
    let second = Page::of(&renewed);
    assert_ne!(first.csrf, second.csrf);
    assert!(came_through(second.changes(&world, &[("x-liuhen-csrf", &second.csrf)]).await));
    // A refresh token works once; and logging out takes all away.
    let again = ask_with(world.address, "/v1/renew", &[("cookie", &cookie), ("x-liuhen-csrf", "1")], "").await;
    assert_eq!(again.status, 401);
    assert!(again.all("set-cookie").iter().all(|cookie| cookie.contains("Max-Age=0")));
    let third = page(&world, Role::Inspector).await;
    let cookie = third.cookie();
    let out = ask_with(world.address, "/v1/logout", &[("cookie", &cookie), ("x-liuhen-csrf", &third.csrf)], "").await;
    assert_eq!((out.status, out.all("set-cookie").len()), (204, 2));
    assert_eq!(third.changes(&world, &[("x-liuhen-csrf", &third.csrf)]).await, 401, "it ended on the server");
    for (account, password, status) in [("nobody", PASSWORD, 401), ("", "", 401)] {
        assert_eq!(logs_in(&world, account, password, &[]).await.status, status);
    }
    let rubbish = ask_with(world.address, "/v1/login", &[("x-liuhen-csrf", "1")], "account=wang").await;
    assert_eq!((rubbish.status, rubbish.json()["code"].as_str()), (400, Some("invalid_argument")));
    let absurd = ask_with(world.address, "/v1/login", &[("x-liuhen-csrf", "1")], &"x".repeat(9_000)).await;
    assert_eq!(absurd.status, 400);
}

#[tokio::test]
async fn a_request_of_another_page_is_refused_and_noted() {
    let world = World::new().await;
    let page = page(&world, Role::Inspector).await;
    let csrf = ("x-liuhen-csrf", page.csrf.as_str());
    for more in [
        &[][..],
        &[("x-liuhen-csrf", "1")],
        &[csrf, ("origin", "https://evil.example")],
        &[csrf, ("origin", "null")],
        &[csrf, ("sec-fetch-site", "cross-site")],
        &[csrf, ("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(page.changes(&world, more).await, 403, "{more:?}");
    }
    let own = format!("http://{}", world.address);
    assert!(came_through(page.changes(&world, &[csrf, ("origin", &own), ("sec-fetch-site", "same-origin")]).await));
    let noted = world.archive.records.refusals(10).await.unwrap();
    let noted = noted.iter().find(|it| it.what.kind == RefusalKind::CrossSite).unwrap();
    assert!(noted.what.whose.as_ref().is_some_and(|whose| whose.starts_with("per_")), "{noted:?}");

    // Nobody is logged in, out or on by a form on another page.
    let foreign = logs_in(&world, "wang", PASSWORD, &[("origin", "https://evil.example")]).await;
    assert_eq!((foreign.status, foreign.all("set-cookie").len()), (403, 0));
    let cookie = page.cookie();
    for path in ["/v1/renew", "/v1/logout", "/v1/login"] {
        assert_eq!(ask_with(world.address, path, &[("cookie", &cookie)], "").await.status, 403, "{path} without the header");
    }
    assert!(came_through(page.changes(&world, &[csrf]).await), "it goes on");
    // A token in a cookie is a person's login, and nothing else.
    let stolen = format!("liuhen-access={}", world.token);
    let by_operator = ask_with(world.address, SITES, &[("cookie", &stolen), csrf], "").await;
    assert!([401, 403].contains(&by_operator.status));
}

/// A cookie that is over, or another page, is no reason to refuse what the address alone shows.
#[tokio::test]
async fn an_address_to_play_from_needs_no_cookie_and_is_harmed_by_none() {
    let world = World::new().await;
    let site = world.site().await;
    let supervisor = logged_in(&world, Role::SupervisorExternal, "everything").await;
    let stream_id = site.camera.evidence_stream_id.clone();
    let request = review::OpenPlaybackRequest { stream_id, interval: between(0, 20), purpose: "巡查".to_owned() };
    let path = supervisor.review(&world).await.open_playback(request).await.unwrap().into_inner().hls_path;
    let bare = get_all(world.address, &path, &[]).await.status;
    assert_ne!(bare, 403);
    let own = format!("liuhen-access={}", supervisor.access);
    for more in [("cookie", own.as_str()), ("cookie", "liuhen-access=lha_over"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(get_all(world.address, &path, &[more]).await.status, bare, "{more:?}");
    }
    // Somebody else's cookie shows whose the address is not.
    let other = page(&world, Role::Inspector).await.cookie();
    assert_eq!(get_all(world.address, &path, &[("cookie", &other)]).await.status, 403);
}
