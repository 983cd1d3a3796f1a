//! Clients that share no code with us: Python's grpcio, with reflection and the reference of the formats; and Node's
//! grpc-js, with the `.proto` files.

use std::path::Path;

use liuhen_tests::elementary::{is_piece_of_loop, nal_units};
use liuhen_tests::world::{Server, ffmpeg_decodes, packet_hashes, run_tool};

/// It declares a session, uploads an MP4's fragments up to SEALED, and reads coverage and clip back.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_uploads_to_sealed_and_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (source, clip) = (path("source.mp4"), path("clip.mp4"));
    let video =
        ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000"];
    let encode =
        ["-t", "10", "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    let fragments = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", &source];
    run_tool("ffmpeg", &[&["-v", "error"][..], &video, &encode, &fragments].concat()).unwrap();

    let server = Server::start(&directory.path().join("data"), &directory.path().join("server.log")).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/foreign_client.py");
    let arguments = ["-B", script.to_str().unwrap(), &server.address(), &server.token().unwrap(), &source, &clip];
    let printed = run_tool(&python(), &arguments).unwrap_or_else(|error| panic!("{error:#}\n{}", server.printed()));
    let result = last_line(printed);

    assert_eq!(result["sealed"], result["fragments"], "{result}");
    assert!(result["fragments"].as_u64().unwrap() >= 9, "{result}");
    assert!(result["unsigned_tail"].as_array().unwrap().iter().all(|tail| tail == false), "{result}");
    let viewpoint = &result["coverage"]["viewpoints"][0];
    for track in viewpoint["tracks"].as_array().unwrap() {
        let covered = track["covered"].as_array().unwrap();
        let micros = |value: &serde_json::Value| value.as_str().unwrap().parse::<i64>().unwrap();
        let sum: i64 = covered.iter().map(|part| micros(&part["end_us"]) - micros(&part["start_us"])).sum();
        assert!(sum > 9_800_000, "{track}");
        assert!(track.get("missing").is_none(), "{track}");
    }
    assert!(result["coverage"].get("gaps").is_none(), "{result}");
    assert_eq!(result["clip_bytes"], std::fs::metadata(&clip).unwrap().len().to_string().parse::<u64>().unwrap());
    assert!(ffmpeg_decodes(&clip).unwrap().frames >= 98);
    is_piece_of_loop(&nal_units(&clip, false).unwrap(), &nal_units(&source, false).unwrap()).unwrap();
    is_piece_of_loop(&packet_hashes(&clip, "a:0").unwrap(), &packet_hashes(&source, "a:0").unwrap()).unwrap();
    let (clean, report) = server.fsck().unwrap();
    assert!(clean, "{report}");
}

/// It plans, fills and holds a session by the rules, is refused where it should be, reads what it told as events, and goes on
/// to certificates and the closed batch.
/// Nobody films it (see `exam_day.rs` for sessions that are).
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_walks_a_college_from_plan_to_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"), &directory.path().join("server.log")).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/exam.mjs");
    let arguments = [script.to_str().unwrap(), &server.address(), &server.token().unwrap(), "technical_college"];
    let printed = run_tool("node", &arguments).unwrap_or_else(|error| panic!("{error:#}\n{}", server.printed()));
    let result = last_line(printed);
    assert_eq!((&result["phase"], &result["found"]["rule"]), (&"sealed".into(), &"J1.early".into()), "{result}");
    assert!(result["facts"].as_u64().unwrap() > 100, "{result}");
    let (clean, report) = server.fsck().unwrap();
    assert!(clean, "{report}");
}

/// What a client found, as the JSON of the last line that it printed.
fn last_line(printed: Vec<u8>) -> serde_json::Value {
    let printed = String::from_utf8(printed).unwrap();
    serde_json::from_str(printed.lines().last().unwrap()).unwrap()
}

/// The Python into which `./dev setup` put the client's libraries.
fn python() -> String {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/python/bin/python3");
    if ours.is_file() { ours.to_str().unwrap().to_owned() } else { "python3".to_owned() }
}
