//! Proofs of the log: for those who may read its entries, and for nobody else.

use liuhen_archive::records::Role;
use liuhen_proto::custody::proof::{continues, includes, includes_many};
use liuhen_proto::custody::proof_file::{Continuation, LeafProof, ManyProof};
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Checkpoint, TreeHead, Trust};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::log_service_client::LogServiceClient;
use liuhen_proto::wire::review::v1::read_proof_request::Of;
use tonic::{Code, Status};

use crate::people::{logged_in, session_of};
use crate::world::{Connection, World};

async fn calls(world: &World, token: &str) -> LogServiceClient<Connection> {
    LogServiceClient::new(world.channel(Some(token)).await)
}

/// A proof, and the tree of its checkpoint.
async fn proof(log: &mut LogServiceClient<Connection>, of: Of) -> Result<Vec<u8>, Status> {
    let mut pieces = log.read_proof(pb::ReadProofRequest { of: Some(of) }).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        bytes.extend_from_slice(&piece.data);
    }
    Ok(bytes)
}

async fn newest(log: &mut LogServiceClient<Connection>) -> (TreeHead, Vec<u8>) {
    let answer = log.get_checkpoint(pb::GetCheckpointRequest {}).await.unwrap().into_inner();
    let trust = Trust { logs: vec![answer.key.parse().unwrap()], witnesses: Vec::new() };
    let tree = Checkpoint::open(&answer.checkpoint, &trust).unwrap().checkpoint.tree;
    assert_eq!((tree.size, &tree.root.as_bytes()[..]), (answer.tree_size, &answer.root_hash[..]));
    (tree, answer.checkpoint)
}

#[tokio::test]
async fn an_entry_a_subject_and_the_growth_of_the_log_are_proved() {
    let world = World::new().await;
    let mut log = calls(&world, &world.token).await;
    let nothing_yet = log.get_checkpoint(pb::GetCheckpointRequest {}).await.unwrap_err();
    assert_eq!(nothing_yet.code(), Code::Unavailable);
    let site = world.site().await;
    world.publish().await;
    let (before, _) = newest(&mut log).await;
    let session = session_of(&world, &site).await;
    let unpublished = proof(&mut log, Of::EntryIndex(before.size)).await.unwrap_err();
    assert_eq!(unpublished.code(), Code::OutOfRange);
    world.publish().await;
    let (tree, checkpoint) = newest(&mut log).await;

    let entries = world.archive.records.entries(0, None, 1000).await.unwrap();
    let leaf = |index: u64| leaf_hash(&entries[usize::try_from(index).unwrap()].envelope);
    for index in 0..tree.size {
        let single = LeafProof::from_bytes(&proof(&mut log, Of::EntryIndex(index)).await.unwrap()).unwrap();
        assert!(single.checkpoint == checkpoint && includes(tree, index, leaf(index), &single.hashes), "entry {index}");
    }
    let many = ManyProof::from_bytes(&proof(&mut log, Of::Subject(session.clone())).await.unwrap()).unwrap();
    let of_session = world.archive.records.entries(0, Some(&session), 1000).await.unwrap();
    assert!(many.indexes.iter().eq(of_session.iter().map(|entry| &entry.index)) && !many.indexes.is_empty());
    let leaves: Vec<_> = many.indexes.iter().map(|index| (*index, leaf(*index))).collect();
    assert!(includes_many(tree, &leaves, &many.hashes));
    let growth = Continuation::from_bytes(&proof(&mut log, Of::OldSize(before.size)).await.unwrap()).unwrap();
    assert!(continues(before, tree, &growth.hashes));

    for (of, code) in [
        (Of::OldSize(tree.size + 1), Code::OutOfRange),
        (Of::Subject(String::new()), Code::InvalidArgument),
        (Of::Subject("ses_none".to_owned()), Code::NotFound),
    ] {
        assert_eq!(proof(&mut log, of.clone()).await.unwrap_err().code(), code, "{of:?}");
    }
    assert_eq!(log.read_proof(pb::ReadProofRequest { of: None }).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn who_may_not_read_an_entry_gets_no_proof_of_it_and_not_its_name() {
    let world = World::new().await;
    let (site, other) = (world.site().await, world.site().await);
    let (session, others) = (session_of(&world, &site).await, session_of(&world, &other).await);
    world.publish().await;
    let archivist = logged_in(&world, Role::Archivist, &site.site.site_id).await;
    let mut log = calls(&world, &archivist.access).await;
    assert!(proof(&mut log, Of::Subject(session.clone())).await.is_ok());
    assert_eq!(proof(&mut log, Of::Subject(others.clone())).await.unwrap_err().code(), Code::NotFound);
    let first = async |subject: &str| world.archive.records.entries(0, Some(subject), 1).await.unwrap()[0].index;
    assert!(proof(&mut log, Of::EntryIndex(first(&session).await)).await.is_ok());
    let hidden = proof(&mut log, Of::EntryIndex(first(&others).await)).await.unwrap_err();
    assert!(hidden.code() == Code::NotFound && !hidden.message().contains(&others), "{hidden:?}");
    // What says nothing of entries is for all who read some of them.
    assert!(log.get_checkpoint(pb::GetCheckpointRequest {}).await.is_ok());
    assert!(proof(&mut log, Of::OldSize(1)).await.is_ok());
}
