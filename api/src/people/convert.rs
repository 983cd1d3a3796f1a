//! People between the wire and the records.

use liuhen_archive::records::{Grant, NewGrant, Pass, Person, Role};
use liuhen_proto::scope::{Scope, ScopeError};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Problem, Timestamp};

use super::mask;
use crate::auth::caller::{Held, Reach};

/// The longest account, in bytes.
const MAX_ACCOUNT_BYTES: usize = 64;

/// What somebody logs in with.
pub(super) fn account(account: &str) -> Result<String, Problem> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if account.is_empty() || account.len() > MAX_ACCOUNT_BYTES || !account.bytes().all(allowed) {
        return Err(Problem::field("account", format!("must be 1 to {MAX_ACCOUNT_BYTES} of a-z 0-9 . _ -")));
    }
    Ok(account.to_owned())
}

/// A role that shall be given, from now on where nothing else is said.
pub(super) fn new_grant(field: &str, grant: &pb::NewGrant, now: Timestamp) -> Result<NewGrant, Problem> {
    let role = Role::from_wire(grant.role).ok_or_else(|| Problem::field(format!("{field}.role"), "is required"))?;
    let scope = grant.scope.parse().map_err(|error: ScopeError| Problem::field(format!("{field}.scope"), error.to_string()))?;
    let from = grant.from_us.map_or(now, Timestamp::from_micros);
    Ok(NewGrant { role, scope, from, until: grant.until_us.map(Timestamp::from_micros) })
}

/// A person as others see them.
pub(super) fn person(it: &Person) -> pb::Person {
    pb::Person { name: mask::name(&it.name), ..own(it) }
}

/// A person as they see themselves.
pub(super) fn own(it: &Person) -> pb::Person {
    pb::Person {
        id: it.id.to_string(),
        account: it.account.clone().unwrap_or_default(),
        name: it.name.clone(),
        suspended: it.suspended,
        must_change_password: it.must_change,
        grants: it.grants.iter().map(grant).collect(),
    }
}

pub(super) fn grant(it: &Grant) -> pb::Grant {
    pb::Grant {
        id: it.id.to_string(),
        role: pb::Role::from(it.role).into(),
        scope: it.scope.to_string(),
        from_us: it.from.as_micros(),
        until_us: it.until.map(Timestamp::as_micros),
        revoked_us: it.revoked.map(Timestamp::as_micros),
    }
}

/// A role as it holds now; that of a pass as the room's.
pub(super) fn held(it: &Held) -> pb::Grant {
    let scope = match it.reach {
        Reach::Scope(scope) => scope,
        Reach::Pass { room, .. } => Scope::Room(room),
    };
    pb::Grant {
        id: String::new(),
        role: pb::Role::from(it.role).into(),
        scope: scope.to_string(),
        from_us: it.from.as_micros(),
        until_us: it.until.map(Timestamp::as_micros),
        revoked_us: None,
    }
}

pub(super) fn pass(it: &Pass) -> pb::Pass {
    pb::Pass {
        id: it.id.to_string(),
        person_id: it.person.to_string(),
        name: mask::name(&it.name),
        role: pb::Role::from(it.role).into(),
        session_id: it.session.to_string(),
        room_id: it.room.to_string(),
        until_us: it.until.as_micros(),
        revoked_us: it.revoked.map(Timestamp::as_micros),
        used_us: it.used.map(Timestamp::as_micros),
    }
}
