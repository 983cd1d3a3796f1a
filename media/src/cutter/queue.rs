//! What one track holds back until it is cut, and the decode times of it.

use std::collections::VecDeque;

use bytes::Bytes;
use liuhen_proto::fragment::{Origin, TrackKind};
use liuhen_proto::time::MediaTime;

use super::{AccessUnit, CutError, CutTrack, MAX_ACCESS_UNIT_BYTES, MAX_CUT_BYTES, MAX_HELD_SOUND_BYTES, MAX_SECS};
use super::{MAX_SOUND_SECS, MIN_SECS, Sample};
use crate::g711;
use crate::track::{SampleEntry, Track};

/// No stream reorders further than H.264's and H.265's decoded picture buffer of 16 pictures.
const MAX_REORDER: usize = 16;
/// B-frames lie less than this behind the latest picture.
const MAX_BACK_SECS: i64 = 3;
/// Jitter of sound is less than this.
const MAX_SOUND_BACK_MS: i64 = 300;
/// A step further ahead is a jump, unless as much time passed before it arrived.
const MAX_AHEAD_SECS: i64 = 10;
/// A header speaks of at most 60 s, so no step may come near it.
const MAX_STEP_SECS: i64 = 50;
/// Sound that is missing for longer ends the fragment, so that coverage shows the hole.
const SOUND_HOLE_MS: i64 = 500;
/// A picture that lasts longer than this, and four times as long as the one before, was not followed by
/// the one that the camera took next.
const PICTURE_HOLE_SECS: i64 = 2;

#[derive(Debug)]
pub(super) struct Queue {
    track: Track,
    units: VecDeque<AccessUnit>,
    /// Presentation times that no sample has been given as its decode time, ascending; as many as `units`.
    times: VecDeque<i64>,
    bytes: usize,
    /// The latest presentation time, and when it arrived.
    latest: Option<(i64, u64)>,
    /// Access units in a row that lie before `latest`.
    behind: usize,
    /// By how many places pictures were reordered in this group of pictures, and in the one before.
    reorder: [usize; 2],
    /// Where the track's last cut ended.
    end: i64,
    /// Usual ticks from one access unit to the next.
    step: i64,
}

impl Queue {
    pub(super) fn new(track: Track) -> Self {
        let step = match (&track.entry, track.kind()) {
            (_, TrackKind::Video) => i64::from(track.timescale.get()) / 25,
            (SampleEntry::G711 { .. }, _) => 1,
            _ => 1_024,
        };
        Self {
            track,
            units: VecDeque::new(),
            times: VecDeque::new(),
            bytes: 0,
            latest: None,
            behind: 0,
            reorder: [0; 2],
            end: 0,
            step: step.max(1),
        }
    }

    pub(super) const fn id(&self) -> u32 {
        self.track.id
    }

