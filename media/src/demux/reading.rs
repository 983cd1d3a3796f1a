//! The access units of a file, one after the other.

use std::collections::VecDeque;
use std::path::PathBuf;

use liuhen_proto::BootTime;
use liuhen_proto::fragment::TrackKind;

use super::DemuxError;
use super::entry::Lane;
use super::timeline::{MAX_PARTS, Part, Timeline, TooManyParts};
use super::units::{self, Content};
use crate::cutter::{AccessUnit, MAX_ACCESS_UNIT_BYTES};
use crate::ffmpeg::{Input, Unit};
use crate::track::Track;

/// Times of sound that lie so near to where its samples put it are those of its samples: containers count
/// milliseconds, and DAV begins every second anew.
const SOUND_JITTER_MS: i64 = 40;

/// An access unit of the file.
#[derive(Debug, Clone)]
pub struct FileUnit {
    /// Its part ([`Reading::parts`]), which is to become a run of its own.
    pub part: usize,
    /// Times are ticks since the part began; its arrival is not known and always 0.
    pub unit: AccessUnit,
}

/// A file that is being read.
pub struct Reading {
    path: PathBuf,
    input: Input,
    lanes: Vec<Lane>,
    tracks: Vec<Track>,
    timeline: Timeline,
    ahead: VecDeque<Unit>,
    ready: VecDeque<FileUnit>,
    /// Where the next sound of each lane is expected, ticks of the file's time.
    expected: Vec<Option<i64>>,
    dropped: u64,
    torn: Option<String>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("path", &self.path).field("tracks", &self.tracks).finish_non_exhaustive()
    }
}

impl Reading {
    pub(super) fn new(path: PathBuf, input: Input, lanes: Vec<Lane>, ahead: Vec<Unit>) -> Self {
        Self {
            path,
            input,
            tracks: lanes.iter().map(|lane| lane.track.clone()).collect(),
            timeline: Timeline::new(lanes.len()),
            expected: vec![None; lanes.len()],
            lanes,
            ahead: ahead.into(),
            ready: VecDeque::new(),
            dropped: 0,
            torn: None,
        }
    }

    /// What is read.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Parts of the file, each between two jumps of its time stamps; as far as it was read.
    pub fn parts(&self) -> &[Part] {
        self.timeline.parts()
    }

    /// Packets so far that held nothing that could be stored.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Why the file ended before its end, where it did.
    pub fn torn(&self) -> Option<&str> {
        self.torn.as_deref()
    }

    /// The next access unit; none at the end. Blocking.
    pub fn next_unit(&mut self) -> Result<Option<FileUnit>, DemuxError> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            let Some(packet) = self.packet() else { return Ok(None) };
            if let Some(lane) = self.lanes.iter().position(|lane| lane.stream == packet.stream) {
                self.take(lane, packet)?;
            }
        }
    }

    fn packet(&mut self) -> Option<Unit> {
        if let Some(unit) = self.ahead.pop_front() {
            return Some(unit);
        }
        if self.torn.is_some() {
            return None;
        }
        match self.input.next() {
            Ok(unit) => unit,
            // What was read is footage all the same: a card that was pulled out ends like this.
            Err(error) => {
                self.torn = Some(error.to_string());
                None
            }
        }
    }

    fn take(&mut self, at: usize, packet: Unit) -> Result<(), DemuxError> {
        let lane = &self.lanes[at];
        let video = lane.track.kind() == TrackKind::Video;
        let stamp = match packet.pts {
            Some(pts) => Some(pts),
            None if !video || lane.in_order => packet.dts,
            None => return Err(DemuxError::NoTimes(self.path.clone())),
        };
        let stamp = stamp.map(|stamp| rescale(stamp, lane.time_base, lane.track.timescale.get()));
        let mut ticks = match (stamp, self.expected[at]) {
            (Some(stamp), Some(expected)) if !video && (stamp - expected).abs() <= jitter(&lane.track) => expected,
            (Some(stamp), _) => stamp,
            (None, Some(expected)) => expected,
            (None, None) if video => return Err(DemuxError::NoTimes(self.path.clone())),
            (None, None) => {
                self.dropped += 1;
                return Ok(());
            }
        };
        let (size, shape, nominal) = (packet.data.len(), lane.shape, lane.nominal);
        let pieces = if size > MAX_ACCESS_UNIT_BYTES { Vec::new() } else { units::pieces(shape, packet.data) };
        if pieces.is_empty() {
            self.dropped += 1;
        }
        for piece in pieces {
            let part = self.place(at, video, ticks)?;
            let damaged = packet.damaged || piece.damaged;
            let unit = self.unit(at, part, ticks, packet.key, damaged, piece.content);
            self.ready.push_back(FileUnit { part, unit });
            let length = nominal.or(piece.samples);
            self.expected[at] = length.filter(|_| !video).map(|length| ticks.saturating_add(length));
            ticks = self.expected[at].unwrap_or(ticks);
        }
        Ok(())
    }

    fn place(&mut self, at: usize, video: bool, ticks: i64) -> Result<usize, DemuxError> {
        let us = rescale(ticks, (1, self.lanes[at].track.timescale.get()), 1_000_000);
        let jumps = |TooManyParts| DemuxError::Jumps { path: self.path.clone(), limit: MAX_PARTS };
        self.timeline.place(at, video, us).map_err(jumps)
    }

    fn unit(&self, at: usize, part: usize, ticks: i64, key: bool, damaged: bool, content: Content) -> AccessUnit {
        let track = &self.lanes[at].track;
        let zero = rescale(self.timeline.parts()[part].file_us, (1, 1_000_000), track.timescale.get());
        let pts = ticks.saturating_sub(zero).max(0);
        let data = match content {
            Content::Bytes(bytes) => bytes,
            Content::Sound(samples, channels) => crate::g711::flac_frame(&samples, channels, pts).into(),
        };
        AccessUnit { track: track.id, pts, sync: key, data, lost_packets: 0, damaged, arrival: BootTime::from_micros(0) }
    }
}

fn jitter(track: &Track) -> i64 {
    i64::from(track.timescale.get()) * SOUND_JITTER_MS / 1_000
}

/// A time in another unit, rounded; at the ends of what can be told where it lies beyond.
fn rescale(ticks: i64, (num, den): (u32, u32), to: u32) -> i64 {
    let (product, den) = (i128::from(ticks) * i128::from(num) * i128::from(to), i128::from(den));
    // Half of what can be told leaves room for sums and differences.
    let limit = i128::from(i64::MAX / 4);
    (product + den / 2).div_euclid(den).clamp(-limit, limit) as i64
}
