//! The picture in half size, which takes the edge off noise, and in tiles.

use liuhen_media::picture::Luma;

use crate::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};

/// Pixels in a row.
pub(super) const WIDTH: usize = LUMA_WIDTH as usize / 2;
/// Rows.
pub(super) const HEIGHT: usize = LUMA_HEIGHT as usize / 2;
/// Pixels of a tile's side.
pub(super) const TILE: usize = 10;
/// Tiles in a row.
pub(super) const COLUMNS: usize = WIDTH / TILE;
/// Rows of tiles.
pub(super) const ROWS: usize = HEIGHT / TILE;

/// Half size, as sums of four pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Half(pub(super) Vec<i32>);

impl Half {
    /// Of a picture in the size that is judged.
    pub(super) fn of(luma: &Luma) -> Self {
        let full = LUMA_WIDTH as usize;
        let mut half = Vec::with_capacity(WIDTH * HEIGHT);
        for rows in luma.pixels.chunks_exact(2 * full) {
            let (top, bottom) = rows.split_at(full);
            let fours = top.chunks_exact(2).zip(bottom.chunks_exact(2));
            half.extend(fours.map(|(a, b)| i32::from(a[0]) + i32::from(a[1]) + i32::from(b[0]) + i32::from(b[1])));
        }
        half.resize(WIDTH * HEIGHT, 0);
        Self(half)
    }

    pub(super) fn at(&self, x: usize, y: usize) -> i32 {
        self.0[y.min(HEIGHT - 1) * WIDTH + x.min(WIDTH - 1)]
    }
}

/// The upper left pixel of each tile.
pub(super) fn tiles() -> impl Iterator<Item = (usize, usize)> {
    (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column * TILE, row * TILE)))
}

/// The pixels of a tile.
pub(super) fn pixels((left, top): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    (top..top + TILE).flat_map(move |y| (left..left + TILE).map(move |x| (x, y)))
}

/// The rows of a tile.
pub(super) fn rows(half: &Half, (left, top): (usize, usize)) -> impl Iterator<Item = &[i32]> {
    half.0.chunks_exact(WIDTH).skip(top).take(TILE).filter_map(move |row| row.get(left..left + TILE))
}
