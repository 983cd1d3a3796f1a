//! `liuhen admin`: accounts, roles, passes, identities elsewhere, logins, keys of recorders, and neighbouring systems.

mod badges;
mod identities;
mod logins;
mod neighbours;
mod passes;
mod recorders;
mod staff;

use anyhow::{Context as _, Result};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::world::{Clock as _, SystemClock};
use serde_json::json;

use super::Voice;
use super::login::{json_grant, new_password, role, show_grant, welcome};
use crate::arguments::{Add, Admin, AdminAction, Asking, Grant, OfPerson, RoleIn, SetUp, WithReason};
use crate::client::{Client, open, refused};
use crate::moment::Zone;
use crate::say::sayln;

/// So many people are asked for at once.
const PAGE: u32 = 500;

pub(crate) async fn run(arguments: &Admin, voice: Voice) -> Result<()> {
    match &arguments.action {
        AdminAction::SetUp(arguments) => set_up(arguments, voice).await,
        AdminAction::People(arguments) => people(arguments, voice).await,
        AdminAction::Add(arguments) => add(arguments, voice).await,
        AdminAction::Reset(arguments) => reset(arguments, voice).await,
        AdminAction::Suspend(arguments) => suspend(arguments, true, voice).await,
        AdminAction::Resume(arguments) => suspend(arguments, false, voice).await,
        AdminAction::Grant(arguments) => grant(arguments, voice).await,
        AdminAction::Revoke(arguments) => revoke(arguments, voice).await,
        AdminAction::Passes(arguments) => passes::run(&arguments.action, voice).await,
        AdminAction::Recorder(arguments) => recorders::run(&arguments.action, voice).await,
        AdminAction::Staff(arguments) => staff::run(arguments, voice).await,
        AdminAction::Neighbours(arguments) => neighbours::run(arguments, voice).await,
        AdminAction::Identity(arguments) => identities::run(&arguments.action, voice).await,
        AdminAction::Tokens(arguments) => logins::run(&arguments.action, voice).await,
    }
}

async fn set_up(arguments: &SetUp, voice: Voice) -> Result<()> {
    let token = arguments.link.rsplit("set-up=").next().unwrap_or_default().to_owned();
    let password = new_password(arguments.password.password_file.as_deref(), voice)?;
    let (mut people, server) = open(&arguments.remote).await?;
    let request = pb::SetUpRequest { token, account: arguments.account.clone(), name: arguments.name.clone(), password };
    let answer = people.set_up(request).await.map_err(|status| refused(&status, voice.language))?;
    welcome(&answer.into_inner().login.unwrap_or_default(), &server, voice)
}

async fn people(arguments: &Asking, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let request = pb::ListPeopleRequest { limit: PAGE, after };
        let answer = client.people.list_people(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
        count += answer.people.len();
        answer.people.iter().for_each(|person| show(person, arguments.times.zone, voice));
        if answer.next.is_empty() {
            break;
        }
        after = answer.next;
    }
    if !voice.json {
        sayln!("{count} {}", voice.pick("个账号", "accounts"));
    }
    Ok(())
}

fn show(person: &pb::Person, zone: Zone, voice: Voice) {
    if voice.json {
        let grants: Vec<_> = person.grants.iter().map(json_grant).collect();
        voice.line(&json!({
            "id": person.id, "account": person.account, "name": person.name, "suspended": person.suspended,
            "must_change_password": person.must_change_password, "grants": grants,
        }));
        return;
    }
    let suspended = if person.suspended { voice.pick("  已停用", "  suspended") } else { "" };
    sayln!("{}  {}  {}{suspended}", person.id, person.account, person.name);
    person.grants.iter().for_each(|grant| show_grant(grant, zone, voice));
}

fn new_grant(grant: &RoleIn, zone: Zone) -> Result<pb::NewGrant> {
    let until_us = grant.until.as_ref().map(|until| zone.read(until, SystemClock.now())).transpose()?.map(|at| at.as_micros());
    Ok(pb::NewGrant { role: role(&grant.role)?.into(), scope: grant.scope.clone(), from_us: None, until_us })
}

async fn add(arguments: &Add, voice: Voice) -> Result<()> {
    let grants = vec![new_grant(&arguments.grant, arguments.times.zone)?];
    let mut client = Client::connect(&arguments.remote).await?;
    let (account, name) = (arguments.account.clone(), arguments.name.clone());
    let request = pb::CreatePersonRequest { account, name, grants, ..Default::default() };
    let answer = client.people.create_person(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    let person = answer.person.context("the server's answer lacks the person")?;
    told(&person.id, &person.account, &answer.password, voice);
    Ok(())
}

async fn reset(arguments: &OfPerson, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::ResetPasswordRequest { person_id: arguments.person.clone() };
    let answer = client.people.reset_password(request).await.map_err(|status| refused(&status, voice.language))?;
    told(&arguments.person, "", &answer.into_inner().password, voice);
    Ok(())
}

/// A password that is told once.
fn told(person: &str, account: &str, password: &str, voice: Voice) {
    if voice.json {
        voice.line(&json!({ "person": person, "account": account, "password": password }));
        return;
    }
    sayln!("{person}  {account}");
    sayln!(
        "{}  {password}",
        voice.pick("首次密码（仅显示一次，登录后须修改）", "first password (told once, to be changed at once)")
    );
}

async fn suspend(arguments: &WithReason, suspended: bool, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let (person_id, reason) = (arguments.id.clone(), arguments.reason.clone());
    let request = pb::SetSuspendedRequest { person_id, suspended, reason };
    let answer = client.people.set_suspended(request).await.map_err(|status| refused(&status, voice.language))?;
    show(&answer.into_inner().person.unwrap_or_default(), Zone::default(), voice);
    Ok(())
}

async fn grant(arguments: &Grant, voice: Voice) -> Result<()> {
    let zone = arguments.times.zone;
    let grant = Some(new_grant(&arguments.grant, zone)?);
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::GrantRoleRequest { person_id: arguments.person.clone(), grant, ..Default::default() };
    let answer = client.people.grant_role(request).await.map_err(|status| refused(&status, voice.language))?;
    granted(&answer.into_inner().grant.unwrap_or_default(), zone, voice);
    Ok(())
}

async fn revoke(arguments: &WithReason, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::RevokeGrantRequest { grant_id: arguments.id.clone(), reason: arguments.reason.clone() };
    let answer = client.people.revoke_grant(request).await.map_err(|status| refused(&status, voice.language))?;
    granted(&answer.into_inner().grant.unwrap_or_default(), Zone::default(), voice);
    Ok(())
}

fn granted(grant: &pb::Grant, zone: Zone, voice: Voice) {
    if voice.json { voice.line(&json_grant(grant)) } else { show_grant(grant, zone, voice) }
}
