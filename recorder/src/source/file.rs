//! An MP4 file, as if it were a camera: an ordinary one, or a segment file as the spool and the archive
//! keep them.
//!
//! A thread reads ahead by some frames, so that the disk is waited for nowhere else.

mod segment;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::mp4_file::{Mp4File, Mp4FileError};
use liuhen_media::segment_file;
use liuhen_media::track::Track;
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, MediaTime};
use tokio::sync::mpsc;

use super::{Choice, Event, Source, SourceError, Unit};
use crate::config::{FileSource, Pace};

/// Frames that are read ahead.
const AHEAD: usize = 32;

/// What a file holds.
enum Reader {
    Tables(Mp4File),
    Segment(segment::SegmentReader),
}

/// A frame of a file.
struct FileUnit {
    track: u32,
    /// When a camera would send it, microseconds since the file began.
    decode_us: i64,
    pts: i64,
    sync: bool,
    data: Bytes,
}

/// A file that is being played.
pub(super) struct FileReader {
    clock: Arc<dyn Clock>,
    pace: Pace,
    tracks: Vec<Track>,
    units: mpsc::Receiver<Result<FileUnit, SourceError>>,
    /// Read, and its time has not come yet.
    next: Option<FileUnit>,
    started: Option<BootTime>,
}

impl FileReader {
    pub(super) async fn open(config: &FileSource, clock: Arc<dyn Clock>) -> Result<Self, SourceError> {
        let path = config.path.clone();
        let opened = tokio::task::spawn_blocking(move || open(path)).await;
        let mut reader = opened.map_err(|_| SourceError::Invalid("the file cannot be read".into()))??;
        let tracks = reader.tracks();
        let (send, units) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            while let Some(unit) = reader.next().transpose() {
                // The other end is gone when the recording was stopped.
                let failed = unit.is_err();
                if send.blocking_send(unit).is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { clock, pace: config.pace, tracks, units, next: None, started: None })
    }

    async fn wait_until(&self, due: BootTime) -> BootTime {
        if self.pace == Pace::Fast {
            return due;
        }
        tokio::time::sleep(Duration::from(due.since(self.clock.boot_now()))).await;
        self.clock.boot_now()
    }
}

#[async_trait]
impl Source for FileReader {
    fn choice(&self) -> Choice {
        Choice::new("file", "")
    }

    async fn next(&mut self) -> Result<Event, SourceError> {
        let Some(started) = self.started else {
            self.started = Some(self.clock.boot_now());
            return Ok(Event::Tracks(self.tracks.clone()));
        };
        if self.next.is_none() {
            self.next = Some(self.units.recv().await.ok_or(SourceError::Ended)??);
        }
        let decode_us = self.next.as_ref().map_or(0, |unit| unit.decode_us);
        let due = started.as_micros().saturating_add(u64::try_from(decode_us).unwrap_or(0));
        let arrival = self.wait_until(BootTime::from_micros(due)).await;
        let FileUnit { track, pts, sync, data, .. } = self.next.take().ok_or(SourceError::Ended)?;
        let known = self.tracks.iter().find(|known| known.id == track);
        let common_us = known.map(|track| MediaTime { ticks: pts, timescale: track.timescale }.to_micros());
        let unit = AccessUnit { track, pts, sync, data, lost_packets: 0, damaged: false, arrival };
        Ok(Event::Unit(Unit { unit, common_us }))
    }

    fn waits(&self) -> bool {
        self.pace == Pace::Fast
    }
}

fn open(path: PathBuf) -> Result<Reader, SourceError> {
    // What is no segment file may still be an MP4 file.
    if let Ok(Some(found)) = segment_file::scan(&path)
        && !found.fragments.is_empty()
    {
        return segment::SegmentReader::open(&path, found).map(Reader::Segment);
    }
    Mp4File::open(&path).map(Reader::Tables).map_err(refused)
}

fn refused(error: Mp4FileError) -> SourceError {
    let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
    match error {
        Mp4FileError::Io { .. } => SourceError::Unreachable(format!("{error}{why}")),
        Mp4FileError::Media { .. } => SourceError::Invalid(format!("{error}{why}")),
    }
}

impl Reader {
    fn tracks(&self) -> Vec<Track> {
        match self {
            Self::Tables(file) => file.tracks().to_vec(),
            Self::Segment(segment) => segment.tracks().to_vec(),
        }
    }

    fn next(&mut self) -> Result<Option<FileUnit>, SourceError> {
        match self {
            Self::Tables(file) => {
                let unit = file.next_unit().map_err(refused)?;
                Ok(unit.map(|u| FileUnit { track: u.track, decode_us: u.decode_us, pts: u.pts, sync: u.sync, data: u.data }))
            }
            Self::Segment(segment) => segment.next(),
        }
    }
}
