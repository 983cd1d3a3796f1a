//! Findings that were let pass.
//!
//! Always: a waiver covers the findings that stood when it was given. The same thing found again later, on new facts,
//! stands again.

use std::collections::BTreeMap;

use super::Unfit;
use crate::fact::Fact;
use crate::finding::Finding;

/// How many findings stood when somebody last let a rule pass about a thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waived(BTreeMap<(String, String), usize>);

impl Waived {
    /// Whether there is something to let pass that somebody may let pass.
    pub(super) fn check(findings: &[Finding], fact: &Fact) -> Result<(), Unfit> {
        let Some((rule, about)) = fact.waives() else { return Ok(()) };
        let field = format!("{}.rule", fact.kind());
        match findings.iter().rfind(|finding| finding.key() == (rule, about)) {
            Some(finding) if finding.waiver.is_none() => {
                Err(Unfit::wrong(field, "nobody may let this finding pass", "该问题不得豁免"))
            }
            Some(_) => Ok(()),
            None => Err(Unfit::unknown(field, rule, "the findings of the case about that")),
        }
    }

    pub(super) fn take(&mut self, findings: &[Finding], fact: &Fact) {
        if let Some((rule, about)) = fact.waives() {
            self.0.insert((rule.to_owned(), about.to_owned()), findings.len());
        }
    }

    /// All findings, each with whether it was let pass.
    pub fn mark<'a>(&'a self, findings: &'a [Finding]) -> impl Iterator<Item = (&'a Finding, bool)> {
        findings.iter().enumerate().map(|(place, finding)| {
            let until = self.0.get(&(finding.rule.clone(), finding.about.clone()));
            (finding, until.is_some_and(|until| place < *until))
        })
    }
}
