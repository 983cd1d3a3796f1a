//! `liuhen admin staff`: which account a staff member has, so that it is known who is on duty.

use anyhow::Result;
use liuhen_proto::wire::session::v1 as pb;
use serde_json::json;

use crate::arguments::{Remote, StaffAction, StaffMember, StaffOf};
use crate::client::{Client, refused};
use crate::command::Voice;
use crate::say::sayln;

pub(super) async fn run(arguments: &StaffOf, voice: Voice) -> Result<()> {
    match &arguments.action {
        StaffAction::List { organization, remote } => {
            let mut client = Client::connect(remote).await?;
            let request = pb::ListStaffRequest { organization_id: organization.clone() };
            let answer = client.staff.list_staff(request).await.map_err(|status| refused(&status, voice.language))?;
            let staff = answer.into_inner().staff;
            staff.iter().for_each(|it| show(it, voice));
            if !voice.json {
                sayln!("{} {}", staff.len(), voice.pick("名考务人员", "staff"));
            }
            Ok(())
        }
        StaffAction::Link { who, person, remote } => link(who, person, remote, voice).await,
        StaffAction::Unlink { who, remote } => link(who, "", remote, voice).await,
    }
}

async fn link(who: &StaffMember, person: &str, remote: &Remote, voice: Voice) -> Result<()> {
    let mut client = Client::connect(remote).await?;
    let (organization_id, staff_id) = (who.organization.clone(), who.staff.clone());
    let request = pb::LinkStaffRequest { organization_id, staff_id, person_id: person.to_owned() };
    let answer = client.staff.link_staff(request).await.map_err(|status| refused(&status, voice.language))?;
    show(&answer.into_inner().staff.unwrap_or_default(), voice);
    Ok(())
}

fn show(it: &pb::StaffMember, voice: Voice) {
    if voice.json {
        voice.line(&json!({ "staff": it.staff_id, "name": it.name_masked, "unit": it.unit, "person": it.person_id }));
        return;
    }
    let person = if it.person_id.is_empty() { voice.pick("未关联账号", "no account") } else { &it.person_id };
    sayln!("{}  {}  {}  {person}", it.staff_id, it.name_masked, it.unit);
}
