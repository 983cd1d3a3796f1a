//! Where each fragment of a segment lies and what it speaks of; and what a segment adds to coverage.
//!
//! Both are derived from the object and packed as protobuf beside its row. In memory they are also
//! what the journal tells of a segment that is still open.

use prost::Message as _;

use crate::code::Problem;
use crate::digest::Sha256;
use crate::fragment::{FragmentHeader, Sequence, TrackKind};
use crate::time::{Interval, Span};
use crate::wire;
use crate::wire::archive::v1 as pb;

/// One track of an indexed fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedTrack {
    /// Its id in `moov`.
    pub track: u32,
    /// What it carries.
    pub kind: TrackKind,
    /// Wall-clock interval.
    pub interval: Interval,
    /// Decode time of the first sample, ticks since the run began.
    pub media_start: i64,
    /// Where the last sample ends, ticks since the run began.
    pub media_end: i64,
    /// Where the 64-bit `baseMediaDecodeTime` of the track stands within the fragment's bytes.
    pub decode_time_offset_bytes: u32,
    /// Packets that did not arrive.
    pub lost_packets: u32,
    /// Whether samples are known to be incomplete.
    pub damaged: bool,
}

/// One fragment of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedFragment {
    /// Place in the run.
    pub sequence: Sequence,
    /// Where it begins in the object.
    pub offset_bytes: u64,
    /// Its length.
    pub size_bytes: u32,
    /// Its digest.
    pub sha256: Sha256,
    /// Whether decoding can begin here.
    pub starts_with_sync: bool,
    /// In the order of their ids; never empty.
    pub tracks: Vec<IndexedTrack>,
}

impl IndexedFragment {
    /// From a checked header, the fragment's place, and where the decode times of its tracks stand.
    pub fn new(header: &FragmentHeader, sha256: Sha256, offset_bytes: u64, size_bytes: u32, decode_time_offsets: &[u32]) -> Self {
        let tracks = header.tracks.iter().zip(decode_time_offsets).map(|(track, &decode_time_offset_bytes)| IndexedTrack {
            track: track.track,
            kind: track.kind,
            interval: track.interval(),
            media_start: track.media_start,
            media_end: track.media_end,
            decode_time_offset_bytes,
            lost_packets: track.lost_packets,
            damaged: track.damaged,
        });
        let starts_with_sync = header.starts_with_sync;
        Self { sequence: header.sequence, offset_bytes, size_bytes, sha256, starts_with_sync, tracks: tracks.collect() }
    }

    /// The same, later by so many microseconds, or earlier.
    #[must_use]
    pub fn moved(mut self, us: i64) -> Self {
        for track in &mut self.tracks {
            track.interval = track.interval.moved(us);
        }
        self
    }

    /// The wall-clock interval that holds all tracks.
    pub fn interval(&self) -> Interval {
        let mut intervals = self.tracks.iter().map(|track| track.interval);
        let first = intervals.next().expect("an indexed fragment has a track");
        intervals.fold(first, Interval::hull)
    }
}

/// Packs an index for its row.
pub fn pack(fragments: &[IndexedFragment]) -> Vec<u8> {
    let track = |track: &IndexedTrack| pb::Track {
        track: track.track,
        kind: wire::common::v1::TrackKind::from(track.kind).into(),
        interval: Some(track.interval.into()),
        media_start: track.media_start,
        media_end: track.media_end,
        decode_time_offset_bytes: track.decode_time_offset_bytes,
        lost_packets: track.lost_packets,
        damaged: track.damaged,
    };
    let fragment = |fragment: &IndexedFragment| pb::Fragment {
        sequence: fragment.sequence.get(),
        offset_bytes: fragment.offset_bytes,
        size_bytes: fragment.size_bytes,
        sha256: fragment.sha256.as_bytes().to_vec(),
        starts_with_sync: fragment.starts_with_sync,
        tracks: fragment.tracks.iter().map(track).collect(),
    };
    pb::SegmentIndex { fragments: fragments.iter().map(fragment).collect() }.encode_to_vec()
}

/// Reads a packed index.
pub fn unpack(bytes: &[u8]) -> Result<Vec<IndexedFragment>, Problem> {
    let index = pb::SegmentIndex::decode(bytes).map_err(|error| Problem::field("segment_index", error.to_string()))?;
    index.fragments.into_iter().map(unpack_fragment).collect()
}

