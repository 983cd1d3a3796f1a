//! Recorders as machines, and what was refused.

use std::sync::Arc;

use liuhen_archive::records::{Machine, NewCertificate, NewRefusal, RefusalKind};
use liuhen_archive::{Error, Records};
use liuhen_proto::Sha256;

use crate::world::{World, at, token};

fn certificate(key: &str, serial: u8, until: i64) -> NewCertificate {
    NewCertificate { key: Sha256::of(key.as_bytes()), serial: format!("{serial:02x}").repeat(20), until: at(until) }
}

fn secret(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

pub(crate) async fn a_recorder_enrols_once_for_each_token(world: &World) {
    let (records, recorder) = (&*world.records, world.recorder.id);
    assert_eq!(records.enrol(&world.act(1), secret("no such"), certificate("a", 1, 100)).await.unwrap(), None);
    assert_eq!(records.recorder_by_token(token()).await.unwrap().map(|it| it.id), Some(recorder));
    let first = records.enrol(&world.act(1), token(), certificate("a", 1, 100)).await.unwrap().unwrap();
    let expected = Machine {
        key: secret("a"),
        recorder,
        site: world.site.id,
        version: 1,
        serial: "01".repeat(20),
        until: at(100),
        revoked: None,
    };
    assert_eq!(first, expected);
    assert_eq!(records.machine(first.key).await.unwrap(), Some(first.clone()));
    // Its bearer token is spent with that.
    assert_eq!(records.recorder_by_token(token()).await.unwrap(), None);
    // The answer was lost, and it asks again; another key has come too late.
    let again = records.enrol(&world.act(2), token(), certificate("a", 2, 110)).await.unwrap().unwrap();
    assert_eq!(again, Machine { version: 2, serial: "02".repeat(20), until: at(110), ..expected.clone() });
    assert_eq!(records.enrol(&world.act(2), token(), certificate("b", 3, 110)).await.unwrap(), None);

    let renewed = records.renew_certificate(&world.act(90), certificate("a", 4, 200)).await.unwrap().unwrap();
    assert_eq!((renewed.version, renewed.until), (3, at(200)));
    assert_eq!(records.renew_certificate(&world.act(90), certificate("b", 5, 200)).await.unwrap(), None);
    let wrong = NewCertificate { serial: "考".to_owned(), ..certificate("a", 6, 300) };
    assert!(matches!(records.renew_certificate(&world.act(90), wrong).await, Err(Error::Invalid { field: "serial", .. })));
    world.log_is_whole().await;
}

pub(crate) async fn a_revoked_key_never_comes_back(world: &World) {
    let (records, recorder) = (&*world.records, world.recorder.id);
    records.enrol(&world.act(1), token(), certificate("a", 1, 100)).await.unwrap().unwrap();
    let new = Some(secret("second"));
    let written = records.replace_machine(&world.act(2), recorder, new, "stolen".to_owned()).await.unwrap();
    assert_eq!(written.value, world.recorder);
    assert_eq!(records.machine(secret("a")).await.unwrap().unwrap().revoked, Some(at(2)));
    assert_eq!(records.renew_certificate(&world.act(3), certificate("a", 2, 200)).await.unwrap(), None);
    // Neither by its old token, nor by the new one: whoever holds the key may be the thief.
    assert_eq!(records.enrol(&world.act(3), token(), certificate("c", 2, 200)).await.unwrap(), None);
    assert_eq!(records.enrol(&world.act(3), secret("second"), certificate("a", 2, 200)).await.unwrap(), None);
    let replaced = records.enrol(&world.act(3), secret("second"), certificate("b", 3, 200)).await.unwrap().unwrap();
    assert_eq!((replaced.recorder, replaced.version), (recorder, 1));
    let mut keys: Vec<_> = records.machines_of(recorder).await.unwrap().into_iter().map(|it| (it.key, it.revoked)).collect();
    keys.sort_by_key(|(_, revoked)| *revoked);
    assert_eq!(keys, [(secret("b"), None), (secret("a"), Some(at(2)))]);

    records.replace_machine(&world.act(4), recorder, None, "gone".to_owned()).await.unwrap();
    assert_eq!(records.machine(secret("b")).await.unwrap().unwrap().revoked, Some(at(4)));
    for old in [token(), secret("second")] {
        assert_eq!(records.enrol(&world.act(5), old, certificate("d", 4, 300)).await.unwrap(), None);
        assert_eq!(records.recorder_by_token(old).await.unwrap(), None);
    }
    world.log_is_whole().await;
}

/// Of many that come with the same token, one is let in.
pub(crate) async fn a_one_time_token_is_taken_by_one_of_many(world: &World, second: Arc<dyn Records>) {
    let mut tasks = tokio::task::JoinSet::new();
    for place in 0..8_u8 {
        let records = if place % 2 == 0 { Arc::clone(&world.records) } else { Arc::clone(&second) };
        let act = world.act(1);
        tasks.spawn(async move { records.enrol(&act, token(), certificate(&place.to_string(), place, 100)).await.unwrap() });
    }
    let let_in: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(let_in.len(), 1, "{let_in:?}");
    world.log_is_whole().await;
}

pub(crate) async fn what_was_refused_is_listed_newest_first(world: &World) {
    let records = &*world.records;
    let stream = world.camera.evidence.to_string();
    let new = |kind, at: Option<String>, tries| NewRefusal {
        kind,
        at,
        whose: Some("per_1".to_owned()),
        origin: Some("192.0.2.1/32".to_owned()),
        tries,
    };
    let first =
        records.note_refusal(&world.act(1), new(RefusalKind::SharedAddress, Some(stream.clone()), 1)).await.unwrap().value;
    let nobody = NewRefusal { whose: None, origin: None, ..new(RefusalKind::UnknownAddress, None, 7) };
    let second = records.note_refusal(&world.act(2), nobody).await.unwrap().value;
    assert_eq!(first.what.at, Some(stream));
    assert_eq!(second.what.at, Some(world.act(2).by.to_string()), "who refused");
    assert_eq!(records.refusals(10).await.unwrap(), [second.clone(), first]);
    assert_eq!(records.refusals(1).await.unwrap(), [second]);
    for wrong in [new(RefusalKind::Login, None, 0), NewRefusal { at: Some("x".repeat(200)), ..new(RefusalKind::Login, None, 1) }]
    {
        assert!(matches!(records.note_refusal(&world.act(3), wrong).await, Err(Error::Invalid { .. })));
    }
    world.log_is_whole().await;
}

/// Everything about machines and refusals that has an entry, for `fsck`.
pub(crate) async fn all_kinds(world: &World) {
    let records = &*world.records;
    let recorder = world.recorder.id;
    records.enrol(&world.act(1), token(), certificate("a", 1, 100)).await.unwrap().unwrap();
    records.renew_certificate(&world.act(90), certificate("a", 2, 200)).await.unwrap().unwrap();
    records.replace_machine(&world.act(91), recorder, Some(secret("second")), "replaced".to_owned()).await.unwrap();
    records.enrol(&world.act(92), secret("second"), certificate("b", 3, 300)).await.unwrap().unwrap();
    records.replace_machine(&world.act(93), recorder, None, "gone".to_owned()).await.unwrap();
    let at = Some(world.camera.evidence.to_string());
    let refused = NewRefusal {
        kind: RefusalKind::SharedAddress,
        at,
        whose: Some("per_1".to_owned()),
        origin: Some("2001:db8::/64".to_owned()),
        tries: 3,
    };
    records.note_refusal(&world.act(94), refused.clone()).await.unwrap();
    let nobody = NewRefusal { kind: RefusalKind::Machine, at: None, whose: None, origin: None, tries: 1 };
    records.note_refusal(&world.act(95), nobody).await.unwrap();
}
