//! Footage made from nothing: fragments as a recorder would make them, with pictures that mean nothing.

use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_media::cutter::{AccessUnit, Cut, Cutter};
use liuhen_media::track::{SampleEntry, Track, init_segment};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader, TrackKind};
use liuhen_proto::ids::{BootId, RecorderId, RunId, StreamId};
use liuhen_proto::segment::RangeStatement;
use liuhen_proto::world::{OsRandom, Randomness, SeededRandom};
use liuhen_proto::{BootTime, Sha256, Timestamp};

/// A record of High profile with parameter sets that mean nothing.
const AVCC: &[u8] = &[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f, 1, 0, 2, 0x68, 0xee];
/// 2026-11-22T08:00:00Z.
pub(crate) const MORNING: Timestamp = Timestamp::from_micros(1_795_334_400_000_000);

/// What does not differ between the runs of a test: two seconds a fragment.
#[derive(Clone)]
pub(crate) struct Footage {
    pub(crate) init: Bytes,
    pub(crate) tracks: Vec<Track>,
    pub(crate) cuts: Arc<Vec<Cut>>,
}

impl Footage {
    /// So many fragments of 2 s, 25 frames a second, `frame_bytes` each.
    pub(crate) fn new(fragments: u32, frame_bytes: usize) -> Self {
        let timescale = NonZeroU32::new(90_000).unwrap();
        let entry = SampleEntry::H264 { config: Bytes::from_static(AVCC), width: 1280, height: 720 };
        let tracks = vec![Track { id: 1, timescale, entry }];
        let mut cutter = Cutter::new(&tracks).unwrap();
        let random = SeededRandom::new(frame_bytes as u64);
        let mut cuts = Vec::new();
        for frame in 0..i64::from(fragments) * 50 {
            let mut data = vec![0; frame_bytes];
            random.fill(&mut data[4..]);
            data[..4].copy_from_slice(&(frame_bytes as u32 - 4).to_be_bytes());
            let unit = AccessUnit {
                track: 1,
                pts: frame * 3_600,
                sync: frame % 50 == 0,
                data: data.into(),
                lost_packets: 0,
                damaged: false,
                arrival: BootTime::from_micros(frame as u64 * 40_000),
            };
            cuts.extend(cutter.push(unit).unwrap());
        }
        cuts.extend(cutter.finish());
        assert_eq!(cuts.len(), fragments as usize);
        Self { init: init_segment(&tracks).unwrap().into(), tracks, cuts: Arc::new(cuts) }
    }

    /// The init segment of another kind of stream.
    pub(crate) fn sound_only() -> Bytes {
        let entry = SampleEntry::Aac { config: Bytes::from_static(&[0x11, 0x90]), sample_rate: 48_000, channels: 2 };
        init_segment(&[Track { id: 1, timescale: NonZeroU32::new(48_000).unwrap(), entry }]).unwrap().into()
    }
}

/// A run of a stream, and its fragments.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) run: RunId,
    pub(crate) stream: StreamId,
    pub(crate) boot: BootId,
    pub(crate) footage: Footage,
    /// When its first picture was taken, by the recorder's clock since boot.
    pub(crate) boot_start: BootTime,
    /// The same as wall time.
    pub(crate) wall_start: Timestamp,
}

impl Run {
    pub(crate) fn new(stream: StreamId, footage: &Footage) -> Self {
        let (run, boot) = (RunId::mint(MORNING, &OsRandom), BootId::mint(MORNING, &OsRandom));
        let boot_start = BootTime::from_micros(1_000_000_000);
        Self { run, stream, boot, footage: footage.clone(), boot_start, wall_start: MORNING }
    }

    /// The run that follows so many seconds after the start of this one.
    pub(crate) fn next_after(&self, secs: u32) -> Self {
        let boot_start = BootTime::from_micros(self.boot_start.as_micros() + u64::from(secs) * 1_000_000);
        let wall_start = Timestamp::from_micros(self.wall_start.as_micros() + i64::from(secs) * 1_000_000);
        Self { run: RunId::mint(MORNING, &OsRandom), boot_start, wall_start, ..self.clone() }
    }

    /// Whether there is footage for the fragment.
    pub(crate) fn has(&self, sequence: u64) -> bool {
        sequence < self.footage.cuts.len() as u64
    }

    pub(crate) fn header(&self, sequence: u64) -> FragmentHeader {
        let cut = &self.footage.cuts[sequence as usize];
        FragmentHeader {
            v: 1,
            run: self.run,
            sequence: Sequence::new(sequence).unwrap(),
            stream: self.stream,
            boot: self.boot,
            clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
            starts_with_sync: cut.starts_with_sync,
            tracks: vec![self.track(cut)],
        }
    }

    fn track(&self, cut: &Cut) -> TrackHeader {
        let track = &cut.tracks[0];
        let micros = |ticks: i64| ticks * 100 / 9;
        let boot = |ticks| BootTime::from_micros(self.boot_start.as_micros() + micros(ticks) as u64);
        let wall = |ticks| Timestamp::from_micros(self.wall_start.as_micros() + micros(ticks));
        TrackHeader {
            track: 1,
            kind: TrackKind::Video,
            codec: self.footage.tracks[0].codec(),
            timescale: self.footage.tracks[0].timescale,
            media_start: track.media_start,
            media_end: track.media_end,
            boot_start: boot(track.media_start),
            boot_end: boot(track.media_end),
            wall_start: wall(track.media_start),
            wall_end: wall(track.media_end),
            samples: track.samples.len() as u32,
            lost_packets: 0,
            damaged: false,
            origin: None,
            camera_wall_start: None,
        }
    }

    /// The bytes of a fragment.
    pub(crate) fn fragment(&self, sequence: u64) -> Bytes {
        self.with_header(sequence, &self.header(sequence))
    }

    /// The bytes of a fragment under another header.
    pub(crate) fn with_header(&self, sequence: u64, header: &FragmentHeader) -> Bytes {
        write_fragment(header, &self.footage.cuts[sequence as usize])
    }

    /// What the recorder signs about a range, both ends included.
    pub(crate) fn statement(&self, recorder: RecorderId, first: u64, last: u64) -> RangeStatement {
        RangeStatement {
            v: 1,
            r#type: "range".to_owned(),
            recorder,
            stream: self.stream,
            run: self.run,
            init: Sha256::of(&self.footage.init),
            first: Sequence::new(first).unwrap(),
            fragments: (first..=last).map(|sequence| Sha256::of(&self.fragment(sequence))).collect(),
        }
    }
}
