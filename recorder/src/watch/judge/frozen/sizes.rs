//! What the sizes of encoded pictures say of one that is sent again and again.
//!
//! In: sizes of key frames and of what lies between them. Out: whether the encoder had nothing to do but make the
//! same picture finer, and how long pictures repeat the one before. Not here: what the pictures show
//! ([`super::differing`]).

use liuhen_proto::Span;

use crate::watch::eye::PictureSample;

/// A picture that repeats the one before takes at most this part of the key frame after it. On clips, repeated
/// ones took a 350th and less, those of nearly all rooms at rest a 130th and more; but before x265 a 440th, once.
const NEXT_TO_NOTHING: u32 = 300;
/// A key frame that grew by so many hundredths may differ from the one before by such a share of the least that is
/// usual: the more it grew, the more noise a room would show. On clips, that room at rest grew by 9 and differed by 0.71.
const GREW_MUCH: (u64, f32) = (120, 0.85);
const GREW: (u64, f32) = (110, 0.67);
const DID_NOT_SHRINK: (u64, f32) = (100, 0.5);

/// How little lies between key frames whose grain is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// On clips, repeated pictures took a 960th of the key frame after them and less; those of rooms whose key frames
    /// had grain in common a 480th and more.
    Nothing = 600,
    /// Repeated pictures that the encoder refines.
    Little = 100,
}

/// Where the same picture was made finer, the share of the least usual difference by which its key frames may
/// differ: the later one is no smaller, and the smallest quarter of what lies between took next to nothing. Not all of
/// it: now and then the encoder refines between key frames too, and the camera's clock goes on.
pub(super) fn refined([key, later]: [u32; 2], between: &[PictureSample]) -> Option<f32> {
    let grew = |by: u64| u64::from(later) * 100 >= u64::from(key) * by;
    let (_, share) = [GREW_MUCH, GREW, DID_NOT_SHRINK].into_iter().find(|&(by, _)| grew(by))?;
    quarter(between).filter(|&size| size <= later / NEXT_TO_NOTHING).map(|_| share)
}

/// Whether what lies before a key frame repeats one picture, going by the smallest quarter.
pub(super) fn repeats(later: u32, between: &[PictureSample], most: Between) -> bool {
    quarter(between).is_some_and(|size| size <= later / most as u32)
}

/// No picture of the smallest quarter is larger.
fn quarter(between: &[PictureSample]) -> Option<u32> {
    let mut sizes: Vec<u32> = between.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes).collect();
    if sizes.is_empty() {
        return None;
    }
    let quarter = sizes.len() / 4;
    Some(*sizes.select_nth_unstable(quarter).1)
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
