//! Looks at the head of a JPEG: whether it is one, and how large its picture is. Nothing is decoded.
//!
//! In: bytes from outside. Out: width and height of its frame. Always: reads within the bytes, and each
//! marker at most once. (ITU-T T.81, annex B.)

/// The largest picture, in pixels each way.
const MAX_SIDE: u16 = 8192;

/// Why the bytes are no picture that is taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoJpeg {
    #[error("is no JPEG: it does not begin and end as one")]
    Ends,
    #[error("is a broken JPEG: its segments end before a picture begins")]
    Segments,
    #[error("tells a picture of {0} × {1} pixels, 1 to {MAX_SIDE} each way are taken")]
    Size(u16, u16),
}

/// Width and height in pixels.
pub(super) fn size(bytes: &[u8]) -> Result<(u16, u16), NoJpeg> {
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) || !bytes.ends_with(&[0xff, 0xd9]) {
        return Err(NoJpeg::Ends);
    }
    let mut rest = &bytes[2..];
    loop {
        let (marker, after) = marker(rest).ok_or(NoJpeg::Segments)?;
        let (length, _) = after.split_first_chunk::<2>().ok_or(NoJpeg::Segments)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let segment = after.get(2..length).ok_or(NoJpeg::Segments)?;
        match marker {
            // Start of frame; C4, C8 and CC of this range are something else.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => return frame(segment),
            // The scan begins, or the picture ends, and no frame was told.
            0xd8..=0xda => return Err(NoJpeg::Segments),
            _ => rest = &after[length..],
        }
    }
}

/// The marker that begins here, fill bytes passed over.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let rest = bytes.strip_prefix(&[0xff])?;
    let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
    let (marker, after) = rest[fill..].split_first()?;
    (*marker != 0).then_some((*marker, after))
}

/// Precision, lines, samples a line, and more that is of no interest here.
fn frame(segment: &[u8]) -> Result<(u16, u16), NoJpeg> {
    let &[_, h1, h0, w1, w0, ..] = segment else { return Err(NoJpeg::Segments) };
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    let fits = |side| (1..=MAX_SIDE).contains(&side);
    if fits(width) && fits(height) { Ok((width, height)) } else { Err(NoJpeg::Size(width, height)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(width: u16, height: u16) -> Vec<u8> {
        let [w1, w0] = width.to_be_bytes();
        let [h1, h0] = height.to_be_bytes();
        let frame = [0xff, 0xc0, 0, 11, 8, h1, h0, w1, w0, 1, 1, 0x11, 0];
        [&[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2][..], &[0xff], &frame, &[0xff, 0xda, 0, 2, 7, 7, 0xff, 0xd9]].concat()
    }

    #[test]
    fn a_picture_tells_its_size() {
        assert_eq!(size(&picture(640, 360)), Ok((640, 360)));
        assert_eq!(size(&picture(0, 360)), Err(NoJpeg::Size(0, 360)));
        assert_eq!(size(&picture(640, 8193)), Err(NoJpeg::Size(640, 8193)));
    }

    #[test]
    fn what_is_none_is_told() {
        let whole = picture(640, 360);
        assert_eq!(size(b""), Err(NoJpeg::Ends));
        assert_eq!(size(b"\x89PNG\r\n\x1a\n"), Err(NoJpeg::Ends));
        assert_eq!(size(&whole[..whole.len() - 1]), Err(NoJpeg::Ends));
        assert_eq!(size(&[0xff, 0xd8, 0xff, 0xd9]), Err(NoJpeg::Segments));
        let without_frame: Vec<_> = whole.iter().map(|&byte| if byte == 0xc0 { 0xc4 } else { byte }).collect();
        assert_eq!(size(&without_frame), Err(NoJpeg::Segments));
    }

    proptest! {
        /// Never a panic, never an endless loop.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let framed = [&[0xff, 0xd8, 0xff][..], &bytes, &[0xff, 0xd9]].concat();
            let _ = (size(&bytes), size(&framed));
        }
    }
}
