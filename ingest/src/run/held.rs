//! What the centre holds of one run, and what that makes of the next fragment. Pure.
//!
//! - `sealed` comes from the records, `pending` from the journal; they share no fragment.
//! - The next fragment is the one after the last held, or after those that the recorder was told to skip.
//! - A pending segment has no holes; behind a hole a new one begins.

use std::collections::BTreeSet;
use std::path::PathBuf;

use liuhen_archive::records::{HeldRange, RunEnd};
use liuhen_proto::fragment::{FragmentHeader, Sequence};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::{SignedRange, Sized256};
use liuhen_proto::{BootTime, Sha256};

use crate::refusal::Reason;

/// The most signatures kept for one segment, so that a hostile recorder cannot fill the memory with them.
pub(crate) const MAX_SIGNATURES: usize = 16;
/// The most fragments that may be skipped ahead of what is held.
const MAX_SKIPPED: usize = 1024;

/// A fragment in the journal.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) index: IndexedFragment,
    pub(crate) header: FragmentHeader,
}

/// How far a pending segment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It may grow.
    Open,
    /// It grows no more, and waits for its signature.
    Closed,
    /// Its file failed: what was STORED in it waits for a file of its own.
    Torn,
    /// It is on its way to the archive.
    Sealing,
    /// Since then another node leads its recorder, and may seal it.
    Parked(BootTime),
    /// The records refuse it; it stays in the journal for a person.
    Stuck,
}

/// A segment in the journal. Never empty.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) path: PathBuf,
    pub(crate) fragments: Vec<Stored>,
    pub(crate) signatures: Vec<SignedRange>,
    /// A verified signature covers the last fragment.
    pub(crate) signed: bool,
    pub(crate) stage: Stage,
    /// When its last fragment came.
    pub(crate) touched: BootTime,
    /// Digest and size of the file, once it is closed and where it was digested while being written.
    pub(crate) object: Option<Sized256>,
    /// The file that failed, from which this one was copied. Readers may have it open, so it goes with the segment.
    pub(crate) failed: Option<PathBuf>,
}

impl Pending {
    pub(crate) fn first(&self) -> Sequence {
        self.fragments[0].index.sequence
    }

    pub(crate) fn last(&self) -> Sequence {
        self.fragments[self.fragments.len() - 1].index.sequence
    }

    pub(crate) fn range(&self) -> HeldRange {
        HeldRange { first: self.first(), last: self.last() }
    }

    /// Digests of the fragments from `first` to `last`.
    pub(crate) fn digests(&self, first: Sequence, last: Sequence) -> Vec<Sha256> {
        let within = self.fragments.iter().filter(|stored| (first..=last).contains(&stored.index.sequence));
        within.map(|stored| stored.index.sha256).collect()
    }

    fn find(&self, sequence: Sequence) -> Option<&Stored> {
        let place = sequence.get().checked_sub(self.first().get())?;
        self.fragments.get(usize::try_from(place).ok()?)
    }
}

/// What a fragment is to what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the next.
    Next,
    /// It is in the journal already.
    Stored,
    /// It lies in a sealed segment; only its index tells whether it is the same.
    Sealed,
    /// It cannot be taken.
    Refused(Reason),
}

/// What is held of a run.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) sealed: Vec<HeldRange>,
    pub(crate) pending: Vec<Pending>,
    skipped: BTreeSet<Sequence>,
    pub(crate) end: Option<RunEnd>,
    /// Of the last fragment that came since the node started, or was found in its journal.
    pub(crate) last_header: Option<FragmentHeader>,
}

impl Held {
    pub(crate) fn new(sealed: Vec<HeldRange>, mut pending: Vec<Pending>, end: Option<RunEnd>) -> Self {
        pending.sort_by_key(Pending::first);
        let last_header = pending.last().and_then(|last| Some(last.fragments.last()?.header.clone()));
        Self { sealed, pending, skipped: BTreeSet::new(), end, last_header }
    }

    /// The fragment after the last that is held.
    fn after_held(&self) -> Sequence {
        let sealed = self.sealed.last().map(|range| range.last.next());
        let pending = self.pending.last().map(|pending| pending.last().next());
        sealed.max(pending).unwrap_or(Sequence::FIRST)
    }

    /// The fragment that must come next, where none of those before it is to be filled in.
    pub(crate) fn expected(&self) -> Sequence {
        let mut expected = self.after_held();
        while self.skipped.contains(&expected) {
            expected = expected.next();
        }
        expected
    }

    /// Whether something before the last that is held is missing.
    pub(crate) fn has_hole(&self) -> bool {
        let pending = self.pending.iter().map(Pending::range);
        let mut ranges: Vec<HeldRange> = self.sealed.iter().copied().chain(pending).collect();
        ranges.sort();
        let mut next = Sequence::FIRST;
        ranges.into_iter().any(|range| {
            let missing = range.first > next;
            next = next.max(range.last.next());
            missing
        })
    }

    /// Notes that the recorder was told not to send the fragment again.
    pub(crate) fn skip(&mut self, sequence: Sequence) {
        let held = self.after_held();
        self.skipped.retain(|&skipped| skipped >= held);
        if sequence >= held && self.skipped.len() < MAX_SKIPPED {
            self.skipped.insert(sequence);
        }
    }

