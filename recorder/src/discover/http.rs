//! One question to a device over HTTP, and its answer.
//!
//! Always: a connection of its own, a limit on time and on bytes, no redirects, no TLS. A device that asks
//! for HTTP digest gets it; the password itself is never sent.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::config::Credentials;

/// The whole exchange.
const PATIENCE: Duration = Duration::from_secs(8);
/// An NVR with 64 channels and all their profiles answers with about 600 kB.
const MAX_BODY_BYTES: usize = 2 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// No connection.
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, #[source] std::io::Error),
    /// Nothing in time.
    #[error("no answer from {0} within 8 s")]
    Late(SocketAddr),
    /// Something that is no HTTP, or too much of it.
    #[error("{0} does not answer as HTTP should: {1}")]
    Broken(SocketAddr, String),
}

/// Where a service is: always at the address that answered, whatever the device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    /// Path and query.
    pub(super) path: String,
}

/// Asks, a second time with HTTP digest where the device wants that and `credentials` are there.
pub(super) async fn post(
    endpoint: &Endpoint,
    action: &str,
    body: &str,
    credentials: Option<&Credentials>,
) -> Result<(StatusCode, Bytes), HttpError> {
    let both = async {
        let first = exchange(endpoint, action, body, None).await?;
        let Some(answer) = credentials.and_then(|credentials| answer(endpoint, &first, credentials)) else {
            return read(endpoint.address, first).await;
        };
        read(endpoint.address, exchange(endpoint, action, body, Some(answer)).await?).await
    };
    tokio::time::timeout(PATIENCE, both).await.unwrap_or(Err(HttpError::Late(endpoint.address)))
}

/// The answer to a digest challenge; never to one that wants the password in clear.
fn answer<B>(endpoint: &Endpoint, response: &Response<B>, credentials: &Credentials) -> Option<String> {
    if response.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let digest = challenges
        .filter_map(|challenge| challenge.to_str().ok())
        .find(|text| text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest ")) && text.len() < 2_000)?;
    let mut client = http_auth::PasswordClient::try_from(digest).ok()?;
    let parameters = http_auth::PasswordParams {
        username: &credentials.username,
        password: credentials.password.reveal(),
        uri: &endpoint.path,
        method: "POST",
        body: None,
    };
    client.respond(&parameters).ok()
}

async fn exchange(
    endpoint: &Endpoint,
    action: &str,
    body: &str,
    authorization: Option<String>,
) -> Result<Response<hyper::body::Incoming>, HttpError> {
    let address = endpoint.address;
    let broken = |error: &dyn std::fmt::Display| HttpError::Broken(address, error.to_string().chars().take(200).collect());
    let stream = TcpStream::connect(address).await.map_err(|error| HttpError::Connect(address, error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    // Ends with the connection, which ends with the answer.
    tokio::spawn(connection);
    let content = format!("application/soap+xml; charset=utf-8; action=\"{action}\"");
    let mut request = Request::post(&endpoint.path).header(HOST, address.to_string()).header(CONTENT_TYPE, content);
    request = request.header(CONNECTION, "close");
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).map_err(|error| broken(&error))?;
    sender.send_request(request).await.map_err(|error| broken(&error))
}

async fn read(address: SocketAddr, response: Response<hyper::body::Incoming>) -> Result<(StatusCode, Bytes), HttpError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await;
    let body = body.map_err(|error| HttpError::Broken(address, error.to_string().chars().take(200).collect()))?;
    Ok((status, body.to_bytes()))
}
