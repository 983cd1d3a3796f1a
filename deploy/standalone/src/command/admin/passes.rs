//! `liuhen admin passes`: made from a list, all or none; with a page to print them from.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::session::v1 as session;
use serde_json::json;

use super::badges::page;
use crate::arguments::{Asking, PassAction, WithReason};
use crate::client::{Client, refused};
use crate::command::login::role_word;
use crate::command::{Voice, at};
use crate::moment::Zone;
use crate::say::sayln;

/// The longest list, in bytes: two hundred long names.
const MAX_LIST_BYTES: u64 = 256 * 1024;

pub(super) async fn run(action: &PassAction, voice: Voice) -> Result<()> {
    match action {
        PassAction::Issue { session, list, output, remote } => {
            let mut client = Client::connect(remote).await?;
            issue(&mut client, session, (list, output), voice).await
        }
        PassAction::List { session, asking } => show_all(session, asking, voice).await,
        PassAction::Revoke(arguments) => revoke(arguments, voice).await,
    }
}

async fn issue(client: &mut Client, session: &str, (list, output): (&Path, &Path), voice: Voice) -> Result<()> {
    let request = session::GetSessionRequest { session_id: session.to_owned() };
    let found = client.sessions.get_session(request).await.map_err(|status| refused(&status, voice.language))?;
    let found = found.into_inner().session.context("the server's answer lacks the session")?;
    let request = session::GetSiteRequest { site_id: found.site_id.clone() };
    let layout = client.sessions.get_site(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    let passes = read(list, &layout.rooms)?;
    // The page first: where it cannot be written, no pass is made that nobody could hand out.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(output);
    let file = file.as_mut().map_err(|error| anyhow::anyhow!("make {}: {error}", output.display()))?;
    let request = pb::IssuePassesRequest { session_id: session.to_owned(), passes: passes.clone() };
    let issued = match client.people.issue_passes(request).await {
        Ok(answer) => answer.into_inner().passes,
        Err(status) => {
            // It is empty, and ours.
            let _ = std::fs::remove_file(output);
            return Err(refused(&status, voice.language));
        }
    };
    let names: Vec<_> = passes.iter().map(|pass| pass.name.as_str()).collect();
    let room = |id: &str| layout.rooms.iter().find(|room| room.room_id == id).map_or(id, |room| room.name.as_str()).to_owned();
    file.write_all(page(&found.name, &names, &issued, room)?.as_bytes())
        .with_context(|| format!("write {}", output.display()))?;
    if voice.json {
        voice.line(&json!({ "passes": issued.iter().filter_map(|issued| issued.pass.as_ref()).map(json_pass).collect::<Vec<_>>(), "page": output }));
    } else {
        sayln!("{} {}", issued.len(), voice.pick("张通行证已签发", "passes were made"));
        sayln!(
            "{}  {}",
            voice.pick(
                "请打印，PIN 与证件分开发放，打印后删除此文件",
                "print it, hand PINs over apart from badges, then remove it"
            ),
            output.display()
        );
    }
    Ok(())
}

/// `NAME,ROOM` or `NAME,ROOM,ROLE`, one a line; every wrong line is named.
fn read(path: &Path, rooms: &[session::Room]) -> Result<Vec<pb::NewPass>> {
    let size = std::fs::metadata(path).with_context(|| format!("read {}", path.display()))?.len();
    ensure!(size <= MAX_LIST_BYTES, "{} is too long for a list of passes", path.display());
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let (passes, wrong) = read_lines(&text, rooms);
    if !wrong.is_empty() {
        bail!("{}: {}", path.display(), wrong.join("; "));
    }
    ensure!(!passes.is_empty(), "{} names nobody: write NAME,ROOM, one a line · 名单为空", path.display());
    Ok(passes)
}

fn read_lines(text: &str, rooms: &[session::Room]) -> (Vec<pb::NewPass>, Vec<String>) {
    let (mut passes, mut wrong) = (Vec::new(), Vec::new());
    for (place, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match read_line(line, rooms) {
            Ok(pass) => passes.push(pass),
            Err(error) => wrong.push(format!("line {}: {error}", place + 1)),
        }
    }
    (passes, wrong)
}

fn read_line(line: &str, rooms: &[session::Room]) -> Result<pb::NewPass> {
    // People write either comma.
    let mut fields = line.split([',', '，']).map(str::trim);
    let (name, room, role) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default(), fields.next());
    ensure!(fields.next().is_none() && !name.is_empty() && !room.is_empty(), "write NAME,ROOM or NAME,ROOM,examiner");
    let named: Vec<_> = rooms.iter().filter(|known| known.room_id == room || known.name == room).collect();
    let room_id = match named.as_slice() {
        [one] => one.room_id.clone(),
        [] => bail!("there is no room {room:?} at this site"),
        _ => bail!("several rooms are called {room:?}: give the id"),
    };
    let role = match role {
        None | Some("invigilator" | "监考" | "监考人员") => pb::Role::Invigilator,
        Some("examiner" | "考评员") => pb::Role::Examiner,
        Some(other) => bail!("{other:?} is neither invigilator nor examiner"),
    };
    Ok(pb::NewPass { name: name.to_owned(), role: role.into(), room_id })
}

