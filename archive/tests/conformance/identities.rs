//! Identities at an outside provider: whose they are, and what ends with that.

use std::sync::Arc;

use liuhen_archive::records::{Identity, LoginTokens, NewGrant, NewIdentity, NewPerson, Person, Role, SecretHash, ShownToken};
use liuhen_archive::{Error, Records};
use liuhen_proto::Sha256;
use liuhen_proto::custody::Envelope;
use liuhen_proto::ids::{IdentityId, PersonId};
use liuhen_proto::scope::Scope;

use crate::world::{World, at};

const ISSUER: &str = "https://login.example.cn";

async fn person(world: &World, account: &str) -> Person {
    let new = NewPerson {
        account: account.to_owned(),
        name: "王芳".to_owned(),
        password: SecretHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$x".to_owned()),
        must_change: true,
        grants: vec![NewGrant { role: Role::Inspector, scope: Scope::Everything, from: at(0), until: None }],
    };
    world.records.create_person(&world.act(0), new).await.unwrap().value
}

fn known_as(person: &Person, subject: &str) -> NewIdentity {
    NewIdentity { person: person.id, issuer: ISSUER.to_owned(), subject: subject.to_owned() }
}

async fn linked(world: &World, person: &Person, subject: &str) -> Identity {
    world.records.link_identity(&world.act(1), known_as(person, subject)).await.unwrap().value
}

fn shown(token: &str) -> ShownToken {
    ShownToken { sha256: Sha256::of(token.as_bytes()), until: at(300) }
}

fn tokens(name: &str) -> LoginTokens {
    LoginTokens {
        access: Sha256::of(format!("access {name}").as_bytes()),
        access_until: at(900),
        refresh: Sha256::of(format!("refresh {name}").as_bytes()),
        refresh_until: at(43_200),
    }
}

pub(crate) async fn an_identity_is_one_persons_at_a_time(world: &World) {
    let records = &*world.records;
    let (wang, li) = (person(world, "wang").await, person(world, "li").await);
    let identity = linked(world, &wang, "370402-0017").await;
    let again = records.link_identity(&world.act(2), known_as(&wang, "370402-0017")).await.unwrap();
    assert_eq!((again.repeated, &again.value), (true, &identity));
    let taken = records.link_identity(&world.act(2), known_as(&li, "370402-0017")).await.unwrap_err();
    assert!(matches!(taken, Error::AlreadyExists { .. }) && !taken.to_string().contains("0017"), "{taken}");
    let found = records.person_by_identity(ISSUER, "370402-0017").await.unwrap();
    assert_eq!(found, Some((identity.clone(), wang.clone())));
    for (issuer, subject) in [(ISSUER, "370402-0018"), ("https://login.example.com", "370402-0017"), (ISSUER, "")] {
        assert_eq!(records.person_by_identity(issuer, subject).await.unwrap(), None);
    }

    let unlinked = records.unlink_identity(&world.act(3), identity.id, "left".to_owned()).await.unwrap();
    assert_eq!((unlinked.value.unlinked, unlinked.repeated), (Some(at(3)), false));
    assert!(records.unlink_identity(&world.act(4), identity.id, "left".to_owned()).await.unwrap().repeated);
    assert_eq!(records.identity(identity.id).await.unwrap(), Some(unlinked.value.clone()));
    assert_eq!(records.person_by_identity(ISSUER, "370402-0017").await.unwrap(), None);
    let then = linked(world, &li, "370402-0017").await;
    assert_eq!(records.identities_of(wang.id).await.unwrap(), [unlinked.value]);
    assert_eq!(records.identities_of(li.id).await.unwrap(), [then]);

    for (issuer, subject) in [("", "x"), (ISSUER, ""), (ISSUER, "a b"), (ISSUER, "工号"), (ISSUER, &"x".repeat(256))] {
        let new = NewIdentity { person: wang.id, issuer: issuer.to_owned(), subject: subject.to_owned() };
        assert!(matches!(records.link_identity(&world.act(5), new).await, Err(Error::Invalid { .. })), "{subject}");
    }
    let nobody = NewIdentity { person: PersonId::mint(at(0), &world.random), ..known_as(&wang, "x") };
    assert!(matches!(records.link_identity(&world.act(5), nobody).await, Err(Error::NotFound(_))));
    let none = records.unlink_identity(&world.act(5), IdentityId::mint(at(0), &world.random), "left".to_owned()).await;
    assert!(matches!(none, Err(Error::NotFound(_))));
    world.log_is_whole().await;
}

