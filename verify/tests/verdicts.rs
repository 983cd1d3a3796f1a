//! Every change of an object, a manifest, a signature or a log is found and named.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{EntryType, Envelope, Frontier};
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader, TrackKind};
use liuhen_proto::ids::{BootId, CameraId, ImportId, RecorderId, RunId, SessionId, StreamId, ViewpointId};
use liuhen_proto::import::{CorrectionStatement, ImportStatement};
use liuhen_proto::segment::{Manifest, ManifestFragment, RangeStatement, SignedRange, Sized256};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{BootTime, Sha256, Timestamp};
use liuhen_verify::log::{self, Scope};
use liuhen_verify::{Finding, import, segment};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn header(run: RunId, stream: StreamId, boot: BootId, place: u32) -> FragmentHeader {
    let start = i64::from(place) * 2_000_000;
    let at = |us: i64| Timestamp::from_micros(NOW.as_micros() + us);
    let boot_at = |us: i64| BootTime::from_micros(u64::try_from(us).unwrap());
    let track = TrackHeader {
        track: 1,
        kind: TrackKind::Video,
        codec: "avc1.42c01e".into(),
        timescale: NonZeroU32::new(90_000).unwrap(),
        media_start: i64::from(place) * 180_000,
        media_end: (i64::from(place) + 1) * 180_000,
        boot_start: boot_at(start),
        boot_end: boot_at(start + 2_000_000),
        wall_start: at(start),
        wall_end: at(start + 2_000_000),
        samples: 50,
        lost_packets: 0,
        damaged: false,
        origin: None,
        camera_wall_start: None,
    };
    FragmentHeader {
        v: 1,
        run,
        sequence: Sequence::new(place.into()).unwrap(),
        stream,
        boot,
        clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
        starts_with_sync: true,
        tracks: vec![track],
    }
}

/// An object of an init segment and three fragments, with a manifest that a recorder signed.
fn world() -> (Vec<u8>, Manifest, SigningKey) {
    let random = SeededRandom::new(11);
    let (run, stream, boot) = (RunId::mint(NOW, &random), StreamId::mint(NOW, &random), BootId::mint(NOW, &random));
    let mut object = b"init segment".to_vec();
    let init = Sized256 { sha256: Sha256::of(&object), size_bytes: object.len() as u64 };
    let mut fragments = Vec::new();
    for place in 0..3 {
        let bytes = format!("bytes of fragment {place}").into_bytes();
        fragments.push(ManifestFragment {
            offset_bytes: object.len() as u64,
            size_bytes: u32::try_from(bytes.len()).unwrap(),
            sha256: Sha256::of(&bytes),
            header: header(run, stream, boot, place),
        });
        object.extend_from_slice(&bytes);
        object.extend_from_slice(b"seal box");
    }
    let key = SigningKey::generate(&random);
    let statement = RangeStatement {
        v: 1,
        r#type: "range".into(),
        recorder: RecorderId::mint(NOW, &random),
        stream,
        run,
        init: init.sha256,
        first: Sequence::FIRST,
        fragments: fragments.iter().map(|f| f.sha256).collect(),
    };
    let statement = String::from_utf8(statement.to_bytes()).unwrap();
    let signature = key.sign(statement.as_bytes());
    let signatures = vec![SignedRange { statement, signature, key: key.public() }];
    let digest = Sized256 { sha256: Sha256::of(&object), size_bytes: object.len() as u64 };
    let manifest = Manifest {
        v: 1,
        r#type: "manifest".into(),
        alg: "sha256".into(),
        stream,
        run,
        init,
        object: digest,
        fragments,
        signatures,
        unsigned_tail: false,
    };
    (object, manifest, key)
}

fn wrong(object: &[u8], manifest: &Manifest, keys: &[SigningKey]) -> Vec<String> {
    let keys: Vec<_> = keys.iter().map(SigningKey::public).collect();
    let findings = segment::check(&mut &object[..], &manifest.to_bytes(), &keys).unwrap();
    findings.into_iter().filter(|f| !f.ok).map(|f| f.thing).collect()
}

#[test]
fn a_sound_segment_passes() {
    let (object, manifest, key) = world();
    assert_eq!(wrong(&object, &manifest, &[]), Vec::<String>::new());
    assert_eq!(wrong(&object, &manifest, &[key]), Vec::<String>::new());
}