async fn show_all(session: &str, asking: &Asking, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&asking.remote).await?;
    let request = pb::ListPassesRequest { session_id: session.to_owned() };
    let answer = client.people.list_passes(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    answer.passes.iter().for_each(|pass| show(pass, asking.times.zone, voice));
    if !voice.json {
        sayln!("{} {}", answer.passes.len(), voice.pick("张通行证", "passes"));
    }
    Ok(())
}

fn show(pass: &pb::Pass, zone: Zone, voice: Voice) {
    if voice.json {
        return voice.line(&json_pass(pass));
    }
    let state = match (pass.revoked_us, pass.used_us) {
        (Some(revoked), _) => format!("{} {}", voice.pick("已收回", "ended"), zone.show(at(revoked))),
        (None, Some(used)) => format!("{} {}", voice.pick("首次使用", "used since"), zone.show(at(used))),
        (None, None) => voice.pick("未使用", "not used yet").to_owned(),
    };
    sayln!("{}  {}  {}  {}  {state}", pass.id, pass.name, role_word(pass.role()), pass.room_id);
}

fn json_pass(pass: &pb::Pass) -> serde_json::Value {
    json!({
        "id": pass.id, "person": pass.person_id, "name": pass.name, "role": role_word(pass.role()), "room": pass.room_id,
        "session": pass.session_id, "until_us": pass.until_us, "revoked_us": pass.revoked_us, "used_us": pass.used_us,
    })
}

async fn revoke(arguments: &WithReason, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::RevokePassRequest { pass_id: arguments.id.clone(), reason: arguments.reason.clone() };
    let answer = client.people.revoke_pass(request).await.map_err(|status| refused(&status, voice.language))?;
    show(&answer.into_inner().pass.unwrap_or_default(), Zone::default(), voice);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_every_wrong_line_named() {
        let room = |id: &str, name: &str| session::Room { room_id: id.into(), name: name.into(), ..Default::default() };
        let rooms = [room("room_1", "第一考场"), room("room_2", "第二考场"), room("room_3", "第二考场")];
        let (passes, wrong) = read_lines("\u{feff}# 名单\n王芳，第一考场\n\n李雷, room_2 , examiner\n", &rooms);
        assert_eq!(wrong, [""; 0]);
        assert_eq!(passes[0].name, "王芳");
        assert_eq!((passes[1].room_id.as_str(), passes[1].role()), ("room_2", pb::Role::Examiner));
        let (passes, wrong) = read_lines("王芳\n李雷,第三考场\n韩梅,第二考场\n,room_1\n赵四,room_1,king\n钱五,room_1", &rooms);
        assert_eq!((passes.len(), wrong.len()), (1, 5));
        assert!(wrong[1].starts_with("line 2: there is no room") && wrong[2].contains("several"), "{wrong:?}");
    }
}
