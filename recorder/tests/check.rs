//! `check` says in words what is wrong with a camera, and nothing about one that is as it should be.

mod support;

use std::path::Path;

use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_recorder::check::{CameraReport, Report, check};
use liuhen_recorder::config::Config;
use support::camera::{Act, Camera};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// Checks cameras; each is its source and other lines.
async fn report(cameras: &[String]) -> Report {
    let mut text = String::from(
        "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
         [spool]\ndirectory = \"spool\"\nquota = \"1 GiB\"\n",
    );
    for (i, camera) in cameras.iter().enumerate() {
        text += &format!(
            "[[camera]]\ncamera_id = \"cam_01J9Z00000000000000000{i:04}\"\nevidence_stream_id = \"str_01J9Z00000000000000000{i:04}\"\n\
             name = \"camera {i}\"\n{camera}\n"
        );
    }
    check(&Config::parse(&text, Path::new("recorder.toml"), &|_| Some("s3cret".into())).unwrap()).await
}

/// The words of a camera: what is wrong with its evidence and its viewing stream, and its warnings.
fn words(camera: &CameraReport) -> Vec<&'static str> {
    let streams = [Some(&camera.evidence), camera.viewing.as_ref()].into_iter().flatten();
    let errors = streams.filter_map(|stream| stream.error.as_ref());
    errors.chain(&camera.warnings).map(|failure| failure.trouble.word()).collect()
}

fn source(address: impl std::fmt::Display) -> String {
    format!("source = \"{address}\"")
}

fn viewing(number: u32, address: &str) -> String {
    format!("viewing_stream_id = \"str_01J9Z000000000000000009{number:03}\"\nviewing_source = \"{address}\"")
}

/// Answers every question with this status and SDP, for ever.
async fn answers(status: &'static str, sdp: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut lines = BufReader::new(stream);
                let (mut line, mut cseq) = (String::new(), String::new());
                while lines.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    if let Some(number) = line.strip_prefix("CSeq: ") {
                        cseq = number.trim().to_owned();
                    }
                    if line.trim().is_empty() {
                        let head = format!("RTSP/1.0 {status}\r\nCSeq: {cseq}\r\nWWW-Authenticate: Basic realm=\"camera\"\r\n");
                        let body = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
                        lines.write_all(format!("{head}{body}").as_bytes()).await.unwrap_or(());
                    }
                    line.clear();
                }
            });
        }
    });
    format!("rtsp://{address}/main")
}

