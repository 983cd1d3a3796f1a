//! Why there is no stream: what the source said, and where it said little, what a connection of our own says.

use std::time::Duration;

use tokio::net::TcpStream;
use url::Url;

use crate::config::{Piped, SourceConfig};
use crate::source::SourceError;
use crate::trouble::{Failure, Trouble};

/// A host on a local network answers within milliseconds, or never.
const PATIENCE: Duration = Duration::from_secs(3);

/// What it comes from.
pub(super) async fn why(config: &SourceConfig, error: &SourceError) -> Failure {
    let trouble = match (Trouble::of_source(error), place(config)) {
        (Trouble::Unreachable, Some((host, port))) => connect(&host, port).await.unwrap_or(Trouble::Unreachable),
        (trouble, _) => trouble,
    };
    Failure::new(trouble, error.to_string())
}

/// Where it listens, if it is known and listens for connections.
fn place(config: &SourceConfig) -> Option<(String, u16)> {
    let (url, usual): (&Url, u16) = match config {
        SourceConfig::Rtsp(rtsp) => (&rtsp.url, if rtsp.url.scheme() == "rtsps" { 322 } else { 554 }),
        SourceConfig::Piped(piped) => match &piped.kind {
            Piped::Rtmp(url) => (url, 1935),
            Piped::Srt(_) | Piped::V4l2(_) | Piped::Pipeline(_) => return None,
        },
        SourceConfig::File(_) | SourceConfig::Synthetic(_) => return None,
    };
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
    Some((host.to_owned(), url.port().unwrap_or(usual)))
}

/// Nothing where a connection can be made: then it is not the network.
async fn connect(host: &str, port: u16) -> Option<Trouble> {
    let addresses = match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        _ => return Some(Trouble::NameUnknown),
    };
    match tokio::time::timeout(PATIENCE, TcpStream::connect(&addresses[..])).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(Trouble::of_connecting(&error)),
        Err(_) => Some(Trouble::NoAnswer),
    }
}
