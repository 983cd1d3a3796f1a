//! The permanent formats, byte for byte. Each file under `golden/` is what version 1 writes: it must be
//! written so for ever, and read back for ever. A new version gets files of its own; these never change.
//!
//! `LIUHEN_BLESS=1` writes files that are not there yet. It never overwrites one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use liuhen_proto::clock::{ClockBasis, ClockStatement};
use liuhen_proto::custody::note::NoteKey;
use liuhen_proto::custody::proof_file::{Continuation, LeafProof, ManyProof};
use liuhen_proto::custody::tile::perfect_root;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Body, Chain, Checkpoint, EntryType, Envelope, Frontier, TreeHead, Trust, Value, shape};
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Origin, Sequence, TrackHeader, TrackKind};
use liuhen_proto::ids::{BootId, CameraId, ImportId, NodeId, RecorderId, RunId, SessionId, SiteId, StreamId, ViewpointId};
use liuhen_proto::import::{CorrectionStatement, ImportStatement, ImportedRun};
use liuhen_proto::index::{self, IndexedFragment};
use liuhen_proto::segment::{Manifest, ManifestFragment, RangeStatement, SignedRange, Sized256};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{BootTime, Interval, MediaTime, Principal, Sha256, Timestamp};
use serde_json::json;

/// 2026-11-22T02:00:00.123456Z.
const MORNING: Timestamp = Timestamp::from_micros(1_795_312_800_123_456);

/// Compares with the file, and gives the file's bytes.
fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if !path.exists() && std::env::var_os("LIUHEN_BLESS").is_some() {
        std::fs::write(&path, written).unwrap();
    }
    let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(kept == written, "{name}: what is written now differs from the golden file:\n{}", String::from_utf8_lossy(written));
    kept
}

fn random() -> SeededRandom {
    SeededRandom::new(42)
}

fn run() -> RunId {
    RunId::mint(MORNING, &random())
}

fn stream() -> StreamId {
    StreamId::mint(MORNING, &random())
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_micros(MORNING.as_micros() + seconds * 1_000_000)
}

fn track(track: u32, kind: TrackKind, place: i64) -> TrackHeader {
    let (codec, timescale, origin) = match kind {
        TrackKind::Video => ("avc1.64001f", 90_000_u32, None),
        TrackKind::Audio => ("fLaC", 8_000, Some(Origin { codec: "pcma".into(), sha256: Sha256::of(b"the camera's own bytes") })),
    };
    let ticks = i64::from(timescale) * 2;
    TrackHeader {
        track,
        kind,
        codec: codec.into(),
        timescale: timescale.try_into().unwrap(),
        media_start: place * ticks,
        media_end: (place + 1) * ticks,
        boot_start: BootTime::from_micros(3_600_000_000 + place.unsigned_abs() * 2_000_000),
        boot_end: BootTime::from_micros(3_602_000_000 + place.unsigned_abs() * 2_000_000),
        wall_start: later(place * 2),
        wall_end: later(place * 2 + 2),
        samples: 50,
        lost_packets: 3,
        damaged: kind == TrackKind::Video && place == 1,
        camera_wall_start: origin.is_none().then(|| later(place * 2)),
        origin,
    }
}

fn header(place: i64) -> FragmentHeader {
    FragmentHeader {
        v: 1,
        run: run(),
        sequence: Sequence::new(place.unsigned_abs()).unwrap(),
        stream: stream(),
        boot: BootId::mint(MORNING, &random()),
        clock: ClockMapping { version: 2, source: ClockSource::Synchronized },
        starts_with_sync: place == 0,
        tracks: vec![track(1, TrackKind::Video, place), track(2, TrackKind::Audio, place)],
    }
}

fn fragments() -> Vec<IndexedFragment> {
    let fragment = |place: u8| {
        let offset = 1_000 + u64::from(place) * 500_100;
        IndexedFragment::new(&header(place.into()), Sha256::of(&[place]), offset, 500_000, &[812, 1_220])
    };
    (0..3).map(fragment).collect()
}

fn statement() -> RangeStatement {
    RangeStatement {
        v: 1,
        r#type: "range".into(),
        recorder: RecorderId::mint(MORNING, &random()),
        stream: stream(),
        run: run(),
        init: Sha256::of(b"init"),
        first: Sequence::FIRST,
        fragments: fragments().iter().map(|fragment| fragment.sha256).collect(),
    }
}

fn signed() -> SignedRange {
    let (key, bytes) = (SigningKey::from_seed(&[9; 32]), statement().to_bytes());
    SignedRange { signature: key.sign(&bytes), key: key.public(), statement: String::from_utf8(bytes).unwrap() }
}

