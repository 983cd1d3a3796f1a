//! A DAV file, as recorders of Dahua export it, made of an MP4 file: no muxer writes this container.
//!
//! In: an MP4 file with H.264. Out: its pictures, each in a frame with head and tail that tells the device's clock in
//! seconds and a counter of milliseconds. Only what FFmpeg's `dhav` demuxer reads is written (libavformat/dhav.c is
//! the description that there is); no real export was at hand.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use liuhen_media::mp4_file::Mp4File;
use liuhen_media::track::{SampleEntry, Track};

/// Writes the pictures of `source`; the device's clock shows `clock` (year, month, day, hour, minute, second) at the first.
pub fn write(source: &Path, target: &Path, clock: [u32; 6]) -> Result<()> {
    let mut file = Mp4File::open(source)?;
    let track = file.tracks().first().context("a file with a track")?.clone();
    let SampleEntry::H264 { config, width, height } = &track.entry else { anyhow::bail!("H.264 was expected") };
    let parameters = parameter_sets(config)?;
    let mut bytes = Vec::new();
    let mut number = 0_u32;
    while let Some(unit) = file.next_unit()? {
        if unit.track != track.id {
            continue;
        }
        let mut data = if unit.sync { parameters.clone() } else { Vec::new() };
        data.extend(byte_stream(&unit.data)?);
        let millis = micros(&unit.pts, &track) / 1_000;
        let mut extension = vec![0x81, 0, 2, 10];
        extension.extend([0x82, 0, 0, 0]);
        extension.extend(width.to_le_bytes());
        extension.extend(height.to_le_bytes());
        frame(&mut bytes, if unit.sync { 0xfd } else { 0xfc }, number, date(clock, millis / 1_000)?, millis, &extension, &data);
        number += 1;
    }
    std::fs::write(target, bytes).with_context(|| format!("write {}", target.display()))
}

fn micros(pts: &i64, track: &Track) -> u32 {
    u32::try_from(pts * 1_000_000 / i64::from(track.timescale.get())).unwrap_or(u32::MAX)
}

/// The device's clock, six bits and less for each part.
fn date([year, month, day, hour, minute, second]: [u32; 6], after: u32) -> Result<u32> {
    let second = second + after;
    ensure!(second < 60, "a test's film ends within its minute");
    Ok((year - 2_000) << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second)
}

fn frame(bytes: &mut Vec<u8>, kind: u8, number: u32, date: u32, millis: u32, extension: &[u8], data: &[u8]) {
    let length = u32::try_from(24 + extension.len() + data.len() + 8).expect("a picture is small");
    bytes.extend(b"DHAV");
    bytes.extend([kind, 0, 0, 0]);
    bytes.extend(number.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(date.to_le_bytes());
    bytes.extend(((millis % 65_536) as u16).to_le_bytes());
    bytes.extend([extension.len() as u8, 0]);
    bytes.extend(extension);
    bytes.extend(data);
    bytes.extend(b"dhav");
    bytes.extend(length.to_le_bytes());
}

/// SPS and PPS of an AVCDecoderConfigurationRecord, after start codes.
fn parameter_sets(config: &[u8]) -> Result<Vec<u8>> {
    let (mut found, mut at) = (Vec::new(), 5);
    for mask in [0x1f, 0xff] {
        let count = config.get(at).context("a whole record")? & mask;
        at += 1;
        for _ in 0..count {
            let length = config.get(at..at + 2).context("a whole record")?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            found.extend([0, 0, 0, 1]);
            found.extend(config.get(at + 2..at + 2 + length).context("a whole record")?);
            at += 2 + length;
        }
    }
    Ok(found)
}

fn byte_stream(mut data: &[u8]) -> Result<Vec<u8>> {
    let mut stream = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<4>() {
        let (unit, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize).context("a whole NAL unit")?;
        stream.extend([0, 0, 0, 1]);
        stream.extend(unit);
        data = rest;
    }
    Ok(stream)
}
