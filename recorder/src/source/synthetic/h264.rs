//! The smallest honest H.264 encoder (ITU-T H.264, baseline, CAVLC): grey macroblocks predicted from
//! their neighbours, raw ones (`I_PCM`) where something is drawn, skipped ones where nothing changed.

/// Blocks that show the frame's number, least significant first.
const NUMBER_BLOCKS: u32 = 16;
const BLACK: u8 = 16;
const GREY: u8 = 128;
const WHITE: u8 = 235;
/// Names our SEI message (user_data_unregistered, H.264 D.1.7).
const SEI_UUID: [u8; 16] = *b"liuhen-synthetic";

/// An encoder; the picture has `columns` × `rows` macroblocks.
pub(super) struct Encoder {
    columns: u32,
    rows: u32,
    sps: Vec<u8>,
    pps: Vec<u8>,
    key_frames: u32,
}

impl Encoder {
    /// Width and height are multiples of 16.
    pub(super) fn new(width: u32, height: u32, fps: u32) -> Self {
        let (columns, rows) = (width / 16, height / 16);
        Self { columns, rows, sps: sps(columns, rows, fps), pps: pps(), key_frames: 0 }
    }

    /// The AVCDecoderConfigurationRecord (ISO/IEC 14496-15).
    pub(super) fn avcc(&self) -> Vec<u8> {
        let mut config = vec![1, self.sps[1], self.sps[2], self.sps[3], 0xff, 0xe1];
        for (count, set) in [(None, &self.sps), (Some(1), &self.pps)] {
            config.extend(count);
            config.extend(u16::try_from(set.len()).expect("a parameter set of a few bytes").to_be_bytes());
            config.extend(set);
        }
        config
    }

    /// Frame `number`, the `in_gop`th since the last key frame: SEI and one slice, length-prefixed.
    pub(super) fn frame(&mut self, number: u64, in_gop: u32) -> Vec<u8> {
        let slice = if in_gop == 0 { self.key_slice(number) } else { self.skip_slice(number, in_gop) };
        let mut out = Vec::with_capacity(slice.len() + 64);
        for nal in [sei(number), slice] {
            out.extend(u32::try_from(nal.len()).expect("a picture is small").to_be_bytes());
            out.extend(nal);
        }
        out
    }

    /// What is drawn in a macroblock of frame `number`; nothing where it is grey.
    fn drawn(&self, number: u64, block: u32) -> Option<u8> {
        if block < NUMBER_BLOCKS.min(self.columns) {
            return Some(if number >> block & 1 == 1 { WHITE } else { BLACK });
        }
        (Some(block) == self.mover(number)).then_some(WHITE)
    }

    /// The block that moves; pictures of one row have none.
    fn mover(&self, number: u64) -> Option<u32> {
        let below = u64::from(self.columns * (self.rows - 1));
        (below > 0).then(|| self.columns + u32::try_from(number % below).expect("a remainder of a u32"))
    }

    fn key_slice(&mut self, number: u64) -> Vec<u8> {
        let mut bits = Bits::default();
        bits.ue(0).ue(7).ue(0).put(0, 8); // first_mb, slice_type I, pps, frame_num
        bits.ue(self.key_frames & 1).put(0, 2); // idr_pic_id, no_output_of_prior_pics, long_term
        self.key_frames = self.key_frames.wrapping_add(1);
        bits.ue(0).ue(1); // slice_qp_delta, deblocking off
        for block in 0..self.columns * self.rows {
            match self.drawn(number, block) {
                Some(luma) => bits.raw_macroblock(25, luma),
                None => self.grey_macroblock(&mut bits, number, block),
            }
        }
        bits.nal(0x65)
    }

    /// Intra 16×16, DC prediction, nothing left over; only the count of DC coefficients, 0, is written.
    fn grey_macroblock(&self, bits: &mut Bits, number: u64, block: u32) {
        // Its code depends on the neighbours' counts: 16 for a raw one, 0 for a grey one (H.264 9.2.1).
        let count = |at: u32| if self.drawn(number, at).is_some() { 16 } else { 0 };
        let left = (!block.is_multiple_of(self.columns)).then(|| count(block - 1));
        let above = (block >= self.columns).then(|| count(block - self.columns));
        let context = match (left, above) {
            (Some(left), Some(above)) => (left + above + 1) / 2,
            (one, other) => one.or(other).unwrap_or(0),
        };
        bits.ue(3).ue(0).ue(0); // I_16x16_2_0_0, intra_chroma_pred_mode DC, mb_qp_delta
        match context {
            0..=1 => bits.put(1, 1),
            _ => bits.put(0b00_0011, 6),
        };
    }

    fn skip_slice(&self, number: u64, in_gop: u32) -> Vec<u8> {
        let mut bits = Bits::default();
        bits.ue(0).ue(5).ue(0).put(in_gop & 0xff, 8); // first_mb, slice_type P, pps, frame_num
        bits.put(0, 3); // num_ref_idx override, list modification, adaptive marking
        bits.ue(0).ue(1); // slice_qp_delta, deblocking off
        let mut skipped = 0;
        for block in 0..self.columns * self.rows {
            let (before, now) = (self.drawn(number - 1, block), self.drawn(number, block));
            if before == now {
                skipped += 1;
                continue;
            }
            bits.ue(skipped).raw_macroblock(30, now.unwrap_or(GREY));
            skipped = 0;
        }
        if skipped > 0 {
            bits.ue(skipped);
        }
        bits.nal(0x41)
    }
}

