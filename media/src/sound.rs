//! How loud it is: a level for every tenth of a second of a track of sound.
//!
//! In: samples of a fragment as they are stored, one after the other; from outside. Out: [`Level`]s, as soon as
//! their tenth of a second is full. All channels count alike. Not here: what a level means (the recorder's
//! `watch`), and when it was: the meter only counts ([`SoundMeter::pending_us`]).

use crate::error::MediaError;
use crate::ffmpeg::{CodecId, Decoder, Frame, Samples};
use crate::g711;
use crate::track::{SampleEntry, Track};

/// Levels a second.
pub const LEVELS_PER_SECOND: u32 = 10;
/// What no sound at all has, in dB of full scale; nothing is told to be lower.
pub const FLOOR_DB: f32 = -127.5;
/// From here on a sample counts as clipped: only the loudest code of G.711 lies above (A-law 0.984, µ-law 0.980).
const CLIP: f32 = 0.97;
/// No camera samples slower or faster.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=655_350;

/// A tenth of a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Root mean square, dB of full scale (a square wave at full scale has 0).
    pub rms_db: f32,
    /// The loudest sample, dB of full scale; above 0 where a lossy decoder overshoots.
    pub peak_db: f32,
    /// Samples of all channels that lie at the end of the scale.
    pub clipped: u32,
    /// Samples of all channels.
    pub samples: u32,
}

/// Measures one track. Goes on from sample to sample; begin a new one where the track is interrupted.
pub struct SoundMeter {
    decoder: Decoder,
    rate: u32,
    window: Window,
}

impl std::fmt::Debug for SoundMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoundMeter").field("rate", &self.rate).field("window", &self.window).finish_non_exhaustive()
    }
}

/// What has come of the tenth of a second that is under way.
#[derive(Debug, Default)]
struct Window {
    /// Moments, each with a sample of every channel.
    moments: u32,
    squares: f64,
    peak: f32,
    clipped: u32,
    samples: u32,
}

impl SoundMeter {
    /// For a track of sound.
    pub fn new(track: &Track) -> Result<Self, MediaError> {
        let (codec, config, rate) = match &track.entry {
            SampleEntry::Aac { config, sample_rate, .. } => (CodecId::AV_CODEC_ID_AAC, config.to_vec(), *sample_rate),
            SampleEntry::Opus { channels, pre_skip, input_rate } => {
                (CodecId::AV_CODEC_ID_OPUS, opus_head(*channels, *pre_skip, *input_rate), 48_000)
            }
            SampleEntry::G711 { sample_rate, channels, .. } => {
                (CodecId::AV_CODEC_ID_FLAC, stream_info(&g711::stream_info(*sample_rate, *channels))?, *sample_rate)
            }
            SampleEntry::Flac { config, sample_rate, .. } => (CodecId::AV_CODEC_ID_FLAC, stream_info(config)?, *sample_rate),
            SampleEntry::H264 { .. } | SampleEntry::H265 { .. } => return Err(MediaError::Config("pictures have no sound")),
        };
        Ok(Self { decoder: Decoder::open(codec, &config)?, rate, window: Window::default() })
    }

    /// Takes the next sample in; gives the levels that it completes. After an error the next sample may be given.
    pub fn push(&mut self, sample: &[u8]) -> Result<Vec<Level>, MediaError> {
        if sample.len() > crate::cutter::MAX_ACCESS_UNIT_BYTES {
            let (found, limit) = (sample.len() as u64, crate::cutter::MAX_ACCESS_UNIT_BYTES as u64);
            return Err(MediaError::TooLarge { what: "a sample", found, limit });
        }
        self.decoder.push(sample)?;
        let mut levels = Vec::new();
        while let Some(frame) = self.decoder.frame()? {
            self.measure(&frame, &mut levels);
        }
        Ok(levels)
    }

    /// Microseconds of sound that came and made no level yet: the next level begins so long before the next sample.
    pub fn pending_us(&self) -> i64 {
        i64::from(self.window.moments) * 1_000_000 / i64::from(self.rate.max(1))
    }

    fn measure(&mut self, frame: &Frame, levels: &mut Vec<Level>) {
        let (rate, channels) = frame.sound();
        // What the decoder finds counts: with SBR it is twice what the track announces.
        if RATES.contains(&rate) {
            self.rate = rate;
        }
        let whole = (self.rate.clamp(*RATES.start(), *RATES.end()) / LEVELS_PER_SECOND).max(1);
        let planes = frame.samples();
        let per_moment = if planes.len() == 1 { usize::from(channels.max(1)) } else { 1 };
        let moments = planes.first().map_or(0, |plane| plane.len() / per_moment);
        let mut at = 0;
        while at < moments {
            let take = ((whole.saturating_sub(self.window.moments)).max(1) as usize).min(moments - at);
            for plane in &planes {
                self.window.add(plane, at * per_moment..(at + take) * per_moment);
            }
            self.window.moments += take as u32;
            at += take;
            if self.window.moments >= whole {
                levels.push(std::mem::take(&mut self.window).level());
            }
        }
    }
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::I32(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }
}

impl Window {
    fn add(&mut self, plane: &Samples<'_>, range: std::ops::Range<usize>) {
        match plane {
            Samples::U8(samples) => self.add_all(samples[range].iter().map(|&s| (f32::from(s) - 128.0) / 128.0)),
            Samples::I16(samples) => self.add_all(samples[range].iter().map(|&s| f32::from(s) / 32_768.0)),
            Samples::I32(samples) => self.add_all(samples[range].iter().map(|&s| s as f32 / 2_147_483_648.0)),
            Samples::F32(samples) => self.add_all(samples[range].iter().copied()),
        }
    }

    fn add_all(&mut self, samples: impl Iterator<Item = f32>) {
        for sample in samples {
            // A lossy decoder fed with rubbish may give anything.
            let size = if sample.is_finite() { sample.abs().min(8.0) } else { 8.0 };
            self.squares += f64::from(size * size);
            self.peak = self.peak.max(size);
            self.clipped += u32::from(size >= CLIP);
            self.samples += 1;
        }
    }

    fn level(self) -> Level {
        let mean = (self.squares / f64::from(self.samples.max(1))) as f32;
        let (rms_db, peak_db) = (decibels(mean.sqrt()), decibels(self.peak));
        Level { rms_db, peak_db, clipped: self.clipped, samples: self.samples }
    }
}

fn decibels(amplitude: f32) -> f32 {
    (20.0 * amplitude.log10()).max(FLOOR_DB)
}

/// The STREAMINFO block alone, which comes first, without its head of 4 bytes.
fn stream_info(blocks: &[u8]) -> Result<Vec<u8>, MediaError> {
    match blocks {
        [kind, 0, 0, 34, info @ ..] if kind & 0x7f == 0 && info.len() >= 34 => Ok(info[..34].to_vec()),
        _ => Err(MediaError::Config("FLAC's metadata does not begin with STREAMINFO")),
    }
}

/// RFC 7845, as FFmpeg wants it.
fn opus_head(channels: u16, pre_skip: u16, input_rate: u32) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels.clamp(1, 2) as u8);
    head.extend(pre_skip.to_le_bytes());
    head.extend(input_rate.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

#[cfg(test)]
mod tests;