/// An address with a port at which nobody listens.
fn closed() -> String {
    format!("rtsp://{}/main", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_camera_is_told_and_nothing_is_said_against_it() {
    let main = "synthetic:width=1280,height=720,fps=25,gop=50,audio=pcma";
    let small = "synthetic:width=640,height=352,fps=25,gop=25";
    let camera = format!("{}\ncarries = \"picture_and_sound\"\n{}", source(main), viewing(1, small));
    let report = report(&[camera]).await;
    let camera = &report.cameras[0];
    assert!(report.ok() && words(camera).is_empty(), "{report}");
    let found = camera.evidence.found.as_ref().unwrap();
    assert_eq!((found.width, found.height, found.lost_packets), (Some(1280), Some(720), 0));
    assert!((found.frame_rate.unwrap() - 25.0).abs() < 2.0 && (found.key_frame_interval_secs.unwrap() - 2.0).abs() < 0.1);
    let shown = report.to_string();
    for word in
        ["OK 正常  camera 0", "reader 读取: synthetic", "1280 × 720", "viewing 查看流", "G.711 pcma, 8000 Hz", "sound level 音量"]
    {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_cannot_be_reached_says_why() {
    const MJPEG: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=c\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:t1\r\n";
    let cases = [
        (closed(), "port_closed"),
        ("rtsp://camera.invalid/main".to_owned(), "name_unknown"),
        (answers("401 Unauthorized", "").await, "credentials"),
        (answers("403 Forbidden", "").await, "credentials"),
        (answers("404 Not Found", "").await, "not_found"),
        (answers("503 Service Unavailable", "").await, "busy"),
        (answers("453 Not Enough Bandwidth", "").await, "busy"),
        (answers("200 OK", MJPEG).await, "codec"),
    ];
    let report = report(&cases.iter().map(|(address, _)| source(address)).collect::<Vec<_>>()).await;
    for (camera, (_, word)) in report.cameras.iter().zip(&cases) {
        assert_eq!(words(camera), [*word], "{camera}");
        let text = camera.to_string();
        assert!(
            text.starts_with("FAILED 失败")
                && text.contains("next step: ")
                && text.contains("下一步：")
                && !text.contains("s3cret")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_connected_and_misbehaves_says_how() {
    /// 8 h ahead of this machine, as NTP; it is told for each picture, and there is nothing else to hear.
    fn ahead() -> u64 {
        (((SystemClock.now().as_micros() / 1_000_000) as u64 + 28_800) + 2_208_988_800) << 32
    }
    let frames = || (0..150).flat_map(|_| [Act::Frames(1), Act::Pause(40)]).collect::<Vec<_>>();
    let then = |first: Vec<Act>, last: Vec<Act>| vec![[first, last].concat()];
    let scripts = [
        (vec![vec![Act::Silence]], "silent"),
        (then(vec![Act::Frames(30)], vec![Act::Reset]), "closed"),
        (then(vec![Act::Frames(30)], vec![Act::BadPackets(300), Act::Silence]), "unreadable"),
        (then(vec![Act::Frames(30), Act::Lose(5)], frames()), "packets_lost"),
        (then(vec![Act::Frames(30), Act::Report(ahead())], frames()), "clock_zone"),
    ];
    let mut cameras = Vec::new();
    for (script, _) in &scripts {
        cameras.push(Camera::start(script.clone()).await);
    }
    let report = report(&cameras.iter().map(|camera| source(camera.url())).collect::<Vec<_>>()).await;
    for (camera, (_, word)) in report.cameras.iter().zip(&scripts) {
        assert!(words(camera).contains(word), "{word}: {camera}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_configured_is_held_against_what_comes() {
    let picture = "synthetic:width=320,height=192,fps=5,gop=100";
    let main = "synthetic:width=1280,height=720,fps=25,gop=50";
    let cases = [
        (format!("{}\ncarries = \"picture_and_sound\"", source(main)), vec!["no_sound", "viewing_missing"]),
        (format!("{}\ncarries = \"sound\"", source(main)), vec!["no_sound"]),
        (format!("{}\ncarries = \"picture\"", source(picture)), vec!["key_frames_far", "low_frame_rate", "low_resolution"]),
        (format!("{}\ncarries = \"picture\"\n{}", source(main), viewing(3, main)), vec!["viewing_larger"]),
        (format!("{}\ncarries = \"picture\"\n{}", source(main), viewing(4, &closed())), vec!["port_closed"]),
        (source(main), vec!["sound_not_recorded", "viewing_missing"]),
    ];
    let report = report(&cases.iter().map(|(camera, _)| camera.clone()).collect::<Vec<_>>()).await;
    for (camera, (_, expected)) in report.cameras.iter().zip(&cases) {
        let found: Vec<_> = words(camera).into_iter().filter(|word| !word.starts_with("picture_")).collect();
        assert_eq!(found, *expected, "{camera}");
    }
    assert_eq!(report.cameras.iter().map(|camera| camera.ok).collect::<Vec<_>>(), [false, false, true, true, false, true]);
}

/// Programs read these names; a new one may come, none may go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_json_keeps_its_names() {
    let main = "synthetic:width=640,height=352,fps=25,gop=25,audio=pcmu";
    let report = report(&[source(main), source(closed())]).await;
    let json = serde_json::to_value(&report).unwrap();
    let (good, bad) = (&json["cameras"][0], &json["cameras"][1]);
    for name in ["name", "camera_id", "stream_id", "source", "ok", "reader", "reader_reason", "found", "warnings"] {
        assert!(!good[name].is_null(), "{name}");
    }
    let found = ["video", "width", "height", "frame_rate", "key_frame_interval_secs", "key_frames", "audio", "lost_packets"];
    for name in found.iter().chain(&["damaged_units", "fragments", "bytes"]) {
        assert!(!good["found"][name].is_null(), "{name}");
    }
    for name in ["trouble", "meaning", "meaning_zh", "what", "next_step", "next_step_zh"] {
        assert!(bad["error"][name].is_string(), "{name}");
    }
    assert_eq!(bad["error"]["trouble"], "port_closed");
}
