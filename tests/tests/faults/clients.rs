//! Clients that write every promise down, each with a recorder and a site of its own.

use std::time::Duration;

use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::OsRandom;
use liuhen_tests::camera::Spec;
use liuhen_tests::faults::Held;
use liuhen_tests::uploader::{Identity, Uploader};
use liuhen_tests::world::{Plan, Server};

/// One that has not begun.
pub(crate) async fn identity(server: &Server) -> Identity {
    let key = SigningKey::generate(&OsRandom);
    let mut centre = server.centre().await.unwrap();
    let plan = Plan::one_room([Spec::synthetic("client", "client")]);
    let declared = centre.declare(&plan, key.public().to_bytes().to_vec(), |_| String::new()).await;
    let declared = declared.unwrap_or_else(|error| panic!("declare a client: {error}\n{}", last_words(server)));
    Identity {
        address: server.address(),
        token: declared.recorder_token.clone(),
        recorder: declared.recorder_id.parse().unwrap(),
        site: declared.site_id.parse().unwrap(),
        stream: declared.cameras[0].stream_id.parse().unwrap(),
        key,
    }
}

/// One that hands in until it is told to finish.
pub(crate) async fn client(server: &Server) -> Uploader {
    Uploader::start(identity(server).await).unwrap()
}

/// Lets the clients finish, and finds everything that was ever promised to them in objects; the archive is sound.
/// Gives how many fragments that were.
pub(crate) async fn held_to_its_word(server: &Server, clients: Vec<Uploader>) -> u64 {
    let mut finished = Vec::new();
    for client in clients {
        let run = client.run();
        let promises = client.finish(Duration::from_secs(90)).await;
        finished.push((run, promises.unwrap_or_else(|error| panic!("{run}: {error:#}\n{}", last_words(server)))));
    }
    let held = Held::read(server.data()).unwrap();
    let mut promised = 0;
    for (run, promises) in &finished {
        for (sequence, (sha256, step)) in promises.iter().filter(|(_, (_, step))| *step >= 2) {
            let found = held.runs.get(run).and_then(|run| run.fragments.get(sequence)).map(|(sha256, _)| sha256);
            assert_eq!(found, Some(sha256), "fragment {sequence} of {run} was promised step {step}");
            promised += 1;
        }
    }
    let (clean, report) = server.fsck().unwrap();
    assert!(clean, "{report}");
    promised
}

/// The end of the server's log.
pub(crate) fn last_words(server: &Server) -> String {
    let printed = server.printed();
    let lines: Vec<&str> = printed.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
