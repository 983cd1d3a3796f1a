//! A file as runs of fragments: what a recorder makes of a camera, made of a file.
//!
//! In: access units. Out: segment files in the order of time, or only their measure. Always: boot times count from 0
//! at the first picture or sound, wall times are the declared start plus these. Not here: reading the file
//! (`liuhen_media::demux`), where fragments end (`liuhen_media::cutter`).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use liuhen_media::cutter::{Cut, CutError, Cutter};
use liuhen_media::demux::{FileUnit, Reading};
use liuhen_media::segment_file::SegmentWriter;
use liuhen_media::track::{Track, init_segment};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::import::ImportedRun;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_proto::{BootTime, Interval, MediaTime, Sha256, Span, Timestamp};

/// A segment file ends behind the fragment that makes it so long; a minute, as those of recorders.
const SEGMENT_US: u64 = 60_000_000;
/// Or so large.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Who it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) stream: StreamId,
    pub(super) boot: BootId,
}

/// What was made.
#[derive(Debug, Default)]
pub(super) struct Film {
    pub(super) runs: Vec<ImportedRun>,
    /// In the order of time; none where nothing was to be written.
    pub(super) files: Vec<PathBuf>,
    pub(super) codecs: Vec<String>,
    pub(super) length: Span,
    pub(super) fragments: u64,
    pub(super) bytes: u64,
    /// Packets that held nothing that could be stored.
    pub(super) dropped: u64,
    /// Why the file ended before its end.
    pub(super) torn: Option<String>,
}

impl Film {
    /// When it was, where it begins then.
    pub(super) fn interval(&self, start: Timestamp) -> Option<Interval> {
        Interval::new(start, start.after(self.length)).ok()
    }
}

/// A run that is being made.
struct Run {
    part: usize,
    run: RunId,
    cutter: Cutter,
    next: Sequence,
    writer: Option<SegmentWriter>,
    /// Where its segment began.
    begun: Option<u64>,
    files: Vec<PathBuf>,
}

/// Makes runs.
struct Maker<'a> {
    ids: Ids,
    start: Timestamp,
    tracks: Vec<Track>,
    init: Vec<u8>,
    output: Option<&'a Path>,
    /// Where the first picture or sound lies on the file's line.
    zero: Option<i64>,
    film: Film,
}

/// Reads to the end. `stop` ends the work early.
pub(super) fn make(reading: &mut Reading, ids: Ids, start: Timestamp, output: Option<&Path>, stop: &AtomicBool) -> Result<Film> {
    let tracks = reading.tracks().to_vec();
    let init = init_segment(&tracks)?;
    let codecs = tracks.iter().map(Track::codec).collect();
    let mut maker = Maker { ids, start, tracks, init, output, zero: None, film: Film { codecs, ..Film::default() } };
    let mut runs: Vec<Run> = Vec::new();
    while let Some(unit) = reading.next_unit()? {
        if stop.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        let begin = reading.parts()[unit.part].start_us;
        if !runs.iter().any(|run| run.part == unit.part) {
            runs.push(maker.begin(unit.part)?);
        }
        let run = runs.iter_mut().find(|run| run.part == unit.part).context("the run has begun")?;
        maker.push(run, unit, begin)?;
    }
    runs.sort_by_key(|run| run.part);
    for run in runs {
        let begin = reading.parts()[run.part].start_us;
        maker.finish(run, begin)?;
    }
    if maker.film.runs.is_empty() {
        bail!("there is neither picture nor sound in the file · 文件中没有可用的画面或声音");
    }
    maker.film.dropped += reading.dropped();
    maker.film.torn = reading.torn().map(str::to_owned);
    Ok(maker.film)
}

