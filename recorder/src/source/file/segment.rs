//! A segment file, frame by frame. G.711 that was repacked comes out as the camera sent it.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use bytes::Bytes;
use liuhen_media::g711;
use liuhen_media::reader::{ReadFragment, read_fragment};
use liuhen_media::segment_file::Recovered;
use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::MediaTime;
use liuhen_proto::index::IndexedFragment;

use super::{FileUnit, SourceError};

/// A segment file that is being played.
pub(super) struct SegmentReader {
    file: File,
    tracks: Vec<Track>,
    fragments: VecDeque<IndexedFragment>,
    /// The file's first decode time, microseconds.
    zero_us: Option<i64>,
    ready: VecDeque<FileUnit>,
}

impl SegmentReader {
    pub(super) fn open(path: &Path, found: Recovered) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(|error| SourceError::Unreachable(error.to_string()))?;
        let (tracks, fragments) = (found.info.tracks, found.fragments.into());
        Ok(Self { file, tracks, fragments, zero_us: None, ready: VecDeque::new() })
    }

    pub(super) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub(super) fn next(&mut self) -> Result<Option<FileUnit>, SourceError> {
        while self.ready.is_empty() {
            let Some(fragment) = self.fragments.pop_front() else { return Ok(None) };
            let mut bytes = vec![0; fragment.size_bytes as usize];
            let invalid = |error: &dyn std::fmt::Display| SourceError::Invalid(error.to_string());
            self.file.read_exact_at(&mut bytes, fragment.offset_bytes).map_err(|error| invalid(&error))?;
            let bytes = Bytes::from(bytes);
            let read = read_fragment(&bytes).map_err(|error| invalid(&error))?;
            self.take_apart(&bytes, &read)?;
        }
        Ok(self.ready.pop_front())
    }

    fn take_apart(&mut self, bytes: &Bytes, fragment: &ReadFragment) -> Result<(), SourceError> {
        let mut units = Vec::new();
        for read in &fragment.tracks {
            let Some(track) = self.tracks.iter().find(|track| track.id == read.track) else { continue };
            let mut decode = read.decode_time;
            for sample in &read.samples {
                let (start, end) = (sample.offset as usize, sample.offset as usize + sample.size as usize);
                let decode_us = MediaTime { ticks: decode, timescale: track.timescale }.to_micros();
                let data = original(track, bytes.slice(start..end))?;
                let pts = decode.saturating_add(sample.composition_offset.into());
                units.push(FileUnit { track: track.id, decode_us, pts, sync: sample.sync, data });
                decode = decode.saturating_add(sample.duration.into());
            }
        }
        units.sort_by_key(|unit| unit.decode_us);
        let zero_us = *self.zero_us.get_or_insert(units.first().map_or(0, |unit| unit.decode_us));
        units.iter_mut().for_each(|unit| unit.decode_us = unit.decode_us.saturating_sub(zero_us));
        self.ready.extend(units);
        Ok(())
    }
}

/// The bytes that the camera had sent.
fn original(track: &Track, stored: Bytes) -> Result<Bytes, SourceError> {
    match track.entry {
        SampleEntry::G711 { law, channels, .. } => {
            let restored = g711::restore(law, channels, &stored).map_err(|error| SourceError::Invalid(error.to_string()))?;
            Ok(restored.into())
        }
        _ => Ok(stored),
    }
}
