//! One stream of a camera: connects, records, and tries again for ever. Each stream is a task of its own;
//! whatever one does harms no other, not even the other stream of the same camera.
//!
//! In: a [`Stream`]. Out: runs and fragments into the spool, the same fragments to whoever looks on, and
//! what the camera does, for the status report.
//! - Reading never waits: what the spool does not take at once ends the run, and the loss is ours.
//! - Tracks that the stream is not there for are not recorded; that is told once.
//! - A stream of which nothing reaches the disk, though it is connected, is connected anew.
//! - A panic while reading a camera ends its connection and nothing else.
//!
//! Not here: what a source is ([`crate::source`]), what a fragment is ([`crate::cut`]).

mod backoff;
mod pulse;
mod session;
mod stream;
mod threads;
mod told;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::ids::BootId;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::world::{Clock, Randomness};
use tokio_util::sync::CancellationToken;

use crate::clock::{CameraFit, WallKeeper};
use crate::observations::Observations;
use crate::schedule::Schedule;
use crate::source::{self, Choice, SourceError};
use crate::spool::{Intake, Spool};
use crate::status::{Board, Reach, State};
use backoff::Backoff;
use pulse::Pulse;
use session::Session;
pub use stream::{Onlooker, Role, Stream};
pub use threads::Threads;

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
    /// What was judged, and how to judge.
    pub observations: Arc<Observations>,
    /// The site's sessions.
    pub schedule: Arc<Schedule>,
    /// Whether the centre is heard.
    pub reach: Arc<Reach>,
}

/// How long a connection may take to end.
const TO_END: Duration = Duration::from_secs(5);
/// How often a pulse is looked at.
const LOOK: Duration = Duration::from_secs(1);
const NO_FRAGMENTS: &str = "connected, but nothing that can be recorded came for too long; connecting anew";

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) reason: EndReason,
    pub(crate) detail: String,
}

/// What earlier connections of a stream have learned.
#[derive(Debug, Default)]
struct Learned {
    /// The longest distance of two frames.
    longest: liuhen_proto::Span,
    /// The longest fragment.
    longest_fragment: liuhen_proto::Span,
    /// What reads it.
    choice: Option<Choice>,
    /// How the camera's own clock stands.
    camera: CameraFit,
    /// The tracks that are not recorded, as they were told.
    left_out: String,
}

/// Records the stream until `stop`.
pub async fn record(stream: Stream, world: World, stop: CancellationToken) -> Result<(), crate::spool::SpoolError> {
    let intake = Arc::new(world.spool.intake(stream.id)?);
    let mut backoff = Backoff::default();
    let mut learned = Learned::default();
    while !stop.is_cancelled() {
        let connected = Connection { stream: &stream, world: &world, intake: &intake, stop: &stop };
        let began = world.clock.boot_now();
        let ended = connected.run(&mut learned).await;
        if ended.reason == EndReason::Stopped || ended.reason == EndReason::SourceEnded {
            world.board.set(stream.id, State::Stopped, &ended.detail);
            break;
        }
        let state = if ended.reason == EndReason::MediaInvalid { State::Unreadable } else { State::Unreachable };
        world.board.set(stream.id, state, &ended.detail);
        tracing::warn!(stream.id = %stream.id, name = stream.name, detail = ended.detail, "camera lost; trying again");
        let pause = backoff.next(world.clock.boot_now().since(began), world.random.as_ref());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
    world.board.set(stream.id, State::Stopped, "");
    if let Some(intake) = Arc::into_inner(intake) {
        intake.close().await;
    }
    Ok(())
}

struct Connection<'a> {
    stream: &'a Stream,
    world: &'a World,
    intake: &'a Arc<Intake>,
    stop: &'a CancellationToken,
}

impl Connection<'_> {
    /// Connects and records until something ends it. What reads the camera is told where it is new.
    async fn run(&self, learned: &mut Learned) -> Ended {
        let opened = tokio::select! {
            opened = source::open(&self.stream.source, self.world.clock.clone()) => opened,
            () = self.stop.cancelled() => return Ended { reason: EndReason::Stopped, detail: String::new() },
        };
        let source = match opened {
            Ok(source) => source,
            Err(error) => return Ended::from(error),
        };
        let chosen = source.choice();
        if learned.choice.as_ref() != Some(&chosen) {
            tracing::info!(stream.id = %self.stream.id, reader = chosen.reader, reason = chosen.reason, "camera connected");
            learned.choice = Some(chosen);
        }
        let pulse = Arc::new(Pulse::new(self.world.clock.boot_now(), learned.longest_fragment));
        let learned_before = std::mem::take(learned);
        let session = Session::new(self.stream.clone(), self.world.clone(), self.intake.clone(), learned_before, pulse.clone());
        let stop = self.stop.child_token();
        // A task of its own, so that a panic in the reading of one camera's bytes ends here.
        let mut task = tokio::spawn(session.run(source, stop.clone()));
        let joined = tokio::select! {
            joined = &mut task => joined,
            () = self.stopped_pulse(&pulse) => {
                pulse.stop();
                stop.cancel();
                match tokio::time::timeout(TO_END, &mut task).await {
                    Ok(joined) => joined,
                    Err(_) => {
                        task.abort();
                        task.await
                    }
                }
            }
        };
        match joined {
            Ok((ended, seen)) => {
                *learned = seen;
                ended
            }
            Err(error) if error.is_cancelled() => {
                self.intake.end(EndReason::CameraSilent);
                tracing::error!(stream.id = %self.stream.id, "what reads a camera hung");
                Ended { reason: EndReason::CameraSilent, detail: NO_FRAGMENTS.into() }
            }
            Err(error) => {
                self.intake.end(EndReason::MediaInvalid);
                tracing::error!(stream.id = %self.stream.id, %error, "reading a camera panicked");
                Ended { reason: EndReason::MediaInvalid, detail: "what the camera sends cannot be read".into() }
            }
        }
    }

    /// Waits until nothing of the camera reaches the disk any more, and that is not the disk's doing.
    async fn stopped_pulse(&self, pulse: &Pulse) {
        let mut hangs = false;
        loop {
            let now = self.world.clock.boot_now();
            let reached = self.world.spool.reached(self.stream.id).map(|reached| reached.at);
            let left = pulse.left(reached, now);
            // To connect anew helps no disk, and what its buffer bridges would be lost.
            let disk = left.is_none() && self.intake.waits_for_disk();
            if disk != hangs {
                hangs = disk;
                let detail = if hangs { "nothing of it reaches the disk: the spool's disk hangs" } else { "" };
                self.world.board.set(self.stream.id, State::Recording, detail);
            }
            match left {
                None if !disk => return,
                // What is owed changes with the first fragment, so it is looked at again soon.
                left => tokio::time::sleep(left.map_or(LOOK, |left| left.min(LOOK))).await,
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
