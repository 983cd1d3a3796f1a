//! Stills and levels: a file each, as they are sent; never more than their share of the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use prost::Message as _;

use super::Name;
use crate::spool::SpoolError;

/// What a file takes on the disk, at least.
const BLOCK: u64 = 4_096;
/// Larger ones are not ours.
const MAX_FILE_BYTES: u64 = 1 << 20;

pub(super) fn encode(observation: Observation) -> Vec<u8> {
    pb::ObserveRequest { observation: Some(observation) }.encode_to_vec()
}

/// Nothing where it is torn.
pub(super) fn read(path: &Path) -> Option<pb::ObserveRequest> {
    let request = pb::ObserveRequest::decode(fs::read(path).ok()?.as_slice()).ok()?;
    request.observation.is_some().then_some(request)
}

pub(super) fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "an observation that was handed over cannot be deleted");
        }
        _ => {}
    }
}

#[derive(Debug)]
struct Item {
    is_still: bool,
    /// On the disk, in whole blocks.
    bytes: u64,
    /// Its file is whole.
    ready: bool,
}

/// Which files there are. No I/O after opening.
#[derive(Debug)]
pub(super) struct Derived {
    directory: PathBuf,
    limit: u64,
    bytes: u64,
    items: BTreeMap<u64, Item>,
    next: u64,
    told: bool,
}

impl Derived {
    pub(super) fn open(directory: &Path, limit: u64) -> Result<Self, SpoolError> {
        fs::create_dir_all(directory).map_err(SpoolError::io("make", directory))?;
        let (items, next) = (BTreeMap::new(), 0);
        let mut found = Self { directory: directory.to_owned(), limit, bytes: 0, items, next, told: false };
        for entry in fs::read_dir(directory).map_err(SpoolError::io("list", directory))? {
            let entry = entry.map_err(SpoolError::io("list", directory))?;
            let length = entry.metadata().map_err(SpoolError::io("look at", &entry.path()))?.len();
            let name = entry.file_name().to_string_lossy().into_owned();
            let parts = name.split_once('.').and_then(|(n, kind)| Some((u64::from_str_radix(n, 16).ok()?, kind)));
            let (sequence, is_still) = match parts {
                Some((sequence, "still")) if length <= MAX_FILE_BYTES => (sequence, true),
                Some((sequence, "levels")) if length <= MAX_FILE_BYTES => (sequence, false),
                _ => continue,
            };
            let bytes = length.next_multiple_of(BLOCK);
            found.bytes += bytes;
            found.next = found.next.max(sequence.saturating_add(1));
            found.items.insert(sequence, Item { is_still, bytes, ready: true });
        }
        Ok(found)
    }

    fn path(&self, sequence: u64, is_still: bool) -> PathBuf {
        self.directory.join(format!("{sequence:016x}.{}", if is_still { "still" } else { "levels" }))
    }

    /// Takes room for a file: where to write it, and what is to be deleted for it.
    pub(super) fn reserve(&mut self, is_still: bool, length: u64) -> (PathBuf, u64, Vec<PathBuf>) {
        let bytes = length.next_multiple_of(BLOCK);
        let mut gone = Vec::new();
        while self.bytes.saturating_add(bytes) > self.limit {
            let Some(oldest) = self.items.first_key_value().map(|(&sequence, _)| sequence) else { break };
            gone.extend(self.forget(oldest));
        }
        if !gone.is_empty() && !self.told {
            tracing::info!("stills and sound levels fill their share of the disk: the oldest go, the footage is not touched");
            self.told = true;
        }
        let sequence = self.next;
        self.next += 1;
        self.bytes += bytes;
        self.items.insert(sequence, Item { is_still, bytes, ready: false });
        (self.path(sequence, is_still), sequence, gone)
    }

    pub(super) fn ready(&mut self, sequence: u64) {
        if let Some(item) = self.items.get_mut(&sequence) {
            item.ready = true;
        }
    }

    /// The newest levels, else the newest still.
    pub(super) fn next(&self, under_way: &BTreeSet<Name>) -> Option<(u64, PathBuf)> {
        let newest = |is_still| {
            let fits =
                |item: &Item, sequence| item.ready && item.is_still == is_still && !under_way.contains(&Name::Derived(sequence));
            self.items.iter().rev().find(|&(&sequence, item)| fits(item, sequence)).map(|(&sequence, _)| sequence)
        };
        let levels = newest(false).map(|sequence| (sequence, self.path(sequence, false)));
        levels.or_else(|| newest(true).map(|sequence| (sequence, self.path(sequence, true))))
    }

    /// It is no longer here; gives the file that is to go.
    pub(super) fn forget(&mut self, sequence: u64) -> Option<PathBuf> {
        let item = self.items.remove(&sequence)?;
        self.bytes = self.bytes.saturating_sub(item.bytes);
        Some(self.path(sequence, item.is_still))
    }
}
