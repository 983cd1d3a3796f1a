//! Footage that comes as a file: real programs, files that FFmpeg wrote, and FFmpeg again to judge what is played.

#[path = "import/world.rs"]
mod world;

use std::time::Duration;

use liuhen_proto::Sha256;
use liuhen_proto::import::{CorrectionStatement, ImportStatement};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::{PublicKey, Signature, SigningKey};
use liuhen_proto::wire::archive::v1::import_request::Step;
use liuhen_proto::wire::archive::v1::{self as pb};
use liuhen_proto::wire::common::v1::{TrackKind, TrustLevel};
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::world::SeededRandom;
use liuhen_tests::dav;
use liuhen_tests::program::built;
use liuhen_tests::world::{ffmpeg_decodes, packet_hashes, run_tool};
use serde_json::Value;

use world::{SECONDS, World, film, until};

/// Ahead of true time by 3 min 20 s.
const AHEAD_US: i64 = 200_000_000;

/// Files of five containers fill the window of a viewpoint each; marked as imported wherever they are seen; the originals
/// lie in the object store as they came; nothing is taken twice.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_nvr_fill_what_was_missing() {
    let world = World::start(&["mp4", "mkv", "avi", "ts", "dav"]).await;
    let mut centre = world.server.centre().await.unwrap();
    // Nothing was recorded: a gap is open at each viewpoint before anything is imported.
    until(Duration::from_secs(20), async || centre.coverage(&world.session).await.unwrap().gaps.len() == 5).await;
    for (place, kind) in ["mp4", "mkv", "avi", "ts", "dav"].into_iter().enumerate() {
        let file = world.path(&format!("ch03.{kind}"));
        match kind {
            "avi" => film(&file, &["-bf", "0", "-c:a", "pcm_alaw", "-ar", "8000"]),
            "dav" => {
                film(&world.path("plain.mp4"), &["-bf", "0", "-an"]);
                dav::write(&world.path("plain.mp4"), &file, world.device_clock(AHEAD_US)).unwrap();
            }
            _ => film(&file, &["-bf", "2", "-c:a", "aac"]),
        }
        let viewpoint = world.viewpoint(place);
        let start = if kind == "dav" { vec!["--from-file".to_owned()] } else { world.start_flag(AHEAD_US) };
        let taken = world.import(&file, viewpoint, &start, "+3m20s", &[]).unwrap();
        assert_eq!(taken["interval"]["start_us"], world.window.start_us, "{kind}: {taken}");
        assert_eq!((&taken["repeated"], &taken["trust"]), (&Value::from(false), &Value::from("imported")), "{kind}");
        let filled = taken["filled"].as_array().unwrap();
        assert!(filled.iter().any(|it| it["session_id"] == world.session.as_str() && it["kind"] == "video"), "{kind}: {taken}");
        let original = std::fs::read(world.server.data().join("objects").join(taken["original_object_name"].as_str().unwrap()));
        assert_eq!(original.unwrap(), std::fs::read(&file).unwrap(), "{kind}: byte for byte");
        let stream = taken["stream_id"].as_str().unwrap();
        plays(&world, &mut centre, stream, &file, kind).await;
        let again = world.import(&file, viewpoint, &start, "+3m20s", &[]).unwrap();
        assert_eq!((&again["repeated"], &again["import_id"]), (&Value::from(true), &taken["import_id"]), "{kind}");
    }
    seen_in_coverage(&world, &mut centre).await;
    told_in_custody(&world);
    assert_eq!(world.liuhen(&["import", "list"]).unwrap().as_array().unwrap().len(), 5);
    let (sound, report) = world.server.fsck().unwrap();
    assert!(sound, "{report}");
}

