//! A packet of a file as the samples that we store: lengths of 4 bytes before NAL units, AAC without ADTS,
//! raw sound in pieces.
//!
//! Always: what a packet holds is in the samples, or they are told to be damaged. Not here: time.

use bytes::Bytes;

/// Raw sound is given in pieces of at most so many samples of each channel.
const PIECE: usize = 4_096;
/// Samples a second by their number in ISO/IEC 14496-3.
const RATES: [u32; 13] = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What a stream's packets look like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// NAL units after lengths of so many bytes, 1 to 4.
    Lengths(usize),
    /// NAL units after start codes (ITU-T H.264 annex B).
    ByteStream,
    /// AAC, each frame after an ADTS head.
    Adts,
    /// One frame, as it is stored.
    Whole,
    /// A byte for each sample of each channel.
    G711 {
        /// Interleaved.
        channels: u16,
    },
    /// Samples of `width` bytes, interleaved.
    Pcm {
        /// Interleaved.
        channels: u16,
        /// Bytes of a sample.
        width: usize,
        /// Reads one.
        sample: fn(&[u8]) -> i16,
    },
}

/// A sample, or raw sound that will be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// As it is stored, or as the cutter takes it.
    Bytes(Bytes),
    /// To be written as FLAC, when its place is known: samples, interleaved, of so many channels.
    Sound(Vec<i32>, u16),
}

/// A piece of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) content: Content,
    /// Samples of sound that it lasts, where that is known.
    pub(super) samples: Option<i64>,
    pub(super) damaged: bool,
}

impl Piece {
    fn whole(data: Vec<u8>, damaged: bool) -> Self {
        Self { content: Content::Bytes(data.into()), samples: None, damaged }
    }
}

/// What the packet holds; nothing where there is nothing in it that can be used.
pub(super) fn pieces(shape: Shape, data: Vec<u8>) -> Vec<Piece> {
    let pieces = match shape {
        Shape::Whole => vec![Piece::whole(data, false)],
        Shape::Lengths(4) => {
            let damaged = lengths(&data, 4).is_none();
            vec![Piece::whole(data, damaged)]
        }
        Shape::Lengths(size) => match lengths(&data, size) {
            Some(units) => vec![Piece::whole(join(&units), false)],
            None => Vec::new(),
        },
        Shape::ByteStream => vec![Piece::whole(join(&byte_stream(&data)), false)],
        Shape::Adts => adts_frames(&data),
        Shape::G711 { channels } => {
            let pieces = data.chunks(PIECE * usize::from(channels.max(1))).map(|codes| Piece {
                content: Content::Bytes(Bytes::copy_from_slice(codes)),
                samples: Some((codes.len() / usize::from(channels.max(1))) as i64),
                damaged: false,
            });
            pieces.collect()
        }
        Shape::Pcm { channels, width, sample } => {
            let moment = usize::from(channels) * width;
            let whole = data.len() - data.len() % moment;
            let pieces = data[..whole].chunks(PIECE * moment).map(|bytes| Piece {
                content: Content::Sound(bytes.chunks_exact(width).map(|bytes| sample(bytes).into()).collect(), channels),
                samples: Some((bytes.len() / moment) as i64),
                damaged: whole < data.len(),
            });
            pieces.collect()
        }
    };
    pieces.into_iter().filter(|piece| !matches!(&piece.content, Content::Bytes(bytes) if bytes.is_empty())).collect()
}

/// NAL units after lengths; none where the lengths do not fill the packet.
fn lengths(data: &[u8], size: usize) -> Option<Vec<&[u8]>> {
    let (mut units, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (length, behind) = rest.split_at_checked(size)?;
        let length = length.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        let (unit, behind) = behind.split_at_checked(length)?;
        units.push(unit);
        rest = behind;
    }
    Some(units)
}

fn join(units: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(units.iter().map(|unit| unit.len() + 4).sum());
    for unit in units.iter().filter(|unit| !unit.is_empty()) {
        let Ok(length) = u32::try_from(unit.len()) else { continue };
        joined.extend(length.to_be_bytes());
        joined.extend(*unit);
    }
    joined
}

/// NAL units between start codes, without the zeros that may follow each.
fn byte_stream(data: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut begin = None;
    let mut at = 0;
    while at + 3 <= data.len() {
        // Two of three bytes need not be looked at: a third byte above 1 ends no start code and begins none.
        match data[at + 2] {
            1 if data[at] == 0 && data[at + 1] == 0 => {
                units.extend(begin.map(|begin| &data[begin..at]));
                begin = Some(at + 3);
                at += 3;
            }
            0 | 1 => at += 1,
            _ => at += 3,
        }
    }
    units.extend(begin.map(|begin| &data[begin..]));
    let trim = |unit: &'_ [u8]| unit.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    units.into_iter().map(|unit| &unit[..trim(unit)]).filter(|unit| !unit.is_empty()).collect()
}

/// What an ADTS head says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Adts {
    /// AudioSpecificConfig.
    pub(super) config: [u8; 2],
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    head: usize,
    frame: usize,
}

