//! A cut with its header becomes a fragment's bytes: header box, `prft`, `moof`, `mdat`.
//!
//! In: a [`Cut`] and the header that the recorder made of it. Out: bytes whose SHA-256 is the fragment's
//! digest. Always: decode times in 64 bits (`tfdt` version 1), signed composition offsets (`trun` version
//! 1), data found from the start of `moof`; so a fragment can be moved and its decode times be rebased in
//! place. Not here: the seal, which belongs to the file ([`crate::segment_file`]).

use bytes::Bytes;
use liuhen_proto::Timestamp;
use liuhen_proto::fragment::{FragmentHeader, TrackKind};

use crate::boxes::BoxWriter;
use crate::cutter::{Cut, CutTrack, Sample};

/// Type of the `uuid` box that holds a fragment's header; in a hex dump it explains itself.
pub const HEADER_UUID: &[u8; 16] = b"LiuhenFragmentV1";

pub(crate) const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
pub(crate) const TFHD_DURATION: u32 = 0x08;
pub(crate) const TFHD_SIZE: u32 = 0x10;
pub(crate) const TFHD_FLAGS: u32 = 0x20;
pub(crate) const TRUN_OFFSET: u32 = 0x001;
pub(crate) const TRUN_FIRST_FLAGS: u32 = 0x004;
pub(crate) const TRUN_DURATION: u32 = 0x100;
pub(crate) const TRUN_SIZE: u32 = 0x200;
pub(crate) const TRUN_FLAGS: u32 = 0x400;
pub(crate) const TRUN_COMPOSITION: u32 = 0x800;
/// sample_depends_on = 2: on no other.
const SYNC_FLAGS: u32 = 0x0200_0000;
/// sample_depends_on = 1, and sample_is_non_sync_sample.
const NON_SYNC_FLAGS: u32 = 0x0101_0000;
/// `prft`: the time is that of capture (ISO/IEC 14496-12, flag 16), all by the same clock (8).
const PRFT_CAPTURE: u32 = 24;
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_SECS: i64 = 2_208_988_800;

/// Puts a header in its box: what a client puts in front of a `moof` and `mdat` that it has.
pub fn header_box(header: &FragmentHeader) -> Vec<u8> {
    let mut w = BoxWriter::default();
    w.put_uuid_box(HEADER_UUID, &header.to_bytes());
    w.into_bytes()
}

/// Writes the fragment. The header must be about the cut: same tracks, decode times and numbers of samples.
pub fn write_fragment(header: &FragmentHeader, cut: &Cut) -> Bytes {
    let data_bytes: usize = cut.tracks.iter().flat_map(|track| &track.samples).map(|sample| sample.data.len()).sum();
    let samples: usize = cut.tracks.iter().map(|track| track.samples.len()).sum();
    let mut w = BoxWriter::with_capacity(data_bytes + samples * 16 + 2_048);
    w.put_uuid_box(HEADER_UUID, &header.to_bytes());
    put_prft(&mut w, header);
    let moof = w.position();
    let offsets = put_moof(&mut w, header, cut);
    w.put_box(*b"mdat", |w| {
        for (track, at) in cut.tracks.iter().zip(offsets) {
            let offset = u32::try_from(w.position() - moof).expect("a fragment is far smaller than 2 GiB");
            w.set_u32(at, offset);
            for sample in &track.samples {
                w.put(&sample.data);
            }
        }
    });
    w.into_bytes().into()
}

/// When the first sample was captured, for players and tools that know nothing of our header.
fn put_prft(w: &mut BoxWriter, header: &FragmentHeader) {
    let Some(track) = header.track(TrackKind::Video).or(header.tracks.first()) else { return };
    w.put_full_box(*b"prft", 1, PRFT_CAPTURE, |w| {
        w.u32(track.track).u64(ntp(track.wall_start)).u64(track.media_start.unsigned_abs());
    });
}

fn ntp(at: Timestamp) -> u64 {
    let secs = at.as_micros().div_euclid(1_000_000) + NTP_TO_UNIX_SECS;
    let fraction = ((at.as_micros().rem_euclid(1_000_000) as u64) << 32) / 1_000_000;
    // 32 bits of seconds: NTP's era begins again in 2036, as it is meant to.
    (secs as u64) << 32 | fraction
}

/// Returns where the data offset of each track stands.
fn put_moof(w: &mut BoxWriter, header: &FragmentHeader, cut: &Cut) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(cut.tracks.len());
    w.put_box(*b"moof", |w| {
        w.put_full_box(*b"mfhd", 0, 0, |w| {
            w.u32(header.sequence.next().get() as u32);
        });
        for track in &cut.tracks {
            w.put_box(*b"traf", |w| offsets.push(put_traf(w, track)));
        }
    });
    offsets
}

fn put_traf(w: &mut BoxWriter, track: &CutTrack) -> usize {
    let first = track.samples.first().map_or(0, |sample| sample.duration);
    let same_duration = track.samples.iter().all(|sample| sample.duration == first);
    let all_sync = track.samples.iter().all(|sample| sample.sync);
    let composed = track.samples.iter().any(|sample| sample.composition_offset != 0);
    let either = |is_default, default, per_sample| if is_default { (default, 0) } else { (0, per_sample) };
    let (default_duration, each_duration) = either(same_duration, TFHD_DURATION, TRUN_DURATION);
    let (default_flags, each_flags) = either(all_sync, TFHD_FLAGS, TRUN_FLAGS);
    let each_composition = if composed { TRUN_COMPOSITION } else { 0 };

    w.put_full_box(*b"tfhd", 0, DEFAULT_BASE_IS_MOOF | default_duration | default_flags, |w| {
        w.u32(track.track);
        if same_duration {
            w.u32(first);
        }
        if all_sync {
            w.u32(SYNC_FLAGS);
        }
    });
    w.put_full_box(*b"tfdt", 1, 0, |w| {
        w.u64(track.media_start.max(0).unsigned_abs());
    });
    let flags = TRUN_OFFSET | TRUN_SIZE | each_duration | each_flags | each_composition;
    let mut offset = 0;
    w.put_full_box(*b"trun", 1, flags, |w| {
        w.u32(u32::try_from(track.samples.len()).expect("a fragment has far fewer samples"));
        offset = w.position();
        w.u32(0);
        track.samples.iter().for_each(|sample| put_sample(w, flags, sample));
    });
    offset
}

fn put_sample(w: &mut BoxWriter, flags: u32, sample: &Sample) {
    if flags & TRUN_DURATION != 0 {
        w.u32(sample.duration);
    }
    w.u32(u32::try_from(sample.data.len()).expect("an access unit is at most 6 MiB"));
    if flags & TRUN_FLAGS != 0 {
        w.u32(if sample.sync { SYNC_FLAGS } else { NON_SYNC_FLAGS });
    }
    if flags & TRUN_COMPOSITION != 0 {
        w.put(&sample.composition_offset.to_be_bytes());
    }
}
