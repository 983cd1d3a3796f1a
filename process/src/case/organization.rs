//! What is known of an organisation.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::StaffId;

use super::{Unfit, Waived};
use crate::calendar::Date;
use crate::catalogue::{Catalogue, TIERS, name_of};
use crate::fact::Fact;
use crate::fact::catalogue::CatalogueAdopted;
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
    /// Catalogues of violations that it adopted, with their first days, newest last.
    pub catalogues: Vec<(Date, Catalogue)>,
    /// What rules found.
    pub findings: Vec<Finding>,
    /// Findings that were let pass.
    pub waived: Waived,
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
            Fact::CatalogueAdopted(it) => {
                let catalogue = self.adopted(it)?;
                self.catalogues.push((it.adopted_on, catalogue));
            }
            Fact::OrganizationFindingWaived(_) => {
                Waived::check(&self.findings, fact)?;
                self.waived.take(&self.findings, fact);
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

    /// What a catalogue becomes over its base.
    fn adopted(&self, it: &CatalogueAdopted) -> Result<Catalogue, Unfit> {
        let named = |name: &str| {
            let adopted = self.catalogues.iter().map(|(_, catalogue)| catalogue);
            adopted.chain([Catalogue::embedded()]).find(|catalogue| catalogue.name == name)
        };
        let is_name = it.name.as_str().bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_name || it.version == 0 {
            let english = "a catalogue has a name of a-z, 0-9 and -, and a version from 1";
            return Err(Unfit::wrong("catalogue_adopted.name", english, "目录名称须由 a-z、0-9、- 组成，版本从 1 开始"));
        }
        if named(&name_of(it)).is_some() {
            let english = "is known already: a change is another version";
            return Err(Unfit::wrong("catalogue_adopted.version", english, "该版本目录已登记；如有变动请用新版本号"));
        }
        let base = match &it.base {
            Some(base) => {
                let known = named(base.as_str());
                Some(known.ok_or_else(|| Unfit::unknown("catalogue_adopted.base", base, "the catalogues of the organisation"))?)
            }
            None => None,
        };
        for (place, item) in it.items.iter().enumerate() {
            let field = format!("catalogue_adopted.items[{place}]");
            if !TIERS.contains(&item.tier) {
                return Err(Unfit::wrong(field + ".tier", "a violation is of tier 1 to 4", "违纪违规等级为 1 至 4"));
            }
            if it.items[..place].iter().any(|other| other.code == item.code) {
                let english = format!("code {} stands there twice", item.code);
                return Err(Unfit::wrong(field + ".code", english, format!("条目 {} 重复", item.code)));
            }
        }
        if it.items.is_empty() && base.is_none() {
            return Err(Unfit::wrong("catalogue_adopted.items", "a catalogue has items", "目录至少有一个条目"));
        }
        Ok(Catalogue::over(base, it))
    }

    /// The catalogue of that name, or the one that holds on a day: what was adopted last, else the default.
    pub fn catalogue(&self, name: Option<&str>, day: Date) -> Option<&Catalogue> {
        let known = || self.catalogues.iter().rev();
        let found = match name {
            Some(name) => {
                let adopted = known().map(|(_, catalogue)| catalogue).find(|catalogue| catalogue.name == name);
                return adopted.or_else(|| Some(Catalogue::embedded()).filter(|catalogue| catalogue.name == name));
            }
            None => known().find(|(first, _)| *first <= day).map(|(_, catalogue)| catalogue),
        };
        Some(found.unwrap_or_else(|| Catalogue::embedded()))
    }

    /// Whether it may certify an occupation at a level on a day.
    pub fn may_certify(&self, occupation: &str, level: Level, day: Date) -> bool {
        let holds = |scope: &ScopeFiled| {
            scope.occupation.code.as_str() == occupation && scope.levels.contains(&level) && scope.valid.holds(day)
        };
        self.scopes.iter().any(holds)
    }
}
