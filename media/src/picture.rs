//! One key frame, decoded: its brightness for judgement, and a still for people.
//!
//! In: the sync sample of a fragment as it is stored, from outside. Out: [`Picture`], and from it [`Luma`] in
//! any size and a JPEG file. Always: no picture of more than 8192 × 4320 pixels is decoded; a sample that is no
//! picture gives an error or nothing. Not here: what is wrong with a picture (the recorder's `watch`).

mod luma;

use crate::error::MediaError;
use crate::ffmpeg::{CodecId, Decoder, Frame, MAX_SIDE, encode_jpeg};
use crate::track::SampleEntry;

pub use luma::Luma;

/// A still is never larger.
pub const MAX_JPEG_BYTES: usize = 256 * 1024;
/// The widest still.
const MAX_JPEG_WIDTH: u32 = 1_920;

/// A decoder is kept from key frame to key frame where it holds no more memory than pictures of so many pixels
/// take: those of viewing streams.
const KEPT_PIXELS: u32 = 1024 * 1024;

/// Decodes key frames of one track, each by itself: what came before a key frame, damaged or not, changes nothing.
pub struct PictureDecoder {
    codec: CodecId,
    config: bytes::Bytes,
    kept: Option<Decoder>,
}

/// A decoded picture.
pub struct Picture {
    frame: Frame,
}

impl std::fmt::Debug for PictureDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PictureDecoder").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} × {})", self.width(), self.height())
    }
}

impl PictureDecoder {
    /// For a track of pictures.
    pub fn new(entry: &SampleEntry) -> Result<Self, MediaError> {
        let (codec, config, width, height) = match entry {
            SampleEntry::H264 { config, width, height } => (CodecId::AV_CODEC_ID_H264, config, width, height),
            SampleEntry::H265 { config, width, height } => (CodecId::AV_CODEC_ID_HEVC, config, width, height),
            _ => return Err(MediaError::Config("only H.264 and H.265 are pictures")),
        };
        if u32::from(*width.max(height)) > MAX_SIDE {
            return Err(MediaError::Config("a picture is wider or higher than 8192 pixels"));
        }
        Ok(Self { codec, config: config.clone(), kept: None })
    }

    /// Decodes one sync sample (NAL units after lengths of 4 bytes). None where there is no picture in it.
    pub fn key_frame(&mut self, sample: &[u8]) -> Result<Option<Picture>, MediaError> {
        if sample.len() > crate::cutter::MAX_ACCESS_UNIT_BYTES {
            let (found, limit) = (sample.len() as u64, crate::cutter::MAX_ACCESS_UNIT_BYTES as u64);
            return Err(MediaError::TooLarge { what: "a sample", found, limit });
        }
        // Opening one costs a third of decoding a small picture. One that met an error is not used again.
        let mut decoder = self.kept.take().map_or_else(|| Decoder::open(self.codec, &self.config), Ok)?;
        decoder.push(sample)?;
        decoder.finish()?;
        let picture = decoder.frame()?.map(|frame| Picture { frame });
        if picture.as_ref().is_some_and(|picture| picture.width().saturating_mul(picture.height()) <= KEPT_PIXELS) {
            decoder.forget();
            self.kept = Some(decoder);
        }
        Ok(picture)
    }
}

impl Picture {
    /// Pixels.
    pub fn width(&self) -> u32 {
        self.frame.width()
    }

    /// Pixels.
    pub fn height(&self) -> u32 {
        self.frame.height()
    }

    /// Whether parts of it could not be decoded and were guessed.
    pub fn damaged(&self) -> bool {
        self.frame.damaged()
    }

    /// Brightness, full range, each pixel the mean of those that it stands for. Sides are kept within 1 to 8192.
    pub fn luma(&self, width: u32, height: u32) -> Luma {
        Luma::of(&self.frame, width, height)
    }

    /// A JPEG file no wider than that, and never larger than [`MAX_JPEG_BYTES`]; `quality` is 1 to 100, and given
    /// up first where the file would be too large.
    pub fn jpeg(&self, max_width: u32, quality: u8) -> Result<Vec<u8>, MediaError> {
        let (width, height) = (self.width().max(1), self.height().max(1));
        let mut target = max_width.clamp(16, MAX_JPEG_WIDTH).min(width);
        let mut scale = 2 + (100 - u32::from(quality.clamp(1, 100))) * 29 / 99;
        loop {
            let even = |pixels: u32| (pixels & !1).max(2);
            // Of a picture that is far higher than wide, the height is kept in bounds too.
            let high = (u64::from(height) * u64::from(target) / u64::from(width)).min(u64::from(MAX_SIDE));
            let bytes = encode_jpeg(&self.frame, even(target), even(high as u32), scale)?;
            if bytes.len() <= MAX_JPEG_BYTES {
                return Ok(bytes);
            }
            // The coarsest still of 16 pixels' width is far below the bound, so this ends.
            (target, scale) = if scale < 31 { (target, (scale * 2).min(31)) } else { ((target / 2).max(16), 31) };
        }
    }
}

#[cfg(test)]
mod tests;
