//! A grey picture in memory, small.

use crate::error::MediaError;
use crate::ffmpeg::{CodecId, Decoder, Frame, MAX_SIDE, Plane};

/// JPEG files from outside: larger ones are refused.
const MAX_JPEG_INPUT_BYTES: usize = 4 * 1024 * 1024;

/// Brightness of a picture: 0 is black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Luma {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row after row, `width * height` of them.
    pub pixels: Vec<u8>,
}

impl Luma {
    /// Reads a JPEG file of at most 4 MiB, in the size that is wanted.
    pub fn from_jpeg(bytes: &[u8], width: u32, height: u32) -> Result<Self, MediaError> {
        if bytes.len() > MAX_JPEG_INPUT_BYTES {
            let (found, limit) = (bytes.len() as u64, MAX_JPEG_INPUT_BYTES as u64);
            return Err(MediaError::TooLarge { what: "a JPEG file", found, limit });
        }
        if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Err(MediaError::Config("not a JPEG file"));
        }
        let mut decoder = Decoder::open(CodecId::AV_CODEC_ID_MJPEG, &[])?;
        decoder.push(bytes)?;
        decoder.finish()?;
        let frame = decoder.frame()?.ok_or(MediaError::Config("a JPEG file without a picture"))?;
        Ok(Self::of(&frame, width, height))
    }

    /// The pixel of a column and row; those beyond the edge are those at the edge.
    pub fn at(&self, x: u32, y: u32) -> u8 {
        let (x, y) = (x.min(self.width.saturating_sub(1)), y.min(self.height.saturating_sub(1)));
        self.pixels.get((y * self.width + x) as usize).copied().unwrap_or(0)
    }

    /// Each pixel becomes the mean of the pixels that it stands for; black where the frame has no brightness.
    pub(super) fn of(frame: &Frame, width: u32, height: u32) -> Self {
        let [width, height] = [width, height].map(|side| side.clamp(1, MAX_SIDE));
        let mut pixels = vec![0; (width * height) as usize];
        if let Some(plane) = frame.luma() {
            scale(&plane, (frame.width() as usize, frame.height() as usize), width as usize, &mut pixels);
        }
        Self { width, height, pixels }
    }
}

/// Averages the plane into rows of `out_width`.
fn scale(plane: &Plane<'_>, (width, height): (usize, usize), out_width: usize, out: &mut [u8]) {
    let out_height = out.len() / out_width;
    let columns: Vec<_> = (0..out_width).map(|x| cell(x, out_width, width)).collect();
    let means = means(plane, (width, height), (out_width, out_height));
    let mut sums = vec![0_u32; width];
    for (y, row) in out.chunks_exact_mut(out_width).enumerate() {
        let (top, bottom) = cell(y, out_height, height);
        sums.fill(0);
        for line in top..bottom {
            add_row(plane, &plane.bytes[line * plane.stride..], &mut sums);
        }
        if let Some(means) = &means {
            for (pixel, cell) in row.iter_mut().zip(sums.chunks_exact(width / out_width)) {
                *pixel = means.get(cell.iter().sum::<u32>() as usize).copied().unwrap_or(u8::MAX);
            }
            continue;
        }
        for (pixel, &(left, right)) in row.iter_mut().zip(&columns) {
            let sum: u64 = sums[left..right].iter().map(|&sum| u64::from(sum)).sum();
            *pixel = full_range(sum, ((right - left) * (bottom - top)) as u64, plane);
        }
    }
}

/// The mean for each sum that can be, where all cells are of one size: a division for each pixel is half of the
/// work otherwise. Nothing where there would be more sums than pixels.
fn means(plane: &Plane<'_>, (width, height): (usize, usize), (out_width, out_height): (usize, usize)) -> Option<Vec<u8>> {
    let even = width >= out_width && width % out_width == 0 && height >= out_height && height % out_height == 0;
    let count = (width / out_width) * (height / out_height);
    let sums = count.checked_shl(plane.depth)?;
    (even && sums <= out_width * out_height).then(|| (0..sums).map(|sum| full_range(sum as u64, count as u64, plane)).collect())
}

/// Which of `from` pixels the pixel `at` of `to` stands for; at least one.
const fn cell(at: usize, to: usize, from: usize) -> (usize, usize) {
    let start = at * from / to;
    let end = (at + 1) * from / to;
    (start, if end > start { end } else { start + 1 })
}

fn add_row(plane: &Plane<'_>, row: &[u8], sums: &mut [u32]) {
    if plane.depth + plane.shift > 8 {
        for (x, sum) in sums.iter_mut().enumerate() {
            let at = plane.offset + x * plane.step;
            *sum += u32::from(u16::from_le_bytes([row[at], row[at + 1]])) >> plane.shift;
        }
    } else if plane.step == 1 && plane.offset == 0 {
        sums.iter_mut().zip(row).for_each(|(sum, &pixel)| *sum += u32::from(pixel));
    } else {
        for (x, sum) in sums.iter_mut().enumerate() {
            *sum += u32::from(row[plane.offset + x * plane.step]) >> plane.shift;
        }
    }
}

/// The mean of `count` values, from the plane's depth and range to 0..=255, rounded.
fn full_range(sum: u64, count: u64, plane: &Plane<'_>) -> u8 {
    let unit = count << (plane.depth - 8);
    if plane.full_range {
        return u8::try_from((sum + unit / 2) / unit).unwrap_or(u8::MAX);
    }
    // 16..=235 of 256 are black to white.
    let above = sum.saturating_sub(16 * unit);
    u8::try_from((above * 255 + unit * 219 / 2) / (unit * 219)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As it is meant: one pixel after the other.
    fn slowly(plane: &Plane<'_>, (width, height): (usize, usize), (out_width, out_height): (usize, usize)) -> Vec<u8> {
        let places = (0..out_height).flat_map(|y| (0..out_width).map(move |x| (x, y)));
        let mean = |(x, y)| {
            let ((left, right), (top, bottom)) = (cell(x, out_width, width), cell(y, out_height, height));
            let pixels = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
            let sum = pixels.map(|(x, y)| u64::from(plane.bytes[y * plane.stride + x])).sum();
            full_range(sum, ((right - left) * (bottom - top)) as u64, plane)
        };
        places.map(mean).collect()
    }

    proptest! {
        /// Whether a table of means is used or not: each pixel is the mean of its cell.
        #[test]
        fn each_pixel_is_the_mean_of_its_cell(
            out in (1usize..40, 1usize..40), times in (1usize..4, 1usize..4), more in (0usize..3, 0usize..3),
            bytes in prop::collection::vec(any::<u8>(), 122 * 122), full_range: bool,
        ) {
            let size = (out.0 * times.0 + more.0, out.1 * times.1 + more.1);
            let plane = Plane { bytes: &bytes, stride: 122, step: 1, offset: 0, depth: 8, shift: 0, full_range };
            let mut found = vec![0; out.0 * out.1];
            scale(&plane, size, out.0, &mut found);
            prop_assert_eq!(found, slowly(&plane, size, out));
        }
    }
}
