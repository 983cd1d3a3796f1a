//! What a decoder gave: planes of a picture, or channels of sound, as slices of checked length.

use std::ffi::c_int;
use std::slice;

use ffmpeg_next::ffi;

use super::no_memory;
use crate::error::MediaError;

/// A decoded frame. Freed with it.
pub(crate) struct Frame(*mut ffi::AVFrame);

// SAFETY: a frame is counted references to buffers, which FFmpeg counts atomically; `&self` only reads.
unsafe impl Send for Frame {}

/// The plane that holds brightness.
pub(crate) struct Plane<'a> {
    /// Rows, `stride` bytes each.
    pub(crate) bytes: &'a [u8],
    /// Bytes from row to row.
    pub(crate) stride: usize,
    /// Bytes from pixel to pixel.
    pub(crate) step: usize,
    /// Bytes before the first pixel.
    pub(crate) offset: usize,
    /// Bits of a value; above 8 it lies in two bytes, little end first.
    pub(crate) depth: u32,
    /// Least bits of those that are not part of the value.
    pub(crate) shift: u32,
    /// Whether black is 0 (else 16 of 256).
    pub(crate) full_range: bool,
}

/// The samples of one channel, or of all in turn.
pub(crate) enum Samples<'a> {
    /// Unsigned, 128 is zero.
    U8(&'a [u8]),
    /// Signed.
    I16(&'a [i16]),
    /// Signed, all bits used.
    I32(&'a [i32]),
    /// Full scale is 1.
    F32(&'a [f32]),
}

impl Frame {
    pub(super) fn empty() -> Result<Self, MediaError> {
        // SAFETY: allocates; null where it could not.
        let frame = unsafe { ffi::av_frame_alloc() };
        if frame.is_null() { Err(no_memory("take a frame")) } else { Ok(Self(frame)) }
    }

    pub(super) const fn as_mut_ptr(&mut self) -> *mut ffi::AVFrame {
        self.0
    }

    pub(super) const fn as_ptr(&self) -> *const ffi::AVFrame {
        self.0
    }

    fn raw(&self) -> &ffi::AVFrame {
        // SAFETY: the frame is ours, allocated, and not written to while it is borrowed.
        unsafe { &*self.0 }
    }

    pub(crate) fn width(&self) -> u32 {
        u32::try_from(self.raw().width).unwrap_or(0)
    }

    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.raw().height).unwrap_or(0)
    }

    /// Whether the decoder had to guess parts of it.
    pub(crate) fn damaged(&self) -> bool {
        self.raw().decode_error_flags != 0 || self.raw().flags & ffi::AV_FRAME_FLAG_CORRUPT != 0
    }

    pub(super) fn pixel_format(&self) -> ffi::AVPixelFormat {
        let format = self.raw().format;
        // SAFETY: a decoder of this very library set it for a picture, and the bindings were made from its headers.
        unsafe { std::mem::transmute::<c_int, ffi::AVPixelFormat>(format) }
    }

    pub(super) fn full_range(&self) -> bool {
        use ffi::AVPixelFormat::{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ444P};
        let format = self.pixel_format();
        self.raw().color_range == ffi::AVColorRange::AVCOL_RANGE_JPEG
            || [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P].contains(&format)
    }

    /// Brightness: luma, or green where the picture is RGB. None for formats that no decoder of ours gives.
    pub(crate) fn luma(&self) -> Option<Plane<'_>> {
        const NOT_READ: i32 = ffi::AV_PIX_FMT_FLAG_BE
            | ffi::AV_PIX_FMT_FLAG_PAL
            | ffi::AV_PIX_FMT_FLAG_BITSTREAM
            | ffi::AV_PIX_FMT_FLAG_HWACCEL
            | ffi::AV_PIX_FMT_FLAG_FLOAT
            | ffi::AV_PIX_FMT_FLAG_BAYER;
        // SAFETY: finds a static description, null where the format has none.
        let description = unsafe { ffi::av_pix_fmt_desc_get(self.pixel_format()).as_ref()? };
        if description.flags & u64::from(NOT_READ.cast_unsigned()) != 0 {
            return None;
        }
        let rgb = description.flags & u64::from(ffi::AV_PIX_FMT_FLAG_RGB.cast_unsigned()) != 0;
        let part = description.comp[usize::from(rgb)];
        let plane = usize::try_from(part.plane).ok()?;
        let (data, stride) = (*self.raw().data.get(plane)?, usize::try_from(self.raw().linesize[plane]).ok()?);
        let [step, offset] = [part.step, part.offset].map(|bytes| usize::try_from(bytes).unwrap_or(0));
        let [depth, shift] = [part.depth, part.shift].map(|bits| u32::try_from(bits).unwrap_or(0));
        let (width, height) = (self.width() as usize, self.height() as usize);
        let row = offset + (width.checked_sub(1)?) * step + depth.div_ceil(8) as usize;
        if data.is_null() || height == 0 || step == 0 || stride < row || depth < 8 || depth + shift > 16 {
            return None;
        }
        // SAFETY: the plane of component 0 or of RGB has no subsampling: `height` rows, `stride` bytes apart, the
        // last one at least `row` long, in buffers that live as long as the frame, which is borrowed.
        let bytes = unsafe { slice::from_raw_parts(data, stride * (height - 1) + row) };
        Some(Plane { bytes, stride, step, offset, depth, shift, full_range: rgb || self.full_range() })
    }

    /// Samples a second, and channels.
    pub(crate) fn sound(&self) -> (u32, u16) {
        let channels = u16::try_from(self.raw().ch_layout.nb_channels).unwrap_or(0);
        (u32::try_from(self.raw().sample_rate).unwrap_or(0), channels)
    }

    /// All samples, a slice for each channel or one for all. Empty for formats that no decoder of ours gives.
    pub(crate) fn samples(&self) -> Vec<Samples<'_>> {
        use ffi::AVSampleFormat as F;
        let raw = self.raw();
        let (_, channels) = self.sound();
        let count = usize::try_from(raw.nb_samples).unwrap_or(0);
        // SAFETY: a decoder of this very library set it for sound, and the bindings were made from its headers.
        let format = unsafe { std::mem::transmute::<c_int, F>(raw.format) };
        let planar =
            matches!(format, F::AV_SAMPLE_FMT_U8P | F::AV_SAMPLE_FMT_S16P | F::AV_SAMPLE_FMT_S32P | F::AV_SAMPLE_FMT_FLTP);
        let (planes, length) = if planar { (usize::from(channels), count) } else { (1, count * usize::from(channels)) };
        if raw.extended_data.is_null() {
            return Vec::new();
        }
        let plane = |index: usize| {
            // SAFETY: `extended_data` has a pointer for each plane, to `length` samples of the frame's format,
            // aligned as FFmpeg aligns all its buffers, living as long as the frame, which is borrowed.
            unsafe {
                let data = *raw.extended_data.add(index);
                if data.is_null() {
                    return None;
                }
                Some(match format {
                    F::AV_SAMPLE_FMT_U8 | F::AV_SAMPLE_FMT_U8P => Samples::U8(slice::from_raw_parts(data, length)),
                    F::AV_SAMPLE_FMT_S16 | F::AV_SAMPLE_FMT_S16P => Samples::I16(slice::from_raw_parts(data.cast(), length)),
                    F::AV_SAMPLE_FMT_S32 | F::AV_SAMPLE_FMT_S32P => Samples::I32(slice::from_raw_parts(data.cast(), length)),
                    F::AV_SAMPLE_FMT_FLT | F::AV_SAMPLE_FMT_FLTP => Samples::F32(slice::from_raw_parts(data.cast(), length)),
                    _ => return None,
                })
            }
        };
        (0..planes).filter_map(plane).collect()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: the frame is ours, and nobody uses it after this.
        unsafe { ffi::av_frame_free(&mut self.0) }
    }
}
