//! The status page and its numbers, over real HTTP.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::support::Settings;
use crate::support::centre::{Centre, Manners};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn get(address: SocketAddr, path: &str) -> Option<(String, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

/// The answer, once what is asked for is in it.
async fn answer(address: SocketAddr, path: &str, part: &str) -> (String, String) {
    for _ in 0..3_000 {
        if let Some(answer) = get(address, path).await.filter(|(_, body)| body.contains(part)) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never: {part} in {path}: {:?}", get(address, path).await);
}

/// Reads the text as OpenMetrics demands it: every family with its help and type before its numbers, in one piece; no
/// number twice; the end at the end. Gives the numbers.
fn numbers(text: &str) -> Vec<(String, f64)> {
    let is_name = |name: &str| {
        let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    };
    let (mut families, mut seen, mut all) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let (mut family, mut typed) = (String::new(), false);
    let lines: Vec<_> = text.strip_suffix("# EOF\n").expect("the end").lines().collect();
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            let (kind, rest) = comment.split_once(' ').expect(line);
            let (name, value) = rest.split_once(' ').expect(line);
            assert!(is_name(name), "{line}");
            if name != family {
                assert!(families.insert(name.to_owned()), "{name} comes in two pieces");
                (family, typed) = (name.to_owned(), false);
            }
            match kind {
                "HELP" => assert!(!value.is_empty(), "{line}"),
                "TYPE" => {
                    assert_eq!(value, "gauge", "{line}");
                    typed = true;
                }
                "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                other => panic!("{other}: {line}"),
            }
            continue;
        }
        let (key, value) = line.rsplit_once(' ').expect(line);
        assert!(typed && key.split('{').next() == Some(family.as_str()), "{line}");
        if let Some((_, labels)) = key.split_once('{') {
            let labels = labels.strip_suffix('}').expect(line);
            for label in labels.split("\",") {
                let (name, value) = label.split_once("=\"").expect(line);
                assert!(is_name(name) && !value.contains('\n'), "{line}");
            }
        }
        assert!(seen.insert(key.to_owned()), "{key} stands there twice");
        all.push((key.to_owned(), value.parse().expect(line)));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_and_numbers_tell_what_is_recorded_and_no_secret() {
    let (centre, centre_address) = Centre::start(Manners::default()).await;
    // Taken and given back; should another program take it meanwhile, the page is tried again.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let sections = format!("[status]\nlisten = \"{address}\"");
    let settings = Settings { centre: Some(centre_address), sections, ..Settings::default() };
    let recorder = settings
        .source("synthetic:width=64,height=64,fps=25,gop=25")
        .viewing("synthetic:width=64,height=64,fps=25,gop=25")
        .source("rtsp://127.0.0.1:9/hidden?password=t0ken")
        .line("username = \"operator\"\npassword_env = \"PASSWORD\"")
        .start(directory.path());
    let (head, page) = answer(address, "/", "recording 录制中").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(page.contains("unreachable 无响应") || page.contains("connecting 连接中"), "{page}");
    assert!(page.contains("http-equiv=\"refresh\"") && !page.contains("<script") && !page.contains("src="), "{page}");
    answer(address, "/metrics", "centre_reachable 1").await;
    let viewing = format!("camera_last_fragment_age_seconds{{stream=\"{}\"", crate::support::viewing_id(0));
    let (head, text) = answer(address, "/metrics", &viewing).await;
    assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    for shown in [&page, &text] {
        assert!(!shown.contains("t0ken") && !shown.contains("operator") && !shown.contains("hidden"), "{shown}");
    }
    let numbers = numbers(&text);
    let number = |start: &str, part: &str| {
        let found = numbers.iter().find(|(key, _)| key.starts_with(&format!("liuhen_recorder_{start}")) && key.contains(part));
        found.unwrap_or_else(|| panic!("{start} {part}: {text}")).1
    };
    assert!((0.0..30.0).contains(&number("camera_last_fragment_age_seconds", "role=\"viewing\"")), "{text}");
    assert!(number("camera_state", "state=\"recording\"") == 1.0 && number("spool_full", "") == 0.0);
    assert!(number("spool_quota_bytes", "") == 1_073_741_824.0 && number("spool_used_bytes", "") > 0.0);
    assert_eq!(get(address, "/healthz").await.unwrap().1, "ok\n");
    assert!(get(address, "/spool").await.unwrap().0.starts_with("HTTP/1.1 404"));
    recorder.stop().await;
    assert!(get(address, "/healthz").await.is_none(), "it ends with the recorder");
    centre.with(|state| assert_eq!(state.wrong, Vec::<String>::new()));
}
