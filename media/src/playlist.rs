//! HLS media playlists (RFC 8216) of fragments as they are stored.
//!
//! In: what is stored of one stream. Out: segments, and the text that lists them.
//! - Each segment says when it was captured (PROGRAM-DATE-TIME) and how long it is by its own media clock.
//! - DISCONTINUITY stands at each new run and at each gap. EXT-X-GAP is never used: players stall on it.
//!
//! Not here: where gaps are and why. Players learn that from coverage.

use std::fmt::Write as _;

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::{Interval, Sha256, Timestamp};

use crate::select::{Group, Piece, groups_in};

/// Bytes of a stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Which of the pieces, by its place in the slice that was given.
    pub piece: usize,
    /// Where the bytes begin in the piece's file.
    pub offset_bytes: u64,
    /// Their number.
    pub size_bytes: u64,
}

/// One segment of a playlist: fragments from a sync sample up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HlsSegment {
    /// The run.
    pub run: RunId,
    /// First fragment.
    pub first: Sequence,
    /// Last fragment, included.
    pub last: Sequence,
    /// Digest of the run's init segment.
    pub init: Sha256,
    /// Wall-clock interval.
    pub interval: Interval,
    /// Exact length by the media clock of the leading track, in microseconds.
    pub duration_us: i64,
    /// Whether a gap or another run lies before it.
    pub discontinuity: bool,
    /// Where its bytes are: the fragments, one after the other, without the seals between them.
    pub ranges: Vec<ByteRange>,
}

/// What kind of playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaylistKind {
    /// The interval is over, nothing will be added.
    Vod,
    /// The interval goes on; segments are added at the end and none is taken away.
    Event,
    /// Only so many of the last segments; the start of the interval must stay the same from call to call.
    Live {
        /// How many.
        window: usize,
    },
}

/// Where a player finds things.
pub trait Links {
    /// Address of a run's init segment.
    fn init(&self, segment: &HlsSegment) -> String;
    /// Address of a segment's bytes.
    fn media(&self, segment: &HlsSegment) -> String;
}

/// The segments that hold the interval, rounded outwards. `pieces` of one stream, ascending in time. While
/// the last run is still recorded (`open`), its last group, which may still grow, is left out.
pub fn segments(pieces: &[Piece], interval: Interval, open: bool) -> Vec<HlsSegment> {
    let mut groups = groups_in(pieces, interval);
    let last_run = pieces.iter().rfind(|piece| !piece.fragments.is_empty());
    let newest = last_run.and_then(|piece| Some((piece.run, piece.fragments.last()?.sequence)));
    if open && groups.last().is_some_and(|group| Some((group.run, group.last().sequence)) == newest) {
        groups.pop();
    }
    groups.iter().map(hls_segment).collect()
}

fn hls_segment(group: &Group<'_>) -> HlsSegment {
    let range = |chosen: &crate::select::Chosen<'_>| ByteRange {
        piece: chosen.piece,
        offset_bytes: chosen.fragment.offset_bytes,
        size_bytes: chosen.fragment.size_bytes.into(),
    };
    HlsSegment {
        run: group.run,
        first: group.first().sequence,
        last: group.last().sequence,
        init: group.info.sha256,
        interval: group.interval(),
        duration_us: group.duration_us(),
        discontinuity: group.after_gap,
        ranges: group.fragments.iter().map(range).collect(),
    }
}

/// The playlist's text.
pub fn render(segments: &[HlsSegment], kind: PlaylistKind, links: &dyn Links) -> String {
    let dropped = match kind {
        PlaylistKind::Live { window } => segments.len().saturating_sub(window),
        PlaylistKind::Vod | PlaylistKind::Event => 0,
    };
    let (before, listed) = segments.split_at(dropped);
    let mut text = String::with_capacity(256 + listed.len() * 200);
    put_head(&mut text, kind, before, listed);
    let mut init = None;
    for segment in listed {
        if segment.discontinuity {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if init != Some((segment.run, segment.init)) {
            init = Some((segment.run, segment.init));
            line(&mut text, format_args!("#EXT-X-MAP:URI=\"{}\"", links.init(segment)));
        }
        line(&mut text, format_args!("#EXT-X-PROGRAM-DATE-TIME:{}", date_time(segment.interval.start())));
        let (secs, micros) = (segment.duration_us / 1_000_000, segment.duration_us % 1_000_000);
        line(&mut text, format_args!("#EXTINF:{secs}.{micros:06},"));
        line(&mut text, format_args!("{}", links.media(segment)));
    }
    if kind == PlaylistKind::Vod {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    text
}

fn put_head(text: &mut String, kind: PlaylistKind, before: &[HlsSegment], listed: &[HlsSegment]) {
    let longest = before.iter().chain(listed).map(|segment| segment.duration_us).max().unwrap_or(0);
    text.push_str("#EXTM3U\n#EXT-X-VERSION:7\n");
    line(text, format_args!("#EXT-X-TARGETDURATION:{}", (longest as u64).div_ceil(1_000_000).max(1)));
    match kind {
        PlaylistKind::Vod => text.push_str("#EXT-X-PLAYLIST-TYPE:VOD\n"),
        PlaylistKind::Event => text.push_str("#EXT-X-PLAYLIST-TYPE:EVENT\n"),
        PlaylistKind::Live { .. } => {}
    }
    line(text, format_args!("#EXT-X-MEDIA-SEQUENCE:{}", before.len()));
    let discontinuities = before.iter().filter(|segment| segment.discontinuity).count();
    if discontinuities > 0 {
        line(text, format_args!("#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}"));
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    text.write_fmt(content).expect("writing to a string cannot fail");
    text.push('\n');
}

/// RFC 3339 in UTC, to the millisecond, which is what players read.
fn date_time(at: Timestamp) -> String {
    let micros = at.as_micros();
    let (days, in_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    // Howard Hinnant's civil_from_days: years begin in March, so the leap day comes last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let millis = in_day / 1_000;
    let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1_000)
}

#[cfg(test)]
mod tests;