/// Segments and a clip: marked, decoded without complaint, and with the packets of the file.
async fn plays(world: &World, centre: &mut liuhen_tests::world::Centre, stream: &str, file: &std::path::Path, kind: &str) {
    let segments = centre.segments(stream, world.window).await.unwrap();
    assert!(!segments.is_empty() && segments.iter().all(|it| it.trust() == TrustLevel::Imported), "{kind}");
    let clip = centre.clip(stream, world.window).await.unwrap();
    assert_eq!(clip.info.trust(), TrustLevel::Imported, "{kind}");
    let path = world.path(&format!("{kind}-clip.mp4"));
    std::fs::write(&path, &clip.bytes).unwrap();
    let decoded = ffmpeg_decodes(path.to_str().unwrap()).unwrap();
    assert_eq!(decoded.frames, SECONDS * 10, "{kind}");
    if ["mp4", "mkv"].contains(&kind) {
        let [original, stored] = [file, &path].map(|file| packet_hashes(file.to_str().unwrap(), "v:0").unwrap());
        assert_eq!(original, stored, "{kind}: the pictures are those of the file");
    }
    let (hls, _) = centre.playback(stream, world.window).await.unwrap();
    let decoded = ffmpeg_decodes(&format!("{}{hls}", world.server.address())).unwrap();
    assert_eq!(decoded.frames, SECONDS * 10, "{kind} by HLS");
}

async fn seen_in_coverage(world: &World, centre: &mut liuhen_tests::world::Centre) {
    let coverage = centre.coverage(&world.session).await.unwrap();
    assert_eq!(coverage.viewpoints.len(), 5);
    for viewpoint in &coverage.viewpoints {
        let pictures = viewpoint.tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
        assert!(pictures.missing.is_empty(), "{viewpoint:?}");
        assert_eq!(pictures.imported, pictures.covered, "all of it is marked");
        assert!(viewpoint.streams.iter().any(|stream| stream.trust() == TrustLevel::Imported), "{viewpoint:?}");
    }
    let filled = async |centre: &mut liuhen_tests::world::Centre| {
        let gaps = centre.coverage(&world.session).await.unwrap().gaps;
        let request = review::ListGapsRequest { session_id: world.session.clone() };
        let gaps = [gaps, centre.review.list_gaps(request).await.unwrap().into_inner().gaps].concat();
        gaps.iter().filter(|gap| gap.filled_by() == TrustLevel::Imported).count() >= 5
    };
    until(Duration::from_secs(20), async || filled(&mut centre.clone()).await).await;
}

/// The entry stands in the chain of the session; statement, signature and key are there for an auditor.
fn told_in_custody(world: &World) {
    let entries = world.printed(&["entries", "--subject", &world.session]).unwrap();
    for word in [r#"\"type\":\"import\""#, r#"\"trust\":\"imported\""#, r#"\"filled_by\":\"imported\""#] {
        assert!(entries.contains(word), "{word}: {entries}");
    }
    let list = world.liuhen(&["import", "list"]).unwrap();
    for import in list.as_array().unwrap() {
        let shown = world.liuhen(&["import", "show", import["import_id"].as_str().unwrap()]).unwrap();
        let revision = &shown["revisions"][0];
        let key: PublicKey = revision["public_key"].as_str().unwrap().parse().unwrap();
        let signature: Signature = revision["signature"].as_str().unwrap().parse().unwrap();
        let statement = revision["statement"].as_str().unwrap();
        assert!(key.verifies(statement.as_bytes(), &signature), "{shown}");
        let statement = ImportStatement::from_bytes(statement.as_bytes()).unwrap();
        assert_eq!(statement.original.sha256.to_string(), shown["original_sha256"].as_str().unwrap());
        assert_eq!(statement.custodian, "王五");
        let (file, original) = (world.path("shown.json"), world.server.data().join("objects"));
        std::fs::write(&file, shown.to_string()).unwrap();
        let original = original.join(shown["original_object_name"].as_str().unwrap());
        let verify = built("liuhen-verify").unwrap();
        let arguments = ["import", file.to_str().unwrap(), "--original", original.to_str().unwrap()];
        run_tool(verify.to_str().unwrap(), &arguments).unwrap();
    }
}

