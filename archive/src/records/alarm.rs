//! Alarms: what was raised, what persons said to it, and what those who watch are told.
//!
//! Always: one alarm at a time is open for a condition; a closed one is never opened again; each opening, each
//! acknowledgement and each closing has its entry. Figures change without one. Not here: what is wrong (`alarm`).

use async_trait::async_trait;
use liuhen_proto::ids::{AlarmId, RecorderId, RoomId, SiteId, StreamId, ViewpointId};
use liuhen_proto::wire::review::v1 as wire;
use liuhen_proto::words;
use liuhen_proto::{Interval, Span, Timestamp};

use super::{Act, GapCause, Written};

/// The most rooms, viewpoints or streams that an alarm names.
pub const MAX_SUBJECTS: usize = 100;
/// The most acknowledgements of an alarm.
pub const MAX_ACKNOWLEDGEMENTS: u32 = 100;

words! {
    /// What is wrong.
    AlarmKind = wire::AlarmKind {
        /// A camera that is there produces no stored fragment.
        NoFragments = "no_fragments",
        /// Required viewpoints of a site lack picture or sound.
        Gap = "gap",
        /// The centre does not hear a recorder.
        RecorderUnreachable = "recorder_unreachable",
        /// A recorder's spool will be full in hours.
        SpoolFilling = "spool_filling",
        /// A recorder refuses new footage for lack of room.
        SpoolFull = "spool_full",
        /// A recorder's times only order.
        ClockUnproven = "clock_unproven",
        /// A recorder's clock and the centre's differ.
        ClockOff = "clock_off",
        /// Footage waits at the site for long.
        UploadBehind = "upload_behind",
        /// The centre cannot store.
        StorageFailed = "storage_failed",
        /// Footage that was announced is nowhere.
        Lost = "lost",
    }
}

words! {
    /// How soon somebody should look.
    AlarmSeverity = wire::AlarmSeverity {
        /// Before the next session.
        Notice = "notice",
        /// Today.
        Warning = "warning",
        /// Now.
        Urgent = "urgent",
    }
}

words! {
    /// What happened to an alarm.
    AlarmEventKind = wire::AlarmEventKind {
        /// It was raised.
        Opened = "opened",
        /// It says something of another weight.
        Changed = "changed",
        /// A person has seen it.
        Acknowledged = "acknowledged",
        /// It is over.
        Closed = "closed",
    }
}

/// What changes of an alarm while it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmState {
    /// How soon somebody should look.
    pub severity: AlarmSeverity,
    /// Of what is missing.
    pub cause: Option<GapCause>,
    /// Footage that is missing so far, summed over viewpoints.
    pub missing: Span,
    /// Footage that waits at the site.
    pub fillable: Span,
    /// In how long the spool is full.
    pub spool_left: Option<Span>,
    /// Recorder's clock minus centre's.
    pub offset_us: Option<i64>,
    /// Bytes at the site that are not stored here.
    pub backlog_bytes: u64,
    /// What the failing part says.
    pub detail: String,
    /// At most [`MAX_SUBJECTS`], ascending; so are those that follow.
    pub rooms: Vec<RoomId>,
    /// Viewpoints.
    pub viewpoints: Vec<ViewpointId>,
    /// Streams.
    pub streams: Vec<StreamId>,
    /// Rooms, also those that are not named.
    pub room_count: u32,
}

impl AlarmState {
    /// Without figures, and about nobody.
    pub const fn new(severity: AlarmSeverity) -> Self {
        Self {
            severity,
            cause: None,
            missing: Span::ZERO,
            fillable: Span::ZERO,
            spool_left: None,
            offset_us: None,
            backlog_bytes: 0,
            detail: String::new(),
            rooms: Vec::new(),
            viewpoints: Vec::new(),
            streams: Vec::new(),
            room_count: 0,
        }
    }
}

/// What a person said to an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Id of the account.
    pub by: String,
    /// The person, where they said; may be empty.
    pub name: String,
    /// What they said.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its id.
    pub id: AlarmId,
    /// What is wrong with whom: `no_fragments/str_…`.
    pub condition: String,
    /// What is wrong.
    pub kind: AlarmKind,
    /// Nothing where it is about the centre itself.
    pub site: Option<SiteId>,
    /// The recorder that it is about.
    pub recorder: Option<RecorderId>,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it was raised.
    pub opened: Timestamp,
    /// Counts its events, from 1.
    pub version: u32,
    /// As of `changed`.
    pub state: AlarmState,
    /// When `version` was reached.
    pub changed: Timestamp,
    /// When it was over; nothing while it is open.
    pub closed: Option<Timestamp>,
    /// In their order.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// A condition that holds: what an alarm is raised for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is wrong with whom.
    pub key: String,
    /// What is wrong.
    pub kind: AlarmKind,
    /// Nothing where it is about the centre itself.
    pub site: Option<SiteId>,
    /// The recorder that it is about.
    pub recorder: Option<RecorderId>,
    /// Since when.
    pub since: Timestamp,
    /// As it is now.
    pub state: AlarmState,
}

/// A change of the alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmChange {
    /// Raises an alarm; where one is open for the condition, it says this from now on.
    Open(Condition),
    /// Makes an alarm say this from now on.
    Change {
        /// Which one.
        alarm: AlarmId,
        /// What it says.
        state: AlarmState,
    },
    /// Says that it is over.
    Close {
        /// Which one.
        alarm: AlarmId,
    },
}

/// Something that happened to an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmEvent {
    /// Grows; without order there are none.
    pub number: u64,
    /// What happened.
    pub kind: AlarmEventKind,
    /// As it was right after; acknowledgements as they are now.
    pub alarm: Alarm,
}

/// Which alarms are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlarmQuery {
    /// Open within it.
    pub interval: Option<Interval>,
    /// Of this site.
    pub site: Option<SiteId>,
    /// Open now.
    pub open_only: bool,
}

/// What is known of alarms. Each method that changes something is one transaction with its entries and events.
#[async_trait]
pub trait AlarmRecords: Send + Sync + 'static {
    /// Changes alarms; gives them as they are then, in the order of the changes. A change that changes nothing writes
    /// nothing; what is closed stays so.
    async fn change_alarms(&self, act: &Act, changes: Vec<AlarmChange>) -> crate::Result<Vec<Alarm>>;
    /// Records what a person says to an alarm, open or closed. `note` has 1 to 500 bytes, `name` at most 200; both are
    /// kept in the body of the entry. The same words of the same person again: nothing happens.
    async fn acknowledge_alarm(&self, act: &Act, alarm: AlarmId, name: String, note: String) -> crate::Result<Written<Alarm>>;
    /// An alarm.
    async fn alarm(&self, id: AlarmId) -> crate::Result<Option<Alarm>>;
    /// All that are open, oldest first.
    async fn open_alarms(&self) -> crate::Result<Vec<Alarm>>;
    /// Newest first; at most `limit`.
    async fn alarms(&self, query: AlarmQuery, limit: u32) -> crate::Result<Vec<Alarm>>;
    /// Events after a number, in order; at most `limit`.
    async fn alarm_events(&self, after: u64, limit: u32) -> crate::Result<Vec<AlarmEvent>>;
    /// Number of the newest event; 0 where there is none.
    async fn newest_alarm_event(&self) -> crate::Result<u64>;
    /// Up to which event a webhook was told. One that is heard of for the first time is told all about what is open.
    async fn webhook_position(&self, name: &str) -> crate::Result<u64>;
    /// Notes up to which event a webhook was told.
    async fn move_webhook(&self, name: &str, number: u64) -> crate::Result<()>;
}
