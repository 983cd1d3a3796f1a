//! `moof`, field by field.

use super::{ReadSample, ReadTrack};
use crate::boxes::{BoxReader, RawBox};
use crate::error::MediaError;
use crate::writer::{
    DEFAULT_BASE_IS_MOOF, TFHD_DURATION, TFHD_FLAGS, TFHD_SIZE, TRUN_COMPOSITION, TRUN_DURATION, TRUN_FIRST_FLAGS, TRUN_FLAGS,
    TRUN_OFFSET, TRUN_SIZE,
};

/// The most samples of a fragment; 60 s of sound in frames of 2.5 ms are fewer.
const MAX_SAMPLES: usize = 65_536;
const TFHD_BASE_OFFSET: u32 = 0x01;
const TFHD_DESCRIPTION: u32 = 0x02;
const NON_SYNC: u32 = 0x0001_0000;

/// A track, and where its decode time stands.
pub(super) struct FoundTrack {
    pub(super) track: ReadTrack,
    pub(super) decode_time_offset: u32,
}

/// What `tfhd` says for samples that do not say it themselves.
struct Defaults {
    track: u32,
    duration: Option<u32>,
    size: Option<u32>,
    flags: Option<u32>,
}

pub(super) fn read(moof: RawBox<'_>, mdat: RawBox<'_>) -> Result<Vec<FoundTrack>, MediaError> {
    let mut found: Vec<FoundTrack> = Vec::new();
    let mut samples_left = MAX_SAMPLES;
    let mut reader = moof.reader();
    while let Some(child) = reader.next_box()? {
        if child.name != *b"traf" {
            continue;
        }
        if found.len() == liuhen_proto::fragment::MAX_TRACKS {
            return Err(moof.error("a fragment has at most 8 tracks"));
        }
        let Some(track) = read_traf(child, moof, mdat, samples_left)? else { continue };
        if found.iter().any(|other| other.track.track == track.track.track) {
            return Err(child.error("a track has one `traf`"));
        }
        samples_left -= track.track.samples.len();
        found.push(track);
    }
    Ok(found)
}

/// Nothing where the track has no samples in this fragment.
fn read_traf(
    traf: RawBox<'_>,
    moof: RawBox<'_>,
    mdat: RawBox<'_>,
    samples_left: usize,
) -> Result<Option<FoundTrack>, MediaError> {
    let defaults = read_tfhd(traf.reader().find(*b"tfhd", "tfhd")?)?;
    let mut samples = Vec::new();
    let mut cursor = None;
    let mut reader = traf.reader();
    while let Some(child) = reader.next_box()? {
        if child.name == *b"trun" {
            read_trun(child, &defaults, (moof, mdat), &mut cursor, (&mut samples, samples_left))?;
        }
    }
    if samples.is_empty() {
        return Ok(None);
    }
    let (decode_time, decode_time_offset) = read_tfdt(traf.reader().find(*b"tfdt", "tfdt")?)?;
    Ok(Some(FoundTrack { track: ReadTrack { track: defaults.track, decode_time, samples }, decode_time_offset }))
}

fn read_tfhd(tfhd: RawBox<'_>) -> Result<Defaults, MediaError> {
    let mut reader = tfhd.reader();
    let (_, flags) = reader.version_flags()?;
    let track = reader.u32()?;
    if flags & TFHD_BASE_OFFSET != 0 || flags & DEFAULT_BASE_IS_MOOF == 0 {
        return Err(tfhd.error("data must be found from `moof` (default-base-is-moof)"));
    }
    if flags & TFHD_DESCRIPTION != 0 {
        reader.u32()?;
    }
    let mut optional = |flag| if flags & flag == 0 { Ok(None) } else { reader.u32().map(Some) };
    let (duration, size, flags) = (optional(TFHD_DURATION)?, optional(TFHD_SIZE)?, optional(TFHD_FLAGS)?);
    Ok(Defaults { track, duration, size, flags })
}

fn read_tfdt(tfdt: RawBox<'_>) -> Result<(i64, u32), MediaError> {
    let mut reader = tfdt.reader();
    let (version, _) = reader.version_flags()?;
    if version != 1 {
        return Err(tfdt.error("must be of version 1 (64 bits), or the fragment cannot be moved in time"));
    }
    let offset = u32::try_from(reader.offset()).map_err(|_| tfdt.error("lies too far"))?;
    let time = i64::try_from(reader.u64()?).map_err(|_| tfdt.error("decode time is absurd"))?;
    Ok((time, offset))
}

fn read_trun(
    trun: RawBox<'_>,
    defaults: &Defaults,
    (moof, mdat): (RawBox<'_>, RawBox<'_>),
    cursor: &mut Option<i64>,
    (samples, limit): (&mut Vec<ReadSample>, usize),
) -> Result<(), MediaError> {
    let mut reader = trun.reader();
    let (_, flags) = reader.version_flags()?;
    let count = reader.u32()?;
    if samples.len() + count as usize > limit {
        return Err(trun.error("more samples than a fragment can have"));
    }
    if flags & TRUN_OFFSET != 0 {
        *cursor = Some(moof.start as i64 + i64::from(reader.u32()? as i32));
    }
    let mut at = cursor.ok_or_else(|| trun.error("must say where its data begins"))?;
    let first_flags = if flags & TRUN_FIRST_FLAGS != 0 { Some(reader.u32()?) } else { None };
    for i in 0..count {
        let mut sample = read_sample(&mut reader, flags, defaults, trun)?;
        if let (0, Some(flags)) = (i, first_flags) {
            sample.sync = flags & NON_SYNC == 0;
        }
        let end = at + i64::from(sample.size);
        if sample.size == 0 || at < mdat.content_start as i64 || end > mdat.end() as i64 {
            return Err(trun.error("a sample is empty or lies outside `mdat`"));
        }
        sample.offset = u32::try_from(at).map_err(|_| trun.error("a sample lies too far"))?;
        samples.push(sample);
        at = end;
    }
    *cursor = Some(at);
    Ok(())
}

/// All but where it lies.
fn read_sample(reader: &mut BoxReader<'_>, flags: u32, defaults: &Defaults, trun: RawBox<'_>) -> Result<ReadSample, MediaError> {
    let mut field = |flag, default: Option<u32>| if flags & flag == 0 { Ok(default) } else { reader.u32().map(Some) };
    let duration = field(TRUN_DURATION, defaults.duration)?;
    let size = field(TRUN_SIZE, defaults.size)?;
    let sample_flags = field(TRUN_FLAGS, defaults.flags)?;
    let composition = field(TRUN_COMPOSITION, Some(0))?;
    let (Some(duration), Some(size)) = (duration, size) else {
        return Err(trun.error("durations and sizes must stand in `trun` or `tfhd`"));
    };
    let composition_offset = composition.unwrap_or(0) as i32;
    Ok(ReadSample { offset: 0, size, duration, composition_offset, sync: sample_flags.unwrap_or(0) & NON_SYNC == 0 })
}
