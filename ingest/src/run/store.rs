//! Groups of fragments on their way to the disk: one write after the other, one fsync for all.

use std::sync::Arc;

use liuhen_archive::live::OpenPlace;
use liuhen_proto::fragment::{FragmentHeader, Sequence};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::wire::ingest::v1 as pb;

use super::held::{Pending, Stage, Stored};
use super::{Arrived, Task};
use crate::answers::Answers;
use crate::clocks::clock_name;
use crate::journal::{Appended, JournalFile};
use crate::refusal::{Reason, Refusal};
use crate::seal::full;

/// Fragments that follow each other, and who waits for them.
#[derive(Debug, Default)]
pub(super) struct Group {
    members: Vec<(Arrived, Answers)>,
    bytes: u64,
}

impl Group {
    pub(super) fn last(&self) -> Option<Sequence> {
        self.last_header().map(|header| header.sequence)
    }

    pub(super) fn last_header(&self) -> Option<&FragmentHeader> {
        self.members.last().map(|(arrived, _)| &arrived.header)
    }
}

/// Why nothing of a group was written.
enum Failure {
    /// There is no file; another try may find one made.
    NotBegun(String),
    /// Nobody knows what the disk holds.
    Unknown(String),
}

impl Task {
    /// Puts the next fragment into the group; begins a new segment where the open one cannot take it.
    pub(super) async fn push(&mut self, arrived: Box<Arrived>, answers: Answers, group: &mut Group) {
        let behind_a_hole = group.last().is_some_and(|last| last.next() != arrived.header.sequence);
        let other_clock = group.last_header().is_some_and(|last| last.clock.version != arrived.header.clock.version);
        if behind_a_hole || other_clock || self.is_full(group, &arrived) {
            self.store(group).await;
        }
        group.bytes += arrived.bytes.len() as u64;
        group.members.push((*arrived, answers));
    }

    /// Whether the open segment with the group would grow beyond its bounds by the fragment.
    fn is_full(&self, group: &Group, arrived: &Arrived) -> bool {
        let limits = &self.shared.limits;
        let open = self.held.pending.last().filter(|pending| pending.stage == Stage::Open);
        let fragments = open.map_or(0, |open| open.fragments.len()) + group.members.len();
        let first = open.map(|open| open.fragments[0].index.interval());
        let first = first.or_else(|| group.members.first().map(|(arrived, _)| arrived.header.interval()));
        let span = first.map(|first| first.hull(arrived.header.interval()).span());
        let bytes = self.file.as_ref().map_or(0, JournalFile::size_bytes) + group.bytes + arrived.bytes.len() as u64;
        fragments >= limits.roll_fragments || span.is_some_and(|span| span > limits.roll_span) || bytes > limits.roll_bytes
    }

    /// Writes the group, syncs it, and says STORED.
    pub(super) async fn store(&mut self, group: &mut Group) {
        let Group { mut members, .. } = std::mem::take(group);
        let Some((first, _)) = members.first() else { return };
        let (sequence, header) = (first.header.sequence, first.header.clone());
        self.make_room(sequence, &header, members.len());
        match self.write(sequence, &members).await {
            Ok(Appended { offsets, refused }) => {
                let rest = members.split_off(offsets.len());
                self.stored(members, &offsets);
                match refused {
                    Some(error) => self.ended_early(rest, &full(&error)),
                    None => self.shared.journal.troubles.end(self.run()),
                }
            }
            Err(Failure::NotBegun(why)) => self.ended_early(members, &why),
            Err(Failure::Unknown(why)) => self.failed(members, &why),
        }
    }

    /// Closes the open segment where the fragment does not follow it, rests on another clock, or would make it too large.
    fn make_room(&mut self, sequence: Sequence, header: &FragmentHeader, count: usize) {
        let limits = &self.shared.limits;
        let Some(open) = self.held.pending.last().filter(|pending| pending.stage == Stage::Open) else { return };
        let span = open.fragments[0].index.interval().hull(header.interval()).span();
        let bytes = self.file.as_ref().map_or(0, JournalFile::size_bytes);
        let follows = open.last().next() == sequence;
        // A segment has one clock, so that it can be corrected as a whole.
        let same_clock = open.fragments[0].header.clock.version == header.clock.version;
        let full = open.fragments.len() + count > limits.roll_fragments || span > limits.roll_span || bytes > limits.roll_bytes;
        if follows && !same_clock {
            // Its signature is still to come, with that of what follows.
            self.close_open();
        } else if !follows || full {
            self.close_open();
            self.seal_closed();
        }
    }

