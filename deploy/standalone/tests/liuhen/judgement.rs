//! Judgement as people and scripts use it: thresholds, flags, stills, levels, reference, by the program `liuhen`.

use liuhen_proto::ids::{FlagId, RunId, StillId};
use liuhen_proto::wire::common::v1::FlagKind;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use liuhen_proto::wire::ingest::v1::observe_response::Outcome;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_proto::{Span, Timestamp};
use serde_json::Value;

use crate::server::{SITE, Server, text, world_of};

/// Two pictures that look like JPEGs of 640 × 360; nobody decodes them here.
fn jpeg(mark: u8) -> Vec<u8> {
    let frame = [0xff, 0xc0, 0, 11, 8, 1, 0x68, 2, 0x80, 1, 1, 0x11, 0];
    [&[0xff, 0xd8][..], &frame, &[0xff, 0xda, 0, 2, mark, 0xff, 0xd9]].concat()
}

/// Hands observations in as the declared recorder; all of them are kept.
fn observe(server: &Server, observations: Vec<Observation>) {
    let token = std::fs::read_to_string(server.data.parent().unwrap().join("recorder.token")).unwrap();
    let address = server.address.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let mut client =
            IngestServiceClient::new(tonic::transport::Endpoint::from_shared(address).unwrap().connect().await.unwrap());
        let said = observations.into_iter().map(|observation| pb::ObserveRequest { observation: Some(observation) });
        let mut request = tonic::Request::new(tokio_stream::iter(said));
        request.metadata_mut().insert("authorization", format!("Bearer {}", token.trim()).parse().unwrap());
        let mut answers = client.observe(request).await.unwrap().into_inner();
        while let Some(answer) = answers.message().await.unwrap() {
            assert!(matches!(answer.outcome, Some(Outcome::Kept(_))), "{answer:?}");
        }
    });
}

/// What a recorder saw of the stream a minute ago: silence for 20 s, a picture, and how loud it was.
fn seen(stream: &str, start: Timestamp) -> (String, Vec<Observation>) {
    let (run_id, stream_id) = (RunId::mint(start, &OsRandom).to_string(), stream.to_owned());
    let still_id = StillId::mint(start, &OsRandom).to_string();
    let flag = pb::Flag {
        flag_id: FlagId::mint(start, &OsRandom).to_string(),
        stream_id: stream_id.clone(),
        run_id: run_id.clone(),
        kind: FlagKind::Silent.into(),
        start_us: start.as_micros(),
        end_us: Some(start.as_micros() + 20_000_000),
        seen_us: start.as_micros() + 20_000_000,
        version: 1,
        measured_milli: -71_500,
        threshold_milli: -55_000,
        detector: "silent/1".to_owned(),
    };
    let still = pb::Still {
        still_id: still_id.clone(),
        stream_id: stream_id.clone(),
        run_id: run_id.clone(),
        taken_us: start.as_micros(),
        jpeg: jpeg(7),
        width: 640,
        height: 360,
    };
    let levels = pb::SoundLevels { stream_id, run_id, start_us: start.as_micros(), rms: vec![143; 100], peak: vec![255; 100] };
    (still_id, vec![Observation::Flag(flag), Observation::Still(still), Observation::Levels(levels)])
}

fn id<'a>(value: &'a Value, part: &str, name: &str) -> &'a str {
    value[part][0][name].as_str().unwrap()
}

#[test]
fn what_was_judged_is_shown_in_both_languages_and_as_json() {
    let (directory, server) = world_of(SITE);
    let declared = server.json(&["declare", "site.toml"]);
    let (viewpoint, stream) = (id(&declared, "viewpoints", "viewpoint_id"), id(&declared, "cameras", "evidence_stream_id"));
    let (still, observations) = seen(stream, SystemClock.now().before(Span::from_secs(60)));
    observe(&server, observations);
    let lately = ["--from", "-5m", "--to", "now"];

    let flags = server.json(&[&["flags", viewpoint], &lately[..]].concat());
    assert_eq!((flags["flags"].as_array().unwrap().len(), flags["flags"][0]["kind"].as_str()), (1, Some("silent")));
    let english = text(&server.ask(&[&["flags", viewpoint], &lately[..]].concat()).stdout);
    assert!(english.contains("silent  -71.5 dBFS (threshold -55)") && english.contains("no verdict"), "{english}");
    let chinese = text(&server.ask(&[&["flags", viewpoint, "--lang", "zh"], &lately[..]].concat()).stdout);
    assert!(chinese.contains("静音") && chinese.contains("阈值 -55"), "{chinese}");
    let session = server.json(&["flags", id(&declared, "sessions", "session_id")]);
    assert_eq!(session["flags"].as_array().unwrap().len(), 0, "its windows are at another time");
    let nothing = server.ask(&["flags", viewpoint]);
    assert!(text(&nothing.stderr).contains("--from and --to"), "{}", text(&nothing.stderr));

    let stills = server.json(&[&["stills", stream, "-o", "stills"], &lately[..]].concat());
    assert_eq!((stills["stills"][0]["still_id"].as_str(), stills["evidence"].as_bool()), (Some(still.as_str()), Some(false)));
    let file = directory.path().join(stills["files"][0].as_str().unwrap());
    assert_eq!(std::fs::read(&file).unwrap(), jpeg(7));
    std::fs::write(&file, b"somebody's").unwrap();
    server.json(&[&["stills", stream, "-o", "stills"], &lately[..]].concat());
    assert_eq!(std::fs::read(&file).unwrap(), b"somebody's", "what is there is not overwritten");

    let levels = server.json(&[&["levels", stream], &lately[..]].concat());
    let first = &levels["levels"][0];
    assert_eq!((first["rms_dbfs"][0].as_f64(), first["peak_dbfs"][0].as_f64()), (Some(-71.5), None));
    let lines = text(&server.ask(&[&["levels", stream], &lately[..]].concat()).stdout);
    assert!(lines.contains("-71.5") && lines.contains("no evidence"), "{lines}");

    let accepted = server.json(&["reference", viewpoint, &still]);
    assert_eq!(
        (accepted["reference_still_id"].as_str(), accepted["judgement_revision"].as_u64()),
        (Some(still.as_str()), Some(1))
    );
    let wrong = server.ask(&["reference", "vp_01J9Z0000000000000000000AA", &still]);
    assert!(text(&wrong.stderr).contains("does not exist"), "{}", text(&wrong.stderr));
}

