//! `liuhen.session.v1.StaffService`: which account a staff member has.
//!
//! In: what those who look after people say. Out: staff with masked names. Always: a link is a fact of the organisation,
//! `staff_registered`; nobody links themselves, and only whom they look after; in one organisation an account is one staff
//! member's. Not here: what follows from a link ([`crate::duty`]).

use liuhen_archive::records::NewFact;
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::organization::StaffRegistered;
use liuhen_proto::ids::{OrganizationId, PersonId, StaffId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::staff_service_server::StaffService;
use liuhen_proto::{Problem, wire as words};
use tonic::{Request, Response};

use super::{Answer, Process};
use crate::auth::Asking;
use crate::auth::action::Action;
use crate::people::mask;
use crate::people::reach::{in_reach, not_oneself};

impl Process {
    /// Whose account a staff member is, says who looks after accounts; what was said before may be told again.
    pub(super) async fn may_link(&self, asking: &Asking, case: CaseId, it: &StaffRegistered) -> Result<(), Problem> {
        let Some(person) = it.person else { return Ok(()) };
        let known = self.known(asking, case).await?;
        if known.view.organization.staff.get(&it.staff).is_some_and(|known| known.person == Some(person)) {
            return Ok(());
        }
        not_oneself(asking, person)?;
        let asking = asking.to_do(Action::ManagePeople);
        asking.somewhere()?;
        in_reach(&self.archive, &asking, person).await.map(drop)
    }

    async fn link(&self, asking: &Asking, it: pb::LinkStaffRequest) -> Result<pb::LinkStaffResponse, Problem> {
        let organization: OrganizationId = words::id("organization_id", &it.organization_id)?;
        let staff: StaffId = words::id("staff_id", &it.staff_id)?;
        let case = CaseId::Organization(organization);
        let known = self.known(asking, case).await?;
        let all = &known.view.organization.staff;
        let registered = all.get(&staff).cloned().ok_or_else(|| Problem::not_found(staff))?;
        let person = match it.person_id.as_str() {
            "" => None,
            id => Some(words::id::<PersonId>("person_id", id)?),
        };
        for changed in [person, registered.person].into_iter().flatten() {
            not_oneself(asking, changed)?;
        }
        if let Some(person) = person {
            in_reach(&self.archive, asking, person).await?;
            if let Some(other) = all.values().find(|other| other.staff != staff && other.person == Some(person)) {
                let (english, chinese) = (format!("is that of {} already", other.staff), format!("已关联 {}", other.staff));
                return Err(Problem::field_in_both("person_id", english, chinese));
            }
        }
        if registered.person == person {
            return Ok(pb::LinkStaffResponse { staff: Some(shown(&registered)), recorded: None });
        }
        let linked = StaffRegistered { person, ..registered };
        let staff = Some(shown(&linked));
        let fact = Fact::from(linked);
        // Of two who link at once, one has not seen what the other says.
        let new = NewFact { fact, elsewhere: None, breach: None, source: None, seen: Some(known.facts) };
        Ok(pb::LinkStaffResponse { staff, recorded: Some(self.tell(asking, case, new, "").await?) })
    }
}

fn shown(it: &StaffRegistered) -> pb::StaffMember {
    pb::StaffMember {
        staff_id: it.staff.to_string(),
        name_masked: mask::name(it.name.as_str()),
        unit: it.unit.as_ref().map_or_else(String::new, ToString::to_string),
        person_id: it.person.map_or_else(String::new, |person| person.to_string()),
    }
}

#[tonic::async_trait]
impl StaffService for Process {
    async fn link_staff(&self, request: Request<pb::LinkStaffRequest>) -> Answer<pb::LinkStaffResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.link(&asking, request.into_inner()).await?))
    }

    async fn list_staff(&self, request: Request<pb::ListStaffRequest>) -> Answer<pb::ListStaffResponse> {
        let asking = Asking::of(&request)?;
        let organization: OrganizationId = words::id("organization_id", &request.get_ref().organization_id)?;
        let known = self.known(&asking, CaseId::Organization(organization)).await?;
        let staff = known.view.organization.staff.values().map(shown).collect();
        Ok(Response::new(pb::ListStaffResponse { staff }))
    }
}
