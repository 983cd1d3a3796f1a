//! Looks footage up: what is open first, then what is sealed.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use liuhen_archive::live::OpenSegment;
use liuhen_archive::records::{IndexedSegment, MAX_ROWS};
use liuhen_archive::{Archive, records};
use liuhen_media::select::Piece;
use liuhen_media::track::{InitInfo, read_init};
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::{Code, Interval, Problem, Span, Timestamp};

use super::{Files, Footage, MARGIN, Place};
use crate::error::{fault, records as failed};

/// The most segments of one plan: a day of footage in whole segments, seven times over.
const MAX_SEGMENTS: usize = 10_000;
/// The most init segments that are kept read.
const MAX_INITS: usize = 1024;
/// Once the interval is over, a run whose last fragment is older than this is taken for ended, told or not.
const LIVELY: Span = Span::from_secs(120);

/// Init segments of runs, kept because they never change.
#[derive(Default)]
pub(crate) struct Inits(Mutex<HashMap<RunId, (Bytes, InitInfo)>>);

impl Inits {
    fn known(&self, run: RunId) -> Option<(Bytes, InitInfo)> {
        self.0.lock().expect("no one panics while holding the inits").get(&run).cloned()
    }

    fn keep(&self, run: RunId, init: Bytes) -> Result<(Bytes, InitInfo), Problem> {
        let info = read_init(&init).map_err(|error| fault("read the init segment of a run", &error))?;
        let mut known = self.0.lock().expect("no one panics while holding the inits");
        if known.len() >= MAX_INITS {
            known.clear();
        }
        known.insert(run, (init.clone(), info.clone()));
        Ok((init, info))
    }

    async fn of(&self, archive: &Archive, run: RunId) -> Result<(Bytes, InitInfo), Problem> {
        if let Some(known) = self.known(run) {
            return Ok(known);
        }
        let found = archive.records.run(run).await.map_err(|error| failed("look the run up", error))?;
        self.keep(run, found.ok_or_else(|| Problem::not_found(run))?.init)
    }

    fn of_open(&self, segment: &OpenSegment) -> Result<(Bytes, InitInfo), Problem> {
        self.known(segment.run).map_or_else(|| self.keep(segment.run, segment.init.clone()), Ok)
    }
}

/// Fragments of one run, as they were asked for.
pub(crate) enum OfRun {
    /// All of them.
    Held(Footage),
    /// The run is none of the stream's, or some of them lie outside of the interval.
    Outside,
    /// Some of them are not there.
    Missing,
}

impl Footage {
    fn empty(archive: &Archive) -> Self {
        let (pieces, places) = (Vec::new(), Vec::new());
        Self { archive: archive.clone(), pieces, places, files: Files::default(), recording: false }
    }

    /// All that is stored of a stream in an interval, and around it as far as a player may need.
    pub(crate) async fn gather(archive: &Archive, inits: &Inits, stream: StreamId, interval: Interval) -> Result<Self, Problem> {
        let around = around(interval)?;
        let open = archive.live.open_in(stream, around);
        let sealed = sealed_in(archive, stream, around).await?;
        let mut footage = Self::empty(archive);
        let mut pieces = Vec::with_capacity(sealed.len() + open.len());
        for segment in open {
            let twice = |fragment: &IndexedFragment| {
                let holds =
                    |s: &records::Segment| s.run == segment.run && s.first <= fragment.sequence && fragment.sequence <= s.last;
                sealed.iter().any(|sealed| holds(&sealed.segment))
            };
            let fragments: Vec<_> = segment.fragments.iter().filter(|fragment| !twice(fragment)).cloned().collect();
            if !fragments.is_empty() {
                let (init, info) = inits.of_open(&segment)?;
                pieces.push((Piece { run: segment.run, init, info, fragments }, Place::Journal(segment.path)));
            }
        }
        for segment in sealed {
            let (init, info) = inits.of(archive, segment.segment.run).await?;
            let piece = Piece { run: segment.segment.run, init, info, fragments: segment.fragments };
            pieces.push((piece, Place::Object(segment.segment.object_name)));
        }
        pieces
            .sort_by_key(|(piece, _)| piece.fragments.first().map(|first| (first.interval().start(), piece.run, first.sequence)));
        (footage.pieces, footage.places) = pieces.into_iter().unzip();
        footage.recording = footage.is_recording(interval).await?;
        Ok(footage)
    }

