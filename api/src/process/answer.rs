//! Findings, facts and refusals as callers are told of them.

use liuhen_archive::records::{Recorded, Written};
use liuhen_process::case::Waived;
use liuhen_process::deadline::Overdue;
use liuhen_process::finding::{Finding, Severity};
use liuhen_proto::Problem;
use liuhen_proto::wire::session::v1 as pb;

use crate::session::convert;

pub(super) const fn severity(it: Severity) -> pb::Severity {
    match it {
        Severity::Warn => pb::Severity::Warn,
        Severity::Finding => pb::Severity::Finding,
        Severity::Block => pb::Severity::Block,
    }
}

pub(super) fn finding(it: &Finding, waived: bool) -> pb::Finding {
    pb::Finding {
        rule: it.rule.clone(),
        pack: it.pack.clone(),
        clause: it.clause.clone(),
        severity: severity(it.severity).into(),
        about: it.about.clone(),
        facts: it.facts.clone().into_iter().collect(),
        english: it.english.clone(),
        chinese: it.chinese.clone(),
        waiver: it.waiver.clone().unwrap_or_default(),
        waived,
        derived: false,
        provisional: false,
    }
}

/// All findings of a case, each with whether somebody let it pass.
pub(super) fn marked(waived: &Waived, findings: &[Finding]) -> Vec<pb::Finding> {
    waived.mark(findings).map(|(it, waived)| finding(it, waived)).collect()
}

/// A finding that follows from time alone.
pub(super) fn overdue(it: &Overdue) -> pb::Finding {
    pb::Finding { derived: true, provisional: it.provisional, ..finding(&it.finding, false) }
}

pub(super) fn findings<'a>(them: impl IntoIterator<Item = &'a Finding>) -> Vec<pb::Finding> {
    them.into_iter().map(|it| finding(it, false)).collect()
}

pub(super) fn recorded(written: &Written<Recorded>) -> pb::RecordFactResponse {
    let it = &written.value;
    pb::RecordFactResponse {
        fact_id: it.telling.id.to_string(),
        number: it.number,
        occurred_us: it.telling.occurred.as_micros(),
        provisional: it.telling.provisional,
        findings: findings(&it.findings),
        receipt: Some(convert::receipt(&written.receipt)),
        repeated: written.repeated,
    }
}

pub(crate) fn summary(it: &Recorded) -> pb::FactSummary {
    let source = it.source.as_ref().map(|it| pb::Source { system: it.system.to_string(), id: it.id.to_string() });
    pb::FactSummary {
        fact_id: it.telling.id.to_string(),
        number: it.number,
        kind: it.fact.kind().to_string(),
        at_us: it.telling.at.as_micros(),
        occurred_us: it.telling.occurred.as_micros(),
        provisional: it.telling.provisional,
        by: it.by.clone(),
        breach: it.telling.breach.is_some(),
        findings: findings(&it.findings),
        source,
    }
}

pub(super) fn problem(problem: &Problem) -> pb::PushProblem {
    let violation =
        |(path, description): &(String, String)| pb::PushViolation { path: path.clone(), description: description.clone() };
    pb::PushProblem {
        code: problem.code().as_str().to_uppercase(),
        english: problem.message().to_owned(),
        chinese: problem.message_zh().to_owned(),
        violations: problem.violations().iter().map(violation).collect(),
    }
}
