//! Flags: one small file each, the last word about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use liuhen_proto::ids::{FlagId, RunId, StreamId};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::Name;
use crate::durable;
use crate::spool::SpoolError;

/// So many flags may wait; a detector that goes mad must not fill the disk.
const MAX_FLAGS: usize = 100_000;

/// What is known about a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Its id.
    pub flag: FlagId,
    /// The stream that was judged.
    pub stream: StreamId,
    /// The run in which it began.
    pub run: RunId,
    /// What was found.
    #[serde(with = "kind")]
    pub kind: FlagKind,
    /// Since when.
    #[serde(rename = "start_us", with = "micros")]
    pub start: Timestamp,
    /// Until when; nothing while it goes on.
    #[serde(rename = "end_us", with = "maybe_micros")]
    pub end: Option<Timestamp>,
    /// Up to when it was seen.
    #[serde(rename = "seen_us", with = "micros")]
    pub seen: Timestamp,
    /// Counts the reports, from 1.
    pub version: u32,
    /// The worst value, in thousandths of the kind's unit.
    pub measured_milli: i64,
    /// What it was held against.
    pub threshold_milli: i64,
    /// Name and version of the detector.
    pub detector: String,
}

impl Flag {
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        durable::write(path, &serde_json::to_vec(self).map_err(io::Error::other)?)
    }

    /// Says that it ended where it was last seen; nothing where it has ended.
    fn ended(&self) -> Option<Self> {
        let end = Some(self.seen.max(self.start.after(Span::from_micros(1))));
        self.end.is_none().then(|| Self { end, version: self.version.saturating_add(1), ..self.clone() })
    }
}

impl From<Flag> for pb::Flag {
    fn from(flag: Flag) -> Self {
        Self {
            flag_id: flag.flag.to_string(),
            stream_id: flag.stream.to_string(),
            run_id: flag.run.to_string(),
            kind: common::FlagKind::from(flag.kind).into(),
            start_us: flag.start.as_micros(),
            end_us: flag.end.map(Timestamp::as_micros),
            seen_us: flag.seen.as_micros(),
            version: flag.version,
            measured_milli: flag.measured_milli,
            threshold_milli: flag.threshold_milli,
            detector: flag.detector,
        }
    }
}

mod kind {
    use super::{Deserialize, FlagKind};

    pub(super) fn serialize<S: serde::Serializer>(kind: &FlagKind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.as_str())
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<FlagKind, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

mod micros {
    use super::{Deserialize, Timestamp};

    pub(super) fn serialize<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_micros())
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Ok(Timestamp::from_micros(i64::deserialize(deserializer)?))
    }
}

mod maybe_micros {
    use super::{Deserialize, Serialize, Timestamp};

    #[expect(clippy::ref_option, reason = "serde's contract")]
    pub(super) fn serialize<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::as_micros).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_micros))
    }
}

/// All flags that the centre does not know the end of.
#[derive(Debug)]
pub(super) struct Flags {
    directory: PathBuf,
    all: BTreeMap<FlagId, Flag>,
    /// Those whose last word was not acknowledged.
    waiting: BTreeSet<FlagId>,
}

impl Flags {
    /// Reads them all, and ends those that a crash left open.
    pub(super) fn open(directory: &Path) -> Result<Self, SpoolError> {
        fs::create_dir_all(directory).map_err(SpoolError::io("make", directory))?;
        let mut flags = Self { directory: directory.to_owned(), all: BTreeMap::new(), waiting: BTreeSet::new() };
        for entry in fs::read_dir(directory).map_err(SpoolError::io("list", directory))? {
            let path = entry.map_err(SpoolError::io("list", directory))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                flags.recover(&path)?;
            }
        }
        Ok(flags)
    }

    fn recover(&mut self, path: &Path) -> Result<(), SpoolError> {
        let text = fs::read(path).map_err(SpoolError::io("read", path))?;
        let mut flag: Flag = match serde_json::from_slice(&text) {
            Ok(flag) => flag,
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "a flag cannot be read: look after the disk; it is left as it is");
                return Ok(());
            }
        };
        if let Some(ended) = flag.ended() {
            ended.write(path).map_err(SpoolError::io("write", path))?;
            flag = ended;
        }
        self.put(flag);
        Ok(())
    }

    pub(super) fn path(&self, flag: FlagId) -> PathBuf {
        self.directory.join(format!("{flag}.json"))
    }

    /// Whether a new word about the flag may be kept.
    pub(super) fn takes(&self, flag: FlagId) -> bool {
        self.all.len() < MAX_FLAGS || self.all.contains_key(&flag)
    }

    pub(super) fn put(&mut self, flag: Flag) {
        self.waiting.insert(flag.flag);
        self.all.insert(flag.flag, flag);
    }

    pub(super) fn next(&self, under_way: &BTreeSet<Name>) -> Option<Flag> {
        let idle = |flag: &&FlagId| under_way.range(Name::Flag(**flag, 0)..=Name::Flag(**flag, u32::MAX)).next().is_none();
        self.all.get(self.waiting.iter().find(idle)?).cloned()
    }

    /// That version needs not be sent any more; gives the file that is to go.
    pub(super) fn done(&mut self, flag: FlagId, version: u32) -> Option<PathBuf> {
        let known = self.all.get(&flag).filter(|known| known.version == version)?;
        let is_over = known.end.is_some();
        self.waiting.remove(&flag);
        is_over.then(|| {
            self.all.remove(&flag);
            self.path(flag)
        })
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}
