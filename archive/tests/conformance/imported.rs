//! Keys of persons, files of other devices, corrections of their clocks.

use liuhen_archive::Error;
use liuhen_archive::records::{CameraKind, NewImport, NewKey, TrustLevel};
use liuhen_proto::custody::{EntryType, Envelope, Value};
use liuhen_proto::signing::SigningKey;

use crate::file::{OFFSET_US, correction, file, register, sign, statement};
use crate::world::{World, at, between};

pub(crate) async fn a_key_is_registered_once(world: &World) {
    let key = register(world).await;
    let known = world.records.key_by_public(key.public()).await.unwrap().unwrap();
    let new = |name: &str| NewKey { name: name.to_owned(), public_key: key.public() };
    let again = world.records.register_key(&world.act(1), new("王五")).await.unwrap();
    assert_eq!((again.value, again.repeated), (known, true));
    let other = world.records.register_key(&world.act(1), new("赵六")).await;
    assert!(matches!(other, Err(Error::AlreadyExists { .. })));
    assert_eq!(world.records.key_by_public(SigningKey::from_seed(&[1; 32]).public()).await.unwrap(), None);
    assert_eq!(world.log_is_whole().await, 8);
}

/// Kinds of the entries of a chain, and what they say of trust.
async fn chain(world: &World, subject: &str) -> Vec<(EntryType, Option<Value>)> {
    let entries = world.records.entries(0, Some(subject), 100).await.unwrap();
    let entries = entries.iter().map(|entry| Envelope::from_bytes(&entry.envelope).unwrap());
    entries.map(|entry| (entry.r#type, entry.data.get("trust").cloned())).collect()
}

pub(crate) async fn a_file_is_taken_in_with_all_that_was_made_of_it(world: &World) {
    let (session, key) = (world.session(0, 3600).await.id, register(world).await);
    let new = file(world, &key, 60, 2);
    let taken = world.records.take_import(&world.act(4000), new.clone()).await.unwrap();
    let import = taken.value.clone();
    assert_eq!((import.interval, import.segments, import.revisions.len()), (Some(between(60, 180)), 2, 1));
    assert_eq!(import.revisions[0].statement.as_deref(), Some(new.signed.statement.as_str()));
    assert_eq!(import.revisions[0].leaf_index, taken.receipt.leaf_index);
    assert_eq!(world.records.import(import.id).await.unwrap(), Some(import.clone()));
    assert_eq!(world.records.imports(Some(world.viewpoint.id), 9).await.unwrap(), std::slice::from_ref(&import));
    assert_eq!(world.records.imports(None, 9).await.unwrap().len(), 1);

    let cameras = world.records.layout(world.site.id).await.unwrap().unwrap().cameras;
    let camera = cameras.iter().find(|camera| camera.id == import.camera).unwrap();
    assert_eq!((camera.kind, camera.viewpoint), (CameraKind::Import, world.viewpoint.id));
    let run = world.records.run(new.runs[0].run).await.unwrap().unwrap();
    assert_eq!((run.recorder, run.import, run.end.map(|end| end.fragments)), (None, Some(import.id), Some(60)));
    let segments = world.records.segments_in(import.stream, between(0, 3600), 9).await.unwrap();
    assert!(segments.len() == 2 && segments.iter().all(|segment| segment.trust() == TrustLevel::Imported));
    let expected = world.records.expectations(session).await.unwrap().remove(0);
    assert!(expected.streams.iter().any(|of| of.stream == import.stream && of.trust == TrustLevel::Imported));
    assert!(world.records.judgement_of_site(world.site.id).await.unwrap().iter().all(|of| of.stream != import.stream));

    let imported = Some(Value::Text("imported".into()));
    let told = chain(world, &session.to_string()).await;
    let kinds = [EntryType::SessionOpen, EntryType::Segment, EntryType::Segment, EntryType::Import];
    assert_eq!(told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), kinds);
    assert!(told[1..].iter().all(|(_, trust)| *trust == imported));
    assert_eq!(chain(world, &import.id.to_string()).await, [(EntryType::Import, imported)]);

    let size = world.records.head().await.unwrap().size;
    let again = world.records.take_import(&world.act(4001), new.clone()).await.unwrap();
    assert_eq!((again.value, again.receipt, again.repeated), (import.clone(), taken.receipt, true));
    let mut other = statement(world, 60);
    (other.import, other.custodian) = (import.id, "赵六".into());
    let other = NewImport { signed: sign(other.to_bytes(), &key), runs: Vec::new(), segments: Vec::new(), ..new };
    assert!(matches!(world.records.take_import(&world.act(4002), other).await, Err(Error::AlreadyExists { .. })));
    assert_eq!(world.log_is_whole().await, size);
}

pub(crate) async fn a_file_that_is_refused_leaves_nothing(world: &World) {
    let key = register(world).await;
    let good = file(world, &key, 60, 2);
    let forger = SigningKey::from_seed(&[1; 32]);
    let mut wrong = vec![NewImport { signed: sign(good.signed.statement.clone().into_bytes(), &forger), ..good.clone() }];
    for change in [
        |new: &mut NewImport| new.signed.statement = new.signed.statement.replace("200000000", "100000000"),
        |new: &mut NewImport| drop(new.segments.pop()),
        |new: &mut NewImport| drop(new.segments[0].fragments.pop()),
        |new: &mut NewImport| new.runs[0].init = bytes::Bytes::from_static(b"other"),
        |new: &mut NewImport| new.runs.clear(),
        |new: &mut NewImport| new.segments[1].unsigned_tail = true,
        |new: &mut NewImport| {
            new.segments[1].stream = liuhen_proto::ids::StreamId::mint(at(0), &liuhen_proto::world::SeededRandom::new(1))
        },
        |new: &mut NewImport| new.segments[1].object_name = "x".repeat(300),
        |new: &mut NewImport| new.camera_name.clear(),
    ] {
        let mut new = good.clone();
        change(&mut new);
        wrong.push(new);
    }
    let size = world.records.head().await.unwrap().size;
    for new in wrong {
        let refused = world.records.take_import(&world.act(1), new).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. } | Error::NotFound(_)), "{refused}");
    }
    assert_eq!(world.log_is_whole().await, size);
    assert_eq!(world.records.streams_of_site(world.site.id).await.unwrap().len(), 2);
    assert_eq!(world.records.imports(None, 9).await.unwrap(), []);
    world.records.take_import(&world.act(2), good).await.unwrap();
}

