//! What is known: declared, recorded, missing; and the custody log, which all changes of it go through.
//!
//! In: changes, with who makes them and when. Out: [`Receipt`]s of their entries, and lookups.
//! Always: a change and its entries are one transaction; an answer is given after it is on the disk.
//! Lookups of what is not there give `None`. Not here: what footage looks like (`objects`).

use async_trait::async_trait;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, ImportId, OrganizationId, RecorderId, RunId, SessionId, SiteId, StillId, StreamId, ViewpointId};
use liuhen_proto::import::SignedStatement;
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::signing::PublicKey;
use liuhen_proto::{Interval, Principal, Sha256, Span, Timestamp};

use crate::Result;

pub mod access;
pub mod alarm;
mod cases;
mod check;
mod convert;
mod corrected;
mod declared;
mod draft;
mod gap;
mod identity;
mod imported;
mod judged;
mod lease;
mod machine;
mod neighbour;
mod people;
mod postgres;
mod process;
mod recorded;
mod refusal;
pub mod scan;
mod schema;
mod sql;
mod sqlite;
mod supervision;
mod transaction;
mod watched;

pub use access::{Access, AccessKind, AccessRecords, Looked, NewAccess};
pub use alarm::{
    Acknowledgement, Alarm, AlarmChange, AlarmEvent, AlarmEventKind, AlarmKind, AlarmQuery, AlarmRecords, AlarmSeverity,
    AlarmState, Condition,
};
pub use corrected::{ClockCorrected, ClockCorrection, ClockName, NewClockCorrection};
pub use declared::{
    Camera, CameraKind, Expectation, ExpectedStream, ExpectedWindow, NewCamera, NewOrganization, NewRecorder, NewRoom,
    NewSession, NewSite, NewViewpoint, Organization, OrganizationKind, Recorder, Room, RoomKind, ScheduledSession, Session, Site,
    SiteLayout, StreamPlace, StreamRole, Viewpoint,
};
pub use gap::{Gap, GapCause, GapChange, GapKind};
pub use identity::{Identity, IdentityRecords, MAX_IDENTITIES, NewIdentity, ShownToken};
pub use imported::{Import, ImportRevision, Key, MAX_IMPORT_SEGMENTS, NewImport, NewImportedRun, NewKey};
pub use judged::{Flag, FlagReport, LEVEL, Levels, MAX_LEVELS, NewStill, Reference, Still, StreamJudgement};
pub use lease::{Claim, Fence, Lease};
pub use machine::{Machine, MachineRecords, NewCertificate};
pub use neighbour::{MAX_NEIGHBOURS, Neighbour, NeighbourKey, NeighbourRecords, NewNeighbour, Permits};
pub use people::{
    Grant, Login, LoginTokens, MAX_GRANTS, MAX_PASSES, NewGrant, NewPass, NewPerson, Pass, PeopleRecords, Person, Renewed, Role,
    SecretHash, Thing,
};
pub use postgres::Postgres;
pub use process::{
    Elsewhere, Known, MAX_FACTS, MAX_NAMING, MAX_PUSHED_FACTS, ManyFacts, NewFact, ProcessRecords, Recorded, Reveal, Source,
};
pub use recorded::{
    CoveredSegment, EndReason, HeldRange, IndexedSegment, LateSignature, NewRun, NewSegment, Run, RunEnd, Sealed, Segment,
    TrustLevel,
};
pub use refusal::{NewRefusal, Refusal, RefusalKind, RefusalRecords};
pub use sqlite::Sqlite;
pub use supervision::{
    HandedOut, MAX_DOCUMENT_BYTES, MAX_RECEIPT_BYTES, MAX_WORDS_BYTES, PlatformAnswer, Report, SETTLES, SupervisionRecords,
    SupervisionState,
};
pub use watched::{MAX_REPORTED, MAX_WATCHED, Reported, SPEEDS_MILLI, Watched};

/// The most segments that one transaction seals.
pub const MAX_BATCH: usize = 1000;

/// Footage that is stored so much later than it was recorded, and than is tolerated, came late.
pub const LATE: Span = Span::from_secs(60);

/// The most rows that a lookup with a limit gives.
pub const MAX_ROWS: u32 = 1000;

/// Who acts, and when.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who.
    pub by: Principal,
    /// By the centre's clock.
    pub at: Timestamp,
    /// Where the caller gave one, at most 64 bytes: the same key of the same principal with the same
    /// content gives the same answer, with another content [`crate::Error::AlreadyExists`].
    pub key: Option<String>,
}

