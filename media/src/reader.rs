//! A fragment's bytes, checked through and through: what whoever sent them claims, against what is there.

use liuhen_proto::fragment::FragmentHeader;

use crate::error::MediaError;

/// A sample of a fragment that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadSample {
    /// Where its bytes begin in the fragment.
    pub offset: u32,
    /// Their number; never 0.
    pub size: u32,
    /// Ticks until the next sample is decoded.
    pub duration: u32,
    /// Ticks from decode to presentation.
    pub composition_offset: i32,
    /// Whether decoding can begin here.
    pub sync: bool,
}

/// A track of a fragment that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTrack {
    /// Its id in `moov`.
    pub track: u32,
    /// Decode time of the first sample, ticks since the run began.
    pub decode_time: i64,
    /// In decode order; never empty.
    pub samples: Vec<ReadSample>,
}

/// A sound fragment.
#[derive(Debug, Clone)]
pub struct ReadFragment {
    /// What it says of itself.
    pub header: FragmentHeader,
    /// Where the 64-bit decode time of each track stands in the bytes, in the order of the header's tracks.
    pub decode_time_offsets: Vec<u32>,
    /// In the order of the header's tracks.
    pub tracks: Vec<ReadTrack>,
}

/// Reads and checks a whole fragment: header box, `prft` if it is there, `moof`, `mdat`, and nothing after it.
pub fn read_fragment(bytes: &[u8]) -> Result<ReadFragment, MediaError> {
    let _ = bytes;
    Err(MediaError::Missing("moof"))
}