pub(crate) async fn a_correction_moves_the_footage_and_keeps_what_was_declared(world: &World) {
    let (morning, noon, key) = (world.session(0, 600).await.id, world.session(7200, 7800).await.id, register(world).await);
    let new = file(world, &key, 60, 2);
    let import = world.records.take_import(&world.act(1), new.clone()).await.unwrap().value;
    // The NVR had not been ahead by 200 s, but behind by 7000 s: all was 7200 s later.
    let signed = correction(&import, 2, OFFSET_US - 7_200_000_000, &key);
    let size = world.records.head().await.unwrap().size;
    let corrected = world.records.correct_import(&world.act(2), signed.clone()).await.unwrap();
    assert_eq!(corrected.value.interval, Some(between(7260, 7380)));
    assert_eq!(corrected.value.revisions.len(), 2);
    assert_eq!(corrected.value.revisions[0], import.revisions[0], "what was declared first stays readable");
    assert_eq!(world.records.import(import.id).await.unwrap(), Some(corrected.value.clone()));

    let stream = import.stream;
    assert_eq!(world.records.segments_in(stream, between(0, 600), 9).await.unwrap(), []);
    let segments = world.records.segments_in(stream, between(7300, 7320), 9).await.unwrap();
    assert_eq!(segments.iter().map(|segment| segment.interval).collect::<Vec<_>>(), [between(7260, 7320)]);
    let indexed = world.records.indexed_segments_in(stream, between(7300, 7320), 9).await.unwrap().remove(0);
    assert_eq!((indexed.segment.interval, indexed.fragments[0].interval()), (between(7260, 7320), between(7260, 7262)));
    assert_eq!(world.records.segment(segments[0].run, segments[0].first).await.unwrap(), Some(indexed));
    let covered = world.records.coverage_in(stream, between(7200, 7800)).await.unwrap();
    assert_eq!((covered[1].interval, &covered[1].kinds[0].covered), (between(7320, 7380), &vec![between(7320, 7380)]));
    let expected = world.records.expectations(noon).await.unwrap().remove(0);
    assert_eq!(expected.streams.iter().find(|of| of.stream == stream).unwrap().shift_us, 7_200_000_000);
    for session in [morning, noon] {
        let told = chain(world, &session.to_string()).await;
        assert_eq!(told.last().unwrap().0, EntryType::ImportCorrected, "it left one, and came to the other");
    }

    let again = world.records.correct_import(&world.act(3), signed).await.unwrap();
    assert_eq!((again.value, again.receipt, again.repeated), (corrected.value.clone(), corrected.receipt, true));
    for (revision, offset) in [(2, 0), (4, 0)] {
        let stale = world.records.correct_import(&world.act(3), correction(&import, revision, offset, &key)).await;
        assert!(matches!(stale, Err(Error::Conflict { found: 2, .. })), "{stale:?}");
    }
    let forged = correction(&import, 3, 0, &SigningKey::from_seed(&[1; 32]));
    assert!(matches!(world.records.correct_import(&world.act(3), forged).await, Err(Error::NotFound(_))));
    assert_eq!(world.log_is_whole().await, size + 3);
    // Back again: the shift is counted from what was declared first.
    let back = world.records.correct_import(&world.act(4), correction(&import, 3, OFFSET_US, &key)).await.unwrap();
    assert_eq!(back.value.interval, Some(between(60, 180)));
}

pub(crate) async fn a_file_may_be_kept_only(world: &World) {
    let key = register(world).await;
    let import = world.records.take_import(&world.act(1), file(world, &key, 60, 0)).await.unwrap().value;
    assert_eq!((import.interval, import.segments), (None, 0));
    let corrected = world.records.correct_import(&world.act(2), correction(&import, 2, 5, &key)).await.unwrap().value;
    assert_eq!((corrected.interval, corrected.revisions.len()), (None, 2));
    world.log_is_whole().await;
}
