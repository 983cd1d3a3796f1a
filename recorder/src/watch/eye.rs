//! Looks into a fragment: a key frame, how large its samples are, and how loud it is.
//!
//! In: a fragment as it was cut, and the key frame that ended it, where one did: a fragment takes seconds, so what
//! its own key frame shows would be known late. Out: [`Seen`]. One [`Eye`] for each run: sound is decoded on
//! from fragment to fragment. Always: one picture is decoded for each fragment, at most, none twice, and none where
//! another stream of the same camera shows the same ([`Eye::glance`]); what cannot be decoded is left out and
//! logged at debug. Not here: what it means ([`super::judge`]).

use liuhen_media::MediaError;
use liuhen_media::picture::{Luma, Picture, PictureDecoder};
use liuhen_media::reader::{ReadSample, ReadTrack, read_fragment};
use liuhen_media::sound::{Level, SoundMeter};
use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::fragment::{TrackHeader, TrackKind};
use liuhen_proto::{Interval, Span, Timestamp};

/// Pixels in a row of the picture that is judged.
pub const LUMA_WIDTH: u32 = 320;
/// Rows of the picture that is judged.
pub const LUMA_HEIGHT: u32 = 180;

/// What is in a fragment.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of its first track of pictures.
    pub pictures: Option<Pictures>,
    /// Of its first track of sound.
    pub sound: Option<Sound>,
}

/// A fragment's pictures.
#[derive(Debug)]
pub struct Pictures {
    /// From the first one to the end of the last one, by the wall clock.
    pub at: Interval,
    /// A key frame, decoded whole, at `key_at`: for a still. The one that ends the fragment, or else its own.
    pub key: Option<Picture>,
    /// When the key frame was taken; the fragment's end, or its beginning.
    pub key_at: Timestamp,
    /// How large it is, encoded.
    pub key_bytes: u32,
    /// Its brightness, [`LUMA_WIDTH`] × [`LUMA_HEIGHT`].
    pub luma: Option<Luma>,
    /// Rows of pixels that the camera sends.
    pub lines: u32,
    /// Every picture, in the order in which they are decoded.
    pub samples: Vec<PictureSample>,
}

/// One encoded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSample {
    /// How large it is.
    pub bytes: u32,
    /// Microseconds until the next one.
    pub lasts_us: i64,
    /// Whether it is a key frame.
    pub sync: bool,
}

/// A fragment's sound.
#[derive(Debug)]
pub struct Sound {
    /// All of it, by the wall clock.
    pub at: Interval,
    /// When the first level begins; a part of it may lie in the fragment before.
    pub first: Timestamp,
    /// One for each tenth of a second, without holes.
    pub levels: Vec<Level>,
}

/// Looks at the fragments of one run, in their order.
#[derive(Debug)]
pub struct Eye {
    picture: Option<Sight>,
    sound: Option<Ear>,
}

#[derive(Debug)]
struct Sight {
    track: u32,
    decoder: PictureDecoder,
    /// Where the fragment begins whose key frame was seen already, ticks.
    seen: Option<i64>,
    /// Rows of pixels, as the run announces them.
    lines: u32,
}

#[derive(Debug)]
struct Ear {
    track: Track,
    meter: SoundMeter,
    /// Where the fragment before ended, ticks.
    next: Option<i64>,
}

impl Eye {
    /// For a run of these tracks. A track that cannot be decoded is not looked at.
    pub fn new(tracks: &[Track]) -> Self {
        let of = |kind| tracks.iter().find(move |track| track.kind() == kind);
        let picture = of(TrackKind::Video).and_then(Sight::new);
        let sound = of(TrackKind::Audio).and_then(Ear::new);
        Self { picture, sound }
    }

    /// Looks at the next fragment, and the key frame that ended it. An error says that the bytes are no fragment.
    pub fn look(&mut self, bytes: &[u8], next_key: Option<&[u8]>) -> Result<Seen, MediaError> {
        self.examine(bytes, |sight, header, read| sight.see(header, read, bytes, next_key))
    }

    /// The same without decoding a picture: how many come, how large they are, and the sound.
    pub fn glance(&mut self, bytes: &[u8]) -> Result<Seen, MediaError> {
        self.examine(bytes, |sight, header, read| sight.glance(header, read))
    }

