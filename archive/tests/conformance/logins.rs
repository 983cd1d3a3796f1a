//! Logins that are alive, and those that somebody else ends.

use liuhen_archive::Error;
use liuhen_archive::records::{Login, LoginTokens, NewGrant, NewPerson, Person, Role, SecretHash};
use liuhen_proto::Sha256;
use liuhen_proto::ids::LoginId;
use liuhen_proto::scope::Scope;

use crate::world::{World, at};

async fn person(world: &World, account: &str) -> Person {
    let new = NewPerson {
        account: account.to_owned(),
        name: "王芳".to_owned(),
        password: SecretHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$x".to_owned()),
        must_change: false,
        grants: vec![NewGrant { role: Role::Inspector, scope: Scope::Everything, from: at(0), until: None }],
    };
    world.records.create_person(&world.act(0), new).await.unwrap().value
}

fn tokens(name: &str, seconds: i64) -> LoginTokens {
    LoginTokens {
        access: Sha256::of(format!("access of {name}").as_bytes()),
        access_until: at(seconds + 900),
        refresh: Sha256::of(format!("refresh of {name}").as_bytes()),
        refresh_until: at(seconds + 43_200),
    }
}

async fn opened(world: &World, person: &Person, name: &str, seconds: i64) -> Login {
    world.records.open_login(&world.act(seconds), person.id, None, tokens(name, seconds)).await.unwrap()
}

pub(crate) async fn those_that_are_alive_are_listed_and_can_be_ended(world: &World) {
    let records = &*world.records;
    let (wang, li) = (person(world, "wang").await, person(world, "li").await);
    let (one, two, over) = (
        opened(world, &wang, "one", 50_000).await,
        opened(world, &wang, "two", 50_001).await,
        opened(world, &wang, "over", 0).await,
    );
    let others = opened(world, &li, "others", 50_000).await;
    records.renew_login(&world.act(50_100), tokens("one", 0).refresh, tokens("one again", 50_100)).await.unwrap();
    let alive = async |seconds: i64| records.logins_of(wang.id, at(seconds), 10).await.unwrap();
    let listed = alive(50_200).await;
    assert_eq!(listed.iter().map(|login| login.id).collect::<Vec<_>>(), [two.id, one.id], "not the one that is over");
    assert_eq!(listed.iter().map(|login| login.renewed).collect::<Vec<_>>(), [None, Some(at(50_100))]);
    assert_eq!(records.logins_of(wang.id, at(50_200), 1).await.unwrap().len(), 1);

    let revoke = async |seconds, only| records.revoke_logins(&world.act(seconds), wang.id, only, "lost".to_owned()).await;
    let (ended, receipt) = revoke(50_300, Some(one.id)).await.unwrap();
    assert_eq!((ended, receipt.is_some()), (vec![one.id], true));
    let kept = records.login(one.id).await.unwrap().unwrap();
    assert_eq!((kept.ended, kept.revoked), (Some(at(50_300)), Some(at(50_300))));
    assert_eq!(revoke(50_301, Some(one.id)).await.unwrap(), (vec![], None), "it has ended already");
    for not_theirs in [others.id, LoginId::mint(at(0), &world.random)] {
        assert!(matches!(revoke(50_302, Some(not_theirs)).await, Err(Error::NotFound(_))));
    }
    assert_eq!(revoke(50_303, None).await.unwrap().0, [two.id]);
    assert_eq!(alive(50_304).await, []);
    assert_eq!(records.login(others.id).await.unwrap().unwrap().ended, None);
    assert_eq!(records.login(over.id).await.unwrap().unwrap().revoked, None);
    let blank = records.revoke_logins(&world.act(50_305), wang.id, None, " ".to_owned()).await;
    assert!(matches!(blank, Err(Error::Invalid { field: "reason", .. })));
    world.log_is_whole().await;
}

/// What has an entry about them, for `fsck`.
pub(crate) async fn all_kinds(world: &World) {
    let person = person(world, "logged-in").await;
    for (name, seconds) in [("a", 1), ("b", 2)] {
        opened(world, &person, name, seconds).await;
    }
    let (ended, _) = world.records.revoke_logins(&world.act(3), person.id, None, "lost".to_owned()).await.unwrap();
    assert_eq!(ended.len(), 2);
}
