//! Which fragments a player needs for an interval: rounded outwards to where decoding can begin.
//!
//! In: what is stored of one stream, ascending in time. Out: groups of fragments, each of which a player
//! can begin with.
//! - A group begins with a sync sample and goes on up to the next one; where no picture is there at all,
//!   sound stands for itself.
//! - What no sync sample goes before (the beginning of an odd run, what follows a lost fragment) is in no
//!   group: it is held and proven, but nothing can show it.
//!
//! Not here: reading anything. The caller gives enough of what lies before the interval to find the sync
//! sample: the segment before is enough wherever key frames come each 60 s.

use bytes::Bytes;
use liuhen_proto::fragment::{Sequence, TrackKind};
use liuhen_proto::ids::RunId;
use liuhen_proto::index::{IndexedFragment, IndexedTrack};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{Interval, Span};

use crate::track::InitInfo;

/// Consecutive fragments of one run that lie in one stored file (an object, or a journal's segment file).
#[derive(Debug, Clone)]
pub struct Piece {
    /// The run.
    pub run: RunId,
    /// The run's init segment.
    pub init: Bytes,
    /// What it says.
    pub info: InitInfo,
    /// In the order of the file.
    pub fragments: Vec<IndexedFragment>,
}

/// A hole up to this length is no gap to a player: media time goes on over it.
const MAX_HOLE: Span = Span::from_millis(500);
/// Sound without pictures is grouped to this length.
const SOUND_GROUP: Span = Span::from_secs(6);

/// A fragment in its piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'a> {
    /// Place of the piece among the pieces.
    pub(crate) piece: usize,
    pub(crate) fragment: &'a IndexedFragment,
}

/// Fragments that are decoded from their first on.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    pub(crate) run: RunId,
    pub(crate) info: &'a InitInfo,
    /// Never empty; sequences without holes.
    pub(crate) fragments: Vec<Chosen<'a>>,
    /// Whether another run or a hole lies before it.
    pub(crate) after_gap: bool,
}

impl<'a> Group<'a> {
    pub(crate) fn first(&self) -> &'a IndexedFragment {
        self.fragments.first().expect("a group is never empty").fragment
    }

    pub(crate) fn last(&self) -> &'a IndexedFragment {
        self.fragments.last().expect("a group is never empty").fragment
    }

    /// First and last of the leading track: the picture, else the sound.
    pub(crate) fn leading(&self) -> (&'a IndexedTrack, &'a IndexedTrack) {
        let tracks = || self.fragments.iter().flat_map(|chosen| &chosen.fragment.tracks);
        let video = tracks().find(|track| track.kind == TrackKind::Video).or(tracks().next());
        let id = video.expect("an indexed fragment has a track").track;
        let of_id = || tracks().filter(|track| track.track == id);
        let first = of_id().next().expect("it was found before");
        (first, of_id().next_back().expect("it was found before"))
    }

    /// Wall-clock interval of the leading track.
    pub(crate) fn interval(&self) -> Interval {
        let (first, last) = self.leading();
        first.interval.hull(last.interval)
    }

    /// Length by the media clock of the leading track, in microseconds; at least one.
    pub(crate) fn duration_us(&self) -> i64 {
        let (first, last) = self.leading();
        let ticks = last.media_end - first.media_start;
        let by_media = self.info.track(first.track).map(|track| MediaTime { ticks, timescale: track.timescale }.to_micros());
        by_media.unwrap_or(self.interval().span().as_micros()).max(1)
    }

    fn begins_anew(&self, next: &IndexedFragment) -> bool {
        match has_picture(next) {
            true => next.starts_with_sync,
            false => {
                self.info.tracks.iter().all(|track| track.kind() != TrackKind::Video) || self.interval().span() >= SOUND_GROUP
            }
        }
    }
}

/// Wall-clock interval of the picture, or of all there is where there is none. Sound that reaches a few
/// milliseconds into the next fragment must not make one ask for both.
pub(crate) fn interval_of(fragment: &IndexedFragment) -> Interval {
    let picture = fragment.tracks.iter().find(|track| track.kind == TrackKind::Video);
    picture.map_or_else(|| fragment.interval(), |track| track.interval)
}

fn has_picture(fragment: &IndexedFragment) -> bool {
    fragment.tracks.iter().any(|track| track.kind == TrackKind::Video)
}

/// All groups of the pieces.
pub(crate) fn groups(pieces: &[Piece]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut before: Option<(RunId, Sequence, Interval)> = None;
    let mut decodable = false;
    for (place, piece) in pieces.iter().enumerate() {
        for fragment in &piece.fragments {
            let same_run = before.filter(|(run, ..)| *run == piece.run);
            if same_run.is_some_and(|(_, sequence, _)| fragment.sequence <= sequence) {
                continue;
            }
            let follows = same_run.is_some_and(|(_, sequence, _)| fragment.sequence == sequence.next());
            decodable = fragment.starts_with_sync || !has_picture(fragment) || decodable && follows;
            let hole = before.is_some_and(|(.., end)| fragment.interval().start().since(end.end()) > MAX_HOLE);
            before = Some((piece.run, fragment.sequence, fragment.interval()));
            if !decodable {
                continue;
            }
            let chosen = Chosen { piece: place, fragment };
            let adjoins = |group: &&mut Group<'_>| follows && group.last().sequence.next() == fragment.sequence;
            let any_before = !groups.is_empty();
            let adjoining = groups.last_mut().filter(adjoins);
            let after_gap = any_before && (hole || adjoining.is_none());
            match adjoining.filter(|group| !group.begins_anew(fragment)) {
                Some(group) => group.fragments.push(chosen),
                None => groups.push(Group { run: piece.run, info: &piece.info, fragments: vec![chosen], after_gap }),
            }
        }
    }
    groups
}

/// The groups that hold something of the interval, whole.
pub(crate) fn groups_in(pieces: &[Piece], interval: Interval) -> Vec<Group<'_>> {
    let mut found = groups(pieces);
    found.retain(|group| group.fragments.iter().any(|chosen| interval_of(chosen.fragment).intersect(interval).is_some()));
    if let Some(first) = found.first_mut() {
        first.after_gap = false;
    }
    found
}
