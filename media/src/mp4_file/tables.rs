//! The sample tables of `moov` (ISO/IEC 14496-12 section 8.6 and 8.7).

use std::collections::HashSet;

use liuhen_proto::fragment::{MAX_TRACKS, TrackKind};
use liuhen_proto::time::MediaTime;

use super::{Place, check_place};
use crate::boxes::{BoxReader, RawBox};
use crate::error::MediaError;
use crate::init;
use crate::track::{SampleEntry, Track};

/// The most samples of a track: a day of pictures at 30 a second.
const MAX_SAMPLES: u32 = 2_592_000;

pub(super) fn read(moov: BoxReader<'_>, file_size: u64) -> Result<(Vec<Track>, Vec<Place>), MediaError> {
    let movie_scale = movie_timescale(&moov)?;
    let (mut tracks, mut places) = (Vec::new(), Vec::new());
    let mut reader = moov;
    while let Some(child) = reader.next_box()? {
        if child.name != *b"trak" || tracks.len() == MAX_TRACKS {
            continue;
        }
        // A track of a codec that is not taken is left out; a torn table is an error.
        let Ok(track) = init::read_trak(child) else { continue };
        if !matches!(track.entry, SampleEntry::H264 { .. } | SampleEntry::H265 { .. } | SampleEntry::Aac { .. }) {
            continue;
        }
        places.extend(read_track(child, &track, movie_scale, file_size)?);
        tracks.push(track);
    }
    tracks.sort_by_key(|track| track.id);
    begin_at_zero(&tracks, &mut places);
    Ok((tracks, places))
}

/// Sound may be primed before time 0: all tracks are moved alike, so that none begins below 0.
fn begin_at_zero(tracks: &[Track], places: &mut [Place]) {
    let scale_of = |id| tracks.iter().find(|track| track.id == id).map(|track| track.timescale);
    let micros = |place: &Place| scale_of(place.track).map(|timescale| MediaTime { ticks: place.pts, timescale }.to_micros());
    let Some(first_us) = places.iter().filter_map(micros).min() else { return };
    for place in places {
        if let Some(timescale) = scale_of(place.track) {
            place.pts = place.pts.saturating_sub(MediaTime::from_micros(first_us, timescale).ticks).max(0);
            place.decode_us = place.decode_us.saturating_sub(first_us).max(0);
        }
    }
}

fn movie_timescale(moov: &BoxReader<'_>) -> Result<u32, MediaError> {
    let mut mvhd = moov.find(*b"mvhd", "mvhd")?.reader();
    let (version, _) = mvhd.version_flags()?;
    mvhd.take(if version == 1 { 16 } else { 8 })?;
    mvhd.u32()
}

fn read_track(trak: RawBox<'_>, track: &Track, movie_scale: u32, file_size: u64) -> Result<Vec<Place>, MediaError> {
    let stbl = trak.reader().find(*b"mdia", "mdia")?.reader().find(*b"minf", "minf")?.reader().find(*b"stbl", "stbl")?.reader();
    let sizes = sample_sizes(stbl.find(*b"stsz", "stsz")?)?;
    let offsets = sample_offsets(&stbl, &sizes)?;
    let decode_times = run_lengths(stbl.find(*b"stts", "stts")?, sizes.len())?;
    let compositions = match stbl.find_optional(*b"ctts")? {
        Some(ctts) => run_lengths(ctts, sizes.len())?,
        None => Vec::new(),
    };
    let syncs = stbl.find_optional(*b"stss")?.map(sync_samples).transpose()?;
    let shift = edit_shift(trak, track, movie_scale)?;
    let mut decode = 0_i64;
    let mut places = Vec::with_capacity(sizes.len());
    for (i, (&size, &offset)) in sizes.iter().zip(&offsets).enumerate() {
        let composition = compositions.get(i).map_or(0, |&offset| i64::from(offset as i32));
        let moved = |ticks: i64| ticks.saturating_add(shift);
        let sync = track.kind() == TrackKind::Audio || syncs.as_ref().is_none_or(|syncs| syncs.contains(&(i as u32 + 1)));
        let decode_us = MediaTime { ticks: moved(decode), timescale: track.timescale }.to_micros();
        let place = Place { track: track.id, decode_us, pts: moved(decode + composition), offset, size, sync };
        check_place(&place, file_size)?;
        places.push(place);
        decode += i64::from(*decode_times.get(i).ok_or(MediaError::in_box(*b"stts", "speaks of too few samples"))?);
    }
    Ok(places)
}

