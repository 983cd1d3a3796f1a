//! Devices of three makes are found and asked, and lines of configuration come out that the recorder takes;
//! what is hostile or closed is told in words.

#[path = "support/onvif.rs"]
#[expect(unreachable_pub, reason = "a module of tests alone")]
mod onvif;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_recorder::config::{Config, Credentials, Secret};
use liuhen_recorder::discover::{Discovery, Login, Options, PasswordFrom, discover, lines};
use liuhen_recorder::trouble::Trouble;
use onvif::{Device, Make, PASSWORD, Rubbish, Script, USERNAME};

async fn ask(device: &Device, password: &str) -> Discovery {
    let options = Options {
        addresses: vec![device.http],
        credentials: Some(Credentials { username: USERNAME.into(), password: Secret::new(password) }),
        patience: Duration::from_millis(700),
        discovery_port: Some(device.discovery.port()),
        ..Options::default()
    };
    discover(&options, Arc::new(SystemClock), Arc::new(OsRandom)).await.unwrap()
}

async fn device(make: Make, clock_off_secs: i64) -> Device {
    Device::start(Script { make, clock_off_secs, rubbish: None }).await
}

async fn trouble(script: Script, password: &str) -> Trouble {
    let found = ask(&Device::start(script).await, password).await;
    assert!(found.devices[0].cameras.is_empty());
    found.devices[0].trouble.as_ref().unwrap().trouble
}

#[tokio::test]
async fn hikvision_eight_hours_off_is_asked_by_its_own_clock_and_at_its_own_address() {
    let device = device(Make::Hikvision, 8 * 3_600).await;
    let found = ask(&device, PASSWORD).await;
    let [device_found] = &found.devices[..] else { panic!("{found}") };
    assert_eq!(device_found.trouble, None);
    assert_eq!(device_found.name.as_deref(), Some("HIKVISION DS-2CD2143G2-I"));
    assert!((device_found.clock_offset_secs.unwrap() - 28_800).abs() <= 1);
    let [camera] = &device_found.cameras[..] else { panic!("{found}") };
    let main = "rtsp://127.0.0.1:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1";
    assert_eq!(
        (camera.evidence.url.as_str(), camera.evidence.width, camera.evidence.sound.as_deref()),
        (main, 2560, Some("G711"))
    );
    let viewing = camera.viewing.as_ref().unwrap();
    assert_eq!((viewing.width, viewing.profile.as_str()), (640, "subStream"));
    let asked = device.asked();
    assert!(asked.len() >= 6 && asked.iter().all(|request| !request.contains(PASSWORD) && !request.contains("p&lt;&amp;")));
}

#[tokio::test]
async fn dahua_without_capabilities_has_a_camera_for_each_lens() {
    let found = ask(&device(Make::Dahua, -40).await, PASSWORD).await;
    let cameras = &found.devices[0].cameras;
    let urls: Vec<_> = cameras.iter().map(|camera| camera.evidence.url.split_once("channel=").unwrap().1).collect();
    assert_eq!(urls, ["1&subtype=0&unicast=true&proto=Onvif", "2&subtype=0&unicast=true&proto=Onvif"], "{found}");
    assert!(cameras[0].viewing.is_some() && cameras[1].viewing.is_none());
    assert_eq!(cameras[1].evidence.sound, None);
}

#[tokio::test]
async fn axis_gets_an_http_digest_and_its_jpeg_profile_is_left_out() {
    let found = ask(&device(Make::Axis, 0).await, PASSWORD).await;
    let [camera] = &found.devices[0].cameras[..] else { panic!("{found}") };
    assert_eq!((camera.evidence.profile.as_str(), camera.viewing.as_ref()), ("profile_1 h264", None));
    assert!(found.to_string().contains("AXIS P3245-LV") && found.to_string().contains("H264, 1920 × 1080, 25 fps"), "{found}");
}

#[tokio::test]
async fn a_wrong_password_is_told_by_every_make() {
    for make in [Make::Hikvision, Make::Dahua, Make::Axis] {
        assert_eq!(trouble(Script { make, clock_off_secs: 0, rubbish: None }, "wrong").await, Trouble::Credentials, "{make:?}");
    }
}

#[tokio::test]
async fn what_is_hostile_is_no_service_and_costs_little() {
    for rubbish in [Rubbish::Endless, Rubbish::Laughs, Rubbish::Html] {
        let began = SystemClock.boot_now();
        let script = Script { make: Make::Dahua, clock_off_secs: 0, rubbish: Some(rubbish) };
        assert_eq!(trouble(script, PASSWORD).await, Trouble::NoService, "{rubbish:?}");
        assert!(SystemClock.boot_now().since(began) < Span::from_secs(60), "{rubbish:?}");
    }
}

#[tokio::test]
async fn a_closed_port_is_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let options = Options { addresses: vec![closed], patience: Duration::from_millis(50), ..Options::default() };
    let found = discover(&options, Arc::new(SystemClock), Arc::new(OsRandom)).await.unwrap();
    assert_eq!(found.devices[0].trouble.as_ref().unwrap().trouble, Trouble::PortClosed);
    assert!(found.to_string().contains("该端口未开放"), "{found}");
}

/// The lines with ids in place of the marks, as a whole file.
fn whole(lines: &str) -> String {
    let mut text = String::from(
        "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
         [spool]\ndirectory = \"spool\"\nquota = \"20 GiB\"\n",
    );
    for (number, part) in lines.split("_…").enumerate() {
        let id = format!("_01J9Z00000000000000000{:04}", 1_000 + number);
        text += &format!("{part}{}", if number < lines.matches("_…").count() { id.as_str() } else { "" });
    }
    text
}

#[tokio::test]
async fn the_lines_are_configuration_once_the_ids_are_in() {
    let login = Login { username: USERNAME.into(), password: PasswordFrom::Variable("CAM".into()) };
    for make in [Make::Hikvision, Make::Dahua, Make::Axis] {
        let found = ask(&device(make, 0).await, PASSWORD).await;
        let text = lines(&found, Some(&login));
        let config = Config::parse(&whole(&text), Path::new("recorder.toml"), &|_| Some(PASSWORD.into()));
        let config = config.unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(config.cameras.len(), found.devices[0].cameras.len());
        let refused = Config::parse(&text, Path::new("recorder.toml"), &|_| None).unwrap_err();
        assert!(refused.to_string().contains("recorder_id"), "as they are they are no whole file: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_shows_and_writes() {
    let directory = tempfile::tempdir().unwrap();
    let (device, path) = (device(Make::Axis, 0).await, directory.path().join("cameras.toml"));
    std::fs::write(directory.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    let program = |arguments: &[&str]| {
        let address = device.http.to_string();
        let common =
            ["discover", "--wait", "100ms", "--username", USERNAME, "--password-file", "password", "--address", &address];
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_liuhen-recorder"));
        command.current_dir(directory.path()).args(common).args(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let shown = program(&[]).await.unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.status.success() && text.contains("evidence 证据流") && text.contains("password_file = \"password\""),
        "{text}"
    );
    let json = program(&["--json", "--write", "cameras.toml"]).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["devices"][0]["cameras"][0]["evidence"]["width"], 1920);
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.starts_with("# profile profile_1 h264: H264, 1920 × 1080\n[[camera]]\n"), "{written}");
    let again = program(&["--write", "cameras.toml"]).await.unwrap();
    assert!(!again.status.success() && std::fs::read_to_string(&path).unwrap() == written, "nothing is overwritten");
}
