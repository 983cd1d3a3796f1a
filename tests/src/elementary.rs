//! What a camera sent and what the archive holds, as the encoder's own units, and whether one is in the other.
//!
//! In: files. Out: digests of NAL units, of sound packets, or raw bytes. FFmpeg takes the files apart, so that
//! no code of ours judges itself.

use anyhow::{Context as _, Result, bail, ensure};
use liuhen_proto::Sha256;

use crate::world::run_tool;

/// Digests of the NAL units of a file's pictures in the order of decoding, SEI included. Parameter sets and
/// delimiters are left out: they travel beside the pictures (SDP, `avcC`), and FFmpeg adds them as it writes.
pub fn nal_units(file: &str, h265: bool) -> Result<Vec<Sha256>> {
    let format = if h265 { "hevc" } else { "h264" };
    let stream = run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:v", "-c", "copy", "-f", format, "-"])?;
    let kind = |unit: &[u8]| if h265 { unit[0] >> 1 & 0x3f } else { unit[0] & 0x1f };
    let beside: &[u8] = if h265 { &[32, 33, 34, 35] } else { &[7, 8, 9] };
    let units = split(&stream).into_iter().filter(|unit| !unit.is_empty() && !beside.contains(&kind(unit)));
    Ok(units.map(Sha256::of).collect())
}

/// How many of a file's NAL units are SEI.
pub fn sei_count(file: &str, h265: bool) -> Result<usize> {
    let format = if h265 { "hevc" } else { "h264" };
    let stream = run_tool("ffmpeg", &["-v", "error", "-i", file, "-map", "0:v", "-c", "copy", "-f", format, "-"])?;
    let sei = |unit: &&[u8]| match unit.first() {
        Some(first) if h265 => matches!(first >> 1 & 0x3f, 39 | 40),
        Some(first) => first & 0x1f == 6,
        None => false,
    };
    Ok(split(&stream).into_iter().filter(sei).count())
}

/// The units of a byte stream (ITU-T H.264 Annex B), without start codes and the zeros before them.
fn split(stream: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at + 3 <= stream.len() {
        if stream[at..].starts_with(&[0, 0, 1]) {
            units.extend(start.map(|start: usize| &stream[start..at]));
            start = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    units.extend(start.map(|start| &stream[start..]));
    units.into_iter().map(without_zeros_at_the_end).collect()
}

fn without_zeros_at_the_end(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
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
    fn units_are_split_at_start_codes() {
        let stream = [0, 0, 0, 1, 0x65, 1, 0, 0, 1, 0x06, 2, 0, 0, 0, 1, 0x41];
        assert_eq!(split(&stream), [&[0x65, 1][..], &[0x06, 2], &[0x41]]);
    }

    #[test]
    fn a_piece_of_a_loop_is_found_and_another_is_not() {
        assert!(is_piece_of_loop(&[3, 4, 1, 2, 3, 4, 1], &[1, 2, 3, 4]).is_ok());
        assert!(is_piece_of_loop(&[3, 4, 2], &[1, 2, 3, 4]).is_err());
        assert!(is_piece_of_loop(&[], &[1]).is_err());
    }
}