#[test]
fn every_flipped_byte_is_found_and_its_fragment_named() {
    let (object, manifest, _) = world();
    for place in 0..object.len() {
        let mut flipped = object.clone();
        flipped[place] ^= 1;
        let found = wrong(&flipped, &manifest, &[]);
        assert!(found.contains(&"object".to_owned()), "byte {place}");
        let inside = |f: &ManifestFragment| (f.offset_bytes..f.offset_bytes + u64::from(f.size_bytes)).contains(&(place as u64));
        if let Some(fragment) = manifest.fragments.iter().find(|f| inside(f)) {
            assert!(found.contains(&format!("fragment {}", fragment.header.sequence)), "byte {place}");
        }
    }
}

#[test]
fn a_cut_object_names_the_missing_fragment() {
    let (object, manifest, _) = world();
    let cut = usize::try_from(manifest.fragments[2].offset_bytes).unwrap() + 3;
    assert_eq!(wrong(&object[..cut], &manifest, &[]), ["fragment 2", "object"]);
}

#[test]
fn a_manifest_made_to_fit_an_altered_object_fails_by_its_signature() {
    let (mut object, mut manifest, key) = world();
    let offset = usize::try_from(manifest.fragments[1].offset_bytes).unwrap();
    object[offset] ^= 1;
    manifest.fragments[1].sha256 = Sha256::of(&object[offset..offset + manifest.fragments[1].size_bytes as usize]);
    manifest.object.sha256 = Sha256::of(&object);
    assert_eq!(wrong(&object, &manifest, std::slice::from_ref(&key)), [format!("signature by {}", key.public())]);
}

#[test]
fn an_untrusted_key_and_an_unsaid_lack_of_signatures_fail() {
    let (object, mut manifest, key) = world();
    let other = SigningKey::generate(&SeededRandom::new(12));
    assert_eq!(wrong(&object, &manifest, &[other]), [format!("signature by {}", key.public())]);
    manifest.signatures.clear();
    assert_eq!(wrong(&object, &manifest, &[]), ["coverage by signatures"]);
    manifest.unsigned_tail = true;
    assert!(wrong(&object, &manifest, &[]).is_empty());
}

/// An exported log of two subjects whose entries interleave.
fn exported() -> (Vec<String>, Sha256) {
    let random = SeededRandom::new(5);
    let subjects = [SessionId::mint(NOW, &random), SessionId::mint(NOW, &random)];
    let mut heads = [(0, None), (0, None)];
    let mut frontier = Frontier::default();
    let lines = (0..8).map(|index: usize| {
        let (seq, prev) = heads[index % 2];
        let envelope = Envelope {
            alg: "sha256".into(),
            at: NOW,
            by: "node".into(),
            body: None,
            data: BTreeMap::new(),
            subject: subjects[index % 2].to_string(),
            subject_prev: prev,
            subject_seq: seq,
            r#type: EntryType::Record,
            v: 1,
        };
        let bytes = envelope.to_bytes().unwrap();
        heads[index % 2] = (seq + 1, Some(leaf_hash(&bytes)));
        frontier.push(leaf_hash(&bytes));
        serde_json::json!({"index": index, "envelope": String::from_utf8(bytes).unwrap()}).to_string()
    });
    let lines = lines.collect();
    (lines, frontier.root())
}

#[test]
fn an_imported_segment_says_that_no_recorder_signed_it() {
    let (object, mut manifest, _) = world();
    manifest.signatures.clear();
    for fragment in &mut manifest.fragments {
        fragment.header.clock.source = ClockSource::Declared;
    }
    let findings = segment::check(&mut &object[..], &manifest.to_bytes(), &[]).unwrap();
    assert!(findings.iter().all(|finding| finding.ok) && findings.last().unwrap().what.starts_with("imported"), "{findings:?}");
    manifest.fragments[1].header.clock.source = ClockSource::Synchronized;
    assert_eq!(wrong(&object, &manifest, &[]), ["coverage by signatures"]);
}

