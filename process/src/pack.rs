//! Rule packs: which rules bind a kind of organisation, how much each weighs, and with which numbers.
//!
//! In: versioned data, one file for each guideline and each overlay of a city. Out: a [`Pack`]: a kind of organisation ×
//! guideline + overlays. Always: severity, clause and numbers are data; what a rule looks at is code ([`crate::rule`]).
//! A published version never changes: a change is a new file with the next version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use liuhen_proto::scope::Region;
use serde::Deserialize;

use crate::finding::{Broken, Finding, Severity};
use crate::words::OrganizationKind;

mod parameters;

pub use parameters::{Lots, Parameters};

const SOCIAL_ORG: &str = include_str!("../packs/social_org.v1.toml");
const ENTERPRISE: &str = include_str!("../packs/enterprise.v1.toml");
const TECHNICAL_COLLEGE: &str = include_str!("../packs/technical_college.v1.toml");
const ZAOZHUANG: &str = include_str!("../packs/zaozhuang-2024.v1.toml");

/// How a pack weighs a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// What follows.
    pub severity: Severity,
    /// Where it is written.
    pub clause: String,
    /// Who may let it pass; nobody where it is not set.
    #[serde(default)]
    pub waiver: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guideline {
    name: String,
    version: u32,
    parameters: Parameters,
    rules: BTreeMap<String, Weight>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    name: String,
    version: u32,
    /// Where it binds.
    region: String,
    /// What it adds, by kind of organisation.
    rules: BTreeMap<String, BTreeMap<String, Weight>>,
}

/// Where the one overlay that there is binds; and all packs, plain and with it, by kind of organisation. Read once: a
/// trace of a whole room asks for its pack with each candidate, and a fact with each telling.
static OVERLAY: LazyLock<Overlay> = LazyLock::new(|| toml::from_str(ZAOZHUANG).expect("a test reads every pack"));
static PACKS: LazyLock<Vec<(OrganizationKind, [Pack; 2])>> =
    LazyLock::new(|| OrganizationKind::ALL.iter().map(|kind| (*kind, Pack::read(*kind))).collect());

/// The rules that bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// `social_org@1+zaozhuang-2024@1`
    pub name: String,
    /// The numbers.
    pub parameters: Parameters,
    rules: BTreeMap<String, Weight>,
}

impl Pack {
    /// The newest pack for a kind of organisation at a place.
    pub fn newest(kind: OrganizationKind, region: Option<Region>) -> Self {
        let binds: Region = OVERLAY.region.parse().expect("a test reads every pack");
        let is_overlaid = region.is_some_and(|region| binds.contains(region));
        let (_, [plain, overlaid]) = PACKS.iter().find(|(of, _)| *of == kind).expect("every kind has its packs");
        if is_overlaid { overlaid.clone() } else { plain.clone() }
    }

    /// The pack of that name, as findings and batches name it; nothing where this version does not know it.
    pub fn named(name: &str) -> Option<Self> {
        PACKS.iter().flat_map(|(_, packs)| packs).find(|pack| pack.name == name).cloned()
    }

    /// The pack of a kind of organisation, plain and with the overlay.
    fn read(kind: OrganizationKind) -> [Self; 2] {
        let text = match kind {
            OrganizationKind::SocialOrg => SOCIAL_ORG,
            OrganizationKind::Enterprise => ENTERPRISE,
            OrganizationKind::TechnicalCollege => TECHNICAL_COLLEGE,
        };
        let guideline: Guideline = toml::from_str(text).expect("a test reads every pack");
        let name = format!("{}@{}", guideline.name, guideline.version);
        let plain = Self { name, parameters: guideline.parameters, rules: guideline.rules };
        let mut overlaid = plain.clone();
        overlaid.name = format!("{}+{}@{}", plain.name, OVERLAY.name, OVERLAY.version);
        overlaid.rules.extend(OVERLAY.rules.get(kind.as_str()).cloned().unwrap_or_default());
        [plain, overlaid]
    }

    /// How much a rule weighs; nothing where it does not bind.
    pub fn weight(&self, rule: &str) -> Option<&Weight> {
        self.rules.get(rule)
    }

    /// All rules that bind, in the order of their names.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &Weight)> {
        self.rules.iter().map(|(rule, weight)| (rule.as_str(), weight))
    }

    /// The same pack without a rule.
    #[must_use]
    pub fn without(mut self, rule: &str) -> Self {
        self.rules.remove(rule);
        self
    }

    /// What was found, weighed; nothing where the rule does not bind.
    pub(crate) fn weigh(&self, rule: &str, broken: Broken) -> Option<Finding> {
        let weight = self.weight(rule)?;
        Some(Finding {
            rule: rule.to_owned(),
            pack: self.name.clone(),
            clause: weight.clause.clone(),
            severity: weight.severity,
            about: broken.about,
            facts: broken.facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect(),
            english: broken.english,
            chinese: broken.chinese,
            waiver: weight.waiver.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_reads_and_an_overlay_binds_in_its_city_only() {
        let zaozhuang: Region = "370402".parse().unwrap();
        let jinan: Region = "370102".parse().unwrap();
        for &kind in OrganizationKind::ALL {
            let plain = Pack::newest(kind, Some(jinan));
            let overlaid = Pack::newest(kind, Some(zaozhuang));
            assert_eq!(plain, Pack::newest(kind, None));
            assert_eq!(plain.name, format!("{kind}@1"));
            assert_eq!(overlaid.name, format!("{kind}@1+zaozhuang-2024@1"));
            assert!(plain.weight("A4").is_none() && overlaid.weight("A4").is_some(), "{kind}");
            assert_eq!(overlaid.weight("A5").is_some(), kind != OrganizationKind::TechnicalCollege, "A5 names two kinds");
            assert_eq!(Pack::named(&overlaid.name), Some(overlaid));
        }
        assert_eq!(Pack::named("social_org@0"), None);
    }

    #[test]
    fn every_rule_of_a_pack_is_a_rule_of_the_code_and_bound_somewhere() {
        let mut bound = std::collections::BTreeSet::new();
        for &kind in OrganizationKind::ALL {
            let pack = Pack::newest(kind, Some("370402".parse().unwrap()));
            for (rule, weight) in pack.rules() {
                assert!(crate::rule::RULES.iter().any(|known| known.id == rule), "{kind}: no code for {rule}");
                assert!(!weight.clause.is_empty(), "{kind}: {rule} has no clause");
                bound.insert(rule.to_owned());
            }
        }
        for rule in crate::rule::RULES {
            assert!(bound.contains(rule.id), "no pack binds {}", rule.id);
        }
    }
}
