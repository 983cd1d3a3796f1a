//! `liuhen refusals`: what was tried, and refused.

use anyhow::Result;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, at};
use crate::arguments::Asking;
use crate::client::{Client, refused};
use crate::say::sayln;

pub(crate) async fn run(arguments: &Asking, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let answer = client.review.list_refusals(pb::ListRefusalsRequest { limit: 0 }).await;
    let answer = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let refusals: Vec<_> = answer.refusals.iter().map(json).collect();
        voice.line(&json!({ "refusals": refusals, "truncated": answer.truncated }));
        return Ok(());
    }
    for refusal in &answer.refusals {
        let who = if refusal.name.is_empty() { &refusal.subject } else { &refusal.name };
        let (when, what) = (arguments.times.zone.show(at(refusal.at_us)), voice.pick(words(refusal).0, words(refusal).1));
        sayln!("{when}  {what}  ×{}  {who}  {}", refusal.tries, refusal.origin);
    }
    let more = if answer.truncated { " …" } else { "" };
    sayln!("{} {}{more}", answer.refusals.len(), voice.pick("条拒绝记录", "refusals"));
    Ok(())
}

fn words(refusal: &pb::Refusal) -> (&'static str, &'static str) {
    match refusal.kind() {
        pb::RefusalKind::UnknownAddress => ("未知播放地址", "unknown address"),
        pb::RefusalKind::EndedAddress => ("播放地址已失效", "address that is over"),
        pb::RefusalKind::SharedAddress => ("他人的播放地址", "somebody else's address"),
        pb::RefusalKind::AlteredAddress => ("被改动的播放地址", "altered address"),
        pb::RefusalKind::Login => ("登录失败", "login"),
        pb::RefusalKind::Machine => ("录像机或外部系统接入失败", "recorder or neighbour"),
        pb::RefusalKind::Fact => ("越权登记", "telling what is not theirs"),
        pb::RefusalKind::CrossSite => ("跨站请求", "request of another page"),
        pb::RefusalKind::Unspecified => ("未知", "unknown"),
    }
}

fn json(refusal: &pb::Refusal) -> serde_json::Value {
    let kind = refusal.kind().as_str_name().trim_start_matches("REFUSAL_KIND_").to_lowercase();
    json!({
        "refusal_id": refusal.refusal_id, "kind": kind, "subject": refusal.subject, "whose": refusal.whose,
        "name": refusal.name, "origin": refusal.origin, "tries": refusal.tries, "at_us": refusal.at_us,
    })
}
