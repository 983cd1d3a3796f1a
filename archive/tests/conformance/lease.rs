//! Leases: who leads a recorder, and what that means for what is sealed.

use std::sync::Arc;

use liuhen_archive::records::{Claim, Lease};
use liuhen_archive::{Error, Records};
use liuhen_proto::ids::NodeId;
use liuhen_proto::world::SeededRandom;

use crate::world::{World, at};

fn node(seed: u64) -> NodeId {
    NodeId::mint(at(0), &SeededRandom::new(seed))
}

async fn claim(records: &dyn Records, world: &World, seed: u64, seconds: i64, called: bool) -> Lease {
    let (recorder, node) = (world.recorder.id, node(seed));
    records.claim_lease(Claim { recorder, node, at: at(seconds), until: at(seconds + 30), called }).await.unwrap()
}

/// One node leads at a time; another only when the recorder calls it, or when nobody leads any more.
pub(crate) async fn one_node_leads_a_recorder(world: &World, other: Arc<dyn Records>) {
    let records = &*world.records;
    let first = claim(records, world, 1, 0, true).await;
    assert_eq!((first.node, first.epoch, first.until), (node(1), 1, at(30)));
    assert_eq!(claim(&*other, world, 2, 10, false).await, first);
    let renewed = claim(records, world, 1, 20, false).await;
    assert_eq!((renewed.epoch, renewed.until), (1, at(50)));
    assert_eq!(claim(records, world, 1, 15, false).await.until, at(50), "a late renewal takes nothing back");
    let called = claim(&*other, world, 2, 30, true).await;
    assert_eq!((called.node, called.epoch), (node(2), 2));
    assert_eq!(claim(records, world, 1, 40, false).await, called);
    let over = claim(records, world, 1, 60, false).await;
    assert_eq!((over.node, over.epoch), (node(1), 3));
    let claims = (0..6).map(async |n| claim(if n % 2 == 0 { records } else { &*other }, world, n, 61, true).await.epoch);
    let mut epochs = futures_util::future::join_all(claims).await;
    epochs.sort_unstable();
    assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "{epochs:?}");
}

/// What is sealed under a lease that stands no more is refused, and harms no other of its batch; what had been sealed
/// before has its answer from whoever asks.
pub(crate) async fn what_is_sealed_names_the_lease(world: &World) {
    let run = world.run(0).await;
    let records = &*world.records;
    let old = claim(records, world, 1, 0, true).await;
    let (first, second) = (world.segment(run, 0, 30, 0), world.segment(run, 30, 30, 60));
    records.seal_leased(&world.act(500), vec![(first.clone(), old.fence())]).await.unwrap().remove(0).unwrap();
    let new = claim(records, world, 2, 1, true).await;
    let batch = vec![(first, old.fence()), (second.clone(), old.fence())];
    let before = records.head().await.unwrap();
    let mut sealed = records.seal_leased(&world.act(501), batch).await.unwrap();
    assert!(matches!(sealed.pop().unwrap(), Err(Error::Stale { lease, .. }) if lease == new));
    assert!(sealed.pop().unwrap().unwrap().repeated);
    assert_eq!(records.head().await.unwrap(), before);
    records.seal_leased(&world.act(502), vec![(second, new.fence())]).await.unwrap().remove(0).unwrap();
}
