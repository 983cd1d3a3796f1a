//! The program `liuhen` as people and scripts use it: started, asked, stopped, started again.

#[path = "liuhen/encrypted.rs"]
mod encrypted;
#[path = "liuhen/judgement.rs"]
mod judgement;
#[path = "liuhen/log.rs"]
mod log;
#[path = "liuhen/looks.rs"]
mod looks;
#[path = "liuhen/neighbours.rs"]
mod neighbours;
#[path = "liuhen/people.rs"]
mod people;
#[path = "liuhen/server.rs"]
mod server;
#[path = "liuhen/staff.rs"]
mod staff;

use std::process::Stdio;

use serde_json::Value;

use server::{SITE, Server, liuhen, text, world_of};

fn world() -> (tempfile::TempDir, Server) {
    world_of(SITE)
}

#[test]
fn a_site_is_declared_from_a_file_and_again_with_the_same_ids() {
    let (directory, server) = world();
    assert_eq!(server.json(&["declare", "site.toml", "--check"])["cameras"], 1);
    assert_eq!(server.json(&["site"])["sites"].as_array().unwrap().len(), 0, "a check declares nothing");
    let first = server.json(&["declare", "site.toml"]);
    assert_eq!(first["written"].as_array().unwrap().len(), 2);
    let again = server.json(&["declare", "site.toml"]);
    for part in ["organization", "site", "rooms", "viewpoints", "cameras", "recorders", "sessions"] {
        assert_eq!(first[part], again[part], "{part}");
    }
    let config: toml::Table = std::fs::read_to_string(directory.path().join("recorder.toml")).unwrap().parse().unwrap();
    assert_eq!(config["centre"][0].as_str(), Some(server.address.as_str()));
    assert_eq!(config["camera"][0]["evidence_stream_id"].as_str(), first["cameras"][0]["evidence_stream_id"].as_str());
    assert_eq!(config["token_file"].as_str(), Some("recorder.token"));

    let changed = SITE.replace("sound_required = true", "sound_required = false");
    std::fs::write(directory.path().join("site.toml"), changed).unwrap();
    let refused = server.ask(&["declare", "site.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("viewpoint \"front\""), "{}", text(&refused.stderr));
    std::fs::write(directory.path().join("site.toml"), SITE).unwrap();
    std::fs::remove_file(directory.path().join("recorder.token")).unwrap();
    assert!(text(&server.ask(&["declare", "site.toml"]).stderr).contains("shown only once"));
}

#[test]
fn a_viewing_stream_and_a_pickup_are_written_for_the_recorder() {
    let (directory, server) = world();
    let source = "source = \"rtsp://127.0.0.1:8554/front\"";
    let more =
        "viewing_source = \"rtsp://127.0.0.1:8554/small\"\n[[room.viewpoint.camera]]\nname = \"0303 pickup\"\nkind = \"pickup\"";
    let site = SITE.replace(source, &format!("{source}\n{more}\nsource = \"rtsp://127.0.0.1:8554/sound\""));
    std::fs::write(directory.path().join("site.toml"), site).unwrap();
    let declared = server.json(&["declare", "site.toml"]);
    let config: toml::Table = std::fs::read_to_string(directory.path().join("recorder.toml")).unwrap().parse().unwrap();
    let (camera, pickup) = (&config["camera"][0], &config["camera"][1]);
    assert_eq!(camera["viewing_stream_id"].as_str(), declared["cameras"][0]["viewing_stream_id"].as_str());
    assert_eq!(camera["viewing_source"].as_str(), Some("rtsp://127.0.0.1:8554/small"));
    assert_eq!((camera.get("carries"), pickup["carries"].as_str()), (None, Some("sound")));
    assert_eq!(pickup.get("viewing_stream_id"), None);
}

