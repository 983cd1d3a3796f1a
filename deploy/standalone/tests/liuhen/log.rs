//! What `liuhen log` hands out, as an auditor checks it with the tool and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use liuhen_proto::custody::Trust;
use liuhen_verify::proof::{self, Earlier, Verdict};

use crate::server::{SITE, Server, text, world_of};

/// The newest checkpoint, once it holds all entries; as text, with the key of the log.
async fn checkpoint(server: &Server) -> (String, Trust) {
    loop {
        let entries = server.ask(&["entries", "--json", "--limit", "0"]);
        let head: serde_json::Value = serde_json::from_str(text(&entries.stdout).lines().last().unwrap()).unwrap();
        let answer = server.ask(&["log", "checkpoint", "--json"]);
        if let Ok(newest) = serde_json::from_slice::<serde_json::Value>(&answer.stdout)
            && newest["tree_size"] == head["tree_size"]
        {
            assert_eq!(newest["root_hash"], head["root_hash"]);
            let logs = vec![newest["key"].as_str().unwrap().parse().unwrap()];
            return (newest["checkpoint"].as_str().unwrap().to_owned(), Trust { logs, witnesses: Vec::new() });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn holds(verdict: &Verdict) -> bool {
    verdict.findings.iter().all(|finding| finding.ok)
}

#[tokio::test]
async fn a_session_is_proved_to_an_auditor_who_comes_again() {
    let (directory, server) = world_of(SITE);
    let path = |name: &str| directory.path().join(name);
    let declared = server.json(&["declare", "site.toml"]);
    let session = declared["sessions"][0]["session_id"].as_str().unwrap();
    let (first, trust) = checkpoint(&server).await;

    server.json(&["log", "prove", "--subject", session, "-o", "session.proof"]);
    let (proved, entries) =
        (std::fs::read(path("session.proof")).unwrap(), server.ask(&["entries", "--json", "--subject", session]));
    let check = |entries: &str, earlier: &Earlier| proof::entries(&proved, &mut entries.as_bytes(), &trust, earlier).unwrap();
    let sound = check(&text(&entries.stdout), &Earlier::default());
    assert!(holds(&sound) && !sound.fresh, "{sound:?}");
    let altered = text(&entries.stdout).replacen("exam_start_us", "exam_stark_us", 1);
    assert!(!holds(&check(&altered, &Earlier::default())));
    let exists = server.ask(&["log", "prove", "--subject", session, "-o", "session.proof"]);
    assert!(text(&exists.stderr).contains("not overwritten"), "{}", text(&exists.stderr));

    // The next visit: the log has grown, and shows that it only grew.
    let size = first.lines().nth(1).unwrap().to_owned();
    server.json(&["session", "seal", session]);
    let (second, trust) = checkpoint(&server).await;
    assert_ne!(first, second);
    server.json(&["log", "prove", "--since", &size, "-o", "growth"]);
    let growth = Some(std::fs::read(path("growth")).unwrap());
    let earlier = Earlier { checkpoint: Some(first.clone().into_bytes()), growth };
    let visit = proof::checkpoint(second.as_bytes(), &trust, &earlier);
    assert!(holds(&visit) && visit.fresh, "{visit:?}");
    assert!(!holds(&proof::checkpoint(
        first.as_bytes(),
        &trust,
        &Earlier { checkpoint: Some(second.into_bytes()), growth: None }
    )));

    let past_end = server.ask(&["log", "prove", "--entry", "100000", "-o", "none"]);
    assert!(!past_end.status.success() && text(&past_end.stderr).contains("past its end"), "{}", text(&past_end.stderr));
    assert!(!path("none").exists());

    // After a restart the same key goes on.
    let data = server.data.clone();
    assert!(server.stop());
    let again = Server::start(&data);
    let (_, kept) = checkpoint(&again).await;
    assert_eq!(kept.logs, trust.logs);
}

#[tokio::test]
async fn a_server_whose_signer_lost_its_memory_records_and_signs_nothing() {
    let (_directory, server) = world_of(SITE);
    server.json(&["declare", "site.toml"]);
    checkpoint(&server).await;
    let data = server.data.clone();
    assert!(server.stop());
    std::fs::remove_file(data.join("signer/signed.checkpoint")).unwrap();
    let server = Server::start(&data);
    assert_eq!(server.json(&["site"])["sites"].as_array().unwrap().len(), 1);
    let refused = server.ask(&["log", "checkpoint"]);
    assert!(text(&refused.stderr).contains("does not publish the log"), "{}", text(&refused.stderr));
}

/// Go's verifiers, built without a network against the Debian package of golang.org/x/mod.
fn go(directory: &Path) -> PathBuf {
    let (program, source) = (directory.join("go-log"), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go/log"));
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(source).env("GOCACHE", directory.join("go-cache"));
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "").env("GOPROXY", "off");
    let built = build.output().expect("go is there: `./dev setup` installs it");
    assert!(built.status.success(), "{}", text(&built.stderr));
    program
}

#[tokio::test]
async fn go_reads_what_a_server_publishes_by_its_files_alone() {
    let (directory, server) = world_of(SITE);
    let path = |name: &str| directory.path().join(name);
    server.json(&["declare", "site.toml"]);
    let (first, trust) = checkpoint(&server).await;
    std::fs::write(path("first"), &first).unwrap();
    let declared = server.json(&["declare", "site.toml"]);
    server.json(&["session", "seal", declared["sessions"][0]["session_id"].as_str().unwrap()]);
    checkpoint(&server).await;
    server.json(&["log", "prove", "--entry", "3", "-o", "3.tlog-proof"]);
    server.json(&["log", "prove", "--since", first.lines().nth(1).unwrap(), "-o", "growth"]);
    let entry: serde_json::Value = {
        let printed = text(&server.ask(&["entries", "--json", "--from-index", "3", "--limit", "1"]).stdout);
        serde_json::from_str(printed.lines().next().unwrap()).unwrap()
    };
    std::fs::write(path("3.json"), entry["envelope"].as_str().unwrap()).unwrap();
    let (go, key) = (go(directory.path()), trust.logs[0].to_string());
    let run = |what: &str, files: &[PathBuf]| Command::new(&go).arg(what).arg(&key).args(files).output().unwrap();
    for (what, files) in [
        ("tiles", vec![server.data.join("log")]),
        ("note", vec![server.data.join("log/checkpoint"), path("first")]),
        ("proof", vec![path("3.tlog-proof"), path("3.json")]),
        ("grown", vec![path("first"), path("growth")]),
    ] {
        let verdict = run(what, &files);
        assert!(verdict.status.success(), "{what}: {}", text(&verdict.stderr));
    }
    std::fs::write(path("3.json"), entry["envelope"].as_str().unwrap().replacen('1', "2", 1)).unwrap();
    assert_eq!(run("proof", &[path("3.tlog-proof"), path("3.json")]).status.code(), Some(1));
}
