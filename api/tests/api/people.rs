//! People: let in, kept out, looked after.

use liuhen_archive::records::Role;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::people::v1::people_service_client::PeopleServiceClient;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::review::v1::alarm_service_client::AlarmServiceClient;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use liuhen_proto::wire::session::v1 as session;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use liuhen_proto::{Span, Timestamp};
use tonic::{Code, Status};

use crate::world::{Connection, NINE, Site, World, at, between};

const PASSWORD: &str = "correct horse battery";

/// A person who is logged in.
#[derive(Clone)]
pub(crate) struct Someone {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Someone {
    pub(crate) async fn people(&self, world: &World) -> PeopleServiceClient<Connection> {
        PeopleServiceClient::new(world.channel(Some(&self.access)).await)
    }

    pub(crate) async fn sessions(&self, world: &World) -> SessionServiceClient<Connection> {
        SessionServiceClient::new(world.channel(Some(&self.access)).await)
    }

    pub(crate) async fn review(&self, world: &World) -> ReviewServiceClient<Connection> {
        ReviewServiceClient::new(world.channel(Some(&self.access)).await)
    }
}

/// As the operator of the server.
pub(crate) async fn operator(world: &World) -> PeopleServiceClient<Connection> {
    PeopleServiceClient::new(world.channel(Some(&world.token)).await)
}

pub(crate) async fn anybody(world: &World) -> PeopleServiceClient<Connection> {
    PeopleServiceClient::new(world.channel(None).await)
}

pub(crate) fn new_grant(role: Role, scope: &str) -> pb::NewGrant {
    pb::NewGrant { role: pb::Role::from(role).into(), scope: scope.to_owned(), from_us: None, until_us: None }
}

/// Makes an account; gives its id, account and first password.
pub(crate) async fn made(world: &World, role: Role, scope: &str) -> (String, String, String) {
    let account =
        format!("{}-{}", role.as_str().replace('_', "-"), liuhen_proto::ids::PersonId::mint(at(0), &*world.archive.random));
    let account = account.to_lowercase().replace("per_", "");
    let request = pb::CreatePersonRequest {
        account: account.clone(),
        name: "王芳".to_owned(),
        grants: vec![new_grant(role, scope)],
        idempotency_key: String::new(),
    };
    let made = operator(world).await.create_person(request).await.unwrap().into_inner();
    (made.person.unwrap().id, account, made.password)
}

pub(crate) async fn log_in(world: &World, account: &str, password: &str) -> Result<pb::Login, Status> {
    let request = pb::LogInRequest { account: account.to_owned(), password: password.to_owned() };
    Ok(anybody(world).await.log_in(request).await?.into_inner().login.unwrap())
}

/// Somebody with a role somewhere, who has changed their password.
pub(crate) async fn logged_in(world: &World, role: Role, scope: &str) -> Someone {
    let (id, account, once) = made(world, role, scope).await;
    let first = log_in(world, &account, &once).await.unwrap();
    let someone = Someone { id, account, access: first.access_token, refresh: first.refresh_token };
    let change = pb::ChangePasswordRequest { old_password: once, new_password: PASSWORD.to_owned() };
    someone.people(world).await.change_password(change).await.unwrap();
    someone
}

pub(crate) async fn who_am_i(world: &World, access: &str) -> Result<pb::GetMeResponse, Status> {
    let mut people = PeopleServiceClient::new(world.channel(Some(access)).await);
    Ok(people.get_me(pb::GetMeRequest {}).await?.into_inner())
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_with_the_link_only() {
    let (world, token) = World::not_set_up().await;
    let set_up = |token: &str, account: &str, password: &str| pb::SetUpRequest {
        token: token.to_owned(),
        account: account.to_owned(),
        name: "张三".to_owned(),
        password: password.to_owned(),
    };
    let mut people = anybody(&world).await;
    for wrong in ["", "lhs_wrong", &world.token] {
        assert_eq!(code(people.set_up(set_up(wrong, "zhang", PASSWORD)).await), Code::Unauthenticated, "{wrong}");
    }
    // What cannot be taken uses nothing up.
    assert_eq!(code(people.set_up(set_up(&token, "Zhang San", PASSWORD)).await), Code::InvalidArgument);
    world.clock.advance(Span::from_secs(10));
    assert_eq!(code(people.set_up(set_up(&token, "zhang", "12345678")).await), Code::InvalidArgument);
    world.clock.advance(Span::from_secs(10));
    let login = people.set_up(set_up(&token, "zhang", PASSWORD)).await.unwrap().into_inner().login.unwrap();
    let me = who_am_i(&world, &login.access_token).await.unwrap();
    assert_eq!(
        (me.person.unwrap().name.as_str(), me.grants[0].role(), me.grants[0].scope.as_str()),
        ("张三", pb::Role::Administrator, "everything")
    );
    assert_eq!(code(people.set_up(set_up(&token, "li", PASSWORD)).await), Code::Unauthenticated, "it works once");
    assert!(log_in(&world, "zhang", PASSWORD).await.is_ok());
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

#[tokio::test]
async fn who_is_not_let_in_is_not_told_why() {
    let world = World::new().await;
    let someone = logged_in(&world, Role::Inspector, "everything").await;
    let (suspended, its_account, its_password) = made(&world, Role::Inspector, "everything").await;
    let request = pb::SetSuspendedRequest { person_id: suspended, suspended: true, reason: "left".to_owned() };
    operator(&world).await.set_suspended(request).await.unwrap();
    let wrong = log_in(&world, &someone.account, "wrong horse battery").await.unwrap_err();
    let unknown = log_in(&world, "nobody", "wrong horse battery").await.unwrap_err();
    let shut_out = log_in(&world, &its_account, &its_password).await.unwrap_err();
    let huge = log_in(&world, &"x".repeat(10_000), "").await.unwrap_err();
    for other in [unknown, shut_out, huge] {
        assert_eq!((wrong.code(), wrong.message(), wrong.details()), (other.code(), other.message(), other.details()));
    }
}

#[tokio::test]
async fn too_many_tries_wait_and_the_right_password_is_heard_all_the_same() {
    let world = World::new().await;
    let someone = logged_in(&world, Role::Inspector, "everything").await;
    for _ in 0..5 {
        assert_eq!(code(log_in(&world, &someone.account, "wrong horse").await), Code::Unauthenticated);
    }
    assert_eq!(code(log_in(&world, &someone.account, PASSWORD).await), Code::ResourceExhausted);
    world.clock.advance(Span::from_secs(10));
    assert!(log_in(&world, &someone.account, PASSWORD).await.is_ok(), "nobody is shut out");
    assert!(log_in(&world, &someone.account, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_password_that_another_has_set_must_be_changed_first() {
    let world = World::new().await;
    let site = world.site().await;
    let (id, account, once) = made(&world, Role::Inspector, "everything").await;
    let login = log_in(&world, &account, &once).await.unwrap();
    assert!(login.person.as_ref().unwrap().must_change_password);
    let someone = Someone { id, account, access: login.access_token, refresh: login.refresh_token };
    let get = session::GetSiteRequest { site_id: site.site.site_id.clone() };
    let refused = someone.sessions(&world).await.get_site(get.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(refused.message().contains("change your password"), "{refused}");
    let change = |old: &str, new: &str| pb::ChangePasswordRequest { old_password: old.to_owned(), new_password: new.to_owned() };
    let mut people = someone.people(&world).await;
    assert_eq!(code(people.change_password(change("wrong", PASSWORD)).await), Code::InvalidArgument);
    assert_eq!(code(people.change_password(change(&once, &once)).await), Code::InvalidArgument);
    assert_eq!(code(people.change_password(change(&once, "short")).await), Code::InvalidArgument);
    people.change_password(change(&once, PASSWORD)).await.unwrap();
    someone.sessions(&world).await.get_site(get).await.unwrap();
    assert_eq!(code(log_in(&world, &someone.account, &once).await), Code::Unauthenticated);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_copy_of_it_ends_the_login() {
    let world = World::new().await;
    let someone = logged_in(&world, Role::Inspector, "everything").await;
    let mut people = anybody(&world).await;
    let mut refresh = async |token: &str| {
        let renewed = people.refresh(pb::RefreshRequest { refresh_token: token.to_owned() }).await?;
        Ok::<_, Status>(renewed.into_inner().login.unwrap())
    };
    let second = refresh(&someone.refresh).await.unwrap();
    assert_eq!(code(who_am_i(&world, &someone.access).await), Code::Unauthenticated, "the old access token has ended");
    assert!(who_am_i(&world, &second.access_token).await.is_ok());
    world.clock.advance(Span::from_secs(15 * 60));
    assert_eq!(code(who_am_i(&world, &second.access_token).await), Code::Unauthenticated, "its quarter of an hour is over");
    let third = refresh(&second.refresh_token).await.unwrap();
    assert!(who_am_i(&world, &third.access_token).await.is_ok());
    assert_eq!(code(refresh(&second.refresh_token).await), Code::Unauthenticated, "it was used before");
    assert_eq!(code(who_am_i(&world, &third.access_token).await), Code::Unauthenticated, "and the login has ended");
    assert_eq!(code(refresh(&third.refresh_token).await), Code::Unauthenticated);
    assert_eq!(code(refresh("lhf_rubbish").await), Code::Unauthenticated);
}

#[tokio::test]
async fn what_takes_a_right_away_takes_it_at_once() {
    let world = World::new().await;
    let site = world.site().await;
    let get = || session::GetSiteRequest { site_id: site.site.site_id.clone() };
    let reason = || "no longer here".to_owned();
    let mut operator = operator(&world).await;

    let suspended = logged_in(&world, Role::Inspector, "everything").await;
    let request = pb::SetSuspendedRequest { person_id: suspended.id.clone(), suspended: true, reason: reason() };
    operator.set_suspended(request.clone()).await.unwrap();
    assert_eq!(code(suspended.sessions(&world).await.get_site(get()).await), Code::Unauthenticated);
    operator.set_suspended(pb::SetSuspendedRequest { suspended: false, ..request }).await.unwrap();
    assert_eq!(code(suspended.sessions(&world).await.get_site(get()).await), Code::Unauthenticated, "that login has ended");
    assert!(log_in(&world, &suspended.account, PASSWORD).await.is_ok());

    let reset = logged_in(&world, Role::Inspector, "everything").await;
    operator.reset_password(pb::ResetPasswordRequest { person_id: reset.id.clone() }).await.unwrap();
    assert_eq!(code(reset.sessions(&world).await.get_site(get()).await), Code::Unauthenticated);
    assert_eq!(code(log_in(&world, &reset.account, PASSWORD).await), Code::Unauthenticated);

    let revoked = logged_in(&world, Role::Inspector, "everything").await;
    let grant_id = who_am_i(&world, &revoked.access).await.unwrap().person.unwrap().grants[0].id.clone();
    let taken = operator.revoke_grant(pb::RevokeGrantRequest { grant_id: grant_id.clone(), reason: reason() }).await.unwrap();
    assert!(taken.into_inner().grant.unwrap().revoked_us.is_some());
    assert_eq!(code(revoked.sessions(&world).await.get_site(get()).await), Code::PermissionDenied);
    operator.revoke_grant(pb::RevokeGrantRequest { grant_id, reason: reason() }).await.unwrap();

    let out = logged_in(&world, Role::Inspector, "everything").await;
    out.people(&world).await.log_out(pb::LogOutRequest {}).await.unwrap();
    assert_eq!(code(out.sessions(&world).await.get_site(get()).await), Code::Unauthenticated);
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

pub(crate) async fn session_of(world: &World, site: &Site) -> String {
    let request = session::CreateSessionRequest {
        site_id: site.site.site_id.clone(),
        name: "机修钳工".to_owned(),
        exam: between(0, 3_600),
        room_ids: vec![site.room.room_id.clone()],
        windows: Vec::new(),
        idempotency_key: String::new(),
    };
    world.sessions().await.create_session(request).await.unwrap().into_inner().session.unwrap().session_id
}

/// How a stream ended; the bound is 5 s, a busy machine may take longer to notice.
pub(crate) async fn end_of<T>(mut stream: tonic::Streaming<T>) -> Code {
    let ended = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => break Code::Ok,
                Err(status) => break status.code(),
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("it ends")
}

#[tokio::test]
async fn an_answer_that_goes_on_ends_with_the_right_to_it() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    let mut review = someone.review(&world).await;
    let mut watched = review.watch_coverage(review::WatchCoverageRequest { session_id }).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    let request = pb::SetSuspendedRequest { person_id: someone.id.clone(), suspended: true, reason: "left".to_owned() };
    operator(&world).await.set_suspended(request).await.unwrap();
    assert_eq!(end_of(watched).await, Code::Unauthenticated);

    // What decides item by item, and has nothing to show yet, ends with one of two roles.
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    let grant = Some(new_grant(Role::Auditor, "everything"));
    let request = pb::GrantRoleRequest { person_id: someone.id.clone(), grant, idempotency_key: String::new() };
    let grant_id = operator(&world).await.grant_role(request).await.unwrap().into_inner().grant.unwrap().id;
    let mut alarms = AlarmServiceClient::new(world.channel(Some(&someone.access)).await);
    let mut watched = alarms.watch_alarms(review::WatchAlarmsRequest::default()).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    let request = pb::RevokeGrantRequest { grant_id, reason: "done".to_owned() };
    operator(&world).await.revoke_grant(request).await.unwrap();
    assert_eq!(end_of(watched).await, Code::Unauthenticated);
}

#[tokio::test]
async fn an_address_to_play_from_ends_with_the_right_to_it() {
    let world = World::new().await;
    let site = world.site().await;
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    let request = review::OpenPlaybackRequest {
        stream_id: site.camera.evidence_stream_id.clone(),
        interval: between(0, 60),
        purpose: "a test".to_owned(),
    };
    let opened = someone.review(&world).await.open_playback(request).await.unwrap().into_inner();
    let before = crate::http::get(world.address, &opened.hls_path).await;
    let grant_id = who_am_i(&world, &someone.access).await.unwrap().person.unwrap().grants[0].id.clone();
    let request = pb::RevokeGrantRequest { grant_id, reason: "left".to_owned() };
    operator(&world).await.revoke_grant(request).await.unwrap();
    let after = crate::http::get(world.address, &opened.hls_path).await;
    assert_eq!(before.status, 200);
    assert_eq!((after.status, after.json()["code"].as_str()), (403, Some("permission_denied")));
}

#[tokio::test]
async fn a_role_ends_when_it_was_said_to_though_the_clock_is_set_back() {
    let world = World::new().await;
    let site = world.site().await;
    let (id, account, once) = made(&world, Role::ScoreClerk, &site.site.site_id).await;
    let grant = pb::NewGrant { until_us: Some(at(600).as_micros()), ..new_grant(Role::Inspector, &site.site.site_id) };
    let request = pb::GrantRoleRequest { person_id: id.clone(), grant: Some(grant), idempotency_key: String::new() };
    operator(&world).await.grant_role(request).await.unwrap();
    let login = log_in(&world, &account, &once).await.unwrap();
    let someone = Someone { id, account, access: login.access_token, refresh: login.refresh_token };
    let change = pb::ChangePasswordRequest { old_password: once, new_password: PASSWORD.to_owned() };
    someone.people(&world).await.change_password(change).await.unwrap();
    let segments =
        || review::ListSegmentsRequest { stream_id: site.camera.evidence_stream_id.clone(), interval: between(0, 60), limit: 0 };
    someone.review(&world).await.list_segments(segments()).await.unwrap();
    world.clock.step_wall(-3_600_000_000);
    world.clock.advance(Span::from_secs(601));
    assert_eq!(code(someone.review(&world).await.list_segments(segments()).await), Code::PermissionDenied);
}

#[tokio::test]
async fn nobody_gives_or_takes_what_is_not_their_own() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let local = logged_in(&world, Role::Administrator, &ours.site.site_id).await;
    let global = logged_in(&world, Role::Administrator, "everything").await;
    let mut people = local.people(&world).await;
    let request = |scope: &str, account: &str| pb::CreatePersonRequest {
        account: account.to_owned(),
        name: "李雷".to_owned(),
        grants: vec![new_grant(Role::Invigilator, scope)],
        idempotency_key: String::new(),
    };
    for scope in ["everything", "region/37", &theirs.site.site_id, &theirs.room.room_id, &ours.organization.organization_id] {
        assert_eq!(code(people.create_person(request(scope, "li")).await), Code::InvalidArgument, "{scope}");
    }
    let made = people.create_person(request(&ours.room.room_id, "li")).await.unwrap().into_inner().person.unwrap();
    assert_eq!(made.name, "李*", "names are masked");
    assert_eq!(code(people.create_person(request(&ours.room.room_id, "li")).await), Code::AlreadyExists);
    // The password of one who has more is not theirs to set.
    let reset = |id: &str| pb::ResetPasswordRequest { person_id: id.to_owned() };
    assert_eq!(code(people.reset_password(reset(&global.id)).await), Code::NotFound);
    assert_eq!(code(people.reset_password(reset("per_01JD00000000000000000000ZZ")).await), Code::NotFound);
    people.reset_password(reset(&made.id)).await.unwrap();
    // A role elsewhere takes them out of reach.
    let grant = pb::GrantRoleRequest {
        person_id: made.id.clone(),
        grant: Some(new_grant(Role::Inspector, &theirs.site.site_id)),
        idempotency_key: String::new(),
    };
    assert_eq!(code(people.grant_role(grant.clone()).await), Code::InvalidArgument);
    operator(&world).await.grant_role(grant).await.unwrap();
    assert_eq!(code(people.reset_password(reset(&made.id)).await), Code::NotFound);
    // And nobody changes their own rights.
    let own = pb::GrantRoleRequest {
        person_id: global.id.clone(),
        grant: Some(new_grant(Role::Auditor, "everything")),
        idempotency_key: String::new(),
    };
    assert_eq!(code(global.people(&world).await.grant_role(own).await), Code::PermissionDenied);
}

#[tokio::test]
async fn two_administrators_who_race_leave_one_truth() {
    let world = World::new().await;
    let (one, two) =
        (logged_in(&world, Role::Administrator, "everything").await, logged_in(&world, Role::Administrator, "everything").await);
    let (mut first, mut second) = (one.people(&world).await, two.people(&world).await);
    let suspend = |id: &str| pb::SetSuspendedRequest { person_id: id.to_owned(), suspended: true, reason: "race".to_owned() };
    let (a, b) = tokio::join!(first.set_suspended(suspend(&two.id)), second.set_suspended(suspend(&one.id)));
    // Both may have been admitted before the other's word was written; whoever is suspended is so for good.
    assert!(a.is_ok() || b.is_ok());
    let after = [who_am_i(&world, &one.access).await.is_err(), who_am_i(&world, &two.access).await.is_err()];
    assert_eq!(after, [b.is_ok(), a.is_ok()]);
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

#[tokio::test]
async fn ten_invigilators_have_passes_that_end_with_the_papers() {
    let world = World::new().await;
    let (site, elsewhere) = (world.site().await, world.site().await);
    let (session_id, other) = (session_of(&world, &site).await, session_of(&world, &elsewhere).await);
    let head = logged_in(&world, Role::SiteHead, &site.site.site_id).await;
    let mut people = head.people(&world).await;
    let new = |room_id: &str| pb::NewPass { name: "韩梅梅".to_owned(), role: 0, room_id: room_id.to_owned() };
    let request = |session_id: &str, room_id: &str| pb::IssuePassesRequest {
        session_id: session_id.to_owned(),
        passes: vec![new(&site.room.room_id), new(room_id)],
    };
    assert_eq!(code(people.issue_passes(request(&other, &site.room.room_id)).await), Code::NotFound);
    assert_eq!(code(people.issue_passes(request(&session_id, &elsewhere.room.room_id)).await), Code::InvalidArgument);
    let listed = pb::ListPassesRequest { session_id: session_id.clone() };
    assert_eq!(people.list_passes(listed.clone()).await.unwrap().into_inner().passes, [], "all or none");
    let request = pb::IssuePassesRequest { session_id: session_id.clone(), passes: vec![new(&site.room.room_id); 10] };
    let issued = people.issue_passes(request).await.unwrap().into_inner().passes;
    assert_eq!(issued.len(), 10);

    let enter = |pass: &pb::IssuedPass, pin: &str| pb::LogInWithPassRequest { badge: pass.badge.clone(), pin: pin.to_owned() };
    let mut door = anybody(&world).await;
    let wrong = if issued[0].pin == "000000" { "000001" } else { "000000" };
    assert_eq!(code(door.log_in_with_pass(enter(&issued[0], wrong)).await), Code::Unauthenticated);
    assert_eq!(code(door.log_in_with_pass(enter(&issued[0], &issued[1].pin)).await), Code::Unauthenticated);
    let mut let_in = Vec::new();
    for pass in &issued {
        let login = door.log_in_with_pass(enter(pass, &pass.pin)).await.unwrap().into_inner().login.unwrap();
        let_in.push(login.access_token);
    }
    let coverage = |access: &str, session_id: &str| {
        let (access, session_id) = (access.to_owned(), session_id.to_owned());
        let world = &world;
        async move {
            let mut review = ReviewServiceClient::new(world.channel(Some(&access)).await);
            review.get_coverage(review::GetCoverageRequest { session_id }).await
        }
    };
    coverage(&let_in[0], &session_id).await.unwrap();
    assert_eq!(code(coverage(&let_in[0], &other).await), Code::NotFound);

    // One is taken away; the others end when the papers are sealed.
    let pass_id = issued[0].pass.clone().unwrap().id;
    people.revoke_pass(pb::RevokePassRequest { pass_id, reason: "ill".to_owned() }).await.unwrap();
    assert_eq!(code(coverage(&let_in[0], &session_id).await), Code::Unauthenticated);
    assert_eq!(code(door.log_in_with_pass(enter(&issued[0], &issued[0].pin)).await), Code::Unauthenticated);
    coverage(&let_in[1], &session_id).await.unwrap();
    world.sessions().await.seal_session(session::SealSessionRequest { session_id: session_id.clone() }).await.unwrap();
    assert_eq!(code(coverage(&let_in[1], &session_id).await), Code::Unauthenticated);
    assert_eq!(code(door.log_in_with_pass(enter(&issued[1], &issued[1].pin)).await), Code::Unauthenticated);
    let passes = people.list_passes(listed).await.unwrap().into_inner().passes;
    assert_eq!(passes.iter().filter(|pass| pass.revoked_us.is_some()).count(), 1);
    assert!(passes.iter().all(|pass| pass.used_us == Some(NINE) && pass.name == "韩**"), "{passes:?}");
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

/// User story 10: as roving inspector I see the rooms of my city; those of other cities are invisible.
#[tokio::test]
async fn an_inspector_of_a_city_sees_its_sites_and_no_other() {
    let world = World::new().await;
    let (zaozhuang, jinan) = (world.site_in("370402").await, world.site_in("370102").await);
    let (here, there) = (session_of(&world, &zaozhuang).await, session_of(&world, &jinan).await);
    let inspector = logged_in(&world, Role::Inspector, "region/3704").await;
    let mut sessions = inspector.sessions(&world).await;
    let listed = sessions.list_sessions(session::ListSessionsRequest::default()).await.unwrap().into_inner().sessions;
    assert_eq!(listed.iter().map(|session| session.session_id.as_str()).collect::<Vec<_>>(), [here.as_str()]);
    let get = |session_id: &str| session::GetSessionRequest { session_id: session_id.to_owned() };
    sessions.get_session(get(&here)).await.unwrap();
    let hidden = sessions.get_session(get(&there)).await.unwrap_err();
    let absent = sessions.get_session(get("ses_01JD00000000000000000000ZZ")).await.unwrap_err();
    assert_eq!((hidden.code(), absent.code()), (Code::NotFound, Code::NotFound));
    assert_eq!(hidden.message().replace(&there, ""), absent.message().replace("ses_01JD00000000000000000000ZZ", ""));
    let mut review = inspector.review(&world).await;
    let play = |site: &Site| review::OpenPlaybackRequest {
        stream_id: site.camera.evidence_stream_id.clone(),
        interval: between(0, 60),
        purpose: "a test".to_owned(),
    };
    review.open_playback(play(&zaozhuang)).await.unwrap();
    assert_eq!(code(review.open_playback(play(&jinan)).await), Code::NotFound);
    assert_eq!(Timestamp::from_micros(NINE), at(0));
}
