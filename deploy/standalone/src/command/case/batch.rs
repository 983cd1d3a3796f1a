//! How far a batch is: its plan, its documents, its candidates by number, what was found, and what is due when.

use anyhow::Result;
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::{json_findings, results, show_findings, word};
use crate::client::{Client, refused};
use crate::command::{Voice, hex};
use crate::say::sayln;

pub(super) async fn run(client: &mut Client, batch_id: &str, voice: Voice) -> Result<()> {
    let request = pb::GetBatchStateRequest { batch_id: batch_id.to_owned() };
    let state = client.process.get_batch_state(request).await.map_err(|status| refused(&status, voice.language))?;
    let state = state.into_inner();
    if voice.json {
        voice.line(&json(batch_id, &state));
    } else {
        show(batch_id, &state, voice);
    }
    Ok(())
}

fn slots(slots: impl Iterator<Item = pb::DocumentSlot>) -> Vec<String> {
    slots.map(|slot| word(slot.as_str_name(), "DOCUMENT_SLOT_")).collect()
}

fn json(batch_id: &str, state: &pb::GetBatchStateResponse) -> Value {
    let deadline = |it: &pb::Deadline| {
        json!({
            "what": it.what, "clause": it.clause, "due_on": it.due_on, "days_left": it.days_left, "state": it.state,
            "provisional_years": it.provisional_years,
        })
    };
    json!({
        "batch_id": batch_id, "name": state.name, "pack": state.pack, "facts": state.facts,
        "plan_filed_on": state.plan_filed_on, "plan_confirmed_on": state.plan_confirmed_on,
        "documents": slots(state.documents()), "documents_missing": slots(state.documents_missing()),
        "candidates": state.candidates, "candidates_approved": state.candidates_approved,
        "roster_version": state.roster_version, "roster_sha256": hex(&state.roster_sha256),
        "results": state.results.as_ref().map(results::json),
        "findings": json_findings(&state.findings), "deadlines": state.deadlines.iter().map(deadline).collect::<Vec<_>>(),
    })
}

fn show(batch_id: &str, state: &pb::GetBatchStateResponse, voice: Voice) {
    sayln!("{batch_id}  {}  {}", state.name, state.pack);
    let filed = voice.pick("方案报备、确认日期", "plan filed, confirmed on");
    sayln!("{filed}: {}, {}", or_dash(&state.plan_filed_on), or_dash(&state.plan_confirmed_on));
    let candidates = voice.pick("考生（其中审核通过）", "candidates, of whom approved");
    sayln!("{candidates}: {} ({})", state.candidates, state.candidates_approved);
    let missing = slots(state.documents_missing());
    if !missing.is_empty() {
        sayln!("{}: {}", voice.pick("缺少资料", "documents missing"), missing.join(", "));
    }
    if let Some(results) = &state.results {
        results::show(results, voice);
    }
    show_findings(&state.findings, voice);
    for it in &state.deadlines {
        let what = voice.pick(&it.chinese, &it.what);
        // Without the table of a year a day off may lie before it.
        let provisional = if it.provisional_years.is_empty() { "" } else { voice.pick("（暂定）", " (provisional)") };
        sayln!("  {}{provisional}  {what} [{}]  {}", it.due_on, it.clause, standing(&it.state, voice));
    }
}

fn or_dash(day: &str) -> &str {
    if day.is_empty() { "—" } else { day }
}

fn standing(state: &str, voice: Voice) -> &str {
    let chinese = match state {
        "open" => "未到期",
        "met" => "已按期完成",
        "missed" => "已逾期",
        _ => "待定",
    };
    voice.pick(chinese, state)
}
