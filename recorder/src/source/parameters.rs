//! From what a camera announces to the tracks of a run.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use bytes::Bytes;
use liuhen_media::track::{Law, SampleEntry, Track};
use retina::codec::{AudioParameters, VideoParameters, VideoParametersCodec};

/// Track id of the picture.
pub(super) const VIDEO: u32 = 1;
/// Track id of the sound.
pub(super) const AUDIO: u32 = 2;
/// RTP clock of H.264 and H.265.
pub(super) const VIDEO_TIMESCALE: u32 = 90_000;

/// A timescale; 0, which no codec has, is taken for 1.
pub(super) const fn timescale(hertz: u32) -> NonZeroU32 {
    match NonZeroU32::new(hertz) {
        Some(hertz) => hertz,
        None => NonZeroU32::MIN,
    }
}

/// The most picture parameter sets of one stream (H.264 7.4.2.2 allows 256, an avcC 255).
const MAX_PPS: usize = 64;

/// The parameter sets of an H.264 stream. The depacketiser tells of one PPS at a time; a camera that
/// uses several would seem to change its codec with each picture if they were not gathered here.
#[derive(Debug, Default)]
pub(super) struct PictureSets {
    sps: Bytes,
    by_id: BTreeMap<u32, Bytes>,
}

impl PictureSets {
    /// The AVCDecoderConfigurationRecord with all sets known; `record` is that of the newest ones.
    fn merge(&mut self, record: &[u8], sps: &Bytes, pps: &Bytes) -> Bytes {
        if self.sps != *sps || self.by_id.len() >= MAX_PPS {
            *self = Self { sps: sps.clone(), by_id: BTreeMap::new() };
        }
        self.by_id.insert(first_ue(pps.get(1..).unwrap_or_default()).unwrap_or(0), pps.clone());
        if self.by_id.len() == 1 || record.len() < 6 {
            return Bytes::copy_from_slice(record);
        }
        let mut merged = record[..6].to_vec();
        let set = |merged: &mut Vec<u8>, set: &Bytes| {
            merged.extend(u16::try_from(set.len()).unwrap_or(0).to_be_bytes());
            merged.extend_from_slice(set);
        };
        set(&mut merged, sps);
        merged.push(u8::try_from(self.by_id.len()).unwrap_or(u8::MAX));
        self.by_id.values().for_each(|pps| set(&mut merged, pps));
        merged.into()
    }
}

/// The Exp-Golomb number at the beginning, if the bytes hold a whole one of at most 8 bits' prefix.
fn first_ue(bytes: &[u8]) -> Option<u32> {
    let head = bytes.iter().take(4).fold((0u32, 32u32), |(bits, free), &byte| (bits | u32::from(byte) << (free - 8), free - 8)).0;
    let zeros = head.leading_zeros();
    (zeros <= 8).then(|| (head << zeros >> (31 - zeros)) - 1)
}

/// The picture's track; nothing where it cannot be recorded.
pub(super) fn video(parameters: &VideoParameters, sets: &mut PictureSets) -> Option<Track> {
    let (width, height) = parameters.pixel_dimensions();
    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let record = parameters.extra_data();
    let entry = match parameters.codec_params() {
        VideoParametersCodec::H264 { sps, pps } => SampleEntry::H264 { config: sets.merge(record, sps, pps), width, height },
        VideoParametersCodec::H265 { .. } => SampleEntry::H265 { config: Bytes::copy_from_slice(record), width, height },
        _ => return None,
    };
    Some(Track { id: VIDEO, timescale: timescale(VIDEO_TIMESCALE), entry })
}

/// The sound's track; nothing where it cannot be recorded. `encoding` is the name in the SDP, lower case.
pub(super) fn audio(encoding: &str, parameters: &AudioParameters) -> Option<Track> {
    let (sample_rate, channels) = (parameters.clock_rate(), parameters.channels().get());
    let entry = match encoding {
        "mpeg4-generic" => SampleEntry::Aac { config: Bytes::copy_from_slice(parameters.extra_data()), sample_rate, channels },
        "pcma" => SampleEntry::G711 { law: Law::A, sample_rate, channels },
        "pcmu" => SampleEntry::G711 { law: Law::Mu, sample_rate, channels },
        _ => return None,
    };
    Some(Track { id: AUDIO, timescale: NonZeroU32::new(sample_rate)?, entry })
}

/// The kind of a NAL unit.
pub(super) fn nal_kind(nal: &[u8], h265: bool) -> Option<u8> {
    nal.first().map(|header| if h265 { header >> 1 & 0x3f } else { header & 0x1f })
}

/// Whether decoding can begin at a picture that holds such a NAL unit: an IDR; in H.265 also a picture that only
/// leading ones refer past, which many encoders send instead.
pub(super) const fn begins(kind: u8, h265: bool) -> bool {
    if h265 { matches!(kind, 16..=21) } else { kind == 5 }
}

/// Whether decoding can begin at these length-prefixed NAL units.
pub(super) fn is_sync(data: &[u8], h265: bool) -> bool {
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(nal) = after.get(..length) else { return false };
        if nal_kind(nal, h265).is_some_and(|kind| begins(kind, h265)) {
            return true;
        }
        rest = &after[length..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_picture_parameter_sets_are_gathered_and_then_stand_still() {
        let (sps, zero, one) =
            (Bytes::from_static(&[0x67, 66, 0, 30, 1]), Bytes::from_static(&[0x68, 0x80]), Bytes::from_static(&[0x68, 0x40]));
        let record = |pps: &Bytes| [&[1, 66, 0, 30, 0xff, 0xe1, 0, 5], &sps[..], &[1, 0, 2], pps].concat();
        let mut sets = PictureSets::default();
        assert_eq!(sets.merge(&record(&one), &sps, &one), record(&one));
        let both = sets.merge(&record(&zero), &sps, &zero);
        assert_eq!(both[13..], [2, 0, 2, 0x68, 0x80, 0, 2, 0x68, 0x40]);
        assert_eq!(sets.merge(&record(&one), &sps, &one), both);
        let other = Bytes::from_static(&[0x67, 77, 0, 30, 1]);
        assert_eq!(sets.merge(&record(&zero), &other, &zero), record(&zero), "another SPS begins anew");
    }

    #[test]
    fn exp_golomb_reads_and_refuses_rubbish() {
        assert_eq!([first_ue(&[0x80]), first_ue(&[0x40]), first_ue(&[0x28])], [Some(0), Some(1), Some(4)]);
        assert_eq!([first_ue(&[]), first_ue(&[0, 0])], [None, None]);
    }

    #[test]
    fn decoding_begins_at_a_picture_and_not_at_what_goes_with_one() {
        assert!(!is_sync(&[0, 0, 0, 2, 0x06, 5, 0, 0, 0, 1, 0x09], false));
        assert!(is_sync(&[0, 0, 0, 2, 0x06, 5, 0, 0, 0, 1, 0x65], false) && !is_sync(&[0, 0, 0, 1, 0x41], false));
        assert!(!is_sync(&[0, 0, 0, 9, 0x65], false) && !is_sync(&[0, 0, 0, 2, 0x4e, 1], true));
        assert!(is_sync(&[0, 0, 0, 2, 0x26, 1], true) && is_sync(&[0, 0, 0, 2, 0x2a, 1], true), "IDR and CRA");
    }
}