    pub(super) fn is_video(&self) -> bool {
        self.track.kind() == TrackKind::Video
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// What waits next, if it is a key frame.
    pub(super) fn first_key(&self) -> Option<Bytes> {
        self.units.front().filter(|unit| unit.sync && self.is_video()).map(|unit| unit.data.clone())
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many access units must have come after a cut's end before its decode times are certain.
    pub(super) fn reorder_depth(&self) -> usize {
        self.reorder[0].max(self.reorder[1])
    }

    fn ticks(&self, millis: i64) -> i64 {
        i64::from(self.track.timescale.get()).saturating_mul(millis) / 1_000
    }

    pub(super) fn admit(&mut self, mut unit: AccessUnit) -> Result<(), CutError> {
        self.check_size(&unit)?;
        unit.pts = unit.pts.max(0);
        self.check_step(&unit)?;
        if self.is_video() {
            self.note_reordering(&unit);
        } else {
            unit.sync = true;
            self.note_step(&unit);
        }
        let arrival = unit.arrival.as_micros();
        match self.latest {
            Some((pts, _)) if unit.pts <= pts => self.behind += 1,
            _ => (self.latest, self.behind) = (Some((unit.pts, arrival)), 0),
        }
        let place = self.times.partition_point(|&time| time <= unit.pts);
        self.times.insert(place, unit.pts);
        self.bytes += unit.data.len();
        self.units.push_back(unit);
        Ok(())
    }

    fn check_size(&self, unit: &AccessUnit) -> Result<(), CutError> {
        let size_bytes = unit.data.len();
        let whole = match self.track.entry {
            SampleEntry::G711 { channels, .. } => {
                size_bytes.is_multiple_of(channels.into()) && size_bytes / usize::from(channels) <= g711::MAX_FRAME
            }
            _ => true,
        };
        if size_bytes == 0 || size_bytes > MAX_ACCESS_UNIT_BYTES || !whole {
            return Err(CutError::Size { track: self.id(), size_bytes });
        }
        Ok(())
    }

    fn check_step(&self, unit: &AccessUnit) -> Result<(), CutError> {
        let Some((latest, arrived)) = self.latest else { return Ok(()) };
        let (track, from, to) = (self.id(), latest, unit.pts);
        let step = to.saturating_sub(from);
        let max_back = if self.is_video() { self.ticks(MAX_BACK_SECS * 1_000) } else { self.ticks(MAX_SOUND_BACK_MS) };
        if step < -max_back || self.behind >= MAX_REORDER {
            return Err(CutError::JumpBack { track, from, to });
        }
        let waited_ms = i64::try_from(unit.arrival.as_micros().saturating_sub(arrived) / 1_000).unwrap_or(i64::MAX);
        let explained = self.ticks(waited_ms.saturating_mul(2));
        if step > self.ticks(MAX_STEP_SECS * 1_000) || (step > self.ticks(MAX_AHEAD_SECS * 1_000) && step > explained) {
            return Err(CutError::JumpAhead { track, from, to });
        }
        Ok(())
    }

    fn note_reordering(&mut self, unit: &AccessUnit) {
        if unit.sync {
            self.reorder = [0, self.reorder[0]];
        }
        if self.latest.is_some_and(|(latest, _)| unit.pts < latest) {
            let later = self.units.iter().filter(|earlier| earlier.pts > unit.pts).count();
            self.reorder[0] = self.reorder[0].max(later.min(MAX_REORDER));
        }
    }

    fn note_step(&mut self, unit: &AccessUnit) {
        let Some((latest, _)) = self.latest else { return };
        let step = unit.pts - latest;
        if (1..=8_192).contains(&step) {
            self.step = step;
        }
    }

    /// How long an access unit lasts by itself.
    fn nominal(&self, unit: &AccessUnit) -> i64 {
        match self.track.entry {
            SampleEntry::G711 { channels, .. } => (unit.data.len() / usize::from(channels)) as i64,
            SampleEntry::Opus { .. } => opus_samples(&unit.data).unwrap_or(self.step),
            _ => self.step,
        }
    }

    /// Where the next fragment should begin: the place of an access unit, from 1.
    pub(super) fn find_cut(&self, bytes_of_others: usize) -> Option<usize> {
        let first = self.units.front()?;
        let mut bytes = bytes_of_others.min(MAX_HELD_SOUND_BYTES) + first.data.len();
        for (at, unit) in self.units.iter().enumerate().skip(1) {
            let length = self.times[at] - self.times[0];
            let at_sync = self.is_video() && unit.sync && (!first.sync || length >= self.ticks(MIN_SECS * 1_000));
            bytes += unit.data.len();
            if at_sync || length >= self.ticks(MAX_SECS * 1_000) || bytes > MAX_CUT_BYTES || self.hole_before(at) {
                return Some(at);
            }
        }
        None
    }

    /// Whether the access unit comes so late after the one before that sound is missing between them.
    fn hole_before(&self, at: usize) -> bool {
        let before = &self.units[at - 1];
        !self.is_video() && self.units[at].pts - before.pts - self.nominal(before) > self.ticks(SOUND_HOLE_MS)
    }

    fn first_hole(&self) -> Option<usize> {
        (1..self.len()).find(|&at| self.hole_before(at))
    }

    /// Whether the track, which does not lead, can wait no longer.
    pub(super) fn must_go(&self) -> bool {
        let (Some(first), Some(last)) = (self.units.front(), self.units.back()) else { return false };
        last.pts - first.pts >= self.ticks(MAX_SOUND_SECS * 1_000)
            || self.bytes > MAX_HELD_SOUND_BYTES
            || self.first_hole().is_some()
    }

    /// How many access units have an end that is known, when none leads.
    pub(super) fn settled(&self) -> usize {
        self.len().saturating_sub(1 + self.reorder_depth())
    }

    /// When the access unit at the place is decoded.
    pub(super) fn time(&self, at: usize) -> MediaTime {
        MediaTime { ticks: self.times[at], timescale: self.track.timescale }
    }

    /// How many access units lie before the moment.
    pub(super) fn count_before(&self, moment: MediaTime) -> usize {
        let scaled = |ticks: i64, by: u32| i128::from(ticks) * i128::from(by);
        let limit = scaled(moment.ticks, self.track.timescale.get());
        self.units.iter().take_while(|unit| scaled(unit.pts, moment.timescale.get()) < limit).count()
    }

    /// Takes the first `count` access units, of sound only those before a hole.
    pub(super) fn take(&mut self, count: usize) -> Option<CutTrack> {
        let count = if self.is_video() { count } else { self.first_hole().map_or(count, |hole| count.min(hole)) };
        if count == 0 {
            return None;
        }
        let starts = self.decode_times(count);
        let units: Vec<_> = self.units.drain(..count).collect();
        self.bytes -= units.iter().map(|unit| unit.data.len()).sum::<usize>();
        let media_end = *starts.last().expect("one more than the units, of which there are some");
        self.end = media_end;
        let (samples, origin) = self.samples(&units, &starts);
        Some(CutTrack {
            track: self.id(),
            media_start: starts[0],
            media_end,
            samples,
            lost_packets: units.iter().fold(0, |sum, unit| sum.saturating_add(unit.lost_packets)),
            damaged: units.iter().any(|unit| unit.damaged),
            origin,
            first_arrival: units[0].arrival,
            last_arrival: units[count - 1].arrival,
        })
    }

    /// Decode times of the first `count` access units, and where the last of them ends.
    fn decode_times(&mut self, count: usize) -> Vec<i64> {
        let mut starts: Vec<i64> = Vec::with_capacity(count + 1);
        for time in self.times.drain(..count) {
            let earliest = starts.last().map_or(self.end, |before| before + 1);
            starts.push(time.max(earliest));
        }
        let last = starts[count - 1];
        if self.is_video() && count > 1 {
            self.step = last - starts[count - 2];
        }
        let usual = if self.is_video() { self.step } else { self.nominal(&self.units[count - 1]) }.max(1);
        let hole = if self.is_video() {
            usual.saturating_mul(4).max(self.ticks(PICTURE_HOLE_SECS * 1_000))
        } else {
            usual + self.ticks(SOUND_HOLE_MS)
        };
        let next = self.times.front().map(|&next| next.max(last + 1)).filter(|next| next - last <= hole);
        starts.push(next.unwrap_or(last + usual));
        starts
    }

    fn samples(&self, units: &[AccessUnit], starts: &[i64]) -> (Vec<Sample>, Option<Origin>) {
        if let SampleEntry::G711 { law, channels, .. } = self.track.entry {
            let mut hasher = liuhen_proto::digest::Hasher::default();
            units.iter().for_each(|unit| hasher.update(&unit.data));
            let origin = Origin { codec: law.as_str().to_owned(), sha256: hasher.finish() };
            return (g711_samples(law, channels, units, starts), Some(origin));
        }
        let sample = |(unit, times): (&AccessUnit, &[i64])| {
            let sync = unit.sync;
            let offset = if self.is_video() { unit.pts - times[0] } else { 0 };
            sample(unit.data.clone(), times[1] - times[0], offset, sync)
        };
        (units.iter().zip(starts.windows(2)).map(sample).collect(), None)
    }
}

fn sample(data: Bytes, duration: i64, offset: i64, sync: bool) -> Sample {
    let offset = i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX });
    Sample { data, duration: u32::try_from(duration).unwrap_or(u32::MAX), composition_offset: offset, sync }
}

/// One FLAC frame for access units that follow each other without a hole: a frame for each RTP packet
/// of 20 ms would cost more than its sound.
fn g711_samples(law: crate::track::Law, channels: u16, units: &[AccessUnit], starts: &[i64]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut from = 0;
    while from < units.len() {
        let mut bytes = units[from].data.to_vec();
        let mut to = from + 1;
        while to < units.len() && starts[to] - starts[from] == (bytes.len() / usize::from(channels)) as i64 {
            let limit = g711::MAX_MERGED * usize::from(channels);
            if bytes.len() + units[to].data.len() > limit {
                break;
            }
            bytes.extend_from_slice(&units[to].data);
            to += 1;
        }
        let frame = g711::frame(law, channels, &bytes, starts[from]);
        samples.push(sample(frame.into(), starts[to] - starts[from], 0, true));
        from = to;
    }
    samples
}

/// RFC 6716 section 3.1: samples of 48 kHz in a packet.
fn opus_samples(packet: &[u8]) -> Option<i64> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => i64::from(packet.get(1)? & 0x3f).clamp(1, 48),
    };
    Some(frame * frames)
}
