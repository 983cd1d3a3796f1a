//! Fragments of sound, a second each: small, and of every run different ones.

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use liuhen_media::cutter::{AccessUnit, Cut, Cutter};
use liuhen_media::track::{Law, SampleEntry, Track, init_segment};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::{BootTime, Sha256, Timestamp};
use liuhen_recorder::cut::{Fragment, RunIds};

const RATE: u32 = 8_000;
/// The most fragments of a run.
pub(crate) const LONGEST: u64 = 64;

/// What all runs share: how their sound is cut.
struct Cuts {
    track: Track,
    init: Bytes,
    cuts: Vec<Cut>,
}

fn shared() -> Arc<Cuts> {
    static SHARED: OnceLock<Arc<Cuts>> = OnceLock::new();
    let make = || {
        let entry = SampleEntry::G711 { law: Law::A, sample_rate: RATE, channels: 1 };
        let track = Track { id: 1, timescale: NonZeroU32::new(RATE).unwrap(), entry };
        let tracks = std::slice::from_ref(&track);
        let (init, mut cutter) = (init_segment(tracks).unwrap().into(), Cutter::new(tracks).unwrap());
        let mut cuts = Vec::new();
        for unit in 0.. {
            let codes: Vec<u8> = (0..RATE / 10).map(|n| (n.wrapping_mul(unit + 7) >> 3) as u8).collect();
            let (pts, arrival) = (i64::from(unit * RATE / 10), BootTime::from_micros(u64::from(unit) * 100_000));
            let unit = AccessUnit { track: 1, pts, sync: true, data: codes.into(), lost_packets: 0, damaged: false, arrival };
            cuts.extend(cutter.push(unit).unwrap());
            if cuts.len() as u64 >= LONGEST {
                break;
            }
        }
        Arc::new(Cuts { track, init, cuts })
    };
    Arc::clone(SHARED.get_or_init(make))
}

fn micros(ticks: i64) -> i64 {
    ticks * 1_000_000 / i64::from(RATE)
}

/// A run that is being recorded, and the digests of what it has so far.
pub(crate) struct Run {
    pub(crate) ids: RunIds,
    start: Timestamp,
    boot_start: BootTime,
    pub(crate) digests: Vec<Sha256>,
}

impl Run {
    pub(crate) fn new(ids: RunIds, start: Timestamp, boot_start: BootTime) -> Self {
        Self { ids, start, boot_start, digests: Vec::new() }
    }

    pub(crate) fn init() -> Bytes {
        shared().init.clone()
    }

    /// The next fragment; nothing where the run is long enough.
    pub(crate) fn next(&mut self) -> Option<Fragment> {
        let shared = shared();
        let cut = shared.cuts.get(self.digests.len())?;
        let header = self.header(&shared.track, cut);
        let bytes = write_fragment(&header, cut);
        self.digests.push(Sha256::of(&bytes));
        Some(Fragment { header, bytes, next_key: None })
    }

    /// Where the last fragment ends.
    pub(crate) fn end(&self) -> BootTime {
        let cut = self.digests.len().checked_sub(1).and_then(|last| shared().cuts.get(last).map(|cut| cut.tracks[0].media_end));
        BootTime::from_micros(self.boot_start.as_micros() + micros(cut.unwrap_or(0)).unsigned_abs())
    }

    fn header(&self, track: &Track, cut: &Cut) -> FragmentHeader {
        let RunIds { run, stream, boot } = self.ids;
        let of = &cut.tracks[0];
        let boot_at = |ticks| BootTime::from_micros(self.boot_start.as_micros() + micros(ticks).unsigned_abs());
        let wall_at = |ticks| Timestamp::from_micros(self.start.as_micros() + micros(ticks));
        FragmentHeader {
            v: 1,
            run,
            sequence: Sequence::new(self.digests.len() as u64).unwrap(),
            stream,
            boot,
            clock: ClockMapping { version: 1, source: ClockSource::Unsynchronized },
            starts_with_sync: cut.starts_with_sync,
            tracks: vec![TrackHeader {
                track: of.track,
                kind: track.kind(),
                codec: track.codec(),
                timescale: track.timescale,
                media_start: of.media_start,
                media_end: of.media_end,
                boot_start: boot_at(of.media_start),
                boot_end: boot_at(of.media_end),
                wall_start: wall_at(of.media_start),
                wall_end: wall_at(of.media_end),
                samples: u32::try_from(of.samples.len()).unwrap(),
                lost_packets: 0,
                damaged: false,
                origin: of.origin.clone(),
                camera_wall_start: None,
            }],
        }
    }
}