#[test]
fn ids_times_and_principals() {
    let random = random();
    let (recorder, site) = (RecorderId::mint(MORNING, &random), SiteId::mint(MORNING, &random));
    let interval = Interval::new(MORNING, later(2)).unwrap();
    let media = MediaTime { ticks: -1, timescale: 90_000.try_into().unwrap() };
    let text = json!({
        "born_us": run().born().as_micros(),
        "camera": CameraId::mint(MORNING, &random),
        "digest": Sha256::of(b""),
        "interval": format!("{interval:?}"),
        "media_minus_one_tick_us": media.to_micros(),
        "principal_node": Principal::Node(NodeId::mint(MORNING, &random)).to_string(),
        "principal_recorder": Principal::Recorder { recorder, site }.to_string(),
        "run": run(),
        "session_at_zero": SessionId::mint(Timestamp::from_micros(0), &random),
        "timestamp": MORNING,
    });
    golden("ids_and_times.v1.json", serde_json::to_string_pretty(&text).unwrap().as_bytes());
}

#[test]
fn a_fragment_header() {
    let kept = golden("fragment_header.v1.json", &header(1).to_bytes());
    assert_eq!(FragmentHeader::from_bytes(&kept).unwrap(), header(1));
}

#[test]
fn a_range_statement_and_its_signature() {
    let kept = golden("range_statement.v1.json", &statement().to_bytes());
    assert_eq!(RangeStatement::from_bytes(&kept).unwrap(), statement());
    // Ed25519 is deterministic (RFC 8032): the same key signs the same bytes alike.
    let kept = golden("signed_range.v1.json", &liuhen_proto::canonical::to_bytes(&signed()));
    let read: SignedRange = serde_json::from_slice(&kept).unwrap();
    assert_eq!(read.verify(), Some(statement()));
}

#[test]
fn a_manifest() {
    let fragment = |(place, fragment): (usize, IndexedFragment)| ManifestFragment {
        offset_bytes: fragment.offset_bytes,
        size_bytes: fragment.size_bytes,
        sha256: fragment.sha256,
        header: header(i64::try_from(place).unwrap()),
    };
    let manifest = Manifest {
        v: 1,
        r#type: "manifest".into(),
        alg: "sha256".into(),
        stream: stream(),
        run: run(),
        init: Sized256 { sha256: Sha256::of(b"init"), size_bytes: 1_000 },
        object: Sized256 { sha256: Sha256::of(b"object"), size_bytes: 1_501_300 },
        fragments: fragments().into_iter().enumerate().map(fragment).collect(),
        signatures: vec![signed()],
        unsigned_tail: false,
    };
    let kept = golden("manifest.v1.json", &manifest.to_bytes());
    assert_eq!(Manifest::from_bytes(&kept).unwrap(), manifest);
}

#[test]
fn a_packed_index_and_what_it_adds_to_coverage() {
    let kept = golden("segment_index.v1.bin", &index::pack(&fragments()));
    assert_eq!(index::unpack(&kept).unwrap(), fragments());
    let coverage = index::coverage_of(&fragments());
    let kept = golden("segment_coverage.v2.bin", &index::pack_coverage(&coverage));
    assert_eq!(index::unpack_coverage(&kept).unwrap(), coverage);
    // The first version said that something was damaged, and not where: nothing of such a kind counts as clean.
    let first = include_bytes!("golden/segment_coverage.v1.bin");
    let read = index::unpack_coverage(first).unwrap();
    for (read, now) in read.iter().zip(&coverage) {
        assert_eq!((read.kind, &read.covered, read.lost_packets), (now.kind, &now.covered, now.lost_packets));
        assert_eq!(read.damaged, if now.damaged.is_empty() { Vec::new() } else { now.covered.clone() });
    }
}

/// What an importer signs, and what supersedes it.
#[test]
fn statements_about_an_import() {
    let statement = ImportStatement {
        v: 1,
        r#type: "import".into(),
        import: ImportId::mint(MORNING, &random()),
        viewpoint: ViewpointId::mint(MORNING, &random()),
        camera: CameraId::mint(MORNING, &random()),
        stream: stream(),
        original: Sized256 { sha256: Sha256::of(b"nvr"), size_bytes: 3 },
        file_name: "通道03_20261122.dav".into(),
        device: "NVR, channel 3".into(),
        custodian: "王五".into(),
        device_start: MORNING,
        clock_offset_us: 200_000_000,
        offset_reason: "compared with the server at 08:10".into(),
        runs: vec![ImportedRun { run: run(), init: Sha256::of(b"init"), fragments: 30 }],
        left_out: Vec::new(),
    };
    let kept = golden("import_statement.v1.json", &statement.to_bytes());
    assert_eq!(ImportStatement::from_bytes(&kept).unwrap(), statement);
    let correction = CorrectionStatement {
        v: 1,
        r#type: "import.corrected".into(),
        import: statement.import,
        revision: 2,
        clock_offset_us: 140_000_000,
        reason: "the clock was compared again".into(),
    };
    let kept = golden("import_correction.v1.json", &correction.to_bytes());
    assert_eq!(CorrectionStatement::from_bytes(&kept).unwrap(), correction);
}

