//! Neighbouring systems: invited once, permitted, enrolled, revoked.

use std::collections::BTreeSet;
use std::sync::Arc;

use liuhen_archive::records::{Neighbour, NewCertificate, NewNeighbour, Permits};
use liuhen_archive::{Error, Records};
use liuhen_process::fact::FactKind;
use liuhen_proto::Sha256;
use liuhen_proto::ids::NeighbourId;
use liuhen_proto::scope::Scope;

use crate::world::{World, at};

fn certificate(key: &str, serial: u8, until: i64) -> NewCertificate {
    NewCertificate { key: Sha256::of(key.as_bytes()), serial: format!("{serial:02x}").repeat(20), until: at(until) }
}

fn secret(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

fn permits(pushes: &[FactKind], reads: bool) -> Permits {
    Permits { pushes: BTreeSet::from_iter(pushes.iter().copied()), reads }
}

fn new(world: &World, system: &str) -> NewNeighbour {
    let permits = permits(&[FactKind::OutsideEventTold, FactKind::Entered], false);
    NewNeighbour { system: system.to_owned(), name: "省平台".to_owned(), scope: Scope::Site(world.site.id), permits }
}

async fn invited(world: &World, system: &str) -> Neighbour {
    let token = secret(&format!("token of {system}"));
    world.records.invite_neighbour(&world.act(0), new(world, system), token).await.unwrap().value
}

pub(crate) async fn a_neighbour_is_invited_once_and_permitted(world: &World) {
    let records = &*world.records;
    let platform = invited(world, "platform").await;
    assert_eq!((&platform.what, platform.version), (&new(world, "platform"), 1));
    assert_eq!(records.neighbour(platform.id).await.unwrap(), Some(platform.clone()));
    let taken = records.invite_neighbour(&world.act(1), new(world, "platform"), secret("other")).await;
    assert!(matches!(taken, Err(Error::AlreadyExists { .. })), "{taken:?}");
    for wrong in ["", "Platform", "省平台", "a b", &"x".repeat(61)] {
        let refused = records.invite_neighbour(&world.act(1), new(world, wrong), secret("other")).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "system", .. })), "{wrong}");
    }

    let more = permits(&[FactKind::SeatsAssigned], true);
    let written = records.permit_neighbour(&world.act(2), platform.id, more.clone(), "they plan as well".to_owned()).await;
    let written = written.unwrap();
    assert_eq!((&written.value.what.permits, written.value.version, written.repeated), (&more, 2, false));
    let again = records.permit_neighbour(&world.act(3), platform.id, more, "again".to_owned()).await.unwrap();
    assert_eq!((again.value.version, again.repeated, again.receipt.leaf_index), (2, true, written.receipt.leaf_index));
    let nothing = records.permit_neighbour(&world.act(4), platform.id, Permits::default(), "no more".to_owned()).await;
    assert_eq!(nothing.unwrap().value.what.permits, Permits::default());

    let second = invited(world, "scoring").await;
    let listed: BTreeSet<_> = records.neighbours().await.unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(listed, BTreeSet::from([platform.id, second.id]));
    let nobody = NeighbourId::mint(at(0), &world.random);
    let unknown = records.permit_neighbour(&world.act(5), nobody, Permits::default(), "x".to_owned()).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))));
    world.log_is_whole().await;
}