#[test]
fn what_was_declared_can_be_asked_for_in_both_languages_and_as_json() {
    let (_directory, server) = world();
    let declared = server.json(&["declare", "site.toml"]);
    let session = declared["sessions"][0]["session_id"].as_str().unwrap();
    let stream = declared["cameras"][0]["evidence_stream_id"].as_str().unwrap();
    let coverage = server.json(&["coverage", session]);
    assert_eq!(coverage["viewpoints"][0]["tracks"][0]["kind"], "video");
    let english = text(&server.ask(&["coverage", session]).stdout);
    assert!(english.contains("0303 · front") && english.contains("2026-11-22 08:15:00.000 – 11:30:00.000"), "{english}");
    assert!(english.contains("missing") && english.contains("sound"), "{english}");
    assert!(text(&server.ask(&["coverage", session, "--lang", "zh"]).stdout).contains("缺失"));
    let utc = text(&server.ask(&["coverage", session, "--zone", "UTC"]).stdout);
    assert!(utc.contains("2026-11-22 00:15:00.000"), "{utc}");
    let site = declared["site"]["site_id"].as_str().unwrap();
    assert_eq!(server.json(&["site", site])["cameras"], declared["cameras"]);
    assert_eq!(server.json(&["session", session])["session_id"], session);
    assert!(text(&server.ask(&["session"]).stdout).contains("morning"));
    let span = ["--from", "2026-11-22 09:00", "--to", "2026-11-22T11:00:00+08:00"];
    assert_eq!(server.json(&[&["segments", stream], &span[..]].concat())["segments"].as_array().unwrap().len(), 0);
    let clip = server.ask(&[&["clip", stream, "-o", "clip.mp4", "--lang", "zh"], &span[..]].concat());
    assert_eq!((clip.status.code(), text(&clip.stderr).contains("没有录像")), (Some(1), true), "{}", text(&clip.stderr));
    let left: Vec<_> = std::fs::read_dir(server.data.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("clip")), "nothing is left of a clip that failed: {left:?}");
    let play = server.json(&[&["play", stream], &span[..]].concat());
    assert!(play["hls"].as_str().unwrap().starts_with(&server.address));
    let backwards = server.ask(&["play", stream, "--from", "2026-11-22 11:00", "--to", "2026-11-22 09:00"]);
    assert!(text(&backwards.stderr).contains("is not after"), "{}", text(&backwards.stderr));
}

#[test]
fn the_log_is_exported_line_by_line_with_its_root() {
    let (_directory, server) = world();
    server.json(&["declare", "site.toml"]);
    let export = text(&server.ask(&["entries", "--json"]).stdout);
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (head, entries) = lines.split_last().unwrap();
    assert!(entries.len() > 5);
    assert_eq!(head["tree_size"].as_u64(), Some(entries.len() as u64));
    let mut frontier = liuhen_proto::custody::Frontier::default();
    for entry in entries {
        frontier.push(liuhen_proto::custody::tree::leaf_hash(entry["envelope"].as_str().unwrap().as_bytes()));
    }
    assert_eq!(head["root_hash"].as_str(), Some(frontier.root().to_string().as_str()));
    let some = text(&server.ask(&["entries", "--from-index", "2", "--limit", "2"]).stdout);
    assert!(some.starts_with("#2 ") && some.contains("#3 ") && !some.contains("#4 "), "{some}");
}

#[test]
fn who_stops_reading_ends_the_program_without_a_panic() {
    let (_directory, server) = world();
    server.json(&["declare", "site.toml"]);
    let token = server.data.join("admin.token");
    let mut command = liuhen();
    command.args(["entries"]).env("LIUHEN_SERVER", &server.address).env("LIUHEN_TOKEN_FILE", token);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    let example = liuhen().args(["declare", "--example"]).output().unwrap();
    assert!(text(&example.stdout).contains("[[room.viewpoint.camera]]"));
}

#[test]
fn two_servers_never_share_a_directory_and_a_restart_keeps_all() {
    let (directory, server) = world();
    let declared = server.json(&["declare", "site.toml"]);
    let second = liuhen().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&server.data).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("another server"), "{}", text(&second.stderr));
    assert!(server.stop(), "SIGTERM ends it well");
    let server = Server::start(&directory.path().join("data"));
    assert_eq!(server.json(&["site"])["sites"][0]["site_id"], declared["site"]["site_id"]);
}

