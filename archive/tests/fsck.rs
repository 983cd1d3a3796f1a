//! Every kind of damage is found, and nothing is found where there is none.

#[path = "conformance/world.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of the world")]
mod world;

#[path = "conformance/corrected.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod corrected;

#[path = "conformance/file.rs"]
mod file;

#[path = "conformance/judged.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod judged;

#[path = "conformance/process.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod process;

use futures_util::TryStreamExt as _;
use std::path::Path;
use std::sync::Arc;

use liuhen_archive::fsck::{FindingKind, Report};
use liuhen_archive::records::{
    ClockName, EndReason, FlagReport, GapCause, GapChange, GapKind, LateSignature, NewSegment, RunEnd, Sqlite,
};
use liuhen_archive::{Archive, Live, Objects, fsck, names};
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, TrackHeader};
use liuhen_proto::ids::BootId;
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::{Manifest, ManifestFragment, RangeStatement, SignedRange, Sized256};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{ManualClock, SeededRandom};
use liuhen_proto::{BootTime, Sha256};
use sqlx::{Connection as _, SqliteConnection};
use world::{World, at, sequence};

struct Site {
    directory: tempfile::TempDir,
    archive: Archive,
    /// Names of the objects, in the order of time.
    objects: Vec<String>,
}

impl Site {
    /// An archive in which everything that there is has happened once.
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let random = Arc::new(SeededRandom::new(3));
        let records = Sqlite::open(&directory.path().join("liuhen.db"), random.clone()).await.unwrap();
        let archive = Archive {
            records: Arc::new(records),
            objects: Objects::open(&directory.path().join("objects")).unwrap(),
            live: Live::new(at(0)),
            clock: Arc::new(ManualClock::at(at(0))),
            random,
        };
        let world = World::on(archive.records.clone()).await;
        let session = world.session(0, 600).await;
        let windows = vec![world.window(0, 700)];
        archive.records.revise_session(&world.act(1), session.id, 1, windows, "补时".to_owned()).await.unwrap();
        let run = world.run(0).await;
        let mut objects = Vec::new();
        for (first, seconds) in [(0, 0), (30, 60), (60, 120)] {
            let segment = store(&archive, &world, world.segment(run, first, 30, seconds)).await;
            objects.push(segment.object_name.clone());
            let statement = statement(&world, &segment);
            archive.records.seal_segments(&world.act(200), vec![segment]).await.unwrap().pop().unwrap().unwrap();
            if first == 60 {
                let late = LateSignature { run, first: sequence(60), last: sequence(89), signed: statement };
                archive.records.append_signature(&world.act(500), late).await.unwrap();
            }
        }
        let end = RunEnd { fragments: 90, reason: EndReason::Stopped };
        archive.records.end_run(&world.act(201), run, end).await.unwrap();
        for end in [None, Some(at(210))] {
            let (viewpoint, kind, cause) = (world.viewpoint.id, GapKind::NoPicture, GapCause::StoppedOnPurpose);
            let open = GapChange::Open { session: session.id, viewpoint, kind, cause, start: at(180), end };
            archive.records.change_gaps(&world.act(206), vec![open]).await.unwrap();
        }
        judge(&archive, &world).await;
        import(&archive, &world).await;
        correct(&archive, &world).await;
        process::all_kinds(&world).await;
        Self { directory, archive, objects }
    }

    /// The same records in a database of their own, over the same objects: cheaper than another `new`.
    async fn copy(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for file in ["liuhen.db", "liuhen.db-wal"] {
            std::fs::copy(self.directory.path().join(file), directory.path().join(file)).unwrap();
        }
        let random = self.archive.random.clone();
        let records = Sqlite::open(&directory.path().join("liuhen.db"), random).await.unwrap();
        let archive = Archive { records: Arc::new(records), ..self.archive.clone() };
        Self { directory, archive, objects: self.objects.clone() }
    }

    fn path(&self, object: &str) -> std::path::PathBuf {
        self.directory.path().join("objects").join(object)
    }

    async fn sql(&self, statement: &str) -> u64 {
        let database = format!("sqlite://{}", self.directory.path().join("liuhen.db").display());
        let mut connection = SqliteConnection::connect(&database).await.unwrap();
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
    }

    async fn fsck(&self) -> Report {
        fsck(&self.archive, &mut |_| {}).await.unwrap()
    }

    async fn finds(&self, kind: FindingKind) -> String {
        let report = self.fsck().await;
        assert_eq!(report.sound, !kind.is_damage());
        let finding = report.findings.iter().find(|finding| finding.kind == kind);
        let finding = finding.unwrap_or_else(|| panic!("{kind:?} was not found: {:#?}", report.findings));
        assert!(finding.message_zh.contains(&finding.thing));
        format!("{}: {}", finding.thing, finding.detail)
    }
}

