//! Templates of checklists (检查表) and of the quality supervision form (质量督导表): what they ask, and which answers count.
//!
//! In: versioned data, one file for each version of a form. Out: a [`Template`] by name; whether answers fit it. Always: a
//! published version never changes; which versions are asked for is in the packs; an item of a checklist is named after
//! the row of the requirements that it serves: `F1.notices`. Not here: what follows where an item was found wrong
//! ([`crate::rule`]).

use std::sync::OnceLock;

use serde::Deserialize;

use crate::fact::parts::FormAnswer;
use crate::fact::words::{Answer, Duty, Phase};

mod fits;

pub(crate) use fits::fits;

const FILES: [&str; 3] = [
    include_str!("../data/forms/checklist.v1.toml"),
    include_str!("../data/forms/supervision-internal.v1.toml"),
    include_str!("../data/forms/supervision-external.v1.toml"),
];

/// Who answers a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Those who serve.
    Checklist,
    /// A supervisor.
    Supervision,
}

/// Which supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Internal,
    External,
}

/// What an item asks for besides yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// From 1, which is the worst, to the item's `most`.
    Grade,
    /// How many.
    Count,
    /// In words.
    Text,
}

/// What a form asks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Names it within the template.
    pub id: String,
    /// When it is asked.
    pub phases: Vec<Phase>,
    /// In Chinese.
    pub chinese: String,
    /// In English.
    pub english: String,
    /// Where it is written.
    pub source: String,
    /// It is asked of each room.
    #[serde(default)]
    pub of_room: bool,
    /// A form is not signed without it; a turn that begins without it has a finding.
    #[serde(default)]
    pub needed: bool,
    /// 不适用 may be the answer.
    #[serde(default)]
    pub not_applicable: bool,
    /// A photo belongs to the answer, whatever it is.
    #[serde(default)]
    pub photo: bool,
    /// What else is asked for.
    #[serde(default)]
    pub value: Option<Value>,
    /// The best grade, or the largest number.
    #[serde(default)]
    pub most: Option<u32>,
}

impl Item {
    /// The row of the requirements that an item of a checklist serves.
    pub fn row(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }

    /// Whether this answer, apart from what else is asked for, is one of those that count.
    const fn takes(&self, answer: Answer) -> bool {
        self.not_applicable || !matches!(answer, Answer::NotApplicable)
    }
}

/// A checklist or a supervision form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    name: String,
    version: u32,
    /// Who answers it.
    pub kind: Kind,
    #[serde(default)]
    by: Option<By>,
    /// What it is called, in Chinese.
    pub chinese: String,
    /// In English.
    pub english: String,
    /// What it asks, in its order.
    pub items: Vec<Item>,
}

impl Template {
    /// All versions of all of them, the newest of each name last.
    pub fn all() -> &'static [Self] {
        static READ: OnceLock<Vec<Template>> = OnceLock::new();
        READ.get_or_init(|| FILES.iter().map(|text| toml::from_str(text).expect("a test reads every form")).collect())
    }

    /// By its name and version: `checklist@1`.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|template| template.id() == name)
    }

    /// The checklist that is meant where none is named.
    pub fn newest_checklist() -> Option<&'static Self> {
        Self::all().iter().rfind(|template| template.kind == Kind::Checklist)
    }

    /// Its name and version.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whose form it is; nothing for a checklist.
    pub fn supervisor(&self) -> Option<Duty> {
        self.by.map(|by| match by {
            By::Internal => Duty::SupervisorInternal,
            By::External => Duty::SupervisorExternal,
        })
    }

    /// What it asks in a phase.
    pub fn asked(&self, phase: Phase) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.phases.contains(&phase))
    }

    /// What it needs in a phase and these answers leave out.
    pub fn unanswered(&self, phase: Phase, answers: &[FormAnswer]) -> impl Iterator<Item = &Item> {
        let answered = |item: &&Item| answers.iter().any(|answer| answer.item.as_str() == item.id);
        self.asked(phase).filter(|item| item.needed).filter(move |item| !answered(item))
    }
}

#[cfg(test)]
mod tests;
