//! All that retina does not speak: RTSP over datagrams and TLS, RTMP, SRT, cameras at this machine, and any
//! pipeline that the site writes. Nothing is decoded or encoded on our side.
//!
//! In: a source's configuration. Out: its frames as the camera encoded them. In the order data meets them:
//! - [`rtspsrc`], [`front`]: the elements that connect;
//! - [`junction`], [`chain`]: what has to stand behind their pads;
//! - [`times`], [`branch`]: packets and buffers to units, with the camera's own times and what is missing;
//! - [`mailbox`]: from GStreamer's threads to the one who reads, bounded;
//! - [`words`]: what GStreamer reports, for people.
//!
//! Always: each connection is a pipeline of its own. It is taken down on a thread of its own, which may take
//! a third of a second. Not here: silence, which GStreamer notices late or never ([`crate::camera`]).

mod branch;
mod chain;
mod front;
mod junction;
mod mailbox;
mod pipeline;
mod rtspsrc;
mod times;
mod tracks;
mod words;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use liuhen_media::track::Track;
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, MediaTime, Span};
use tokio::sync::oneshot;

use self::branch::Came;
use self::junction::Junction;
use self::mailbox::{Letter, Mailbox};
use self::pipeline::{Plan, Running};
use self::words::Words;
use super::parameters::AUDIO;
use super::{CameraClock, Choice, Event, Refusal, Source, SourceError, Unit};
use crate::config::{PipedSource, RtspSource};

/// How long connecting may take.
const STEP: Duration = Duration::from_secs(10);
/// How long taking leave may last.
const LEAVE: Duration = Duration::from_secs(1);
/// How long a picture waits for the sound to be known, before it goes alone.
const PICTURE_WAITS: Span = Span::from_secs(1);
/// How long the sound waits for a picture.
const SOUND_WAITS: Span = Span::from_secs(3);
/// The most units that wait for their tracks to be known.
const MAX_HELD: usize = 512;
/// The camera's clock is told again after so long, or when it departs by more than a thousandth of a second.
const TELL_AGAIN_US: i64 = 5_000_000;

/// All that GStreamer says where RTSP cannot connect.
const NOT_CONNECTED: &str = "Failed to connect";

/// A connected camera.
pub(super) struct Gstreamer {
    running: Running,
    choice: Choice,
    clock: Arc<dyn Clock>,
    junction: Arc<Junction>,
    /// Picture and sound, as far as they are known.
    known: [Option<Arc<Track>>; 2],
    announced: Vec<Track>,
    /// Units whose tracks are not announced yet, since when.
    held: VecDeque<Box<Came>>,
    held_since: Option<BootTime>,
    told: [Option<CameraClock>; 2],
    ready: VecDeque<Event>,
}

impl Gstreamer {
    /// Connects to a camera that speaks RTSP.
    pub(super) async fn open_rtsp(config: &RtspSource, choice: Choice, clock: Arc<dyn Clock>) -> Result<Self, SourceError> {
        match Self::open(Plan::Rtsp(config.clone()), choice, clock).await {
            Err(SourceError::Unreachable(text)) if text.contains(NOT_CONNECTED) => Err(why_not_connected(config, text).await),
            other => other,
        }
    }

    /// Connects to what GStreamer alone reads.
    pub(super) async fn open_piped(config: &PipedSource, choice: Choice, clock: Arc<dyn Clock>) -> Result<Self, SourceError> {
        Self::open(Plan::Piped(config.clone()), choice, clock).await
    }

    async fn open(plan: Plan, choice: Choice, clock: Arc<dyn Clock>) -> Result<Self, SourceError> {
        let mailbox = Arc::new(Mailbox::default());
        let junction = Junction::new(clock.clone(), mailbox);
        let (tell, started) = oneshot::channel();
        let beside = Arc::clone(&junction);
        // Some elements connect while they are started, and wait. A thread of its own neither holds the runtime up
        // nor its end; what it started after nobody waits any more is taken down at once.
        let thread = std::thread::Builder::new().name("gst-open".into());
        let thread = thread.spawn(move || drop(tell.send(pipeline::start(&plan, &beside))));
        thread.map_err(|error| SourceError::Unreachable(format!("no thread to connect with: {error}")))?;
        let connected = async {
            let lost = || SourceError::Unreachable("GStreamer gave up while it connected".into());
            let running = started.await.map_err(|_| lost())??;
            junction.mailbox.opened().await?;
            Ok(running)
        };
        let running = match tokio::time::timeout(STEP, connected).await {
            Ok(connected) => connected?,
            Err(_) => return Err(nothing_came(&junction)),
        };
        let (known, told) = ([None, None], [None; 2]);
        let (announced, held, ready) = (Vec::new(), VecDeque::new(), VecDeque::new());
        Ok(Self { running, choice, clock, junction, known, announced, held, held_since: None, told, ready })
    }