/// A flag, two stills, of which one is accepted, and thresholds.
async fn judge(archive: &Archive, world: &World) {
    let (records, act, viewpoint) = (&archive.records, world.act(300), world.viewpoint.id);
    records.set_thresholds(&act, viewpoint, 0, judged::thresholds(), "夜间教室".to_owned()).await.unwrap();
    for seconds in [10_i64, 20] {
        let bytes = bytes::Bytes::copy_from_slice(&seconds.to_be_bytes());
        let still = judged::still(world, seconds);
        archive.objects.put(&still.object_name, bytes).await.unwrap();
        let still = records.add_still(still).await.unwrap().still;
        if seconds == 10 {
            records.accept_reference(&act, viewpoint, 1, still).await.unwrap();
        }
    }
    let flag = judged::flag(world, 20);
    let over = FlagReport { version: 3, end: Some(at(40)), seen: at(40), ..flag.clone() };
    for outcome in records.report_flags(&act, vec![flag, over]).await.unwrap() {
        outcome.unwrap();
    }
}

/// An NVR's file, and a correction of its clock.
async fn import(archive: &Archive, world: &World) {
    let key = file::register(world).await;
    let mut new = file::file(world, &key, 400, 1);
    new.segments = vec![store_with(archive, world, new.segments.remove(0), false).await];
    archive.objects.put(&new.original_name, bytes::Bytes::from_static(b"nvr")).await.unwrap();
    let import = archive.records.take_import(&world.act(301), new).await.unwrap().value;
    archive.records.correct_import(&world.act(302), file::correction(&import, 2, 5_000_000, &key)).await.unwrap();
}

/// A clock that was wrong, of a segment before and one after that was known.
async fn correct(archive: &Archive, world: &World) {
    let run = world.new_run(300);
    archive.records.open_run(&world.act(300), run.clone()).await.unwrap();
    let clock = ClockName { recorder: world.recorder.id, boot: run.boot, mapping: 1 };
    for (first, shift_us) in [(0, 7_000_000), (30, 9_000_000)] {
        let segment = NewSegment { clock_mapping: Some(1), ..world.segment(run.run, first, 30, 800 + 2 * first.cast_signed()) };
        let segment = store_with(archive, world, segment, false).await;
        archive.records.seal_segments(&world.act(310), vec![segment]).await.unwrap().remove(0).unwrap();
        let word = corrected::word(clock, u32::try_from(first).unwrap() + 1, shift_us, &world.key);
        archive.records.correct_clock(&world.act(311), word).await.unwrap();
    }
}

/// Puts an object and its manifest where a segment says they are. The bytes are no video; `fsck` does not mind.
async fn store(archive: &Archive, world: &World, segment: NewSegment) -> NewSegment {
    store_with(archive, world, segment, true).await
}

