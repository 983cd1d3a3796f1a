//! The completeness of a volume: which categories of records a batch must have, and which are there.
//!
//! In: a [`View`] of a batch with its sessions. Out: a line for each category. Always: a category that a batch has
//! nothing of is not wanted. Not here: which categories a kind of organisation asks for, which is data of the packs.

use super::View;
use crate::fact::words::{Assessment, Medium, RecordCategory, Subject};
use crate::words::OrganizationKind;

/// A category of records in the volume of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub category: RecordCategory,
    /// Whether the batch has anything of it.
    pub wanted: bool,
    /// How many records of it are filed.
    pub filed: usize,
    /// Whether one of them counts.
    pub there: bool,
}

impl Line {
    /// Whether it must be filed before the batch is closed.
    pub const fn is_missing(&self) -> bool {
        self.wanted && !self.there
    }
}

impl View {
    /// A line for each of these categories.
    pub fn volume<'a>(&'a self, categories: &'a [RecordCategory]) -> impl Iterator<Item = Line> + 'a {
        categories.iter().map(|category| {
            let filed = self.batch.records.of(*category).count();
            let there = self.batch.records.of(*category).any(|record| self.counts(*category, record.medium));
            Line { category: *category, wanted: self.applies(*category), filed, there }
        })
    }

    /// Whether a batch has anything of a category: no log of a computer where nothing is examined by computer, and so on.
    fn applies(&self, category: RecordCategory) -> bool {
        let batch = &self.batch;
        // What is assessed in a process, or recognised at once, may have no session (B15, B16).
        let by_sessions =
            !self.sessions.is_empty() || batch.plan.as_ref().is_none_or(|plan| plan.assessment == Assessment::Result);
        match category {
            RecordCategory::ComputerLog => batch.plan.iter().flat_map(|plan| &plan.subjects).any(|subject| subject.by_computer),
            RecordCategory::AppraisalMaterial => batch.subjects().any(|subject| subject == Subject::ComprehensiveAppraisal),
            RecordCategory::IssueRoster => batch.certificates.issued().next().is_some(),
            RecordCategory::PublicNotice => !batch.notices.posted.is_empty(),
            RecordCategory::SignInSheet | RecordCategory::ExamPaper | RecordCategory::Footage => by_sessions,
            _ => true,
        }
    }

    /// Pictures stand for footage in an enterprise only, where a room was exempt and traces were kept (E七(二), C7).
    fn counts(&self, category: RecordCategory, medium: Medium) -> bool {
        let exempt =
            self.kind == OrganizationKind::Enterprise && self.sessions.values().any(|session| !session.traces.is_empty());
        category != RecordCategory::Footage || medium != Medium::Pictures || exempt
    }
}
