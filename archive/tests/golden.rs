//! What stands in the log is permanent: names of objects, and what each kind of entry and body says.
//!
//! `LIUHEN_BLESS=1` writes a golden file that is not there yet. It never overwrites one.

#[path = "conformance/world.rs"]
mod world;

#[path = "conformance/alarms.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod alarms;
#[path = "conformance/corrected.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod corrected;

#[path = "conformance/file.rs"]
mod file;

#[path = "conformance/identities.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod identities;

#[path = "conformance/judged.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod judged;

#[path = "conformance/logins.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod logins;

#[path = "conformance/machines.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod machines;
#[path = "conformance/neighbours.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod neighbours;
#[path = "conformance/people.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod people;
#[path = "conformance/process.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod process;

use std::sync::Arc;

use liuhen_archive::names;
use liuhen_archive::records::{
    AlarmChange, CameraKind, ClockName, EndReason, FlagReport, GapCause, GapChange, GapKind, LateSignature, NewCamera,
    NewSegment, NewSite, NewViewpoint, RunEnd, Sqlite, StreamPlace, StreamRole, TrustLevel,
};
use liuhen_proto::custody::Envelope;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{CameraId, RoomId, RunId, SiteId, StreamId, ViewpointId};
use liuhen_proto::segment::SignedRange;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{Sha256, Timestamp};
use world::{World, at};

#[test]
fn the_name_of_an_object_and_its_manifest() {
    // 2026-11-21T23:59:59.999999Z: another day in Beijing; the name goes by UTC.
    let start = Timestamp::from_micros(1_795_305_599_999_999);
    let random = SeededRandom::new(42);
    let place = StreamPlace {
        stream: StreamId::mint(start, &random),
        role: StreamRole::Evidence,
        camera: CameraId::mint(start, &random),
        viewpoint: ViewpointId::mint(start, &random),
        room: RoomId::mint(start, &random),
        site: SiteId::mint(start, &random),
        trust: TrustLevel::Captured,
    };
    let run = RunId::mint(start, &random);
    let sequence = |place| Sequence::new(place).unwrap();
    let object = names::object(&place, start, run, sequence(30), sequence(59), &Sha256::of(b"object"));
    let text = format!("{object}\n{}\n{}\n", names::manifest(&object), names::month(run));
    assert_eq!(text, include_str!("golden/names.v1.txt"));
}

/// One entry of each kind, each followed by its body where it has one.
#[tokio::test]
async fn what_each_kind_of_entry_and_body_says() {
    let directory = tempfile::tempdir().unwrap();
    let random = Arc::new(SeededRandom::new(1));
    let records = Sqlite::open(&directory.path().join("liuhen.db"), random).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let session = world.session(0, 600).await;
    let windows = vec![world.window(0, 700)];
    world.records.revise_session(&world.act(1), session.id, 1, windows, "补时".to_owned()).await.unwrap();
    let run = world.run(0).await;
    world.records.seal_segments(&world.act(70), vec![world.segment(run, 0, 30, 0)]).await.unwrap();
    let (statement, key) = ("{}".to_owned(), SigningKey::from_seed(&[7; 32]));
    let signed = SignedRange { signature: key.sign(statement.as_bytes()), key: key.public(), statement };
    let late = LateSignature { run, first: world::sequence(0), last: world::sequence(29), signed };
    world.records.append_signature(&world.act(80), late).await.unwrap();
    let end = RunEnd { fragments: 30, reason: EndReason::CameraClosed };
    world.records.end_run(&world.act(81), run, end).await.unwrap();
    for end in [None, Some(at(90)), Some(at(60))] {
        let (viewpoint, kind, cause) = (world.viewpoint.id, GapKind::NoPicture, GapCause::CameraUnreachable);
        let open = GapChange::Open { session: session.id, viewpoint, kind, cause, start: at(60), end };
        world.records.change_gaps(&world.act(91), vec![open]).await.unwrap();
    }
    is_golden(&world, "entries.v1.jsonl", 0).await;
}

/// What the second version added: judgement, flags, keys, imports, and what fills a gap.
#[tokio::test]
async fn what_the_entries_of_judgement_and_imports_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let (act, viewpoint, session) = (world.act(10), world.viewpoint.id, world.session(0, 600).await.id);
    let from = world.records.head().await.unwrap().size;
    let pickup = NewViewpoint {
        room: world.viewpoint.room,
        name: "ceiling".to_owned(),
        required: true,
        sound_required: true,
        sound_only: true,
        seats: Vec::new(),
    };
    let pickup = world.records.create_viewpoint(&act, pickup).await.unwrap().value.id;
    let camera = NewCamera { viewpoint: pickup, name: "m1".to_owned(), has_viewing_stream: false, kind: CameraKind::Pickup };
    world.records.create_camera(&act, camera).await.unwrap();
    world.records.set_thresholds(&act, viewpoint, 0, judged::thresholds(), "夜间教室".to_owned()).await.unwrap();
    let still = world.records.add_still(judged::still(&world, 5)).await.unwrap().still;
    world.records.accept_reference(&act, viewpoint, 1, still).await.unwrap();
    let flag = judged::flag(&world, 20);
    let over = FlagReport { version: 2, end: Some(at(40)), seen: at(40), ..flag.clone() };
    world.records.report_flags(&act, vec![flag, over]).await.unwrap();
    let key = file::register(&world).await;
    let import = world.records.take_import(&act, file::file(&world, &key, 60, 1)).await.unwrap().value;
    world.records.correct_import(&act, file::correction(&import, 2, 100_000_000, &key)).await.unwrap();
    let (kind, cause, start) = (GapKind::NoPicture, GapCause::CameraUnreachable, at(60));
    let open = GapChange::Open { session, viewpoint, kind, cause, start, end: Some(at(90)) };
    let gap = world.records.change_gaps(&act, vec![open]).await.unwrap()[0].id;
    let fill = GapChange::Change { gap, cause, start, end: Some(start), filled_by: Some(TrustLevel::Imported), late: false };
    world.records.change_gaps(&act, vec![fill]).await.unwrap();
    is_golden(&world, "entries.v2.jsonl", from).await;
}

