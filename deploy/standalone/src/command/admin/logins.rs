//! `liuhen admin tokens`: which logins of a person are alive; one is ended, or all.

use anyhow::Result;
use liuhen_proto::wire::people::v1 as pb;
use serde_json::json;

use crate::arguments::TokenAction;
use crate::client::{Client, refused};
use crate::command::{Voice, at};
use crate::moment::Zone;
use crate::say::sayln;

pub(super) async fn run(action: &TokenAction, voice: Voice) -> Result<()> {
    match action {
        TokenAction::List { person, asking } => {
            let mut client = Client::connect(&asking.remote).await?;
            let request = pb::ListLoginsRequest { person_id: person.clone(), limit: 0 };
            let answer =
                client.people.list_logins(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
            answer.logins.iter().for_each(|login| show(login, asking.times.zone, voice));
            if !voice.json {
                let more = if answer.truncated { " …" } else { "" };
                sayln!("{} {}{more}", answer.logins.len(), voice.pick("个有效登录", "logins that are alive"));
            }
        }
        TokenAction::Revoke { person, login, reason, remote } => {
            let mut client = Client::connect(remote).await?;
            let (person_id, login_id) = (person.clone(), login.clone().unwrap_or_default());
            let request = pb::RevokeLoginsRequest { person_id, login_id, reason: reason.clone() };
            let answer = client.people.revoke_logins(request).await.map_err(|status| refused(&status, voice.language))?;
            let ended = answer.into_inner().login_ids;
            if voice.json {
                voice.line(&json!({ "person": person, "revoked": ended }));
            } else {
                sayln!("{} {}", ended.len(), voice.pick("个登录已终止，立即生效", "logins were ended, at once"));
            }
        }
    }
    Ok(())
}

fn show(login: &pb::OpenLogin, zone: Zone, voice: Voice) {
    if voice.json {
        voice.line(&json!({
            "id": login.id, "opened_us": login.opened_us, "renewed_us": login.renewed_us, "until_us": login.until_us,
            "identity": login.identity_id,
        }));
        return;
    }
    let time = |us| zone.show(at(us));
    let renewed = login.renewed_us.map(|us| format!("  {} {}", voice.pick("最近续期", "renewed"), time(us)));
    let (since, until) = (voice.pick("登录于", "since"), voice.pick("最迟至", "ends unless renewed"));
    let by = if login.identity_id.is_empty() { String::new() } else { format!("  {}", login.identity_id) };
    sayln!(
        "{}  {since} {}{}  {until} {}{by}",
        login.id,
        time(login.opened_us),
        renewed.unwrap_or_default(),
        time(login.until_us)
    );
}