fn sample_sizes(stsz: RawBox<'_>) -> Result<Vec<u32>, MediaError> {
    let mut reader = stsz.reader();
    reader.version_flags()?;
    let (uniform, count) = (reader.u32()?, reader.u32()?);
    if count > MAX_SAMPLES {
        return Err(stsz.error("speaks of too many samples"));
    }
    if uniform != 0 {
        return Ok(vec![uniform; count as usize]);
    }
    let table = reader.take(count as usize * 4)?;
    Ok(words(table))
}

fn words(table: &[u8]) -> Vec<u32> {
    table.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word)).collect()
}

/// `stts` or `ctts`: a value for each sample.
fn run_lengths(table: RawBox<'_>, samples: usize) -> Result<Vec<u32>, MediaError> {
    let mut reader = table.reader();
    reader.version_flags()?;
    let count = reader.u32()?;
    let mut values = Vec::new();
    for _ in 0..count {
        let (length, value) = (reader.u32()?, reader.u32()?);
        let left = samples - values.len();
        values.extend(std::iter::repeat_n(value, left.min(length as usize)));
    }
    Ok(values)
}

fn sync_samples(stss: RawBox<'_>) -> Result<HashSet<u32>, MediaError> {
    let mut reader = stss.reader();
    reader.version_flags()?;
    let count = reader.u32()? as usize;
    let table = reader.take(count.saturating_mul(4))?;
    Ok(words(table).into_iter().collect())
}

/// Where each sample begins: `stsc` says how many samples a chunk has, `stco` or `co64` where it begins.
fn sample_offsets(stbl: &BoxReader<'_>, sizes: &[u32]) -> Result<Vec<u64>, MediaError> {
    let chunks = chunk_offsets(stbl)?;
    let stsc = stbl.find(*b"stsc", "stsc")?;
    let mut reader = stsc.reader();
    reader.version_flags()?;
    let count = reader.u32()? as usize;
    let entries = words(reader.take(count.saturating_mul(12))?);
    let mut entries = entries.as_chunks::<3>().0.iter().peekable();
    let mut per_chunk = 0;
    let mut offsets = Vec::with_capacity(sizes.len());
    for (i, &chunk) in chunks.iter().enumerate() {
        if let Some([_, samples, _]) = entries.next_if(|[first, ..]| *first as usize <= i + 1) {
            per_chunk = *samples;
        }
        let mut at = chunk;
        for _ in 0..per_chunk {
            let Some(&size) = sizes.get(offsets.len()) else { break };
            offsets.push(at);
            at = at.checked_add(size.into()).ok_or(stsc.error("an offset is absurd"))?;
        }
    }
    if offsets.len() == sizes.len() { Ok(offsets) } else { Err(stsc.error("speaks of fewer samples than `stsz`")) }
}

fn chunk_offsets(stbl: &BoxReader<'_>) -> Result<Vec<u64>, MediaError> {
    let small = stbl.find_optional(*b"stco")?;
    let found = small.map_or_else(|| stbl.find(*b"co64", "stco"), Ok)?;
    let mut reader = found.reader();
    reader.version_flags()?;
    let count = reader.u32()? as usize;
    if small.is_some() {
        return Ok(words(reader.take(count.saturating_mul(4))?).into_iter().map(u64::from).collect());
    }
    let table = reader.take(count.saturating_mul(8))?;
    Ok(table.as_chunks::<8>().0.iter().map(|word| u64::from_be_bytes(*word)).collect())
}

/// By how many ticks the edit list moves the track: an empty edit delays it, a media time skips its beginning.
fn edit_shift(trak: RawBox<'_>, track: &Track, movie_scale: u32) -> Result<i64, MediaError> {
    let Some(edts) = trak.reader().find_optional(*b"edts")? else { return Ok(0) };
    let Some(elst) = edts.reader().find_optional(*b"elst")? else { return Ok(0) };
    let mut reader = elst.reader();
    let (version, _) = reader.version_flags()?;
    let count = reader.u32()?;
    let mut delay = 0;
    for _ in 0..count {
        let (length, media_time) = match version {
            1 => (reader.u64()?, reader.u64()? as i64),
            _ => (reader.u32()?.into(), i64::from(reader.u32()? as i32)),
        };
        reader.u32()?;
        if media_time >= 0 {
            return Ok(delay - media_time.min(1 << 52));
        }
        let ticks = u128::from(length) * u128::from(track.timescale.get()) / u128::from(movie_scale.max(1));
        delay = i64::try_from(ticks).unwrap_or(i64::MAX).min(1 << 52);
    }
    Ok(delay)
}