    async fn write(&mut self, first: Sequence, members: &[(Arrived, Answers)]) -> Result<Appended, Failure> {
        let group: Vec<_> = members.iter().map(|(arrived, _)| (arrived.bytes.clone(), arrived.sha256)).collect();
        let (file, run, init, shared) = (self.file.take(), self.run(), self.facts.run.init.clone(), Arc::clone(&self.shared));
        let written = tokio::task::spawn_blocking(move || {
            let mut file = match file {
                Some(file) => file,
                None => shared.journal.create(run, first, &init).map_err(|error| Failure::NotBegun(full(&error)))?,
            };
            let fresh = file.is_empty();
            match file.append(&group) {
                Ok(appended) => Ok((file, appended)),
                Err(error) => {
                    if fresh {
                        // Nothing in it was ever promised.
                        file.remove();
                    }
                    Err(Failure::Unknown(full(&error)))
                }
            }
        });
        let (file, appended) = written.await.unwrap_or_else(|error| Err(Failure::Unknown(error.to_string())))?;
        if file.is_empty() {
            // No room for even the first fragment: the next one begins the file anew, under its own name.
            file.remove();
        } else {
            self.file = Some(file);
        }
        Ok(appended)
    }

    fn stored(&mut self, members: Vec<(Arrived, Answers)>, offsets: &[u64]) {
        if members.is_empty() {
            return;
        }
        let (run, stream) = (self.run(), self.facts.place.stream);
        let touched = self.shared.archive.clock.boot_now();
        let is_open = self.held.pending.last().is_some_and(|pending| pending.stage == Stage::Open);
        let path = self.file.as_ref().expect("fragments are stored in a file").path().to_owned();
        let clock = members.first().and_then(|(arrived, _)| clock_name(&self.facts.run, &arrived.header));
        let place = OpenPlace { path: path.clone(), init: self.facts.run.init.clone(), clock };
        let mut fragments = Vec::with_capacity(members.len());
        for ((arrived, answers), &offset) in members.into_iter().zip(offsets) {
            let Arrived { sha256, bytes, header, decode_time_offsets, shares } = arrived;
            let size = u32::try_from(bytes.len()).expect("bounded by the gate");
            let index = IndexedFragment::new(&header, sha256, offset, size, &decode_time_offsets);
            self.shared.extents.note(&header);
            self.shared.archive.live.fragment_stored(stream, run, &place, index.clone());
            drop(shares);
            answers.ack(run, header.sequence, header.sequence, pb::AckStep::Stored);
            fragments.push(Stored { index, header });
        }
        self.held.last_header = fragments.last().map(|last| last.header.clone());
        match self.held.pending.last_mut().filter(|_| is_open) {
            Some(open) => {
                open.fragments.append(&mut fragments);
                open.touched = touched;
            }
            None => self.held.pending.push(Pending {
                path,
                fragments,
                signatures: Vec::new(),
                signed: false,
                stage: Stage::Open,
                touched,
                object: None,
                failed: None,
            }),
        }
    }

    /// A write failed and was taken back: what is in the file is sound, and it ends here. The next fragment
    /// begins another.
    fn ended_early(&mut self, rest: Vec<(Arrived, Answers)>, why: &str) {
        self.shared.journal.troubles.begin(self.run(), why);
        self.close_open();
        self.refuse_all(rest, why);
    }

    /// Nobody knows what the disk holds of this file behind what was STORED: nothing is written to it again, no
    /// second sync is believed, and what was STORED gets a file of its own.
    fn failed(&mut self, members: Vec<(Arrived, Answers)>, why: &str) {
        self.shared.journal.troubles.begin(self.run(), why);
        if let Some(open) = self.held.pending.last_mut().filter(|pending| pending.stage == Stage::Open) {
            open.stage = Stage::Torn;
        }
        self.refuse_all(members, why);
    }

    fn refuse_all(&self, members: Vec<(Arrived, Answers)>, why: &str) {
        let run = self.run();
        if !members.is_empty() {
            tracing::warn!(%run, fragments = members.len(), why, "fragments could not be written to the journal");
        }
        for (arrived, answers) in members {
            answers.refuse(Refusal::fragment(run, arrived.header.sequence, Reason::Journal(why.to_owned())));
        }
    }
}