    fn examine(
        &mut self,
        bytes: &[u8],
        look: impl Fn(&mut Sight, &TrackHeader, &ReadTrack) -> Pictures,
    ) -> Result<Seen, MediaError> {
        let fragment = read_fragment(bytes)?;
        let mut seen = Seen::default();
        for (header, read) in fragment.header.tracks.iter().zip(&fragment.tracks) {
            if let Some(sight) = &mut self.picture
                && sight.track == header.track
            {
                seen.pictures = Some(look(sight, header, read));
            }
            if let Some(ear) = &mut self.sound
                && ear.track.id == header.track
            {
                seen.sound = ear.hear(header, read, bytes);
            }
        }
        Ok(seen)
    }
}

/// What cannot be decoded is not looked at: the recording itself is whole, so this harms nothing else.
fn refused<T>(found: Result<T, MediaError>) -> Option<T> {
    found.inspect_err(|error| tracing::debug!(%error, "not judged")).ok()
}

impl Sight {
    fn new(track: &Track) -> Option<Self> {
        let lines = match track.entry {
            SampleEntry::H264 { height, .. } | SampleEntry::H265 { height, .. } => height.into(),
            _ => 0,
        };
        Some(Self { track: track.id, decoder: refused(PictureDecoder::new(&track.entry))?, seen: None, lines })
    }

    fn glance(&mut self, header: &TrackHeader, read: &ReadTrack) -> Pictures {
        self.seen = None;
        let (at, lines) = (header.interval(), self.lines);
        Pictures { at, key: None, key_at: at.start(), key_bytes: 0, luma: None, lines, samples: samples(header, read) }
    }

    fn see(&mut self, header: &TrackHeader, read: &ReadTrack, bytes: &[u8], next_key: Option<&[u8]>) -> Pictures {
        let own = read.samples.first().filter(|sample| sample.sync && self.seen != Some(header.media_start));
        let own = own.and_then(|sample| bytes.get(sample.offset as usize..)?.get(..sample.size as usize));
        self.seen = next_key.is_some().then_some(header.media_end);
        let key_at = if next_key.is_some() { header.wall_end } else { header.wall_start };
        let data = next_key.or(own);
        let key_bytes = data.map_or(0, |data| u32::try_from(data.len()).unwrap_or(u32::MAX));
        let key = data.and_then(|data| refused(self.decoder.key_frame(data)).flatten());
        // What the decoder guessed is worth a still, but says nothing about the camera.
        let luma = key.as_ref().filter(|key| !key.damaged()).map(|key| key.luma(LUMA_WIDTH, LUMA_HEIGHT));
        let lines = key.as_ref().map_or(0, Picture::height);
        let samples = samples(header, read);
        Pictures { at: header.interval(), key, key_at, key_bytes, luma, lines, samples }
    }
}

fn samples(header: &TrackHeader, read: &ReadTrack) -> Vec<PictureSample> {
    let sample = |sample: &ReadSample| PictureSample {
        bytes: sample.size,
        lasts_us: ticks_to_us(sample.duration.into(), header),
        sync: sample.sync,
    };
    read.samples.iter().map(sample).collect()
}

fn ticks_to_us(ticks: i64, header: &TrackHeader) -> i64 {
    ticks.saturating_mul(1_000_000) / i64::from(header.timescale.get())
}

impl Ear {
    fn new(track: &Track) -> Option<Self> {
        Some(Self { meter: refused(SoundMeter::new(track))?, track: track.clone(), next: None })
    }

    fn hear(&mut self, header: &TrackHeader, read: &ReadTrack, bytes: &[u8]) -> Option<Sound> {
        if self.next.is_some_and(|next| next != header.media_start) {
            // What was decoded before the hole does not belong to what comes after it.
            self.meter = refused(SoundMeter::new(&self.track))?;
        }
        self.next = Some(header.media_end);
        let first = header.wall_start.before(Span::from_micros(self.meter.pending_us()));
        let mut levels = Vec::new();
        for sample in &read.samples {
            let data = bytes.get(sample.offset as usize..).and_then(|data| data.get(..sample.size as usize));
            levels.extend(data.and_then(|data| refused(self.meter.push(data))).unwrap_or_default());
        }
        Some(Sound { at: header.interval(), first, levels })
    }
}
