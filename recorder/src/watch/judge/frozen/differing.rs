//! By how much two pictures differ, tile by tile.
//!
//! In: brightness of two pictures of the same size. Out: the share of the tiles that differ by more than a
//! tolerance, and how large a box holds those that differ clearly. Always: a tile's difference is the mean of
//! its pixels', in hundredths of a step of luma.

use liuhen_media::picture::Luma;

/// Pixels of a tile's side.
const TILE: usize = 10;

/// The difference of each tile, row by row.
#[derive(Debug)]
pub(super) struct Differences {
    columns: usize,
    tiles: Vec<u32>,
}

/// Which tiles differ by more than was tolerated.
#[derive(Debug)]
pub(super) struct Differing {
    /// Of all tiles.
    pub(super) share: f32,
    /// Tiles of the smallest box around those that differ clearly, of all tiles.
    pub(super) box_share: f32,
}

impl Differences {
    pub(super) fn of(one: &Luma, other: &Luma) -> Self {
        let width = one.width as usize;
        let columns = width / TILE;
        let mut tiles = Vec::with_capacity(columns * one.height as usize / TILE);
        for (one, other) in one.pixels.chunks_exact(width * TILE).zip(other.pixels.chunks_exact(width * TILE)) {
            let mut sums = vec![0_u32; columns];
            for (x, (a, b)) in one.iter().zip(other).enumerate() {
                if let Some(sum) = sums.get_mut(x % width / TILE) {
                    *sum += u32::from(a.abs_diff(*b));
                }
            }
            tiles.extend(sums.into_iter().map(|sum| sum * 100 / (TILE * TILE) as u32));
        }
        Self { columns, tiles }
    }

    /// That of the tile in the middle: what noise and the encoder do everywhere, and no one who moves here or there.
    pub(super) fn median(&self) -> u32 {
        let mut sorted = self.tiles.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(0)
    }

    /// Tiles that differ by more than `tolerance`, and the box around those that differ by more than `clearly`.
    pub(super) fn beyond(&self, tolerance: u32, clearly: u32) -> Differing {
        let count = self.tiles.iter().filter(|&&tile| tile > tolerance).count();
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (at, _) in self.tiles.iter().enumerate().filter(|&(_, &tile)| tile > clearly) {
            let (column, row) = (at % self.columns, at / self.columns);
            (left, right, top, bottom) = (left.min(column), right.max(column + 1), top.min(row), bottom.max(row + 1));
        }
        let boxed = right.saturating_sub(left) * bottom.saturating_sub(top);
        let of_all = |part: usize| part as f32 / self.tiles.len().max(1) as f32;
        Differing { share: of_all(count), box_share: of_all(boxed) }
    }
}
