//! Fragments of sound, a second each: small, and different from one another.

use std::num::NonZeroU32;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use liuhen_media::cutter::{AccessUnit, Cut, CutTrack, Cutter};
use liuhen_media::track::{Law, SampleEntry, Track, init_segment};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{BootTime, Timestamp};

const RATE: u32 = 8_000;

/// A run of fragments without an end.
#[derive(Debug)]
pub struct Footage {
    /// The run.
    pub run: RunId,
    /// Its stream.
    pub stream: StreamId,
    /// The boot it is of.
    pub boot: BootId,
    /// `ftyp` and `moov`.
    pub init: Vec<u8>,
    start: Timestamp,
    track: Track,
    cutter: Cutter,
    /// Access units pushed so far; each is a tenth of a second.
    units: u32,
    fragments: Vec<Bytes>,
}

impl Footage {
    /// Begins a run at this time.
    pub fn new(run: RunId, stream: StreamId, boot: BootId, start: Timestamp) -> Result<Self> {
        let timescale = NonZeroU32::new(RATE).context("a rate")?;
        let entry = SampleEntry::G711 { law: Law::A, sample_rate: RATE, channels: 1 };
        let track = Track { id: 1, timescale, entry };
        let tracks = std::slice::from_ref(&track);
        let (init, cutter) = (init_segment(tracks)?, Cutter::new(tracks)?);
        Ok(Self { run, stream, boot, init, start, track, cutter, units: 0, fragments: Vec::new() })
    }

    /// The fragment of a sequence; the same bytes however often it is asked for.
    pub fn fragment(&mut self, sequence: u64) -> Result<Bytes> {
        let index = usize::try_from(sequence)?;
        while self.fragments.len() <= index {
            let codes: Vec<u8> = (0..RATE / 10).map(|n| (n.wrapping_mul(self.units + 7) >> 3) as u8).collect();
            let pts = i64::from(self.units) * i64::from(RATE / 10);
            let arrival = BootTime::from_micros(u64::from(self.units) * 100_000 + 1_000_000);
            let unit = AccessUnit { track: 1, pts, sync: true, data: codes.into(), lost_packets: 0, damaged: false, arrival };
            self.units += 1;
            for cut in self.cutter.push(unit)? {
                let header = self.header(&cut)?;
                self.fragments.push(write_fragment(&header, &cut));
            }
        }
        Ok(self.fragments[index].clone())
    }

    fn header(&self, cut: &Cut) -> Result<FragmentHeader> {
        let sequence = Sequence::new(self.fragments.len() as u64).context("a sequence")?;
        let clock = ClockMapping { version: 1, source: ClockSource::Unsynchronized };
        let tracks = cut.tracks.iter().map(|track| self.track_header(track)).collect();
        let Self { run, stream, boot, .. } = *self;
        Ok(FragmentHeader { v: 1, run, sequence, stream, boot, clock, starts_with_sync: cut.starts_with_sync, tracks })
    }

    fn track_header(&self, cut: &CutTrack) -> TrackHeader {
        let micros = |ticks| MediaTime { ticks, timescale: self.track.timescale }.to_micros();
        let boot = |ticks| BootTime::from_micros(micros(ticks).unsigned_abs() + 1_000_000);
        let wall = |ticks| Timestamp::from_micros(self.start.as_micros() + micros(ticks));
        TrackHeader {
            track: cut.track,
            kind: self.track.kind(),
            codec: self.track.codec(),
            timescale: self.track.timescale,
            media_start: cut.media_start,
            media_end: cut.media_end,
            boot_start: boot(cut.media_start),
            boot_end: boot(cut.media_end),
            wall_start: wall(cut.media_start),
            wall_end: wall(cut.media_end),
            samples: u32::try_from(cut.samples.len()).unwrap_or(u32::MAX),
            lost_packets: 0,
            damaged: false,
            origin: cut.origin.clone(),
            camera_wall_start: None,
        }
    }
}