impl Act {
    /// Without an idempotency key.
    pub const fn new(by: Principal, at: Timestamp) -> Self {
        Self { by, at, key: None }
    }
}

/// Where an entry stands in the custody log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Zero-based index of the leaf.
    pub leaf_index: u64,
    /// RFC 6962 leaf hash of the envelope.
    pub leaf_hash: Sha256,
    /// Number of leaves in the tree right after the append.
    pub tree_size: u64,
    /// RFC 6962 root of that tree.
    pub root: Sha256,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// The thing.
    pub value: T,
    /// Its entry.
    pub receipt: Receipt,
    /// True where the same had been written before, and nothing was now.
    pub repeated: bool,
}

/// An entry of the custody log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Zero-based.
    pub index: u64,
    /// The exact bytes: RFC 8785 JSON.
    pub envelope: Vec<u8>,
}

/// The custody log as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Sha256,
}

/// What is known. Each method that changes something is one transaction with its entries.
#[async_trait]
pub trait Records:
    AccessRecords
    + AlarmRecords
    + IdentityRecords
    + MachineRecords
    + NeighbourRecords
    + PeopleRecords
    + ProcessRecords
    + RefusalRecords
    + SupervisionRecords
    + Send
    + Sync
    + 'static
{
    /// Declares an organisation.
    async fn create_organization(&self, act: &Act, new: NewOrganization) -> Result<Written<Organization>>;
    /// Declares a site of an organisation.
    async fn create_site(&self, act: &Act, new: NewSite) -> Result<Written<Site>>;
    /// Declares a room of a site.
    async fn create_room(&self, act: &Act, new: NewRoom) -> Result<Written<Room>>;
    /// Declares a viewpoint of a room.
    async fn create_viewpoint(&self, act: &Act, new: NewViewpoint) -> Result<Written<Viewpoint>>;
    /// Declares a camera at a viewpoint and makes its streams.
    async fn create_camera(&self, act: &Act, new: NewCamera) -> Result<Written<Camera>>;
    /// Declares a recorder of a site and registers its key.
    async fn create_recorder(&self, act: &Act, new: NewRecorder) -> Result<Written<Recorder>>;
    /// Declares a session.
    async fn create_session(&self, act: &Act, new: NewSession) -> Result<Written<Session>>;
    /// Replaces the windows of a session whose revision the caller has `seen`. The reason, 1 to 500
    /// bytes, is kept in the body of the entry.
    async fn revise_session(
        &self,
        act: &Act,
        session: SessionId,
        seen: u32,
        windows: Vec<ExpectedWindow>,
        reason: String,
    ) -> Result<Written<Session>>;

    /// Says that the papers of a session are sealed: recording for it may stop. Repeated: nothing happens.
    async fn seal_session(&self, act: &Act, session: SessionId) -> Result<Written<Session>>;
    /// The sessions of a site that are running, to come within a week, or over and not sealed, earliest first; at most
    /// 1000, the newest where there are more.
    async fn schedule_of_site(&self, site: SiteId, now: Timestamp) -> Result<Vec<ScheduledSession>>;

    /// An organisation.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>>;
    /// All sites, in the order of birth.
    async fn sites(&self) -> Result<Vec<Site>>;
    /// A site with all that stands in it.
    async fn layout(&self, site: SiteId) -> Result<Option<SiteLayout>>;
    /// A recorder.
    async fn recorder(&self, id: RecorderId) -> Result<Option<Recorder>>;
    /// The recorder whose token has this SHA-256.
    async fn recorder_by_token(&self, token_sha256: Sha256) -> Result<Option<Recorder>>;
    /// Where a stream belongs.
    async fn stream_place(&self, stream: StreamId) -> Result<Option<StreamPlace>>;
    /// All streams of a site's cameras, in the order of birth.
    async fn streams_of_site(&self, site: SiteId) -> Result<Vec<StreamPlace>>;
    /// A session.
    async fn session(&self, id: SessionId) -> Result<Option<Session>>;
    /// Sessions of which a window touches the interval, earliest exam first; at most `limit`. All where
    /// there is no interval, of all sites where there is no site.
    async fn sessions_in(&self, interval: Option<Interval>, site: Option<SiteId>, limit: u32) -> Result<Vec<Session>>;
    /// What coverage of a session needs to know: its windows, in the order of rooms and viewpoints.
    async fn expectations(&self, session: SessionId) -> Result<Vec<Expectation>>;

    /// Begins a run. Repeated with the same content: the run as it is now.
    async fn open_run(&self, act: &Act, new: NewRun) -> Result<Written<Run>>;
    /// Ends a run. Repeated with the same end: nothing happens.
    async fn end_run(&self, act: &Act, run: RunId, end: RunEnd) -> Result<Written<Run>>;
    /// A run.
    async fn run(&self, run: RunId) -> Result<Option<Run>>;
    /// What is sealed of a run: disjoint, ascending, ranges that touch are merged.
    async fn sealed_ranges(&self, run: RunId) -> Result<Vec<HeldRange>>;

    /// Records segments, all of one transaction. One that is refused has its error in its place and
    /// harms no other; the same segment again is no error.
    async fn seal_segments(&self, act: &Act, segments: Vec<NewSegment>) -> Result<Vec<Result<Sealed>>>;
    /// The same for what a node took in: each under the lease of its recorder. Where another stands by then, it is
    /// [`crate::Error::Stale`], unless it had been sealed before.
    async fn seal_leased(&self, act: &Act, segments: Vec<(NewSegment, Fence)>) -> Result<Vec<Result<Sealed>>>;
    /// Claims the lease of a recorder; gives the one that stands then, the claimed one or another's.
    async fn claim_lease(&self, claim: Claim) -> Result<Lease>;
    /// Records a signature that came after its segments were sealed. Repeated: nothing happens.
    async fn append_signature(&self, act: &Act, late: LateSignature) -> Result<Receipt>;
    /// The segment of the run that holds the fragment.
    async fn segment(&self, run: RunId, sequence: Sequence) -> Result<Option<IndexedSegment>>;
    /// Segments of a stream that touch the interval, earliest first; at most `limit`.
    async fn segments_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Segment>>;
    /// The same, with their fragments.
    async fn indexed_segments_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<IndexedSegment>>;
    /// What segments of a stream that touch the interval add to coverage, earliest first.
    async fn coverage_in(&self, stream: StreamId, interval: Interval) -> Result<Vec<CoveredSegment>>;

    /// Records what a recorder signed about a clock of its own that had been wrong, and moves what it has sealed; what is
    /// sealed later is moved then. Repeated: nothing happens; a revision below the newest is [`crate::Error::Conflict`].
    async fn correct_clock(&self, act: &Act, new: NewClockCorrection) -> Result<Written<ClockCorrected>>;
    /// How much later than their fragments say segments of a boot are, for each of its clocks that was corrected.
    async fn clock_shifts(&self, recorder: RecorderId, boot: BootId) -> Result<Vec<(ClockName, i64)>>;

    /// Changes the board, all in one transaction, one entry each; gives the gaps as they are then, in
    /// the order of the changes. A change that changes nothing writes nothing.
    async fn change_gaps(&self, act: &Act, changes: Vec<GapChange>) -> Result<Vec<Gap>>;
    /// Gaps of a session, earliest first, filled ones included.
    async fn gaps_of(&self, session: SessionId) -> Result<Vec<Gap>>;

    /// Says how picture and sound are judged at a viewpoint, whose `judgement_revision` the caller has `seen`. Replaces
    /// what was said before. The reason, 1 to 500 bytes, is kept in the body of the entry.
    async fn set_thresholds(
        &self,
        act: &Act,
        viewpoint: ViewpointId,
        seen: u32,
        thresholds: Thresholds,
        reason: String,
    ) -> Result<Written<Viewpoint>>;
    /// Accepts a still of one of the viewpoint's cameras as the view from there.
    async fn accept_reference(&self, act: &Act, viewpoint: ViewpointId, seen: u32, still: StillId) -> Result<Written<Viewpoint>>;
    /// A viewpoint.
    async fn viewpoint(&self, id: ViewpointId) -> Result<Option<Viewpoint>>;
    /// How the streams of a site's cameras are judged, in the order of birth; imported ones are not.
    async fn judgement_of_site(&self, site: SiteId) -> Result<Vec<StreamJudgement>>;

    /// Records what detectors report, at most [`MAX_BATCH`] in one transaction. One that is refused has its error in its
    /// place and harms no other. Gives the first entry of each; nothing for a report that says nothing new, or that is
    /// older than what stands. Entries go where those of segments go: into the chains of the sessions that the flag
    /// touches, or of its stream.
    async fn report_flags(&self, act: &Act, reports: Vec<FlagReport>) -> Result<Vec<Result<Option<Receipt>>>>;
    /// Flags of streams of a viewpoint's cameras that touch the interval, earliest first; at most `limit`.
    async fn flags_in(&self, viewpoint: ViewpointId, interval: Interval, limit: u32) -> Result<Vec<Flag>>;
    /// Records a still whose JPEG is stored. Gives the one that stands for this stream and moment: the first. Derived,
    /// so without an entry; so are levels.
    async fn add_still(&self, still: NewStill) -> Result<Still>;
    /// A still.
    async fn still(&self, id: StillId) -> Result<Option<Still>>;
    /// Stills of a stream taken in the interval, earliest first; at most `limit`.
    async fn stills_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Still>>;
    /// Records sound levels. What begins where others of the stream begin is not recorded again.
    async fn add_levels(&self, levels: Levels) -> Result<()>;
    /// Sound levels of a stream that touch the interval, earliest first.
    async fn levels_in(&self, stream: StreamId, interval: Interval) -> Result<Vec<Levels>>;

    /// Registers a key of a person. The same key of the same person again: nothing happens.
    async fn register_key(&self, act: &Act, new: NewKey) -> Result<Written<Key>>;
    /// The key of a person that is this one.
    async fn key_by_public(&self, key: PublicKey) -> Result<Option<Key>>;
    /// Records a file of another device, with all that was made of it or not at all. The statement must be signed by a
    /// registered key. Repeated with the same statement: nothing happens.
    async fn take_import(&self, act: &Act, new: NewImport) -> Result<Written<Import>>;
    /// Records another clock offset of an import: a [`liuhen_proto::import::CorrectionStatement`], signed by a registered key.
    /// From then on lookups give the footage at the times that are declared now.
    async fn correct_import(&self, act: &Act, signed: SignedStatement) -> Result<Written<Import>>;
    /// An import.
    async fn import(&self, id: ImportId) -> Result<Option<Import>>;
    /// Imports of a viewpoint, or all, newest first; at most `limit`.
    async fn imports(&self, viewpoint: Option<ViewpointId>, limit: u32) -> Result<Vec<Import>>;

    /// Entries from an index on, all or those of one subject, in the order of the log; at most `limit`.
    async fn entries(&self, from: u64, subject: Option<&str>, limit: u32) -> Result<Vec<Entry>>;
    /// The body that an envelope points to, while it is there.
    async fn body(&self, sha256: Sha256) -> Result<Option<Vec<u8>>>;
    /// The custody log as it stands.
    async fn head(&self) -> Result<Head>;
    /// The entry that tells a thing, by the name of what it tells: [`scan::Draft::idem`].
    async fn entry_by_idem(&self, idem: &str) -> Result<Option<Entry>>;

    /// Leaves as they are kept, from an index on. For `fsck`, as all that follows.
    async fn scan_leaves(&self, from: u64, limit: u32) -> Result<Vec<scan::Leaf>>;
    /// Heads of chains as they are kept, in the order of subjects.
    async fn scan_chains(&self, after: &str, limit: u32) -> Result<Vec<scan::ChainHead>>;
    /// The head of the log as it is kept.
    async fn scan_log(&self) -> Result<scan::LogState>;
    /// Sizes greater than `after` of the tree as it stood after each transaction, with its roots.
    async fn scan_trees(&self, after: u64, limit: u32) -> Result<Vec<(u64, Sha256)>>;
    /// What the entries of rows must say; the first page after the empty text.
    async fn scan_drafts(&self, kind: scan::RowKind, after: &str, limit: u32) -> Result<scan::DraftPage>;
    /// Cases whose number of facts, as it is kept, is another one than that of their facts: id, kept, found; some of them.
    async fn scan_miscounted(&self, limit: u32) -> Result<Vec<(String, u64, u64)>>;
    /// Sessions whose plan is told and that no batch is known to have.
    async fn scan_unjoined(&self, limit: u32) -> Result<Vec<String>>;
    /// Facts that are not found by what they name, page by page.
    async fn scan_miskeyed(&self, after: &str, limit: u32) -> Result<scan::KeyPage>;
    /// Objects that are no segments, in the order of what they belong to.
    async fn scan_objects(&self, kind: scan::ObjectKind, after: &str, limit: u32) -> Result<Vec<scan::StoredObject>>;
    /// Segments in the order of their keys.
    async fn scan_segments(&self, after: Option<&scan::StoredSegment>, limit: u32) -> Result<Vec<scan::StoredSegment>>;
}
