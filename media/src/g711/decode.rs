//! Reads the FLAC frames that [`super::encode`] writes, and refuses all others.

use super::{crc8, crc16};
use crate::error::MediaError;

struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl BitReader<'_> {
    fn bit(&mut self) -> Result<u32, MediaError> {
        let byte = self.bytes.get(self.position / 8).ok_or(MediaError::Flac("ends before its samples"))?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit.into())
    }

    /// At most 32 bits.
    fn bits(&mut self, count: u32) -> Result<u32, MediaError> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | self.bit()?;
        }
        Ok(value)
    }

    fn signed(&mut self, count: u32) -> Result<i32, MediaError> {
        let shift = 32 - count;
        Ok((self.bits(count)? << shift) as i32 >> shift)
    }

    fn unary(&mut self) -> Result<u32, MediaError> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
        }
        Ok(zeros)
    }
}

/// The interleaved samples of a frame.
pub(super) fn frame(bytes: &[u8], channels: u16) -> Result<Vec<i32>, MediaError> {
    let Some((content, crc)) = bytes.split_last_chunk::<2>() else {
        return Err(MediaError::Flac("ends before its header"));
    };
    if crc16(content) != u16::from_be_bytes(*crc) {
        return Err(MediaError::Flac("its checksum does not fit"));
    }
    let (block, header) = header(content, channels)?;
    let channels = usize::from(channels);
    // Each sample that is not in a constant subframe takes at least a bit, and all are at most 65 535.
    let mut samples = vec![0; block * channels];
    let mut reader = BitReader { bytes: content, position: header * 8 };
    for channel in 0..channels {
        let values = subframe(&mut reader, block)?;
        values.into_iter().enumerate().for_each(|(i, value)| samples[i * channels + channel] = value);
    }
    if reader.position.div_ceil(8) != content.len() {
        return Err(MediaError::Flac("has bytes after its samples"));
    }
    Ok(samples)
}

/// Samples of each channel, and the header's length.
fn header(bytes: &[u8], channels: u16) -> Result<(usize, usize), MediaError> {
    let refuse = || MediaError::Flac("is not one that G.711 was stored in");
    let expected = [0xff, 0xf9, 0x70, (channels.wrapping_sub(1) << 4) as u8 | 0x08];
    if !(1..=8).contains(&channels) || !bytes.starts_with(&expected) {
        return Err(refuse());
    }
    let lead = *bytes.get(4).ok_or_else(refuse)?;
    let position_bytes = match lead.leading_ones() {
        0 => 1,
        ones @ 2..=7 => ones as usize,
        _ => return Err(refuse()),
    };
    let at = 4 + position_bytes;
    let rest = bytes.get(at..at + 3).ok_or_else(refuse)?;
    if crc8(&bytes[..at + 2]) != rest[2] {
        return Err(MediaError::Flac("its header's checksum does not fit"));
    }
    Ok((usize::from(u16::from_be_bytes([rest[0], rest[1]])) + 1, at + 3))
}

fn subframe(reader: &mut BitReader<'_>, block: usize) -> Result<Vec<i32>, MediaError> {
    let head = reader.bits(8)?;
    let wasted = if head & 1 == 0 { 0 } else { reader.unary()? + 1 };
    if wasted > 15 {
        return Err(MediaError::Flac("has more wasted bits than bits"));
    }
    let bits = 16 - wasted;
    let mut values = match head >> 1 {
        0x00 => vec![reader.signed(bits)?; block],
        0x01 => (0..block).map(|_| reader.signed(bits)).collect::<Result<_, _>>()?,
        kind @ 0x08..=0x0c => fixed(reader, block, bits, kind as usize & 7)?,
        _ => return Err(MediaError::Flac("has a subframe that G.711 was not stored in")),
    };
    values.iter_mut().for_each(|value| *value <<= wasted);
    Ok(values)
}

fn fixed(reader: &mut BitReader<'_>, block: usize, bits: u32, order: usize) -> Result<Vec<i32>, MediaError> {
    if block < order {
        return Err(MediaError::Flac("is shorter than its predictor"));
    }
    let mut values: Vec<i32> = (0..order).map(|_| reader.signed(bits)).collect::<Result<_, _>>()?;
    let partition_order = reader.bits(6)?;
    if partition_order > 15 || !block.is_multiple_of(1 << partition_order) || block >> partition_order < order {
        return Err(MediaError::Flac("has partitions that do not fit"));
    }
    let length = block >> partition_order;
    for partition in 0..1_usize << partition_order {
        let parameter = reader.bits(4)?;
        if parameter == 15 {
            return Err(MediaError::Flac("has an escaped partition"));
        }
        for _ in 0..length - if partition == 0 { order } else { 0 } {
            let folded = (u64::from(reader.unary()?) << parameter | u64::from(reader.bits(parameter)?)) as u32;
            let left = (folded >> 1) as i32 ^ -((folded & 1) as i32);
            values.push(predict(&values, order).wrapping_add(left));
        }
    }
    Ok(values)
}

fn predict(values: &[i32], order: usize) -> i32 {
    let back = |n: usize| values[values.len() - n];
    let sum = match order {
        0 => 0,
        1 => i64::from(back(1)),
        2 => 2 * i64::from(back(1)) - i64::from(back(2)),
        3 => 3 * (i64::from(back(1)) - i64::from(back(2))) + i64::from(back(3)),
        _ => 4 * (i64::from(back(1)) + i64::from(back(3))) - 6 * i64::from(back(2)) - i64::from(back(4)),
    };
    sum as i32
}
