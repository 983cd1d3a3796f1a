//! Frozen: the camera sends the same picture again and again, though its clock in the picture may run.
//!
//! Measured: the share of the picture that differs from one key frame to the next, in %. What differs within one
//! small box is the camera's own clock. Two cases:
//! - An encoder of constant quality gives the same key frame for the same picture, to the last bit. Noise,
//!   even if too weak to be worth a byte between key frames, changes nearly every tile of the next one.
//! - An encoder that is held to a bit rate (so all groups of pictures are about as large) spends what it saves
//!   on finer key frames, so they differ a little; but then they grow, and next to nothing lies between them,
//!   as never while something moves.
//!
//! Where the first repeated picture is, and the first other one, the sizes between key frames tell.

use liuhen_media::picture::Luma;
use liuhen_proto::judgement::{FlagKind, Limit};
use liuhen_proto::{Span, Timestamp};

use super::state::State;
use super::usual::Usual;
use super::{FlagChange, held_against};
use crate::watch::eye::{PictureSample, Pictures};

const THRESHOLD_MILLI: i64 = 3_000;
/// Pixels of a tile's side.
const TILE: usize = 10;
/// A tile differs if its pixels do by so many hundredths of a step of luma, on average: where the same picture
/// is encoded in the same way …
const SAME: u32 = 25;
/// … where it is encoded ever finer, …
const FINER: u32 = 125;
/// … and where the encoder is known to be held to a bit rate, so that nothing else explains it.
const FINER_AND_HELD: u32 = 250;
/// So much larger key frames have become if they are encoded finer.
const GROWN: f32 = 1.15;
/// Between key frames lies less than this share of a key frame for each picture, …
const NEXT_TO_NOTHING: f32 = 0.015;
/// … and of what is usual.
const FAR_LESS: f32 = 0.25;
/// An encoder is held to a bit rate if large groups of pictures are no more than so many times as large as small ones.
const HELD: f32 = 1.8;
/// What a clock may cover, of all tiles.
const CLOCK_BOX: f32 = 0.12;
/// Key frames that are alike must lie so far apart, all together.
const SURE: Span = Span::from_millis(1_900);
/// Pictures that are remembered at most: a minute at 60 a second.
const MAX_REMEMBERED: usize = 3_600;

#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) state: State,
    /// The latest key frame.
    last: Option<(Timestamp, Luma)>,
    /// What came since it, and what came between it and the one before.
    since: Vec<PictureSample>,
    before: Vec<PictureSample>,
    /// Since when key frames are alike, back-dated; and the first of them.
    alike: Option<(Timestamp, Timestamp)>,
    usual_key: Usual,
    usual_between: Usual,
    usual_group: Usual,
}

impl Frozen {
    pub(super) fn new() -> Self {
        Self {
            state: State::new(FlagKind::Frozen, "frozen/1"),
            last: None,
            since: Vec::new(),
            before: Vec::new(),
            alike: None,
            usual_key: Usual::default(),
            usual_between: Usual::default(),
            usual_group: Usual::default(),
        }
    }

    /// `quiet` says that something else explains a picture that stands still.
    pub(super) fn look(
        &mut self,
        pictures: &Pictures,
        luma: Option<&Luma>,
        quiet: bool,
        limit: Option<Limit>,
        changes: &mut Vec<FlagChange>,
    ) {
        let Some(threshold) = held_against(limit, THRESHOLD_MILLI) else { return self.state.finish(changes) };
        if !self.state.bridge(pictures.at, changes) {
            self.forget();
        }
        let room = MAX_REMEMBERED.saturating_sub(self.since.len());
        let Some(luma) = luma else { return self.since.extend(pictures.samples.iter().take(room)) };
        // A key frame at the fragment's end comes after its samples, one at its beginning before them.
        let ahead = pictures.key_at >= pictures.at.end();
        if ahead {
            self.since.extend(pictures.samples.iter().take(room));
        }
        let last = self.last.replace((pictures.key_at, luma.clone()));
        match last {
            Some((at, last)) if !quiet => {
                let tolerance = self.tolerance(pictures.key_bytes as f32);
                self.compare((at, &last), (pictures.key_at, luma), tolerance, threshold, changes);
            }
            _ => self.alike = None,
        }
        self.before = std::mem::take(&mut self.since);
        if !ahead {
            self.since.extend(pictures.samples.iter().take(MAX_REMEMBERED));
        }
    }

    fn forget(&mut self) {
        (self.last, self.alike) = (None, None);
        self.since.clear();
        self.before.clear();
    }

