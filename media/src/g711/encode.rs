//! A small FLAC encoder (RFC 9639) for 16 bits: constant, verbatim and fixed-predictor subframes.

use super::{crc8, crc16};

/// Rice parameters have 4 bits, of which 15 means something else.
const MAX_RICE: u32 = 14;
const MAX_PARTITION_ORDER: u32 = 3;

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// The lowest `bits` (at most 32) of the value.
    fn put(&mut self, value: u32, bits: u32) {
        self.pending = self.pending << bits | u64::from(value) & ((1 << bits) - 1);
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.pending >> self.count) as u8);
        }
    }

    fn signed(&mut self, value: i32, bits: u32) {
        self.put(value as u32, bits);
    }

    fn unary(&mut self, mut zeros: u32) {
        while zeros >= 32 {
            self.put(0, 32);
            zeros -= 32;
        }
        self.put(1, zeros + 1);
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }
}

/// A frame of interleaved 16-bit samples.
pub(super) fn frame(samples: &[i32], channels: u16, position: i64) -> Vec<u8> {
    let channels = usize::from(channels);
    let block = samples.len() / channels;
    let mut w = BitWriter::default();
    // Sync code, variable block size; block size at the end of the header; sample rate as in STREAMINFO.
    w.bytes.extend([0xff, 0xf9, 0x70, (channels as u8 - 1) << 4 | 0x08]);
    put_position(&mut w.bytes, position.unsigned_abs() & ((1 << 36) - 1));
    let length = u16::try_from(block - 1).expect("a frame has at most 65 535 samples");
    w.bytes.extend(length.to_be_bytes());
    w.bytes.push(crc8(&w.bytes));
    for channel in 0..channels {
        let values: Vec<i32> = samples.iter().skip(channel).step_by(channels).copied().collect();
        put_subframe(&mut w, values);
    }
    w.align();
    let crc = crc16(&w.bytes);
    w.bytes.extend(crc.to_be_bytes());
    w.bytes
}

/// The sample number, coded like UTF-8 but up to 36 bits.
fn put_position(bytes: &mut Vec<u8>, position: u64) {
    if position < 0x80 {
        bytes.push(position as u8);
        return;
    }
    let bits = 64 - position.leading_zeros();
    let extra = (1..=6).find(|extra| bits <= if *extra == 6 { 36 } else { 6 * extra + 6 - extra }).unwrap_or(6);
    let lead = !(0xff_u32 >> (extra + 1)) as u8;
    bytes.push(lead | (position >> (6 * extra)) as u8);
    for i in (0..extra).rev() {
        bytes.push(0x80 | (position >> (6 * i) & 0x3f) as u8);
    }
}

fn put_subframe(w: &mut BitWriter, mut values: Vec<i32>) {
    if values.iter().all(|value| *value == values[0]) {
        w.put(0, 8);
        w.signed(values[0], 16);
        return;
    }
    let wasted = values.iter().fold(0, |all, value| all | value).trailing_zeros();
    values.iter_mut().for_each(|value| *value >>= wasted);
    let bits = 16 - wasted;
    let best = (0..=4_u32)
        .filter(|order| values.len() > *order as usize)
        .map(|order| (order, Residual::best(&residual(&values, order), order)))
        .min_by_key(|(order, residual)| residual.bits + u64::from(order * bits));
    let verbatim_bits = values.len() as u64 * u64::from(bits);
    let (kind, warm_up, coded) = match best {
        Some((order, coded)) if coded.bits + u64::from(order * bits) < verbatim_bits => {
            (0x08 | order, order as usize, Some(coded))
        }
        _ => (0x01, values.len(), None),
    };
    w.put(kind << 1 | u32::from(wasted > 0), 8);
    if wasted > 0 {
        w.unary(wasted - 1);
    }
    values[..warm_up].iter().for_each(|&value| w.signed(value, bits));
    if let Some(coded) = coded {
        coded.put(w, &residual(&values, warm_up as u32), warm_up);
    }
}

/// What the fixed predictor of the order leaves, RFC 9639 section 9.2.5.
fn residual(values: &[i32], order: u32) -> Vec<i32> {
    let mut left = values.to_vec();
    for _ in 0..order {
        left = left.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    left
}

/// How a residual is coded: Rice parameters of its partitions.
struct Residual {
    partition_order: u32,
    parameters: Vec<u32>,
    bits: u64,
}

impl Residual {
    fn best(left: &[i32], order: u32) -> Self {
        let block = left.len() + order as usize;
        let fits = |p: &u32| *p == 0 || (block.is_multiple_of(1 << p) && block >> p > order as usize);
        let all = (0..=MAX_PARTITION_ORDER).filter(fits).map(|p| Self::with_partitions(left, order as usize, p));
        all.min_by_key(|coded| coded.bits).expect("one partition always fits")
    }

    fn with_partitions(left: &[i32], order: usize, partition_order: u32) -> Self {
        let parts = partitions(left, order, partition_order).map(best_parameter);
        let (parameters, costs): (Vec<_>, Vec<_>) = parts.unzip();
        let bits = 6 + costs.iter().map(|cost| cost + 4).sum::<u64>();
        Self { partition_order, parameters, bits }
    }

    fn put(&self, w: &mut BitWriter, left: &[i32], order: usize) {
        w.put(self.partition_order, 6);
        for (part, &parameter) in partitions(left, order, self.partition_order).zip(&self.parameters) {
            w.put(parameter, 4);
            for &value in part {
                let folded = fold(value);
                w.unary(folded >> parameter);
                w.put(folded, parameter);
            }
        }
    }
}

/// The first partition is shorter by the samples that stand before the residual.
fn partitions(left: &[i32], order: usize, partition_order: u32) -> impl Iterator<Item = &[i32]> {
    let length = (left.len() + order) >> partition_order;
    let (first, rest) = left.split_at(length - order);
    std::iter::once(first).chain(rest.chunks(length))
}

fn fold(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}

fn best_parameter(part: &[i32]) -> (u32, u64) {
    let sum: u64 = part.iter().map(|&value| u64::from(fold(value))).sum();
    let mean = sum / (part.len() as u64).max(1);
    let guess = (64 - mean.leading_zeros()).min(MAX_RICE);
    let cost = |k: u32| part.iter().map(|&value| u64::from(fold(value) >> k) + 1 + u64::from(k)).sum::<u64>();
    let tried = guess.saturating_sub(1)..=(guess + 1).min(MAX_RICE);
    tried.map(|k| (k, cost(k))).min_by_key(|(_, cost)| *cost).expect("at least the guess is tried")
}
