//! What is known: the facts of an organisation, a site, a batch and a session, put together.
//!
//! In: facts in the order of their case's chain. Out: four cases, and a [`View`] of all that belongs to one of them.
//! Always: a fact that does not fit (unknown reference, told before, wrong state) leaves the case as it was and says why;
//! states go forward only; the same facts in the same order make the same case. Not here: whether a rule is broken
//! ([`crate::rule`]), where facts are kept (`liuhen_archive`).

use std::collections::BTreeMap;
use std::sync::Arc;

use liuhen_proto::ids::{BatchId, CameraId, CandidateId, FactId, OrganizationId, PersonId, RoomId, SessionId, SiteId};
use liuhen_proto::scope::Region;
use liuhen_proto::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::fact::{CaseKind, Fact};
use crate::finding::Finding;
use crate::text::Text;
use crate::words::{OrganizationKind, RoomKind};

pub mod applied;
pub mod batch;
pub mod certificate;
mod duty;
pub mod incident;
pub mod notice;
pub mod organization;
pub mod presence;
pub mod record;
pub mod result;
pub mod score;
pub mod session;
pub mod site;
pub mod volume;
mod waived;

pub use batch::Batch;
pub use organization::Organization;
pub use session::{Phase, Session};
pub use site::Site;
pub use waived::Waived;

/// That something happened against a rule, and who stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// Why it was done.
    pub reason: Text<1000>,
    /// The site head's name, as on that day.
    pub site_head: Text<200>,
}

/// How a fact was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Names the fact.
    pub id: FactId,
    /// Whose login told it; nothing where a machine did.
    pub by: Option<PersonId>,
    /// When it came, by the centre's clock.
    pub at: Timestamp,
    /// When it happened: `at`, or a device's time corrected by the offset that was last known.
    pub occurred: Timestamp,
    /// It was taken while the centre was away: rules of time are judged on a corrected clock.
    pub provisional: bool,
    /// It happened against a rule, and is told all the same.
    pub breach: Option<Breach>,
    /// The pack that judged it.
    pub pack: String,
}

impl Telling {
    /// The day in China.
    pub fn day(&self) -> Date {
        Date::of(self.occurred)
    }
}

/// Whose file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseId {
    /// An organisation's.
    Organization(OrganizationId),
    /// A site's.
    Site(SiteId),
    /// A batch's.
    Batch(BatchId),
    /// A session's.
    Session(SessionId),
}

impl CaseId {
    /// Which kind of file.
    pub const fn kind(self) -> CaseKind {
        match self {
            Self::Organization(_) => CaseKind::Organization,
            Self::Site(_) => CaseKind::Site,
            Self::Batch(_) => CaseKind::Batch,
            Self::Session(_) => CaseKind::Session,
        }
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Organization(id) => id.fmt(f),
            Self::Site(id) => id.fmt(f),
            Self::Batch(id) => id.fmt(f),
            Self::Session(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for CaseId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let id = match text.split_once('_').map(|(prefix, _)| prefix) {
            Some(OrganizationId::PREFIX) => text.parse().map(Self::Organization),
            Some(SiteId::PREFIX) => text.parse().map(Self::Site),
            Some(BatchId::PREFIX) => text.parse().map(Self::Batch),
            Some(SessionId::PREFIX) => text.parse().map(Self::Session),
            _ => return Err("must be the id of an organisation, a site, a batch or a session".to_owned()),
        };
        id.map_err(|error: liuhen_proto::ids::IdError| error.to_string())
    }
}

/// Why a fact does not fit what is known. No rule is asked: no pack can let it pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It speaks of what nobody has told of.
    #[error("{field}: {thing} is not known in {place}: tell of it first")]
    Unknown {
        /// Of the fact.
        field: String,
        /// What it names.
        thing: String,
        /// Where it was looked for.
        place: &'static str,
    },
    /// It says something that was said, or that cannot be.
    #[error("{field}: {english}")]
    Wrong {
        /// Of the fact.
        field: String,
        /// What is wrong and what to do next.
        english: String,
        /// The same in Chinese.
        chinese: String,
    },
    /// It comes too early or too late.
    #[error("{thing} is {state}: {english}")]
    State {
        /// What has the state.
        thing: String,
        /// The state it is in.
        state: String,
        /// What to do next.
        english: String,
        /// The same in Chinese.
        chinese: String,
    },
}

impl Unfit {
    pub(crate) fn unknown(field: impl Into<String>, thing: impl ToString, place: &'static str) -> Self {
        Self::Unknown { field: field.into(), thing: thing.to_string(), place }
    }

    pub(crate) fn wrong(field: impl Into<String>, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self::Wrong { field: field.into(), english: english.into(), chinese: chinese.into() }
    }