    fn compare(
        &mut self,
        last: (Timestamp, &Luma),
        now: (Timestamp, &Luma),
        tolerance: u32,
        threshold: i64,
        changes: &mut Vec<FlagChange>,
    ) {
        let differing = Differing::of(last.1, now.1, tolerance);
        let milli = (differing.share * 100_000.0) as i64;
        tracing::trace!(kind = "frozen", at_us = now.0.as_micros(), milli, box_share = differing.box_share, tolerance, "looked");
        if milli <= threshold && differing.box_share <= CLOCK_BOX {
            let back = repeated(self.before.iter().rev(), largest(&self.since));
            let alike = *self.alike.get_or_insert((last.0.before(back), last.0));
            if now.0.since(alike.1) >= SURE {
                self.state.begin(alike.0, milli, threshold, changes);
            }
            return;
        }
        if self.alike.take().is_some() {
            // While it stood still, nothing was larger than this.
            let on = repeated(self.since.iter().skip(1), largest(&self.before));
            self.state.end(last.0.after(on), changes);
        } else {
            self.learn();
        }
    }

    fn between(&self) -> Vec<u32> {
        let mut between: Vec<_> = self.since.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes).collect();
        between.sort_unstable();
        between
    }

    fn key_bytes(&self) -> Option<f32> {
        self.since.first().filter(|sample| sample.sync).map(|sample| sample.bytes as f32)
    }

    /// By how much tiles may differ: more where the encoder has nothing to do but to make key frames finer.
    fn tolerance(&self, latest_key: f32) -> u32 {
        let between = self.between();
        let (Some(&middle), Some(key)) = (between.get(between.len() / 2), self.key_bytes()) else { return SAME };
        let (Some(usual_key), Some(usual_between)) = (self.usual_key.value(), self.usual_between.value()) else { return SAME };
        let grown = key.max(latest_key) >= usual_key * GROWN;
        if !grown || middle as f32 > f32::min(key * NEXT_TO_NOTHING, usual_between * FAR_LESS) {
            return SAME;
        }
        if self.usual_group.spread().is_some_and(|spread| spread <= HELD) { FINER_AND_HELD } else { FINER }
    }

    fn learn(&mut self) {
        let between = self.between();
        if let (Some(&middle), Some(key)) = (between.get(between.len() / 2), self.key_bytes()) {
            self.usual_key.learn(key);
            self.usual_between.learn(middle as f32);
            self.usual_group.learn(self.since.iter().map(|sample| sample.bytes as f32).sum());
        }
    }
}

/// No picture that repeats the one before is larger, going by those.
fn largest(samples: &[PictureSample]) -> u32 {
    let largest = samples.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes).max();
    largest.map_or(0, |bytes| bytes.saturating_mul(3) / 2 + 16)
}

/// How long samples of no more bytes than that last, up to the first other one.
fn repeated<'a>(samples: impl Iterator<Item = &'a PictureSample>, most: u32) -> Span {
    Span::from_micros(samples.take_while(|sample| !sample.sync && sample.bytes <= most).map(|sample| sample.lasts_us).sum())
}

/// Which tiles differ.
struct Differing {
    /// Of all tiles.
    share: f32,
    /// Tiles of the smallest box around them, of all tiles.
    box_share: f32,
}

impl Differing {
    fn of(one: &Luma, other: &Luma, hundredths: u32) -> Self {
        let width = one.width as usize;
        let columns = width / TILE;
        let rows_of_tiles = one.pixels.chunks_exact(width * TILE).zip(other.pixels.chunks_exact(width * TILE));
        let (mut count, mut tiles) = (0, 0);
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (row, (one, other)) in rows_of_tiles.enumerate() {
            let mut sums = vec![0_u32; columns];
            for (x, (a, b)) in one.iter().zip(other).enumerate() {
                if let Some(sum) = sums.get_mut(x % width / TILE) {
                    *sum += u32::from(a.abs_diff(*b));
                }
            }
            tiles += columns;
            for (column, _) in sums.iter().enumerate().filter(|(_, sum)| **sum * 100 > hundredths * (TILE * TILE) as u32) {
                count += 1;
                (left, right, top, bottom) = (left.min(column), right.max(column + 1), top.min(row), bottom.max(row + 1));
            }
        }
        let boxed = if count == 0 { 0 } else { (right - left) * (bottom - top) };
        let of_all = |part: usize| part as f32 / tiles.max(1) as f32;
        Self { share: of_all(count), box_share: of_all(boxed) }
    }
}
