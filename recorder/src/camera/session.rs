//! One connection to a camera: its events become runs.

use std::sync::Arc;

use liuhen_media::track::Track;
use liuhen_proto::fragment::{Sequence, TrackKind};
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::{BootTime, Span};
use tokio_util::sync::CancellationToken;

use super::pulse::Pulse;
use super::told::Told;
use super::watchdog::Watchdog;
use super::{Ended, Learned, NO_FRAGMENTS, Stream, World};
use crate::config::Carries;
use crate::cut::{Fragment, Run, RunBroken, RunIds};
use crate::source::{CameraClock, Event, Source, Unit};
use crate::spool::{Intake, Refusal};
use crate::status::State;

/// A camera may have no key frame for so long; then what comes is recorded without one.
const KEY_FRAME_PATIENCE: Span = Span::from_secs(30);

/// A connection that records.
pub(super) struct Session {
    stream: Stream,
    learned: Learned,
    world: World,
    intake: Arc<Intake>,
    watchdog: Watchdog,
    pulse: Arc<Pulse>,
    /// Those that are recorded.
    tracks: Vec<Track>,
    run: Option<Active>,
    /// The spool refused: nothing is taken until it has room again.
    held: Option<Refusal>,
    clocks: Vec<CameraClock>,
    /// Since when the picture waits for a key frame.
    waiting_for_key: Option<BootTime>,
}

/// A run, and what was told of it.
struct Active {
    run: Run,
    told: Told,
}

impl Session {
    pub(super) fn new(stream: Stream, world: World, intake: Arc<Intake>, learned: Learned, pulse: Arc<Pulse>) -> Self {
        let watchdog = Watchdog::new(stream.silence, learned.longest, world.clock.boot_now());
        let (tracks, clocks) = (Vec::new(), Vec::new());
        Self { stream, learned, world, intake, watchdog, pulse, tracks, run: None, held: None, clocks, waiting_for_key: None }
    }

    /// Records until the source ends, falls silent, or `stop`. Gives what was learned.
    pub(super) async fn run(mut self, mut source: Box<dyn Source>, stop: CancellationToken) -> (Ended, Learned) {
        let ended = self.record(source.as_mut(), &stop).await;
        self.end_run(ended.reason);
        source.close().await;
        let (longest, longest_fragment) = (self.watchdog.longest(), self.pulse.longest());
        (ended, Learned { longest, longest_fragment, ..self.learned })
    }