    pub(crate) fn state(
        thing: impl ToString,
        state: impl ToString,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::State { thing: thing.to_string(), state: state.to_string(), english: english.into(), chinese: chinese.into() }
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        let english = unfit.to_string();
        match unfit {
            Unfit::Unknown { field, thing, place } => {
                let description = format!("{thing} is not known in {place}: tell of it first");
                Self::field_in_both(field, description, format!("{thing} 尚未登记，请先登记"))
            }
            Unfit::Wrong { field, english: why, chinese } => Self::field_in_both(field, why, chinese),
            Unfit::State { thing, state, chinese, .. } => {
                Self::new(Code::FailedPrecondition, english, format!("{thing} 当前状态为 {state}：{chinese}"))
            }
        }
    }
}

/// A room as the records know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// What it is for.
    pub kind: RoomKind,
    /// The cameras of its required viewpoints.
    pub cameras: Vec<CameraId>,
}

/// A case that many views share: cheap to clone, copied when one of them changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> std::ops::Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> std::ops::DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

/// One case, of whichever kind.
#[derive(Debug, Clone)]
pub enum State {
    /// An organisation.
    Organization(Shared<Organization>),
    /// A site.
    Site(Shared<Site>),
    /// A batch.
    Batch(Shared<Batch>),
    /// A session.
    Session(Shared<Session>),
}

impl State {
    /// A case of which nothing is known.
    pub fn new(kind: CaseKind) -> Self {
        match kind {
            CaseKind::Organization => Self::Organization(Shared::default()),
            CaseKind::Site => Self::Site(Shared::default()),
            CaseKind::Batch => Self::Batch(Shared::default()),
            CaseKind::Session => Self::Session(Shared::default()),
        }
    }

    /// Takes a fact that was judged before, with what was found then.
    pub fn take(&mut self, fact: &Fact, telling: &Telling, findings: &[Finding]) -> Result<(), Unfit> {
        match self {
            Self::Organization(case) if fact.kind().case() == CaseKind::Organization => case.apply(fact, findings),
            Self::Site(case) if fact.kind().case() == CaseKind::Site => case.apply(fact, findings),
            Self::Batch(case) if fact.kind().case() == CaseKind::Batch => case.apply(fact, telling, findings),
            Self::Session(case) if fact.kind().case() == CaseKind::Session => case.apply(fact, telling, findings),
            _ => Err(Unfit::wrong("fact", "belongs to another kind of case", "该事实不属于此类案卷")),
        }
    }
}

/// All that belongs to one case: what rules look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which guideline binds.
    pub kind: OrganizationKind,
    /// Where it happens; nothing where nobody has said.
    pub region: Option<Region>,
    /// The organisation.
    pub organization: Shared<Organization>,
    /// The site, for what happens at one.
    pub site: Shared<Site>,
    /// The rooms of the site.
    pub rooms: BTreeMap<RoomId, Room>,
    /// The batch, for what belongs to one.
    pub batch: Shared<Batch>,
    /// The session, for what belongs to one.
    pub session: Shared<Session>,
    /// The sessions of a batch, for what is told of the batch after they were held.
    pub sessions: BTreeMap<SessionId, Shared<Session>>,
    /// Other batches of the organisation, for what is told across them.
    pub others: BTreeMap<BatchId, Shared<Batch>>,
    /// Whose a number of a certificate is in another batch of the organisation, for the numbers that are told.
    pub numbers_elsewhere: BTreeMap<String, CandidateId>,
}

impl View {
    /// Nothing is known but the kind of organisation.
    pub fn new(kind: OrganizationKind) -> Self {
        let (organization, site, batch, session) = <_>::default();
        let (rooms, sessions, others, numbers_elsewhere) = <_>::default();
        Self { kind, region: None, organization, site, rooms, batch, session, sessions, others, numbers_elsewhere }
    }

    /// Whether the fact fits, without taking it.
    pub fn fits(&self, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
        match fact.kind().case() {
            CaseKind::Organization => Organization::clone(&self.organization).apply(fact, &[]),
            CaseKind::Site => Site::clone(&self.site).apply(fact, &[]),
            CaseKind::Batch => batch::fits(self, fact, telling),
            CaseKind::Session => session::fits(self, fact, telling),
        }
    }

    /// Takes a fact with what was found about it. What was recorded once is taken without asking again.
    pub fn take(&mut self, fact: &Fact, telling: &Telling, findings: &[Finding]) -> Result<(), Unfit> {
        match fact.kind().case() {
            CaseKind::Organization => self.organization.apply(fact, findings),
            CaseKind::Site => self.site.apply(fact, findings),
            CaseKind::Batch => self.batch.apply(fact, telling, findings),
            CaseKind::Session => self.session.apply(fact, telling, findings),
        }
    }

    /// Whether a room need not be recorded on a day (E四(五)1).
    pub fn exempt(&self, room: RoomId, day: Date) -> Option<&site::Exemption> {
        self.site.exemptions.values().find(|exemption| exemption.rooms.contains(&room) && exemption.valid.holds(day))
    }
}
