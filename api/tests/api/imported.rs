//! Footage of a file of another device: marked as imported wherever it is shown, and playable like all other.

use liuhen_archive::names;
use liuhen_archive::records::{NewImport, NewImportedRun, NewKey, NewSegment};
use liuhen_media::reader::read_fragment;
use liuhen_media::segment_file::{SegmentWriter, scan};
use liuhen_proto::ids::{BootId, CameraId, ImportId, RunId, StreamId};
use liuhen_proto::import::{ImportStatement, ImportedRun, SignedStatement};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::common::v1::TrustLevel;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::read_clip_response::Part;
use liuhen_proto::{Sha256, Timestamp};

use crate::film::{Film, ffmpeg};
use crate::http::{ask, get};
use crate::review::declare;
use crate::world::{Site, World, at, between, pass};

/// A film that was taken in from a file, as having been shot so many seconds after nine.
struct Imported {
    import: ImportId,
    stream: StreamId,
}

impl Imported {
    async fn take(world: &World, site: &Site, film: &Film, seconds: i64) -> Self {
        let (records, random) = (&world.archive.records, &*world.archive.random);
        let key = SigningKey::from_seed(&[9; 32]);
        records.register_key(&world.act(), NewKey { name: "李雷".to_owned(), public_key: key.public() }).await.unwrap();
        let (import, run) = (ImportId::mint(at(0), random), RunId::mint(at(seconds), random));
        let (camera, stream) = (CameraId::mint(at(0), random), StreamId::mint(at(0), random));
        let boot = BootId::mint(at(0), random);
        let (path, fragments) = write(world, film, (stream, run, boot), at(seconds));
        let original = Sized256 { sha256: Sha256::of(b"a file"), size_bytes: 6 };
        let statement = ImportStatement {
            v: 1,
            r#type: "import".to_owned(),
            import,
            viewpoint: site.viewpoint.viewpoint_id.parse().unwrap(),
            camera,
            stream,
            original,
            file_name: "ch01.dav".to_owned(),
            device: "NVR".to_owned(),
            custodian: "李雷".to_owned(),
            device_start: at(seconds),
            clock_offset_us: 0,
            offset_reason: "对照北京时间".to_owned(),
            runs: vec![ImportedRun { run, init: Sha256::of(&film.init), fragments: fragments.len() as u64 }],
            left_out: Vec::new(),
        };
        let bytes = statement.to_bytes();
        let signature = key.sign(&bytes);
        let whole = scan(&path).unwrap().unwrap();
        let object_name = format!("media/2026/11/22/imported/{run}-0-{}-{}.mp4", fragments.len() - 1, whole.sha256.short());
        world.archive.objects.adopt(&path, &object_name).await.unwrap();
        let segment = NewSegment {
            stream,
            run,
            object_name,
            object: Sized256 { sha256: whole.sha256, size_bytes: whole.size_bytes },
            manifest_sha256: Sha256::of(b"no manifest in these tests"),
            fragments,
            unsigned_tail: false,
            stored: None,
            clock_mapping: None,
        };
        let new = NewImport {
            signed: SignedStatement { statement: String::from_utf8(bytes).unwrap(), signature, key: key.public() },
            camera_name: "NVR".to_owned(),
            original_name: names::original(site.site.site_id.parse().unwrap(), import, &original.sha256),
            runs: vec![NewImportedRun { run, boot, init: film.init.clone() }],
            segments: vec![segment],
        };
        records.take_import(&world.act(), new).await.unwrap();
        world.archive.live.footage_imported(stream);
        Self { import, stream }
    }
}

