//! People: accounts, roles, passes, and logins; and where things stand, so that it can be decided who may reach them.
//!
//! Always: passwords and PINs come here as PHC strings and tokens as digests; neither stands in an entry.
//! Not here: what a role may do, and how passwords are checked (`liuhen_api`).

use async_trait::async_trait;
use liuhen_proto::ids::{
    AlarmId, BatchId, GrantId, IdentityId, ImportId, LoginId, OrganizationId, PassId, PersonId, RecorderId, RoomId, SessionId,
    SiteId, StillId, StreamId, ViewpointId,
};
use liuhen_proto::scope::{Place, Scope};
use liuhen_proto::wire::people::v1 as wire;
use liuhen_proto::words;
use liuhen_proto::{Sha256, Timestamp};

use super::{Act, Receipt, Written};

/// The most passes that one call issues.
pub const MAX_PASSES: usize = 200;

/// The most grants that a person ever has.
pub const MAX_GRANTS: usize = 1000;

words! {
    /// What a person does.
    Role = wire::Role {
        /// 考点负责人
        SiteHead = "site_head",
        /// 监考人员
        Invigilator = "invigilator",
        /// 考评员
        Examiner = "examiner",
        /// 登分员
        ScoreClerk = "score_clerk",
        /// 内部质量督导员
        SupervisorInternal = "supervisor_internal",
        /// 外部质量督导员
        SupervisorExternal = "supervisor_external",
        /// 巡考
        Inspector = "inspector",
        /// 考务
        Registrar = "registrar",
        /// 档案管理员
        Archivist = "archivist",
        /// 机构负责人
        ResponsibleHead = "responsible_head",
        /// 人社部门
        Authority = "authority",
        /// 审计
        Auditor = "auditor",
        /// 系统管理员
        Administrator = "administrator",
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// What they log in with; nothing for one who has passes only.
    pub account: Option<String>,
    /// At most 200 bytes.
    pub name: String,
    /// Whether they are let in no longer.
    pub suspended: bool,
    /// Whether somebody else knows the password.
    pub must_change: bool,
    /// In the order of their ids.
    pub grants: Vec<Grant>,
}

/// A role, and where and when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// From when.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
    /// When it was taken away.
    pub revoked: Option<Timestamp>,
}

/// A role that shall be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewGrant {
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// From when.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

/// An Argon2id digest of a password or PIN, as a PHC string. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(pub String);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// An account that shall be made.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// What they log in with; each once.
    pub account: String,
    /// At most 200 bytes.
    pub name: String,
    /// Of their password.
    pub password: SecretHash,
    /// Whether somebody else knows it.
    pub must_change: bool,
    /// Their first roles.
    pub grants: Vec<NewGrant>,
}

/// Digests of the tokens of a login, and until when they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginTokens {
    /// Of the access token.
    pub access: Sha256,
    /// Until when it holds, not included.
    pub access_until: Timestamp,
    /// Of the refresh token.
    pub refresh: Sha256,
    /// Until when it holds, not included.
    pub refresh_until: Timestamp,
}

/// That a person was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// Who.
    pub person: Person,
    /// The pass that it was by.
    pub pass: Option<Pass>,
    /// When its session's papers were sealed; nothing without a pass.
    pub pass_sealed: Option<Timestamp>,
    /// The identity at an outside provider that it was by.
    pub identity: Option<IdentityId>,
    /// When that was the person's no longer.
    pub identity_unlinked: Option<Timestamp>,
    /// When.
    pub opened: Timestamp,
    /// Its tokens.
    pub tokens: LoginTokens,
    /// When its refresh token was last used.
    pub renewed: Option<Timestamp>,
    /// When it was ended.
    pub ended: Option<Timestamp>,
    /// When it was ended by somebody who looks after the person: the same.
    pub revoked: Option<Timestamp>,
}

/// What came of showing a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// The login goes on with the new tokens.
    Yes(Box<Login>),
    /// It is nobody's, or its time is over.
    No,
    /// It had been used before: somebody has copied it. The login was ended.
    Replayed(LoginId, PersonId),
}

/// What lets one person into one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Its id.
    pub id: PassId,
    /// Who carries it.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they do there.
    pub role: Role,
    /// In which session.
    pub session: SessionId,
    /// In which room.
    pub room: RoomId,
    /// Until when at the latest, not included.
    pub until: Timestamp,
    /// When it was taken away.
    pub revoked: Option<Timestamp>,
    /// When it was first used.
    pub used: Option<Timestamp>,
}

/// A pass that shall be made, for a person of this name.
#[derive(Debug, Clone)]
pub struct NewPass {
    /// At most 200 bytes.
    pub name: String,
    /// What they do there.
    pub role: Role,
    /// In which room of the session's site.
    pub room: RoomId,
    /// Of what the badge holds.
    pub badge: Sha256,
    /// Of the PIN.
    pub pin: SecretHash,
}

