//! An ONVIF device that follows a script: it answers WS-Discovery and SOAP as one of three makes does, checks
//! the digest of the password against its own clock, and remembers what it was asked.

#[path = "onvif/makes.rs"]
mod makes;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use liuhen_proto::world::{Clock as _, SystemClock};
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

pub use makes::Make;

pub const USERNAME: &str = "onvif";
/// With signs that XML writes otherwise.
pub const PASSWORD: &str = "p<&\">密";

/// How it is.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub make: Make,
    /// Its clock minus ours.
    pub clock_off_secs: i64,
    /// What it answers to everything instead.
    pub rubbish: Option<Rubbish>,
}

/// Answers that harm the careless.
#[derive(Debug, Clone, Copy)]
pub enum Rubbish {
    /// A body without an end.
    Endless,
    /// Entities that grow.
    Laughs,
    /// No XML.
    Html,
}

/// A device that runs.
pub struct Device {
    pub http: SocketAddr,
    pub discovery: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Device {
    pub async fn start(script: Script) -> Self {
        let (listener, socket) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let (http, discovery) = (listener.local_addr().unwrap(), socket.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let nonces: Arc<Mutex<Vec<String>>> = Arc::default();
        let to_probes = tokio::spawn(answer_probes(socket, script.make, http.port()));
        let requests = asked.clone();
        let to_calls = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let device = Answering { script, http, asked: requests.clone(), nonces: nonces.clone() };
                // Whoever asks may hang up at any time.
                tokio::spawn(async move { device.answer(stream).await.ok() });
            }
        });
        Self { http, discovery, asked, tasks: vec![to_probes, to_calls] }
    }

    /// All that it was asked, heads and bodies.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer_probes(socket: UdpSocket, make: Make, port: u16) {
    let mut buffer = vec![0; 65_536];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let question = String::from_utf8_lossy(&buffer[..length]).into_owned();
        assert!(question.contains("discovery/Probe") && question.contains("urn:uuid:"), "{question}");
        // What does not belong here, and then the answer twice, as over two interfaces.
        for datagram in
            [&b"\x00\xff rubbish"[..], makes::probe_match(make, port).as_bytes(), makes::probe_match(make, port).as_bytes()]
        {
            socket.send_to(datagram, from).await.unwrap();
        }
    }
}

struct Answering {
    script: Script,
    http: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    nonces: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = request(&mut stream).await?;
        self.asked.lock().unwrap().push(request.clone());
        let (status, extra, body) = match self.script.rubbish {
            Some(Rubbish::Endless) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n<a>").await?;
                loop {
                    stream.write_all(&[b' '; 65_536]).await?;
                }
            }
            Some(Rubbish::Laughs) => {
                let bomb =
                    r#"<!DOCTYPE l [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]><e:Envelope><e:Body>&b;</e:Body></e:Envelope>"#;
                (200, String::new(), bomb.to_owned())
            }
            Some(Rubbish::Html) => (200, String::new(), "<html><body><p>Web server<br></body></html>".to_owned()),
            None => self.soap(&request),
        };
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n{extra}\r\n", body.len());
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await
    }

    fn soap(&self, request: &str) -> (u16, String, String) {
        let make = self.script.make;
        if request.contains("<GetSystemDateAndTime") {
            return (200, String::new(), makes::date_and_time(make, self.now_secs()));
        }
        let known = if makes::wants_http_digest(make) { http_digest(request) } else { self.token(request) };
        if !known {
            let challenge =
                "WWW-Authenticate: Digest realm=\"AXIS_ACCC8E\", nonce=\"Zd1kAw==a1\", algorithm=MD5, qop=\"auth\"\r\n";
            let (status, extra) = if makes::wants_http_digest(make) { (401, challenge) } else { (400, "") };
            return (status, extra.to_owned(), makes::not_authorized(make));
        }
        match makes::answer(make, request, self.http.port()) {
            Some(body) => (200, String::new(), body),
            None => (500, String::new(), makes::not_supported(make)),
        }
    }

    fn now_secs(&self) -> i64 {
        SystemClock.now().as_micros() / 1_000_000 + self.script.clock_off_secs
    }

    /// WS-UsernameToken: the digest is right, made now by this device's clock, and was never used before.
    fn token(&self, request: &str) -> bool {
        let field = |name: &str| {
            let (_, after) = request.split_once(&format!("<{name} ")).or_else(|| request.split_once(&format!("<{name}>")))?;
            let after = if after.starts_with("Type=") || after.starts_with("EncodingType=") || after.starts_with("xmlns=") {
                after.split_once('>')?.1
            } else {
                after
            };
            Some(after.split_once(&format!("</{name}>"))?.0.to_owned())
        };
        let all = (field("Username"), field("Password"), field("Nonce"), field("Created"));
        let (Some(username), Some(password), Some(nonce), Some(created)) = all else { return false };
        let Ok(bytes) = BASE64.decode(&nonce) else { return false };
        let digest = Sha1::new().chain_update(&bytes).chain_update(&created).chain_update(PASSWORD).finalize();
        let at = humantime::parse_rfc3339(&created).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        let fresh = (at - self.now_secs()).abs() <= 5 && !self.nonces.lock().unwrap().contains(&nonce);
        self.nonces.lock().unwrap().push(nonce);
        username == USERNAME && password == BASE64.encode(digest) && fresh
    }
}

/// The digest of RFC 2617, checked with the numbers that the client chose.
fn http_digest(request: &str) -> bool {
    let Some(line) = request.lines().find(|line| line.to_lowercase().starts_with("authorization: digest")) else { return false };
    let field = |name: &str| {
        let (_, after) = line.split_once(&format!("{name}="))?;
        let end = after.find([',', '\r']).unwrap_or(after.len());
        Some(after[..end].trim().trim_matches('"').to_owned())
    };
    // `nonce` stands within `cnonce` too: this device knows its own.
    let (Some(uri), Some(cnonce), Some(nc), Some(response)) = (field("uri"), field("cnonce"), field("nc"), field("response"))
    else {
        return false;
    };
    let md5 = |text: String| liuhen_proto::digest::hex(&md5::Md5::digest(text));
    let (ha1, ha2) = (md5(format!("{USERNAME}:AXIS_ACCC8E:{PASSWORD}")), md5(format!("POST:{uri}")));
    response == md5(format!("{ha1}:Zd1kAw==a1:{nc}:{cnonce}:auth:{ha2}"))
}

/// Head and body.
async fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut buffer).await?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
