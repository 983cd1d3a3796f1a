//! One POST over HTTP/1.1, and whether it was taken.
//!
//! Always: a connection of its own, a limit on time and on bytes, no redirects.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The whole exchange.
const PATIENCE: Duration = Duration::from_secs(15);
/// What is read of an answer, so that the other side may end it well.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Where a webhook listens: `http://host[:port]/path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    host: String,
    port: u16,
}

/// Why a text is no address of a webhook.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no address of a webhook: write http://host:port/path, without user or fragment; for https put a program that encrypts beside the server"
)]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.chars().take(200).collect());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        if uri.scheme_str() != Some("http") || text.contains('#') || authority.host().is_empty() {
            return Err(wrong());
        }
        let (host, port) = (authority.host().trim_matches(['[', ']']).to_owned(), authority.port_u16().unwrap_or(80));
        Ok(Self { host, port, uri })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    #[error("connect")]
    Connect(#[source] std::io::Error),
    #[error("no answer within 15 s")]
    Late,
    #[error("speak HTTP")]
    Broken(#[source] hyper::Error),
    #[error("it answers {0}")]
    Status(StatusCode),
}

impl PostError {
    /// Whether the receiver says that it cannot read what it was sent: it will not the next time.
    pub(super) fn is_refusal(&self) -> bool {
        let refusals = [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY];
        matches!(self, Self::Status(status) if refusals.contains(status))
    }
}

/// Sends JSON; taken where the answer is 2xx.
pub(super) async fn post(address: &Address, headers: [(&'static str, String); 3], body: Bytes) -> Result<(), PostError> {
    tokio::time::timeout(PATIENCE, exchange(address, headers, body)).await.unwrap_or(Err(PostError::Late))
}

async fn exchange(address: &Address, headers: [(&'static str, String); 3], body: Bytes) -> Result<(), PostError> {
    let socket = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(PostError::Connect)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(PostError::Broken)?;
    let path = address.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = address.uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::post(path).header(HOST, authority).header(CONNECTION, "close");
    let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "liuhen");
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let request = request.body(Full::new(body)).expect("an address and our own headers make a request");
    let answer = async {
        let answer = sender.send_request(request).await.map_err(PostError::Broken)?;
        let status = answer.status();
        // What it says besides is of no use; an error in it changes nothing.
        let _ = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
        if status.is_success() { Ok(()) } else { Err(PostError::Status(status)) }
    };
    let driven = async {
        // The answer ends when the connection does; its error is the answer's.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answer => answer,
        () = driven => Err(PostError::Late),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_http_without_secrets_in_them() {
        let read = |text: &str| text.parse::<Address>();
        let address = read("http://127.0.0.1:8080/hook?site=12").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("127.0.0.1", 8080));
        assert_eq!(read("http://[::1]/").map(|address| (address.host, address.port)).unwrap(), ("::1".to_owned(), 80));
        for wrong in ["", "https://a/", "http://user:pass@a/", "/path", "http://a/#x", "ftp://a"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