    async fn record(&mut self, source: &mut dyn Source, stop: &CancellationToken) -> Ended {
        // Made once: hundreds of events come in a second, and the alarm is looked at only when it rings.
        let mut stopped = std::pin::pin!(stop.cancelled());
        let mut alarm = std::pin::pin!(tokio::time::sleep(std::time::Duration::ZERO));
        loop {
            let event = tokio::select! {
                biased;
                () = &mut stopped => return self.told_to_stop(),
                event = source.next() => event,
                () = &mut alarm => {
                    let Some(left) = self.watchdog.left(self.world.clock.boot_now()) else {
                        return Ended { reason: EndReason::CameraSilent, detail: "the camera is connected, but sends nothing".into() };
                    };
                    alarm.as_mut().reset(tokio::time::Instant::now() + left);
                    continue;
                }
            };
            match event {
                Err(error) => return Ended::from(error),
                Ok(event) => {
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

    fn told_to_stop(&self) -> Ended {
        if self.pulse.is_stopped() {
            return Ended { reason: EndReason::CameraSilent, detail: NO_FRAGMENTS.into() };
        }
        Ended { reason: EndReason::Stopped, detail: String::new() }
    }

    /// Takes an event in; an error ends the connection.
    fn take(&mut self, event: Event) -> Result<(), RunBroken> {
        let now = self.world.clock.boot_now();
        match event {
            Event::Tracks(tracks) => {
                let tracks = self.carried(tracks)?;
                if tracks != self.tracks {
                    self.end_run(EndReason::CodecChanged);
                    self.tracks = tracks;
                }
            }
            Event::Alive => self.watchdog.sign_of_life(now),
            Event::CameraClock(clock) => {
                self.camera_clock(clock, now);
                self.clocks.retain(|known| known.track != clock.track);
                self.clocks.push(clock);
                if let Some(active) = &mut self.run {
                    active.run.camera_clock(clock);
                }
            }
            // What is not recorded shows that the camera lives, no more: a pickup may lose its sound.
            Event::Unit(unit) if !self.is_carried(unit.unit.track) => self.watchdog.sign_of_life(now),
            Event::Unit(unit) => {
                self.watchdog.frame(now);
                self.unit(&unit)?;
            }
        }
        Ok(())
    }

    /// Tells how the camera's clock stands, by the first of its tracks that reports: some cameras have a clock for each.
    fn camera_clock(&mut self, clock: CameraClock, now: BootTime) {
        if self.clocks.iter().any(|known| known.track < clock.track) {
            return;
        }
        self.learned.camera.take(clock.at, now);
        let reading = self.learned.camera.reading(&self.world.wall.current());
        self.world.board.camera_clock(self.stream.id, reading);
    }

    /// The tracks that the stream is there for. Those that are left out are told once.
    fn carried(&mut self, tracks: Vec<Track>) -> Result<Vec<Track>, RunBroken> {
        let codecs = |tracks: &[Track]| tracks.iter().map(Track::codec).collect::<Vec<_>>().join(", ");
        let all = codecs(&tracks);
        let (carried, left_out): (Vec<_>, Vec<_>) = tracks.into_iter().partition(|track| self.stream.carries.takes(track.kind()));
        if carried.is_empty() {
            let wanted = if self.stream.carries == Carries::Sound { "sound" } else { "picture" };
            let detail = format!("the camera sends no {wanted} that can be recorded, only: {all}; check `carries`");
            return Err(RunBroken { reason: EndReason::MediaInvalid, detail });
        }
        let left_out = codecs(&left_out);
        if left_out != self.learned.left_out && !left_out.is_empty() {
            tracing::info!(stream.id = %self.stream.id, tracks = left_out, "not recorded, as `carries` says");
        }
        self.learned.left_out = left_out;
        Ok(carried)
    }

    fn is_carried(&self, track: u32) -> bool {
        self.tracks.iter().any(|carried| carried.id == track)
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), RunBroken> {
        if self.is_held() || self.waits_for_key(unit) {
            self.pulse.excuse(self.world.clock.boot_now());
            return Ok(());
        }
        if let Some(active) = &mut self.run
            && self.intake.take_division()
        {
            active.run.divide(RunId::mint(self.world.clock.now(), self.world.random.as_ref()));
        }
        match self.push(unit) {
            Err(broken) if broken.reason == EndReason::TimeJumped => {
                tracing::warn!(stream.id = %self.stream.id, detail = broken.detail, "run ends");
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
        let ids = RunIds { run, stream: self.stream.id, boot: self.world.boot };
        let broken = |error: liuhen_media::MediaError| {
            let detail = format!("the camera's parameters cannot be recorded: {error}");
            RunBroken { reason: EndReason::MediaInvalid, detail }
        };
        let mut run = Run::begin(ids, &self.tracks, self.world.wall.clone()).map_err(broken)?;
        self.clocks.iter().for_each(|clock| run.camera_clock(*clock));
        let told = Told::nothing(run.init().clone());
        Ok(Active { run, told })
    }

    /// Gives fragments to the spool. What it refuses ends the run, and the loss is ours.
    fn hand_over(&mut self, fragments: Vec<Fragment>) {
        for fragment in fragments {
            let Some(active) = &mut self.run else { return };
            let tracks = fragment.header.tracks.iter();
            self.pulse.cut(tracks.map(|track| track.interval().span()).max().unwrap_or(Span::ZERO));
            if let Err(refusal) = active.told.fragment(&fragment, &self.tracks, &self.intake, &self.stream) {
                tracing::error!(stream.id = %self.stream.id, %refusal, "run ends: footage is lost");
                self.world.board.set(self.stream.id, State::Recording, &refusal.to_string());
                self.intake.end(refusal.reason());
                self.run = None;
                self.waiting_for_key = None;
                self.held = Some(refusal);
            } else if fragment.header.sequence == Sequence::FIRST {
                self.world.board.set(self.stream.id, State::Recording, "");
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
            self.world.board.set(self.stream.id, state, "waiting for the camera's first key frame");
        }
        true
    }

    fn end_run(&mut self, reason: EndReason) {
        self.waiting_for_key = None;
        let Some(Active { run, mut told }) = self.run.take() else { return };
        for fragment in run.finish() {
            if let Err(refusal) = told.fragment(&fragment, &self.tracks, &self.intake, &self.stream) {
                return self.intake.end(refusal.reason());
            }
        }
        if told.has_begun() {
            self.intake.end(reason);
        }
    }
}
