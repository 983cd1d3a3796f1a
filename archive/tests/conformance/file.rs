//! A file of an NVR, and what its importer signs.

use liuhen_archive::names;
use liuhen_archive::records::{Import, NewImport, NewImportedRun, NewKey, StreamPlace, StreamRole, TrustLevel};
use liuhen_proto::Sha256;
use liuhen_proto::ids::{BootId, CameraId, ImportId, RunId, StreamId};
use liuhen_proto::import::{CorrectionStatement, ImportStatement, ImportedRun, SignedStatement};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;

use crate::world::{World, at};

/// The NVR's clock was ahead by so much, as was declared at first.
pub(crate) const OFFSET_US: i64 = 200_000_000;

/// Registers the key of the person who imports.
pub(crate) async fn register(world: &World) -> SigningKey {
    let key = SigningKey::from_seed(&[9; 32]);
    let new = NewKey { name: "王五".to_owned(), public_key: key.public() };
    world.records.register_key(&world.act(0), new).await.unwrap();
    key
}

pub(crate) fn sign(statement: Vec<u8>, key: &SigningKey) -> SignedStatement {
    let (signature, key) = (key.sign(&statement), key.public());
    SignedStatement { statement: String::from_utf8(statement).unwrap(), signature, key }
}

/// What is said of a file that begins so many seconds after ten o'clock by true time.
pub(crate) fn statement(world: &World, seconds: i64) -> ImportStatement {
    let random = &world.random;
    ImportStatement {
        v: 1,
        r#type: "import".into(),
        import: ImportId::mint(at(seconds), random),
        viewpoint: world.viewpoint.id,
        camera: CameraId::mint(at(seconds), random),
        stream: StreamId::mint(at(seconds), random),
        original: Sized256 { sha256: Sha256::of(b"nvr"), size_bytes: 3 },
        file_name: "ch03.dav".into(),
        device: "NVR, channel 3".into(),
        custodian: "王五".into(),
        device_start: at(seconds).after(liuhen_proto::Span::from_micros(OFFSET_US)),
        clock_offset_us: OFFSET_US,
        offset_reason: "compared with the server at 08:10".into(),
        runs: Vec::new(),
        left_out: Vec::new(),
    }
}

/// A file of so many minutes that begins so many seconds after ten o'clock by true time.
pub(crate) fn file(world: &World, key: &SigningKey, seconds: i64, minutes: u64) -> NewImport {
    let mut said = statement(world, seconds);
    let run = NewImportedRun {
        run: RunId::mint(at(seconds), &world.random),
        boot: BootId::mint(at(seconds), &world.random),
        init: bytes::Bytes::from_static(b"ftyp moov"),
    };
    let place = StreamPlace {
        stream: said.stream,
        role: StreamRole::Evidence,
        camera: said.camera,
        viewpoint: said.viewpoint,
        room: world.viewpoint.room,
        site: world.site.id,
        trust: TrustLevel::Imported,
    };
    let segments = (0..minutes).map(|minute| {
        let start = seconds + 60 * i64::try_from(minute).unwrap();
        let mut segment = world.segment(run.run, 30 * minute, 30, start);
        let (first, last) = (segment.fragments[0].sequence, segment.fragments[29].sequence);
        segment.stream = said.stream;
        segment.object_name = names::object(&place, at(start), run.run, first, last, &segment.object.sha256);
        segment
    });
    let segments: Vec<_> = segments.collect();
    let runs = if minutes == 0 { Vec::new() } else { vec![run] };
    let stated = |run: &NewImportedRun| ImportedRun { run: run.run, init: Sha256::of(&run.init), fragments: 30 * minutes };
    said.runs = runs.iter().map(stated).collect();
    let original_name = names::original(world.site.id, said.import, &said.original.sha256);
    NewImport { signed: sign(said.to_bytes(), key), camera_name: "NVR".to_owned(), original_name, runs, segments }
}

/// Another offset, as the next revision or as another one.
pub(crate) fn correction(import: &Import, revision: u32, clock_offset_us: i64, key: &SigningKey) -> SignedStatement {
    let said = CorrectionStatement {
        v: 1,
        r#type: "import.corrected".into(),
        import: import.id,
        revision,
        clock_offset_us,
        reason: "the server's clock had been wrong".into(),
    };
    sign(said.to_bytes(), key)
}
