//! THE AUDITOR'S TOOL. Small, offline, links the language and nothing else of ours.
//!
//! In: files that the operator hands over. Out: a verdict that names every thing and what is wrong with it.
//! - [`segment`]: a segment's object against its manifest, fragment by fragment, and the recorder's signatures;
//! - [`import`]: what was declared about an imported file: every signature, and the file itself;
//! - [`log`]: the entries of a custody log, or of one subject: its tree and its chains;
//! - [`proof`]: a log's signed checkpoint, that entries are in it, and that it continues an earlier one.
//!
//! Always: what is read is streamed, every size is bounded, nothing is believed because it says so.
//! Not here yet: packages. That the operator did not make all of a log anew takes a checkpoint that somebody
//! else holds, or a witness; without either the verdict says that freshness is not established.

pub mod import;
pub mod log;
pub mod proof;
pub mod segment;

use serde::Serialize;

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it is as it should be.
    pub ok: bool,
    /// Which thing.
    pub thing: String,
    /// What was found, in English.
    pub what: String,
    /// What was found, in Chinese.
    pub what_zh: String,
}

impl Finding {
    fn right(thing: impl Into<String>, what: impl Into<String>, what_zh: impl Into<String>) -> Self {
        Self { ok: true, thing: thing.into(), what: what.into(), what_zh: what_zh.into() }
    }

    fn wrong(thing: impl Into<String>, what: impl Into<String>, what_zh: impl Into<String>) -> Self {
        Self { ok: false, ..Self::right(thing, what, what_zh) }
    }
}