/// The offset turns out to have been another one: the footage moves, and both statements can be read.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_offset_is_corrected_by_another_statement() {
    let world = World::start(&["front"]).await;
    let mut centre = world.server.centre().await.unwrap();
    let file = world.path("a.mkv");
    film(&file, &["-c:a", "aac"]);
    let taken = world.import(&file, world.viewpoint(0), &world.start_flag(AHEAD_US), "0s", &[]).unwrap();
    assert_eq!(taken["interval"]["start_us"], world.window.start_us + AHEAD_US);
    assert!(taken["filled"].as_array().unwrap().is_empty(), "{taken}");
    let (import, stream) = (taken["import_id"].as_str().unwrap(), taken["stream_id"].as_str().unwrap());
    let reason = "the clock was compared again, by the radio";
    let corrected = world.signed(&["import", "correct", import, "--clock-offset", "+3m20s", "--reason", reason]).unwrap();
    assert_eq!(corrected["interval"]["start_us"], world.window.start_us, "{corrected}");
    let revisions = corrected["revisions"].as_array().unwrap();
    let first = ImportStatement::from_bytes(revisions[0]["statement"].as_str().unwrap().as_bytes()).unwrap();
    let second = CorrectionStatement::from_bytes(revisions[1]["statement"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!((first.clock_offset_us, second.clock_offset_us, second.revision), (0, AHEAD_US, 2));
    assert_eq!(second.reason, reason);
    let coverage = centre.coverage(&world.session).await.unwrap();
    let pictures = coverage.viewpoints[0].tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
    assert!(pictures.missing.is_empty(), "{coverage:?}");
    let clip = centre.clip(stream, world.window).await.unwrap();
    std::fs::write(world.path("clip.mp4"), &clip.bytes).unwrap();
    assert_eq!(ffmpeg_decodes(world.path("clip.mp4").to_str().unwrap()).unwrap().frames, SECONDS * 10);
    let future = world.signed(&["import", "correct", import, "--clock-offset", "-9h", "--reason", "a slip"]).unwrap_err();
    assert!(future.to_string().contains("future"), "{future}");
    let (sound, report) = world.server.fsck().unwrap();
    assert!(sound, "{report}");
}

/// What cannot be stored as it is is named with a remedy, and each remedy does what it says.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_kept_or_taken_without_its_sound() {
    let world = World::start(&["a", "b"]).await;
    let (old, mp2) = (world.path("old.avi"), world.path("mp2_20261122090000.mkv"));
    film(&old, &["-c:v", "mjpeg", "-an"]);
    film(&mp2, &["-c:a", "mp2"]);
    let start = world.start_flag(0);
    let refused = world.import(&old, world.viewpoint(0), &start, "0s", &[]).unwrap_err().to_string();
    assert!(refused.contains("MJPEG") && refused.contains("--keep-only"), "{refused}");
    let kept = world.import(&old, world.viewpoint(0), &start, "0s", &["--keep-only"]).unwrap();
    assert!(kept["interval"].is_null() && kept["segments"] == 0 && kept["stream_id"] == "", "{kept}");
    let refused = world.import(&mp2, world.viewpoint(1), &start, "0s", &[]).unwrap_err().to_string();
    assert!(refused.contains("MP2") && refused.contains("--without-sound"), "{refused}");
    let told = world.import(&mp2, world.viewpoint(1), &start, "0s", &["--without-sound", "--dry-run"]).unwrap();
    assert_eq!((&told["dry_run"], &told["left_out"][0]), (&Value::from(true), &Value::from("sound: MP2")), "{told}");
    let taken = world.import(&mp2, world.viewpoint(1), &start, "0s", &["--without-sound"]).unwrap();
    let shown = world.liuhen(&["import", "show", taken["import_id"].as_str().unwrap()]).unwrap();
    let statement = shown["revisions"][0]["statement"].as_str().unwrap();
    assert_eq!(ImportStatement::from_bytes(statement.as_bytes()).unwrap().left_out, ["sound: MP2"]);
    let (sound, report) = world.server.fsck().unwrap();
    assert!(sound, "{report}");
}

