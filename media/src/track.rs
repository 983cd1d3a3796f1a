//! What a stream carries: its tracks, how each is encoded, and the init segment that says so.
//!
//! In: codec records and parameter sets as the camera announced them. Out: `ftyp` + `moov`, the same
//! bytes for the same tracks, so that two runs of one configuration have one init segment. Not here:
//! samples ([`crate::cutter`]).

use std::num::NonZeroU32;

use bytes::Bytes;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::TrackKind;

use crate::error::MediaError;

/// A law of ITU-T G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// A-law, `pcma` in a fragment's header.
    A,
    /// µ-law, `pcmu` in a fragment's header.
    Mu,
}

impl Law {
    /// As it stands in [`liuhen_proto::fragment::Origin::codec`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "pcma",
            Self::Mu => "pcmu",
        }
    }

    /// Reads what [`Law::as_str`] writes.
    pub fn from_origin(codec: &str) -> Option<Self> {
        [Self::A, Self::Mu].into_iter().find(|law| law.as_str() == codec)
    }
}

/// How a track is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleEntry {
    /// `avc1`.
    H264 {
        /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15), the content of `avcC`.
        config: Bytes,
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
    },
    /// `hvc1`.
    H265 {
        /// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15), the content of `hvcC`.
        config: Bytes,
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
    },
    /// `mp4a`.
    Aac {
        /// AudioSpecificConfig (ISO/IEC 14496-3).
        config: Bytes,
        /// Samples a second.
        sample_rate: u32,
        /// Number of channels.
        channels: u16,
    },
    /// `Opus`.
    Opus {
        /// Number of channels, 1 or 2.
        channels: u16,
        /// Samples of 48 kHz to leave out at the beginning.
        pre_skip: u16,
        /// What the encoder was fed with, samples a second; only told.
        input_rate: u32,
    },
    /// What the camera sends as G.711 and is stored, without loss, as `fLaC`.
    G711 {
        /// Which law.
        law: Law,
        /// Samples a second.
        sample_rate: u32,
        /// Number of channels, interleaved.
        channels: u16,
    },
    /// `fLaC` that was FLAC before it came to us.
    Flac {
        /// Metadata blocks, the content of `dfLa` after version and flags.
        config: Bytes,
        /// Samples a second.
        sample_rate: u32,
        /// Number of channels.
        channels: u16,
    },
}

/// One track of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Its id in `moov`, from 1.
    pub id: u32,
    /// Ticks a second. For sound it must be the sample rate (48 000 for Opus).
    pub timescale: NonZeroU32,
    /// How it is encoded.
    pub entry: SampleEntry,
}

impl Track {
    /// Pictures or sound.
    pub const fn kind(&self) -> TrackKind {
        match self.entry {
            SampleEntry::H264 { .. } | SampleEntry::H265 { .. } => TrackKind::Video,
            _ => TrackKind::Audio,
        }
    }

    /// RFC 6381 name of what is stored, as [`liuhen_proto::fragment::TrackHeader::codec`] wants it.
    pub fn codec(&self) -> String {
        crate::init::entry::codec(&self.entry)
    }
}

/// What an init segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitInfo {
    /// In the order of `moov`.
    pub tracks: Vec<Track>,
    /// Digest of the init segment's bytes: two runs with the same digest have the same configuration.
    pub sha256: Sha256,
    /// Length of `ftyp` + `moov`.
    pub size_bytes: u32,
}

impl InitInfo {
    /// The track of that id.
    pub fn track(&self, id: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }
}

/// Checks the tracks and writes their init segment.
pub fn init_segment(tracks: &[Track]) -> Result<Vec<u8>, MediaError> {
    crate::init::write(tracks)
}

/// Reads an init segment: exactly `ftyp` and `moov`, ours or another program's.
pub fn read_init(bytes: &[u8]) -> Result<InitInfo, MediaError> {
    crate::init::read(bytes)
}
