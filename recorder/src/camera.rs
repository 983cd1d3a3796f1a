//! One camera: connects, records, and tries again for ever. Each camera is a task of its own; whatever
//! one does harms no other.
//!
//! In: a [`CameraConfig`]. Out: runs and fragments into the spool, and what the camera does, for the
//! status report.
//! - Reading never waits: what the spool does not take at once ends the run, and the loss is ours.
//! - A panic while reading a camera ends its connection and nothing else.
//!
//! Not here: what a source is ([`crate::source`]), what a fragment is ([`crate::cut`]).

mod backoff;
mod session;
mod watchdog;

use std::sync::Arc;

use liuhen_proto::ids::BootId;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::world::{Clock, Randomness};
use tokio_util::sync::CancellationToken;

use crate::clock::WallKeeper;
use crate::config::CameraConfig;
use crate::source::{self, Choice, SourceError};
use crate::spool::{Intake, Spool};
use crate::status::{Board, State};
use backoff::Backoff;
use session::Session;

/// What all cameras share.
#[derive(Clone)]
pub struct World {
    /// The machine's clocks.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Randomness>,
    /// Time since boot to UTC.
    pub wall: Arc<WallKeeper>,
    /// This boot.
    pub boot: BootId,
    /// Where footage goes.
    pub spool: Arc<Spool>,
    /// Where states are told.
    pub board: Arc<Board>,
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) reason: EndReason,
    pub(crate) detail: String,
}

/// Records the camera until `stop`.
pub async fn record(config: CameraConfig, world: World, stop: CancellationToken) -> Result<(), crate::spool::SpoolError> {
    let intake = Arc::new(world.spool.intake(config.stream_id)?);
    let mut backoff = Backoff::default();
    let (mut longest, mut choice) = (liuhen_proto::Span::ZERO, None);
    while !stop.is_cancelled() {
        let connected = Connection { config: &config, world: &world, intake: &intake, stop: &stop };
        let began = world.clock.boot_now();
        let ended = connected.run(&mut longest, &mut choice).await;
        if ended.reason == EndReason::Stopped || ended.reason == EndReason::SourceEnded {
            world.board.set(config.stream_id, State::Stopped, &ended.detail);
            break;
        }
        let state = if ended.reason == EndReason::MediaInvalid { State::Unreadable } else { State::Unreachable };
        world.board.set(config.stream_id, state, &ended.detail);
        tracing::warn!(stream.id = %config.stream_id, name = config.name, detail = ended.detail, "camera lost; trying again");
        let pause = backoff.next(world.clock.boot_now().since(began), world.random.as_ref());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
    world.board.set(config.stream_id, State::Stopped, "");
    if let Some(intake) = Arc::into_inner(intake) {
        intake.close().await;
    }
    Ok(())
}

struct Connection<'a> {
    config: &'a CameraConfig,
    world: &'a World,
    intake: &'a Arc<Intake>,
    stop: &'a CancellationToken,
}

impl Connection<'_> {
    /// Connects and records until something ends it. What reads the camera is told where it is new.
    async fn run(&self, longest: &mut liuhen_proto::Span, choice: &mut Option<Choice>) -> Ended {
        let opened = tokio::select! {
            opened = source::open(&self.config.source, self.world.clock.clone()) => opened,
            () = self.stop.cancelled() => return Ended { reason: EndReason::Stopped, detail: String::new() },
        };
        let source = match opened {
            Ok(source) => source,
            Err(error) => return Ended::from(error),
        };
        let chosen = source.choice();
        if choice.as_ref() != Some(&chosen) {
            tracing::info!(stream.id = %self.config.stream_id, reader = chosen.reader, reason = chosen.reason, "camera connected");
            *choice = Some(chosen);
        }
        let session = Session::new(self.config.clone(), self.world.clone(), self.intake.clone(), *longest);
        // A task of its own, so that a panic in the reading of one camera's bytes ends here.
        let task = tokio::spawn(session.run(source, self.stop.clone()));
        match task.await {
            Ok((ended, seen)) => {
                *longest = seen;
                ended
            }
            Err(error) => {
                self.intake.end(EndReason::MediaInvalid);
                tracing::error!(stream.id = %self.config.stream_id, %error, "reading a camera panicked");
                Ended { reason: EndReason::MediaInvalid, detail: "what the camera sends cannot be read".into() }
            }
        }
    }
}

impl From<SourceError> for Ended {
    fn from(error: SourceError) -> Self {
        let reason = match error {
            SourceError::Unreachable(_) | SourceError::Refused(..) | SourceError::Closed(_) => EndReason::CameraClosed,
            SourceError::Invalid(_) => EndReason::MediaInvalid,
            SourceError::Ended => EndReason::SourceEnded,
        };
        Self { reason, detail: error.to_string() }
    }
}