    /// What a fragment is to what is held, where those up to `group` are on their way into the journal.
    pub(crate) fn standing(&self, sequence: Sequence, sha256: Sha256, group: Option<Sequence>) -> Standing {
        let next = group.map_or_else(|| self.after_held(), Sequence::next);
        if sequence >= next {
            let gap = (next.get()..sequence.get()).take(MAX_SKIPPED + 1).filter_map(Sequence::new);
            return match gap.into_iter().find(|missing| !self.skipped.contains(missing)) {
                Some(expected) => Standing::Refused(Reason::Hole { expected }),
                // What ended at a node that is gone comes again to this one.
                None => match self.end.filter(|end| sequence.get() >= end.fragments) {
                    Some(end) => Standing::Refused(Reason::Ended(end.fragments)),
                    None => Standing::Next,
                },
            };
        }
        if let Some(stored) = self.pending.iter().find_map(|pending| pending.find(sequence)) {
            let held = stored.index.sha256;
            return if held == sha256 { Standing::Stored } else { Standing::Refused(Reason::Conflict { held, found: sha256 }) };
        }
        if self.sealed.iter().any(|range| range.first <= sequence && sequence <= range.last) {
            return Standing::Sealed;
        }
        Standing::Refused(Reason::PastHole)
    }

    /// Notes that a segment is sealed, and takes it from what is pending.
    pub(crate) fn sealed(&mut self, first: Sequence) -> Option<Pending> {
        let place = self.pending.iter().position(|pending| pending.first() == first)?;
        let pending = self.pending.remove(place);
        self.sealed.push(pending.range());
        self.sealed.sort();
        self.sealed.dedup_by(|next, range| {
            let touches = range.last.next() == next.first;
            if touches {
                range.last = next.last;
            }
            touches
        });
        Some(pending)
    }
}

/// Whether the fragment tells again what the one before it told: it begins before the middle of it.
/// Bent timing within a camera's jitter passes.
pub(crate) fn overlap_within_run(before: &FragmentHeader, header: &FragmentHeader) -> Option<Reason> {
    header.tracks.iter().find_map(|track| {
        let old = before.tracks.iter().find(|old| old.track == track.track)?;
        let middle = old.media_start + (old.media_end - old.media_start) / 2;
        (track.media_start < middle).then(|| {
            let ticks = i128::from(old.media_end - track.media_start);
            let overlap_us = i64::try_from(ticks * 1_000_000 / i128::from(track.timescale.get())).unwrap_or(i64::MAX);
            Reason::Overlap { what: format!("fragment {} of its run", before.sequence), overlap_us }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seq(n: u64) -> Sequence {
        Sequence::new(n).unwrap()
    }

    fn held(ranges: &[(u64, u64)]) -> Held {
        let range = |&(first, last)| HeldRange { first: seq(first), last: seq(last) };
        Held::new(ranges.iter().map(range).collect(), Vec::new(), None)
    }

    #[test]
    fn only_the_next_fragment_is_taken() {
        let held = held(&[(0, 4)]);
        let standing = |n| held.standing(seq(n), Sha256::of(b""), None);
        assert_eq!(standing(5), Standing::Next);
        assert_eq!(standing(4), Standing::Sealed);
        assert_eq!(standing(6), Standing::Refused(Reason::Hole { expected: seq(5) }));
        assert_eq!(standing(1 << 52), Standing::Refused(Reason::Hole { expected: seq(5) }));
        assert_eq!(held.standing(seq(7), Sha256::of(b""), Some(seq(6))), Standing::Next);
    }

    #[test]
    fn behind_a_skipped_fragment_the_run_goes_on_and_the_skipped_one_may_still_come() {
        let mut held = held(&[(0, 4)]);
        held.skip(seq(5));
        held.skip(seq(3));
        let standing = |n| held.standing(seq(n), Sha256::of(b""), None);
        assert_eq!((standing(6), standing(5), held.expected()), (Standing::Next, Standing::Next, seq(6)));
        assert_eq!(standing(7), Standing::Refused(Reason::Hole { expected: seq(6) }));
    }

    #[test]
    fn a_hole_that_the_run_has_passed_cannot_be_filled() {
        let held = held(&[(0, 4), (6, 9)]);
        assert_eq!(held.standing(seq(5), Sha256::of(b""), None), Standing::Refused(Reason::PastHole));
    }

    proptest! {
        /// Whatever is held and skipped: exactly the fragments that close up to it are the next, and what
        /// is expected is one of them.
        #[test]
        fn the_next_is_reached_over_skipped_ones_only(
            last in 0u64..50,
            skipped in prop::collection::btree_set(0u64..60, 0..20),
            asked in 0u64..80,
        ) {
            let mut held = held(&[(0, last)]);
            skipped.iter().for_each(|&n| held.skip(seq(n)));
            let reached = asked > last && (last + 1..asked).all(|n| skipped.contains(&n));
            let standing = held.standing(seq(asked), Sha256::of(b""), None);
            prop_assert_eq!(standing == Standing::Next, reached);
            prop_assert_eq!(standing == Standing::Sealed, asked <= last);
            prop_assert_eq!(held.standing(held.expected(), Sha256::of(b""), None), Standing::Next);
        }
    }

    #[test]
    fn a_hole_is_seen() {
        assert!(!held(&[]).has_hole() && !held(&[(0, 4)]).has_hole() && !held(&[(0, 4), (5, 9)]).has_hole());
        assert!(held(&[(1, 4)]).has_hole() && held(&[(0, 4), (6, 9)]).has_hole());
    }

    #[test]
    fn an_ended_run_takes_no_more() {
        let reason = liuhen_archive::records::EndReason::Stopped;
        let mut held = held(&[(0, 4)]);
        held.end = Some(RunEnd { fragments: 5, reason });
        assert_eq!(held.standing(seq(5), Sha256::of(b""), None), Standing::Refused(Reason::Ended(5)));
        assert_eq!(held.standing(seq(2), Sha256::of(b""), None), Standing::Sealed);
        held.end = Some(RunEnd { fragments: 6, reason });
        assert_eq!(held.standing(seq(5), Sha256::of(b""), None), Standing::Next, "it was at a node that is gone");
    }
}
