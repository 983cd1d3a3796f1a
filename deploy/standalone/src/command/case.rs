//! `liuhen state`, `liuhen facts` and `liuhen events`: how far a session or a batch is, what was told of it, and what
//! happens from now on. Names are masked, here as in every answer.

mod batch;
mod facts;
mod results;
mod session;

pub(crate) use facts::{events, facts};

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::Voice;
use crate::arguments::State;
use crate::client::Client;
use crate::say::sayln;

pub(crate) async fn state(arguments: &State, voice: Voice) -> Result<()> {
    let (of, zone) = (arguments.of.as_str(), arguments.times.zone);
    let prefix = of.split('_').next().unwrap_or_default();
    if !["ses", "bat"].contains(&prefix) {
        bail!("`{of}` is neither a session (ses_…) nor a batch (bat_…) · 请给出场次（ses_…）或批次（bat_…）编号");
    }
    let mut client = Client::connect(&arguments.remote).await?;
    match prefix {
        "ses" => session::run(&mut client, of, zone, voice).await,
        _ => batch::run(&mut client, of, voice).await,
    }
}

/// `theory` of `SUBJECT_THEORY`.
fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

fn severity(finding: &pb::Finding) -> (&'static str, &'static str, &'static str) {
    match finding.severity() {
        pb::Severity::Block => ("block", "阻断", "block"),
        pb::Severity::Finding => ("finding", "问题", "finding"),
        pb::Severity::Warn | pb::Severity::Unspecified => ("warn", "提示", "warning"),
    }
}

fn json_finding(finding: &pb::Finding) -> Value {
    // In a fixed order, so that two answers can be held against each other.
    let facts: BTreeMap<_, _> = finding.facts.iter().collect();
    json!({
        "rule": finding.rule, "clause": finding.clause, "pack": finding.pack, "severity": severity(finding).0,
        "about": finding.about, "facts": facts, "chinese": finding.chinese, "english": finding.english,
        "waiver": finding.waiver, "waived": finding.waived,
    })
}

pub(super) fn json_findings(findings: &[pb::Finding]) -> Vec<Value> {
    findings.iter().map(json_finding).collect()
}

/// A line for each, with the clause, and who may let it pass.
pub(super) fn show_findings(findings: &[pb::Finding], voice: Voice) {
    for finding in findings {
        let (_, chinese, english) = severity(finding);
        let passed = match (finding.waived, finding.waiver.as_str()) {
            (true, _) => voice.pick("  已准予通过", "  let pass").to_owned(),
            (false, "") => String::new(),
            (false, who) => format!("  {} {who}", voice.pick("可由其准予通过：", "may be let pass by")),
        };
        let text = voice.pick(&finding.chinese, &finding.english);
        sayln!("  {}  {} [{}]  {text}{passed}", voice.pick(chinese, english), finding.rule, finding.clause);
    }
}
