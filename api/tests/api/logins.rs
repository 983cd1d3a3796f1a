//! Logins of others: listed and ended by those who look after them.

use liuhen_archive::records::Role;
use liuhen_proto::Span;
use liuhen_proto::ids::LoginId;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::review::v1 as review;
use tonic::{Code, Status};

use crate::people::{anybody, end_of, log_in, logged_in, operator, session_of, who_am_i};
use crate::world::{World, at};

fn of(person_id: &str) -> pb::ListLoginsRequest {
    pb::ListLoginsRequest { person_id: person_id.to_owned(), limit: 0 }
}

fn revoke(person_id: &str, login_id: &str) -> pb::RevokeLoginsRequest {
    pb::RevokeLoginsRequest { person_id: person_id.to_owned(), login_id: login_id.to_owned(), reason: "lost".to_owned() }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn what_is_alive_is_listed_and_ends_at_once() {
    let world = World::new().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    world.clock.advance(Span::from_secs(10));
    let refresh = pb::RefreshRequest { refresh_token: someone.refresh.clone() };
    let first = anybody(&world).await.refresh(refresh).await.unwrap().into_inner().login.unwrap();
    world.clock.advance(Span::from_secs(10));
    let second = log_in(&world, &someone.account, "correct horse battery").await.unwrap();
    let mut people = operator(&world).await;
    let listed = people.list_logins(of(&someone.id)).await.unwrap().into_inner();
    let told: Vec<_> = listed.logins.iter().map(|login| (login.opened_us, login.renewed_us)).collect();
    assert_eq!(told, [(at(20).as_micros(), None), (at(0).as_micros(), Some(at(10).as_micros()))], "{listed:?}");
    assert!(!listed.truncated && !format!("{listed:?}").contains(&second.access_token));

    // One ends, with what goes on by it; the other lives.
    let mut reading = review::review_service_client::ReviewServiceClient::new(world.channel(Some(&first.access_token)).await);
    let mut watched = reading.watch_coverage(review::WatchCoverageRequest { session_id }).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    let one = listed.logins[1].id.clone();
    let ended = people.revoke_logins(revoke(&someone.id, &one)).await.unwrap().into_inner();
    assert_eq!((ended.login_ids, ended.receipt.is_some()), (vec![one.clone()], true));
    assert_eq!(end_of(watched).await, Code::Unauthenticated);
    assert_eq!(code(who_am_i(&world, &first.access_token).await), Code::Unauthenticated);
    let refresh = pb::RefreshRequest { refresh_token: first.refresh_token };
    assert_eq!(code(anybody(&world).await.refresh(refresh).await), Code::Unauthenticated);
    assert!(who_am_i(&world, &second.access_token).await.is_ok());
    let again = people.revoke_logins(revoke(&someone.id, &one)).await.unwrap().into_inner();
    assert_eq!((again.login_ids.len(), again.receipt), (0, None));
    let all = people.revoke_logins(revoke(&someone.id, "")).await.unwrap().into_inner();
    assert_eq!(all.login_ids, [listed.logins[0].id.as_str()]);
    assert_eq!(code(who_am_i(&world, &second.access_token).await), Code::Unauthenticated);
    assert_eq!(people.list_logins(of(&someone.id)).await.unwrap().into_inner().logins, []);
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

#[tokio::test]
async fn only_those_who_look_after_somebody_see_and_end_their_logins() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let manager = logged_in(&world, Role::Administrator, &ours.site.site_id).await;
    let (own, foreign) = (
        logged_in(&world, Role::Inspector, &ours.site.site_id).await,
        logged_in(&world, Role::Inspector, &theirs.site.site_id).await,
    );
    let mut people = manager.people(&world).await;
    assert_eq!(people.list_logins(of(&own.id)).await.unwrap().into_inner().logins.len(), 1);
    assert_eq!(code(people.list_logins(of(&foreign.id)).await), Code::NotFound);
    assert_eq!(code(people.revoke_logins(revoke(&foreign.id, "")).await), Code::NotFound);
    // Nor by the name of a login, under a person of one's own.
    let hidden = operator(&world).await.list_logins(of(&foreign.id)).await.unwrap().into_inner().logins[0].id.clone();
    let none = LoginId::mint(at(0), &*world.archive.random).to_string();
    for id in [&hidden, &none] {
        let refused = people.revoke_logins(revoke(&own.id, id)).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::NotFound, format!("{id} does not exist").as_str()));
    }
    assert!(who_am_i(&world, &foreign.access).await.is_ok());
    let blank = pb::RevokeLoginsRequest { reason: String::new(), ..revoke(&own.id, "") };
    assert_eq!(code(people.revoke_logins(blank).await), Code::InvalidArgument);
}
