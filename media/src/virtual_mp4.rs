//! An MP4 file of any interval that exists only as a plan: stored fragments with decode times patched in place.

use std::ops::Range;

use bytes::Bytes;
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::{Code, Interval, Sha256};

use crate::select::Piece;

/// Part of an interval that has one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationPart {
    /// First run of the part.
    pub run: RunId,
    /// What it holds.
    pub interval: Interval,
    /// Digest of its init segment.
    pub init: Sha256,
    /// RFC 6381 codecs, comma separated.
    pub codecs: String,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing is stored in the interval.
    #[error("nothing is stored in the interval")]
    Nothing,
    /// The configuration changes within the interval; ask for each part on its own.
    #[error("the codec configuration changes within the interval; there are {} parts", .0.len())]
    Mixed(Vec<ConfigurationPart>),
}

impl PlanError {
    /// What kind of error it is.
    pub const fn code(&self) -> Code {
        match self {
            Self::Nothing => Code::NotFound,
            Self::Mixed(_) => Code::FailedPrecondition,
        }
    }
}

/// Bytes to write over what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Where in the slice.
    pub at: usize,
    /// What to write there: 8 bytes, or fewer at an end of the slice.
    pub bytes: Bytes,
}

/// The next bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// As they are.
    Bytes(Bytes),
    /// To be read from a piece's file, at most one fragment at a time, and patched.
    Stored {
        /// Which of the pieces, by its place in the slice that was given.
        piece: usize,
        /// Where the bytes begin in the piece's file.
        offset_bytes: u64,
        /// Their number.
        size_bytes: u32,
        /// Ascending.
        patches: Vec<Patch>,
    },
}

/// The file.
#[derive(Debug, Clone)]
pub struct Plan {
    size_bytes: u64,
    etag: String,
    interval: Interval,
}

impl Plan {
    /// Its length.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// A strong ETag with its quotes: the same for the same bytes.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// What it really holds: what was asked for, rounded outwards.
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// The bytes of a range, in order; nothing past the end. Lazy: takes memory for one slice at a time.
    pub fn slices(&self, range: Range<u64>) -> impl Iterator<Item = Slice> + '_ {
        let _ = range;
        std::iter::empty()
    }
}

/// Plans the file. `pieces` of one stream, ascending in time.
pub fn plan(stream: StreamId, pieces: &[Piece], interval: Interval) -> Result<Plan, PlanError> {
    let _ = (stream, pieces, interval);
    Err(PlanError::Nothing)
}
