//! A frame as a JPEG file, made smaller on the way.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::ffi;

use super::{Frame, Packet, check, no_memory};
use crate::error::MediaError;

const DOING: &str = "write a JPEG";

/// Scales to `width` × `height` (both even) and encodes; `scale` is JPEG's coarseness, 2 (fine) to 31.
pub(crate) fn encode(frame: &Frame, width: u32, height: u32, scale: u32) -> Result<Vec<u8>, MediaError> {
    let picture = scaled(frame, width, height)?;
    let encoder = Encoder::open(width, height, scale)?;
    let packet = Packet::empty()?;
    // SAFETY: context, frame and packet are ours; FFmpeg writes only to the packet.
    unsafe {
        (*picture.as_ptr().cast_mut()).quality = quality(scale);
        check(DOING, ffi::avcodec_send_frame(encoder.0, picture.as_ptr()))?;
        check(DOING, ffi::avcodec_receive_packet(encoder.0, packet.0))?;
    }
    Ok(packet.bytes().to_vec())
}

const fn quality(scale: u32) -> c_int {
    scale as c_int * ffi::FF_QP2LAMBDA as c_int
}

fn scaled(frame: &Frame, width: u32, height: u32) -> Result<Frame, MediaError> {
    let format = ffi::AVPixelFormat::AV_PIX_FMT_YUVJ420P;
    let mut out = Frame::empty()?;
    let (width, height) = (width as c_int, height as c_int);
    // SAFETY: the new frame is ours and empty; its buffers are allocated for the format and size that are set.
    unsafe {
        let raw = &mut *out.as_mut_ptr();
        (raw.format, raw.width, raw.height) = (format as c_int, width, height);
        raw.color_range = ffi::AVColorRange::AVCOL_RANGE_JPEG;
        check(DOING, ffi::av_frame_get_buffer(out.as_mut_ptr(), 0))?;
    }
    // SAFETY: both frames are ours and hold buffers for their formats and sizes; the scaler is freed before we return.
    unsafe {
        let from = &*frame.as_ptr();
        let scaler = ffi::sws_getContext(
            from.width,
            from.height,
            frame.pixel_format(),
            width,
            height,
            format,
            ffi::SWS_AREA as c_int,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null(),
        );
        if scaler.is_null() {
            return Err(no_memory(DOING));
        }
        let colours = ffi::sws_getCoefficients(ffi::SWS_CS_DEFAULT as c_int);
        ffi::sws_setColorspaceDetails(scaler, colours, c_int::from(frame.full_range()), colours, 1, 0, 1 << 16, 1 << 16);
        let to = &mut *out.as_mut_ptr();
        let planes = from.data.as_ptr().cast::<*const u8>();
        let done = ffi::sws_scale(scaler, planes, from.linesize.as_ptr(), 0, from.height, to.data.as_ptr(), to.linesize.as_ptr());
        ffi::sws_freeContext(scaler);
        check(DOING, done)?;
    }
    Ok(out)
}

/// FFmpeg's JPEG encoder, for one picture.
struct Encoder(*mut ffi::AVCodecContext);

impl Encoder {
    fn open(width: u32, height: u32, scale: u32) -> Result<Self, MediaError> {
        // SAFETY: finds a static description, null where this FFmpeg was built without it; then allocates a context.
        let (codec, context) = unsafe {
            let codec = ffi::avcodec_find_encoder(ffi::AVCodecID::AV_CODEC_ID_MJPEG);
            (codec, if codec.is_null() { ptr::null_mut() } else { ffi::avcodec_alloc_context3(codec) })
        };
        if context.is_null() {
            return Err(MediaError::Codec { doing: DOING, why: "FFmpeg was built without it".to_owned() });
        }
        let encoder = Self(context);
        // SAFETY: the context is ours and not opened yet.
        unsafe {
            let raw = &mut *context;
            (raw.width, raw.height) = (width as c_int, height as c_int);
            raw.pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_YUVJ420P;
            raw.color_range = ffi::AVColorRange::AVCOL_RANGE_JPEG;
            raw.time_base = ffi::AVRational { num: 1, den: 1 };
            raw.thread_count = 1;
            raw.flags |= ffi::AV_CODEC_FLAG_QSCALE as c_int;
            raw.global_quality = quality(scale);
            check(DOING, ffi::avcodec_open2(context, codec, ptr::null_mut()))?;
        }
        Ok(encoder)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours, and nobody uses it after this.
        unsafe { ffi::avcodec_free_context(&mut self.0) }
    }
}
