//! `liuhen neighbour`: at a neighbouring system, how its key comes by a certificate, and keeps it.

use anyhow::{Context as _, Result};
use liuhen_proto::Sha256;
use liuhen_proto::world::{Clock as _, SystemClock};
use serde_json::json;

use super::{Voice, at};
use crate::arguments::{EnrolNeighbour, NeighbourAction, NeighbourOf, RenewNeighbour};
use crate::moment::Zone;
use crate::neighbour::{Enrolled, Folder, enrol, renew, token};
use crate::say::sayln;

pub(crate) async fn run(arguments: &NeighbourOf, voice: Voice) -> Result<()> {
    match &arguments.action {
        NeighbourAction::Enrol(arguments) => enrols(arguments, voice).await,
        NeighbourAction::Renew(arguments) => renews(arguments, voice).await,
    }
}

async fn enrols(arguments: &EnrolNeighbour, voice: Voice) -> Result<()> {
    let pin: Sha256 =
        arguments.centre_sha256.parse().context("--centre-sha256 must be 64 hex digits, as the server prints them")?;
    let (folder, token) = (Folder::at(&arguments.directory), token(&arguments.token_file)?);
    let enrolled = enrol(&folder, arguments.key, (&arguments.centre, pin), &token).await?;
    show(&enrolled, &folder, true, voice);
    Ok(())
}

async fn renews(arguments: &RenewNeighbour, voice: Voice) -> Result<()> {
    let folder = Folder::at(&arguments.directory);
    match renew(&folder, arguments.always, SystemClock.now()).await? {
        Some(enrolled) => show(&enrolled, &folder, true, voice),
        None => show(&folder.enrolled()?.context("it was enrolled just now")?, &folder, false, voice),
    }
    Ok(())
}

fn show(it: &Enrolled, folder: &Folder, made: bool, voice: Voice) {
    let directory = folder.path().display();
    if voice.json {
        let path = folder.path();
        voice.line(&json!({
            "neighbour_id": it.neighbour_id, "made": made, "from_us": it.from_us, "until_us": it.until_us, "directory": path,
        }));
        return;
    }
    let state = if made { voice.pick("证书已签发", "certificate made") } else { voice.pick("尚未到期", "not due yet") };
    let until = Zone::default().show(at(it.until_us));
    sayln!("{}  {state}  {} {until}  {directory}", it.neighbour_id, voice.pick("有效期至", "until"));
}