/// The film as one segment file.
fn write(
    world: &World,
    film: &Film,
    of: (StreamId, RunId, BootId),
    start: Timestamp,
) -> (std::path::PathBuf, Vec<IndexedFragment>) {
    let path = world.path("journal/imported.mp4");
    let mut writer = SegmentWriter::create(&path, &film.init).unwrap();
    let mut fragments = Vec::new();
    for place in 0..film.cuts.len() {
        let (header, bytes) = film.fragment(of, start, place).unwrap();
        let sha256 = Sha256::of(&bytes);
        let offset = writer.append(&bytes, sha256).unwrap();
        let offsets = read_fragment(&bytes).unwrap().decode_time_offsets;
        fragments.push(IndexedFragment::new(&header, sha256, offset, u32::try_from(bytes.len()).unwrap(), &offsets));
    }
    writer.sync().unwrap();
    (path, fragments)
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_footage_says_so_wherever_it_is_shown() {
    let world = World::new().await;
    let site = world.site().await;
    let film = Film::shoot(world.directory.path(), 12, "160x90");
    let session_id = declare(&world, &site, 0, 24).await;
    world.recorded(&site, &film, 0).await;
    let imported = Imported::take(&world, &site, &film, 12).await;
    pass(&world, 600);
    let mut review = world.review().await;

    let coverage = review.get_coverage(pb::GetCoverageRequest { session_id }).await.unwrap().into_inner().coverage.unwrap();
    let viewpoint = &coverage.viewpoints[0];
    let near = |us: i64, seconds: i64| (us - at(seconds).as_micros()).abs() < 200_000;
    for track in &viewpoint.tracks {
        assert!(track.missing.is_empty() && track.required, "{track:?}");
        let [stretch] = &track.imported[..] else { panic!("{track:?}") };
        assert!(near(stretch.start_us, 12) && near(stretch.end_us, 24), "{track:?}");
    }
    let streams: Vec<_> = viewpoint.streams.iter().map(|stream| (stream.stream_id.clone(), stream.trust())).collect();
    let captured = site.camera.evidence_stream_id.clone();
    assert_eq!(streams, [(captured.clone(), TrustLevel::Captured), (imported.stream.to_string(), TrustLevel::Imported)]);
    assert!(viewpoint.streams.iter().all(|stream| stream.role() == pb::StreamRole::Evidence && stream.tracks.len() == 2));

    for (stream_id, trust, import) in [
        (captured, TrustLevel::Captured, String::new()),
        (imported.stream.to_string(), TrustLevel::Imported, imported.import.to_string()),
    ] {
        let request = pb::ListSegmentsRequest { stream_id: stream_id.clone(), interval: between(0, 60), limit: 0 };
        let segments = review.list_segments(request).await.unwrap().into_inner().segments;
        assert_eq!((segments.len(), segments[0].trust(), &segments[0].import_id), (1, trust, &import));
        let request =
            pb::ReadClipRequest { stream_id: stream_id.clone(), interval: between(0, 60), purpose: "a test".to_owned() };
        let first = review.read_clip(request).await.unwrap().into_inner().message().await.unwrap().unwrap();
        let Some(Part::Info(info)) = first.part else { panic!("the description comes first") };
        assert_eq!(info.trust(), trust);
        let request = pb::OpenPlaybackRequest { stream_id, interval: between(0, 60), purpose: "a test".to_owned() };
        let opened = review.open_playback(request).await.unwrap().into_inner();
        assert_eq!(opened.trust(), trust);
        plays(&world, &opened, if import.is_empty() { "captured" } else { "imported" }).await;
    }
}

/// Both forms play, and each answer says where the footage comes from.
async fn plays(world: &World, opened: &pb::OpenPlaybackResponse, trust: &str) {
    let playlist = get(world.address, &opened.hls_path).await;
    let text = playlist.text();
    assert!(text.starts_with("#EXTM3U\n"), "{text}");
    assert_eq!(text.contains("\n# X-Liuhen-Trust: imported\n"), trust == "imported", "{text}");
    let file = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let media = opened.hls_path.replace("index.m3u8", file);
    for path in [&opened.hls_path, &opened.mp4_path, &media] {
        let answer = ask(world.address, "GET", path, &[("range", "bytes=0-9")]).await;
        assert_eq!((answer.status, answer.header("x-liuhen-trust")), (206, trust), "{path}");
        assert!(answer.header("access-control-expose-headers").contains("X-Liuhen-Trust"));
    }
    for path in [&opened.hls_path, &opened.mp4_path] {
        let address = format!("http://{}{path}", world.address);
        assert_eq!(ffmpeg(&["-xerror", "-i", &address, "-f", "null", "-"]), "", "{path}");
    }
}