async fn store_with(archive: &Archive, world: &World, mut segment: NewSegment, signed: bool) -> NewSegment {
    let (init, boot) = (b"ftyp moov".as_slice(), BootId::mint(at(0), &world.random));
    let mut object = init.to_vec();
    let mut fragments = Vec::new();
    for indexed in &mut segment.fragments {
        let track = |track: &liuhen_proto::index::IndexedTrack| TrackHeader {
            track: track.track,
            kind: track.kind,
            codec: "avc1.64001f".into(),
            timescale: 90_000.try_into().unwrap(),
            media_start: track.media_start,
            media_end: track.media_end,
            boot_start: BootTime::from_micros(1),
            boot_end: BootTime::from_micros(2_000_001),
            wall_start: track.interval.start(),
            wall_end: track.interval.end(),
            samples: 50,
            lost_packets: 0,
            damaged: false,
            origin: None,
            camera_wall_start: None,
        };
        let header = FragmentHeader {
            v: 1,
            run: segment.run,
            sequence: indexed.sequence,
            stream: segment.stream,
            boot,
            clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
            starts_with_sync: true,
            tracks: indexed.tracks.iter().map(track).collect(),
        };
        let bytes = header.to_bytes();
        let (offset_bytes, size_bytes) = (object.len() as u64, u32::try_from(bytes.len()).unwrap());
        let sha256 = Sha256::of(&bytes);
        object.extend(bytes);
        *indexed = IndexedFragment::new(&header, sha256, offset_bytes, size_bytes, &[100, 200]);
        fragments.push(ManifestFragment { offset_bytes, size_bytes, sha256, header });
    }
    let sized = |bytes: &[u8]| Sized256 { sha256: Sha256::of(bytes), size_bytes: bytes.len() as u64 };
    segment.object = sized(&object);
    segment.unsigned_tail = segment.fragments[0].sequence == sequence(60);
    let signatures = if segment.unsigned_tail || !signed { Vec::new() } else { vec![statement(world, &segment)] };
    let manifest = Manifest {
        v: 1,
        r#type: "manifest".into(),
        alg: "sha256".into(),
        stream: segment.stream,
        run: segment.run,
        init: sized(init),
        object: segment.object,
        fragments,
        signatures,
        unsigned_tail: segment.unsigned_tail,
    };
    segment.manifest_sha256 = Sha256::of(&manifest.to_bytes());
    archive.objects.put(&segment.object_name, object.into()).await.unwrap();
    archive.objects.put(&names::manifest(&segment.object_name), manifest.to_bytes().into()).await.unwrap();
    segment
}

fn statement(world: &World, segment: &NewSegment) -> SignedRange {
    let statement = RangeStatement {
        v: 1,
        r#type: "range".into(),
        recorder: world.recorder.id,
        stream: segment.stream,
        run: segment.run,
        init: Sha256::of(b"ftyp moov"),
        first: segment.fragments[0].sequence,
        fragments: segment.fragments.iter().map(|fragment| fragment.sha256).collect(),
    };
    let (bytes, key) = (statement.to_bytes(), SigningKey::from_seed(&[7; 32]));
    SignedRange { signature: key.sign(&bytes), key: key.public(), statement: String::from_utf8(bytes).unwrap() }
}