/// What a recorder signs about a clock of its own.
#[test]
fn a_statement_about_a_clock() {
    let statement = ClockStatement {
        v: 1,
        r#type: "clock.corrected".into(),
        recorder: RecorderId::mint(MORNING, &random()),
        boot: BootId::mint(MORNING, &random()),
        mapping: 3,
        revision: 2,
        shift_us: -3_600_000_000,
        error_us: 4_200,
        basis: ClockBasis::Centre,
    };
    let kept = golden("clock_statement.v1.json", &statement.to_bytes());
    assert_eq!(ClockStatement::from_bytes(&kept).unwrap(), statement);
    let words = [ClockBasis::Synchronized, ClockBasis::Centre, ClockBasis::Unsynchronized].map(ClockBasis::as_str);
    assert_eq!(words, ["synchronized", "centre", "unsynchronized"]);
}

#[test]
fn a_body() {
    let data = json!({ "name": "第一考点", "windows": [{ "start_us": 1, "end_us": 2 }] });
    let data = data.as_object().expect("it is written as one").clone();
    let body = Body::new(data, &random());
    let kept = golden("body.v1.json", &body.to_bytes());
    assert_eq!(Body::from_bytes(&kept).unwrap(), body);
    assert_eq!(Sha256::of(&kept), body.digest());
}

/// The entries of one subject, one a line; their chain, leaves and tree.
#[test]
fn envelopes_chain_leaves_and_tree() {
    let types = [
        EntryType::SessionOpen,
        EntryType::Segment,
        EntryType::SegmentSigned,
        EntryType::Gap,
        EntryType::Record,
        EntryType::KeyAdd,
    ];
    let (mut prev, mut lines) = (None, Vec::new());
    for (seq, kind) in (0..).zip(types) {
        let data = BTreeMap::from([
            ("at_us".to_owned(), Value::from(later(1))),
            ("object_sha256".to_owned(), Value::from(Sha256::of(b"object"))),
            ("n".to_owned(), Value::Integer(-1)),
            ("word".to_owned(), Value::from("camera_unreachable")),
        ]);
        let envelope = Envelope {
            alg: "sha256".into(),
            at: MORNING,
            by: NodeId::mint(MORNING, &random()).to_string(),
            body: (seq == 0).then(|| Sha256::of(b"body")),
            data,
            subject: SessionId::mint(MORNING, &random()).to_string(),
            subject_prev: prev,
            subject_seq: seq,
            r#type: kind,
            v: 1,
        };
        let bytes = envelope.to_bytes().unwrap();
        prev = Some(leaf_hash(&bytes));
        lines.push(bytes);
    }
    let mut text = lines.join(&b'\n');
    text.push(b'\n');
    let kept = golden("chain.v1.jsonl", &text);

    let (mut chain, mut frontier, mut trees) = (Chain::default(), Frontier::default(), Vec::new());
    for line in kept.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n') {
        chain.push(line).unwrap();
        let leaf = leaf_hash(line);
        frontier.push(leaf);
        let hex = frontier.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        trees.push(json!({ "size": frontier.size(), "leaf": leaf, "root": frontier.root(), "frontier": hex }));
    }
    assert_eq!(chain.head(), prev);
    golden("tree.v1.json", serde_json::to_string_pretty(&trees).unwrap().as_bytes());
}

/// What is signed of a log of 13 entries, and the three proofs under it.
#[test]
fn checkpoint_and_proofs() {
    let leaves: Vec<_> = (0..13_u8).map(|n| leaf_hash(&[n])).collect();
    let hash = |part: &shape::Part| {
        let place = |index: u64| usize::try_from(index).unwrap();
        let subtree = |it: shape::Subtree| perfect_root(&leaves[place(it.index << it.level)..place((it.index + 1) << it.level)]);
        shape::join(&part.subtrees().into_iter().map(subtree).collect::<Vec<_>>())
    };
    let hashes = |parts: Option<Vec<shape::Part>>| parts.unwrap().iter().map(hash).collect::<Vec<_>>();
    let key = NoteKey::new("liuhen.example/log".parse().unwrap(), SigningKey::generate(&random()));
    let tree = TreeHead { size: 13, root: hash(&shape::Part::whole(13)) };
    let signed = Checkpoint { origin: "liuhen.example/log".parse().unwrap(), tree };
    let checkpoint = golden("checkpoint.v1.txt", &signed.sign(&key).to_bytes());
    let trust = Trust { logs: vec![key.verifier()], witnesses: Vec::new() };
    assert_eq!(Checkpoint::open(&checkpoint, &trust).unwrap().checkpoint, signed);

    let leaf = LeafProof { index: 11, hashes: hashes(shape::inclusion(11, 13)), checkpoint: checkpoint.clone() };
    assert_eq!(LeafProof::from_bytes(&golden("leaf.v1.tlog-proof", &leaf.to_bytes())), Ok(leaf));
    let grown = Continuation { old_size: 6, hashes: hashes(shape::consistency(6, 13)), checkpoint: checkpoint.clone() };
    assert_eq!(Continuation::from_bytes(&golden("growth.v1.txt", &grown.to_bytes())), Ok(grown));
    let indexes = vec![1, 2, 3, 9, 12];
    let many = ManyProof { hashes: hashes(shape::many(&indexes, 13)), indexes, checkpoint };
    assert_eq!(ManyProof::from_bytes(&golden("many_proof.v1.txt", &many.to_bytes())), Ok(many));
}
