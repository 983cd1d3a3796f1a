//! Thresholds, reference stills, flags, stills, sound levels.

use liuhen_archive::records::{FlagReport, Levels, NewStill, NewViewpoint};
use liuhen_archive::{Error, names};
use liuhen_proto::Sha256;
use liuhen_proto::custody::{Envelope, Value};
use liuhen_proto::ids::{FlagId, RunId, StillId, StreamId};
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::segment::Sized256;

use crate::world::{World, at, between};

pub(crate) fn thresholds() -> Thresholds {
    let mut thresholds = Thresholds::default();
    thresholds.set(FlagKind::Silent, Limit::Milli(-62_500)).unwrap();
    thresholds.set(FlagKind::Moved, Limit::Off).unwrap();
    thresholds
}

pub(crate) fn still(world: &World, seconds: i64) -> NewStill {
    let place = liuhen_archive::records::StreamPlace {
        stream: world.camera.evidence,
        role: liuhen_archive::records::StreamRole::Evidence,
        camera: world.camera.id,
        viewpoint: world.viewpoint.id,
        room: world.viewpoint.room,
        site: world.site.id,
        trust: liuhen_archive::records::TrustLevel::Captured,
    };
    let sha256 = Sha256::of(&seconds.to_be_bytes());
    NewStill {
        still: StillId::mint(at(seconds), &world.random),
        stream: world.camera.evidence,
        run: RunId::mint(at(0), &world.random),
        taken: at(seconds),
        width: 640,
        height: 360,
        object_name: names::still(&place, at(seconds), &sha256),
        object: Sized256 { sha256, size_bytes: 8 },
    }
}

pub(crate) fn flag(world: &World, start: i64) -> FlagReport {
    FlagReport {
        flag: FlagId::mint(at(start), &world.random),
        stream: world.camera.viewing.unwrap(),
        run: RunId::mint(at(0), &world.random),
        kind: FlagKind::Covered,
        start: at(start),
        end: None,
        seen: at(start + 5),
        version: 1,
        measured_milli: 3_000,
        threshold_milli: 10_000,
        detector: "covered/1".to_owned(),
    }
}

pub(crate) async fn thresholds_are_set_by_those_who_have_seen_them(world: &World) {
    let id = world.viewpoint.id;
    let set = async |seen, reason: &str| world.records.set_thresholds(&world.act(9), id, seen, thresholds(), reason.into()).await;
    assert!(matches!(set(0, " ").await, Err(Error::Invalid { field: "reason", .. })));
    let written = set(0, "夜间教室").await.unwrap();
    assert_eq!((written.value.judgement_revision, &written.value.thresholds), (1, &thresholds()));
    assert_eq!(world.records.viewpoint(id).await.unwrap(), Some(written.value.clone()));
    assert_eq!(world.records.layout(world.site.id).await.unwrap().unwrap().viewpoints, [written.value]);
    assert!(matches!(set(0, "again").await, Err(Error::Conflict { seen: 0, found: 1, .. })));
    let judged = world.records.judgement_of_site(world.site.id).await.unwrap();
    assert_eq!(judged.len(), 2, "the viewing stream is judged as well");
    assert!(judged.iter().all(|of| of.thresholds == thresholds() && of.viewpoint == id && of.reference.is_none()));
    assert_eq!(world.log_is_whole().await, 8);
}

pub(crate) async fn a_still_is_kept_once_and_may_become_the_reference(world: &World) {
    let first = still(world, 10);
    assert_eq!(world.records.add_still(first.clone()).await.unwrap(), first);
    let again = NewStill { still: StillId::mint(at(11), &world.random), ..first.clone() };
    assert_eq!(world.records.add_still(again).await.unwrap(), first, "one for each moment: the first");
    let moved = NewStill { taken: at(20), ..first.clone() };
    assert!(matches!(world.records.add_still(moved).await, Err(Error::AlreadyExists { .. })), "its id is taken");
    let second = world.records.add_still(still(world, 20)).await.unwrap();
    let find = async |start, end, limit| world.records.stills_in(first.stream, between(start, end), limit).await.unwrap();
    assert_eq!(find(10, 20, 9).await, std::slice::from_ref(&first));
    assert_eq!(find(0, 60, 9).await, [first.clone(), second.clone()]);
    assert_eq!(find(0, 60, 1).await.len(), 1);
    assert_eq!(world.records.still(first.still).await.unwrap(), Some(first.clone()));
    assert_eq!(world.records.head().await.unwrap().size, 7, "what is derived has no entries");

    let accept = async |viewpoint, seen, still| world.records.accept_reference(&world.act(30), viewpoint, seen, still).await;
    let accepted = accept(world.viewpoint.id, 0, second.still).await.unwrap().value;
    let reference = accepted.reference.unwrap();
    assert_eq!((reference.still, reference.sha256, accepted.judgement_revision), (second.still, second.object.sha256, 1));
    assert!(matches!(accept(world.viewpoint.id, 0, second.still).await, Err(Error::Conflict { .. })));
    let unknown = StillId::mint(at(0), &world.random);
    assert!(matches!(accept(world.viewpoint.id, 1, unknown).await, Err(Error::NotFound(_))));
    let other = NewViewpoint {
        room: world.viewpoint.room,
        name: "back".to_owned(),
        required: false,
        sound_required: false,
        sound_only: false,
        seats: Vec::new(),
    };
    let other = world.records.create_viewpoint(&world.act(31), other).await.unwrap().value;
    assert!(matches!(accept(other.id, 0, second.still).await, Err(Error::Invalid { field: "still_id", .. })));
    let judged = world.records.judgement_of_site(world.site.id).await.unwrap();
    assert!(judged.iter().all(|of| of.reference.as_ref() == Some(&second)));
    world.log_is_whole().await;
}