#[test]
fn only_loopback_is_served_and_a_wrong_token_is_told() {
    let (directory, server) = world();
    let outside = liuhen().args(["serve", "--listen", "0.0.0.0:0", "--data"]).arg(directory.path().join("other")).output();
    assert!(text(&outside.unwrap().stderr).contains("loopback"));
    let wrong = liuhen().args(["site", "--server", &server.address]).env("LIUHEN_TOKEN", "wrong").output().unwrap();
    assert!(text(&wrong.stderr).contains("lets nobody in"), "{}", text(&wrong.stderr));
    let none = liuhen().args(["site", "--server", &server.address]).output().unwrap();
    assert!(text(&none.stderr).contains("--token-file"), "{}", text(&none.stderr));
    let nobody = liuhen().args(["site", "--server", "http://127.0.0.1:1"]).env("LIUHEN_TOKEN", "x").output().unwrap();
    assert!(text(&nobody.stderr).contains("liuhen serve"), "{}", text(&nobody.stderr));
}

#[test]
fn fsck_runs_beside_the_server_and_tells_what_it_found() {
    let (_directory, server) = world();
    server.json(&["declare", "site.toml"]);
    let data = server.data.to_str().unwrap();
    let sound = server.json(&["fsck", "--data", data]);
    assert_eq!((sound["sound"].as_bool(), sound["found"].as_u64()), (Some(true), Some(0)), "{sound}");
    std::fs::create_dir_all(server.data.join("objects/media")).unwrap();
    std::fs::write(server.data.join("objects/media/stray.mp4"), b"stray").unwrap();
    let stray = server.ask(&["fsck", "--data", data, "--lang", "zh"]);
    assert_eq!(stray.status.code(), Some(1));
    assert!(text(&stray.stdout).contains("media/stray.mp4"), "{}", text(&stray.stdout));
    let nowhere = server.ask(&["fsck", "--data", "nowhere"]);
    assert!(text(&nowhere.stderr).contains("no data directory"), "{}", text(&nowhere.stderr));
    assert!(!server.data.parent().unwrap().join("nowhere").exists());
}

#[test]
fn alarms_are_listed_and_a_webhook_needs_its_secret() {
    let (directory, server) = world();
    server.json(&["declare", "site.toml"]);
    assert_eq!(server.json(&["alarms"])["alarms"].as_array().unwrap().len(), 0);
    assert!(text(&server.ask(&["alarms", "--lang", "zh"]).stdout).contains("没有告警"));
    let unknown = server.ask(&["alarms", "ack", "alarm_01KAN0000000000000000000AA", "--note", "seen"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("does not exist"), "{}", text(&unknown.stderr));
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "short").unwrap();
    let serve = |url: &str| {
        let mut command = liuhen();
        command.args(["serve", "--listen", "127.0.0.1:0", "--webhook", url, "--webhook-secret-file"]).arg(&secret);
        text(&command.arg("--data").arg(directory.path().join("other")).output().unwrap().stderr)
    };
    assert!(serve("http://127.0.0.1:1/").contains("whsec_"));
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    assert!(serve("https://127.0.0.1:1/").contains("no address of a webhook"));
}

#[test]
fn what_the_supervision_platform_is_handed_is_listed_and_how_it_is_reached_is_checked() {
    let (directory, server) = world();
    server.json(&["declare", "site.toml"]);
    assert_eq!(server.json(&["supervision", "list"])["reports"].as_array().unwrap().len(), 0);
    assert!(text(&server.ask(&["supervision", "list", "--state", "refused", "--lang", "zh"]).stdout).contains("0 条报送"));
    let unknown = server.ask(&["supervision", "show", "ses_01KAN0000000000000000000AA"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("does not exist"), "{}", text(&unknown.stderr));
    let operator = server.ask(&["supervision", "resend", "ses_01KAN0000000000000000000AA", "--reason", "已更正"]);
    assert!(text(&operator.stderr).contains("KeepRecords"), "{}", text(&operator.stderr));
    let secret = directory.path().join("platform.secret");
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let serve = |told: &[&str]| {
        let mut command = liuhen();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(directory.path().join("other")).args(told);
        text(&command.output().unwrap().stderr)
    };
    let secret = secret.to_str().unwrap();
    let plain = serve(&["--supervision-url", "http://jg.example.cn/", "--supervision-secret-file", secret]);
    assert!(plain.contains("is not encrypted"), "{plain}");
    let alone = serve(&["--supervision-url", "https://jg.example.cn/"]);
    assert!(alone.contains("--supervision-secret-file"), "{alone}");
    let both = serve(&["--supervision-drop", "out", "--supervision-url", "https://a/", "--supervision-secret-file", secret]);
    assert!(both.contains("cannot be used with"), "{both}");
}