/// Reads an ADTS head (ISO/IEC 13818-7 section 6.2); none where there is no such, or one of several channel elements.
pub(super) fn adts(data: &[u8]) -> Option<Adts> {
    let head: &[u8; 7] = data.first_chunk()?;
    let rate = usize::from(head[2] >> 2 & 15);
    let channels = (head[2] & 1) << 2 | head[3] >> 6;
    let frame = usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5] >> 5);
    let length = if head[1] & 1 == 0 { 9 } else { 7 };
    let one_block = head[6] & 3 == 0;
    if head[0] != 0xff || head[1] & 0xf6 != 0xf0 || channels == 0 || !one_block || frame <= length || frame > data.len() {
        return None;
    }
    let object_type = (head[2] >> 6) + 1;
    let rate_index = rate as u8;
    Some(Adts {
        config: [object_type << 3 | rate_index >> 1, rate_index << 7 | channels << 3],
        sample_rate: *RATES.get(rate)?,
        channels: if channels == 7 { 8 } else { channels.into() },
        head: length,
        frame,
    })
}

fn adts_frames(data: &[u8]) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), data);
    while let Some(found) = adts(rest) {
        let data = rest[found.head..found.frame].to_vec();
        pieces.push(Piece { content: Content::Bytes(data.into()), samples: Some(1_024), damaged: false });
        rest = &rest[found.frame..];
    }
    if let Some(last) = pieces.last_mut() {
        last.damaged = !rest.is_empty();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(pieces: &[Piece]) -> Vec<&[u8]> {
        pieces
            .iter()
            .map(|piece| match &piece.content {
                Content::Bytes(bytes) => &bytes[..],
                Content::Sound(..) => panic!("raw sound"),
            })
            .collect()
    }

    #[test]
    fn start_codes_become_lengths() {
        let stream = [&[0, 0, 0, 1, 9, 0xf0][..], &[0, 0, 1, 0x67, 1, 0, 0, 3, 0, 0], &[0, 0, 0, 1, 0x65, 7, 0]].concat();
        let found = pieces(Shape::ByteStream, stream);
        assert_eq!(bytes(&found), [&[0, 0, 0, 2, 9, 0xf0, 0, 0, 0, 5, 0x67, 1, 0, 0, 3, 0, 0, 0, 2, 0x65, 7]]);
        assert!(pieces(Shape::ByteStream, vec![1, 2, 3]).is_empty());
    }

    #[test]
    fn short_lengths_become_long_ones_and_wrong_ones_are_told() {
        assert_eq!(bytes(&pieces(Shape::Lengths(2), vec![0, 1, 9, 0, 2, 7, 8])), [&[0, 0, 0, 1, 9, 0, 0, 0, 2, 7, 8]]);
        let torn = pieces(Shape::Lengths(4), vec![0, 0, 0, 9, 1]);
        assert!(torn[0].damaged && torn.len() == 1);
    }

    #[test]
    fn adts_heads_are_taken_off_and_describe_the_sound() {
        // AAC LC, 16 kHz, mono, a frame of 7 + 3 bytes; twice.
        let frame = [0xff, 0xf1, 0x60, 0x40, 0x01, 0x5f, 0xfc, 1, 2, 3];
        let head = adts(&frame).unwrap();
        assert_eq!((head.config, head.sample_rate, head.channels), ([0x14, 0x08], 16_000, 1));
        let found = pieces(Shape::Adts, [frame, frame].concat());
        assert_eq!(bytes(&found), [&[1, 2, 3], &[1, 2, 3]]);
        assert!(pieces(Shape::Adts, [&frame[..], &[9]].concat())[0].damaged);
    }

    #[test]
    fn raw_sound_comes_in_pieces() {
        let found = pieces(Shape::G711 { channels: 2 }, vec![7; 10_000]);
        assert_eq!(found.iter().map(|piece| piece.samples.unwrap()).collect::<Vec<_>>(), [4_096, 904]);
        let pcm = Shape::Pcm { channels: 1, width: 2, sample: |b| i16::from_le_bytes([b[0], b[1]]) };
        let found = pieces(pcm, vec![0xff, 0xff, 2, 0, 9]);
        assert_eq!(found[0].content, Content::Sound(vec![-1, 2], 1));
        assert!(found[0].damaged);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(data in prop::collection::vec(any::<u8>(), 0..600)) {
            let pcm = Shape::Pcm { channels: 3, width: 2, sample: |b| i16::from_le_bytes([b[0], b[1]]) };
            let shapes = [Shape::Lengths(1), Shape::Lengths(3), Shape::Lengths(4), Shape::ByteStream, Shape::Adts, pcm];
            for shape in shapes {
                let _ = pieces(shape, data.clone());
            }
        }

        #[test]
        fn no_byte_of_a_nal_unit_is_lost(units in prop::collection::vec(prop::collection::vec(1u8.., 1..50), 1..9), long: bool) {
            let code: &[u8] = if long { &[0, 0, 0, 1] } else { &[0, 0, 1] };
            let stream: Vec<u8> = units.iter().flat_map(|unit| [code, unit].concat()).collect();
            let found = byte_stream(&stream);
            prop_assert_eq!(found, units.iter().map(|unit| &unit[..]).collect::<Vec<_>>());
        }
    }
}
