//! `liuhen login`, `logout`, `whoami`, `passwd`: being let in as a person.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::wire::people::v1 as pb;
use serde_json::json;

use super::{Voice, at};
use crate::arguments::{Asking, ChangePassword, LogIn};
use crate::client::{Client, open, refused};
use crate::login_file::{Kept, LoginFile};
use crate::moment::Zone;
use crate::say::sayln;

/// The longest file that may hold a password, in bytes.
const MAX_FILE_BYTES: u64 = 4096;

pub(crate) async fn log_in(arguments: &LogIn, voice: Voice) -> Result<()> {
    let password = password(arguments.password.password_file.as_deref(), voice.pick("密码: ", "Password: "))?;
    let (mut people, server) = open(&arguments.remote).await?;
    let request = pb::LogInRequest { account: arguments.account.clone(), password };
    let answer = people.log_in(request).await.map_err(|status| refused(&status, voice.language))?;
    welcome(&answer.into_inner().login.unwrap_or_default(), &server, voice)
}

/// Keeps what was given, and says what is to be done next.
pub(super) fn welcome(login: &pb::Login, server: &str, voice: Voice) -> Result<()> {
    LoginFile::open()?.keep(server, Some(Kept::from(login)))?;
    let person = login.person.clone().unwrap_or_default();
    if voice.json {
        voice.line(&json!({
            "person": person.id, "account": person.account, "must_change_password": person.must_change_password,
            "refresh_until_us": login.refresh_until_us,
        }));
        return Ok(());
    }
    sayln!("{} {}  {}", voice.pick("已登录", "logged in as"), person.account, person.id);
    if person.must_change_password {
        sayln!("{}", voice.pick("请先修改密码：liuhen passwd", "change your password first: liuhen passwd"));
    }
    Ok(())
}

pub(crate) async fn log_out(arguments: &Asking, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let ended = client.people.log_out(pb::LogOutRequest {}).await;
    // What is forgotten here lets nobody in from here, whatever the server says.
    LoginFile::open()?.keep(&client.address, None)?;
    ended.map_err(|status| refused(&status, voice.language))?;
    if !voice.json {
        sayln!("{}", voice.pick("已退出", "logged out"));
    }
    Ok(())
}

pub(crate) async fn who_am_i(arguments: &Asking, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let me = client.people.get_me(pb::GetMeRequest {}).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let grants: Vec<_> = me.grants.iter().map(json_grant).collect();
        let person = me.person.map(|person| json!({ "id": person.id, "account": person.account, "name": person.name }));
        voice.line(&json!({ "person": person, "grants": grants }));
        return Ok(());
    }
    match &me.person {
        Some(person) => sayln!("{}  {}  {}", person.id, person.account, person.name),
        None => sayln!("{}", voice.pick("本机管理令牌", "the operator of the server, by the token of its data directory")),
    }
    me.grants.iter().for_each(|grant| show_grant(grant, arguments.times.zone, voice));
    Ok(())
}

pub(crate) async fn change_password(arguments: &ChangePassword, voice: Voice) -> Result<()> {
    let old_password = password(arguments.password.password_file.as_deref(), voice.pick("当前密码: ", "Present password: "))?;
    let new_password = new_password(arguments.new_password_file.as_deref(), voice)?;
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::ChangePasswordRequest { old_password, new_password };
    client.people.change_password(request).await.map_err(|status| refused(&status, voice.language))?;
    if !voice.json {
        sayln!("{}", voice.pick("密码已修改", "the password was changed"));
    }
    Ok(())
}

/// From a file, or from the terminal without showing it.
pub(super) fn password(file: Option<&Path>, prompt: &str) -> Result<String> {
    let Some(path) = file else {
        ensure!(
            std::io::stdin().is_terminal(),
            "no terminal to ask for the password: give it in a file · 没有终端可输入密码，请用文件提供"
        );
        return rpassword::prompt_password(prompt).context("ask for the password");
    };
    let size = std::fs::metadata(path).with_context(|| format!("read {}", path.display()))?.len();
    ensure!(size <= MAX_FILE_BYTES, "{} is too large for a password", path.display());
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// The same, typed twice.
pub(super) fn new_password(file: Option<&Path>, voice: Voice) -> Result<String> {
    let first = password(file, voice.pick("新密码: ", "New password: "))?;
    if file.is_none() {
        let again = password(None, voice.pick("再次输入新密码: ", "New password, again: "))?;
        ensure!(first == again, "{}", voice.pick("两次输入不一致", "these are two different passwords"));
    }
    Ok(first)
}

pub(super) fn json_grant(grant: &pb::Grant) -> serde_json::Value {
    json!({
        "id": grant.id, "role": role_word(grant.role()), "scope": grant.scope, "from_us": grant.from_us,
        "until_us": grant.until_us, "revoked_us": grant.revoked_us,
    })
}

pub(super) fn show_grant(grant: &pb::Grant, zone: Zone, voice: Voice) {
    let until = grant.until_us.map(|until| format!("  {} {}", voice.pick("至", "until"), zone.show(at(until))));
    let revoked = grant.revoked_us.map(|revoked| format!("  {} {}", voice.pick("已收回", "taken away"), zone.show(at(revoked))));
    let (role, scope) = (role_name(grant.role(), voice), &grant.scope);
    sayln!("    {role}  {scope}{}{}  {}", until.unwrap_or_default(), revoked.unwrap_or_default(), grant.id);
}

/// As it is typed: `site-head`.
pub(super) fn role_word(role: pb::Role) -> String {
    role.as_str_name().trim_start_matches("ROLE_").to_lowercase().replace('_', "-")
}

/// From what was typed.
pub(super) fn role(word: &str) -> Result<pb::Role> {
    let name = format!("ROLE_{}", word.to_uppercase().replace('-', "_"));
    let role = pb::Role::from_str_name(&name).filter(|role| *role != pb::Role::Unspecified);
    role.with_context(|| format!("{word:?} is no role: `liuhen admin grant --help` names them · 未知角色"))
}

fn role_name(role: pb::Role, voice: Voice) -> String {
    let chinese = match role {
        pb::Role::SiteHead => "考点负责人",
        pb::Role::Invigilator => "监考人员",
        pb::Role::Examiner => "考评员",
        pb::Role::ScoreClerk => "登分员",
        pb::Role::SupervisorInternal => "内部质量督导员",
        pb::Role::SupervisorExternal => "外部质量督导员",
        pb::Role::Inspector => "巡考",
        pb::Role::Registrar => "考务",
        pb::Role::Archivist => "档案管理员",
        pb::Role::ResponsibleHead => "机构负责人",
        pb::Role::Authority => "人社部门",
        pb::Role::Auditor => "审计",
        pb::Role::Administrator => "系统管理员",
        pb::Role::Unspecified => "未知",
    };
    voice.pick(chinese, &role_word(role)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_typed_as_it_is_shown() {
        for number in 1..=13 {
            let known = pb::Role::try_from(number).unwrap();
            assert_eq!(role(&role_word(known)).unwrap(), known);
        }
        assert!(role("unspecified").is_err() && role("king").is_err());
    }
}
