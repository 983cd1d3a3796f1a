//! What stands before the fragments of a derived file: the init segment with the file's length in it, the
//! mark, and an index (`sidx`), by which a player seeks without reading all that lies before.

use bytes::Bytes;
use liuhen_proto::Interval;
use liuhen_proto::ids::StreamId;

use super::{DERIVED_UUID, Planned};
use crate::boxes::{BoxReader, BoxWriter};
use crate::track::Track;

/// `sidx` counts its references in 16 bits; so many fragments are more than a day.
const MAX_REFERENCES: usize = u16::MAX as usize;
/// SAP type 1: decoding begins here, and all that follows is right.
const STARTS_WITH_SAP: u32 = 0x9000_0000;

/// One reference: bytes up to the next one, and the time that they last.
struct Reference {
    size_bytes: u64,
    start: u64,
    sync: bool,
}

/// `end` is where the leading track ends in the file, in its ticks.
pub(super) fn head(init: &Bytes, stream: StreamId, held: Interval, leading: &Track, fragments: &[Planned], end: u64) -> Bytes {
    let mark = format!(
        r#"{{"derived":true,"end_us":{},"start_us":{},"stream":"{stream}","v":1}}"#,
        held.end().as_micros(),
        held.start().as_micros()
    );
    let mut w = BoxWriter::with_capacity(init.len() + mark.len() + 128 + fragments.len() * 12);
    match with_length(init, held.span().as_micros().unsigned_abs()) {
        Some(init) => w.put(&init),
        None => w.put(init),
    };
    w.put_uuid_box(DERIVED_UUID, mark.as_bytes());
    put_index(&mut w, leading, fragments, end);
    w.into_bytes().into()
}

/// The init segment with an `mehd`, which tells players how long the file is. Nothing where it has one.
fn with_length(init: &[u8], length_us: u64) -> Option<Vec<u8>> {
    let moov = BoxReader::new(init).find(*b"moov", "moov").ok()?;
    let mvex = moov.reader().find(*b"mvex", "mvex").ok()?;
    if mvex.reader().find_optional(*b"mehd").ok()?.is_some() {
        return None;
    }
    let mut mvhd = moov.reader().find(*b"mvhd", "mvhd").ok()?.reader();
    let (version, _) = mvhd.version_flags().ok()?;
    mvhd.take(if version == 1 { 16 } else { 8 }).ok()?;
    let length = u128::from(length_us) * u128::from(mvhd.u32().ok()?) / 1_000_000;
    let mut w = BoxWriter::default();
    w.put_full_box(*b"mehd", 1, 0, |w| {
        w.u64(u64::try_from(length).unwrap_or(u64::MAX));
    });
    let mehd = w.into_bytes();
    let mut bytes = [&init[..mvex.content_start], &mehd, &init[mvex.content_start..]].concat();
    for grown in [moov, mvex] {
        // Both have sizes of 32 bits, or their content would begin elsewhere.
        let at = grown.start;
        (grown.content_start == at + 8).then_some(())?;
        let size = u32::try_from(grown.content.len() + 8 + mehd.len()).ok()?;
        bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    Some(bytes)
}

/// Leaves the index out where it cannot hold the file; players then read on to find their place.
fn put_index(w: &mut BoxWriter, leading: &Track, fragments: &[Planned], end: u64) {
    let mut before = 0;
    let mut references: Vec<Reference> = Vec::new();
    for fragment in fragments {
        let size_bytes = u64::from(fragment.size_bytes);
        match (fragment.leading, references.last_mut()) {
            (Some((start, sync)), _) => references.push(Reference { size_bytes, start, sync }),
            (None, Some(last)) => last.size_bytes += size_bytes,
            (None, None) => before += size_bytes,
        }
    }
    let ends = references.iter().skip(1).map(|next| next.start).chain([end]);
    let words = references.iter().zip(ends).map(|(reference, end)| {
        let size = u32::try_from(reference.size_bytes).ok().filter(|size| size >> 31 == 0)?;
        let length = u32::try_from(end.checked_sub(reference.start)?).ok()?;
        Some([size, length, if reference.sync { STARTS_WITH_SAP } else { 0 }])
    });
    let Some(words) = words.collect::<Option<Vec<_>>>() else { return };
    if words.is_empty() || words.len() > MAX_REFERENCES {
        return;
    }
    w.put_full_box(*b"sidx", 1, 0, |w| {
        w.u32(leading.id).u32(leading.timescale.get()).u64(references[0].start).u64(before);
        w.u16(0).u16(words.len() as u16);
        words.iter().flatten().for_each(|&word| {
            w.u32(word);
        });
    });
}
