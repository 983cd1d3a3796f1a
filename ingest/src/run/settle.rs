//! What this node holds against what is sealed by now, perhaps by another node that leads the recorder.
//!
//! - What is sealed with the same digests leaves the journal; what is missing is sealed, from a file of its own
//!   where only a part is; what is sealed with other digests is set aside for a person.
//! - What another node leads waits, so that the two do not cut the same run into different pieces. Where it is
//!   not sealed in `left_over`, it is sealed here all the same: it was STORED.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use liuhen_archive::Records;
use liuhen_archive::live::OpenPlace;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Sha256, Span};

use super::held::{Pending, Stage, Stored};
use super::{Attached, Task};
use crate::clocks::clock_of;
use crate::journal::Copied;
use crate::seal::full;

/// Between two looks at what another node leads.
const BETWEEN: Span = Span::from_secs(5);

/// Digests of what is sealed of the fragments from `first` to `last`.
pub(crate) async fn sealed_digests(
    records: &dyn Records,
    run: RunId,
    first: Sequence,
    last: Sequence,
) -> liuhen_archive::Result<BTreeMap<Sequence, Sha256>> {
    let mut digests = BTreeMap::new();
    for range in records.sealed_ranges(run).await? {
        let mut next = range.first.max(first);
        while next <= range.last.min(last) {
            let Some(found) = records.segment(run, next).await? else { break };
            digests.extend(found.fragments.iter().map(|fragment| (fragment.sequence, fragment.sha256)));
            next = found.segment.last.next();
        }
    }
    digests.retain(|sequence, _| first <= *sequence && *sequence <= last);
    Ok(digests)
}

/// What of a segment's fragments is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// None of it is sealed.
    All,
    /// All of it is sealed.
    Nothing,
    /// These pieces are not.
    Pieces(Vec<Range<usize>>),
    /// Something else is sealed under the name of this one.
    Clash(Sequence),
}

/// Compares fragments, in their order, with what is sealed.
pub(crate) fn left(fragments: impl ExactSizeIterator<Item = (Sequence, Sha256)>, sealed: &BTreeMap<Sequence, Sha256>) -> Left {
    let count = fragments.len();
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for (place, (sequence, sha256)) in fragments.enumerate() {
        match sealed.get(&sequence) {
            Some(held) if *held != sha256 => return Left::Clash(sequence),
            Some(_) => {}
            None => match pieces.last_mut().filter(|piece| piece.end == place) {
                Some(piece) => piece.end += 1,
                None => pieces.push(place..place + 1),
            },
        }
    }
    match pieces.as_slice() {
        [] => Left::Nothing,
        [all] if *all == (0..count) => Left::All,
        _ => Left::Pieces(pieces),
    }
}

impl Task {
    /// A call of this epoch has come: where another node led meanwhile, what it sealed is known here before the
    /// recorder is told what is held.
    pub(super) async fn led_since(&mut self, epoch: u64) {
        if self.epoch != epoch && self.settle_all().await {
            self.epoch = epoch;
        }
    }

    /// Where something is missing here, the node that had it stored may have sealed it since.
    pub(super) async fn look_for_what_fills(&mut self) {
        if !self.held.has_hole() {
            return;
        }
        match self.shared.archive.records.sealed_ranges(self.run()).await {
            Ok(sealed) => self.held.sealed = sealed,
            Err(error) => tracing::warn!(run = %self.run(), error = %full(&error), "not compared with the records yet"),
        }
    }

    /// Settles all that is not on its way to the archive; false where the records did not answer.
    pub(super) async fn settle_all(&mut self) -> bool {
        self.close_open();
        match self.shared.archive.records.sealed_ranges(self.run()).await {
            Ok(sealed) => self.held.sealed = sealed,
            Err(error) => {
                tracing::warn!(run = %self.run(), error = %full(&error), "not compared with the records yet");
                return false;
            }
        }
        let waiting = |pending: &&Pending| !matches!(pending.stage, Stage::Sealing | Stage::Torn);
        let firsts: Vec<_> = self.held.pending.iter().filter(waiting).map(Pending::first).collect();
        for first in firsts {
            self.settle(first).await;
        }
        true
    }

    /// Looks at what another node leads.
    pub(super) async fn look_after_parked(&mut self) {
        let now = self.shared.archive.clock.boot_now();
        let parked = |pending: &Pending| match pending.stage {
            Stage::Parked(since) => Some((pending.first(), since)),
            _ => None,
        };
        let parked: Vec<_> = self.held.pending.iter().filter_map(parked).collect();
        if parked.is_empty() || self.parked_seen.is_some_and(|seen| now.since(seen) < BETWEEN) {
            return;
        }
        self.parked_seen = Some(now);
        let recorder = self.facts.run.recorder.expect("what was imported comes by no Upload");
        let led = match self.shared.leases.fence(recorder).await {
            Ok(led) => led,
            Err(error) => return tracing::warn!(run = %self.run(), error = %full(&error), "parked segments wait on"),
        };
        for (first, since) in parked {
            self.settle(first).await;
            let still = |pending: &Pending| pending.first() == first && pending.stage == Stage::Parked(since);
            let Some(place) = self.held.pending.iter().position(still) else { continue };
            match led {
                Ok(_) => self.seal(place),
                Err(lease) if now.since(since) >= self.shared.limits.left_over => {
                    tracing::warn!(run = %self.run(), %first, %lease, "sealed here all the same: it was stored, and nobody else seals it");
                    self.seal_under(place, Some(lease.fence()));
                }
                Err(_) => {}
            }
        }
    }