/// A thing that stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// The archive itself: stands everywhere and nowhere.
    Archive,
    /// An organisation.
    Organization(OrganizationId),
    /// A site.
    Site(SiteId),
    /// A room.
    Room(RoomId),
    /// A viewpoint.
    Viewpoint(ViewpointId),
    /// A stream.
    Stream(StreamId),
    /// A recorder.
    Recorder(RecorderId),
    /// A session.
    Session(SessionId),
    /// A batch: stands where its organisation does.
    Batch(BatchId),
    /// An alarm.
    Alarm(AlarmId),
    /// An import.
    Import(ImportId),
    /// A still.
    Still(StillId),
}

/// What is known of people. Each method that changes something is one transaction with its entries.
#[async_trait]
pub trait PeopleRecords: Send + Sync + 'static {
    /// Makes the first person. [`crate::Error::AlreadyExists`] where there is one with an account.
    async fn set_up(&self, act: &Act, new: NewPerson) -> crate::Result<Written<Person>>;
    /// Makes an account with its first roles, at least one.
    async fn create_person(&self, act: &Act, new: NewPerson) -> crate::Result<Written<Person>>;
    /// Gives a person with an account another password; all logins but `keep` end.
    async fn set_password(
        &self,
        act: &Act,
        person: PersonId,
        password: SecretHash,
        must_change: bool,
        keep: Option<LoginId>,
    ) -> crate::Result<Receipt>;
    /// Lets a person in no longer, and ends their logins; or lets them in again. What is so already: nothing happens, and
    /// the receipt is that of the last change. Nobody was ever suspended: [`crate::Error::Invalid`].
    async fn set_suspended(&self, act: &Act, person: PersonId, suspended: bool, reason: String)
    -> crate::Result<Written<Person>>;
    /// Gives a role to a person with an account.
    async fn grant_role(&self, act: &Act, person: PersonId, new: NewGrant) -> crate::Result<Written<Grant>>;
    /// Takes a role away. Repeated: nothing happens.
    async fn revoke_grant(&self, act: &Act, grant: GrantId, reason: String) -> crate::Result<Written<Grant>>;
    /// A person.
    async fn person(&self, id: PersonId) -> crate::Result<Option<Person>>;
    /// Who has a grant, and the grant.
    async fn grant(&self, id: GrantId) -> crate::Result<Option<(PersonId, Grant)>>;
    /// Who logs in with an account, and the digest of their password.
    async fn person_by_account(&self, account: &str) -> crate::Result<Option<(Person, SecretHash)>>;
    /// The digest of a person's password.
    async fn password_of(&self, id: PersonId) -> crate::Result<Option<SecretHash>>;
    /// People in the order of their ids, after one of them; at most `limit`.
    async fn people(&self, after: &str, limit: u32) -> crate::Result<Vec<Person>>;
    /// Whether anybody has an account.
    async fn has_people(&self) -> crate::Result<bool>;

    /// Notes that a person was let in, by a pass or not.
    async fn open_login(&self, act: &Act, person: PersonId, pass: Option<PassId>, tokens: LoginTokens) -> crate::Result<Login>;
    /// Gives a login other tokens for its refresh token.
    async fn renew_login(&self, act: &Act, refresh: Sha256, tokens: LoginTokens) -> crate::Result<Renewed>;
    /// Ends a login. Repeated, or there is none: nothing happens.
    async fn end_login(&self, act: &Act, login: LoginId) -> crate::Result<()>;
    /// Logins of a person that were not ended, and could be renewed, newest first; at most `limit`.
    async fn logins_of(&self, person: PersonId, now: Timestamp, limit: u32) -> crate::Result<Vec<Login>>;
    /// Ends one login of a person, or those that [`PeopleRecords::logins_of`] gives, at most [`super::MAX_BATCH`]. Gives those
    /// that were ended by it, with the receipt of the first. One that has ended already: nothing happens.
    async fn revoke_logins(
        &self,
        act: &Act,
        person: PersonId,
        only: Option<LoginId>,
        reason: String,
    ) -> crate::Result<(Vec<LoginId>, Option<Receipt>)>;
    /// A login, as it is now.
    async fn login(&self, id: LoginId) -> crate::Result<Option<Login>>;
    /// The login that an access token belongs to, as it is now.
    async fn login_by_access(&self, access: Sha256) -> crate::Result<Option<Login>>;

    /// Makes passes for a session whose papers are not sealed, for persons who are new: all, or none.
    async fn issue_passes(
        &self,
        act: &Act,
        session: SessionId,
        until: Timestamp,
        passes: Vec<NewPass>,
    ) -> crate::Result<Vec<Pass>>;
    /// Takes a pass away; its logins end. Repeated: nothing happens.
    async fn revoke_pass(&self, act: &Act, pass: PassId, reason: String) -> crate::Result<Written<Pass>>;
    /// A pass.
    async fn pass(&self, id: PassId) -> crate::Result<Option<Pass>>;
    /// The pass of a badge, the digest of its PIN, and when its session's papers were sealed.
    async fn pass_by_badge(&self, badge: Sha256) -> crate::Result<Option<(Pass, SecretHash, Option<Timestamp>)>>;
    /// Passes of a session, in the order of their ids.
    async fn passes_of(&self, session: SessionId) -> crate::Result<Vec<Pass>>;

    /// Where a thing stands; nothing where there is no such thing.
    async fn place_of(&self, thing: Thing) -> crate::Result<Option<Place>>;
}
