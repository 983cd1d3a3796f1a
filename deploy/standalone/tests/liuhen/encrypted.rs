//! Calls of people over TLS, and addresses that only encrypted calls may reach.

use std::path::Path;
use std::process::Output;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::server::{SITE, Server, liuhen, text};

/// An authority of the test's own, and a certificate of it for 127.0.0.1; gives the authority's file.
fn certify(directory: &Path, name: &str) -> std::path::PathBuf {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    std::fs::write(directory.join(format!("{name}.crt")), leaf.pem()).unwrap();
    std::fs::write(directory.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    let path = directory.join(format!("{name}-ca.crt"));
    std::fs::write(&path, certificate.pem()).unwrap();
    path
}

fn ask(server: &Server, ca: Option<&Path>, arguments: &[&str]) -> Output {
    let mut command = liuhen();
    command.args(arguments).args(ca.iter().flat_map(|ca| [Path::new("--ca"), *ca]));
    command.env("LIUHEN_SERVER", &server.address).env("LIUHEN_TOKEN_FILE", server.data.join("admin.token"));
    command.current_dir(server.data.parent().unwrap()).output().unwrap()
}

#[test]
fn people_call_over_tls_and_trust_whom_they_are_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (ca, stranger) = (certify(at, "server"), certify(at, "stranger"));
    let file = |name: &str| at.join(name).to_str().unwrap().to_owned();
    let tls = ["--tls-cert", &file("server.crt"), "--tls-key", &file("server.key"), "--machines", "127.0.0.1:0"];
    let server = Server::start_with(&at.join("data"), &tls);
    assert!(server.address.starts_with("https://127.0.0.1:"), "{}", server.address);
    std::fs::write(at.join("site.toml"), SITE).unwrap();

    let declared = ask(&server, Some(&ca), &["declare", "site.toml"]);
    assert!(declared.status.success(), "{}", text(&declared.stderr));
    // The recorder is told to call by the door for machines, and how to know it.
    let config = std::fs::read_to_string(at.join("recorder.toml")).unwrap();
    let door = server.machines.clone().unwrap();
    assert!(config.contains(&format!("centre = [\"{}\"]", door["address"].as_str().unwrap())), "{config}");
    assert!(config.contains(&format!("centre_sha256 = {}", door["centre_sha256"])), "{config}");

    for ca in [Some(stranger.as_path()), None] {
        let refused = ask(&server, ca, &["whoami"]);
        assert!(!refused.status.success() && text(&refused.stderr).contains("connect to"), "{}", text(&refused.stderr));
    }
    let refused = ask(&server, Some(&at.join("server.key")), &["whoami"]);
    assert!(text(&refused.stderr).contains("no certificate"), "{}", text(&refused.stderr));
}

#[test]
fn what_is_not_encrypted_is_served_on_this_machine_only() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut command = liuhen();
    let refused = command.args(["serve", "--listen", "0.0.0.0:0", "--data"]).arg(&data).output().unwrap();
    assert!(!refused.status.success());
    let said = text(&refused.stderr);
    assert!(said.contains("--tls-cert") && said.contains("0.0.0.0:0"), "{said}");
    for wrong in [["--tls-cert", "/nonexistent"].as_slice(), &["--tls-cert", "/dev/null", "--tls-key", "/dev/null"]] {
        let mut command = liuhen();
        let refused = command.args(["serve", "--listen", "127.0.0.1:0"]).args(wrong).arg("--data").arg(&data).output().unwrap();
        assert!(!refused.status.success(), "{wrong:?}");
    }
    let server = Server::start_with(&data, &["--listen", "0.0.0.0:0", "--allow-plaintext"]);
    assert!(server.address.starts_with("http://0.0.0.0:"), "{}", server.address);
}

#[test]
fn an_authority_of_the_sites_own_signs_for_recorders_and_what_is_wrong_with_it_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (ca_key, mut ca) = (KeyPair::generate().unwrap(), CertificateParams::default());
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let certificate = ca.self_signed(&ca_key).unwrap().pem();
    certify(at, "server");
    let write = |name: &str, content: &str| {
        std::fs::write(at.join(name), content).unwrap();
        at.join(name).to_str().unwrap().to_owned()
    };
    let (certificate, key) = (write("ca.crt", &certificate), write("ca.key", &ca_key.serialize_pem()));
    let server = Server::start_with(
        &at.join("data"),
        &["--machines", "127.0.0.1:0", "--machines-ca", &certificate, "--machines-ca-key", &key],
    );
    let pin = liuhen_proto::Sha256::of(&rcgen::PublicKeyData::subject_public_key_info(&ca_key)).to_string();
    assert_eq!(server.machines.as_ref().unwrap()["centre_sha256"], pin);
    assert!(!at.join("data/machines.key").exists(), "no other one is made");

    let leaf = at.join("server.crt").to_str().unwrap().to_owned();
    let (leaf_key, other) = (at.join("server.key").to_str().unwrap().to_owned(), at.join("other"));
    for (arguments, what) in [
        (vec!["--machines-ca", &certificate], "--machines-ca-key"),
        (vec!["--machines-ca", &certificate, "--machines-ca-key", &leaf_key], "not that of the key"),
        (vec!["--machines-ca", &leaf, "--machines-ca-key", &leaf_key], "none of an authority"),
        (vec!["--machines-ca", "/dev/null", "--machines-ca-key", &leaf_key], "no certificate in PEM"),
        (vec!["--machines-ca", "/nonexistent", "--machines-ca-key", &leaf_key], "read /nonexistent"),
    ] {
        let mut command = liuhen();
        command.args(["serve", "--listen", "127.0.0.1:0", "--machines", "127.0.0.1:0"]).args(arguments);
        let refused = command.arg("--data").arg(&other).output().unwrap();
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(what), "{what}: {said}");
        assert!(!other.exists(), "nothing is made by a start that fails");
    }
}
