//! Tracks, headers and access units for the tests of this room.

use std::num::NonZeroU32;

use bytes::Bytes;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{BootTime, Timestamp};

use crate::cutter::{AccessUnit, Cut, CutTrack};
use crate::track::{Law, SampleEntry, Track};

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
