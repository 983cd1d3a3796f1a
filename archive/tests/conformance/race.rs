//! Two writers, with connections of their own, on the same database.

use std::sync::Arc;

use futures_util::future::join_all;
use liuhen_archive::Records;
use liuhen_archive::records::{Act, GapCause, GapChange, GapKind, NewKey, NewRoom, RoomKind};
use liuhen_proto::signing::SigningKey;

use crate::file::{correction, file};
use crate::judged::flag;
use crate::world::{World, at};

/// Many tasks over two openings of the same database seal, declare and flag at the same time: no index is
/// skipped, no chain forks, every answer is in the log.
pub(crate) async fn two_writers_never_fork_the_log(world: &World, other: Arc<dyn Records>) {
    const TASKS: u64 = 8;
    let session = world.session(0, 36_000).await.id;
    let mut runs = Vec::new();
    for _ in 0..TASKS {
        runs.push(world.run(0).await);
    }
    let before = world.records.head().await.unwrap().size;
    let tasks = runs.iter().enumerate().map(async |(n, &run)| {
        let records = if n.is_multiple_of(2) { &world.records } else { &other };
        for round in 0..5 {
            let segments = vec![world.segment(run, round * 30, 30, i64::try_from(round).unwrap() * 60)];
            for sealed in records.seal_segments(&world.act(700), segments).await.unwrap() {
                sealed.unwrap();
            }
            let cause = if round % 2 == 0 { GapCause::Unknown } else { GapCause::DiskFull };
            let start = at(10_000 + i64::try_from(n).unwrap() * 60);
            let (viewpoint, kind) = (world.viewpoint.id, GapKind::NoPicture);
            let open = GapChange::Open { session, viewpoint, kind, cause, start, end: None };
            records.change_gaps(&world.act(701), vec![open]).await.unwrap();
        }
    });
    join_all(tasks).await;
    assert_eq!(world.log_is_whole().await, before + TASKS * 5 * 2);
}

/// The same segment, gap, flag or import from two writers at once is written once.
pub(crate) async fn the_same_thing_from_two_writers_is_written_once(world: &World, other: Arc<dyn Records>) {
    let session = world.session(0, 36_000).await.id;
    let run = world.run(0).await;
    let before = world.records.head().await.unwrap().size;
    let both = |n: u32| if n.is_multiple_of(2) { &world.records } else { &other };
    let sealed = join_all((0..6).map(async |n| {
        let sealed = both(n).seal_segments(&world.act(700), vec![world.segment(run, 0, 30, 0)]).await.unwrap();
        sealed.into_iter().next().unwrap().unwrap()
    }));
    let sealed = sealed.await;
    assert!(sealed.iter().all(|one| one.receipt == sealed[0].receipt));
    assert_eq!(sealed.iter().filter(|one| !one.repeated).count(), 1);
    let rooms = join_all((0..6).map(async |n| {
        let act = Act { key: Some("room".to_owned()), ..world.act(1) };
        let room = NewRoom { site: world.site.id, name: "102".to_owned(), kind: RoomKind::Theory };
        both(n).create_room(&act, room).await.unwrap().value.id
    }));
    let rooms = rooms.await;
    assert!(rooms.iter().all(|room| *room == rooms[0]));
    let gaps = join_all((0..6).map(async |n| {
        let (viewpoint, kind, cause) = (world.viewpoint.id, GapKind::NoSound, GapCause::Unknown);
        let open = GapChange::Open { session, viewpoint, kind, cause, start: at(9_000), end: None };
        both(n).change_gaps(&world.act(701), vec![open]).await.unwrap()[0].id
    }));
    let gaps = gaps.await;
    assert!(gaps.iter().all(|gap| *gap == gaps[0]));
    let flag = flag(world, 20);
    let told = join_all(
        (0..6).map(async |n| both(n).report_flags(&world.act(702), vec![flag.clone()]).await.unwrap().pop().unwrap().unwrap()),
    );
    assert_eq!(told.await.iter().flatten().count(), 1);
    let key = SigningKey::from_seed(&[9; 32]);
    let keys = join_all((0..6).map(async |n| {
        let new = NewKey { name: "王五".to_owned(), public_key: key.public() };
        both(n).register_key(&world.act(702), new).await.unwrap()
    }));
    assert_eq!(keys.await.iter().filter(|one| !one.repeated).count(), 1);
    let new = file(world, &key, 60, 1);
    let imports = join_all((0..6).map(async |n| both(n).take_import(&world.act(703), new.clone()).await.unwrap()));
    let imports = imports.await;
    assert!(imports.iter().all(|one| one.receipt == imports[0].receipt));
    assert_eq!(imports.iter().filter(|one| !one.repeated).count(), 1);
    let signed = correction(&imports[0].value, 2, 0, &key);
    let corrected = join_all((0..6).map(async |n| both(n).correct_import(&world.act(704), signed.clone()).await.unwrap()));
    let corrected = corrected.await;
    assert!(corrected.iter().all(|one| one.receipt == corrected[0].receipt && one.value == corrected[0].value));
    // Gap, room, segment; flag; key; camera, run and its end, segment, the import twice; its correction twice.
    assert_eq!(world.log_is_whole().await, before + 3 + 1 + 1 + 6 + 2);
}