pub(crate) async fn a_flag_is_told_where_it_says_something_new(world: &World) {
    let session = world.session(100, 600).await.id.to_string();
    let report = async |reports: Vec<FlagReport>| world.records.report_flags(&world.act(700), reports).await.unwrap();
    let told = async |of: &FlagReport| report(vec![of.clone()]).await.pop().unwrap().unwrap();
    let subjects = async |from: u64| {
        let entries = world.records.entries(from, None, 100).await.unwrap();
        let subject = |entry: &liuhen_archive::records::Entry| Envelope::from_bytes(&entry.envelope).unwrap().subject;
        entries.iter().map(subject).collect::<Vec<_>>()
    };
    let first = flag(world, 50);
    let size = world.records.head().await.unwrap().size;
    assert_eq!(told(&first).await.unwrap().leaf_index, size);
    assert_eq!(told(&first).await, None, "a repeat says nothing new");
    let seen = FlagReport { version: 2, seen: at(80), ..first.clone() };
    assert_eq!(told(&seen).await, None, "that it is still so is no news");
    let find = async |start, end| world.records.flags_in(world.viewpoint.id, between(start, end), 9).await.unwrap();
    assert_eq!(find(70, 75).await[0].report, seen);
    assert_eq!((find(70, 75).await[0].camera, find(81, 99).await.len(), find(0, 50).await.len()), (world.camera.id, 0, 0));
    assert_eq!(told(&first).await, None, "an older report changes nothing");
    assert_eq!(subjects(size).await, [first.stream.to_string()], "it touches no session yet");

    // It goes on into the session: there it is told, though nothing else is new.
    let grown = FlagReport { version: 3, seen: at(130), ..first.clone() };
    assert!(told(&grown).await.is_some());
    let worse = FlagReport { version: 4, measured_milli: 1_000, ..grown.clone() };
    assert!(told(&worse).await.is_some());
    let over = FlagReport { version: 6, end: Some(at(140)), seen: at(140), ..worse.clone() };
    assert!(told(&over).await.is_some());
    assert_eq!(subjects(size + 1).await, [session.clone(), session.clone(), session]);
    let entry = world.records.entries(size + 3, None, 1).await.unwrap().remove(0);
    let said = Envelope::from_bytes(&entry.envelope).unwrap().data;
    assert_eq!((&said["state"], &said["measured_milli"]), (&Value::Text("closed".into()), &Value::Integer(1_000)));
    assert_eq!(find(0, 999).await[0].report, over);

    let unknown = FlagReport { stream: StreamId::mint(at(0), &world.random), ..flag(world, 200) };
    let outcomes = report(vec![
        FlagReport { measured_milli: 7, ..over.clone() },
        FlagReport { version: 7, kind: FlagKind::Black, ..over.clone() },
        unknown,
        FlagReport { detector: "被遮挡".to_owned(), ..flag(world, 200) },
        FlagReport { end: Some(at(1)), ..flag(world, 200) },
        flag(world, 300),
    ])
    .await;
    let refused = |place: usize| outcomes[place].as_ref().unwrap_err();
    assert!(matches!((refused(0), refused(1)), (Error::AlreadyExists { .. }, Error::AlreadyExists { .. })));
    assert!(matches!(refused(2), Error::NotFound(_)));
    assert!(matches!((refused(3), refused(4)), (Error::Invalid { .. }, Error::Invalid { .. })));
    assert!(outcomes[5].as_ref().unwrap().is_some(), "what is refused harms no other");
    assert_eq!(world.log_is_whole().await, size + 5);
}

pub(crate) async fn sound_levels_are_found_by_time(world: &World) {
    let levels = |seconds: i64, count: usize| Levels {
        stream: world.camera.evidence,
        run: RunId::mint(at(0), &world.random),
        start: at(seconds),
        rms: vec![60; count],
        peak: vec![20; count],
    };
    let (first, second) = (levels(0, 3000), levels(300, 100));
    for levels in [&first, &second, &first] {
        world.records.add_levels(levels.clone()).await.unwrap();
    }
    let find = async |start, end| world.records.levels_in(world.camera.evidence, between(start, end)).await.unwrap();
    assert_eq!(find(299, 301).await, [first, second.clone()]);
    assert_eq!(find(300, 400).await, [second]);
    assert_eq!(find(310, 400).await, []);
    for wrong in [levels(900, 0), levels(900, 3001), Levels { peak: Vec::new(), ..levels(900, 1) }] {
        assert!(matches!(world.records.add_levels(wrong).await, Err(Error::Invalid { field: "levels", .. })));
    }
}
