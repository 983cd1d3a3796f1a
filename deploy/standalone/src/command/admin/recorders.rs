//! `liuhen admin recorder`: by which keys a recorder is known; one is revoked, another takes its place.

use std::path::Path;

use anyhow::Result;
use liuhen_proto::wire::machine::v1 as pb;
use serde_json::json;

use crate::arguments::{RecorderAction, ReplaceRecorder, RevokeRecorder};
use crate::client::{Client, refused};
use crate::command::{Voice, at};
use crate::data::write_whole;
use crate::say::sayln;

pub(super) async fn run(action: &RecorderAction, voice: Voice) -> Result<()> {
    match action {
        RecorderAction::Keys(arguments) => {
            let mut client = Client::connect(&arguments.asking.remote).await?;
            let request = pb::ListMachinesRequest { recorder_id: arguments.recorder.clone() };
            let answer = client.machines.list_machines(request).await.map_err(|status| refused(&status, voice.language))?;
            let zone = arguments.asking.times.zone;
            let machines = answer.into_inner().machines;
            machines.iter().for_each(|machine| show(machine, voice, |us| zone.show(at(us))));
            if !voice.json {
                sayln!("{} {}", machines.len(), voice.pick("个密钥", "keys"));
            }
            Ok(())
        }
        RecorderAction::Replace(ReplaceRecorder { what, token }) => replace(what, Some(token), voice).await,
        RecorderAction::Revoke(what) => replace(what, None, voice).await,
    }
}

async fn replace(what: &RevokeRecorder, token_file: Option<&Path>, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&what.remote).await?;
    let (recorder_id, reason) = (what.recorder.clone(), what.reason.clone());
    let request = pb::ReplaceMachineRequest { recorder_id, reason, for_good: token_file.is_none() };
    let answer = client.machines.replace_machine(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if let Some(path) = token_file {
        write_whole(path, format!("{}\n", answer.token).as_bytes(), 0o600)?;
    }
    if voice.json {
        voice.line(&json!({ "recorder_id": what.recorder, "revoked": true, "token_file": token_file }));
        return Ok(());
    }
    sayln!("{}", voice.pick("密钥已吊销，立即生效", "its keys are revoked, at once"));
    if let Some(path) = token_file {
        let what = voice.pick("新设备用此一次性令牌接入", "the one-time token for what takes its place");
        sayln!("{what}  {}", path.display());
    }
    Ok(())
}

fn show(machine: &pb::Machine, voice: Voice, time: impl Fn(i64) -> String) {
    if voice.json {
        voice.line(&json!({
            "key": machine.key, "recorder_id": machine.recorder_id, "version": machine.version, "serial": machine.serial,
            "until_us": machine.until_us, "revoked_us": machine.revoked_us,
        }));
        return;
    }
    let state = match machine.revoked_us {
        Some(at) => format!("{} {}", voice.pick("已吊销", "revoked"), time(at)),
        None => format!("{} {}", voice.pick("有效期至", "until"), time(machine.until_us)),
    };
    sayln!("{}  {}{}  {state}", machine.key, voice.pick("第", "#"), machine.version);
}
