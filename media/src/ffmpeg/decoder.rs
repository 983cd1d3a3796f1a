//! One decoder: configuration and samples in, frames out.

use std::ffi::c_int;

use ffmpeg_next::ffi;

use super::{CodecId, Frame, MAX_PIXELS, Packet, check, no_memory, quiet};
use crate::error::MediaError;

/// What FFmpeg answers where it wants more, or has given all.
const AGAIN: c_int = -11;

/// A decoder of its own for one track. Freed with it.
pub(crate) struct Decoder(*mut ffi::AVCodecContext);

// SAFETY: a codec context belongs to no thread, it is only not to be used by two at once; `&mut self` sees to that.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Opens a decoder; `extradata` is what FFmpeg's MP4 reader would hand it.
    pub(crate) fn open(codec: CodecId, extradata: &[u8]) -> Result<Self, MediaError> {
        const DOING: &str = "open a decoder";
        quiet();
        // SAFETY: finds a static description, null where this FFmpeg was built without it.
        let found = unsafe { ffi::avcodec_find_decoder(codec) };
        if found.is_null() {
            return Err(MediaError::Codec { doing: DOING, why: "FFmpeg was built without it".to_owned() });
        }
        // SAFETY: allocates a context for that description; null where there is no memory.
        let context = unsafe { ffi::avcodec_alloc_context3(found) };
        if context.is_null() {
            return Err(no_memory(DOING));
        }
        let decoder = Self(context);
        // SAFETY: the context is ours and not opened yet. `extradata` is taken from FFmpeg's own allocator, with
        // zeroed padding behind it, as the context will free it that way.
        unsafe {
            (*context).thread_count = 1;
            (*context).max_pixels = i64::from(MAX_PIXELS);
            // A sync sample that is no IDR is shown all the same, and what is damaged says so itself.
            (*context).flags |= ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as c_int;
            (*context).flags2 |= ffi::AV_CODEC_FLAG2_SHOW_ALL as c_int;
            if !extradata.is_empty() {
                let size = c_int::try_from(extradata.len()).map_err(|_| no_memory(DOING))?;
                let copy = ffi::av_mallocz(extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
                if copy.is_null() {
                    return Err(no_memory(DOING));
                }
                std::ptr::copy_nonoverlapping(extradata.as_ptr(), copy, extradata.len());
                (*context).extradata = copy;
                (*context).extradata_size = size;
            }
            check(DOING, ffi::avcodec_open2(context, found, std::ptr::null_mut()))?;
        }
        Ok(decoder)
    }

    /// Gives it a sample. Frames that were not taken before are lost.
    pub(crate) fn push(&mut self, sample: &[u8]) -> Result<(), MediaError> {
        let packet = Packet::copy(sample)?;
        // SAFETY: context and packet are ours; FFmpeg takes its own reference to the packet's bytes.
        check("decode a sample", unsafe { ffi::avcodec_send_packet(self.0, packet.0) }).map(drop)
    }

    /// Says that no sample follows: what is held back for reordering comes out.
    pub(crate) fn finish(&mut self) -> Result<(), MediaError> {
        // SAFETY: the context is ours; a null packet means the end.
        check("end a decoder", unsafe { ffi::avcodec_send_packet(self.0, std::ptr::null()) }).map(drop)
    }

    /// Forgets all that it was given, so that the next sample is the first one.
    pub(crate) fn forget(&mut self) {
        // SAFETY: the context is ours and open.
        unsafe { ffi::avcodec_flush_buffers(self.0) }
    }

    /// The next frame; none where it wants a sample, or has given all.
    pub(crate) fn frame(&mut self) -> Result<Option<Frame>, MediaError> {
        let mut frame = Frame::empty()?;
        // SAFETY: the context and the frame are ours.
        let code = unsafe { ffi::avcodec_receive_frame(self.0, frame.as_mut_ptr()) };
        if code == AGAIN || code == ffi::AVERROR_EOF {
            return Ok(None);
        }
        check("decode a frame", code)?;
        Ok(Some(frame))
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours, and nobody uses it after this.
        unsafe { ffi::avcodec_free_context(&mut self.0) }
    }
}