pub(crate) async fn a_login_by_an_identity_ends_with_it(world: &World) {
    let records = &*world.records;
    let wang = person(world, "wang").await;
    let (identity, other) = (linked(world, &wang, "one").await, linked(world, &wang, "other").await);
    let open = async |identity: &Identity, token: &str| {
        records.open_login_by_identity(&world.act(10), identity.id, shown(token), tokens(token)).await.unwrap()
    };
    let login = open(&identity, "a").await.unwrap();
    assert_eq!((login.identity, login.identity_unlinked, login.person.id), (Some(identity.id), None, wang.id));
    assert_eq!(records.login_by_access(tokens("a").access).await.unwrap(), Some(login.clone()));
    assert_eq!(open(&identity, "a").await, None, "a token lets in once");
    assert_eq!(open(&other, "a").await, None, "whoever shows it");
    let by_other = open(&other, "b").await.unwrap();
    let by_password = records.open_login(&world.act(11), wang.id, None, tokens("c")).await.unwrap();
    assert_eq!(by_password.identity, None);

    records.unlink_identity(&world.act(20), identity.id, "left".to_owned()).await.unwrap();
    let ended = records.login(login.id).await.unwrap().unwrap();
    assert_eq!((ended.ended, ended.identity_unlinked), (Some(at(20)), Some(at(20))));
    for goes_on in [by_other.id, by_password.id] {
        assert_eq!(records.login(goes_on).await.unwrap().unwrap().ended, None);
    }
    assert_eq!(open(&identity, "d").await, None, "it is nobody's any more");
    // Which leaves the token as it was, and nothing of a login.
    assert!(open(&other, "d").await.is_some());
    world.log_is_whole().await;
}

/// Of several servers to which a token is shown at once, one lets in; an identity that two link at once is one person's.
pub(crate) async fn a_token_lets_in_once_and_a_link_is_made_once(world: &World, second: Arc<dyn Records>) {
    let (wang, li) = (person(world, "wang").await, person(world, "li").await);
    let identity = linked(world, &wang, "one").await;
    let both = |n: usize| if n.is_multiple_of(2) { &world.records } else { &second };
    let opened = futures_util::future::join_all((0..6).map(async |n| {
        let tokens = tokens(&format!("new {n}"));
        both(n).open_login_by_identity(&world.act(2), identity.id, shown("the same"), tokens).await.unwrap()
    }));
    assert_eq!(opened.await.iter().flatten().count(), 1);
    let made = futures_util::future::join_all((0..6).map(async |n| {
        let person = if n < 3 { &wang } else { &li };
        both(n).link_identity(&world.act(3), known_as(person, "two")).await
    }));
    let made = made.await;
    assert_eq!(made.iter().flatten().filter(|written| !written.repeated).count(), 1, "{made:?}");
    let mut whose: Vec<_> = made.iter().flatten().map(|written| written.value.what.person).collect();
    whose.dedup();
    assert_eq!((whose.len(), made.iter().filter(|one| one.is_ok()).count()), (1, 3), "{made:?}");
    world.log_is_whole().await;
}

/// Everything about identities that has an entry, for `fsck`. Who somebody is elsewhere stands in no envelope.
pub(crate) async fn all_kinds(world: &World) {
    let person = person(world, "vouched-for").await;
    let identity = linked(world, &person, "370402-0099").await;
    let (act, shown) = (world.act(2), shown("vouched"));
    world.records.open_login_by_identity(&act, identity.id, shown, tokens("vouched")).await.unwrap().unwrap();
    world.records.unlink_identity(&world.act(3), identity.id, "left".to_owned()).await.unwrap();
    for entry in world.records.entries(0, Some(&person.id.to_string()), 100).await.unwrap() {
        Envelope::from_bytes(&entry.envelope).unwrap();
        let text = String::from_utf8(entry.envelope).unwrap();
        assert!(!text.contains("0099") && !text.contains("example.cn"), "{text}");
    }
}