/// An alarm that was raised, acknowledged and over, and a gap that was filled late.
#[tokio::test]
async fn what_entries_of_alarms_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(3))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let (session, viewpoint) = (world.session(0, 600).await.id, world.viewpoint.id);
    let from = world.records.head().await.unwrap().size;
    let raised = AlarmChange::Open(alarms::silent(&world));
    let alarm = world.records.change_alarms(&world.act(111), vec![raised]).await.unwrap().remove(0).id;
    world.records.acknowledge_alarm(&world.act(120), alarm, "王芳".to_owned(), "去看网线".to_owned()).await.unwrap();
    world.records.change_alarms(&world.act(200), vec![AlarmChange::Close { alarm }]).await.unwrap();
    let (kind, cause, start) = (GapKind::NoPicture, GapCause::Lost, at(60));
    let open = GapChange::Open { session, viewpoint, kind, cause, start, end: Some(at(90)) };
    let gap = world.records.change_gaps(&world.act(210), vec![open]).await.unwrap()[0].id;
    let fill = GapChange::Change { gap, cause, start, end: Some(start), filled_by: Some(TrustLevel::Captured), late: true };
    world.records.change_gaps(&world.act(300), vec![fill]).await.unwrap();
    is_golden(&world, "alarms.v1.jsonl", from).await;
}

/// What the third version added: clocks that are corrected.
#[tokio::test]
async fn what_the_entries_of_a_corrected_clock_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    world.session(0, 600).await;
    let run = world.new_run(0);
    let from = world.records.head().await.unwrap().size;
    world.records.open_run(&world.act(0), run.clone()).await.unwrap();
    let clock = ClockName { recorder: world.recorder.id, boot: run.boot, mapping: 2 };
    for (first, shift_us) in [(0, 60_000_000), (30, -30_000_000)] {
        let segment = NewSegment { clock_mapping: Some(2), ..world.segment(run.run, first, 30, 120) };
        world.records.seal_segments(&world.act(300), vec![segment]).await.unwrap().remove(0).unwrap();
        let word = corrected::word(clock, u32::try_from(first).unwrap() + 1, shift_us, &world.key);
        world.records.correct_clock(&world.act(301), word).await.unwrap();
    }
    is_golden(&world, "entries.clock.v1.jsonl", from).await;
}

/// What the fourth version added: people, their roles, passes and logins, looks at footage, and districts.
#[tokio::test]
async fn what_the_entries_of_people_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    let region = Some("370402".parse().unwrap());
    let new = NewSite { organization: world.site.organization, name: "第二考点".to_owned(), region };
    world.records.create_site(&world.act(1), new).await.unwrap();
    people::all_kinds(&world).await;
    is_golden(&world, "entries.people.v1.jsonl", from).await;
}

/// What the fifth version added: recorders as machines, and what was refused.
#[tokio::test]
async fn what_the_entries_of_machines_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    machines::all_kinds(&world).await;
    is_golden(&world, "entries.machines.v1.jsonl", from).await;
}

/// Logins that somebody else ends, which came with the sixth version as well.
#[tokio::test]
async fn what_the_entries_of_ended_logins_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    logins::all_kinds(&world).await;
    is_golden(&world, "entries.logins.v1.jsonl", from).await;
}

/// What the sixth version added: people whom somebody else vouches for.
#[tokio::test]
async fn what_the_entries_of_identities_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    identities::all_kinds(&world).await;
    is_golden(&world, "entries.identity.v1.jsonl", from).await;
}

/// What the seventh version added: facts of the process, batches, looks at persons, calendars.
#[tokio::test]
async fn what_the_entries_of_the_process_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    process::all_kinds(&world).await;
    is_golden(&world, "entries.process.v1.jsonl", from).await;
}

/// Neighbouring systems: what they may, and their keys.
#[tokio::test]
async fn what_the_entries_of_neighbours_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    neighbours::all_kinds(&world).await;
    is_golden(&world, "entries.neighbours.v1.jsonl", from).await;
}

/// Kinds of facts that came later: catalogues, appraisals, waivers in every case, answers with values.
#[tokio::test]
async fn what_the_entries_of_forms_and_waivers_say() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let world = World::on(Arc::new(records)).await;
    let from = world.records.head().await.unwrap().size;
    process::later_kinds(&world).await;
    is_golden(&world, "entries.forms.v1.jsonl", from).await;
}

/// Entries from an index on, each followed by its body where it has one.
async fn is_golden(world: &World, name: &str, from: u64) {
    let mut text = Vec::new();
    for entry in world.records.entries(from, None, 1000).await.unwrap() {
        text.extend([entry.envelope.as_slice(), b"\n"].concat());
        if let Some(body) = Envelope::from_bytes(&entry.envelope).unwrap().body {
            text.extend([world.records.body(body).await.unwrap().unwrap().as_slice(), b"\n"].concat());
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if !path.exists() && std::env::var_os("LIUHEN_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    for (kept, written) in kept.lines().zip(String::from_utf8(text.clone()).unwrap().lines()) {
        assert_eq!(kept, written);
    }
    assert_eq!(kept.into_bytes(), text);
}
