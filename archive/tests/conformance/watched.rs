//! What players report as watched: rows beside the look, and no entry.

use std::sync::Arc;

use liuhen_archive::records::{Access, AccessKind, Act, Looked, MAX_REPORTED, MAX_WATCHED, NewAccess, Reported, Watched};
use liuhen_archive::{Error, Records};
use liuhen_proto::Principal;
use liuhen_proto::ids::{AccessId, NodeId};

use crate::world::{World, at, between};

async fn look(world: &World, kind: AccessKind, until: i64) -> Access {
    let new = NewAccess { kind, at: Looked::At(world.camera.evidence, between(0, until)), purpose: "复核".to_owned() };
    world.records.note_access(&world.act(1), new).await.unwrap().value
}

fn watched(start: i64, end: i64, speed_milli: u32) -> Watched {
    Watched { interval: between(start, end), speed_milli }
}

pub(crate) async fn what_players_report_is_kept_beside_the_look(world: &World) {
    let records = &*world.records;
    let (look, other) = (look(world, AccessKind::Playback, 600).await, look(world, AccessKind::Clip, 600).await);
    assert_eq!(records.access(look.id).await.unwrap(), Some(look.clone()));
    assert_eq!(records.watched_of(look.id).await.unwrap(), []);
    let entries = records.head().await.unwrap();
    records.report_watched(&world.act(20), look.id, vec![watched(0, 10, 1000), watched(100, 200, 4000)]).await.unwrap();
    records.report_watched(&world.act(30), look.id, vec![watched(10, 20, 1000), watched(50, 60, 1000)]).await.unwrap();
    records.report_watched(&world.act(30), other.id, vec![watched(0, 600, 500)]).await.unwrap();
    let expected = [
        Reported { watched: watched(0, 20, 1000), at: at(30) },
        Reported { watched: watched(50, 60, 1000), at: at(30) },
        Reported { watched: watched(100, 200, 4000), at: at(20) },
    ];
    assert_eq!(records.watched_of(look.id).await.unwrap(), expected);
    assert_eq!(records.watched_of(other.id).await.unwrap().len(), 1);
    assert_eq!(records.head().await.unwrap(), entries, "it proves nothing: the log does not hear of it");
}

pub(crate) async fn what_cannot_have_been_watched_is_refused(world: &World) {
    let records = &*world.records;
    let (played, stills) = (look(world, AccessKind::Playback, 600).await, look(world, AccessKind::Stills, 600).await);
    let report = async |act: &Act, id, watched| records.report_watched(act, id, watched).await.unwrap_err();
    for refused in [vec![], vec![watched(590, 601, 1000)], vec![watched(0, 1, 99)], vec![watched(0, 1, 1000); MAX_REPORTED + 1]] {
        let error = report(&world.act(2), played.id, refused).await;
        assert!(matches!(error, Error::Invalid { field: "watched", .. }), "{error}");
    }
    let error = report(&world.act(2), stills.id, vec![watched(0, 1, 1000)]).await;
    assert!(matches!(error, Error::Invalid { field: "access_id", .. }), "{error}");
    // Somebody else's look is answered like none.
    let other = Act::new(Principal::Node(NodeId::mint(at(0), &world.random)), at(2));
    let nobodys = AccessId::mint(at(0), &world.random);
    for (act, id) in [(&other, played.id), (&world.act(2), nobodys)] {
        let error = report(act, id, vec![watched(0, 1, 1000)]).await;
        assert!(matches!(&error, Error::NotFound(what) if *what == id.to_string()), "{error}");
    }
    assert_eq!(records.watched_of(played.id).await.unwrap(), [], "nothing of what was refused is kept");
}

/// Players that report at once through two servers lose nothing, and the bound holds.
pub(crate) async fn reports_of_one_look_meet(world: &World, other: Arc<dyn Records>) {
    let long = 4 * MAX_WATCHED as i64 + 600;
    let look = look(world, AccessKind::Playback, long).await;
    let report = async |n: usize| {
        let stretches = (0..50).map(|place| watched(400 * n as i64 + 8 * place, 400 * n as i64 + 8 * place + 4, 1000)).collect();
        let records = if n.is_multiple_of(2) { &world.records } else { &other };
        records.report_watched(&world.act(2), look.id, stretches).await
    };
    let answers = futures_util::future::join_all((0..8).map(report)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.records.watched_of(look.id).await.unwrap().len(), 400);
    for first in (0..MAX_WATCHED).step_by(MAX_REPORTED) {
        let place = |n: usize| watched(4 * (first + n) as i64, 4 * (first + n) as i64 + 1, 2000);
        let stretches = (0..MAX_REPORTED).map(place).collect();
        let answer = world.records.report_watched(&world.act(3), look.id, stretches).await;
        assert_eq!(answer.is_ok(), first + MAX_REPORTED + 400 <= MAX_WATCHED, "{first}: {answer:?}");
    }
    assert_eq!(world.records.watched_of(look.id).await.unwrap().len(), MAX_WATCHED);
}
