//! Access units out of files of other makes: NVR exports, SD cards, hand-held cameras. By FFmpeg.
//!
//! In: a file, from outside; it may say anything. Out: tracks as we store them, and access units in the order of
//! the file, samples as the device encoded them.
//! - H.264 and H.265 (also as a byte stream, as TS, PS, AVI and DAV hold them), AAC (also in ADTS), Opus, G.711 and
//!   FLAC are taken as they are; PCM becomes FLAC, without loss. Everything else is named ([`Found::fits`]).
//! - The first stream of pictures and the first of sound are taken; what else is in the file is told.
//! - Where time stamps jump a new part begins ([`timeline`]).
//! - No file that names other files is followed, no address is opened, no memory is taken for sizes that a file claims.
//!
//! Not here: fragments ([`crate::cutter`]), and what true time was (who imports declares it).

mod entry;
mod reading;
#[cfg(test)]
mod tests;
pub mod timeline;
mod units;

use std::fmt;
use std::path::{Path, PathBuf};

use liuhen_proto::fragment::TrackKind;
use liuhen_proto::{Code, Span, Timestamp};

use crate::error::MediaError;
use crate::ffmpeg::{Input, Kind};

pub use reading::{FileUnit, Reading};

/// Why a file gives no access units.
#[derive(Debug, thiserror::Error)]
pub enum DemuxError {
    /// FFmpeg cannot read it, or may not: a playlist is no footage.
    #[error("{path} is no recording that can be read (MP4, MKV, AVI, TS, PS, DAV, FLV, ASF, WAV and others can)")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What FFmpeg says.
        #[source]
        source: MediaError,
    },
    /// A stream that cannot be stored as it is.
    #[error("{path} holds {kind} in {codec}, which cannot be stored as it is")]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// Pictures or sound.
        kind: Carries,
        /// The codec, and why where that is not all.
        codec: String,
    },
    /// Neither pictures nor sound.
    #[error("{0} holds neither pictures nor sound")]
    Empty(PathBuf),
    /// Nobody can say when which picture was.
    #[error("{0} does not say when its pictures are to be shown")]
    NoTimes(PathBuf),
    /// Time stamps that make no sense.
    #[error("the time stamps of {path} jump more than {limit} times")]
    Jumps {
        /// Which file.
        path: PathBuf,
        /// So many jumps are taken.
        limit: usize,
    },
}

impl DemuxError {
    /// What kind of error it is.
    pub const fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } | Self::Empty(_) => Code::InvalidArgument,
            Self::Unfit { .. } | Self::NoTimes(_) | Self::Jumps { .. } => Code::FailedPrecondition,
        }
    }
}

/// Pictures or sound, in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carries(pub TrackKind);

impl fmt::Display for Carries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            TrackKind::Video => "pictures",
            TrackKind::Audio => "sound",
        })
    }
}

/// A stream of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Pictures or sound; neither where it is subtitles or the device's own data.
    pub kind: Option<TrackKind>,
    /// Name of the codec.
    pub codec: String,
    /// Whether it is one of those that are taken.
    pub taken: bool,
    /// Why it could not be stored, where that is not the codec's name alone.
    pub unfit: Option<String>,
}

impl Found {
    /// Whether it can be stored as it is.
    pub const fn fits(&self) -> bool {
        self.unfit.is_none()
    }
}

/// What a file says of the time at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidStart {
    /// A moment of the world's time.
    Utc(Timestamp),
    /// What the device's clock showed, in a zone that the file does not name; as if that were UTC.
    Local(Timestamp),
}

/// A file that was opened, and looked at.
pub struct Demuxer {
    path: PathBuf,
    input: Input,
    lanes: Vec<entry::Lane>,
    found: Vec<Found>,
    ahead: Vec<crate::ffmpeg::Unit>,
}

impl fmt::Debug for Demuxer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demuxer").field("path", &self.path).field("found", &self.found).finish_non_exhaustive()
    }
}

impl Demuxer {
    /// Opens a file and finds out what is in it. Blocking.
    pub fn open(path: &Path) -> Result<Self, DemuxError> {
        let unreadable = |source| DemuxError::Unreadable { path: path.to_owned(), source };
        let mut input = Input::open(path).map_err(unreadable)?;
        let streams = input.streams();
        let first = |kind| streams.iter().find(|stream| stream.kind == kind && !stream.still).map(|stream| stream.index);
        let wanted = [first(Kind::Video), first(Kind::Audio)];
        let ahead = entry::read_ahead(&mut input, &streams, wanted[1]);
        let (mut lanes, mut found) = (Vec::new(), Vec::new());
        for stream in &streams {
            let taken = wanted.contains(&Some(stream.index));
            let unfit = if taken {
                let id = u32::try_from(lanes.len() + 1).expect("at most two streams are taken");
                match entry::lane(&input, stream, id, &ahead) {
                    Ok(lane) => {
                        lanes.push(lane);
                        None
                    }
                    Err(why) => Some(why),
                }
            } else {
                None
            };
            let kind = match stream.kind {
                Kind::Video if !stream.still => Some(TrackKind::Video),
                Kind::Audio => Some(TrackKind::Audio),
                _ => None,
            };
            found.push(Found { kind, codec: entry::name(stream), taken, unfit });
        }
        Ok(Self { path: path.to_owned(), input, lanes, found, ahead })
    }

    /// FFmpeg's name of the container.
    pub fn container(&self) -> String {
        self.input.format()
    }

    /// All streams of the file.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// How long the file says that it is.
    pub fn said_length(&self) -> Option<Span> {
        self.input.duration_us().map(Span::from_micros)
    }

    /// The tag in which a file says when it was made, as it stands there; or the device's clock where the file's
    /// time stamps are that (DAV).
    pub fn said_start(&self) -> Option<SaidStart> {
        if self.container() == "dhav" {
            return self.input.start_us().filter(|us| *us > 0).map(|us| SaidStart::Local(Timestamp::from_micros(us)));
        }
        [c"creation_time", c"date"].into_iter().find_map(|key| timeline::parse_said(&self.input.tag(key)?))
    }

    /// Goes on to read the access units. `with_sound: false` leaves sound out, whether it could be stored or not.
    pub fn read(mut self, with_sound: bool) -> Result<Reading, DemuxError> {
        let refused = |found: &&Found| found.taken && !found.fits() && (with_sound || found.kind != Some(TrackKind::Audio));
        if let Some(found) = self.found.iter().find(refused) {
            let why = found.unfit.as_deref().filter(|why| !why.is_empty()).map(|why| format!(" ({why})")).unwrap_or_default();
            let kind = Carries(found.kind.unwrap_or(TrackKind::Video));
            return Err(DemuxError::Unfit { path: self.path, kind, codec: format!("{}{why}", found.codec) });
        }
        if !with_sound {
            self.lanes.retain(|lane| lane.track.kind() == TrackKind::Video);
        }
        if self.lanes.is_empty() {
            return Err(DemuxError::Empty(self.path));
        }
        for (lane, id) in self.lanes.iter_mut().zip(1..) {
            lane.track.id = id;
        }
        Ok(Reading::new(self.path, self.input, self.lanes, self.ahead))
    }
}
