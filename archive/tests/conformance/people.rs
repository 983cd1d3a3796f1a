//! People: accounts, roles, passes, logins; and where things stand.

use std::sync::Arc;

use liuhen_archive::records::{
    AccessKind, LoginTokens, Looked, NewAccess, NewGrant, NewPass, NewPerson, NewSite, Pass, Person, Renewed, Role, SecretHash,
    Thing,
};
use liuhen_archive::{Error, Records};
use liuhen_proto::Sha256;
use liuhen_proto::ids::{GrantId, PersonId, SiteId};
use liuhen_proto::scope::{Place, Scope};

use crate::world::{World, at, between};

fn hash(text: &str) -> SecretHash {
    SecretHash(format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${text}"))
}

fn grant(role: Role, scope: Scope) -> NewGrant {
    NewGrant { role, scope, from: at(0), until: None }
}

fn new_person(account: &str) -> NewPerson {
    NewPerson {
        account: account.to_owned(),
        name: "王芳".to_owned(),
        password: hash("first"),
        must_change: true,
        grants: vec![grant(Role::Inspector, Scope::Everything)],
    }
}

/// Digests of tokens that hold for a quarter of an hour and half a day.
fn tokens(name: &str, seconds: i64) -> LoginTokens {
    LoginTokens {
        access: Sha256::of(format!("access {name}").as_bytes()),
        access_until: at(seconds + 900),
        refresh: Sha256::of(format!("refresh {name}").as_bytes()),
        refresh_until: at(seconds + 43_200),
    }
}

async fn person(world: &World, account: &str) -> Person {
    world.records.create_person(&world.act(0), new_person(account)).await.unwrap().value
}

async fn pass(world: &World, badge: &str) -> Pass {
    let session = world.session(0, 600).await.id;
    let new = NewPass {
        name: "李雷".to_owned(),
        role: Role::Invigilator,
        room: world.viewpoint.room,
        badge: Sha256::of(badge.as_bytes()),
        pin: hash("pin"),
    };
    world.records.issue_passes(&world.act(0), session, at(900), vec![new]).await.unwrap().remove(0)
}

pub(crate) async fn an_account_is_made_once_and_changes_with_its_entries(world: &World) {
    let records = &*world.records;
    assert!(!records.has_people().await.unwrap());
    let first = records.set_up(&world.act(0), new_person("wang")).await.unwrap().value;
    assert!(records.has_people().await.unwrap());
    let again = records.set_up(&world.act(1), new_person("li")).await.unwrap_err();
    assert!(matches!(again, Error::AlreadyExists { .. }), "{again}");
    let taken = records.create_person(&world.act(1), new_person("wang")).await.unwrap_err();
    assert!(matches!(taken, Error::AlreadyExists { .. }), "{taken}");
    for refused in [
        NewPerson { account: "Wang Fang".to_owned(), ..new_person("x") },
        NewPerson { grants: Vec::new(), ..new_person("x") },
        NewPerson { grants: vec![NewGrant { until: Some(at(0)), ..grant(Role::Auditor, Scope::Everything) }], ..new_person("x") },
    ] {
        let error = records.create_person(&world.act(1), refused).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    let (found, password) = records.person_by_account("wang").await.unwrap().unwrap();
    assert_eq!((&found, password), (&first, hash("first")));
    assert_eq!(records.person(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(records.person_by_account("li").await.unwrap(), None);

    records.set_password(&world.act(2), first.id, hash("second"), false, None).await.unwrap();
    assert_eq!(records.password_of(first.id).await.unwrap(), Some(hash("second")));
    assert!(!records.person(first.id).await.unwrap().unwrap().must_change);
    let nobody = PersonId::mint(at(0), &world.random);
    let error = records.set_password(&world.act(2), nobody, hash("x"), false, None).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");

    let reason = || "left".to_owned();
    assert!(records.set_suspended(&world.act(3), first.id, false, reason()).await.is_err(), "never suspended");
    let suspended = records.set_suspended(&world.act(3), first.id, true, reason()).await.unwrap();
    assert!(suspended.value.suspended && !suspended.repeated);
    let again = records.set_suspended(&world.act(4), first.id, true, reason()).await.unwrap();
    assert_eq!((again.repeated, again.receipt.leaf_index), (true, suspended.receipt.leaf_index));
    assert!(!records.set_suspended(&world.act(5), first.id, false, reason()).await.unwrap().value.suspended);

    let given =
        records.grant_role(&world.act(6), first.id, grant(Role::Auditor, Scope::Site(world.site.id))).await.unwrap().value;
    assert_eq!(records.grant(given.id).await.unwrap(), Some((first.id, given)));
    let taken = records.revoke_grant(&world.act(7), given.id, reason()).await.unwrap().value;
    assert_eq!(taken.revoked, Some(at(7)));
    assert!(records.revoke_grant(&world.act(8), given.id, reason()).await.unwrap().repeated);
    let roles: Vec<_> = records.person(first.id).await.unwrap().unwrap().grants.iter().map(|grant| grant.role).collect();
    assert_eq!(roles, [Role::Inspector, Role::Auditor]);
    let error = records.revoke_grant(&world.act(8), GrantId::mint(at(0), &world.random), reason()).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");
    world.log_is_whole().await;
}

pub(crate) async fn people_are_listed_in_pages(world: &World) {
    for account in ["a", "b", "c"] {
        person(world, account).await;
    }
    let first = world.records.people("", 2).await.unwrap();
    let rest = world.records.people(&first[1].id.to_string(), 2).await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert!(first[0].id < first[1].id && first[1].id < rest[0].id);
}

pub(crate) async fn a_login_is_renewed_once_for_each_token_and_ends(world: &World) {
    let records = &*world.records;
    let person = person(world, "wang").await;
    let login = records.open_login(&world.act(1), person.id, None, tokens("1", 1)).await.unwrap();
    assert_eq!(records.login_by_access(tokens("1", 1).access).await.unwrap(), Some(login.clone()));
    assert_eq!(records.login(login.id).await.unwrap(), Some(login.clone()));
    let renew = async |shown: &str, new: &str, seconds: i64| {
        records.renew_login(&world.act(seconds), tokens(shown, 0).refresh, tokens(new, seconds)).await.unwrap()
    };
    assert_eq!(renew("rubbish", "9", 2).await, Renewed::No);
    let Renewed::Yes(renewed) = renew("1", "2", 2).await else { panic!("it is renewed") };
    assert_eq!((renewed.id, renewed.tokens), (login.id, tokens("2", 2)));
    assert_eq!(records.login_by_access(tokens("1", 1).access).await.unwrap(), None);
    assert_eq!(renew("1", "3", 3).await, Renewed::Replayed(login.id, person.id));
    assert_eq!(records.login(login.id).await.unwrap().unwrap().ended, Some(at(3)));
    assert_eq!(renew("2", "4", 4).await, Renewed::No, "it was ended");

    let late = records.open_login(&world.act(5), person.id, None, tokens("5", 5)).await.unwrap();
    assert_eq!(renew("5", "6", 5 + 43_200).await, Renewed::No, "its time is over");
    let kept = records.open_login(&world.act(6), person.id, None, tokens("6", 6)).await.unwrap();
    records.set_password(&world.act(7), person.id, hash("second"), false, Some(kept.id)).await.unwrap();
    assert!(records.login(late.id).await.unwrap().unwrap().ended.is_some());
    assert_eq!(records.login(kept.id).await.unwrap().unwrap().ended, None);
    records.end_login(&world.act(8), kept.id).await.unwrap();
    records.end_login(&world.act(9), kept.id).await.unwrap();
    assert_eq!(records.login(kept.id).await.unwrap().unwrap().ended, Some(at(8)));
    world.log_is_whole().await;
}

/// Of several who show the same refresh token at once, one is renewed; whoever comes after it ends the login.
pub(crate) async fn a_refresh_token_is_taken_by_one_of_many(world: &World, other: Arc<dyn Records>) {
    let person = person(world, "wang").await;
    world.records.open_login(&world.act(1), person.id, None, tokens("1", 1)).await.unwrap();
    let shown = (0..6).map(async |n| {
        let records = if n % 2 == 0 { &world.records } else { &other };
        records.renew_login(&world.act(2), tokens("1", 1).refresh, tokens(&format!("new {n}"), 2)).await.unwrap()
    });
    let answers = futures_util::future::join_all(shown).await;
    let renewed = answers.iter().filter(|answer| matches!(answer, Renewed::Yes(_))).count();
    assert_eq!(renewed, 1, "{answers:?}");
}

pub(crate) async fn passes_are_made_all_or_none_and_end(world: &World) {
    let records = &*world.records;
    let session = world.session(0, 600).await;
    let new = |room, badge: &str| NewPass {
        name: "李雷".to_owned(),
        role: Role::Invigilator,
        room,
        badge: Sha256::of(badge.as_bytes()),
        pin: hash("pin"),
    };
    let room = world.viewpoint.room;
    let act = world.act(1);
    let elsewhere = liuhen_proto::ids::RoomId::mint(at(0), &world.random);
    let error = records.issue_passes(&act, session.id, at(900), vec![new(room, "a"), new(elsewhere, "b")]).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");
    let supervisor = NewPass { role: Role::SupervisorExternal, ..new(room, "c") };
    assert!(records.issue_passes(&act, session.id, at(900), vec![supervisor]).await.is_err(), "who sees footage has an account");
    assert_eq!(records.passes_of(session.id).await.unwrap(), []);
    let passes = records.issue_passes(&act, session.id, at(900), vec![new(room, "a"), new(room, "b")]).await.unwrap();
    let mut listed = records.passes_of(session.id).await.unwrap();
    listed.sort_by_key(|pass| pass.id != passes[0].id);
    assert_eq!(listed, passes);
    let (found, pin, sealed) = records.pass_by_badge(Sha256::of(b"b")).await.unwrap().unwrap();
    assert_eq!((&found, pin, sealed), (&passes[1], hash("pin"), None));

    let login = records.open_login(&world.act(2), passes[0].person, Some(passes[0].id), tokens("p", 2)).await.unwrap();
    let used = login.pass.clone().unwrap();
    assert_eq!((used.used, login.pass_sealed, used.room), (Some(at(2)), None, room));
    let revoked = records.revoke_pass(&world.act(3), passes[0].id, "ill".to_owned()).await.unwrap();
    assert_eq!(revoked.value.revoked, Some(at(3)));
    assert!(records.revoke_pass(&world.act(4), passes[0].id, "ill".to_owned()).await.unwrap().repeated);
    assert!(records.login(login.id).await.unwrap().unwrap().ended.is_some());
    // Who has passes only has no account to give roles to.
    let error = records.grant_role(&world.act(4), passes[1].person, grant(Role::Auditor, Scope::Everything)).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");

    records.seal_session(&world.act(5), session.id).await.unwrap();
    let (_, _, sealed) = records.pass_by_badge(Sha256::of(b"b")).await.unwrap().unwrap();
    assert_eq!(sealed, Some(at(5)));
    assert!(records.issue_passes(&act, session.id, at(900), vec![new(room, "d")]).await.is_err(), "the papers are sealed");
    world.log_is_whole().await;
}

pub(crate) async fn everything_stands_somewhere(world: &World) {
    let region = "370402".parse().unwrap();
    let name = "第二考点".to_owned();
    let new = NewSite { organization: world.site.organization, name, region: Some(region) };
    let second = world.records.create_site(&world.act(1), new).await.unwrap().value;
    let place = async |thing| world.records.place_of(thing).await.unwrap();
    let organization = Place { organization: Some(world.site.organization), ..Place::default() };
    let site = Place { site: Some(world.site.id), ..organization };
    let room = Place { room: Some(world.viewpoint.room), ..site };
    let session = world.session(0, 600).await.id;
    let alarm = liuhen_archive::records::AlarmChange::Open(crate::alarms::silent(world));
    let alarm = world.records.change_alarms(&world.act(2), vec![alarm]).await.unwrap().remove(0).id;
    let still = world.records.add_still(crate::judged::still(world, 10)).await.unwrap().still;
    let key = crate::file::register(world).await;
    let import = world.records.take_import(&world.act(3), crate::file::file(world, &key, 600, 2)).await.unwrap().value.id;
    assert_eq!(place(Thing::Archive).await, Some(Place::default()));
    assert_eq!(place(Thing::Organization(world.site.organization)).await, Some(organization));
    assert_eq!(place(Thing::Site(world.site.id)).await, Some(site));
    assert_eq!(place(Thing::Site(second.id)).await, Some(Place { site: Some(second.id), region: Some(region), ..organization }));
    assert_eq!(place(Thing::Recorder(world.recorder.id)).await, Some(site));
    assert_eq!(place(Thing::Alarm(alarm)).await, Some(site));
    assert_eq!(place(Thing::Session(session)).await, Some(Place { session: Some(session), ..site }));
    for thing in [
        Thing::Room(world.viewpoint.room),
        Thing::Viewpoint(world.viewpoint.id),
        Thing::Stream(world.camera.evidence),
        Thing::Still(still),
        Thing::Import(import),
    ] {
        assert_eq!(place(thing).await, Some(room), "{thing:?}");
    }
    assert_eq!(place(Thing::Site(SiteId::mint(at(0), &world.random))).await, None);
}

/// A look at a stream stands in the chain of each session that it touches, else in the stream's; one at a session in its own.
pub(crate) async fn looks_are_noted_in_the_chains_that_they_touch(world: &World) {
    let records = &*world.records;
    let (first, second) = (world.session(0, 600).await.id, world.session(300, 900).await.id);
    let stream = world.camera.evidence;
    let look = |start, end| NewAccess {
        kind: AccessKind::Clip,
        at: Looked::At(stream, between(start, end)),
        purpose: "复核".to_owned(),
    };
    let both = records.note_access(&world.act(1), look(400, 500)).await.unwrap().value;
    let one = records.note_access(&world.act(2), look(0, 300)).await.unwrap().value;
    let none = records.note_access(&world.act(3), look(1_000, 1_001)).await.unwrap().value;
    let whole = NewAccess { kind: AccessKind::Accesses, at: Looked::Session(second), purpose: "倒查".to_owned() };
    let whole = records.note_access(&world.act(4), whole).await.unwrap().value;
    assert_eq!(one.subjects, [first.to_string()]);
    assert_eq!((both.subjects.len(), none.subjects.clone()), (2, vec![stream.to_string()]));
    assert_eq!(records.accesses_of_session(first, 10).await.unwrap(), [one.clone(), both.clone()]);
    assert_eq!(records.accesses_of_session(second, 10).await.unwrap(), [whole.clone(), both.clone()]);
    assert_eq!(records.accesses_of_session(second, 1).await.unwrap(), [whole]);
    assert_eq!(records.accesses_of(stream, between(0, 450), 10).await.unwrap(), [one, both]);
    assert_eq!(records.accesses_of(stream, between(1_000, 2_000), 10).await.unwrap(), [none]);
    for refused in [NewAccess { purpose: " ".to_owned(), ..look(0, 1) }, NewAccess { purpose: "x".repeat(201), ..look(0, 1) }] {
        assert!(matches!(records.note_access(&world.act(5), refused).await, Err(Error::Invalid { field: "purpose", .. })));
    }
    let nowhere = NewAccess { at: Looked::Session(world.unknown_session()), ..look(0, 1) };
    assert!(matches!(records.note_access(&world.act(5), nowhere).await, Err(Error::NotFound(_))));
    world.log_is_whole().await;
}

/// Everything about people that has an entry, for `fsck`.
pub(crate) async fn all_kinds(world: &World) {
    let records = &*world.records;
    let at_stream = Looked::At(world.camera.evidence, between(0, 10));
    for at in [at_stream, Looked::Session(world.session(0, 600).await.id)] {
        let look = NewAccess { kind: AccessKind::Stills, at, purpose: "复核".to_owned() };
        records.note_access(&world.act(1), look).await.unwrap();
    }
    let person = person(world, "wang").await;
    records.set_password(&world.act(2), person.id, hash("second"), false, None).await.unwrap();
    for suspended in [true, false] {
        records.set_suspended(&world.act(3), person.id, suspended, "left".to_owned()).await.unwrap();
    }
    let until = NewGrant { until: Some(at(9)), ..grant(Role::Auditor, Scope::Site(world.site.id)) };
    let given = records.grant_role(&world.act(4), person.id, until).await.unwrap().value;
    records.revoke_grant(&world.act(5), given.id, "done".to_owned()).await.unwrap();
    records.open_login(&world.act(6), person.id, None, tokens("w", 6)).await.unwrap();
    let pass = pass(world, "w").await;
    records.open_login(&world.act(7), pass.person, Some(pass.id), tokens("p", 7)).await.unwrap();
    records.revoke_pass(&world.act(8), pass.id, "ill".to_owned()).await.unwrap();
}
