//! HLS media playlists (RFC 8216) of fragments as they are stored.

use liuhen_proto::Interval;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;

use crate::select::Piece;

/// Bytes of a stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Which of the pieces, by its place in the slice that was given.
    pub piece: usize,
    /// Where the bytes begin in the piece's file.
    pub offset_bytes: u64,
    /// Their number.
    pub size_bytes: u64,
}

/// One segment of a playlist: fragments from a sync sample up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HlsSegment {
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Digest of the run's init segment.
    pub init: Sha256,
    /// Wall-clock interval.
    pub interval: Interval,
    /// Exact length by the media clock of the leading track, in microseconds.
    pub duration_us: i64,
    /// Whether a gap or another run lies before it.
    pub discontinuity: bool,
    /// Where its bytes are: the fragments, one after the other, without the seals between them.
    pub ranges: Vec<ByteRange>,
}

/// What kind of playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaylistKind {
    /// The interval is over, nothing will be added.
    Vod,
    /// The interval goes on; segments are added at the end and none is taken away.
    Event,
    /// Only so many of the last segments; the start of the interval must stay the same from call to call.
    Live {
        /// How many.
        window: usize,
    },
}

/// Where a player finds things.
pub trait Links {
    /// Address of a run's init segment.
    fn init(&self, segment: &HlsSegment) -> String;
    /// Address of a segment's bytes.
    fn media(&self, segment: &HlsSegment) -> String;
}

/// The segments that hold the interval, rounded outwards. `pieces` of one stream, ascending in time. While
/// the run is still recorded (`open`), the last group, which may still grow, is left out.
pub fn segments(pieces: &[Piece], interval: Interval, open: bool) -> Vec<HlsSegment> {
    let _ = (pieces, interval, open);
    Vec::new()
}

/// The playlist's text.
pub fn render(segments: &[HlsSegment], kind: PlaylistKind, links: &dyn Links) -> String {
    let _ = (segments, kind, links);
    String::from("#EXTM3U\n")
}
