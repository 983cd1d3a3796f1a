//! A tiny HTTP/1.1 client: what goes over the wire is seen as it is.

use std::collections::HashMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HashMap<String, String>,
    /// All of them, in their order.
    every: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header that must be there, its name in small letters.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers))
    }

    /// All headers of a name, in small letters.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.every.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    ask_from("127.0.0.1", server, method, path, headers).await
}

/// The same, from an address of this machine.
pub(crate) async fn ask_from(from: &str, server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let mut socket = socket.connect(server).await.unwrap();
    socket.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    read(&answer, method)
}

/// POST with a body.
pub(crate) async fn ask_with(server: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request =
        format!("POST {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut socket = tokio::net::TcpStream::connect(server).await.unwrap();
    socket.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    read(&answer, "POST")
}

/// GET with these headers.
pub(crate) async fn get_all(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Reply {
    ask(server, "GET", path, headers).await
}

/// GET without anything else.
pub(crate) async fn get(server: SocketAddr, path: &str) -> Reply {
    ask(server, "GET", path, &[]).await
}

fn read(answer: &[u8], method: &str) -> Reply {
    let split = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = std::str::from_utf8(&answer[..split]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let every: Vec<_> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let headers: HashMap<_, _> = every.iter().cloned().collect();
    let body = answer[split + 4..].to_vec();
    assert!(!headers.contains_key("transfer-encoding"), "every answer says how long it is: {headers:?}");
    match headers.get("content-length") {
        Some(length) if method != "HEAD" => assert_eq!(body.len().to_string(), *length, "the body is as long as it says"),
        _ => assert!(body.is_empty()),
    }
    Reply { status, headers, every, body }
}
