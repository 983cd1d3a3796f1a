//! Neighbouring systems from the command line: invited, enrolled, permitted, revoked.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::server::{Server, liuhen, text};

/// At the neighbour: no server, no token of a person.
fn at_neighbour(arguments: &[&str]) -> Result<Value, String> {
    let output = liuhen().args(["neighbour", arguments[0], "--json"]).args(&arguments[1..]).output().unwrap();
    if output.status.success() { Ok(serde_json::from_slice(&output.stdout).unwrap()) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_neighbour_enrols_renews_and_is_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let server = Server::start_with(&directory.path().join("data"), &["--machines", "127.0.0.1:0"]);
    let door = server.machines.clone().unwrap();
    let (centre, pin) = (door["address"].as_str().unwrap(), door["centre_sha256"].as_str().unwrap());
    let token = at("neighbour.token");
    let invite = ["admin", "neighbours", "invite", "provincial-platform", "省平台", "--scope", "everything", "--read"];
    let more = ["--push", "outside_event_told,seats_assigned", "--token", &token];
    let invited = server.json(&[&invite[..], &more].concat());
    let id = invited["neighbour_id"].as_str().unwrap();
    assert_eq!((invited["pushes"].as_array().unwrap().len(), &invited["reads"]), (2, &true.into()));
    assert_eq!(std::fs::metadata(&token).unwrap().permissions().mode() & 0o777, 0o600);

    let folder = at("neighbour");
    let enrol = |folder: &str, pin: &str, token: &str, key: &str| {
        let to =
            ["enrol", "--centre", centre, "--centre-sha256", pin, "--token-file", token, "--directory", folder, "--key", key];
        at_neighbour(&to)
    };
    let stranger = enrol(&folder, &"0".repeat(64), &token, "p256").unwrap_err();
    assert!(stranger.contains("--centre-sha256"), "{stranger}");
    let enrolled = enrol(&folder, pin, &token, "p256").unwrap();
    assert_eq!(enrolled["neighbour_id"], id);
    assert!(enrol(&folder, pin, &token, "p256").unwrap_err().contains("already"));
    for file in ["neighbour.crt", "centre.crt"] {
        let pem = std::fs::read_to_string(directory.path().join("neighbour").join(file)).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    }
    assert_eq!(at_neighbour(&["renew", "--directory", &folder]).unwrap()["made"], false, "it is not due");
    assert_eq!(at_neighbour(&["renew", "--directory", &folder, "--always"]).unwrap()["made"], true);

    let permitted = server.json(&["admin", "neighbours", "permit", id, "--push", "entered", "--reason", "less"]);
    assert_eq!((&permitted["pushes"], &permitted["reads"]), (&serde_json::json!(["entered"]), &false.into()));
    let never =
        server.ask(&["admin", "neighbours", "permit", id, "--push", "incident_decided", "--reason", "more", "--lang", "zh"]);
    assert!(text(&never.stderr).contains("须由人员办理"), "{}", text(&never.stderr));
    let next = at("next.token");
    server.json(&["admin", "neighbours", "replace", id, "--reason", "stolen", "--token", &next]);
    let refused = at_neighbour(&["renew", "--directory", &folder, "--always"]).unwrap_err();
    assert!(refused.contains("liuhen admin neighbours replace"), "{refused}");
    enrol(&at("other"), pin, &next, "ed25519").unwrap();
    server.json(&["admin", "neighbours", "revoke", id, "--reason", "gone"]);
    let listed = server.json(&["admin", "neighbours", "list"]);
    let keys = listed["keys"].as_array().unwrap();
    assert!(keys.len() == 2 && keys.iter().all(|key| !key["revoked_us"].is_null()), "{listed}");
    let shown = text(&server.ask(&["admin", "neighbours", "list"]).stdout);
    assert!(shown.contains("provincial-platform") && shown.contains("1 neighbours"), "{shown}");
}
