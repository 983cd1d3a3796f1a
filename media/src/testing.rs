//! Tracks, headers and access units for the tests of this room.

use std::num::NonZeroU32;

use bytes::Bytes;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::time::MediaTime;
use liuhen_proto::{BootTime, Interval, Sha256, Timestamp};

use crate::cutter::{AccessUnit, Cut, CutTrack, Cutter};
use crate::reader::read_fragment;
use crate::segment_file::seal;
use crate::select::Piece;
use crate::track::{Law, SampleEntry, Track, init_segment, read_init};
use crate::writer::write_fragment;

/// A record of High profile, level 3.1, with one SPS and one PPS that mean nothing.
const AVCC: &[u8] = &[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f, 1, 0, 2, 0x68, 0xee];

pub(crate) fn rate(ticks: u32) -> NonZeroU32 {
    NonZeroU32::new(ticks).unwrap()
}

pub(crate) fn h264_track(id: u32) -> Track {
    Track { id, timescale: rate(90_000), entry: SampleEntry::H264 { config: Bytes::from_static(AVCC), width: 1280, height: 720 } }
}

pub(crate) fn aac_track(id: u32) -> Track {
    let entry = SampleEntry::Aac { config: Bytes::from_static(&[0x11, 0x90]), sample_rate: 48_000, channels: 2 };
    Track { id, timescale: rate(48_000), entry }
}

pub(crate) fn g711_track(id: u32, law: Law) -> Track {
    Track { id, timescale: rate(8_000), entry: SampleEntry::G711 { law, sample_rate: 8_000, channels: 1 } }
}

/// When the runs of these tests begin: 2026-11-22T09:00:00Z.
pub(crate) const START_US: i64 = 1_795_338_000_000_000;

pub(crate) fn run(n: u8) -> RunId {
    format!("run_01KAPM000000000000000000{n:02}").parse().unwrap()
}

pub(crate) fn stream() -> StreamId {
    "str_01KAPM00000000000000000000".parse().unwrap()
}

fn boot() -> BootId {
    "boot_01KAPM00000000000000000000".parse().unwrap()
}

pub(crate) fn unit(track: u32, pts: i64, sync: bool, data: impl Into<Bytes>) -> AccessUnit {
    let arrival = BootTime::from_micros(1_000_000 + pts.unsigned_abs() * 11);
    AccessUnit { track, pts, sync, data: data.into(), lost_packets: 0, damaged: false, arrival }
}

/// The header that a recorder with a perfect clock would make, of a run that began so long after [`START_US`].
pub(crate) fn header_of(cut: &Cut, tracks: &[Track], run: RunId, sequence: u64, after_us: i64) -> FragmentHeader {
    let header = |cut: &CutTrack| {
        let track = tracks.iter().find(|track| track.id == cut.track).unwrap();
        let micros = |ticks| MediaTime { ticks, timescale: track.timescale }.to_micros() + after_us;
        let boot = |ticks| BootTime::from_micros(micros(ticks).unsigned_abs() + 60_000_000);
        let wall = |ticks| Timestamp::from_micros(START_US + micros(ticks));
        TrackHeader {
            track: cut.track,
            kind: track.kind(),
            codec: track.codec(),
            timescale: track.timescale,
            media_start: cut.media_start,
            media_end: cut.media_end,
            boot_start: boot(cut.media_start),
            boot_end: boot(cut.media_end),
            wall_start: wall(cut.media_start),
            wall_end: wall(cut.media_end),
            samples: u32::try_from(cut.samples.len()).unwrap(),
            lost_packets: cut.lost_packets,
            damaged: cut.damaged,
            origin: cut.origin.clone(),
            camera_wall_start: None,
        }
    };
    FragmentHeader {
        v: 1,
        run,
        sequence: Sequence::new(sequence).unwrap(),
        stream: stream(),
        boot: boot(),
        clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
        starts_with_sync: cut.starts_with_sync,
        tracks: cut.tracks.iter().map(header).collect(),
    }
}

/// Pictures at 25 a second in groups of `gop`, and AAC from the beginning, for so many pictures.
pub(crate) fn room(pictures: i64, gop: i64) -> Vec<AccessUnit> {
    let mut units: Vec<_> =
        (0..pictures).map(|i| unit(1, i * 3_600, i % gop == 0, format!("picture {i:04}").into_bytes())).collect();
    let frames = pictures * 1_920 / 1_024;
    units.extend((0..frames).map(|i| unit(2, i * 1_024, true, format!("sound {i}").into_bytes())));
    units.sort_by_key(|unit| (unit.pts * if unit.track == 1 { 8 } else { 15 }, unit.track));
    units
}

/// A run as it is stored: what the index says of it, and its file's bytes.
pub(crate) fn store(tracks: &[Track], run: RunId, after_us: i64, units: Vec<AccessUnit>) -> (Piece, Vec<u8>) {
    let mut cutter = Cutter::new(tracks).unwrap();
    let mut cuts: Vec<_> = units.into_iter().flat_map(|unit| cutter.push(unit).unwrap()).collect();
    cuts.extend(cutter.finish());
    let init = init_segment(tracks).unwrap();
    let mut file = init.clone();
    let mut fragments = Vec::new();
    for (i, cut) in cuts.iter().enumerate() {
        let header = header_of(cut, tracks, run, i as u64, after_us);
        let bytes = write_fragment(&header, cut);
        let (sha256, size) = (Sha256::of(&bytes), u32::try_from(bytes.len()).unwrap());
        let offsets = read_fragment(&bytes).unwrap().decode_time_offsets;
        fragments.push(IndexedFragment::new(&header, sha256, file.len() as u64, size, &offsets));
        file.extend_from_slice(&bytes);
        file.extend(seal(sha256));
    }
    (Piece { run, info: read_init(&init).unwrap(), init: init.into(), fragments }, file)
}

/// Seconds since [`START_US`].
pub(crate) fn between(from: f64, to: f64) -> Interval {
    let at = |secs: f64| Timestamp::from_micros(START_US + (secs * 1e6) as i64);
    Interval::new(at(from), at(to)).unwrap()
}
