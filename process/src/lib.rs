//! THE RULES. Pure functions of facts, without any I/O and without a clock.
//!
//! In: facts as types of `liuhen_proto`. Out: what a rule makes of them, with the clause it rests on.
//! - [`fact`]: what can be told, of an organisation, a site, a batch, a session;
//! - [`case`]: what is known, and whether a fact fits it;
//! - [`catalogue`]: what violations are called; [`form`]: what checklists and supervision forms ask;
//! - [`pack`]: which rules bind a kind of organisation, and how much each weighs;
//! - [`rule`]: what each rule looks at; [`finding`]: what it finds;
//! - [`calendar`]: dates in China and working days, which know what they do not know;
//! - [`deadline`]: until when something must be done, and how many days remain;
//! - [`timer`]: which deadlines run after the exam; [`trace`]: the chain from plan to certificate;
//! - [`lots`]: who invigilates where, drawn so that anybody can draw it again;
//! - [`window`]: when a viewpoint must be recorded;
//! - [`coverage`]: how long a hole may be before it is a gap.
//!
//! Always: a rule names the clause it comes from, or says that it is the house's own. A rule refuses
//! permission, never a fact. Not here: where facts are kept (`liuhen_archive`).

pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod coverage;
pub mod deadline;
pub mod fact;
pub mod finding;
pub mod form;
pub mod lots;
pub mod pack;
pub mod rule;
pub mod text;
pub mod timer;
pub mod trace;
pub mod window;
pub mod words;

/// Where a rule comes from. `S`, `T` and `E` are the guidelines for social organisations, technical
/// colleges and enterprises, followed by the clause; `house` is our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause(&'static str);

impl Clause {
    /// The citation.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Clause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
