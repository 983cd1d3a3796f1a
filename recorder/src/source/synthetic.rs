//! A camera that exists in this program only: real H.264 and G.711, for tests and benchmarks.
//!
//! The picture is grey; the number of the frame stands in it as a row of black and white blocks, and a
//! white block moves along below it. Each frame also carries its number in an SEI message. The sound is
//! a beep of 100 ms at each full second. With 0 frames a second it is a pickup: sound alone.

mod h264;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::track::{Law, SampleEntry, Track};
use liuhen_proto::BootTime;
use liuhen_proto::world::Clock;

use super::{Choice, Event, Source, SourceError, Unit};
use crate::config::{Pace, SyntheticAudio, SyntheticSource};
use crate::source::parameters::{AUDIO, VIDEO, VIDEO_TIMESCALE, timescale};

/// Samples of G.711 in one unit, 20 ms.
const AUDIO_UNIT: u32 = 160;
const AUDIO_RATE: u32 = 8_000;

/// One octave-free period of the digital milliwatt, 1 kHz (ITU-T G.711, tables 5 and 6), and silence.
const TONE_A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
const TONE_MU: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
const SILENCE_A: u8 = 0xd5;
const SILENCE_MU: u8 = 0xff;

/// The camera.
pub(super) struct Synthetic {
    config: SyntheticSource,
    clock: Arc<dyn Clock>,
    encoder: h264::Encoder,
    started: Option<BootTime>,
    frame: u64,
    audio_unit: u64,
}

impl Synthetic {
    pub(super) fn new(config: SyntheticSource, clock: Arc<dyn Clock>) -> Self {
        let encoder = h264::Encoder::new(config.width, config.height, config.fps.max(1));
        Self { config, clock, encoder, started: None, frame: 0, audio_unit: 0 }
    }

    const fn has_picture(&self) -> bool {
        self.config.fps > 0
    }

    fn tracks(&self) -> Vec<Track> {
        let mut tracks = Vec::new();
        if self.has_picture() {
            tracks.push(self.video_track());
        }
        if let Some(law) = self.law() {
            let entry = SampleEntry::G711 { law, sample_rate: AUDIO_RATE, channels: 1 };
            tracks.push(Track { id: AUDIO, timescale: timescale(AUDIO_RATE), entry });
        }
        tracks
    }

    fn video_track(&self) -> Track {
        let narrow = |pixels: u32| u16::try_from(pixels).expect("the configuration allows at most 1920");
        let (width, height) = (narrow(self.config.width), narrow(self.config.height));
        let config = Bytes::from(self.encoder.avcc());
        Track { id: VIDEO, timescale: timescale(VIDEO_TIMESCALE), entry: SampleEntry::H264 { config, width, height } }
    }

    const fn law(&self) -> Option<Law> {
        match self.config.audio {
            SyntheticAudio::None => None,
            SyntheticAudio::Pcma => Some(Law::A),
            SyntheticAudio::Pcmu => Some(Law::Mu),
        }
    }

    /// Media time of the next frame, and of the end of the next sound unit, in microseconds.
    fn due(&self) -> (u64, Option<u64>) {
        let audio = |_| (self.audio_unit + 1) * u64::from(AUDIO_UNIT) * 1_000_000 / u64::from(AUDIO_RATE);
        let video = (self.frame * 1_000_000).checked_div(self.config.fps.into());
        (video.unwrap_or(u64::MAX), self.law().map(audio))
    }

    fn is_over(&self) -> bool {
        let done = if self.has_picture() { self.frame } else { self.audio_unit };
        self.config.frames.is_some_and(|frames| done >= frames)
    }

    /// Waits until the media time has come; gives the moment at which it "arrives".
    async fn wait_for(&self, media_us: u64, started: BootTime) -> BootTime {
        let due = BootTime::from_micros(started.as_micros() + media_us);
        if self.config.pace == Pace::Fast {
            return due;
        }
        let left = due.since(self.clock.boot_now());
        tokio::time::sleep(Duration::from(left)).await;
        self.clock.boot_now()
    }