    /// Fragments of one run, both ends included, all of them or none.
    pub(crate) async fn of_run(
        archive: &Archive,
        inits: &Inits,
        (stream, run): (StreamId, RunId),
        (first, last): (Sequence, Sequence),
        interval: Interval,
    ) -> Result<OfRun, Problem> {
        let known = archive.records.run(run).await.map_err(|error| failed("look the run up", error))?;
        if known.is_none_or(|known| known.stream != stream) {
            return Ok(OfRun::Outside);
        }
        let around = around(interval)?;
        // Whatever is open of it: what lies outside of the interval is told apart from what is not there.
        let open = archive.live.open_in(stream, always());
        let mut footage = Self::empty(archive);
        let mut next = first;
        while next <= last {
            let within = |fragment: &&IndexedFragment| next <= fragment.sequence && fragment.sequence <= last;
            let of_run = open.iter().filter(|segment| segment.run == run);
            let held = of_run.map(|segment| (segment, segment.fragments.iter().filter(within).cloned().collect::<Vec<_>>()));
            let held = held.into_iter().find(|(_, fragments)| fragments.first().is_some_and(|f| f.sequence == next));
            let (piece, place) = match held {
                Some((segment, fragments)) => {
                    let (init, info) = inits.of_open(segment)?;
                    (Piece { run, init, info, fragments }, Place::Journal(segment.path.clone()))
                }
                None => {
                    let found = archive.records.segment(run, next).await.map_err(|error| failed("look the segment up", error))?;
                    let Some(segment) = found else { return Ok(OfRun::Missing) };
                    let (init, info) = inits.of(archive, run).await?;
                    let fragments = segment.fragments.iter().filter(within).cloned().collect();
                    (Piece { run, init, info, fragments }, Place::Object(segment.segment.object_name))
                }
            };
            let Some(held) = piece.fragments.last() else { return Ok(OfRun::Missing) };
            if piece.fragments.iter().any(|fragment| fragment.interval().intersect(around).is_none()) {
                return Ok(OfRun::Outside);
            }
            next = held.sequence.next();
            footage.pieces.push(piece);
            footage.places.push(place);
        }
        Ok(OfRun::Held(footage))
    }

    /// Whether more may come at the end: the last run has no end yet, and was heard of lately or is
    /// awaited. A player is then not shown the last group, which may still grow.
    async fn is_recording(&self, interval: Interval) -> Result<bool, Problem> {
        let (Some(piece), Some(end)) = (self.pieces.last(), self.end()) else { return Ok(false) };
        let now = self.archive.clock.now();
        if now >= interval.end() && now.since(end) > LIVELY {
            return Ok(false);
        }
        let run = self.archive.records.run(piece.run).await.map_err(|error| failed("look the run up", error))?;
        Ok(run.is_some_and(|run| run.end.is_none()))
    }
}

/// Longer than anything was ever recorded.
fn always() -> Interval {
    let ends = [i64::MIN / 4, i64::MAX / 4].map(Timestamp::from_micros);
    Interval::new(ends[0], ends[1]).expect("the end comes after the start")
}

fn around(interval: Interval) -> Result<Interval, Problem> {
    Interval::new(interval.start().before(MARGIN), interval.end().after(MARGIN))
        .map_err(|error| Problem::field("interval", error.to_string()))
}

async fn sealed_in(archive: &Archive, stream: StreamId, interval: Interval) -> Result<Vec<IndexedSegment>, Problem> {
    let mut all: Vec<IndexedSegment> = Vec::new();
    let mut from = interval;
    loop {
        let found = archive.records.indexed_segments_in(stream, from, MAX_ROWS).await;
        let found = found.map_err(|error| failed("look segments up", error))?;
        let full = found.len() >= MAX_ROWS as usize;
        let before = all.len();
        // Those that touch the new start were in the last answer already.
        let known: std::collections::HashSet<_> = all.iter().map(|s| (s.segment.run, s.segment.first)).collect();
        all.extend(found.into_iter().filter(|s| !known.contains(&(s.segment.run, s.segment.first))));
        let Some(last) = all.last().filter(|_| full && all.len() > before) else { return Ok(all) };
        if all.len() > MAX_SEGMENTS {
            let message = format!("more than {MAX_SEGMENTS} segments touch the interval: ask for a shorter one");
            return Err(Problem::new(Code::ResourceExhausted, message, "该时间段内的录像片段过多，请缩短时间段"));
        }
        from = Interval::new(last.segment.interval.start(), interval.end())
            .map_err(|error| Problem::field("interval", error.to_string()))?;
    }
}
