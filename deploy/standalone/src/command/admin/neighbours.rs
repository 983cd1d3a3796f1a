//! `liuhen admin neighbours`: which systems are let in, and what each may.

use std::path::Path;

use anyhow::Result;
use liuhen_proto::wire::machine::v1 as pb;
use serde_json::json;

use crate::arguments::{InviteNeighbour, Neighbours, NeighboursAction, Permitted, WithReason};
use crate::client::{Client, refused};
use crate::command::{Voice, at};
use crate::data::write_whole;
use crate::moment::Zone;
use crate::say::sayln;

pub(super) async fn run(arguments: &Neighbours, voice: Voice) -> Result<()> {
    match &arguments.action {
        NeighboursAction::List(asking) => {
            let mut client = Client::connect(&asking.remote).await?;
            let answer = client.neighbours.list_neighbours(pb::ListNeighboursRequest {}).await;
            let neighbours = answer.map_err(|status| refused(&status, voice.language))?.into_inner().neighbours;
            neighbours.iter().for_each(|neighbour| show(neighbour, asking.times.zone, voice));
            if !voice.json {
                sayln!("{} {}", neighbours.len(), voice.pick("个外部系统", "neighbours"));
            }
            Ok(())
        }
        NeighboursAction::Invite(arguments) => invite(arguments, voice).await,
        NeighboursAction::Permit { permitted, what } => {
            let mut client = Client::connect(&what.remote).await?;
            let (neighbour_id, reason) = (what.id.clone(), what.reason.clone());
            let request = pb::PermitNeighbourRequest { neighbour_id, permits: Some(permits(permitted)), reason };
            let answer = client.neighbours.permit_neighbour(request).await.map_err(|status| refused(&status, voice.language))?;
            show(&answer.into_inner().neighbour.unwrap_or_default(), Zone::default(), voice);
            Ok(())
        }
        NeighboursAction::Replace { what, token } => replace(what, Some(token), voice).await,
        NeighboursAction::Revoke(what) => replace(what, None, voice).await,
    }
}

fn permits(it: &Permitted) -> pb::Permits {
    pb::Permits { pushes: it.push.clone(), reads: it.read }
}

async fn invite(arguments: &InviteNeighbour, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let (system, name, scope) = (arguments.system.clone(), arguments.name.clone(), arguments.scope.clone());
    let request = pb::InviteNeighbourRequest { system, name, scope, permits: Some(permits(&arguments.permitted)) };
    let answer = client.neighbours.invite_neighbour(request).await.map_err(|status| refused(&status, voice.language))?;
    let answer = answer.into_inner();
    write_whole(&arguments.token, format!("{}\n", answer.token).as_bytes(), 0o600)?;
    show(&answer.neighbour.unwrap_or_default(), Zone::default(), voice);
    tell_token(&arguments.token, voice);
    Ok(())
}

async fn replace(what: &WithReason, token_file: Option<&Path>, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&what.remote).await?;
    let (neighbour_id, reason) = (what.id.clone(), what.reason.clone());
    let request = pb::ReplaceNeighbourRequest { neighbour_id, reason, for_good: token_file.is_none() };
    let answer = client.neighbours.replace_neighbour(request).await.map_err(|status| refused(&status, voice.language))?;
    if let Some(path) = token_file {
        write_whole(path, format!("{}\n", answer.into_inner().token).as_bytes(), 0o600)?;
    }
    if voice.json {
        voice.line(&json!({ "neighbour_id": what.id, "revoked": true, "token_file": token_file }));
        return Ok(());
    }
    sayln!("{}", voice.pick("密钥已吊销，立即生效", "its keys are revoked, at once"));
    if let Some(path) = token_file {
        tell_token(path, voice);
    }
    Ok(())
}

fn tell_token(path: &Path, voice: Voice) {
    if !voice.json {
        let what = voice.pick("一次性接入令牌，交给对方后删除", "the one-time token: hand it over, then remove it");
        sayln!("{what}  {}", path.display());
    }
}

fn show(it: &pb::Neighbour, zone: Zone, voice: Voice) {
    let permits = it.permits.clone().unwrap_or_default();
    if voice.json {
        let keys = it.keys.iter().map(|key| {
            json!({
                "key": key.key, "version": key.version, "serial": key.serial, "until_us": key.until_us, "revoked_us": key.revoked_us,
            })
        });
        voice.line(&json!({
            "neighbour_id": it.neighbour_id, "system": it.system, "name": it.name, "scope": it.scope, "pushes": permits.pushes,
            "reads": permits.reads, "keys": keys.collect::<Vec<_>>(),
        }));
        return;
    }
    sayln!("{}  {}  {}  {}", it.neighbour_id, it.system, it.name, it.scope);
    let reads = if permits.reads { voice.pick("可读取", "reads") } else { voice.pick("不可读取", "reads nothing") };
    let pushes = if permits.pushes.is_empty() { "-".to_owned() } else { permits.pushes.join(", ") };
    sayln!("    {reads}  {} {pushes}", voice.pick("可推送", "tells"));
    for key in &it.keys {
        let state = match key.revoked_us {
            Some(us) => format!("{} {}", voice.pick("已吊销", "revoked"), zone.show(at(us))),
            None => format!("{} {}", voice.pick("有效期至", "until"), zone.show(at(key.until_us))),
        };
        sayln!("    {}  {}{}  {state}", key.key, voice.pick("第", "#"), key.version);
    }
}
