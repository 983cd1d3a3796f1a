//! What is told about the process: facts in the chain of their case, judged when they come.
//!
//! Always: a fact, what the rules found about it, its entry and what follows from it are one transaction; facts of a case
//! have numbers from 1 without holes; what a fact says stands in the body of its entry and nowhere else.
//! Not here: the rules themselves (`liuhen_process`), who may tell what (`liuhen_api`).

use async_trait::async_trait;
use liuhen_process::calendar::{Calendar, YearTable};
use liuhen_process::case::{Breach, CaseId, Telling, View};
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_process::finding::Finding;
use liuhen_process::pack::Pack;
use liuhen_process::text::Text;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{AccessId, BatchId, CandidateId, OrganizationId};

use super::{Act, Receipt, Written};

/// The most facts of a case: ten thousand candidates with twenty facts each. A case is put together from all of them.
pub const MAX_FACTS: u64 = 200_000;
/// So many of them other systems may fill: whatever they push, persons can still decide, seal and close.
pub const MAX_PUSHED_FACTS: u64 = 190_000;

/// So many facts are read at once of those that name any of many things: two hundred candidates with a hundred each.
pub const MAX_NAMING: u32 = 20_000;

/// A device that told it later: while it happened the centre was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// When it happened, by the device's clock.
    pub device_time: Timestamp,
    /// How far that clock was ahead of the centre's when they last met, in microseconds.
    pub ahead_us: i64,
}

/// A neighbouring system and its own name for what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which system.
    pub system: Text<60>,
    /// What it calls the fact.
    pub id: Text<100>,
}

/// A fact to be recorded.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// What happened.
    pub fact: Fact,
    /// Where it was taken while the centre was away.
    pub elsewhere: Option<Elsewhere>,
    /// It happened against a rule.
    pub breach: Option<Breach>,
    /// Where a neighbouring system tells it.
    pub source: Option<Source>,
    /// How many facts of the case the caller has seen; [`crate::Error::Conflict`] where there are more.
    pub seen: Option<u64>,
}

/// A fact that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Whose case.
    pub case: CaseId,
    /// Its place there, from 1.
    pub number: u64,
    /// How it was told.
    pub telling: Telling,
    /// Who told it: a principal as the log names it.
    pub by: String,
    /// What happened.
    pub fact: Fact,
    /// What the rules found.
    pub findings: Vec<Finding>,
    /// The neighbouring system, where one told it.
    pub source: Option<Source>,
}

/// Facts that were recorded at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManyFacts {
    /// How many.
    pub facts: u64,
    /// What the rules found about all of them.
    pub findings: Vec<Finding>,
    /// The entry of the last one; nothing where they had been recorded before.
    pub receipt: Option<Receipt>,
    /// They had been recorded before, and nothing was now.
    pub repeated: bool,
}

/// What is known about a case.
#[derive(Debug, Clone)]
pub struct Known {
    /// All that belongs to it.
    pub view: View,
    /// The rules that bind it.
    pub pack: Pack,
    /// How many facts it has.
    pub facts: u64,
    /// Which days are worked.
    pub calendar: Calendar,
}

/// That somebody saw name and number of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// Its id.
    pub id: AccessId,
    /// Who: a principal as the log names it.
    pub by: String,
    /// Of which batch.
    pub batch: BatchId,
    /// Whose.
    pub candidate: CandidateId,
    /// Why, 1 to 200 bytes.
    pub purpose: String,
    /// When.
    pub at: Timestamp,
}

/// What is known about the process.
#[async_trait]
pub trait ProcessRecords: Send + Sync + 'static {
    /// Makes an empty batch of an organisation.
    async fn create_batch(&self, act: &Act, organization: OrganizationId) -> crate::Result<Written<BatchId>>;
    /// Batches of an organisation, in the order of birth.
    async fn batches_of(&self, organization: OrganizationId) -> crate::Result<Vec<BatchId>>;
    /// Judges a fact and records it with what was found. [`crate::Error::Refused`] where it does not fit, or where a rule
    /// that blocks is broken and it is not told as a breach. The same fact of the same source, or under the same
    /// idempotency key: nothing happens. [`crate::Error::Full`] where the case has [`MAX_FACTS`].
    async fn record_fact(&self, act: &Act, case: CaseId, new: NewFact) -> crate::Result<Written<Recorded>>;
    /// Records many facts of one case, all or none: each is judged with those before it. What the first one says of `seen`
    /// and whether its source was heard of holds for all; facts that move windows are not among them.
    async fn record_facts(&self, act: &Act, case: CaseId, many: Vec<NewFact>) -> crate::Result<ManyFacts>;
    /// What was recorded under this name of this source.
    async fn fact_of_source(&self, source: &Source) -> crate::Result<Option<Recorded>>;
    /// What is known about a case; nothing where there is no such organisation, site, batch or session. Other batches are
    /// known to who asks about an organisation, and not to who asks about one of them.
    async fn known(&self, case: CaseId) -> crate::Result<Option<Known>>;
    /// What is known about a case to who would tell this of it: all that rules about the fact look at.
    async fn known_for(&self, case: CaseId, fact: &Fact) -> crate::Result<Option<Known>>;
    /// Facts of a case after a number, in their order; at most `limit`.
    async fn facts(&self, case: CaseId, after: u64, limit: u32) -> crate::Result<Vec<Recorded>>;
    /// Facts that name something, of one case or of all, by case and number; at most `limit`.
    async fn facts_naming(&self, key: &Key, case: Option<CaseId>, limit: u32) -> crate::Result<Vec<Recorded>>;
    /// Facts that name any of these, each once, in the same order; at most `limit`, and at most [`MAX_NAMING`].
    async fn facts_naming_any(&self, keys: &[Key], case: Option<CaseId>, limit: u32) -> crate::Result<Vec<Recorded>>;
    /// Notes that somebody is about to see name and number of a candidate, and why.
    async fn note_reveal(
        &self,
        act: &Act,
        batch: BatchId,
        candidate: CandidateId,
        purpose: String,
    ) -> crate::Result<Written<Reveal>>;
    /// The same of many candidates at once: all are noted, or none.
    async fn note_reveals(
        &self,
        act: &Act,
        batch: BatchId,
        candidates: &[CandidateId],
        purpose: String,
    ) -> crate::Result<Receipt>;
    /// Who saw candidates of a batch, or one of them, newest first; at most `limit`.
    async fn reveals_of(&self, batch: BatchId, candidate: Option<CandidateId>, limit: u32) -> crate::Result<Vec<Reveal>>;
    /// Takes in which days of a year are worked. The same again: nothing happens.
    async fn load_calendar(&self, act: &Act, table: YearTable) -> crate::Result<Receipt>;
}