/// An unknown key, an altered statement, segments that are none, a call that breaks off, a server that is killed: nothing
/// is taken in, and nothing is left.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_nothing() {
    let mut world = World::start(&["front"]).await;
    let file = world.path("a.mkv");
    film(&file, &["-an"]);
    let (stranger, start) = (world.path("stranger.key"), world.start_flag(0));
    world.liuhen(&["key", "--key", stranger.to_str().unwrap()]).unwrap();
    let refused = world.import_as(&stranger, &file, world.viewpoint(0), &start, "0s", &[]).unwrap_err().to_string();
    assert!(refused.contains("not registered") && refused.contains("key register"), "{refused}");
    world.holds_nothing();

    let key = world.key();
    let content = vec![7; 300_000];
    let statement = world.statement(&content);
    let bytes = statement.to_bytes();
    let begin = |statement: &[u8], key: &SigningKey, signature: &Signature| {
        Step::Begin(pb::ImportBegin {
            statement: statement.to_vec(),
            signature: signature.as_bytes().to_vec(),
            public_key: key.public().to_bytes().to_vec(),
        })
    };
    let honest = begin(&bytes, &key, &key.sign(&bytes));
    let altered = String::from_utf8(bytes.clone()).unwrap().replace("王五", "张三");
    let announced = |content: &[u8]| {
        Step::File(pb::ImportFile { size_bytes: content.len() as u64, sha256: Sha256::of(content).as_bytes().to_vec() })
    };
    let chunks = |content: &[u8]| -> Vec<Step> {
        content.chunks(64 * 1024).map(|data| Step::Chunk(pb::ImportChunk { data: data.to_vec() })).collect()
    };
    let whole = [vec![honest.clone(), announced(&content)], chunks(&content)].concat();
    let mut wrong = content.clone();
    wrong[5] ^= 1;
    let other = SigningKey::generate(&SeededRandom::new(5));
    let calls: Vec<(&str, Vec<Step>)> = vec![
        ("altered statement", vec![begin(altered.as_bytes(), &key, &key.sign(&bytes))]),
        ("another key's signature", vec![begin(&bytes, &key, &other.sign(&bytes))]),
        ("no statement", vec![Step::Commit(pb::ImportCommit {})]),
        ("another original", vec![honest.clone(), announced(&wrong)]),
        ("changed bytes", [vec![honest.clone(), announced(&content)], chunks(&wrong)].concat()),
        ("no commit", whole.clone()),
        ("half of it", whole[..4].to_vec()),
        ("too much of it", [whole.clone(), chunks(&[1])].concat()),
        (
            "no segment file",
            [whole.clone(), vec![announced(&wrong)], chunks(&wrong), vec![Step::Commit(pb::ImportCommit {})]].concat(),
        ),
    ];
    for (what, steps) in calls {
        let refused = world.call(steps, true).await;
        assert!(refused.is_err(), "{what}: {refused:?}");
        world.holds_nothing();
    }
    // Files are on the server's disk, the caller waits, and the power fails.
    let call = world.call(whole.clone(), false);
    let waiting = tokio::time::timeout(Duration::from_secs(20), async {
        tokio::select! {
            answer = call => panic!("nothing ends this call: {answer:?}"),
            () = until(Duration::from_secs(15), async || world.staged() > 0) => {}
        }
    });
    waiting.await.unwrap();
    assert!(world.staged() > 0);
    world.server.kill().unwrap();
    world.server.restart().await.unwrap();
    world.holds_nothing();
    let commit = [whole, vec![Step::Commit(pb::ImportCommit {})]].concat();
    let taken = world.call(commit, true).await.unwrap();
    let import = taken.import.unwrap();
    let original = Sized256 { sha256: Sha256::of(&content), size_bytes: content.len() as u64 };
    assert_eq!((import.original_sha256, import.segments), (original.sha256.as_bytes().to_vec(), 0));
    let (sound, report) = world.server.fsck().unwrap();
    assert!(sound, "{report}");
}
