//! An MP4 file of any interval that exists only as a plan: stored fragments with decode times patched in place.
//!
//! In: what is stored of one stream. Out: a plan of parts, readable at any range; the caller does the I/O.
//! - One codec configuration a file; where it changes, the parts are listed instead.
//! - Time 0 is where the file's interval begins; each run stands at its wall-clock time, so a gap in
//!   the footage is a gap of the same length in the file. Within a run the media clock is kept as it is.
//! - `mehd` and `sidx` tell how long the file is and where to seek. A box behind the init segment says that the file is derived: with other decode times, the fragments
//!   no longer have the digests that were sealed.

mod head;

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{Code, Interval, Sha256, Timestamp};

use crate::select::{Chosen, Group, Piece, groups_in, interval_of};
use crate::track::{InitInfo, Track};

/// Type of the `uuid` box that marks a derived file; its content is JSON.
pub const DERIVED_UUID: &[u8; 16] = b"LiuhenDerivedMp4";

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
    head: Bytes,
    fragments: Vec<Planned>,
    size_bytes: u64,
    etag: String,
    interval: Interval,
}

/// A fragment in the file.
#[derive(Debug, Clone)]
struct Planned {
    /// Where it begins, counted from the end of the head.
    start: u64,
    piece: usize,
    offset_bytes: u64,
    size_bytes: u32,
    /// Where in the fragment a decode time stands, and what it is in the file; ascending.
    decode_times: Vec<(u32, u64)>,
    /// When the leading track begins in it, ticks of the file, and whether decoding can begin here.
    leading: Option<(u64, bool)>,
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
        let end = range.end.min(self.size_bytes);
        let mut at = range.start;
        std::iter::from_fn(move || {
            let (slice, next) = (at < end).then(|| self.slice(at, end))?;
            at = next;
            Some(slice)
        })
    }

    /// The slice that begins at `at`, and where it ends.
    fn slice(&self, at: u64, end: u64) -> (Slice, u64) {
        let head = self.head.len() as u64;
        if at < head {
            let next = end.min(head);
            // Both are within the head, whose length is a usize.
            return (Slice::Bytes(self.head.slice(at as usize..next as usize)), next);
        }
        let (at, end) = (at - head, end - head);
        let place = self.fragments.partition_point(|planned| planned.start <= at) - 1;
        let planned = &self.fragments[place];
        let from = at - planned.start;
        let to = (end - planned.start).min(planned.size_bytes.into());
        let patches = planned.decode_times.iter().filter_map(|&(place, time)| patch(place.into(), time, from, to));
        let slice = Slice::Stored {
            piece: planned.piece,
            offset_bytes: planned.offset_bytes + from,
            size_bytes: u32::try_from(to - from).expect("at most the fragment's size"),
            patches: patches.collect(),
        };
        (slice, head + planned.start + to)
    }
}

/// What of the 8 bytes at `place` falls into `from..to`, counted from `from`.
fn patch(place: u64, time: u64, from: u64, to: u64) -> Option<Patch> {
    let (start, end) = (place.max(from), (place + 8).min(to));
    let bytes = time.to_be_bytes();
    let part = (start < end).then(|| &bytes[(start - place) as usize..(end - place) as usize])?;
    Some(Patch { at: (start - from) as usize, bytes: Bytes::copy_from_slice(part) })
}

/// Plans the file. `pieces` of one stream, ascending in time.
pub fn plan(stream: StreamId, pieces: &[Piece], interval: Interval) -> Result<Plan, PlanError> {
    let mut groups = groups_in(pieces, interval);
    if let Some(last) = groups.last_mut() {
        // Rounded up to a fragment is enough at the end: nothing is decoded from what follows it.
        let needed = last.fragments.iter().rposition(|chosen| interval_of(chosen.fragment).intersect(interval).is_some());
        last.fragments.truncate(needed.map_or(1, |needed| needed + 1));
    }
    let first = groups.first().ok_or(PlanError::Nothing)?;
    if groups.iter().any(|group| group.info.sha256 != first.info.sha256) {
        return Err(PlanError::Mixed(configuration_parts(&groups)));
    }
    let init = &pieces[first.fragments[0].piece].init;
    let mut layout = Layout::new(first);
    groups.iter().for_each(|group| layout.add(group));
    Ok(layout.finish(init, stream))
}

fn configuration_parts(groups: &[Group<'_>]) -> Vec<ConfigurationPart> {
    let mut parts: Vec<ConfigurationPart> = Vec::new();
    for group in groups {
        let interval = group.interval();
        match parts.last_mut().filter(|part| part.init == group.info.sha256) {
            Some(part) => part.interval = part.interval.hull(interval),
            None => {
                let codecs: Vec<_> = group.info.tracks.iter().map(Track::codec).collect();
                let (run, init) = (group.run, group.info.sha256);
                parts.push(ConfigurationPart { run, interval, init, codecs: codecs.join(",") });
            }
        }
    }
    parts
}

/// Where fragments come to lie, in bytes and in time.
struct Layout<'a> {
    info: &'a InitInfo,
    /// The picture, else the sound.
    leading: &'a Track,
    fragments: Vec<Planned>,
    size_bytes: u64,
    hasher: Hasher,
    /// What the file holds; its start is the file's time 0.
    held: Interval,
    /// The run that is being laid out, and how far its media time is moved, in microseconds.
    run: Option<(RunId, i64)>,
    /// Where each track ends so far, ticks of the file.
    ends: HashMap<u32, i64>,
}

