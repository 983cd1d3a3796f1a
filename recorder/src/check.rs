//! `liuhen-recorder check`: connects to each camera, records some seconds, and says what it finds, or
//! why not and what to do.
//!
//! Nothing is written to the spool.

mod report;

use std::sync::Arc;
use std::time::Duration;

use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{BootId, RunId};
use liuhen_proto::world::{Clock, OsRandom, SystemClock};
use liuhen_proto::{BootTime, Span};

use crate::clock::WallKeeper;
use crate::config::{CameraConfig, Config};
use crate::cut::{Run, RunIds};
use crate::source::{self, Event, SourceError, Unit};
pub use report::{CameraReport, Found, Report, Trouble};

/// How long each camera is recorded.
const RECORD: Span = Span::from_secs(5);
/// A camera whose key frames lie far apart is watched for so long, to tell their distance.
const AT_MOST: Span = Span::from_secs(12);

/// Checks all cameras at once.
pub async fn check(config: &Config) -> Report {
    let tasks: Vec<_> = config.cameras.iter().cloned().map(|camera| tokio::spawn(check_camera(camera))).collect();
    let mut cameras = Vec::with_capacity(tasks.len());
    for (task, camera) in tasks.into_iter().zip(&config.cameras) {
        let failed = || CameraReport::failed(camera, Trouble::Unreadable, "what the camera sends cannot be read".into());
        cameras.push(task.await.unwrap_or_else(|_| failed()));
    }
    Report { cameras }
}

async fn check_camera(camera: CameraConfig) -> CameraReport {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut source = match source::open(&camera.source, clock.clone()).await {
        Ok(source) => source,
        Err(error) => return CameraReport::failed(&camera, Trouble::of(&error), error.to_string()),
    };
    let (began, mut watch) = (clock.boot_now(), Watch::new(clock.clone()));
    loop {
        let seen = clock.boot_now().since(began);
        if seen >= AT_MOST || (seen >= RECORD && watch.knows_key_distance()) {
            break;
        }
        let left = Duration::from(Span::from_micros(AT_MOST.as_micros() - seen.as_micros()));
        match tokio::time::timeout(left, source.next()).await {
            Err(_) | Ok(Err(SourceError::Ended)) => break,
            Ok(Err(error)) => return CameraReport::failed(&camera, Trouble::of(&error), error.to_string()),
            Ok(Ok(event)) => {
                if let Err(why) = watch.take(event) {
                    return CameraReport::failed(&camera, Trouble::Unreadable, why);
                }
            }
        }
    }
    watch.report(&camera)
}

/// What was seen of one camera.
struct Watch {
    clock: Arc<dyn Clock>,
    wall: Arc<WallKeeper>,
    tracks: Vec<Track>,
    run: Option<Run>,
    fragments: u32,
    bytes: u64,
    frames: u32,
    first_frame: Option<BootTime>,
    last_frame: Option<BootTime>,
    /// Presentation times of the key frames, ticks.
    keys: Vec<i64>,
    camera_offset_us: Option<i64>,
}

impl Watch {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let wall = Arc::new(WallKeeper::new(clock.clone()));
        Self {
            clock,
            wall,
            tracks: Vec::new(),
            run: None,
            fragments: 0,
            bytes: 0,
            frames: 0,
            first_frame: None,
            last_frame: None,
            keys: Vec::new(),
            camera_offset_us: None,
        }
    }

    fn knows_key_distance(&self) -> bool {
        self.video().is_none() || self.keys.len() >= 2
    }

    fn video(&self) -> Option<&Track> {
        self.tracks.iter().find(|track| track.kind() == TrackKind::Video)
    }

    fn take(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Tracks(tracks) => self.begin(tracks)?,
            Event::Unit(unit) => self.unit(&unit)?,
            Event::CameraClock(clock) => {
                let now = self.clock.now();
                self.camera_offset_us = Some(clock.at.as_micros().saturating_sub(now.as_micros()));
            }
            Event::Alive => {}
        }
        Ok(())
    }

    fn begin(&mut self, tracks: Vec<Track>) -> Result<(), String> {
        let (now, random) = (self.clock.now(), OsRandom);
        let ids = RunIds {
            run: RunId::mint(now, &random),
            stream: liuhen_proto::ids::StreamId::mint(now, &random),
            boot: BootId::mint(now, &random),
        };
        self.run = Some(Run::begin(ids, &tracks, self.wall.clone()).map_err(|error| error.to_string())?);
        self.tracks = tracks;
        Ok(())
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), String> {
        self.bytes += unit.unit.data.len() as u64;
        if self.video().is_some_and(|track| track.id == unit.unit.track) {
            self.frames += 1;
            self.first_frame.get_or_insert(unit.unit.arrival);
            self.last_frame = Some(unit.unit.arrival);
            if unit.unit.sync {
                self.keys.push(unit.unit.pts);
            }
        }
        if let Some(run) = &mut self.run {
            self.fragments += u32::try_from(run.push(unit).map_err(|broken| broken.detail)?.len()).unwrap_or(0);
        }
        Ok(())
    }

    fn report(mut self, camera: &CameraConfig) -> CameraReport {
        let rest = self.run.take().map_or(0, |run| run.finish().len());
        self.fragments = self.fragments.saturating_add(u32::try_from(rest).unwrap_or(0));
        if self.fragments == 0 {
            let (trouble, what) = match self.tracks.is_empty() {
                true => (Trouble::Silent, "the camera is connected, but sends nothing that can be recorded"),
                false => (Trouble::Silent, "the camera says what it would send, and sends nothing"),
            };
            return CameraReport::failed(camera, trouble, what.into());
        }
        let seconds = self.first_frame.zip(self.last_frame).map(|(first, last)| last.since(first).as_secs_f64());
        let frame_rate = seconds.filter(|s| *s > 0.0 && self.frames > 1).map(|s| f64::from(self.frames - 1) / s);
        let timescale = self.video().map_or(1.0, |track| f64::from(track.timescale.get()));
        let key_distance = self.keys.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / timescale).reduce(f64::max);
        let size = self.video().and_then(|track| match track.entry {
            SampleEntry::H264 { width, height, .. } | SampleEntry::H265 { width, height, .. } => Some((width, height)),
            _ => None,
        });
        let codec = |kind| self.tracks.iter().find(|track| track.kind() == kind).map(audio_or_video_name);
        CameraReport::recorded(
            camera,
            Found {
                video: codec(TrackKind::Video),
                width: size.map(|(width, _)| width),
                height: size.map(|(_, height)| height),
                frame_rate,
                key_frame_interval_secs: key_distance,
                key_frames: u32::try_from(self.keys.len()).unwrap_or(u32::MAX),
                audio: codec(TrackKind::Audio),
                clock_offset_ms: self.camera_offset_us.map(|us| us / 1_000),
                fragments: self.fragments,
                bytes: self.bytes,
            },
        )
    }
}

/// What people call it, and its RFC 6381 name.
fn audio_or_video_name(track: &Track) -> String {
    match &track.entry {
        SampleEntry::H264 { .. } => format!("H.264 ({})", track.codec()),
        SampleEntry::H265 { .. } => format!("H.265 ({})", track.codec()),
        SampleEntry::Aac { sample_rate, channels, .. } => format!("AAC, {sample_rate} Hz, {channels} ch"),
        SampleEntry::G711 { law, sample_rate, .. } => format!("G.711 {}, {sample_rate} Hz", law.as_str()),
        _ => track.codec(),
    }
}
