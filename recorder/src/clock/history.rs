//! What is remembered of this boot's mappings, beside the spool: a recorder that is started again within a boot goes
//! on counting, and corrects what it recorded before.
//!
//! In: mappings and shifts. Out: signed corrections that wait until the centre has them, those of earlier boots too.
//! Always: a mapping is on the disk before a fragment names it, unless the disk refuses, which is told; a new
//! statement about a mapping has a higher revision than any before it.

use std::path::{Path, PathBuf};

use liuhen_proto::clock::{ClockStatement, MAX_REVISION};
use liuhen_proto::ids::{BootId, RecorderId};
use liuhen_proto::signing::{Signature, SigningKey};
use serde::{Deserialize, Serialize};

use super::belief::{Known, Shift};
use crate::durable;

const FILE_NAME: &str = "clock.json";
/// The most corrections that are kept, those that the centre has included.
const MAX_CORRECTIONS: usize = 2_000;
/// A correction is superseded where it was off by more than so much.
const REVISE_US: i64 = 100_000;

/// A signed word about one mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The boot.
    pub boot: BootId,
    /// The mapping.
    pub mapping: u32,
    /// Which word about it this is.
    pub revision: u32,
    /// The exact text.
    pub statement: String,
    /// Over the statement.
    pub signature: Signature,
    shift_us: i64,
    /// Whether the centre has it, or will never take it.
    settled: bool,
}

/// Who speaks of this clock.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The recorder.
    pub recorder: RecorderId,
    /// Its key.
    pub key: SigningKey,
}

/// What lies in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    v: u32,
    boot: BootId,
    mappings: Vec<Known>,
    corrections: Vec<Correction>,
}

/// The mappings of a boot with their corrections, and where they are kept.
pub(super) struct History {
    path: PathBuf,
    signer: Signer,
    kept: Kept,
}

impl History {
    /// What is known of `boot`, and the corrections that wait. A file that cannot be read is set aside for a person.
    pub(super) fn open(directory: &Path, boot: BootId, signer: Signer) -> std::io::Result<Self> {
        let path = directory.join(FILE_NAME);
        let mut kept = Kept { v: 1, boot, mappings: Vec::new(), corrections: Vec::new() };
        match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<Kept>(&bytes) {
                Ok(found) if found.v == 1 => {
                    kept.corrections = found.corrections;
                    if found.boot == boot {
                        kept.mappings = found.mappings;
                    }
                }
                other => set_aside(&path, other.err().map_or_else(|| "another version".to_owned(), |error| error.to_string())),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        kept.corrections.retain(|correction| correction.boot == boot || !correction.settled);
        Ok(Self { path, signer, kept })
    }

    /// Oldest first.
    pub(super) fn mappings(&self) -> &[Known] {
        &self.kept.mappings
    }

    /// Takes what is known now, with a signed word about each mapping that is off otherwise than was said.
    pub(super) fn keep(&mut self, mappings: &[Known], shifts: &[Shift]) {
        self.kept.mappings = mappings.to_vec();
        for shift in shifts {
            self.correct(*shift);
        }
        self.write();
    }

    fn correct(&mut self, shift: Shift) {
        let boot = self.kept.boot;
        let said = self.kept.corrections.iter().position(|one| (one.boot, one.mapping) == (boot, shift.version));
        let (said_us, revision) = said.map_or((0, 0), |place| {
            let said = &self.kept.corrections[place];
            (said.shift_us, said.revision)
        });
        let worth = if said.is_some() { REVISE_US } else { 0 };
        if shift.shift_us.saturating_sub(said_us).saturating_abs() <= worth || revision == MAX_REVISION {
            return;
        }
        let statement = ClockStatement {
            v: 1,
            r#type: "clock.corrected".to_owned(),
            recorder: self.signer.recorder,
            boot,
            mapping: shift.version,
            revision: revision + 1,
            shift_us: shift.shift_us,
            error_us: shift.error_us,
            basis: shift.basis,
        };
        let bytes = statement.to_bytes();
        let signature = self.signer.key.sign(&bytes);
        let statement = String::from_utf8(bytes).expect("JSON is text");
        tracing::warn!(
            mapping = shift.version,
            shift_us = shift.shift_us,
            basis = shift.basis.as_str(),
            "wall times are corrected"
        );
        let (mapping, revision, shift_us) = (shift.version, revision + 1, shift.shift_us);
        let correction = Correction { boot, mapping, revision, statement, signature, shift_us, settled: false };
        match said {
            Some(place) => self.kept.corrections[place] = correction,
            None => self.kept.corrections.push(correction),
        }
        if self.kept.corrections.len() > MAX_CORRECTIONS {
            self.kept.corrections.remove(0);
        }
    }

    /// A correction that the centre does not have, the oldest first.
    pub(super) fn waiting(&self) -> Option<&Correction> {
        self.kept.corrections.iter().find(|correction| !correction.settled)
    }

    /// The centre has the correction, or refuses it for good.
    pub(super) fn settle(&mut self, of: &Correction) {
        let same = |one: &&mut Correction| (one.boot, one.mapping, one.revision) == (of.boot, of.mapping, of.revision);
        if let Some(correction) = self.kept.corrections.iter_mut().find(same) {
            correction.settled = true;
        }
        let boot = self.kept.boot;
        self.kept.corrections.retain(|correction| correction.boot == boot || !correction.settled);
        self.write();
    }

    /// What cannot be kept now is kept with the next change; until then a restart forgets it.
    fn write(&self) {
        let bytes = serde_json::to_vec(&self.kept).expect("the history is plain data");
        if let Err(error) = durable::write(&self.path, &bytes) {
            tracing::error!(%error, path = %self.path.display(), "what is known of the clock cannot be kept; check the disk");
        }
    }
}

fn set_aside(path: &Path, why: String) {
    let aside = path.with_extension("json.unreadable");
    let moved = std::fs::rename(path, &aside);
    tracing::error!(path = %path.display(), why, ?moved, "what was known of the clock cannot be read; it is set aside");
}
