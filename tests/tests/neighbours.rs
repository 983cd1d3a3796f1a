//! A neighbouring system, with the real programs: enrolled by a one-time token, it tells facts over TLS by a client that
//! shares no code with us, is refused what it has no permit for, and is cut off when it is revoked.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use liuhen_proto::wire::session::v1::{CreateOrganizationRequest, OrganizationKind};
use liuhen_tests::program::{Program, built};
use liuhen_tests::world::Server;

const PATIENCE: Duration = Duration::from_secs(60);

/// `liuhen …`; its line of JSON. As the operator where a server is given, else at the neighbour.
fn liuhen(server: Option<&Server>, arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::new(built("liuhen").unwrap());
    command.args(arguments).arg("--json");
    if let Some(server) = server {
        command.env("LIUHEN_SERVER", server.address()).env("LIUHEN_TOKEN", server.token().unwrap());
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or(serde_json::Value::Null)
}

async fn organization(server: &Server) -> String {
    let name = "留痕 test organisation".to_owned();
    let request = CreateOrganizationRequest { name, kind: OrganizationKind::SocialOrg.into(), ..Default::default() };
    let mut centre = server.centre().await.unwrap();
    centre.sessions.create_organization(request).await.unwrap().into_inner().organization.unwrap().organization_id
}

/// With a key of a kind, from its invitation until it is revoked.
async fn a_neighbour_comes_and_goes(key: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let mut server = Server::start_for_machines(Path::new(&path("data")), Path::new(&path("server.log"))).await.unwrap();
    let (organization, other) = (organization(&server).await, organization(&server).await);
    let (token, folder) = (path("token"), path("neighbour"));
    let invite = ["admin", "neighbours", "invite", "registration-site", "报名系统", "--scope", &organization];
    let more = ["--push", "staff_registered", "--read", "--token", &token];
    let invited = liuhen(Some(&server), &[&invite[..], &more].concat());
    let id = invited["neighbour_id"].as_str().unwrap();

    let door = server.machines().unwrap().clone();
    let address = door.address();
    let to = ["neighbour", "enrol", "--centre", &address, "--centre-sha256", &door.pin, "--token-file", &token];
    liuhen(None, &[&to[..], &["--directory", &folder, "--key", key]].concat());

    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("node/neighbour.mjs"));
    node.args([&address, &folder, &organization, &other]);
    let mut foreign = Program::spawn("node", node, Path::new(&path("node.log"))).unwrap();
    foreign.line("told", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", server.printed()));
    liuhen(Some(&server), &["admin", "neighbours", "revoke", id, "--reason", "gone"]);
    foreign.line("cut off", 0, PATIENCE).await.unwrap_or_else(|error| panic!("{error:#}\n{}", server.printed()));

    let refused = liuhen(Some(&server), &["refusals"]);
    let of = |kind: &str| refused["refusals"].as_array().unwrap().iter().any(|it| it["kind"] == kind);
    assert!(of("fact") && of("machine"), "{refused}");
    server.stop().await.unwrap();
    let (clean, report) = server.fsck().unwrap();
    assert!(clean, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_with_a_p256_key_comes_and_goes() {
    a_neighbour_comes_and_goes("p256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_with_an_ed25519_key_comes_and_goes() {
    a_neighbour_comes_and_goes("ed25519").await;
}