fn unpack_fragment(fragment: pb::Fragment) -> Result<IndexedFragment, Problem> {
    if fragment.tracks.is_empty() {
        return Err(Problem::field("segment_index.fragments.tracks", "is empty"));
    }
    let track = |track: pb::Track| {
        Ok(IndexedTrack {
            track: track.track,
            kind: wire::kind("segment_index.fragments.tracks.kind", track.kind)?,
            interval: wire::interval("segment_index.fragments.tracks.interval", track.interval.as_ref())?,
            media_start: track.media_start,
            media_end: track.media_end,
            decode_time_offset_bytes: track.decode_time_offset_bytes,
            lost_packets: track.lost_packets,
            damaged: track.damaged,
        })
    };
    Ok(IndexedFragment {
        sequence: wire::sequence("segment_index.fragments.sequence", fragment.sequence)?,
        offset_bytes: fragment.offset_bytes,
        size_bytes: fragment.size_bytes,
        sha256: wire::digest("segment_index.fragments.sha256", &fragment.sha256)?,
        starts_with_sync: fragment.starts_with_sync,
        tracks: fragment.tracks.into_iter().map(track).collect::<Result<_, Problem>>()?,
    })
}

/// What a segment adds to the coverage of one kind of track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCoverage {
    /// Pictures or sound.
    pub kind: TrackKind,
    /// Disjoint, ascending; fragments that touch are merged.
    pub covered: Vec<Interval>,
    /// The longest fragment.
    pub longest_fragment: Span,
    /// Packets that did not arrive.
    pub lost_packets: u64,
    /// The part of `covered` that is not clean: samples are known to be incomplete, or packets are missing.
    pub damaged: Vec<Interval>,
}

impl KindCoverage {
    /// The same, later by so many microseconds, or earlier.
    #[must_use]
    pub fn moved(mut self, us: i64) -> Self {
        for interval in self.covered.iter_mut().chain(&mut self.damaged) {
            *interval = interval.moved(us);
        }
        self
    }
}

/// What fragments add to coverage, for each kind that they hold.
pub fn coverage_of(fragments: &[IndexedFragment]) -> Vec<KindCoverage> {
    [TrackKind::Video, TrackKind::Audio].into_iter().filter_map(|kind| kind_coverage(kind, fragments)).collect()
}

fn kind_coverage(kind: TrackKind, fragments: &[IndexedFragment]) -> Option<KindCoverage> {
    let tracks: Vec<_> = fragments.iter().flat_map(|f| &f.tracks).filter(|track| track.kind == kind).collect();
    let longest_fragment = tracks.iter().map(|track| track.interval.span()).max()?;
    let unclean = tracks.iter().filter(|track| track.damaged || track.lost_packets > 0);
    Some(KindCoverage {
        kind,
        covered: merge(tracks.iter().map(|track| track.interval).collect()),
        longest_fragment,
        lost_packets: tracks.iter().map(|track| u64::from(track.lost_packets)).sum(),
        damaged: merge(unclean.map(|track| track.interval).collect()),
    })
}

/// Disjoint and ascending; what touches is one.
fn merge(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort();
    let mut merged: Vec<Interval> = Vec::new();
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if interval.start() <= last.end() => *last = last.hull(interval),
            _ => merged.push(interval),
        }
    }
    merged
}

/// Packs coverage for its row.
pub fn pack_coverage(kinds: &[KindCoverage]) -> Vec<u8> {
    let kind = |kind: &KindCoverage| pb::KindCoverage {
        kind: wire::common::v1::TrackKind::from(kind.kind).into(),
        covered: kind.covered.iter().map(|&interval| interval.into()).collect(),
        longest_fragment_us: kind.longest_fragment.as_micros(),
        lost_packets: kind.lost_packets,
        damaged: !kind.damaged.is_empty(),
        damaged_in: kind.damaged.iter().map(|&interval| interval.into()).collect(),
    };
    pb::SegmentCoverage { kinds: kinds.iter().map(kind).collect() }.encode_to_vec()
}

/// Reads packed coverage.
pub fn unpack_coverage(bytes: &[u8]) -> Result<Vec<KindCoverage>, Problem> {
    let coverage = pb::SegmentCoverage::decode(bytes).map_err(|error| Problem::field("segment_coverage", error.to_string()))?;
    let intervals = |field, intervals: &[wire::common::v1::Interval]| {
        intervals.iter().map(|interval| wire::interval(field, Some(interval))).collect::<Result<Vec<_>, Problem>>()
    };
    let kind = |kind: pb::KindCoverage| {
        let covered = intervals("segment_coverage.covered", &kind.covered)?;
        let damaged = intervals("segment_coverage.damaged_in", &kind.damaged_in)?;
        // Rows of the first version say that something is damaged, and not where: then nothing of it is clean.
        let unclean = kind.damaged || kind.lost_packets > 0;
        let damaged = if unclean && damaged.is_empty() { covered.clone() } else { damaged };
        Ok(KindCoverage {
            kind: wire::kind("segment_coverage.kind", kind.kind)?,
            covered,
            longest_fragment: Span::from_micros(kind.longest_fragment_us),
            lost_packets: kind.lost_packets,
            damaged,
        })
    };
    coverage.kinds.into_iter().map(kind).collect()
}
