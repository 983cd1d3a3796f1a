//! What `fsck` reads: everything, page by page.

use liuhen_proto::Sha256;
use liuhen_proto::segment::Sized256;

use super::Segment;
pub use super::draft::Draft;

/// A leaf of the log with all that is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Zero-based.
    pub index: u64,
    /// RFC 6962 leaf hash, as it is kept.
    pub hash: Sha256,
    /// Whose chain it belongs to, as it is kept.
    pub subject: String,
    /// Place in that chain, as it is kept.
    pub subject_seq: u64,
    /// The exact bytes.
    pub envelope: Vec<u8>,
    /// What it tells.
    pub idem: String,
}

/// The newest entry of a chain, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// Whose chain.
    pub subject: String,
    /// Number of entries.
    pub entries: u64,
    /// Leaf hash of the newest.
    pub head: Sha256,
}

/// The head of the log and its newest root, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Number of leaves.
    pub size: u64,
    /// Hashes of the perfect subtrees, largest first.
    pub frontier: Vec<u8>,
    /// Size and root of the newest tree; nothing before the first entry.
    pub newest_tree: Option<(u64, Sha256)>,
}

/// Kinds of rows that have entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// Organisations.
    Organizations,
    /// Sites, with their rooms, viewpoints, cameras and recorders.
    Sites,
    /// Sessions with their windows.
    Sessions,
    /// Runs.
    Runs,
    /// Signatures that came late.
    Signatures,
    /// Gaps.
    Gaps,
    /// Flags.
    Flags,
    /// Keys of persons.
    Keys,
    /// Imports with all that was declared about them.
    Imports,
    /// Alarms with what persons said to them.
    Alarms,
    /// Corrections of recorders' clocks.
    ClockCorrections,
    /// People with their roles.
    People,
    /// Passes.
    Passes,
    /// Logins.
    Logins,
    /// Looks at footage.
    Accesses,
    /// What was refused.
    Refusals,
    /// Keys and tokens of recorders.
    Machines,
    /// Neighbouring systems with what they may, their keys and tokens.
    Neighbours,
    /// Identities at outside providers.
    Identities,
    /// Batches.
    Batches,
    /// What was told about the process.
    Facts,
    /// Looks at names and numbers of candidates.
    Reveals,
    /// Which days are worked.
    Calendars,
    /// What is handed out to the supervision service platform.
    Reports,
}

impl RowKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Organizations,
        Self::Sites,
        Self::Sessions,
        Self::Runs,
        Self::Signatures,
        Self::Gaps,
        Self::Flags,
        Self::Keys,
        Self::Imports,
        Self::Alarms,
        Self::ClockCorrections,
        Self::People,
        Self::Passes,
        Self::Logins,
        Self::Accesses,
        Self::Refusals,
        Self::Machines,
        Self::Neighbours,
        Self::Identities,
        Self::Batches,
        Self::Facts,
        Self::Reveals,
        Self::Calendars,
        Self::Reports,
    ];
}

/// A page of what the entries of rows must say.
#[derive(Debug, Clone, Default)]
pub struct DraftPage {
    /// The entry of each row: kind, subject and data as they are; of the body at least these fields.
    pub drafts: Vec<Draft>,
    /// Where the next page begins; nothing after the last.
    pub next: Option<String>,
}

/// A page of facts that are held against what they are found by.
#[derive(Debug, Clone, Default)]
pub struct KeyPage {
    /// Facts of the page that are not found by what they name.
    pub wrong: Vec<String>,
    /// Where the next page begins; nothing after the last.
    pub next: Option<String>,
}

/// Kinds of objects that are no segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// Imported files as they came.
    Originals,
    /// Pictures made from key frames; derived, save those that a person accepted as a reference.
    Stills,
}

impl ObjectKind {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Originals, Self::Stills];
}

/// An object that is no segment, as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// What it belongs to: where the next page begins.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The object.
    pub object: Sized256,
}

/// A segment as its rows say, read without judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSegment {
    /// The row; `unsigned_tail` as it was sealed, `leaf_index` and `stored` not filled in, `interval` before it was moved by
    /// `shift_us`.
    pub segment: Segment,
    /// How much later than its fragments say it was known to be when it was sealed.
    pub sealed_shift_us: i64,
    /// What the newest correction of its clock says of that.
    pub corrected_us: i64,
    /// Whose chain its first entry stands in.
    pub subject: String,
    /// Packed coverage, moved by the segment's `shift_us`.
    pub coverage: Vec<u8>,
    /// Packed index; nothing where its row is missing.
    pub index: Option<Vec<u8>>,
}

impl StoredSegment {
    /// What its first entry must say.
    pub fn draft(&self) -> Draft {
        super::draft::segment(&self.segment, self.sealed_shift_us, &self.subject)
    }
}
