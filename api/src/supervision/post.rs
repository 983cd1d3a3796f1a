//! The reference form over HTTP: a POST for each document, signed as webhooks are (standardwebhooks.com), and a signed
//! answer.
//!
//! Always: a connection of its own, encrypted and checked unless it stays on this machine; a limit on time and on bytes; no
//! redirects; the key in `idempotency-key` and `webhook-id`, so that the platform takes a session once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use liuhen_archive::records::MAX_RECEIPT_BYTES;
use liuhen_proto::{Span, Timestamp};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::adapter::{Adapter, Answer, Trouble};
use super::answer;
use crate::webhook::Secret;

/// The whole exchange.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why an address is none of a platform.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It is none at all, or says too much.
    #[error("`{0}` is no address of a platform: write https://host[:port]/path, without user or fragment")]
    Address(String),
    /// Whoever is on the way could read and change what is told.
    #[error(
        "{0} is not encrypted: write https://, or put a program that encrypts on this machine and name it, http://127.0.0.1:port/path"
    )]
    Plain(String),
}

/// Posts documents.
#[derive(Debug, Clone)]
pub struct Http {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    secret: Secret,
    patience: Duration,
}

impl Http {
    /// To this address, `https://…`, trusting whom the configuration trusts; or `http://` on this machine itself.
    pub fn new(address: &str, secret: Secret, trusts: Arc<ClientConfig>) -> Result<Self, HttpError> {
        let wrong = || HttpError::Address(address.chars().take(200).collect());
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        if address.contains('#') || authority.host().is_empty() {
            return Err(wrong());
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16();
        let (tls, port) = match uri.scheme_str() {
            Some("https") => (Some(trusts), port.unwrap_or(443)),
            Some("http") if is_here(&host) => (None, port.unwrap_or(80)),
            Some("http") => return Err(HttpError::Plain(address.chars().take(200).collect())),
            _ => return Err(wrong()),
        };
        Ok(Self { host, port, tls, secret, patience: PATIENCE, uri })
    }

    /// Waits so long for an answer.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    async fn post(&self, key: &str, document: Bytes, now: Timestamp) -> Result<(StatusCode, HeaderMap, Bytes), Trouble> {
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(Trouble::Connect)?;
        let request = self.request(key, document, now);
        let Some(tls) = &self.tls else { return exchange(socket, request).await };
        let name = ServerName::try_from(self.host.clone()).map_err(|error| Trouble::Connect(std::io::Error::other(error)))?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, socket).await.map_err(Trouble::Connect)?;
        exchange(stream, request).await
    }

    fn request(&self, key: &str, document: Bytes, now: Timestamp) -> Request<Full<Bytes>> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::post(path).header(HOST, authority).header(CONNECTION, "close");
        let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "liuhen");
        let request = request.header("idempotency-key", key);
        let headers = self.secret.headers(key, now, &document).into_iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        request.body(Full::new(document)).expect("an address and our own headers make a request")
    }
}

/// Whether only programs of this machine are there.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[async_trait]
impl Adapter for Http {
    /// Without what stands behind the path, which may hold a secret.
    fn name(&self) -> String {
        format!("{}:{}{}", self.host, self.port, self.uri.path())
    }

    fn asks_again(&self) -> Span {
        Span::from_secs(900)
    }

    async fn hand_out(&self, key: &str, document: Bytes, now: Timestamp) -> Result<Answer, Trouble> {
        let answered = tokio::time::timeout(self.patience, self.post(key, document, now)).await;
        let (status, headers, body) = answered.unwrap_or(Err(Trouble::Late(self.patience.as_secs())))?;
        let is_answer = status.is_success() || status == StatusCode::UNPROCESSABLE_ENTITY;
        match self.secret.has_signed(&headers, (key, now), &body) {
            _ if !is_answer => Err(Trouble::Status(status)),
            true => answer::read(key, &body),
            false => Err(Trouble::Unsigned),
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(StatusCode, HeaderMap, Bytes), Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Trouble::Broken)?;
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(Trouble::Broken)?.into_parts();
        let body = Limited::new(body, MAX_RECEIPT_BYTES).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => Trouble::Broken(*error),
            Err(_) => Trouble::TooLong,
        })?;
        Ok((head.status, head.headers, body.to_bytes()))
    };
    let driven = async {
        // The answer ends when the connection does; its error is the answer's.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answer => answer,
        () = driven => Err(Trouble::Late(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts() -> Arc<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
        Arc::new(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
    }

    #[test]
    fn addresses_are_encrypted_or_here_and_hold_no_secrets() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let read = |text: &str| Http::new(text, secret.clone(), trusts());
        let platform = read("https://jg.example.cn/v1/sessions?token=1").unwrap();
        assert_eq!((platform.port, platform.tls.is_some()), (443, true));
        assert_eq!(platform.name(), "jg.example.cn:443/v1/sessions");
        assert!(!format!("{platform:?}").contains("MfKQ"));
        assert!(read("http://127.0.0.1:8080/hook").unwrap().tls.is_none() && read("http://[::1]/").is_ok());
        for plain in ["http://jg.example.cn/", "http://192.168.1.7:80/"] {
            assert!(matches!(read(plain), Err(HttpError::Plain(_))), "{plain}");
        }
        for wrong in ["", "https://user:pass@a/", "/path", "https://a/#x", "ftp://a"] {
            assert!(matches!(read(wrong), Err(HttpError::Address(_))), "{wrong}");
        }
    }
}
