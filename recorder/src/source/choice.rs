//! Which reader reads a camera that speaks RTSP, and why: retina where it can, else GStreamer.
//!
//! Known beforehand: TLS and UDP are GStreamer's. Found out: what retina cannot read though the camera
//! answers ([`NotOpened::Unfit`]). A camera that is away, or refuses, is not asked a second time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::world::Clock;

#[cfg(feature = "gstreamer")]
use super::gstreamer::Gstreamer;
use super::{Refusal, Source, SourceError, rtsp};
use crate::config::{PipedSource, Reader, RtspSource, Transport};

/// What reads a camera, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `retina`, `gstreamer`, `file` or `synthetic`.
    pub reader: &'static str,
    /// In some words; empty where there is nothing to choose from.
    pub reason: String,
}

impl Choice {
    /// By retina.
    pub(super) const RETINA: &'static str = "retina";
    /// By GStreamer.
    pub(super) const GSTREAMER: &'static str = "gstreamer";

    /// For this reason.
    pub(super) fn new(reader: &'static str, reason: impl Into<String>) -> Self {
        Self { reader, reason: reason.into() }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reader)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " ({})", self.reason) }
    }
}

/// Why retina does not read a camera.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// No other reader would either.
    Failed(SourceError),
    /// Another one may.
    Unfit {
        /// What retina cannot do.
        reason: String,
        /// How the media is to travel.
        transport: Transport,
        /// What is told where there is no other reader.
        error: SourceError,
    },
}

impl From<SourceError> for NotOpened {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

/// Why GStreamer is to read the camera, as far as it is known before the camera is asked.
fn beforehand(config: &RtspSource) -> Option<&'static str> {
    match config.reader {
        Reader::Retina => None,
        Reader::Gstreamer => Some("the configuration says so"),
        Reader::Auto if config.url.scheme() == "rtsps" => Some("retina speaks no TLS"),
        Reader::Auto if config.transport == Transport::Udp => Some("retina does not sort datagrams that overtake each other"),
        Reader::Auto => None,
    }
}

/// Connects to a camera that speaks RTSP.
pub(super) async fn open(config: &RtspSource, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    if let Some(reason) = beforehand(config) {
        return gstreamer_rtsp(config, Choice::new(Choice::GSTREAMER, reason), clock).await;
    }
    let reason = if config.reader == Reader::Auto { "it can, and costs least" } else { "the configuration says so" };
    match rtsp::Rtsp::open(config, Choice::new(Choice::RETINA, reason), clock.clone()).await {
        Ok(source) => Ok(Box::new(source)),
        Err(NotOpened::Unfit { reason, transport, .. }) if config.reader == Reader::Auto && cfg!(feature = "gstreamer") => {
            let config = RtspSource { transport, ..config.clone() };
            take_over(&config, &Choice::new(Choice::GSTREAMER, format!("retina: {reason}")), &clock).await
        }
        Err(NotOpened::Unfit { error, .. } | NotOpened::Failed(error)) => Err(error),
    }
}

/// Pauses before a camera that is busy is asked again.
const BUSY_WITH_US: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// Connects by GStreamer after retina. A camera may still be busy with the connection that retina has given up.
async fn take_over(config: &RtspSource, choice: &Choice, clock: &Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    for pause in BUSY_WITH_US {
        match gstreamer_rtsp(config, choice.clone(), clock.clone()).await {
            Err(SourceError::Refused(Refusal::Busy, _)) => tokio::time::sleep(pause).await,
            other => return other,
        }
    }
    gstreamer_rtsp(config, choice.clone(), clock.clone()).await
}

#[cfg(feature = "gstreamer")]
async fn gstreamer_rtsp(config: &RtspSource, choice: Choice, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(Gstreamer::open_rtsp(config, choice, clock).await?))
}

#[cfg(not(feature = "gstreamer"))]
async fn gstreamer_rtsp(_: &RtspSource, choice: Choice, _: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    Err(not_built(&choice.reason))
}

/// Connects to what GStreamer alone reads.
#[cfg(feature = "gstreamer")]
pub(super) async fn open_piped(config: &PipedSource, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    let choice = Choice::new(Choice::GSTREAMER, "nothing else reads it");
    Ok(Box::new(Gstreamer::open_piped(config, choice, clock).await?))
}

#[cfg(not(feature = "gstreamer"))]
pub(super) async fn open_piped(config: &PipedSource, _: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    Err(not_built(&config.to_string()))
}

#[cfg(not(feature = "gstreamer"))]
fn not_built(what: &str) -> SourceError {
    SourceError::Unreachable(format!(
        "{what}: GStreamer has to read it, and this recorder is built without; take one built with it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, reader: Reader, transport: Transport) -> RtspSource {
        RtspSource { reader, transport, ..RtspSource::new(url.parse().expect("an address")) }
    }

    #[test]
    fn auto_knows_beforehand_what_retina_does_not_speak() {
        let chosen = |url, reader, transport| beforehand(&config(url, reader, transport));
        assert_eq!(chosen("rtsp://a/", Reader::Auto, Transport::Tcp), None);
        assert!(chosen("rtsp://a/", Reader::Auto, Transport::Udp).is_some_and(|why| why.contains("datagrams")));
        assert!(chosen("rtsps://a/", Reader::Auto, Transport::Tcp).is_some_and(|why| why.contains("TLS")));
        assert!(chosen("rtsp://a/", Reader::Gstreamer, Transport::Tcp).is_some());
        assert_eq!(chosen("rtsp://a/", Reader::Retina, Transport::Tcp), None);
    }
}
