//! Entries of people: accounts, roles, passes, logins. Names and reasons are in bodies; secrets are nowhere.

use liuhen_proto::ids::PersonId;
use serde_json::json;

use super::{Draft, draft, record};
use crate::records::{Grant, Login, Pass, Person};
use liuhen_proto::custody::EntryType;

pub(in crate::records) fn person(it: &Person) -> Draft {
    record("person", it.id, it.id).body(json!({ "name": it.name, "account": it.account }))
}

/// That the `version`th password was set. By whom, the envelope says.
pub(in crate::records) fn password(person: PersonId, version: i64) -> Draft {
    let idem = format!("person/{person}/password/{version}");
    draft(EntryType::Record, person, idem).with("kind", "person.password").with("version", version)
}

/// That the person was let in no longer, or again, which takes turns: each odd time they were suspended. The reason stands
/// in the log only.
pub(in crate::records) fn standing(person: PersonId, standing: i64, reason: Option<&str>) -> Draft {
    let idem = format!("person/{person}/standing/{standing}");
    let draft = draft(EntryType::Record, person, idem).with("kind", "person.standing").with("standing", standing);
    with_reason(draft.with("suspended", standing % 2), reason)
}

pub(in crate::records) fn grant(person: PersonId, it: &Grant) -> Draft {
    let draft = draft(EntryType::Record, person, format!("grant/{}", it.id)).with("kind", "grant");
    let draft = draft.with("id", it.id.to_string()).with("role", it.role.as_str()).with("scope", it.scope.to_string());
    let draft = draft.with("from_us", it.from);
    it.until.iter().fold(draft, |draft, until| draft.with("until_us", *until))
}

pub(in crate::records) fn grant_revoked(person: PersonId, it: &Grant, reason: Option<&str>) -> Option<Draft> {
    let draft = draft(EntryType::Record, person, format!("grant/{}/revoked", it.id)).with("kind", "grant.revoked");
    Some(with_reason(draft.with("id", it.id.to_string()).with("revoked_us", it.revoked?), reason))
}

/// In the chain of the session.
pub(in crate::records) fn pass(it: &Pass) -> Draft {
    let draft = draft(EntryType::Record, it.session, format!("pass/{}", it.id)).with("kind", "pass");
    let draft = draft.with("id", it.id.to_string()).with("person", it.person.to_string());
    draft.with("role", it.role.as_str()).with("room", it.room.to_string()).with("until_us", it.until)
}

pub(in crate::records) fn pass_revoked(it: &Pass, reason: Option<&str>) -> Option<Draft> {
    let draft = draft(EntryType::Record, it.session, format!("pass/{}/revoked", it.id)).with("kind", "pass.revoked");
    Some(with_reason(draft.with("id", it.id.to_string()).with("revoked_us", it.revoked?), reason))
}

pub(in crate::records) fn login(it: &Login) -> Draft {
    let draft = draft(EntryType::Record, it.person.id, format!("login/{}", it.id)).with("kind", "login");
    let draft = draft.with("id", it.id.to_string()).with("opened_us", it.opened);
    let draft = it.identity.iter().fold(draft, |draft, identity| draft.with("identity", identity.to_string()));
    it.pass.iter().fold(draft, |draft, pass| draft.with("pass", pass.id.to_string()))
}

/// That somebody who looks after the person ended it. All other ends have no entry of their own.
pub(in crate::records) fn login_revoked(it: &Login, reason: Option<&str>) -> Option<Draft> {
    let draft = draft(EntryType::Record, it.person.id, format!("login/{}/revoked", it.id)).with("kind", "login.revoked");
    Some(with_reason(draft.with("id", it.id.to_string()).with("revoked_us", it.revoked?), reason))
}

pub(super) fn with_reason(draft: Draft, reason: Option<&str>) -> Draft {
    match reason {
        Some(reason) => draft.body(json!({ "reason": reason })),
        None => draft,
    }
}
