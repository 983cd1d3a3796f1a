//! Cameras that speak TLS, and cameras that ask who is there.

use liuhen_recorder::source::{Refusal, SourceError};
use liuhen_tests::camera::{Camera, Spec, Wire};
use liuhen_tests::world::run_tool;

use crate::watch::{by, config, watch};

/// A camera's own certificate is not trusted; the refusal tells its digest, and with that it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_its_own_is_taken_when_it_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (key, certificate, both) = (file("key.pem"), file("certificate.pem"), file("both.pem"));
    let made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=camera", "-keyout", &key];
    run_tool("openssl", &[&made[..], &["-out", &certificate]].concat()).unwrap();
    std::fs::write(&both, [std::fs::read(&certificate).unwrap(), std::fs::read(&key).unwrap()].concat()).unwrap();
    let wire = Wire { identity: Some(both.into()), ..Wire::default() };
    let camera = Camera::start_on(wire, vec![Spec::synthetic("a", "a")], &directory.path().join("camera.log")).await.unwrap();
    assert!(camera.url("a").starts_with("rtsps://"));
    let error = watch(&config(&camera.url("a"), ""), |_| true).await.unwrap_err();
    assert!(matches!(error, SourceError::Refused(Refusal::Certificate, _)), "{error:?}");
    let text = error.to_string();
    let named = text.split("certificate_sha256 = \"").nth(1).and_then(|rest| rest.split('"').next());
    let keys = format!("certificate_sha256 = \"{}\"", named.unwrap_or_else(|| panic!("no digest in: {text}")));
    let seen = watch(&config(&camera.url("a"), &keys), |seen| seen.pictures() >= 10).await.unwrap();
    assert!(seen.choice.reader == "gstreamer" && seen.choice.reason.contains("TLS"), "{}", seen.choice);
    assert_eq!(seen.last_tracks().len(), 2);
    let other = format!("certificate_sha256 = \"{}\"", "00".repeat(32));
    let error = watch(&config(&camera.url("a"), &other), |_| true).await.unwrap_err();
    assert!(matches!(error, SourceError::Refused(Refusal::Certificate, _)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_and_password_are_asked_for_and_never_told() {
    let directory = tempfile::tempdir().unwrap();
    let (wire, log) = (Wire { login: Some("admin:s3cret".into()), ..Wire::default() }, directory.path().join("camera.log"));
    let camera = Camera::start_on(wire, vec![Spec::synthetic("a", "a")], &log).await.unwrap();
    for reader in ["retina", "gstreamer"] {
        let right = format!("{}\nusername = \"admin\"\npassword_env = \"PASSWORD\"", by(reader));
        watch(&config(&camera.url("a"), &right), |seen| seen.pictures() > 0).await.unwrap();
        let wrong = right.replace("admin", "guest");
        let error = watch(&config(&camera.url("a"), &wrong), |_| true).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("401") && text.contains("password_file") && !text.contains("s3cret"), "{reader}: {text}");
    }
}
