//! What was told of a case, and every change from a place of the log on.

use anyhow::Result;
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::{json_findings, show_findings};
use crate::arguments::{Events, Facts};
use crate::client::{Client, refused};
use crate::command::{Voice, at};
use crate::moment::Zone;
use crate::say::sayln;

/// So many are asked for at once: the most that are answered.
const PAGE: usize = 1000;

pub(crate) async fn facts(arguments: &Facts, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let mut after = arguments.after;
    loop {
        let request = pb::ListFactsRequest { case_id: arguments.of.clone(), after, limit: PAGE as u32 };
        let page = client.process.list_facts(request).await.map_err(|status| refused(&status, voice.language))?;
        let page = page.into_inner().facts;
        for fact in &page {
            if voice.json { voice.line(&json(fact)) } else { show(fact, arguments.times.zone, voice) }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = last.number,
            _ => return Ok(()),
        }
    }
}

fn json(fact: &pb::FactSummary) -> Value {
    let source = fact.source.as_ref().map(|it| json!({ "system": it.system, "id": it.id }));
    json!({
        "fact_id": fact.fact_id, "number": fact.number, "kind": fact.kind, "at_us": fact.at_us, "occurred_us": fact.occurred_us,
        "provisional": fact.provisional, "by": fact.by, "breach": fact.breach, "source": source,
        "findings": json_findings(&fact.findings),
    })
}

fn show(fact: &pb::FactSummary, zone: Zone, voice: Voice) {
    let provisional = if fact.provisional { voice.pick("（设备时间）", " (a device's time)") } else { "" };
    let breach = if fact.breach { voice.pick("  违规登记", "  told as a breach") } else { "" };
    let source = fact.source.as_ref().map(|it| format!("  {}:{}", it.system, it.id)).unwrap_or_default();
    let when = zone.show(at(fact.occurred_us));
    sayln!("#{} {when}{provisional}  {}  {}{source}{breach}", fact.number, fact.kind, fact.by);
    show_findings(&fact.findings, voice);
}

/// One CloudEvent a line, until it is ended.
pub(crate) async fn events(arguments: &Events, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::WatchEventsRequest { from: arguments.from_index, case_id: arguments.of.clone() };
    let mut events = client.process.watch_events(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    while let Some(event) = events.message().await.map_err(|status| refused(&status, voice.language))? {
        sayln!("{}", event.event);
    }
    Ok(())
}
