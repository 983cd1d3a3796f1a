//! WHAT A FRAGMENT IS. Boxes of fMP4, timing, segment files, playlists, virtual MP4.
//!
//! In: access units in decode order, as a camera sent them; or the bytes of fragments, from whoever
//! claims to have made some. Out, in the order data meets them:
//! - [`track`]: what a stream carries, and the init segment (`ftyp` + `moov`) that says so;
//! - [`g711`]: A-law and µ-law as FLAC and back, byte for byte;
//! - [`cutter`]: access units in, [`cutter::Cut`]s with decode times out;
//! - [`writer`], [`reader`]: a fragment's bytes, written and checked;
//! - [`segment_file`]: init and fragments in one file that plays, verifies and recovers itself;
//! - [`select`], [`playlist`], [`virtual_mp4`]: what a player is given, computed from the index alone;
//! - [`mp4_file`]: access units out of an ordinary MP4 file;
//! - `picture`, `sound` (feature `ffmpeg`): a key frame decoded, and how loud it is;
//! - `demux` (feature `ffmpeg`): access units out of files of other makes.
//!
//! Always: samples are stored as the camera encoded them; sizes from outside are bounded before memory
//! is reserved; no input makes this room panic. Not here: clocks (the recorder makes the header from its
//! clock), network, and any I/O but that of [`segment_file`], [`mp4_file`] and `demux` on their own files.

mod boxes;
pub mod cutter;
#[cfg(feature = "ffmpeg")]
pub mod demux;
pub mod error;
#[cfg(feature = "ffmpeg")]
#[expect(unsafe_code, reason = "FFmpeg is C; the module's header says what holds")]
mod ffmpeg;
pub mod g711;
mod init;
pub mod mp4_file;
#[cfg(feature = "ffmpeg")]
pub mod picture;
pub mod playlist;
pub mod reader;
pub mod segment_file;
pub mod select;
#[cfg(feature = "ffmpeg")]
pub mod sound;
pub mod track;
pub mod virtual_mp4;
pub mod writer;

#[cfg(test)]
mod testing;

pub use error::MediaError;