#[test]
fn thresholds_of_a_file_are_set_once_and_changed_with_a_reason() {
    let site = SITE.replace("sound_required = true", "sound_required = true\nthresholds = { silent = -55, moved = \"off\" }");
    let (_directory, server) = world_of(&site);
    let declared = server.json(&["declare", "site.toml"]);
    let viewpoint = id(&declared, "viewpoints", "viewpoint_id");
    let shown = server.json(&["thresholds", viewpoint]);
    assert_eq!(shown["thresholds"], serde_json::json!({ "silent": -55.0, "moved": "off" }));
    assert_eq!(declared["viewpoints"][0]["thresholds"], shown["thresholds"]);
    assert_eq!(server.json(&["declare", "site.toml"])["viewpoints"], declared["viewpoints"], "the same again changes nothing");

    let without = server.ask(&["thresholds", viewpoint, "silent=-60"]);
    assert_eq!(without.status.code(), Some(2), "{}", text(&without.stderr));
    let changed = server.json(&["thresholds", viewpoint, "moved=default", "frozen=0.5", "--reason", "门口机位"]);
    assert_eq!(changed["thresholds"], serde_json::json!({ "silent": -55.0, "frozen": 0.5 }));
    assert_eq!(changed["judgement_revision"].as_u64(), Some(2));
    let refused = server.ask(&["thresholds", viewpoint, "black=300", "--reason", "x"]);
    assert!(text(&refused.stderr).contains("0 to 255"), "{}", text(&refused.stderr));
    let table = text(&server.ask(&["thresholds", viewpoint, "--lang", "zh"]).stdout);
    assert!(table.contains("静音  -55 dBFS") && table.contains("检测器默认"), "{table}");

    let again = server.ask(&["declare", "site.toml"]);
    assert!(again.status.success() && text(&again.stderr).contains("liuhen thresholds"), "{}", text(&again.stderr));
    assert_eq!(server.json(&["thresholds", viewpoint]), changed, "what a person changed stands");
}

#[test]
fn coverage_tells_what_each_stream_holds() {
    let source = "source = \"rtsp://127.0.0.1:8554/front\"";
    let pickup = "[[room.viewpoint]]\nname = \"sound\"\nsound_only = true\n[[room.viewpoint.camera]]\nname = \"0303 pickup\"\nkind = \"pickup\"";
    let more = format!("{source}\nviewing_source = \"rtsp://127.0.0.1:8554/small\"\n{pickup}\n{source}");
    let (_directory, server) = world_of(&SITE.replace(source, &more));
    let declared = server.json(&["declare", "site.toml"]);
    let session = id(&declared, "sessions", "session_id");
    let coverage = server.json(&["coverage", session]);
    let roles = |place: usize| -> Vec<_> {
        let streams = coverage["viewpoints"][place]["streams"].as_array().unwrap();
        streams.iter().map(|stream| stream["role"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((roles(0), roles(1)), (vec!["evidence".to_owned(), "viewing".to_owned()], vec!["evidence".to_owned()]));
    assert_eq!(coverage["viewpoints"][1]["tracks"][0]["kind"], "audio");
    assert_eq!(coverage["viewpoints"][0]["streams"][0]["trust"], "captured");
    let english = text(&server.ask(&["coverage", session]).stdout);
    for line in ["evidence  0303 front", "viewing  0303 front", "pickup  0303 pickup"] {
        assert!(english.contains(line), "{english}");
    }
    let chinese = text(&server.ask(&["coverage", session, "--lang", "zh"]).stdout);
    assert!(chinese.contains("拾音  0303 pickup") && chinese.contains("预览"), "{chinese}");
    let site = text(&server.ask(&["site", id_of_site(&declared)]).stdout);
    assert!(site.contains("sound only") && site.contains("pickup"), "{site}");
}

fn id_of_site(declared: &Value) -> &str {
    declared["site"]["site_id"].as_str().unwrap()
}