/// What `liuhen import show --json` prints of an import and its correction, and the file.
fn shown() -> (serde_json::Value, &'static [u8], SigningKey) {
    let (random, file) = (SeededRandom::new(21), b"bytes of an NVR".as_slice());
    let key = SigningKey::generate(&random);
    let statement = ImportStatement {
        v: 1,
        r#type: "import".into(),
        import: ImportId::mint(NOW, &random),
        viewpoint: ViewpointId::mint(NOW, &random),
        camera: CameraId::mint(NOW, &random),
        stream: StreamId::mint(NOW, &random),
        original: Sized256 { sha256: Sha256::of(file), size_bytes: file.len() as u64 },
        file_name: "a.dav".into(),
        device: "NVR".into(),
        custodian: "王五".into(),
        device_start: NOW,
        clock_offset_us: 5,
        offset_reason: "compared".into(),
        runs: Vec::new(),
        left_out: Vec::new(),
    };
    let correction = CorrectionStatement {
        v: 1,
        r#type: "import.corrected".into(),
        import: statement.import,
        revision: 2,
        clock_offset_us: 7,
        reason: "again".into(),
    };
    let revision = |place: u32, offset: i64, bytes: Vec<u8>| {
        serde_json::json!({
            "revision": place, "clock_offset_us": offset, "statement": String::from_utf8(bytes.clone()).unwrap(),
            "signature": key.sign(&bytes).to_string(), "public_key": key.public().to_string(),
        })
    };
    let revisions = [revision(1, 5, statement.to_bytes()), revision(2, 7, correction.to_bytes())];
    (serde_json::json!({ "import_id": statement.import.to_string(), "revisions": revisions }), file, key)
}

#[test]
fn statements_of_an_import_hold_and_every_change_is_named() {
    let (sound, file, key) = shown();
    let wrong = |shown: &serde_json::Value, mut file: &[u8], keys: &[SigningKey]| -> Vec<String> {
        let keys: Vec<_> = keys.iter().map(SigningKey::public).collect();
        let findings = import::check(shown.to_string().as_bytes(), Some(&mut file), &keys).unwrap();
        findings.into_iter().filter(|finding| !finding.ok).map(|finding| finding.thing).collect()
    };
    assert_eq!(wrong(&sound, file, &[key]), Vec::<String>::new());
    assert_eq!(wrong(&sound, b"bytes of an nvr", &[]), ["original"]);
    assert_eq!(wrong(&sound, file, &[SigningKey::generate(&SeededRandom::new(3))]), ["statement 1", "statement 2"]);
    let mut altered = sound.clone();
    let text = altered["revisions"][0]["statement"].as_str().unwrap().replace("王五", "张三");
    altered["revisions"][0]["statement"] = text.into();
    assert_eq!(wrong(&altered, file, &[]), ["statement 1"]);
    let mut offset = sound.clone();
    offset["revisions"][1]["clock_offset_us"] = 8.into();
    assert_eq!(wrong(&offset, file, &[]), ["statement 2"]);
    let mut missing = sound;
    missing["revisions"].as_array_mut().unwrap().remove(0);
    assert!(wrong(&missing, file, &[]).contains(&"import".to_owned()));
}

fn verdict(lines: &[String], root: Option<Sha256>) -> Vec<Finding> {
    log::check(&mut lines.join("\n").as_bytes(), Scope::Whole, root).unwrap()
}

#[test]
fn a_log_passes_whole_and_fails_with_an_entry_gone_or_moved_or_another_root() {
    let (lines, root) = exported();
    assert!(verdict(&lines, Some(root)).iter().all(|f| f.ok));
    let mut removed = lines.clone();
    removed.remove(3);
    let mut swapped = lines.clone();
    swapped.swap(3, 5);
    for broken in [removed, swapped] {
        assert!(verdict(&broken, None).iter().any(|f| !f.ok && f.thing == "entry 3"));
    }
    assert!(verdict(&lines[..7], Some(root)).iter().any(|f| !f.ok && f.thing == "root"));
    assert!(verdict(&["rubbish".to_owned()], None).iter().any(|f| !f.ok));
}

#[test]
fn an_export_that_names_another_root_than_its_entries_make_fails() {
    let (mut lines, root) = exported();
    lines.push(serde_json::json!({"tree_size": 8, "root_hash": root}).to_string());
    assert!(verdict(&lines, None).iter().all(|f| f.ok));
    lines.remove(7);
    assert!(verdict(&lines, None).iter().any(|f| !f.ok && f.thing == "export"));
}

#[test]
fn one_subjects_chain_passes_alone_and_fails_with_another_s_entry_or_without_one_of_its_own() {
    let (lines, _) = exported();
    let alone = |lines: &[String]| log::check(&mut lines.join("\n").as_bytes(), Scope::Subject, None).unwrap();
    let mut chain: Vec<_> = lines.iter().step_by(2).cloned().collect();
    assert!(alone(&chain).iter().all(|f| f.ok));
    assert!(alone(&lines).iter().any(|f| !f.ok));
    chain.remove(1);
    assert!(alone(&chain).iter().any(|f| !f.ok));
}
