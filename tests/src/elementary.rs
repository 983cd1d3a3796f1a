//! What a camera sent and what the archive holds, as the encoder's own units, and whether one is in the other.
//!
//! In: files. Out: digests of NAL units, of sound packets, or raw bytes. FFmpeg takes the files apart, so that
//! no code of ours judges itself.

use anyhow::{Context as _, Result, bail, ensure};
use liuhen_proto::Sha256;

use crate::world::run_tool;

/// Digests of the NAL units of a file's pictures in the order of decoding, SEI included. Parameter sets and
/// delimiters are left out: they travel beside the pictures (SDP, `avcC`, `hvcC`).
pub fn nal_units(file: &str, h265: bool) -> Result<Vec<Sha256>> {
    units_of(&pictures(file)?, h265)
}

/// The same for bytes in which each unit stands after its length in 4 bytes.
pub fn units_of(bytes: &[u8], h265: bool) -> Result<Vec<Sha256>> {
    let beside: &[u8] = if h265 { &[32, 33, 34, 35] } else { &[7, 8, 9] };
    let units = split(bytes)?.into_iter().filter(|unit| !beside.contains(&kind(unit, h265)));
    Ok(units.map(Sha256::of).collect())
}

/// The sound of a file as it was encoded: its packets, one after the other.
pub fn sound(file: &str) -> Result<Vec<u8>> {
    run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:a", "-c", "copy", "-f", "data", "-"])
}

/// How many of a file's NAL units are SEI.
pub fn sei_count(file: &str, h265: bool) -> Result<usize> {
    let sei: &[u8] = if h265 { &[39, 40] } else { &[6] };
    let bytes = pictures(file)?;
    Ok(split(&bytes)?.into_iter().filter(|unit| sei.contains(&kind(unit, h265))).count())
}

/// The samples of a Matroska or MP4 file as they lie in it, one after the other.
fn pictures(file: &str) -> Result<Vec<u8>> {
    run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:v", "-c", "copy", "-f", "data", "-"])
}

fn kind(unit: &[u8], h265: bool) -> u8 {
    if h265 { unit[0] >> 1 & 0x3f } else { unit[0] & 0x1f }
}

/// Units that each stand after their length in 4 bytes.
pub(crate) fn split(mut bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let mut units = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        ensure!((1..=rest.len()).contains(&length), "a unit of {length} bytes where {} are left", rest.len());
        units.push(&rest[..length]);
        bytes = &rest[length..];
    }
    ensure!(bytes.is_empty(), "{} bytes are left over", bytes.len());
    Ok(units)
}

/// Whether `part` is an unbroken piece of `whole` played again and again; otherwise where it departs.
pub fn is_piece_of_loop<T: PartialEq>(part: &[T], whole: &[T]) -> Result<()> {
    ensure!(!part.is_empty() && !whole.is_empty(), "nothing to compare: {} in {}", part.len(), whole.len());
    let mut best = 0;
    for begin in 0..whole.len() {
        let same = part.iter().enumerate().take_while(|(n, unit)| **unit == whole[(begin + n) % whole.len()]).count();
        if same == part.len() {
            return Ok(());
        }
        best = best.max(same);
    }
    bail!("{} units are no unbroken piece of the camera's {}: the best fit departs after {best}", part.len(), whole.len())
}

/// The sound of a file as FFmpeg decodes it: 16-bit samples of one channel.
pub fn samples(file: &str) -> Result<Vec<i16>> {
    let bytes = run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:a", "-f", "s16le", "-"])?;
    Ok(bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

/// The sound of a file as it was encoded, for G.711.
pub fn codes(file: &str, format: &str) -> Result<Vec<u8>> {
    run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:a", "-c", "copy", "-f", format, "-"]).context("read G.711")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_split_by_their_lengths() {
        let bytes = [0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x06];
        assert_eq!(split(&bytes).unwrap(), [&[0x65, 1][..], &[0x06]]);
        assert!(split(&bytes[..8]).is_err() && split(&bytes[..5]).is_err());
    }

    #[test]
    fn a_piece_of_a_loop_is_found_and_another_is_not() {
        assert!(is_piece_of_loop(&[3, 4, 1, 2, 3, 4, 1], &[1, 2, 3, 4]).is_ok());
        assert!(is_piece_of_loop(&[3, 4, 2], &[1, 2, 3, 4]).is_err());
        assert!(is_piece_of_loop(&[], &[1]).is_err());
    }
}
