//! What came as a file: keys of those who sign for it, imports, corrections.

use bytes::Bytes;
use liuhen_proto::Interval;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{BootId, CameraId, ImportId, KeyId, RunId, StreamId, ViewpointId};
use liuhen_proto::import::SignedStatement;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::{PublicKey, Signature};

use super::NewSegment;

/// The most segments of one import: a fortnight of minutes.
pub const MAX_IMPORT_SEGMENTS: usize = 20_000;

/// A key to be registered.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose, 1 to 200 bytes.
    pub name: String,
    /// What signatures are checked with.
    pub public_key: PublicKey,
}

/// A key of a person who signs imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub name: String,
    /// What signatures are checked with.
    pub public_key: PublicKey,
}

/// A run of an import.
#[derive(Debug, Clone)]
pub struct NewImportedRun {
    /// Made by the importer; it stands in the statement.
    pub run: RunId,
    /// As the headers of its fragments say.
    pub boot: BootId,
    /// `ftyp` and `moov`.
    pub init: Bytes,
}

/// An import whose objects lie in the object store, to be recorded.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// What is declared: [`liuhen_proto::import::ImportStatement`].
    pub signed: SignedStatement,
    /// Name of the camera that will stand for the device, 1 to 200 bytes.
    pub camera_name: String,
    /// Name of the original: [`crate::names::original`].
    pub original_name: String,
    /// In the statement's order; none where the file is only kept.
    pub runs: Vec<NewImportedRun>,
    /// Of these runs, each whole; none with an unsigned tail, since no recorder signs here.
    pub segments: Vec<NewSegment>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where the device stood.
    pub viewpoint: ViewpointId,
    /// What stands for the device.
    pub camera: CameraId,
    /// Where its footage plays; without any where the file is only kept.
    pub stream: StreamId,
    /// Name of the original in the object store.
    pub original_name: String,
    /// The original.
    pub original: Sized256,
    /// From the first picture or sound to the last, by the clock offset that stands now; nothing where the file is
    /// only kept.
    pub interval: Option<Interval>,
    /// Number of segments.
    pub segments: u32,
    /// What was declared, oldest first; the last one stands.
    pub revisions: Vec<ImportRevision>,
}

/// What one signed statement declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRevision {
    /// From 1, which is the import itself.
    pub revision: u32,
    /// The device's clock minus true time, microseconds.
    pub clock_offset_us: i64,
    /// By the centre's clock.
    pub at: Timestamp,
    /// The exact text that was signed; nothing where the body of the entry was destroyed.
    pub statement: Option<String>,
    /// Over the statement.
    pub signature: Signature,
    /// Whose signature it is.
    pub key: KeyId,
    /// The key itself.
    pub public_key: PublicKey,
    /// Its entry in the chain of the import.
    pub leaf_index: u64,
}
