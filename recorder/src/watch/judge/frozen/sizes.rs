//! What the sizes of encoded pictures say of one that is sent again and again.
//!
//! In: sizes of key frames and of what lies between them. Out: whether the encoder had nothing to do but make the
//! same picture finer, and how long pictures repeat the one before. Not here: what the pictures show
//! ([`super::differing`]).

use liuhen_proto::Span;

use crate::watch::eye::PictureSample;

/// A picture that repeats the one before takes at most this part of the key frame after it. On clips, repeated
/// ones took a 350th and less; those of a room at rest that is sent with few bits and has weak noise a 100th and more.
const NEXT_TO_NOTHING: u32 = 300;

/// Whether the same picture was made finer: the later key frame is larger by a tenth or more, and the smallest
/// quarter of what lies between took next to nothing. Not all of it: now and then the encoder refines between
/// key frames too, and the camera's clock goes on.
pub(super) fn refined([key, later]: [u32; 2], between: &[PictureSample]) -> bool {
    if u64::from(later) * 10 < u64::from(key) * 11 {
        return false;
    }
    let mut sizes: Vec<u32> = between.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes).collect();
    let quarter = sizes.len() / 4;
    if sizes.is_empty() {
        return false;
    }
    let (_, &mut size, _) = sizes.select_nth_unstable(quarter);
    size <= later / NEXT_TO_NOTHING
}

/// No picture that repeats the one before is larger, going by those.
pub(super) fn largest(samples: &[PictureSample]) -> u32 {
    let largest = samples.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes).max();
    largest.map_or(0, |bytes| bytes.saturating_mul(3) / 2 + 16)
}

/// How long samples of no more bytes than that last, up to the first other one.
pub(super) fn repeated<'a>(samples: impl Iterator<Item = &'a PictureSample>, most: u32) -> Span {
    Span::from_micros(samples.take_while(|sample| !sample.sync && sample.bytes <= most).map(|sample| sample.lasts_us).sum())
}
