//! G.711 to FLAC in MP4, and back, byte for byte.
//!
//! In: the camera's bytes, a code a sample. Out: FLAC frames, each complete in itself, which every browser
//! plays; and from them the camera's bytes again.
//! - A-law has 256 codes and 256 values: the expansion of ITU-T G.711 can be inverted as it is.
//! - µ-law has two codes for zero, 0xFF and 0x7F ("negative zero"), which would become one. 0x7F is
//!   therefore stored as -1, a value that no code has and that nobody can hear (-90 dB); all other codes
//!   are stored as G.711 says. So both laws are one-to-one.
//!
//! Not here: where one frame ends and the next begins ([`crate::cutter`]).

mod decode;
mod encode;

use std::sync::LazyLock;

use crate::error::MediaError;
use crate::track::Law;

/// The most samples that one frame may have.
pub(crate) const MAX_FRAME: usize = 65_535;
/// Access units are gathered into frames of at most so many samples (FLAC's streamable subset allows 4608).
pub(crate) const MAX_MERGED: usize = 4_096;

/// The 16-bit sample of a code. One-to-one for both laws.
pub const fn expand(law: Law, code: u8) -> i16 {
    match law {
        Law::A => expand_a(code),
        Law::Mu => expand_mu(code),
    }
}

const fn expand_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, step) = ((code >> 4) & 7, ((code & 15) as i16) << 4);
    let magnitude = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

const fn expand_mu(code: u8) -> i16 {
    if code == 0x7f {
        return -1;
    }
    let code = !code;
    let magnitude = ((((code & 15) as i16) << 3) + 0x84) << ((code >> 4) & 7);
    if code & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude }
}

/// Codes by sample, for each law.
static CODES: LazyLock<[Vec<Option<u8>>; 2]> = LazyLock::new(|| {
    [Law::A, Law::Mu].map(|law| {
        let mut codes = vec![None; 1 << 16];
        (0..=255).for_each(|code| codes[usize::from(expand(law, code) as u16)] = Some(code));
        codes
    })
});

/// The code of a 16-bit sample that [`expand`] gave; none for any other.
pub fn compress(law: Law, sample: i16) -> Option<u8> {
    CODES[law as usize][usize::from(sample as u16)]
}

/// One FLAC frame of 1 to 65 535 samples of each channel. `position` is the number of its first sample.
pub(crate) fn frame(law: Law, channels: u16, codes: &[u8], position: i64) -> Vec<u8> {
    let samples: Vec<i32> = codes.iter().map(|&code| expand(law, code).into()).collect();
    encode::frame(&samples, channels, position)
}

/// One FLAC frame of interleaved 16-bit samples, 1 to 65 535 of each channel.
#[cfg(feature = "ffmpeg")]
pub(crate) fn flac_frame(samples: &[i32], channels: u16, position: i64) -> Vec<u8> {
    encode::frame(samples, channels, position)
}

/// The camera's bytes of a FLAC frame that this module made: one byte a sample, channels interleaved.
pub fn restore(law: Law, channels: u16, frame: &[u8]) -> Result<Vec<u8>, MediaError> {
    let samples = decode::frame(frame, channels)?;
    let code = |sample: i32| i16::try_from(sample).ok().and_then(|sample| compress(law, sample));
    samples.into_iter().map(|s| code(s).ok_or(MediaError::Flac("holds a sample that G.711 has no code for"))).collect()
}

/// FLAC's STREAMINFO block with its head, as `dfLa` wants it.
pub(crate) fn stream_info(sample_rate: u32, channels: u16) -> Vec<u8> {
    let mut block = vec![0x80, 0, 0, 34];
    block.extend(16_u16.to_be_bytes());
    block.extend((MAX_FRAME as u16).to_be_bytes());
    block.extend([0; 6]);
    // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples in all (0: not known).
    let word = u64::from(sample_rate) << 44 | u64::from(channels - 1) << 41 | 15 << 36;
    block.extend(word.to_be_bytes());
    block.extend([0; 16]);
    block
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 }))
}

static CRC16: LazyLock<[u16; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        (0..8).fold((byte as u16) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x8005 })
    })
});

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| crc << 8 ^ CRC16[usize::from((crc >> 8) as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_codes_of_both_laws_come_back() {
        for law in [Law::A, Law::Mu] {
            let samples: std::collections::BTreeSet<_> = (0..=255).map(|code| expand(law, code)).collect();
            assert_eq!(samples.len(), 256, "{law:?} is one-to-one");
            assert!((0..=255).all(|code| compress(law, expand(law, code)) == Some(code)));
            let codes: Vec<u8> = (0..=255).collect();
            assert_eq!(restore(law, 1, &frame(law, 1, &codes, 0)).unwrap(), codes);
            assert_eq!(restore(law, 2, &frame(law, 2, &codes, 1 << 35)).unwrap(), codes);
            for code in 0..=255 {
                assert_eq!(restore(law, 1, &frame(law, 1, &[code; 160], 7)).unwrap(), [code; 160]);
                assert_eq!(restore(law, 1, &frame(law, 1, &[code], 7)).unwrap(), [code]);
            }
        }
    }

    #[test]
    fn the_expansion_is_that_of_the_recommendation() {
        assert_eq!([0x00, 0x55, 0x80, 0xd5, 0xaa].map(|code| expand(Law::A, code)), [-5504, -8, 5504, 8, 32256]);
        assert_eq!([0x00, 0x7f, 0x80, 0xff, 0xfe].map(|code| expand(Law::Mu, code)), [-32124, -1, 32124, 0, 8]);
    }

    #[test]
    fn speech_like_sound_becomes_smaller_than_pcm() {
        let wave = |i: usize| ((i as f64 / 9.0).sin() * 6_000.0) as i16;
        let nearest = |s: i16| (0..=255).min_by_key(|&code| expand(Law::A, code).abs_diff(s)).unwrap();
        let codes: Vec<u8> = (0..4_000).map(|i| nearest(wave(i))).collect();
        let flac = frame(Law::A, 1, &codes, 0);
        assert!(flac.len() < codes.len() * 3 / 2, "{} bytes for {} codes", flac.len(), codes.len());
        assert_eq!(restore(Law::A, 1, &flac).unwrap(), codes);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(codes in prop::collection::vec(any::<u8>(), 1..3_000), mu: bool, position in 0i64..1 << 36) {
            let law = if mu { Law::Mu } else { Law::A };
            prop_assert_eq!(restore(law, 1, &frame(law, 1, &codes, position)).unwrap(), codes);
        }

        #[test]
        fn a_changed_or_torn_frame_is_refused(at in 0usize..2_000, bit in 0u8..8, length in 0usize..2_000) {
            let codes: Vec<u8> = (0..1_000u32).map(|i| (i * i / 7) as u8).collect();
            let mut flac = frame(Law::A, 1, &codes, 5);
            let (place, length) = (at % flac.len(), length % flac.len());
            prop_assert!(restore(Law::A, 1, &flac[..length]).is_err());
            flac[place] ^= 1 << bit;
            prop_assert!(restore(Law::A, 1, &flac).is_err());
        }
    }
}
