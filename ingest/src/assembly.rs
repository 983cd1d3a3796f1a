//! Puts fragments together from their chunks: one at a time for each run of a call.
//!
//! In: checked heads and chunks. Out: [`Whole`] fragments whose digest is the announced one.
//! - Memory is reserved only after the size was bounded and the recorder's allowance charged.
//! - After a refusal the rest of that fragment's chunks are passed over in silence: one error for one fragment.

use std::collections::HashMap;

use bytes::Bytes;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;

use crate::allowance::Share;
use crate::refusal::{Reason, Refusal};
use crate::wire::{Chunk, Head};

/// The most runs of which something is refused or not whole yet: who makes names up must not fill the memory.
const MAX_PLACES: usize = 4096;

/// A fragment that is whole; its bytes have the announced digest.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) head: Head,
    pub(crate) bytes: Bytes,
    /// Given back when the fragment is stored or refused.
    pub(crate) shares: [Share; 2],
}

#[derive(Debug)]
struct Growing {
    head: Head,
    bytes: Vec<u8>,
    hasher: Hasher,
    shares: [Share; 2],
}

#[derive(Debug)]
enum Place {
    Growing(Box<Growing>),
    /// Its head or one of its chunks was refused.
    Refused(Sequence),
}

/// The fragments of a call that are not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    places: HashMap<RunId, Place>,
}

impl Assembly {
    /// Begins a fragment. Where another of the run was not whole yet, that one is given up and told.
    pub(crate) fn begin(&mut self, head: Head, shares: [Share; 2]) -> Option<Refusal> {
        // Bounded by the caller: `size_bytes` is at most the largest fragment.
        let bytes = Vec::with_capacity(head.size_bytes as usize);
        let growing = Growing { head, bytes, hasher: Hasher::default(), shares };
        match self.places.insert(head.run, Place::Growing(Box::new(growing))) {
            Some(Place::Growing(old)) => Some(Refusal::fragment(head.run, old.head.sequence, Reason::Unfinished)),
            _ => None,
        }
    }

    /// Passes over the chunks of a fragment whose head was refused. Of more runs than anybody has, each chunk is refused.
    pub(crate) fn pass_over(&mut self, run: RunId, sequence: Sequence) {
        if self.places.len() < MAX_PLACES || self.places.contains_key(&run) {
            self.places.insert(run, Place::Refused(sequence));
        }
    }

    /// Takes a chunk; gives the fragment when it is whole.
    pub(crate) fn take(&mut self, chunk: &Chunk) -> Result<Option<Whole>, Refusal> {
        let (run, sequence) = (chunk.run, chunk.sequence);
        let growing = match self.places.get_mut(&run) {
            Some(Place::Refused(refused)) if *refused == sequence => return Ok(None),
            Some(Place::Growing(growing)) if growing.head.sequence == sequence => growing,
            _ => return Err(Refusal::fragment(run, sequence, Reason::ChunkWithoutHead)),
        };
        if let Err(reason) = growing.take(chunk) {
            self.pass_over(run, sequence);
            return Err(Refusal::fragment(run, sequence, reason));
        }
        if growing.bytes.len() < growing.head.size_bytes as usize {
            return Ok(None);
        }
        match self.places.remove(&run) {
            Some(Place::Growing(whole)) => whole.finish().map(Some),
            _ => Ok(None),
        }
    }
}

impl Growing {
    fn take(&mut self, chunk: &Chunk) -> Result<(), Reason> {
        let size = self.head.size_bytes;
        let expected = u32::try_from(self.bytes.len()).expect("never more than size_bytes, a u32");
        if chunk.offset_bytes != expected || chunk.data.is_empty() {
            return Err(Reason::ChunkOrder { found: chunk.offset_bytes, expected });
        }
        let end = self.bytes.len() as u64 + chunk.data.len() as u64;
        if end > u64::from(size) {
            return Err(Reason::TooLarge { what: "fragment data", found: end, limit: size.into() });
        }
        self.hasher.update(&chunk.data);
        self.bytes.extend_from_slice(&chunk.data);
        Ok(())
    }

    fn finish(self) -> Result<Whole, Refusal> {
        let Self { head, bytes, hasher, shares } = self;
        let found = hasher.finish();
        if found != head.sha256 {
            let reason = Reason::Digest { announced: head.sha256, found };
            return Err(Refusal::fragment(head.run, head.sequence, reason));
        }
        Ok(Whole { head, bytes: bytes.into(), shares })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowance::Bounded;
    use liuhen_proto::world::SeededRandom;
    use liuhen_proto::{Sha256, Timestamp};
    use proptest::prelude::*;

    fn head(bytes: &[u8]) -> Head {
        let run = RunId::mint(Timestamp::from_micros(0), &SeededRandom::new(1));
        Head { run, sequence: Sequence::FIRST, size_bytes: bytes.len() as u32, sha256: Sha256::of(bytes) }
    }

    fn shares() -> [Share; 2] {
        let bytes = Bounded::new(1 << 20);
        [bytes.take(1).unwrap(), bytes.take(1).unwrap()]
    }

    fn chunk(head: &Head, offset: usize, data: &[u8]) -> Chunk {
        let data = Bytes::copy_from_slice(data);
        Chunk { run: head.run, sequence: head.sequence, offset_bytes: offset as u32, data }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_comes_out_whole(bytes in prop::collection::vec(any::<u8>(), 1..500), step in 1usize..90) {
            let head = head(&bytes);
            let mut assembly = Assembly::default();
            assert!(assembly.begin(head, shares()).is_none());
            let mut whole = None;
            for (i, data) in bytes.chunks(step).enumerate() {
                prop_assert!(whole.is_none());
                whole = assembly.take(&chunk(&head, i * step, data)).unwrap();
            }
            prop_assert_eq!(&whole.unwrap().bytes[..], &bytes[..]);
        }
    }

    #[test]
    fn made_up_names_do_not_gather() {
        let (random, mut assembly) = (SeededRandom::new(7), Assembly::default());
        for _ in 0..MAX_PLACES + 100 {
            assembly.pass_over(RunId::mint(Timestamp::from_micros(0), &random), Sequence::FIRST);
        }
        assert_eq!(assembly.places.len(), MAX_PLACES);
    }

    #[test]
    fn a_wrong_chunk_is_told_once_and_the_rest_passed_over() {
        let head = head(b"abcdef");
        let mut assembly = Assembly::default();
        assembly.begin(head, shares());
        assert!(assembly.take(&chunk(&head, 0, b"ab")).unwrap().is_none());
        let refusal = assembly.take(&chunk(&head, 4, b"ef")).unwrap_err();
        assert_eq!(*refusal.reason, Reason::ChunkOrder { found: 4, expected: 2 });
        assert!(assembly.take(&chunk(&head, 2, b"cd")).unwrap().is_none());
    }

    #[test]
    fn more_than_announced_other_than_announced_and_unannounced_are_refused() {
        let head = head(b"abc");
        let mut assembly = Assembly::default();
        let unannounced = assembly.take(&chunk(&head, 0, b"abc")).unwrap_err();
        assert_eq!(*unannounced.reason, Reason::ChunkWithoutHead);
        assembly.begin(head, shares());
        let more = assembly.take(&chunk(&head, 0, b"abcd")).unwrap_err();
        assert!(matches!(*more.reason, Reason::TooLarge { found: 4, limit: 3, .. }));
        assembly.begin(head, shares());
        let other = assembly.take(&chunk(&head, 0, b"abx")).unwrap_err();
        assert!(matches!(*other.reason, Reason::Digest { .. }));
    }
}
