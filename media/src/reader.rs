//! A fragment's bytes, checked through and through: what whoever sent them claims, against what is there.
//!
//! In: bytes from outside. Out: the header, and where each sample lies. Takes what [`crate::writer`] writes,
//! and the `moof` and `mdat` of other programs (FFmpeg with `default_base_moof`) behind a header box.
//! - Every sample lies within `mdat`; memory is taken for no more samples than there are bytes for them.
//! - Header and `moof` agree in tracks, decode times, durations, numbers of samples and sync.
//!
//! Not here: whether the run exists and the sequence is the next one (the gate), and whether it decodes.

mod moof;

use liuhen_proto::fragment::{FragmentHeader, MAX_FRAGMENT_BYTES, MAX_HEADER_BYTES, TrackHeader, TrackKind};

use crate::boxes::{BoxReader, RawBox};
use crate::error::MediaError;
use crate::writer::HEADER_UUID;

/// A sample of a fragment that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadSample {
    /// Where its bytes begin in the fragment.
    pub offset: u32,
    /// Their number; never 0.
    pub size: u32,
    /// Ticks until the next sample is decoded.
    pub duration: u32,
    /// Ticks from decode to presentation.
    pub composition_offset: i32,
    /// Whether decoding can begin here.
    pub sync: bool,
}

/// A track of a fragment that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTrack {
    /// Its id in `moov`.
    pub track: u32,
    /// Decode time of the first sample, ticks since the run began.
    pub decode_time: i64,
    /// In decode order; never empty.
    pub samples: Vec<ReadSample>,
}

/// A sound fragment.
#[derive(Debug, Clone)]
pub struct ReadFragment {
    /// What it says of itself.
    pub header: FragmentHeader,
    /// Where the 64-bit decode time of each track stands in the bytes, in the order of the header's tracks.
    pub decode_time_offsets: Vec<u32>,
    /// In the order of the header's tracks.
    pub tracks: Vec<ReadTrack>,
}

/// Reads `moof` and `mdat` alone, as another program writes them: what a header in front of them has to say.
pub fn read_media(bytes: &[u8]) -> Result<Vec<ReadTrack>, MediaError> {
    if bytes.len() > MAX_FRAGMENT_BYTES as usize {
        return Err(too_large("a fragment", bytes.len(), MAX_FRAGMENT_BYTES as usize));
    }
    let mut file = BoxReader::new(bytes);
    let moof = expect(file.next_box()?, *b"moof", "moof")?;
    let mdat = expect(file.next_box()?, *b"mdat", "mdat")?;
    Ok(moof::read(moof, mdat)?.into_iter().map(|found| found.track).collect())
}

/// Reads and checks a whole fragment: header box, `prft` if it is there, `moof`, `mdat`, and nothing after it.
pub fn read_fragment(bytes: &[u8]) -> Result<ReadFragment, MediaError> {
    if bytes.len() > MAX_FRAGMENT_BYTES as usize {
        return Err(too_large("a fragment", bytes.len(), MAX_FRAGMENT_BYTES as usize));
    }
    let mut file = BoxReader::new(bytes);
    let header = read_header(file.next_box()?)?;
    let mut next = file.next_box()?;
    if next.is_some_and(|found| found.name == *b"prft") {
        next = file.next_box()?;
    }
    let moof = expect(next, *b"moof", "moof")?;
    let mdat = expect(file.next_box()?, *b"mdat", "mdat")?;
    if !file.is_empty() {
        return Err(file.error("a fragment ends with its `mdat`"));
    }
    let mut found = moof::read(moof, mdat)?;
    let mut tracks = Vec::with_capacity(found.len());
    let mut decode_time_offsets = Vec::with_capacity(found.len());
    for track in &header.tracks {
        let place = found.iter().position(|read| read.track.track == track.track);
        let read = found.swap_remove(place.ok_or(MediaError::TrackMismatch(track.track))?);
        agree(track, &read.track)?;
        decode_time_offsets.push(read.decode_time_offset);
        tracks.push(read.track);
    }
    if let Some(other) = found.first() {
        return Err(MediaError::TrackMismatch(other.track.track));
    }
    check_sync(&header, &tracks)?;
    Ok(ReadFragment { header, decode_time_offsets, tracks })
}

fn expect<'a>(found: Option<RawBox<'a>>, name: [u8; 4], text: &'static str) -> Result<RawBox<'a>, MediaError> {
    found.filter(|found| found.name == name).ok_or(MediaError::Missing(text))
}

fn too_large(what: &'static str, found: usize, limit: usize) -> MediaError {
    MediaError::TooLarge { what, found: found as u64, limit: limit as u64 }
}

fn read_header(found: Option<RawBox<'_>>) -> Result<FragmentHeader, MediaError> {
    const MISSING: MediaError = MediaError::Missing("uuid of the fragment's header");
    let content = expect(found, *b"uuid", "uuid of the fragment's header")?.content;
    let json = content.strip_prefix(HEADER_UUID.as_slice()).ok_or(MISSING)?;
    if json.len() > MAX_HEADER_BYTES {
        return Err(too_large("a fragment's header", json.len(), MAX_HEADER_BYTES));
    }
    Ok(FragmentHeader::from_bytes(json)?)
}

fn agree(header: &TrackHeader, read: &ReadTrack) -> Result<(), MediaError> {
    let length: i64 = read.samples.iter().map(|sample| i64::from(sample.duration)).sum();
    let compared = [
        ("media_start is", header.media_start, read.decode_time),
        ("media_end is", header.media_end, read.decode_time.saturating_add(length)),
        ("the number of samples is", i64::from(header.samples), read.samples.len() as i64),
    ];
    for (what, header_says, boxes) in compared {
        if header_says != boxes {
            return Err(MediaError::Disagree { track: header.track, what, header: header_says, boxes });
        }
    }
    Ok(())
}

fn check_sync(header: &FragmentHeader, tracks: &[ReadTrack]) -> Result<(), MediaError> {
    let mut videos = header.tracks.iter().zip(tracks).filter(|(track, _)| track.kind == TrackKind::Video);
    let (track, boxes) = videos.next().map_or((0, true), |(track, read)| (track.track, read.samples[0].sync));
    if header.starts_with_sync == boxes {
        return Ok(());
    }
    let what = "starts_with_sync is";
    Err(MediaError::Disagree { track, what, header: header.starts_with_sync.into(), boxes: boxes.into() })
}

#[cfg(test)]
mod tests;