    fn video(&mut self, arrival: BootTime) -> Unit {
        let in_gop = u32::try_from(self.frame % u64::from(self.config.gop)).expect("a remainder of a u32");
        let data = Bytes::from(self.encoder.frame(self.frame, in_gop));
        let fps = u64::from(self.config.fps);
        let ticks = i64::try_from(self.frame * u64::from(VIDEO_TIMESCALE) / fps).unwrap_or(i64::MAX);
        let common_us = i64::try_from(self.frame * 1_000_000 / fps).unwrap_or(i64::MAX);
        self.frame += 1;
        let unit = AccessUnit { track: VIDEO, pts: ticks, sync: in_gop == 0, data, lost_packets: 0, damaged: false, arrival };
        Unit { unit, common_us: Some(common_us) }
    }

    fn audio(&mut self, law: Law, arrival: BootTime) -> Unit {
        let first = self.audio_unit * u64::from(AUDIO_UNIT);
        self.audio_unit += 1;
        let (tone, silence) = match law {
            Law::A => (TONE_A, SILENCE_A),
            Law::Mu => (TONE_MU, SILENCE_MU),
        };
        let beeps = first % u64::from(AUDIO_RATE) < u64::from(AUDIO_RATE / 10);
        let data: Bytes = (0..AUDIO_UNIT as usize).map(|i| if beeps { tone[i % tone.len()] } else { silence }).collect();
        let pts = i64::try_from(first).unwrap_or(i64::MAX);
        let common_us = pts.saturating_mul(1_000_000) / i64::from(AUDIO_RATE);
        let unit = AccessUnit { track: AUDIO, pts, sync: true, data, lost_packets: 0, damaged: false, arrival };
        Unit { unit, common_us: Some(common_us) }
    }
}

#[async_trait]
impl Source for Synthetic {
    fn choice(&self) -> Choice {
        Choice::new("synthetic", "")
    }

    async fn next(&mut self) -> Result<Event, SourceError> {
        let Some(started) = self.started else {
            self.started = Some(self.clock.boot_now());
            return Ok(Event::Tracks(self.tracks()));
        };
        if self.is_over() {
            return Err(SourceError::Ended);
        }
        let (video_us, audio_us) = self.due();
        if let (Some(audio_us), Some(law)) = (audio_us, self.law())
            && audio_us <= video_us
        {
            let arrival = self.wait_for(audio_us, started).await;
            return Ok(Event::Unit(self.audio(law, arrival)));
        }
        let arrival = self.wait_for(video_us, started).await;
        Ok(Event::Unit(self.video(arrival)))
    }

    fn waits(&self) -> bool {
        self.config.pace == Pace::Fast
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SystemClock;

    fn camera(fps: u32) -> SyntheticSource {
        let (audio, frames) = (SyntheticAudio::Pcma, Some(20));
        SyntheticSource { width: 64, height: 48, fps, gop: 5, audio, frames, pace: Pace::Fast }
    }

    #[tokio::test]
    async fn a_pickup_sends_sound_alone() {
        let mut pickup = Synthetic::new(camera(0), Arc::new(SystemClock));
        assert!(matches!(pickup.next().await, Ok(Event::Tracks(tracks)) if tracks.len() == 1 && tracks[0].id == AUDIO));
        for place in 0..20 {
            assert!(matches!(pickup.next().await, Ok(Event::Unit(unit)) if unit.unit.pts == place * i64::from(AUDIO_UNIT)));
        }
        assert!(matches!(pickup.next().await, Err(SourceError::Ended)));
    }

    #[tokio::test]
    async fn it_sends_frames_and_sound_and_ends() {
        let config = camera(10);
        let mut camera = Synthetic::new(config, Arc::new(SystemClock));
        assert!(matches!(camera.next().await, Ok(Event::Tracks(tracks)) if tracks.len() == 2));
        let (mut frames, mut keys, mut sound) = (0, 0, 0);
        let end = loop {
            match camera.next().await {
                Ok(Event::Unit(unit)) if unit.unit.track == VIDEO => {
                    frames += 1;
                    keys += u32::from(unit.unit.sync);
                }
                Ok(Event::Unit(_)) => sound += AUDIO_UNIT,
                Ok(_) => {}
                Err(end) => break end,
            }
        };
        assert_eq!((end, frames, keys), (SourceError::Ended, 20, 4));
        assert!((14_000..=16_000).contains(&sound), "{sound}");
    }
}
