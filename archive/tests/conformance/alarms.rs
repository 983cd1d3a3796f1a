//! Alarms: raised once, changed, acknowledged, closed, and told in order.

use std::sync::Arc;

use liuhen_archive::records::{
    Alarm, AlarmChange, AlarmEventKind, AlarmKind, AlarmQuery, AlarmSeverity, AlarmState, Condition, GapCause,
};
use liuhen_archive::{Error, Records};
use liuhen_proto::Span;
use liuhen_proto::ids::AlarmId;

use crate::world::{World, at, between};

pub(crate) fn silent(world: &World) -> Condition {
    let stream = world.camera.evidence;
    Condition {
        key: format!("no_fragments/{stream}"),
        kind: AlarmKind::NoFragments,
        site: Some(world.site.id),
        recorder: Some(world.recorder.id),
        since: at(100),
        state: AlarmState {
            cause: Some(GapCause::CameraUnreachable),
            missing: Span::from_secs(11),
            streams: vec![stream],
            room_count: 1,
            ..AlarmState::new(AlarmSeverity::Urgent)
        },
    }
}

async fn change(world: &World, seconds: i64, change: AlarmChange) -> Alarm {
    world.records.change_alarms(&world.act(seconds), vec![change]).await.unwrap().remove(0)
}

pub(crate) async fn an_alarm_is_raised_once_changes_is_acknowledged_and_closed(world: &World) {
    let size = world.records.head().await.unwrap().size;
    let raised = change(world, 111, AlarmChange::Open(silent(world))).await;
    assert_eq!((raised.opened, raised.since, raised.version, raised.closed), (at(111), at(100), 1, None));
    assert_eq!(change(world, 112, AlarmChange::Open(silent(world))).await, raised, "the same again writes nothing");
    assert_eq!(world.records.head().await.unwrap().size, size + 1);

    let state = AlarmState { missing: Span::from_secs(60), offset_us: Some(-5), ..raised.state.clone() };
    let worse = change(world, 160, AlarmChange::Change { alarm: raised.id, state: state.clone() }).await;
    assert_eq!((worse.version, worse.changed, &worse.state), (2, at(160), &state));
    assert_eq!(world.records.head().await.unwrap().size, size + 1, "figures have no entry");

    let say = async |seconds, name: &str, note: &str| {
        world.records.acknowledge_alarm(&world.act(seconds), raised.id, name.to_owned(), note.to_owned()).await
    };
    let first = say(170, "王芳", "去看网线").await.unwrap();
    let again = say(171, "王芳", "去看网线").await.unwrap();
    assert_eq!((first.repeated, again.repeated, again.receipt), (false, true, first.receipt));
    assert_eq!(again.value, first.value);
    let second = say(172, "李强", "已更换").await.unwrap().value;
    let said: Vec<_> = second.acknowledgements.iter().map(|said| (said.name.as_str(), said.note.as_str(), said.at)).collect();
    assert_eq!(said, [("王芳", "去看网线", at(170)), ("李强", "已更换", at(172))]);
    assert!(matches!(say(173, "", " ").await, Err(Error::Invalid { field: "note", .. })));
    assert_eq!(second.closed, None, "who has seen it has not mended it");
    assert_eq!(world.records.open_alarms().await.unwrap(), std::slice::from_ref(&second));

    let closed = change(world, 200, AlarmChange::Close { alarm: raised.id }).await;
    assert_eq!((closed.closed, closed.version), (Some(at(200)), 5));
    assert_eq!(change(world, 201, AlarmChange::Close { alarm: raised.id }).await, closed);
    assert_eq!(change(world, 202, AlarmChange::Change { alarm: raised.id, state: raised.state.clone() }).await, closed);
    assert_eq!(world.records.alarm(raised.id).await.unwrap(), Some(closed.clone()));
    let next = change(world, 210, AlarmChange::Open(silent(world))).await;
    assert_ne!(next.id, raised.id, "what is closed stays so");
    assert_eq!(world.log_is_whole().await, size + 5);
    let unknown = AlarmChange::Close { alarm: AlarmId::mint(at(0), &world.random) };
    assert!(matches!(world.records.change_alarms(&world.act(0), vec![unknown]).await, Err(Error::NotFound(_))));
}

pub(crate) async fn alarms_are_found_and_their_events_are_told_in_order(world: &World) {
    let first = change(world, 111, AlarmChange::Open(silent(world))).await;
    let of_centre = Condition {
        key: "storage_failed/journal".to_owned(),
        kind: AlarmKind::StorageFailed,
        site: None,
        recorder: None,
        ..silent(world)
    };
    let second = change(world, 120, AlarmChange::Open(of_centre)).await;
    let first = change(world, 130, AlarmChange::Close { alarm: first.id }).await;
    let found =
        async |query: AlarmQuery| world.records.alarms(query, 10).await.unwrap().iter().map(|alarm| alarm.id).collect::<Vec<_>>();
    let all = AlarmQuery::default();
    assert_eq!(found(all).await, [second.id, first.id]);
    assert_eq!(found(AlarmQuery { site: Some(world.site.id), ..all }).await, [first.id]);
    assert_eq!(found(AlarmQuery { open_only: true, ..all }).await, [second.id]);
    assert_eq!(found(AlarmQuery { interval: Some(between(0, 115)), ..all }).await, [first.id]);
    assert_eq!(found(AlarmQuery { interval: Some(between(140, 150)), ..all }).await, [second.id]);

    let events = world.records.alarm_events(0, 100).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.number, event.kind, event.alarm.id, event.alarm.version)).collect();
    let (opened, closed) = (AlarmEventKind::Opened, AlarmEventKind::Closed);
    assert_eq!(told, [(1, opened, first.id, 1), (2, opened, second.id, 1), (3, closed, first.id, 2)]);
    assert_eq!((events[0].alarm.closed, events[2].alarm.closed), (None, Some(at(130))), "as it was then");
    assert_eq!(world.records.alarm_events(2, 100).await.unwrap(), &events[2..]);
    assert_eq!(world.records.newest_alarm_event().await.unwrap(), 3);
    assert_eq!(world.records.webhook_position("a").await.unwrap(), 1, "what is open is told first");
    world.records.move_webhook("a", 3).await.unwrap();
    assert_eq!(world.records.webhook_position("a").await.unwrap(), 3);
    change(world, 140, AlarmChange::Close { alarm: second.id }).await;
    assert_eq!(world.records.webhook_position("b").await.unwrap(), 4, "nothing is open");
}

pub(crate) async fn two_writers_raise_it_once_and_number_events_without_holes(world: &World, second: Arc<dyn Records>) {
    let both = [world.records.clone(), second];
    let raise = |records: Arc<dyn Records>, n: usize| {
        let mut condition = silent(world);
        condition.key = format!("{}/{}", condition.key, n % 5);
        let act = world.act(111);
        tokio::spawn(async move { records.change_alarms(&act, vec![AlarmChange::Open(condition)]).await.unwrap().remove(0).id })
    };
    let tasks: Vec<_> = (0..10).map(|n| raise(both[n / 5].clone(), n)).collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    assert_eq!(ids[..5], ids[5..], "one alarm for one condition");
    let events = world.records.alarm_events(0, 100).await.unwrap();
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    world.log_is_whole().await;
}