    fn take(&mut self, came: Box<Came>) {
        let known = &mut self.known[index(came.track.id)];
        if known.as_ref() != Some(&came.track) {
            *known = Some(Arc::clone(&came.track));
        }
        self.held.push_back(came);
        if self.announced.is_empty() && !self.may_announce() {
            return self.ready.push_back(Event::Alive);
        }
        let tracks: Vec<Track> = self.known.iter().flatten().map(|track| Track::clone(track)).collect();
        if tracks != self.announced {
            self.announced.clone_from(&tracks);
            self.ready.push_back(Event::Tracks(tracks));
        }
        while let Some(came) = self.held.pop_front() {
            self.tell(*came);
        }
    }

    /// Whether all tracks are known that will come, or have been waited for long enough.
    fn may_announce(&mut self) -> bool {
        let (taken, more) = self.junction.tally();
        if !more && self.known.iter().flatten().count() >= taken {
            return true;
        }
        let now = self.clock.boot_now();
        let patience = if self.known[0].is_some() { PICTURE_WAITS } else { SOUND_WAITS };
        now.since(*self.held_since.get_or_insert(now)) > patience || self.held.len() >= MAX_HELD
    }

    fn tell(&mut self, came: Came) {
        let Came { track, unit, running_us, camera } = came;
        if let Some(at) = camera {
            let told = &mut self.told[index(track.id)];
            let now = CameraClock { track: track.id, ticks: unit.pts, at };
            if told.is_none_or(|told| departs(told, now, &track)) {
                *told = Some(now);
                self.ready.push_back(Event::CameraClock(now));
            }
        }
        let all_told = self.announced.iter().all(|track| self.told[index(track.id)].is_some());
        let common_us = camera.filter(|_| all_told).map(|at| at.as_micros()).or(running_us);
        self.ready.push_back(Event::Unit(Unit { unit, common_us }));
    }
}

#[async_trait]
impl Source for Gstreamer {
    fn choice(&self) -> Choice {
        self.choice.clone()
    }

    async fn close(mut self: Box<Self>) {
        // What is not down in time comes down by itself.
        let _ = tokio::time::timeout(LEAVE, self.running.take_down()).await;
    }

    async fn next(&mut self) -> Result<Event, SourceError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            match self.running.mailbox().next().await? {
                Letter::Unit(came) => self.take(came),
                Letter::Alive => return Ok(Event::Alive),
            }
        }
    }
}

const fn index(track: u32) -> usize {
    if track == AUDIO { 1 } else { 0 }
}

/// Whether the camera's clock is worth telling again.
fn departs(told: CameraClock, now: CameraClock, track: &Track) -> bool {
    let media_us = MediaTime { ticks: now.ticks.saturating_sub(told.ticks), timescale: track.timescale }.to_micros();
    let camera_us = now.at.as_micros().saturating_sub(told.at.as_micros());
    media_us.abs() >= TELL_AGAIN_US || camera_us.saturating_sub(media_us).abs() > 1_000
}

/// GStreamer does not say why it could not connect: another try of the mere connection tells.
async fn why_not_connected(config: &RtspSource, text: String) -> SourceError {
    let port = config.url.port().unwrap_or(if config.url.scheme() == "rtsps" { 322 } else { 554 });
    let host = config.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let connected = tokio::time::timeout(Duration::from_secs(3), tokio::net::TcpStream::connect((host, port))).await;
    match connected {
        Ok(Err(error)) => Words::default().error(&error.to_string(), None),
        Err(_) => Words::default().error("the connection timed out", None),
        Ok(Ok(_)) if config.url.scheme() == "rtsps" => {
            SourceError::Unreachable(format!("no secure connection: {text}; check that the camera speaks TLS there"))
        }
        Ok(Ok(_)) => SourceError::Unreachable(text),
    }
}

fn nothing_came(junction: &Junction) -> SourceError {
    let refused = junction.refused();
    if refused.is_empty() {
        let seconds = STEP.as_secs();
        return SourceError::Unreachable(format!("nothing came within {seconds} s; check address, power and cable"));
    }
    offers_nothing(&refused)
}

fn offers_nothing(refused: &str) -> SourceError {
    let advice = "set the camera to H.264 or H.265, and AAC, Opus or G.711";
    SourceError::Refused(Refusal::Codec, format!("offers nothing that can be recorded ({refused}); {advice}"))
}