impl Maker<'_> {
    fn begin(&self, part: usize) -> Result<Run> {
        let run = RunId::mint(SystemClock.now(), &OsRandom);
        let cutter = Cutter::new(&self.tracks)?;
        Ok(Run { part, run, cutter, next: Sequence::FIRST, writer: None, begun: None, files: Vec::new() })
    }

    fn push(&mut self, run: &mut Run, unit: FileUnit, begin: i64) -> Result<()> {
        match run.cutter.push(unit.unit) {
            Ok(cuts) => cuts.iter().try_for_each(|cut| self.fragment(run, cut, begin)),
            Err(CutError::JumpBack { .. } | CutError::JumpAhead { .. } | CutError::UnknownTrack(_) | CutError::Size { .. }) => {
                self.film.dropped += 1;
                Ok(())
            }
        }
    }

    fn finish(&mut self, mut run: Run, begin: i64) -> Result<()> {
        let cutter = std::mem::replace(&mut run.cutter, Cutter::new(&self.tracks)?);
        cutter.finish().iter().try_for_each(|cut| self.fragment(&mut run, cut, begin))?;
        if run.next == Sequence::FIRST {
            return Ok(());
        }
        if let Some(writer) = run.writer.take() {
            self.film.bytes += writer.size_bytes();
        }
        self.film.runs.push(ImportedRun { run: run.run, init: Sha256::of(&self.init), fragments: run.next.get() });
        self.film.files.append(&mut run.files);
        Ok(())
    }

    fn fragment(&mut self, run: &mut Run, cut: &Cut, begin: i64) -> Result<()> {
        let header = self.header(run, cut, begin)?;
        header.check().context("the file's times cannot be stored; --keep-only keeps it as it is")?;
        run.next = run.next.next();
        let times = header.tracks.iter().map(|track| (track.boot_start.as_micros(), track.boot_end.as_micros()));
        let (first, last) = times.fold((u64::MAX, 0), |(first, last), (start, end)| (first.min(start), last.max(end)));
        self.film.length = self.film.length.max(Span::from_micros(i64::try_from(last).unwrap_or(i64::MAX)));
        self.film.fragments += 1;
        if let Some(output) = self.output {
            let full = run.writer.as_ref().is_some_and(|writer| {
                writer.size_bytes() > SEGMENT_BYTES || run.begun.is_some_and(|begun| first.saturating_sub(begun) >= SEGMENT_US)
            });
            if full && let Some(writer) = run.writer.take() {
                self.film.bytes += writer.size_bytes();
            }
            let bytes = write_fragment(&header, cut);
            let writer = match &mut run.writer {
                Some(writer) => writer,
                none => {
                    let path = output.join(format!("{:03}-{:05}.mp4", run.part, run.files.len()));
                    run.files.push(path.clone());
                    run.begun = Some(first);
                    none.insert(SegmentWriter::create(&path, &self.init)?)
                }
            };
            writer.append(&bytes, Sha256::of(&bytes))?;
        }
        Ok(())
    }

    fn header(&mut self, run: &Run, cut: &Cut, begin: i64) -> Result<FragmentHeader> {
        let micros =
            |ticks: i64, track: &Track| begin.saturating_add(MediaTime { ticks, timescale: track.timescale }.to_micros());
        let known = |id: u32| self.tracks.iter().find(|track| track.id == id).context("a cut has tracks of its file");
        if self.zero.is_none() {
            let mut firsts = Vec::new();
            for track in &cut.tracks {
                firsts.push(micros(track.media_start, known(track.track)?));
            }
            self.zero = firsts.into_iter().min();
        }
        let zero = self.zero.unwrap_or(0);
        let mut tracks = Vec::with_capacity(cut.tracks.len());
        for track in &cut.tracks {
            let known = known(track.track)?;
            let boot = |ticks: i64| u64::try_from(micros(ticks, known).saturating_sub(zero)).unwrap_or(0);
            let (start, end) = (boot(track.media_start), boot(track.media_end));
            let wall = |boot: u64| self.start.after(Span::from_micros(i64::try_from(boot).unwrap_or(i64::MAX)));
            tracks.push(TrackHeader {
                track: track.track,
                kind: known.kind(),
                codec: known.codec(),
                timescale: known.timescale,
                media_start: track.media_start,
                media_end: track.media_end,
                boot_start: BootTime::from_micros(start),
                boot_end: BootTime::from_micros(end),
                wall_start: wall(start),
                wall_end: wall(end),
                samples: u32::try_from(track.samples.len()).unwrap_or(u32::MAX),
                lost_packets: track.lost_packets,
                damaged: track.damaged,
                origin: track.origin.clone(),
                camera_wall_start: None,
            });
        }
        Ok(FragmentHeader {
            v: 1,
            run: run.run,
            sequence: run.next,
            stream: self.ids.stream,
            boot: self.ids.boot,
            clock: ClockMapping { version: 1, source: ClockSource::Declared },
            starts_with_sync: cut.starts_with_sync,
            tracks,
        })
    }
}
