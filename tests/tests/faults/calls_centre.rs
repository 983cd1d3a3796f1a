//! Every system call of an append and of a seal fails once, with EIO and with ENOSPC, in a running server: what it had
//! promised is held when it is started again. And the order of its calls: nothing is promised before it is on the disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_proto::ids::SiteId;
use liuhen_tests::faults::{CALLS, Call, Calls, Counts, Failing, note};
use liuhen_tests::uploader::{Identity, Rhythm, Uploader};
use liuhen_tests::world::Server;

use crate::clients::{held_to_its_word, identity};
use tokio::time::Instant;

/// Two segments of two fragments each.
const RHYTHM: Rhythm = Rhythm { pace: Duration::from_millis(15), range: 2, fragments: Some(4) };
/// How long a run may take where nothing fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// A run that is not sealed by then waits for the server's next start.
const GIVEN_UP: Duration = Duration::from_millis(1_500);

/// So often the calls are gone through.
const MOST_ROUNDS: usize = 12;

/// Hands a run in while strace watches; gives the client and the calls.
async fn watched(server: &Server, log: &Path, identity: Identity, failing: Option<Failing<'_>>) -> Option<(Uploader, Vec<Call>)> {
    let process = server.process().expect("the server runs");
    let calls = Calls::attach(process, server.data(), log, failing)?;
    let client = Uploader::start_in(identity, RHYTHM).unwrap();
    let began = Instant::now();
    let patience = if failing.is_some() { GIVEN_UP } else { PATIENCE };
    while !client.is_done() && began.elapsed() < patience {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some((client, calls.stop()))
}

/// Of all calls of the baseline, those whose failing means something for what is promised.
fn kinds(calls: &[Call]) -> BTreeSet<(String, String)> {
    // `write` is also how threads wake each other; the full disk fails it for files.
    let named = calls.iter().filter(|call| !call.path.is_empty() && call.name != "write" && !is_of_published_log(call));
    named.map(Call::kind).filter(|(_, path)| !path.ends_with("-shm")).collect()
}

/// The log is published in a rhythm of its own, nothing is promised by it, and all but its signer's memory is made again.
fn is_of_published_log(call: &Call) -> bool {
    ["log", "signer"].iter().any(|part| Path::new(&call.path).starts_with(part))
}

/// Each object is synced, and each directory in which a name appeared, before the records are that tell of it.
fn order_is_right(calls: &[Call]) {
    let mut linked = 0;
    for (place, link) in calls.iter().enumerate().filter(|(_, call)| call.name.starts_with("link") && !is_of_published_log(call))
    {
        let after = &calls[place + 1..];
        let records = after.iter().position(|call| call.name.ends_with("sync") && call.path.ends_with(".db-wal"));
        let records = records.unwrap_or_else(|| panic!("no records were synced after {} got its name: {after:#?}", link.path));
        let before_records = &after[..records];
        let directory = Path::new(&link.path).parent().and_then(Path::to_str).unwrap_or_default();
        let synced = before_records.iter().any(|call| call.name == "fsync" && call.path == directory);
        assert!(synced, "{} got its name, and {directory} was not synced before the records were", link.path);
        linked += 1;
    }
    assert!(linked >= 2, "no object was seen: {calls:#?}");
    // What becomes an object is synced as a whole after the last that is written to it, length and all.
    let is_file = |call: &&Call| call.path.starts_with("journal/open/");
    let written: BTreeSet<_> =
        calls.iter().filter(is_file).filter(|call| call.name == "pwrite64").map(|call| &call.path).collect();
    assert!(written.len() >= 2, "two segments are written: {calls:#?}");
    for path in written {
        let last = calls.iter().rposition(|call| call.name == "pwrite64" && call.path == *path).unwrap_or_default();
        let synced = calls[last..].iter().any(|call| call.name == "fsync" && call.path == *path);
        assert!(synced, "{path} became an object without an fsync of its own");
    }
}

/// Of a kind of calls about a directory that is a site's or above it: where that is for another site.
fn directory_of(kind: &(String, String), baseline: &[Call], (known, other): (SiteId, SiteId), data: &Path) -> Option<PathBuf> {
    let call = baseline.iter().find(|call| call.kind() == *kind)?;
    let path = call.path.replace(&known.to_string(), &other.to_string());
    let is_of_a_run = ["cam_", "run_"].iter().any(|of| path.contains(of));
    (path.starts_with("objects/") && !is_of_a_run).then(|| data.canonicalize().unwrap().join(path))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_system_call_of_append_and_seal_may_fail() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("strace.log");
    let mut server = Server::start(&directory.path().join("data"), &directory.path().join("server.log")).await.unwrap();
    // The first run of a day makes directories that later ones find.
    if watched(&server, &log, identity(&server).await, None).await.is_none() {
        return;
    }
    let known_by = identity(&server).await;
    let known_site = known_by.site;
    let Some((client, calls)) = watched(&server, &log, known_by, None).await else { return };
    assert!(client.is_done(), "a run is sealed in {PATIENCE:?} where nothing fails");
    order_is_right(&calls);
    let known = kinds(&calls);
    println!("{known:#?}");
    let (mut clients, mut injected) = (vec![client], 0);
    for error in ["EIO", "ENOSPC"] {
        let mut left = known.clone();
        // Every call of every thread fails once. Chance says which thread makes which, and what fails first keeps what
        // comes later from being made: a kind that was missed comes again, then by the name of its file where that is known.
        for round in 0..MOST_ROUNDS {
            let names: BTreeSet<String> = left.iter().map(|(name, _)| name.clone()).collect();
            println!("{error}, round {round}: {} kinds of {names:?} are left", left.len());
            for &call in CALLS.iter().filter(|name| names.contains(**name)) {
                for nth in 1.. {
                    let identity = identity(&server).await;
                    let missed = left.iter().find(|(name, _)| name == call).filter(|_| round > 0);
                    let only = missed.and_then(|kind| directory_of(kind, &calls, (known_site, identity.site), server.data()));
                    let failing = Failing { call, error, nth, only: only.as_deref() };
                    let (client, calls) = watched(&server, &log, identity, Some(failing)).await.expect("it went a moment ago");
                    clients.push(client);
                    let failed: BTreeSet<_> = calls.iter().filter(|call| call.failed).map(Call::kind).collect();
                    injected += calls.iter().filter(|call| call.failed).count() as u64;
                    left.retain(|kind| !failed.contains(kind));
                    let is_covered = || !left.iter().any(|(name, _)| name == call);
                    if failed.is_empty() || round > 0 && is_covered() {
                        break;
                    }
                }
            }
            if left.is_empty() {
                break;
            }
        }
        assert!(left.is_empty(), "never failed with {error}: {left:#?}");
    }
    let waiting = clients.iter().filter(|client| !client.is_done()).count();
    println!("{injected} failures in {} runs, of which {waiting} wait for the next start", clients.len());
    server.kill().unwrap();
    server.restart().await.unwrap();
    let acknowledged = held_to_its_word(&server, clients).await;
    note(
        "every_system_call_of_append_and_seal_may_fail",
        Counts { injected_failures: injected, acknowledged, ..Counts::default() },
    );
    server.stop().await.unwrap();
}
