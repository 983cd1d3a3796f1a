//! What a rule finds: which, about what, on which facts, and who may let it pass.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What follows where a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is told, and that is all.
    Warn,
    /// It stands as a finding until somebody deals with it.
    Finding,
    /// Permission is refused. What happened all the same can be recorded as a breach.
    Block,
}

impl Severity {
    /// As it stands in packs and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Finding => "finding",
            Self::Block => "block",
        }
    }
}

/// What a rule has to say of one thing, before a pack has told how much it weighs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What it is about: an id, a room, a document slot.
    pub about: String,
    /// The facts, by name: never a name or a number of a person.
    pub facts: BTreeMap<&'static str, String>,
    /// What is wrong and what to do next, in English.
    pub english: String,
    /// The same in Chinese.
    pub chinese: String,
}

impl Broken {
    /// Something wrong about a thing.
    pub fn about(about: impl ToString, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { about: about.to_string(), facts: BTreeMap::new(), english: english.into(), chinese: chinese.into() }
    }

    /// With a fact that it rests on.
    #[must_use]
    pub fn because(mut self, name: &'static str, fact: impl ToString) -> Self {
        self.facts.insert(name, fact.to_string());
        self
    }
}

/// A broken rule, weighed by a pack. Once recorded it never changes, whatever later versions of the pack say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule, `P2.few` for instance; what stands before the dot is the row of the requirements.
    pub rule: String,
    /// Name and version of the pack, with its overlays: `social_org@1+zaozhuang-2024@1`.
    pub pack: String,
    /// Where it is written, `S四(三)1` for instance.
    pub clause: String,
    /// What follows.
    pub severity: Severity,
    /// What it is about.
    pub about: String,
    /// The facts.
    pub facts: BTreeMap<String, String>,
    /// In English.
    pub english: String,
    /// In Chinese.
    pub chinese: String,
    /// Who may let it pass; nobody where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
}

impl Finding {
    /// Names it within its case: the same thing is not found twice.
    pub fn key(&self) -> (&str, &str) {
        (&self.rule, &self.about)
    }
}
