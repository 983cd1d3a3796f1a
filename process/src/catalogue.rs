//! Catalogues of violations (违纪违规): what a violation is called, how grave it is, what follows.
//!
//! In: the default that comes with the program, and what organisations adopt instead. Out: a [`Catalogue`] by name, and
//! its items by code. Always: an item has a tier of 1 to 4; no code stands twice; a published version never changes.
//! Not here: which one holds on a day ([`crate::case::Organization`]), who decides about a violation ([`crate::rule`]).

use std::sync::OnceLock;

use serde::Deserialize;

use crate::fact::catalogue::{CatalogueAdopted, CatalogueItem};

/// The national text is not published as far as we found: a default that an organisation can replace.
const DEFAULT: &str = include_str!("../data/violations/default.v1.toml");

/// How grave a violation can be.
pub(crate) const TIERS: std::ops::RangeInclusive<u32> = 1..=4;

/// A catalogue of violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// With its version: `default@1`.
    pub name: String,
    items: Vec<CatalogueItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: u32,
    items: Vec<CatalogueItem>,
}

impl Catalogue {
    /// The one that comes with the program.
    pub fn embedded() -> &'static Self {
        static READ: OnceLock<Catalogue> = OnceLock::new();
        READ.get_or_init(|| {
            let File { name, version, items } = toml::from_str(DEFAULT).expect("a test reads the catalogue");
            Self { name: format!("{name}@{version}"), items }
        })
    }

    /// What is adopted, over what it adds to: an item of the same code takes the other's place.
    pub(crate) fn over(base: Option<&Self>, adopted: &CatalogueAdopted) -> Self {
        let mut items = base.map_or_else(Vec::new, |base| base.items.clone());
        for item in &adopted.items {
            match items.iter_mut().find(|old| old.code == item.code) {
                Some(old) => *old = item.clone(),
                None => items.push(item.clone()),
            }
        }
        Self { name: name_of(adopted), items }
    }

    /// By its code.
    pub fn item(&self, code: &str) -> Option<&CatalogueItem> {
        self.items.iter().find(|item| item.code.as_str() == code)
    }

    /// All of them, in their order.
    pub fn items(&self) -> &[CatalogueItem] {
        &self.items
    }
}

/// With its version.
pub(crate) fn name_of(adopted: &CatalogueAdopted) -> String {
    format!("{}@{}", adopted.name, adopted.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::words::ViolationSubject;

    #[test]
    fn the_default_reads_and_names_each_violation_once() {
        let catalogue = Catalogue::embedded();
        assert_eq!(catalogue.name, "default@1");
        let mut codes: Vec<_> = catalogue.items().iter().map(|item| item.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), catalogue.items().len());
        assert!(catalogue.items().iter().all(|item| TIERS.contains(&item.tier)));
        for subject in ViolationSubject::ALL {
            assert!(catalogue.items().iter().any(|item| item.subject == *subject), "nothing about {subject}");
        }
    }
}
