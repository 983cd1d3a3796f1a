//! `liuhen entries`: the custody log as it is written. One line for each entry; with `--json` one object.

use anyhow::{Context as _, Result};
use liuhen_proto::custody::{Envelope, Value};
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, hex};
use crate::arguments::Entries;
use crate::client::{Client, refused};
use crate::moment::Zone;
use crate::say::sayln;

/// So many are asked for at once.
const PAGE: u64 = 1000;

pub(crate) async fn run(arguments: &Entries, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let mut left = arguments.limit.unwrap_or(u64::MAX);
    let mut from = arguments.from_index;
    loop {
        let limit = u32::try_from(left.min(PAGE)).expect("a page is small");
        let request = pb::ListEntriesRequest { subject: arguments.subject.clone(), from_index: from, limit: limit.max(1) };
        let page = client.review.list_entries(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        for entry in page.entries.iter().take(wanted) {
            print(entry, voice)?;
        }
        let got = page.entries.len() as u64;
        left = left.saturating_sub(got);
        // What was written meanwhile belongs to the head that is printed last: who exports the whole log can
        // check its root.
        let behind = |last: u64| arguments.subject.is_empty() && last + 1 < page.tree_size;
        match page.entries.last() {
            Some(last) if left > 0 && (got == u64::from(limit) || behind(last.index)) => from = last.index + 1,
            _ => return head(&page, voice),
        }
    }
}

fn print(entry: &pb::Entry, voice: Voice) -> Result<()> {
    if voice.json {
        let text = std::str::from_utf8(&entry.envelope).context("an entry that is no text")?;
        voice.line(&json!({ "index": entry.index, "envelope": text }));
        return Ok(());
    }
    let envelope = Envelope::from_bytes(&entry.envelope).with_context(|| format!("entry {}", entry.index))?;
    let value = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
    };
    let data: Vec<_> = envelope.data.iter().map(|(name, data)| format!("{name}={}", value(data))).collect();
    let kind = serde_json::to_value(envelope.r#type).context("name the entry")?;
    let kind = kind.as_str().unwrap_or_default().to_owned();
    let when = Zone::default().show(envelope.at);
    sayln!("#{} {when} {kind} {} by {} {}", entry.index, envelope.subject, envelope.by, data.join(" "));
    Ok(())
}

fn head(page: &pb::ListEntriesResponse, voice: Voice) -> Result<()> {
    if voice.json {
        voice.line(&json!({ "tree_size": page.tree_size, "root_hash": hex(&page.root_hash) }));
    } else {
        sayln!("{} {}  {}", voice.pick("日志总条数", "entries in the log"), page.tree_size, hex(&page.root_hash));
    }
    Ok(())
}
