//! What is known of an organisation.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::StaffId;

use super::Unfit;
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::organization::{AnnouncementPublished, ScopeFiled, StaffRegistered};
use crate::fact::parts::DateRange;
use crate::fact::words::Level;
use crate::finding::Finding;

/// An organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// When it was on file, each filing.
    pub filings: Vec<DateRange>,
    /// What it may certify.
    pub scopes: Vec<ScopeFiled>,
    /// What it announced, newest last.
    pub announcements: Vec<AnnouncementPublished>,
    /// Who serves.
    pub staff: BTreeMap<StaffId, StaffRegistered>,
    /// What rules found.
    pub findings: Vec<Finding>,
    /// The numbers of its filings: those of 13 characters begin its certificates' numbers.
    pub codes: BTreeSet<String>,
    /// Years of which the summary was handed in, with the day.
    pub summaries: BTreeMap<u32, Date>,
}

impl DateRange {
    /// Whether a day lies in it.
    pub fn holds(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    pub(super) fn check(&self, field: &str) -> Result<(), Unfit> {
        if self.first <= self.last {
            return Ok(());
        }
        let english = format!("the last day {} is before the first day {}", self.last, self.first);
        Err(Unfit::wrong(field, english, format!("结束日期 {} 早于开始日期 {}", self.last, self.first)))
    }
}

impl Organization {
    pub(super) fn apply(&mut self, fact: &Fact, findings: &[Finding]) -> Result<(), Unfit> {
        match fact {
            Fact::BodyFiled(it) => {
                it.valid.check("body_filed.valid")?;
                self.filings.push(it.valid.clone());
                self.codes.insert(it.number.to_string());
            }
            Fact::ScopeFiled(it) => {
                it.valid.check("scope_filed.valid")?;
                self.scopes.push(it.clone());
            }
            Fact::AnnouncementPublished(it) => self.announcements.push(it.clone()),
            Fact::StaffRegistered(it) => {
                self.staff.insert(it.staff, it.clone());
            }
            Fact::SummaryFiled(it) => {
                if !(2000..=2100).contains(&it.year) {
                    return Err(Unfit::wrong("summary_filed.year", "must be a year of this century", "年度有误"));
                }
                self.summaries.insert(it.year, it.filed_on);
            }
            _ => unreachable!("only facts of organisations come here"),
        }
        self.findings.extend_from_slice(findings);
        Ok(())
    }

    /// Whether it may certify an occupation at a level on a day.
    pub fn may_certify(&self, occupation: &str, level: Level, day: Date) -> bool {
        let holds = |scope: &ScopeFiled| {
            scope.occupation.code.as_str() == occupation && scope.levels.contains(&level) && scope.valid.holds(day)
        };
        self.scopes.iter().any(holds)
    }
}
