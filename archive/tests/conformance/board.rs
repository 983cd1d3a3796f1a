//! Gaps.

use liuhen_archive::Error;
use liuhen_archive::records::{Gap, GapCause, GapChange, GapKind, TrustLevel};

use crate::world::{World, at};

fn open(world: &World, session: liuhen_proto::ids::SessionId, start: i64) -> GapChange {
    let (viewpoint, kind, cause) = (world.viewpoint.id, GapKind::NoPicture, GapCause::CameraUnreachable);
    GapChange::Open { session, viewpoint, kind, cause, start: at(start), end: None }
}

async fn change(world: &World, seconds: i64, changes: Vec<GapChange>) -> Vec<Gap> {
    world.records.change_gaps(&world.act(seconds), changes).await.unwrap()
}

pub(crate) async fn a_gap_opens_once_changes_closes_and_is_filled(world: &World) {
    let session = world.session(0, 3600).await.id;
    let opened = change(world, 106, vec![open(world, session, 100)]).await;
    assert_eq!((opened[0].opened, opened[0].end, opened[0].closed), (at(106), None, None));
    let size = world.records.head().await.unwrap().size;
    assert_eq!(change(world, 107, vec![open(world, session, 100)]).await, opened, "the same again writes nothing");
    assert_eq!(world.records.head().await.unwrap().size, size);

    let to = |cause, start, end: Option<i64>| GapChange::Change {
        gap: opened[0].id,
        cause,
        start: at(start),
        end: end.map(at),
        filled_by: None,
        late: false,
    };
    change(world, 110, vec![to(GapCause::UploadPending, 100, None)]).await;
    let closed = change(world, 121, vec![to(GapCause::UploadPending, 100, Some(120))]).await;
    assert_eq!((closed[0].end, closed[0].closed), (Some(at(120)), Some(at(121))));
    let shrunk = change(world, 130, vec![to(GapCause::UploadPending, 110, Some(120))]).await;
    assert_eq!((shrunk[0].start, shrunk[0].closed), (at(110), Some(at(121))));
    let mut fill = to(GapCause::UploadPending, 110, Some(110));
    if let GapChange::Change { filled_by, late, .. } = &mut fill {
        (*filled_by, *late) = (Some(TrustLevel::Imported), true);
    }
    let filled = change(world, 140, vec![fill]).await;
    assert!(filled[0].is_filled());
    assert_eq!((filled[0].filled_by, filled[0].late_upload), (Some(TrustLevel::Imported), true));
    assert_eq!(world.records.gaps_of(session).await.unwrap(), filled);
    let again = change(world, 150, vec![open(world, session, 110)]).await;
    assert_eq!((again[0].id, again[0].end, again[0].closed), (opened[0].id, None, None), "it is the same gap");
    assert_eq!(again[0].filled_by, None, "what had filled it is gone");
    assert_eq!(world.log_is_whole().await, size + 5);
}

pub(crate) async fn a_change_of_no_gap_is_refused_with_all_of_its_transaction(world: &World) {
    let session = world.session(0, 3600).await.id;
    let gap = liuhen_proto::ids::GapId::mint(at(0), &world.random);
    let unknown = GapChange::Change { gap, cause: GapCause::Unknown, start: at(0), end: None, filled_by: None, late: false };
    let changes = vec![open(world, session, 100), unknown];
    assert!(matches!(world.records.change_gaps(&world.act(1), changes).await, Err(Error::NotFound(_))));
    assert_eq!(world.records.gaps_of(session).await.unwrap(), []);
    world.log_is_whole().await;
}