fn sps(columns: u32, rows: u32, fps: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(66, 8).put(0xc0, 8).put(40, 8); // baseline, constrained, level 4
    bits.ue(0).ue(4).ue(2).ue(1).put(0, 1); // id, 8 bits of frame_num, order type 2, one reference, no gaps
    bits.ue(columns - 1).ue(rows - 1).put(0b11_01, 4); // size, frames only, direct 8×8, no cropping, VUI
    bits.put(0, 4).put(1, 1).put(1, 32).put(fps * 2, 32).put(1, 1); // timing: a fixed rate
    bits.put(0, 3).put(1, 1).put(1, 1); // no HRD, no pic_struct; restriction: vectors over the edge
    bits.ue(0).ue(0).ue(16).ue(16).ue(0).ue(1); // no reordering
    bits.nal(0x67)
}

fn pps() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.ue(0).ue(0).put(0, 2).ue(0).ue(0).ue(0).put(0, 3); // ids, CAVLC, one slice group, one reference
    bits.ue(0).ue(0).ue(0).put(0b100, 3); // quantisers; deblocking is controlled by the slice
    bits.nal(0x68)
}

fn sei(number: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(5, 8).put(24, 8);
    for byte in SEI_UUID.into_iter().chain(number.to_be_bytes()) {
        bits.put(byte.into(), 8);
    }
    bits.nal(0x06)
}

/// Writes bits, most significant first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits that the last byte still has room for.
    free: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) -> &mut Self {
        for bit in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << self.free;
            }
        }
        self
    }

    /// Exp-Golomb (H.264 9.1). `se(0)` is written the same.
    fn ue(&mut self, value: u32) -> &mut Self {
        let length = 32 - (value + 1).leading_zeros();
        self.put(0, length - 1).put(value + 1, length)
    }

    /// `I_PCM` of one shade; its number is 25 in an I slice and 30 in a P slice.
    fn raw_macroblock(&mut self, kind: u32, luma: u8) {
        self.ue(kind);
        self.free = 0;
        self.bytes.resize(self.bytes.len() + 256, luma);
        self.bytes.resize(self.bytes.len() + 128, GREY);
    }

    /// Closes the payload, and writes it as a NAL unit with emulation prevention (H.264 7.4.1).
    fn nal(&mut self, header: u8) -> Vec<u8> {
        self.put(1, 1);
        let mut nal = Vec::with_capacity(self.bytes.len() + 8);
        nal.push(header);
        let mut zeros = 0;
        for &byte in &self.bytes {
            if zeros == 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_is_written_as_the_standard_says() {
        let mut bits = Bits::default();
        bits.ue(0).ue(1).ue(2).ue(3).ue(7); // 1 010 011 00100 0001000
        assert_eq!(bits.bytes, [0b1010_0110, 0b0100_0001, 0b0000_0000]);
    }

    #[test]
    fn no_start_code_stands_inside_a_nal_unit() {
        let mut encoder = Encoder::new(64, 48, 25);
        for number in 0..300 {
            let frame = encoder.frame(number, u32::try_from(number % 30).unwrap());
            let mut rest = frame.as_slice();
            while let Some((length, after)) = rest.split_first_chunk::<4>() {
                let (nal, after) = after.split_at(u32::from_be_bytes(*length) as usize);
                assert!(!nal.windows(3).any(|three| three[..2] == [0, 0] && three[2] < 3), "frame {number}");
                rest = after;
            }
            assert!(rest.is_empty());
        }
    }

    /// FFmpeg is the judge of the bitstream; where it is not installed, `./dev setup` says so.
    #[test]
    fn ffmpeg_decodes_every_frame_without_a_word() {
        let (mut encoder, directory) = (Encoder::new(320, 192, 25), tempfile::tempdir().unwrap());
        let mut stream = Vec::new();
        let annex_b = |nal: &[u8]| [&[0, 0, 0, 1], nal].concat();
        stream.extend([annex_b(&encoder.sps), annex_b(&encoder.pps)].concat());
        for number in 0..60 {
            let frame = encoder.frame(number, u32::try_from(number % 25).unwrap());
            let mut rest = frame.as_slice();
            while let Some((length, after)) = rest.split_first_chunk::<4>() {
                let (nal, after) = after.split_at(u32::from_be_bytes(*length) as usize);
                stream.extend(annex_b(nal));
                rest = after;
            }
        }
        let path = directory.path().join("synthetic.264");
        std::fs::write(&path, stream).unwrap();
        let output = std::process::Command::new("ffmpeg")
            .args(["-v", "warning", "-xerror", "-i"])
            .arg(&path)
            .args(["-f", "framemd5", "-"])
            .output()
            .expect("ffmpeg is installed");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let frames = String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(frames, 60);
    }
}