    /// Compares one segment with what is sealed by now. Says whether it is another one since.
    pub(super) async fn settle(&mut self, first: Sequence) -> bool {
        let run = self.run();
        let Some(place) = self.held.pending.iter().position(|pending| pending.first() == first) else { return true };
        let range = self.held.pending[place].range();
        let sealed = match sealed_digests(&*self.shared.archive.records, run, range.first, range.last).await {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::warn!(%run, %first, error = %full(&error), "not compared with the records yet");
                return false;
            }
        };
        let named = |stored: &Stored| (stored.index.sequence, stored.index.sha256);
        match left(self.held.pending[place].fragments.iter().map(named), &sealed) {
            Left::All => false,
            Left::Nothing => {
                tracing::info!(%run, %first, last = %range.last, "sealed by another; it leaves this journal");
                self.forget(place);
                true
            }
            Left::Pieces(pieces) => self.cut(place, pieces).await,
            Left::Clash(sequence) => {
                let path = self.held.pending[place].path.clone();
                let moved = self.shared.journal.set_aside(&path);
                tracing::error!(%run, %sequence, path = %path.display(), ?moved,
                    "another fragment is sealed under this name; the file of the journal was set aside in quarantine");
                self.forget(place);
                true
            }
        }
    }

    /// Lets a segment go that another has sealed.
    fn forget(&mut self, place: usize) -> Pending {
        let gone = self.held.pending.remove(place);
        let (run, range) = (self.run(), gone.range());
        self.shared.archive.live.segment_sealed(self.facts.place.stream, run, range.first, range.last);
        for path in std::iter::once(&gone.path).chain(&gone.failed) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(path = %path.display(), %error, "file stays in the journal");
                }
                _ => {}
            }
        }
        for held in self.held.sealed.iter().filter(|held| held.first <= range.last && range.first <= held.last) {
            for Attached { answers, .. } in &self.attached {
                answers.ack(run, held.first.max(range.first), held.last.min(range.last), pb::AckStep::Sealed);
            }
        }
        gone
    }

    /// Gives what is not sealed yet of a segment files of its own.
    async fn cut(&mut self, place: usize, pieces: Vec<Range<usize>>) -> bool {
        let (run, shared, init) = (self.run(), Arc::clone(&self.shared), self.facts.run.init.clone());
        let pending = &self.held.pending[place];
        let from = pending.path.clone();
        let wanted: Vec<Vec<_>> = pieces
            .iter()
            .map(|piece| pending.fragments[piece.clone()].iter().map(|stored| stored.index.clone()).collect())
            .collect();
        let copied = tokio::task::spawn_blocking(move || {
            wanted.iter().map(|fragments| shared.journal.copy(&from, run, &init, fragments)).collect::<Result<Vec<_>, _>>()
        });
        let copies = match copied.await {
            Ok(Ok(copies)) => copies,
            Ok(Err(error)) => {
                tracing::error!(%run, error = %full(&error), "what is not sealed yet of a segment has no file of its own");
                return false;
            }
            Err(error) => {
                tracing::error!(%run, %error, "copying a file of the journal ended early");
                return false;
            }
        };
        let old = self.forget(place);
        for (piece, copy) in pieces.into_iter().zip(copies) {
            self.take_up(&old, piece, copy);
        }
        self.held.pending.sort_by_key(Pending::first);
        true
    }

    /// A piece of an old segment waits as a segment of its own.
    fn take_up(&mut self, old: &Pending, piece: Range<usize>, copy: Copied) {
        let clock = clock_of(&self.facts.run, &old.fragments[piece.clone()]);
        let place = OpenPlace { path: copy.path.clone(), init: self.facts.run.init.clone(), clock };
        let mut fragments = old.fragments[piece.clone()].to_vec();
        for (stored, offset) in fragments.iter_mut().zip(copy.offsets) {
            stored.index.offset_bytes = offset;
            self.shared.archive.live.fragment_stored(self.facts.place.stream, self.run(), &place, stored.index.clone());
        }
        let last = fragments[fragments.len() - 1].index.sequence;
        let covers = |signed: &liuhen_proto::segment::SignedRange| {
            signed.verify().is_some_and(|statement| statement.first <= last && last <= statement.last())
        };
        self.held.pending.push(Pending {
            path: copy.path,
            fragments,
            signed: old.signatures.iter().any(covers),
            signatures: old.signatures.clone(),
            stage: Stage::Closed,
            touched: old.touched,
            object: Some(copy.object),
            failed: None,
        });
        self.close_signed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(place: u64) -> Sequence {
        Sequence::new(place).unwrap()
    }

    proptest! {
        /// Whatever is sealed: exactly what is not sealed is left, in pieces that do not touch.
        #[test]
        fn what_is_left_is_what_is_not_sealed(count in 1u64..40, sealed in prop::collection::btree_set(0u64..40, 0..40)) {
            let digest = |place: u64| Sha256::of(&place.to_be_bytes());
            let known = sealed.iter().map(|&place| (at(place), digest(place))).collect();
            let all: Vec<_> = (0..count).map(|place| (at(place), digest(place))).collect();
            let pieces = match left(all.into_iter(), &known) {
                Left::All => std::iter::once(0..count as usize).collect(),
                Left::Nothing => Vec::new(),
                Left::Pieces(pieces) => pieces,
                Left::Clash(_) => panic!("nothing clashes"),
            };
            prop_assert!(pieces.windows(2).all(|pair| pair[0].end < pair[1].start));
            let left: Vec<_> = pieces.into_iter().flatten().map(|place| place as u64).collect();
            prop_assert_eq!(left, (0..count).filter(|place| !sealed.contains(place)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn another_fragment_under_the_same_name_is_a_clash() {
        let known = [(at(1), Sha256::of(b"one"))].into();
        let held = [(at(0), Sha256::of(b"nil")), (at(1), Sha256::of(b"other"))];
        assert_eq!(left(held.into_iter(), &known), Left::Clash(at(1)));
    }
}
