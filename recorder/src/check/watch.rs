//! What is seen of a stream while it is recorded: its tracks, frames, key frames, losses, clock.

use std::sync::Arc;

use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::BootTime;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::world::{Clock, OsRandom};

use super::report::Found;
use crate::clock::WallKeeper;
use crate::config::Carries;
use crate::cut::{Fragment, Run, RunIds};
use crate::source::{Event, SourceError, Unit};
use crate::trouble::{Failure, Trouble};

/// What was seen.
pub(super) struct Watch {
    clock: Arc<dyn Clock>,
    wall: Arc<WallKeeper>,
    carries: Carries,
    tracks: Vec<Track>,
    /// What came and is not recorded here.
    left_out: Vec<String>,
    run: Option<Run>,
    #[cfg(feature = "judge")]
    preview: super::preview::Judging,
    fragments: u32,
    bytes: u64,
    frames: u32,
    first_frame: Option<BootTime>,
    last_frame: Option<BootTime>,
    /// Presentation times of the key frames, ticks.
    keys: Vec<i64>,
    lost_packets: u64,
    damaged_units: u32,
    camera_offset_us: Option<i64>,
}

impl Watch {
    pub(super) fn new(clock: Arc<dyn Clock>, carries: Carries) -> Self {
        let wall = Arc::new(WallKeeper::new(clock.clone()));
        Self {
            clock,
            wall,
            carries,
            tracks: Vec::new(),
            left_out: Vec::new(),
            run: None,
            #[cfg(feature = "judge")]
            preview: super::preview::Judging::default(),
            fragments: 0,
            bytes: 0,
            frames: 0,
            first_frame: None,
            last_frame: None,
            keys: Vec::new(),
            lost_packets: 0,
            damaged_units: 0,
            camera_offset_us: None,
        }
    }

    pub(super) fn knows_key_distance(&self) -> bool {
        self.video().is_none() || self.keys.len() >= 2
    }

    fn video(&self) -> Option<&Track> {
        self.tracks.iter().find(|track| track.kind() == TrackKind::Video)
    }

    pub(super) fn take(&mut self, event: Event) -> Result<(), SourceError> {
        match event {
            Event::Tracks(tracks) => self.begin(tracks),
            Event::Unit(unit) => self.unit(&unit),
            Event::CameraClock(clock) => {
                let now = self.clock.now();
                self.camera_offset_us = Some(clock.at.as_micros().saturating_sub(now.as_micros()));
                Ok(())
            }
            Event::Alive => Ok(()),
        }
    }

    /// Of what comes only what the camera is there for, as the recorder does.
    fn begin(&mut self, mut tracks: Vec<Track>) -> Result<(), SourceError> {
        self.end_run();
        self.left_out = tracks.iter().filter(|track| !self.carries.takes(track.kind())).map(name).collect();
        tracks.retain(|track| self.carries.takes(track.kind()));
        self.tracks.clone_from(&tracks);
        if tracks.is_empty() {
            return Ok(());
        }
        let (now, random) = (self.clock.now(), OsRandom);
        let (run, stream) = (RunId::mint(now, &random), StreamId::mint(now, &random));
        let ids = RunIds { run, stream, boot: BootId::mint(now, &random) };
        self.run = Some(Run::begin(ids, &tracks, self.wall.clone()).map_err(|error| SourceError::Invalid(error.to_string()))?);
        #[cfg(feature = "judge")]
        self.preview.begin(&tracks);
        Ok(())
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), SourceError> {
        let taken = self.tracks.iter().find(|track| track.id == unit.unit.track).map(Track::kind);
        let Some(kind) = taken else { return Ok(()) };
        self.bytes += unit.unit.data.len() as u64;
        self.lost_packets += u64::from(unit.unit.lost_packets);
        self.damaged_units += u32::from(unit.unit.damaged);
        if kind == TrackKind::Video {
            self.frames += 1;
            self.first_frame.get_or_insert(unit.unit.arrival);
            self.last_frame = Some(unit.unit.arrival);
            if unit.unit.sync {
                self.keys.push(unit.unit.pts);
            }
        }
        let Some(run) = &mut self.run else { return Ok(()) };
        let fragments = run.push(unit).map_err(|broken| SourceError::Invalid(broken.detail))?;
        self.take_fragments(fragments);
        Ok(())
    }

    fn take_fragments(&mut self, fragments: Vec<Fragment>) {
        for fragment in fragments {
            self.fragments += 1;
            #[cfg(feature = "judge")]
            self.preview.see(&fragment.bytes);
            #[cfg(not(feature = "judge"))]
            drop(fragment);
        }
    }

    fn end_run(&mut self) {
        if let Some(run) = self.run.take() {
            self.take_fragments(run.finish());
        }
    }

    /// Why there is nothing to record.
    fn nothing(&self) -> Failure {
        if self.tracks.is_empty() && !self.left_out.is_empty() {
            let trouble = if self.carries == Carries::Sound { Trouble::NoSound } else { Trouble::NoPicture };
            return Failure::new(trouble, format!("only {} comes", self.left_out.join(", ")));
        }
        let announced = self.tracks.iter().map(name).collect::<Vec<_>>().join(", ");
        let what = if announced.is_empty() { String::new() } else { format!("announced and not sent: {announced}") };
        Failure::new(Trouble::Silent, what)
    }

    /// What was found, or that nothing came.
    pub(super) fn found(mut self) -> Result<Found, Failure> {
        self.end_run();
        if self.fragments == 0 {
            return Err(self.nothing());
        }
        let seconds = self.first_frame.zip(self.last_frame).map(|(first, last)| last.since(first).as_secs_f64());
        let frame_rate = seconds.filter(|s| *s > 0.0 && self.frames > 1).map(|s| f64::from(self.frames - 1) / s);
        let timescale = self.video().map_or(1.0, |track| f64::from(track.timescale.get()));
        let key_distance = self.keys.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / timescale).reduce(f64::max);
        let size = self.video().and_then(|track| match track.entry {
            SampleEntry::H264 { width, height, .. } | SampleEntry::H265 { width, height, .. } => Some((width, height)),
            _ => None,
        });
        let codec = |kind| self.tracks.iter().find(|track| track.kind() == kind).map(name);
        Ok(Found {
            video: codec(TrackKind::Video),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            frame_rate,
            key_frame_interval_secs: key_distance,
            key_frames: u32::try_from(self.keys.len()).unwrap_or(u32::MAX),
            audio: codec(TrackKind::Audio),
            clock_offset_ms: self.camera_offset_us.map(|us| us / 1_000),
            lost_packets: self.lost_packets,
            damaged_units: self.damaged_units,
            fragments: self.fragments,
            bytes: self.bytes,
            #[cfg(feature = "judge")]
            preview: Some(self.preview.finish()),
            #[cfg(not(feature = "judge"))]
            preview: None,
        })
    }
}

/// What people call it, and its RFC 6381 name.
fn name(track: &Track) -> String {
    match &track.entry {
        SampleEntry::H264 { .. } => format!("H.264 ({})", track.codec()),
        SampleEntry::H265 { .. } => format!("H.265 ({})", track.codec()),
        SampleEntry::Aac { sample_rate, channels, .. } => format!("AAC, {sample_rate} Hz, {channels} ch"),
        SampleEntry::G711 { law, sample_rate, .. } => format!("G.711 {}, {sample_rate} Hz", law.as_str()),
        _ => track.codec(),
    }
}
