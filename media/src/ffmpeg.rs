//! The door to FFmpeg: the only place of this room that speaks to C, and therefore the only one with `unsafe`.
//!
//! In: configuration records, samples and files, from outside; they may hold anything. Out: decoded [`Frame`]s whose
//! planes are read as slices of checked length, JPEG files, and the packets of a file ([`Input`]).
//! - Every pointer that FFmpeg hands out is owned by one type here, which frees it; none leaves this module.
//! - Bytes are copied into packets with the padding that FFmpeg reads over.
//! - No frame of more than [`MAX_PIXELS`] is allocated: FFmpeg is told so before it sees the first byte.
//! - One thread a decoder; FFmpeg's own log is silent, its error texts come back in [`MediaError::Codec`].
//!
//! Why not the safe layer of `ffmpeg-next`: its packets panic where memory is short, and it gives no way to
//! set `max_pixels`. Not here: what the pictures and sound mean ([`crate::picture`], [`crate::sound`]), and how
//! packets become access units ([`crate::demux`]).

mod decoder;
mod frame;
mod input;
mod jpeg;

use std::ffi::{CStr, c_int};
use std::sync::Once;

use ffmpeg_next::ffi;

pub(crate) use decoder::Decoder;
pub(crate) use ffi::AVCodecID as CodecId;
pub(crate) use frame::{Frame, Plane, Samples};
pub(crate) use input::{Input, Kind, Stream, Unit};
pub(crate) use jpeg::encode as encode_jpeg;

use crate::error::MediaError;

/// The widest and highest picture that is decoded.
pub(crate) const MAX_SIDE: u32 = 8_192;
/// The largest picture that is decoded: 8K.
pub(crate) const MAX_PIXELS: u32 = 8_192 * 4_320;

/// FFmpeg writes to stderr what it thinks of damaged streams, as often as it sees one.
fn quiet() {
    static ONCE: Once = Once::new();
    // SAFETY: sets one integer of the library; `Once` keeps threads apart.
    ONCE.call_once(|| unsafe { ffi::av_log_set_level(ffi::AV_LOG_QUIET) });
}

/// What a function of FFmpeg returned, as a result.
fn check(doing: &'static str, code: c_int) -> Result<c_int, MediaError> {
    if code >= 0 { Ok(code) } else { Err(MediaError::Codec { doing, why: text_of(code) }) }
}

fn text_of(code: c_int) -> String {
    let mut text = [0; 128];
    // SAFETY: at most the given number of bytes are written, zero-terminated, for any code.
    unsafe { ffi::av_strerror(code, text.as_mut_ptr(), text.len()) };
    let bytes = text.map(|letter| letter.cast_unsigned());
    CStr::from_bytes_until_nul(&bytes).map_or_else(|_| code.to_string(), |text| text.to_string_lossy().into_owned())
}

fn no_memory(doing: &'static str) -> MediaError {
    MediaError::Codec { doing, why: "no memory".to_owned() }
}

/// Bytes in FFmpeg's hands.
struct Packet(*mut ffi::AVPacket);

impl Packet {
    fn empty() -> Result<Self, MediaError> {
        // SAFETY: allocates; null where it could not.
        let packet = unsafe { ffi::av_packet_alloc() };
        if packet.is_null() { Err(no_memory("take a packet")) } else { Ok(Self(packet)) }
    }

    fn copy(bytes: &[u8]) -> Result<Self, MediaError> {
        let packet = Self::empty()?;
        let size = c_int::try_from(bytes.len()).map_err(|_| no_memory("take a packet"))?;
        // SAFETY: the packet is ours and empty; after success `data` holds `size` bytes, and zeros as padding behind them.
        unsafe {
            check("take a packet", ffi::av_new_packet(packet.0, size))?;
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), (*packet.0).data, bytes.len());
            (*packet.0).flags |= ffi::AV_PKT_FLAG_KEY;
        }
        Ok(packet)
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the packet is ours; `data` holds `size` bytes, or is null where there are none.
        unsafe {
            let size = usize::try_from((*self.0).size).unwrap_or(0);
            if (*self.0).data.is_null() { &[] } else { std::slice::from_raw_parts((*self.0).data, size) }
        }
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        // SAFETY: the packet is ours, and nobody uses it after this.
        unsafe { ffi::av_packet_free(&mut self.0) }
    }
}