fn flip(path: &Path, place: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[place] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_whole_archive_is_sound() {
    let site = Site::new().await;
    let mut stages = Vec::new();
    let report = fsck(&site.archive, &mut |progress| stages.push(progress.stage)).await.unwrap();
    assert_eq!((report.sound, report.findings), (true, Vec::new()));
    assert_eq!((report.checked.segments, report.checked.objects), (6, 15));
    assert_eq!(report.checked.entries, site.archive.records.head().await.unwrap().size);
    stages.dedup();
    assert_eq!(stages.len(), 3);
}

#[tokio::test]
async fn a_flipped_byte_is_found_and_its_fragment_named() {
    let site = Site::new().await;
    let place = std::fs::metadata(site.path(&site.objects[1])).unwrap().len() / 2;
    flip(&site.path(&site.objects[1]), usize::try_from(place).unwrap());
    let found = site.finds(FindingKind::ObjectChanged).await;
    assert!(found.starts_with(&site.objects[1]) && found.ends_with("damaged fragments: 45"), "{found}");
    let site = Site::new().await;
    let bytes = std::fs::read(site.path(&site.objects[1])).unwrap();
    std::fs::write(site.path(&site.objects[1]), &bytes[..bytes.len() - 1]).unwrap();
    assert!(site.finds(FindingKind::ObjectChanged).await.ends_with("damaged fragments: 59"));
}

#[tokio::test]
async fn missing_and_changed_files_are_found() {
    let site = Site::new().await;
    std::fs::remove_file(site.path(&site.objects[0])).unwrap();
    assert!(site.finds(FindingKind::ObjectMissing).await.starts_with(&site.objects[0]));
    let manifest = site.path(&names::manifest(&site.objects[1]));
    flip(&manifest, 10);
    site.finds(FindingKind::ManifestChanged).await;
    std::fs::remove_file(manifest).unwrap();
    site.finds(FindingKind::ManifestMissing).await;
}

#[tokio::test]
async fn originals_and_accepted_stills_are_facts_and_other_stills_are_derived() {
    let site = Site::new().await;
    let listed: Vec<_> = site.archive.objects.list().try_collect().await.unwrap();
    let named = |start: &str, end: &str| {
        let found = listed.iter().find(|object| object.name.starts_with(start) && object.name.contains(end));
        found.unwrap_or_else(|| panic!("{start}…{end}")).name.clone()
    };
    let (reference, derived) =
        (named("derived/", &at(10).as_micros().to_string()), named("derived/", &at(20).as_micros().to_string()));
    flip(&site.path(&derived), 0);
    assert!(site.finds(FindingKind::DerivedChanged).await.starts_with(&derived));
    std::fs::remove_file(site.path(&derived)).unwrap();
    assert!(site.finds(FindingKind::DerivedMissing).await.starts_with(&derived));
    flip(&site.path(&reference), 0);
    assert!(site.finds(FindingKind::ObjectChanged).await.starts_with(&reference));
    let site = Site::new().await;
    let original = named("originals/", "imp_");
    std::fs::remove_file(site.path(&original)).unwrap();
    assert!(site.finds(FindingKind::ObjectMissing).await.starts_with(&original));
    let stray = "originals/2026/11/22/site/imp_01KAPM3ZC0000000000000000Z-01234567";
    site.archive.objects.put(stray, bytes::Bytes::from_static(b"x")).await.unwrap();
    let report = site.fsck().await;
    assert!(report.findings.iter().any(|finding| finding.kind == FindingKind::Orphan && finding.thing == stray));
}

#[tokio::test]
async fn an_orphan_is_told_and_harms_nothing() {
    let site = Site::new().await;
    site.archive.objects.put("media/2026/11/22/x.mp4", bytes::Bytes::from_static(b"x")).await.unwrap();
    assert!(site.finds(FindingKind::Orphan).await.starts_with("media/2026/11/22/x.mp4"));
}

#[tokio::test]
async fn a_changed_row_of_every_table_is_found() {
    let whole = Site::new().await;
    for (change, kind) in [
        ("UPDATE organization SET name = 'x'", FindingKind::RowChanged),
        ("UPDATE organization SET kind = 'enterprise'", FindingKind::RowChanged),
        ("UPDATE organization SET kind = 'rubbish'", FindingKind::RowUnreadable),
        ("UPDATE site SET name = 'x'", FindingKind::RowChanged),
        ("UPDATE room SET kind = 'theory'", FindingKind::RowChanged),
        ("UPDATE viewpoint SET required = FALSE", FindingKind::RowChanged),
        ("UPDATE viewpoint SET seats = 'A1'", FindingKind::RowChanged),
        ("UPDATE camera SET name = 'x'", FindingKind::RowChanged),
        ("UPDATE recorder SET public_key = (SELECT public_key FROM late_signature)", FindingKind::RowChanged),
        ("UPDATE recorder SET token_sha256 = randomblob(32)", FindingKind::RowChanged),
        ("UPDATE session SET exam_end_us = exam_end_us - 1", FindingKind::RowChanged),
        ("UPDATE session SET revision = 1", FindingKind::RowChanged),
        ("UPDATE expected_window SET end_us = end_us - 1", FindingKind::RowChanged),
        ("UPDATE run SET init = randomblob(9)", FindingKind::RowChanged),
        ("UPDATE run SET end_reason = 'camera_closed' WHERE end_reason IS NOT NULL", FindingKind::RowChanged),
        ("UPDATE run SET end_reason = NULL, fragments = NULL", FindingKind::RowMissing),
        ("UPDATE segment SET start_us = start_us - 1 WHERE first_sequence = 30", FindingKind::RowChanged),
        ("UPDATE segment SET unsigned_tail = TRUE WHERE first_sequence = 30", FindingKind::RowChanged),
        ("UPDATE segment SET manifest_sha256 = randomblob(32) WHERE first_sequence = 30", FindingKind::RowChanged),
        ("UPDATE segment SET coverage = randomblob(3) WHERE first_sequence = 30", FindingKind::ManifestDisagrees),
        ("UPDATE segment_index SET fragments = x'' WHERE first_sequence = 30", FindingKind::ManifestDisagrees),
        ("UPDATE late_signature SET signature = randomblob(64)", FindingKind::RowChanged),
        ("UPDATE gap SET cause = 'camera_unreachable'", FindingKind::RowChanged),
        ("UPDATE gap SET version = 1, end_us = NULL, closed_us = NULL", FindingKind::RowChanged),
        ("UPDATE gap SET filled_by = 'captured'", FindingKind::RowChanged),
        ("UPDATE viewpoint SET sound_only = TRUE", FindingKind::RowChanged),
        ("UPDATE viewpoint SET thresholds = 'silent -62500'", FindingKind::RowChanged),
        ("UPDATE viewpoint SET thresholds = 'rubbish'", FindingKind::RowUnreadable),
        ("UPDATE viewpoint SET judgement_revision = 1", FindingKind::RowChanged),
        ("UPDATE viewpoint SET reference_sha256 = randomblob(32)", FindingKind::RowChanged),
        ("UPDATE camera SET kind = 'camera' WHERE kind = 'import'", FindingKind::RowChanged),
        ("UPDATE stream SET shift_us = 0 WHERE import IS NOT NULL", FindingKind::RowChanged),
        ("UPDATE stream SET import = NULL", FindingKind::RowChanged),
        ("UPDATE flag SET measured_milli = measured_milli + 1", FindingKind::RowChanged),
        ("UPDATE flag SET told = 1, end_us = NULL", FindingKind::RowChanged),
        ("UPDATE flag SET subjects = ''", FindingKind::RowMissing),
        ("UPDATE person_key SET name = 'x'", FindingKind::RowChanged),
        ("UPDATE import SET original_sha256 = randomblob(32)", FindingKind::RowChanged),
        ("UPDATE import_revision SET clock_offset_us = 1 WHERE revision = 1", FindingKind::RowChanged),
        ("UPDATE import_revision SET statement_sha256 = randomblob(32)", FindingKind::RowChanged),
        ("UPDATE still SET object_sha256 = randomblob(32)", FindingKind::ObjectChanged),
        ("UPDATE segment SET shift_us = 1 WHERE clock_mapping = 1", FindingKind::RowChanged),
        (
            "UPDATE segment SET shift_us = 1, start_us = start_us - 8999999, end_us = end_us - 8999999 WHERE clock_mapping = 1",
            FindingKind::RowChanged,
        ),
        ("UPDATE segment SET sealed_shift_us = 1 WHERE clock_mapping = 1", FindingKind::RowChanged),
        ("UPDATE segment SET clock_mapping = 2 WHERE clock_mapping = 1", FindingKind::ManifestDisagrees),
        ("UPDATE clock_correction SET shift_us = 1 WHERE revision = 1", FindingKind::RowChanged),
        ("UPDATE clock_correction SET sessions = 'x'", FindingKind::RowWithoutEntry),
        ("UPDATE fact SET occurred_us = occurred_us + 1 WHERE kind = 'seats_assigned'", FindingKind::RowChanged),
        ("UPDATE fact SET pack = 'none'", FindingKind::RowChanged),
        ("UPDATE case_file SET facts = facts - 1 WHERE facts > 1", FindingKind::RowChanged),
        ("DELETE FROM batch_session", FindingKind::RowChanged),
        ("DELETE FROM fact_key WHERE key LIKE 'cand%'", FindingKind::RowChanged),
        ("UPDATE fact_key SET key = 'ticket:0' WHERE key = 'milestone'", FindingKind::RowChanged),
        ("UPDATE fact SET kind = 'entered' WHERE kind = 'seats_assigned'", FindingKind::RowUnreadable),
        (
            "UPDATE fact SET body = (SELECT body FROM fact f WHERE f.kind = 'batch_planned') WHERE kind = 'seats_assigned'",
            FindingKind::RowUnreadable,
        ),
        ("UPDATE batch SET organization = 'org_01KAPM3ZC0000000000000000Z'", FindingKind::RowChanged),
        ("UPDATE reveal SET purpose = 'x'", FindingKind::RowChanged),
        ("UPDATE calendar_year SET days = replace(days, '国庆节', '元旦')", FindingKind::RowChanged),
        ("UPDATE body SET bytes = randomblob(9)", FindingKind::BodyChanged),
        ("UPDATE subject SET entries = entries - 1", FindingKind::HeadDiffers),
        ("UPDATE head SET frontier = randomblob(length(frontier))", FindingKind::HeadDiffers),
        ("UPDATE tree SET root = randomblob(32) WHERE size = 5", FindingKind::RootDiffers),
    ] {
        let site = whole.copy().await;
        assert_ne!(site.sql(change).await, 0, "{change}");
        site.finds(kind).await;
    }
}

#[tokio::test]
async fn rows_that_go_and_rows_that_slip_in_are_found() {
    let whole = Site::new().await;
    for table in [
        "organization",
        "site",
        "room",
        "viewpoint",
        "camera",
        "recorder",
        "session",
        "run",
        "segment",
        "late_signature",
        "gap",
        "flag",
        "person_key",
        "import",
        "import_revision",
        "clock_correction",
        "fact",
        "batch",
        "reveal",
        "calendar_year",
    ] {
        let site = whole.copy().await;
        site.sql(&format!("DELETE FROM {table}")).await;
        site.finds(FindingKind::RowMissing).await;
    }
    let site = Site::new().await;
    site.sql("DELETE FROM body").await;
    site.finds(FindingKind::BodyMissing).await;
    site.sql("INSERT INTO organization VALUES ('org_01KAPM3ZC0000000000000000Z', 'x', 'enterprise')").await;
    site.finds(FindingKind::RowWithoutEntry).await;
}

#[tokio::test]
async fn a_removed_entry_is_found_wherever_it_stood() {
    let site = Site::new().await;
    site.sql("DELETE FROM leaf WHERE idx = 9").await;
    assert!(site.finds(FindingKind::EntryMissing).await.starts_with("entry 9"));
    let site = Site::new().await;
    let last = site.archive.records.head().await.unwrap().size - 1;
    site.sql(&format!("DELETE FROM leaf WHERE idx = {last}")).await;
    assert!(site.finds(FindingKind::EntryMissing).await.starts_with(&format!("entry {last}")));
    // Removed, and the rest moved up and the head set back: the chain and the roots still tell.
    let site = Site::new().await;
    site.sql(
        "DELETE FROM leaf WHERE idx = 9; UPDATE leaf SET idx = -idx WHERE idx > 9; UPDATE leaf SET idx = -idx - 1 WHERE idx < 0",
    )
    .await;
    site.sql("UPDATE head SET size = size - 1; DELETE FROM tree WHERE size = (SELECT max(size) FROM tree)").await;
    site.finds(FindingKind::ChainBroken).await;
    site.finds(FindingKind::RootDiffers).await;
}

#[tokio::test]
async fn swapped_entries_are_found_within_a_chain_and_across_chains() {
    // Segments of one session stand next to each other in its chain.
    let swap = |a: u32, b: u32, columns: &[&str]| {
        let set = |column: &&str| format!("{column} = (SELECT o.{column} FROM was o WHERE o.idx = {a} + {b} - leaf.idx)");
        let set: Vec<_> = columns.iter().map(set).collect();
        format!("CREATE TEMP TABLE was AS SELECT * FROM leaf; UPDATE leaf SET {} WHERE idx IN ({a}, {b})", set.join(", "))
    };
    let site = Site::new().await;
    site.sql(&swap(10, 11, &["envelope"])).await;
    site.finds(FindingKind::EntryChanged).await;
    let site = Site::new().await;
    let free = "UPDATE leaf SET idem = idem || '-', subject_seq = subject_seq + 1000 WHERE idx IN (10, 11);";
    let whole = ["hash", "envelope", "subject", "subject_seq", "idem"];
    let was = swap(10, 11, &whole).replace("; UPDATE", &format!("; {free} UPDATE"));
    site.sql(&was).await;
    assert!(site.finds(FindingKind::ChainBroken).await.contains("entry 10"));
    // The run was opened in the chain of its stream: no chain breaks, but the root does.
    let site = Site::new().await;
    let was = swap(8, 9, &whole).replace("; UPDATE", &format!("; {} UPDATE", free.replace("10, 11", "8, 9")));
    site.sql(&was).await;
    assert!(site.finds(FindingKind::RootDiffers).await.starts_with("entries 8 to 8"), "the first root that differs tells where");
    assert!(site.fsck().await.findings.iter().all(|finding| finding.kind != FindingKind::ChainBroken));
}
