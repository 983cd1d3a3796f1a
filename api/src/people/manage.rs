//! Looking after people: accounts made and suspended, roles given and taken.
//!
//! Always: whoever looks after a person has within their own scope all that the person has; else a site's administrator
//! could make the password of the province's.

use std::collections::HashMap;

use liuhen_archive::records::{Act, Grant, MAX_ROWS, NewGrant, NewPerson, Person};
use liuhen_proto::ids::{GrantId, PersonId};
use liuhen_proto::scope::Scope;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Problem, wire};

use super::reach::{in_reach, not_oneself};
use super::{People, convert};
use crate::auth::Asking;
use crate::error::records as failed;
use crate::limit::Often;
use crate::session::check;
use crate::session::convert::receipt;

/// The most roles that one call gives.
const MAX_NEW_GRANTS: usize = 100;

impl People {
    pub(super) async fn make(
        &self,
        asking: &Asking,
        request: pb::CreatePersonRequest,
    ) -> Result<pb::CreatePersonResponse, Problem> {
        if request.grants.is_empty() || request.grants.len() > MAX_NEW_GRANTS {
            return Err(Problem::field("grants", format!("must be 1 to {MAX_NEW_GRANTS}")));
        }
        let (account, name) = (convert::account(&request.account)?, check::name(&request.name)?);
        let mut grants = Vec::with_capacity(request.grants.len());
        for (place, grant) in request.grants.iter().enumerate() {
            grants.push(self.new_grant(asking, &format!("grants[{place}]"), grant).await?);
        }
        let once = self.secrets.one_time_password();
        let password = self.secrets.digest(once.clone()).await?;
        let act = Act { by: asking.principal(), at: self.now(), key: check::key(&request.idempotency_key)? };
        let new = NewPerson { account, name, password, must_change: true, grants };
        let made = self.archive.records.create_person(&act, new).await.map_err(|error| failed("make the account", error))?;
        Ok(pb::CreatePersonResponse {
            person: Some(convert::person(&made.value)),
            // A repeated call has made no password: the first one is known to its owner only.
            password: if made.repeated { String::new() } else { once },
            receipt: Some(receipt(&made.receipt)),
        })
    }

    pub(super) async fn reset(&self, asking: &Asking, person: &str) -> Result<pb::ResetPasswordResponse, Problem> {
        let person = self.in_reach(asking, wire::id("person_id", person)?).await?;
        not_oneself(asking, person.id)?;
        let once = self.secrets.one_time_password();
        let password = self.secrets.digest(once.clone()).await?;
        let act = Act::new(asking.principal(), self.now());
        let written = self.archive.records.set_password(&act, person.id, password, true, None).await;
        let written = written.map_err(|error| failed("set the password", error))?;
        Ok(pb::ResetPasswordResponse { password: once, receipt: Some(receipt(&written)) })
    }

    pub(super) async fn suspend(
        &self,
        asking: &Asking,
        request: pb::SetSuspendedRequest,
    ) -> Result<pb::SetSuspendedResponse, Problem> {
        let person = self.in_reach(asking, wire::id("person_id", &request.person_id)?).await?;
        not_oneself(asking, person.id)?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let act = Act::new(asking.principal(), self.now());
        let written = self.archive.records.set_suspended(&act, person.id, request.suspended, reason).await;
        let written = written.map_err(|error| failed("suspend the person", error))?;
        Ok(pb::SetSuspendedResponse { person: Some(convert::person(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn give(&self, asking: &Asking, request: pb::GrantRoleRequest) -> Result<pb::GrantRoleResponse, Problem> {
        let person = self.in_reach(asking, wire::id("person_id", &request.person_id)?).await?;
        not_oneself(asking, person.id)?;
        let grant = request.grant.ok_or_else(|| Problem::field("grant", "is required"))?;
        let new = self.new_grant(asking, "grant", &grant).await?;
        let act = Act { by: asking.principal(), at: self.now(), key: check::key(&request.idempotency_key)? };
        let written = self.archive.records.grant_role(&act, person.id, new).await;
        let written = written.map_err(|error| failed("give the role", error))?;
        Ok(pb::GrantRoleResponse { grant: Some(convert::grant(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn take(
        &self,
        asking: &Asking,
        request: pb::RevokeGrantRequest,
    ) -> Result<pb::RevokeGrantResponse, Problem> {
        let id: GrantId = wire::id("grant_id", &request.grant_id)?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let found = self.archive.records.grant(id).await.map_err(|error| failed("read the grant", error))?;
        let (person, grant) = found.ok_or_else(|| Problem::not_found(id))?;
        if !asking.holds(grant.scope).await? {
            return Err(Problem::not_found(id));
        }
        not_oneself(asking, person)?;
        let act = Act::new(asking.principal(), self.now());
        let written = self.archive.records.revoke_grant(&act, id, reason).await;
        let written = written.map_err(|error| failed("take the role away", error))?;
        Ok(pb::RevokeGrantResponse { grant: Some(convert::grant(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn list(&self, asking: &Asking, request: pb::ListPeopleRequest) -> Result<pb::ListPeopleResponse, Problem> {
        self.limits.take(asking.principal(), Often::Search, self.archive.clock.boot_now())?;
        let limit = check::limit(request.limit, MAX_ROWS)?;
        if !request.after.is_empty() {
            let _: PersonId = wire::id("after", &request.after)?;
        }
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut people, mut after, mut known) = (Vec::new(), request.after, HashMap::new());
        loop {
            let page = self.archive.records.people(&after, MAX_ROWS).await.map_err(|error| failed("list people", error))?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
            for person in &page {
                if people.len() == wanted {
                    let next = people.last().map(|person: &pb::Person| person.id.clone()).unwrap_or_default();
                    return Ok(pb::ListPeopleResponse { people, next });
                }
                if person.account.is_some() && self.is_seen(asking, &person.grants, &mut known).await? {
                    people.push(convert::person(person));
                }
            }
        }
        Ok(pb::ListPeopleResponse { people, next: String::new() })
    }

    /// Whether one of the roles lies within the caller's scope.
    async fn is_seen(&self, asking: &Asking, grants: &[Grant], known: &mut HashMap<Scope, bool>) -> Result<bool, Problem> {
        for grant in grants {
            let seen = match known.get(&grant.scope) {
                Some(&seen) => seen,
                None => asking.holds(grant.scope).await?,
            };
            known.insert(grant.scope, seen);
            if seen {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A person whom the caller looks after.
    pub(super) async fn in_reach(&self, asking: &Asking, id: PersonId) -> Result<Person, Problem> {
        in_reach(&self.archive, asking, id).await
    }

    /// A role that shall be given, within the caller's scope.
    async fn new_grant(&self, asking: &Asking, field: &str, grant: &pb::NewGrant) -> Result<NewGrant, Problem> {
        let new = convert::new_grant(field, grant, self.now())?;
        if !asking.holds(new.scope).await? {
            return Err(Problem::field(
                format!("{field}.scope"),
                format!("{} does not exist, or is not yours to give", new.scope),
            ));
        }
        Ok(new)
    }
}
