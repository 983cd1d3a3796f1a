//! What is handed out to the supervision service platform (监管服务平台), and what it answers: an outbox.
//!
//! Always: a session whose rule pack asks for the platform is in the outbox from the transaction that seals it; what is
//! handed out under a key never changes, so it may be sent twice and is taken once; a document has its entry before it
//! leaves, a refusal has one, and a receipt is the fact `session_received`, written together with the row.
//! Not here: what a document says and who sends it (`liuhen_api`).

use async_trait::async_trait;
use liuhen_process::calendar::Date;
use liuhen_process::text::Text;
use liuhen_proto::ids::SessionId;
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::session::v1 as wire;
use liuhen_proto::{Sha256, Span, Timestamp, words};

use super::Act;

/// The largest document.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// The largest answer of the platform that is kept.
pub const MAX_RECEIPT_BYTES: usize = 64 * 1024;
/// The longest words of the platform that are kept.
pub const MAX_WORDS_BYTES: usize = 1000;
/// So long after the seal, and after its last window, a session is handed out: its last segments are sealed by then.
pub const SETTLES: Span = Span::from_secs(600);

words! {
    /// How far it is.
    SupervisionState = wire::SupervisionState {
        /// It is to be handed out.
        Waiting = "waiting",
        /// The platform has it, and has given no receipt yet.
        Sent = "sent",
        /// The platform has given its receipt.
        Received = "received",
        /// The platform will not have it: somebody looks after that, and asks for it again.
        Refused = "refused",
    }
}

/// A session that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which one.
    pub session: SessionId,
    /// Counts from 1.
    pub version: u32,
    /// How far it is.
    pub state: SupervisionState,
    /// Since when it is to be handed out.
    pub since: Timestamp,
    /// Who asked for it, as the log names them; nothing where it was sealed.
    pub asked_by: Option<String>,
    /// What is handed out, and since when that is written; nothing before.
    pub document: Option<(Sized256, Timestamp)>,
    /// How often it was tried.
    pub tries: u32,
    /// The last time.
    pub tried: Option<Timestamp>,
    /// When it is tried next, where it waits for anything.
    pub next: Timestamp,
    /// Why it was refused, or what went wrong the last time; at most [`MAX_WORDS_BYTES`].
    pub words: String,
    /// When the platform answered.
    pub answered: Option<Timestamp>,
    /// What it calls its receipt.
    pub reference: Option<String>,
    /// The answer itself.
    pub receipt: Option<Sha256>,
}

impl Report {
    /// Under which the platform knows it: the same each time that it is sent.
    pub fn key(&self) -> String {
        format!("{}-{}", self.session, self.version)
    }
}

/// How a try went that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOut {
    /// Whether the platform has it.
    pub taken: bool,
    /// What went wrong.
    pub words: String,
    /// When it is tried, or asked after, next.
    pub next: Timestamp,
}

/// What the platform answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformAnswer {
    /// It has it.
    Received {
        /// What it calls its receipt.
        reference: Text<200>,
        /// On which day.
        received_on: Date,
        /// The answer as it came, at most [`MAX_RECEIPT_BYTES`].
        receipt: Vec<u8>,
    },
    /// It will not have it.
    Refused {
        /// Why, at most [`MAX_WORDS_BYTES`].
        words: String,
        /// The answer as it came.
        receipt: Vec<u8>,
    },
}

/// What is known of what is handed out.
#[async_trait]
pub trait SupervisionRecords: Send + Sync + 'static {
    /// Those whose time has come, the longest waiting first; at most `limit`.
    async fn reports_due(&self, now: Timestamp, limit: u32) -> crate::Result<Vec<Report>>;
    /// Those of a session, newest first.
    async fn reports_of(&self, session: SessionId) -> crate::Result<Vec<Report>>;
    /// In one state, or all, newest first; at most `limit`.
    async fn reports(&self, state: Option<SupervisionState>, limit: u32) -> crate::Result<Vec<Report>>;
    /// A document or a receipt.
    async fn report_bytes(&self, sha256: Sha256) -> crate::Result<Option<Vec<u8>>>;
    /// Keeps what is handed out, with its entry. Where something is kept already, that stands: nothing happens.
    async fn keep_document(&self, act: &Act, session: SessionId, version: u32, bytes: Vec<u8>) -> crate::Result<Report>;
    /// Notes a try that brought no answer. What is answered stays so.
    async fn note_handed_out(&self, act: &Act, session: SessionId, version: u32, how: HandedOut) -> crate::Result<Report>;
    /// Takes an answer in: a receipt as the fact `session_received`, a refusal with its entry. What is answered stays so.
    async fn take_answer(&self, act: &Act, session: SessionId, version: u32, answer: PlatformAnswer) -> crate::Result<Report>;
    /// Hands a session out at once: what waits goes now, under its key; what is answered goes again, as the next version.
    /// [`crate::Error::Invalid`] where it is not sealed, or where its rule pack asks for no platform. The reason, 1 to 500
    /// bytes, is kept in the body of the entry.
    async fn report_again(&self, act: &Act, session: SessionId, reason: String) -> crate::Result<Report>;
}
