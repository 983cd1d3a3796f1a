//! One connection to a camera: its events become runs.

use std::sync::Arc;

use liuhen_media::track::Track;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::{BootTime, Span};
use tokio_util::sync::CancellationToken;

use super::watchdog::Watchdog;
use super::{Ended, World};
use crate::config::CameraConfig;
use crate::cut::{Fragment, Run, RunBroken, RunIds};
use crate::source::{CameraClock, Event, Source, Unit};
use crate::spool::{Intake, Refusal};
use crate::status::State;

/// A camera may have no key frame for so long; then what comes is recorded without one.
const KEY_FRAME_PATIENCE: Span = Span::from_secs(30);

/// A connection that records.
pub(super) struct Session {
    config: CameraConfig,
    world: World,
    intake: Arc<Intake>,
    watchdog: Watchdog,
    tracks: Vec<Track>,
    run: Option<Active>,
    /// The spool refused: nothing is taken until it has room again.
    held: Option<Refusal>,
    clocks: Vec<CameraClock>,
    /// Since when the picture waits for a key frame.
    waiting_for_key: Option<BootTime>,
}

/// A run, and whether the spool knows of it: a run without a fragment is none.
struct Active {
    run: Run,
    begun: bool,
}

impl Session {
    pub(super) fn new(config: CameraConfig, world: World, intake: Arc<Intake>, longest: Span) -> Self {
        let watchdog = Watchdog::new(config.silence, longest, world.clock.boot_now());
        let (tracks, clocks) = (Vec::new(), Vec::new());
        Self { config, world, intake, watchdog, tracks, run: None, held: None, clocks, waiting_for_key: None }
    }

    /// Records until the source ends, falls silent, or `stop`. Gives the longest distance of two frames.
    pub(super) async fn run(mut self, mut source: Box<dyn Source>, stop: CancellationToken) -> (Ended, Span) {
        let ended = self.record(source.as_mut(), &stop).await;
        self.end_run(ended.reason);
        source.close().await;
        (ended, self.watchdog.longest())
    }

    async fn record(&mut self, source: &mut dyn Source, stop: &CancellationToken) -> Ended {
        loop {
            let Some(left) = self.watchdog.left(self.world.clock.boot_now()) else {
                return Ended { reason: EndReason::CameraSilent, detail: "the camera is connected, but sends nothing".into() };
            };
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return Ended { reason: EndReason::Stopped, detail: String::new() },
                event = tokio::time::timeout(left, source.next()) => event,
            };
            match event {
                Err(_) => {}
                Ok(Err(error)) => return Ended::from(error),
                Ok(Ok(event)) => {
                    if let Err(broken) = self.take(event) {
                        return Ended { reason: broken.reason, detail: broken.detail };
                    }
                }
            }
            if source.waits() {
                self.intake.ready().await;
            }
        }
    }

    /// Takes an event in; an error ends the connection.
    fn take(&mut self, event: Event) -> Result<(), RunBroken> {
        let now = self.world.clock.boot_now();
        match event {
            Event::Tracks(tracks) => {
                if tracks != self.tracks {
                    self.end_run(EndReason::CodecChanged);
                    self.tracks = tracks;
                }
            }
            Event::Alive => self.watchdog.sign_of_life(now),
            Event::CameraClock(clock) => {
                self.clocks.retain(|known| known.track != clock.track);
                self.clocks.push(clock);
                if let Some(active) = &mut self.run {
                    active.run.camera_clock(clock);
                }
            }
            Event::Unit(unit) => {
                self.watchdog.frame(now);
                self.unit(&unit)?;
            }
        }
        Ok(())
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), RunBroken> {
        if self.is_held() || self.waits_for_key(unit) {
            return Ok(());
        }
        match self.push(unit) {
            Err(broken) if broken.reason == EndReason::TimeJumped => {
                tracing::warn!(stream.id = %self.config.stream_id, detail = broken.detail, "run ends");
                self.end_run(EndReason::TimeJumped);
                if self.waits_for_key(unit) { Ok(()) } else { self.push(unit) }
            }
            other => other,
        }
    }

    fn push(&mut self, unit: &Unit) -> Result<(), RunBroken> {
        let mut active = match self.run.take() {
            Some(active) => active,
            None => self.begin()?,
        };
        let fragments = active.run.push(unit);
        self.run = Some(active);
        self.hand_over(fragments?);
        Ok(())
    }

    fn begin(&self) -> Result<Active, RunBroken> {
        let run = RunId::mint(self.world.clock.now(), self.world.random.as_ref());
        let ids = RunIds { run, stream: self.config.stream_id, boot: self.world.boot };
        let broken = |error: liuhen_media::MediaError| {
            let detail = format!("the camera's parameters cannot be recorded: {error}");
            RunBroken { reason: EndReason::MediaInvalid, detail }
        };
        let mut run = Run::begin(ids, &self.tracks, self.world.wall.clone()).map_err(broken)?;
        self.clocks.iter().for_each(|clock| run.camera_clock(*clock));
        Ok(Active { run, begun: false })
    }

    /// Gives fragments to the spool. What it refuses ends the run, and the loss is ours.
    fn hand_over(&mut self, fragments: Vec<Fragment>) {
        for fragment in fragments {
            let Some(active) = &mut self.run else { return };
            if !active.begun {
                self.intake.begin(active.run.ids(), active.run.init().clone());
                active.begun = true;
                self.world.board.set(self.config.stream_id, State::Recording, "");
            }
            if let Err(refusal) = self.intake.append(fragment) {
                tracing::error!(stream.id = %self.config.stream_id, %refusal, "run ends: footage is lost");
                self.world.board.set(self.config.stream_id, State::Recording, &refusal.to_string());
                self.intake.end(refusal.reason());
                self.run = None;
                self.waiting_for_key = None;
                self.held = Some(refusal);
            }
        }
    }

    /// Whether the spool still has no room for a new run.
    fn is_held(&mut self) -> bool {
        if self.held.is_some() && self.intake.is_ready() && self.world.spool.has_room() {
            self.held = None;
        }
        self.held.is_some()
    }

    /// Whether the unit is a picture that cannot be decoded, since no key frame has come in this run.
    fn waits_for_key(&mut self, unit: &Unit) -> bool {
        let is_video = |track: &Track| track.id == unit.unit.track && track.kind() == TrackKind::Video;
        if !self.tracks.iter().any(is_video) || self.run.as_ref().is_some_and(|active| active.run.has_picture()) {
            return false;
        }
        let now = self.world.clock.boot_now();
        let since = *self.waiting_for_key.get_or_insert(now);
        if unit.unit.sync || now.since(since) > KEY_FRAME_PATIENCE {
            self.waiting_for_key = None;
            return false;
        }
        if since == now {
            let state = if self.run.is_some() { State::Recording } else { State::Connecting };
            self.world.board.set(self.config.stream_id, state, "waiting for the camera's first key frame");
        }
        true
    }

    fn end_run(&mut self, reason: EndReason) {
        self.waiting_for_key = None;
        let Some(active) = self.run.take() else { return };
        let (ids, init, begun) = (active.run.ids(), active.run.init().clone(), active.begun);
        let fragments = active.run.finish();
        if !begun && fragments.is_empty() {
            return;
        }
        if !begun {
            self.intake.begin(ids, init);
        }
        for fragment in fragments {
            if let Err(refusal) = self.intake.append(fragment) {
                return self.intake.end(refusal.reason());
            }
        }
        self.intake.end(reason);
    }
}