pub(crate) async fn a_neighbour_enrols_once_for_each_token_and_is_revoked(world: &World) {
    let (records, act) = (&*world.records, |seconds| world.act(seconds));
    let platform = invited(world, "platform").await;
    let token = secret("token of platform");
    assert_eq!(records.enrol_neighbour(&act(1), secret("no such"), certificate("a", 1, 100)).await.unwrap(), None);
    let first = records.enrol_neighbour(&act(1), token, certificate("a", 1, 100)).await.unwrap().unwrap();
    assert_eq!((first.neighbour, first.version, first.until, first.revoked), (platform.id, 1, at(100), None));
    // The answer was lost, and it asks again; another key has come too late.
    assert_eq!(records.enrol_neighbour(&act(2), token, certificate("a", 2, 110)).await.unwrap().unwrap().version, 2);
    assert_eq!(records.enrol_neighbour(&act(2), token, certificate("b", 3, 110)).await.unwrap(), None);
    let renewed = records.renew_neighbour(&act(90), certificate("a", 4, 200)).await.unwrap().unwrap();
    assert_eq!((renewed.version, renewed.until), (3, at(200)));
    assert_eq!(records.renew_neighbour(&act(90), certificate("b", 5, 200)).await.unwrap(), None);
    assert_eq!(records.neighbour_by_key(secret("a")).await.unwrap(), Some((platform.clone(), renewed)));

    // One key is one machine's: neither a recorder becomes a neighbour, nor a neighbour a recorder.
    assert_eq!(records.enrol(&act(90), crate::world::token(), certificate("a", 6, 200)).await.unwrap(), None);
    records.enrol(&act(90), crate::world::token(), certificate("recorder", 6, 200)).await.unwrap().unwrap();
    invited(world, "second").await;
    let key = certificate("recorder", 7, 200);
    assert_eq!(records.enrol_neighbour(&act(90), secret("token of second"), key).await.unwrap(), None);

    records.replace_neighbour(&act(91), platform.id, Some(secret("next")), "stolen".to_owned()).await.unwrap();
    assert_eq!(records.neighbour_by_key(secret("a")).await.unwrap().unwrap().1.revoked, Some(at(91)));
    assert_eq!(records.renew_neighbour(&act(92), certificate("a", 8, 300)).await.unwrap(), None);
    for (with, key) in [(token, "c"), (secret("next"), "a")] {
        assert_eq!(records.enrol_neighbour(&act(92), with, certificate(key, 8, 300)).await.unwrap(), None);
    }
    records.enrol_neighbour(&act(93), secret("next"), certificate("b", 9, 300)).await.unwrap().unwrap();
    records.replace_neighbour(&act(94), platform.id, None, "gone".to_owned()).await.unwrap();
    assert!(records.neighbour_keys(platform.id).await.unwrap().iter().all(|key| key.revoked.is_some()));
    assert_eq!(records.enrol_neighbour(&act(95), secret("next"), certificate("d", 10, 300)).await.unwrap(), None);
    world.log_is_whole().await;
}

/// Of many that come with the same token, one is let in.
pub(crate) async fn an_invitation_is_taken_by_one_of_many(world: &World, second: Arc<dyn Records>) {
    invited(world, "platform").await;
    let mut tasks = tokio::task::JoinSet::new();
    for place in 0..8_u8 {
        let records = if place % 2 == 0 { Arc::clone(&world.records) } else { Arc::clone(&second) };
        let (act, new) = (world.act(1), certificate(&place.to_string(), place, 100));
        tasks.spawn(async move { records.enrol_neighbour(&act, secret("token of platform"), new).await.unwrap() });
    }
    let let_in: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(let_in.len(), 1, "{let_in:?}");
    world.log_is_whole().await;
}

/// Everything about neighbours that has an entry, for `fsck`.
pub(crate) async fn all_kinds(world: &World) {
    let (records, platform) = (&*world.records, invited(world, "provincial-platform").await);
    let token = secret("token of provincial-platform");
    records.enrol_neighbour(&world.act(1), token, certificate("neighbour a", 1, 100)).await.unwrap().unwrap();
    records.renew_neighbour(&world.act(90), certificate("neighbour a", 2, 200)).await.unwrap().unwrap();
    let more = permits(&[FactKind::SeatsAssigned], true);
    records.permit_neighbour(&world.act(91), platform.id, more, "they plan as well".to_owned()).await.unwrap();
    records.replace_neighbour(&world.act(92), platform.id, Some(secret("next")), "moved".to_owned()).await.unwrap();
    records.replace_neighbour(&world.act(93), platform.id, None, "gone".to_owned()).await.unwrap();
}