impl<'a> Layout<'a> {
    fn new(first: &Group<'a>) -> Self {
        let video = first.info.tracks.iter().find(|track| track.kind() == TrackKind::Video);
        let leading = video.or(first.info.tracks.first()).expect("an init segment has a track");
        let mut layout = Self {
            info: first.info,
            leading,
            fragments: Vec::new(),
            size_bytes: 0,
            hasher: Hasher::default(),
            held: first.interval(),
            run: None,
            ends: HashMap::new(),
        };
        // Sound may begin some milliseconds before the picture, and no decode time can be below 0.
        let starts = first.first().tracks.iter().map(|track| layout.micros(track.track, track.media_start));
        let zero_us = origin_us(first, &layout).saturating_add(starts.min().unwrap_or(0));
        if let Ok(held) = Interval::new(Timestamp::from_micros(zero_us), layout.held.end()) {
            layout.held = held;
        }
        layout
    }

    fn micros(&self, track: u32, ticks: i64) -> i64 {
        self.info.track(track).map_or(0, |track| MediaTime { ticks, timescale: track.timescale }.to_micros())
    }

    fn ticks(&self, track: u32, micros: i64) -> i64 {
        self.info.track(track).map_or(0, |track| MediaTime::from_micros(micros, track.timescale).ticks)
    }

    fn add(&mut self, group: &Group<'_>) {
        let shift_us = match self.run {
            Some((run, shift_us)) if run == group.run => shift_us,
            _ => self.shift_of(group),
        };
        self.run = Some((group.run, shift_us));
        group.fragments.iter().for_each(|chosen| self.add_fragment(chosen, shift_us));
    }

    /// By wall time; but two runs that overlap by an error of the clocks follow each other.
    fn shift_of(&self, group: &Group<'_>) -> i64 {
        let by_wall = origin_us(group, self) - self.held.start().as_micros();
        let missing = |track: &IndexedTrack| {
            let end = self.ends.get(&track.track).copied().unwrap_or(0);
            let over = end - track.media_start - self.ticks(track.track, by_wall);
            // A millisecond more than needed, so that no rounding brings the overlap back.
            if over > 0 { self.micros(track.track, over) + 1_000 } else { 0 }
        };
        by_wall + group.first().tracks.iter().map(missing).max().unwrap_or(0)
    }

    fn add_fragment(&mut self, chosen: &Chosen<'_>, shift_us: i64) {
        let fragment: &IndexedFragment = chosen.fragment;
        let mut decode_times = Vec::with_capacity(fragment.tracks.len());
        let mut leading = None;
        self.hasher.update(fragment.sha256.as_bytes());
        self.held = self.held.hull(interval_of(fragment));
        for track in &fragment.tracks {
            let shift = self.ticks(track.track, shift_us);
            let earliest = self.ends.get(&track.track).copied().unwrap_or(0);
            let time = (track.media_start + shift).max(earliest);
            self.ends.insert(track.track, time + (track.media_end - track.media_start));
            decode_times.push((track.decode_time_offset_bytes, time.unsigned_abs()));
            self.hasher.update(&time.to_be_bytes());
            if track.track == self.leading.id {
                leading = Some((time.unsigned_abs(), fragment.starts_with_sync));
            }
        }
        decode_times.sort_unstable();
        self.fragments.push(Planned {
            start: self.size_bytes,
            piece: chosen.piece,
            offset_bytes: fragment.offset_bytes,
            size_bytes: fragment.size_bytes,
            decode_times,
            leading,
        });
        self.size_bytes += u64::from(fragment.size_bytes);
    }

    fn finish(mut self, init: &Bytes, stream: StreamId) -> Plan {
        let end = self.ends.get(&self.leading.id).map_or(0, |end| end.unsigned_abs());
        let head = head::head(init, stream, self.held, self.leading, &self.fragments, end);
        self.hasher.update(&head);
        Plan {
            size_bytes: head.len() as u64 + self.size_bytes,
            head,
            fragments: self.fragments,
            etag: format!("\"{}\"", self.hasher.finish()),
            interval: self.held,
        }
    }
}

/// Wall time of a run's media time 0, as its leading track tells it where the group begins.
fn origin_us(group: &Group<'_>, layout: &Layout<'_>) -> i64 {
    let (first, _) = group.leading();
    first.interval.start().as_micros() - layout.micros(first.track, first.media_start)
}

#[cfg(test)]
mod tests;
