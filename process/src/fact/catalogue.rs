//! What is told of the catalogue of violations (违纪违规) that an organisation goes by.

use liuhen_proto::Sha256;
use serde::{Deserialize, Serialize};

use super::words::ViolationSubject;
use crate::calendar::Date;
use crate::text::Text;

/// An item of a catalogue of violations (违纪违规).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueItem {
    /// Names it within the catalogue, `2.7` for instance.
    pub code: Text<60>,
    /// How grave: 1 to 4, which is the gravest.
    pub tier: u32,
    /// Whose.
    pub subject: ViolationSubject,
    /// What is forbidden, in Chinese.
    pub chinese: Text<400>,
    /// The same in English.
    pub english: Text<400>,
    /// What follows, in Chinese.
    pub consequence_chinese: Text<400>,
    /// The same in English.
    pub consequence_english: Text<400>,
    /// Where it is written.
    pub source: Text<200>,
    /// It is to be reported to the police (S四(四)2(2)).
    #[serde(default)]
    pub police: bool,
}

/// A later or another catalogue of violations holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueAdopted {
    /// What it is called.
    pub name: Text<40>,
    /// Its version, from 1.
    pub version: u32,
    /// The catalogue that it adds to and changes; nothing where it stands by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Text<60>>,
    /// Its first day.
    pub adopted_on: Date,
    /// The document that it comes from.
    pub source: Text<200>,
    /// The file.
    pub document_sha256: Sha256,
    /// Its items; one with the code of an item of the base takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<CatalogueItem>,
}
