//! HLS of an interval: the playlist, and what it names.

use std::str::FromStr;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use liuhen_archive::records::TrustLevel;
use liuhen_media::playlist::{self, HlsSegment, Links, PlaylistKind};
use liuhen_media::virtual_mp4::Slice;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::{Problem, Sha256};

use super::Grant;
use super::reply::{ASK_AGAIN, Content, FOR_EVER, in_memory};
use crate::Shared;
use crate::error::records as failed;
use crate::footage::{Footage, OfRun};

/// The most fragments of one file.
const MAX_GROUP: u64 = 1024;

/// A file that a playlist names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum File {
    /// Init segment of a run.
    Init(RunId),
    /// Fragments of a run, both ends included.
    Media { run: RunId, first: Sequence, last: Sequence },
}

impl File {
    pub(super) fn parse(name: &str) -> Option<Self> {
        if let Some(run) = name.strip_prefix("init-").and_then(|rest| rest.strip_suffix(".mp4")) {
            return RunId::from_str(run).ok().map(Self::Init);
        }
        let mut parts = name.strip_suffix(".m4s")?.split('-');
        let run = parts.next()?.parse().ok()?;
        let (first, last) = (sequence(parts.next()?)?, sequence(parts.next()?)?);
        let fits = parts.next().is_none() && first <= last && last.get() - first.get() < MAX_GROUP;
        fits.then_some(Self::Media { run, first, last })
    }
}

/// One spelling for each number.
fn sequence(text: &str) -> Option<Sequence> {
    let place: u64 = text.parse().ok()?;
    if place.to_string() == text { Sequence::new(place) } else { None }
}

/// Relative, so that a playlist works under whatever address it was fetched from.
struct Relative;

impl Links for Relative {
    fn init(&self, segment: &HlsSegment) -> String {
        format!("init-{}.mp4", segment.run)
    }

    fn media(&self, segment: &HlsSegment) -> String {
        format!("{}-{}-{}.m4s", segment.run, segment.first, segment.last)
    }
}

pub(super) async fn playlist(shared: &Arc<Shared>, grant: &Grant, request: &Parts) -> Result<Response, Problem> {
    let footage = Footage::gather(&shared.archive, &shared.inits, grant.stream, grant.interval).await?;
    let goes_on = footage.recording || shared.archive.clock.now() < grant.interval.end();
    let kind = if goes_on { PlaylistKind::Event } else { PlaylistKind::Vod };
    let segments = playlist::segments(&footage.pieces, grant.interval, footage.recording);
    let text = Bytes::from(marked(playlist::render(&segments, kind, &Relative), grant.trust));
    let etag = format!("\"{}\"", Sha256::of(&text));
    let content = Content { kind: "application/vnd.apple.mpegurl", etag: &etag, cache: ASK_AGAIN, len: text.len() as u64 };
    Ok(content.answer(request, in_memory(text)))
}

/// Imported footage says so in the playlist itself, which may be saved without its headers. As a comment, since
/// EXT-X-SESSION-DATA may not stand in a media playlist (RFC 8216 section 4.3.4.4).
fn marked(text: String, trust: TrustLevel) -> String {
    match trust {
        TrustLevel::Captured => text,
        TrustLevel::Imported => text.replacen("#EXTM3U\n", "#EXTM3U\n# X-Liuhen-Trust: imported\n", 1),
    }
}

/// Nothing where the run is none of the stream's.
pub(super) async fn init(shared: &Arc<Shared>, grant: &Grant, run: RunId, request: &Parts) -> Result<Option<Response>, Problem> {
    let found = shared.archive.records.run(run).await.map_err(|error| failed("look the run up", error))?;
    let Some(found) = found.filter(|found| found.stream == grant.stream) else { return Ok(None) };
    let etag = format!("\"{}\"", found.init_sha256);
    let content = Content { kind: "video/mp4", etag: &etag, cache: FOR_EVER, len: found.init.len() as u64 };
    Ok(Some(content.answer(request, in_memory(found.init))))
}

/// Nothing where the run is none of the stream's, or the fragments are none of the interval's.
pub(super) async fn media(
    shared: &Arc<Shared>,
    grant: &Grant,
    run: RunId,
    range: (Sequence, Sequence),
    request: &Parts,
) -> Result<Option<Response>, Problem> {
    let found = Footage::of_run(&shared.archive, &shared.inits, (grant.stream, run), range, grant.interval).await?;
    let footage = match found {
        OfRun::Held(footage) => footage,
        OfRun::Outside => return Ok(None),
        OfRun::Missing => return Err(Problem::not_found(format!("footage {run} {} to {}", range.0, range.1))),
    };
    let mut slices = Vec::new();
    let mut digests = Hasher::default();
    let mut len = 0;
    for (piece, held) in footage.pieces.iter().enumerate() {
        for fragment in &held.fragments {
            digests.update(fragment.sha256.as_bytes());
            slices.push((len, piece, fragment.offset_bytes, fragment.size_bytes));
            len += u64::from(fragment.size_bytes);
        }
    }
    let etag = format!("\"{}\"", digests.finish());
    let content = Content { kind: "video/iso.segment", etag: &etag, cache: FOR_EVER, len };
    let footage = Arc::new(footage);
    Ok(Some(content.answer(request, |range| footage.stream(range, move |block| within(&slices, block)))))
}

/// The parts of slices (where they begin in the whole, piece, where they begin there, size) that lie in a block.
fn within(slices: &[(u64, usize, u64, u32)], block: std::ops::Range<u64>) -> Vec<Slice> {
    let part = |&(at, piece, offset, size): &(u64, usize, u64, u32)| {
        let (start, end) = (block.start.max(at), block.end.min(at + u64::from(size)));
        let size_bytes = u32::try_from(end.checked_sub(start)?).ok().filter(|size| *size > 0)?;
        Some(Slice::Stored { piece, offset_bytes: offset + (start - at), size_bytes, patches: Vec::new() })
    };
    slices.iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn names_of_files_have_one_spelling() {
        let run = RunId::mint(Timestamp::from_micros(0), &SeededRandom::new(1));
        let place = |n| Sequence::new(n).unwrap();
        assert_eq!(File::parse(&format!("init-{run}.mp4")), Some(File::Init(run)));
        let media = File::Media { run, first: place(7), last: place(9) };
        assert_eq!(File::parse(&format!("{run}-7-9.m4s")), Some(media));
        for wrong in
            ["{}-9-7.m4s", "{}-07-9.m4s", "{}-7.m4s", "{}-7-9-9.m4s", "{}-0-1024.m4s", "{}--1-2.m4s", "init-{}.m4s", "{}"]
        {
            assert_eq!(File::parse(&wrong.replace("{}", &run.to_string())), None, "{wrong}");
        }
    }

    #[test]
    fn a_block_holds_the_parts_that_lie_in_it() {
        let slices = [(0, 0, 1000, 10), (10, 1, 500, 10)];
        let stored = |piece, offset_bytes, size_bytes| Slice::Stored { piece, offset_bytes, size_bytes, patches: Vec::new() };
        assert_eq!(within(&slices, 5..15), [stored(0, 1005, 5), stored(1, 500, 5)]);
        assert_eq!(within(&slices, 10..12), [stored(1, 500, 2)]);
        assert_eq!(within(&slices, 20..30), []);
    }
}
