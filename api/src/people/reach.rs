//! Whom the caller looks after: those whose every role lies within the caller's own scope, and never themselves.

use liuhen_archive::Archive;
use liuhen_archive::records::Person;
use liuhen_proto::ids::PersonId;
use liuhen_proto::scope::Scope;
use liuhen_proto::{Code, Principal, Problem};

use crate::auth::Asking;
use crate::error::records as failed;

/// A person whose every role that was not taken away lies within the caller's scope.
pub(crate) async fn in_reach(archive: &Archive, asking: &Asking, id: PersonId) -> Result<Person, Problem> {
    let person = archive.records.person(id).await.map_err(|error| failed("read the person", error))?;
    let person = person.filter(|person| person.account.is_some()).ok_or_else(|| Problem::not_found(id))?;
    let mut scopes: Vec<_> = person.grants.iter().filter(|grant| grant.revoked.is_none()).map(|grant| grant.scope).collect();
    if scopes.is_empty() {
        // Who has no role any more belongs to nobody but those who may do it everywhere.
        scopes.push(Scope::Everything);
    }
    for scope in scopes {
        if !asking.holds(scope).await? {
            return Err(Problem::not_found(id));
        }
    }
    Ok(person)
}

/// Nobody changes their own rights: so the last administrator cannot shut themselves out either.
pub(crate) fn not_oneself(asking: &Asking, person: PersonId) -> Result<(), Problem> {
    if asking.principal() != Principal::Person(person) {
        return Ok(());
    }
    let message = "nobody changes their own rights: another administrator can, or the operator of the server";
    Err(Problem::new(Code::PermissionDenied, message, "不能更改自己的权限：请由其他管理员或服务器管理人员操作"))
}
