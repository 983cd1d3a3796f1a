//! Where media comes from: one trait, one implementation for each kind of camera.
//!
//! In: a [`SourceConfig`]. Out: [`Event`]s, in the order in which they came.
//! - A source never waits for disk or uplink, and holds no more than the frame that is under way.
//! - What a camera sends wrong is told as an error or as damage; it never panics.
//!
//! Not here: runs, reconnecting, and how long silence may last ([`crate::camera`]).

mod choice;
mod file;
#[cfg(feature = "gstreamer")]
mod gstreamer;
mod parameters;
mod rtsp;
mod synthetic;

use std::sync::Arc;

use async_trait::async_trait;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::track::Track;
use liuhen_proto::Timestamp;
use liuhen_proto::world::Clock;

use crate::config::SourceConfig;
pub use choice::Choice;

/// What a source says.
#[derive(Debug)]
pub enum Event {
    /// What its tracks are from now on. Comes before the first unit, and again at each change.
    Tracks(Vec<Track>),
    /// A frame.
    Unit(Unit),
    /// What the camera's own clock says about a track's time.
    CameraClock(CameraClock),
    /// Something came that is no frame, or none that can be read: a packet of a large frame, a report.
    Alive,
}

/// A frame of a track.
#[derive(Debug)]
pub struct Unit {
    /// The frame; its `pts` is on the track's own clock, which may begin anywhere.
    pub unit: AccessUnit,
    /// Its time in microseconds on a clock that all tracks of the source share, where there is one.
    pub common_us: Option<i64>,
}

/// What the camera's own clock says.
#[derive(Debug, Clone, Copy)]
pub struct CameraClock {
    /// The track.
    pub track: u32,
    /// At this time of the track's own clock …
    pub ticks: i64,
    /// … the camera's clock stood here.
    pub at: Timestamp,
}

/// Why a source gives no more. The text never holds credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It does not answer, or refuses without a reason that is known here.
    #[error("{0}")]
    Unreachable(String),
    /// It answers and refuses, or has nothing that can be recorded.
    #[error("{1}")]
    Refused(Refusal, String),
    /// It closed the connection, or the connection broke.
    #[error("{0}")]
    Closed(String),
    /// What it sends cannot be read as media.
    #[error("{0}")]
    Invalid(String),
    /// It came to its end.
    #[error("the source came to its end")]
    Ended,
}

/// Why a camera that answers gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Name and password are missing or wrong (RTSP 401, 403).
    Credentials,
    /// It has nothing at this path (404, 454 on DESCRIBE).
    NotFound,
    /// It serves too many already, or is starting (453, 503).
    Busy,
    /// It wants another transport (461).
    Transport,
    /// It has no track of a codec that can be recorded.
    Codec,
    /// Its certificate is not trusted.
    Certificate,
}

/// A camera that is connected.
#[async_trait]
pub trait Source: Send {
    /// Waits for the next event. May be cancelled while it waits, and called again.
    async fn next(&mut self) -> Result<Event, SourceError>;

    /// What reads it, and why.
    fn choice(&self) -> Choice;

    /// Takes leave of the camera, so that it does not count a viewer who is gone. Takes about a second at the most.
    async fn close(self: Box<Self>) {}

    /// Whether it waits for whoever reads it, instead of losing what is not taken: a file does.
    fn waits(&self) -> bool {
        false
    }
}

/// Connects.
pub async fn open(config: &SourceConfig, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>, SourceError> {
    match config {
        SourceConfig::Rtsp(config) => choice::open(config, clock).await,
        SourceConfig::Piped(config) => choice::open_piped(config, clock).await,
        SourceConfig::File(config) => Ok(Box::new(file::FileReader::open(config, clock).await?)),
        SourceConfig::Synthetic(config) => Ok(Box::new(synthetic::Synthetic::new(config.clone(), clock))),
    }
}
